/** Reads the options of a soak from the command line. */
import { parseArgs } from "node:util";

export type Options = { minutes: number; workers: number; repositories: number; isShared: boolean };

export function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "10" },
      workers: { type: "string", default: "24" },
      repositories: { type: "string", default: "200" },
      /** True if other programs use the machine at the same time; the report says so. */
      shared: { type: "boolean", default: false },
    },
  });
  const { minutes, workers, repositories, shared } = values;
  return {
    minutes: Number(minutes),
    workers: Number(workers),
    repositories: Number(repositories),
    isShared: shared,
  };
}
