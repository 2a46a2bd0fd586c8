/**
 * Operations in a member account, with faults at each of their calls. In addition, sessions expire or are revoked in the
 * middle, and the member withdraws its trust between two calls.
 */
import { OPERATIONS } from "./operations.ts";
import { testOperations } from "./run.ts";
import { MEMBER } from "./world.ts";

const NAMES = ["register", "update", "suspension", "delete", "check", "repair"];

await testOperations(
  OPERATIONS.filter(({ name }) => NAMES.includes(name)),
  MEMBER,
);
