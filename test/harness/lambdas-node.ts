/** Runs test files on the Node version that Lambda runs the functions on. */
import { ForksPoolWorker, type PoolRunnerInitializer } from "vitest/node";
import { node24 } from "../package/node24.ts";

const NAME = "lambdas-node";

class LambdasNodeWorker extends ForksPoolWorker {
  /** Vitest reuses a process only for test files whose pool has the same name. */
  override readonly name = NAME;

  /**
   * Starts the process on Lambda's Node. Vitest's `start` forks before its first `await`, and `fork` takes
   * `process.execPath`. So the path is changed only for this call.
   */
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
