import { AwsFault } from "../aws/fault.ts";

/** A condition failed, or a transaction of another writer was changing the item. A transaction has codes of its own. */
const CONFLICTS = [
  "ConditionalCheckFailedException",
  "TransactionConflictException",
  "ConditionalCheckFailed",
  "TransactionConflict",
];

/** Runs a conditional write and tells whether another writer was faster. Any other error is thrown. */
export async function conditional(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return false;
  } catch (error) {
    // The client of an operator command throws the SDK's errors unchanged.
    const code = error instanceof AwsFault ? error.code : Object(error).name;
    if (CONFLICTS.includes(code)) return true;
    throw error;
  }
}
