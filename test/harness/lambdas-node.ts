/** Runs test files on the Node version that Lambda runs the functions on. */
import { ForksPoolWorker, type PoolRunnerInitializer } from "vitest/node";
import { node24 } from "../package/node24.ts";

const NAME = "lambdas-node";

class LambdasNodeWorker extends ForksPoolWorker {
  /** Vitest gives a process the next test file only if both have this name. */
  override readonly name = NAME;

  /** Forks at once, before the first wait, and a fork without an `execPath` of its own takes the process's. */
  override start(): Promise<void> {
    const own = process.execPath;
    process.execPath = node24();
    try {
      return super.start();
    } finally {
      process.execPath = own;
    }
  }
}

export const lambdasNode: PoolRunnerInitializer = {
  name: NAME,
  createPoolWorker: (options) => new LambdasNodeWorker(options),
};
