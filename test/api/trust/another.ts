/** Rolecall once more, on the same table and the same AWS, as another operator has configured it. */
import type { Embedded } from "../../harness/embedded.ts";
import type { startRolecall } from "../../harness/rolecall.ts";

type Rolecall = Pick<Awaited<ReturnType<typeof startRolecall>> | Embedded, "startAnother">;

/** Starts it with variables of the environment, which afterwards is as it was. One at a time. */
export async function startConfigured(
  { startAnother }: Rolecall,
  variables: Readonly<Record<string, string>>,
): Promise<Awaited<ReturnType<Rolecall["startAnother"]>>> {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return await startAnother();
  } finally {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}
