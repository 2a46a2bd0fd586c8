/** Every operation in the home account, with faults at each of its calls. */
import { OPERATIONS } from "./operations.ts";
import { testOperations } from "./run.ts";

await testOperations(OPERATIONS);
