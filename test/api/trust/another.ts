/** Starts Rolecall again, on the same table and the same AWS, with the configuration of another operator. */
import type { Embedded } from "../../harness/embedded.ts";
import type { startRolecall } from "../../harness/rolecall.ts";

type Rolecall = Pick<Awaited<ReturnType<typeof startRolecall>> | Embedded, "startAnother">;

/** Starts the service with variables that differ from those of the first. */
export const startConfigured = (
  { startAnother }: Rolecall,
  env: Readonly<Record<string, string>>,
): ReturnType<Rolecall["startAnother"]> => startAnother({ env });
