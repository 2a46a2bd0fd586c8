import { AwsFault } from "../aws/fault.ts";

/** Runs a conditional write and tells whether its condition failed. Any other error is thrown. */
export async function conditional(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return false;
  } catch (error) {
    // The client of an operator command throws the SDK's errors unchanged.
    const code = error instanceof AwsFault ? error.code : Object(error).name;
    if (code === "ConditionalCheckFailedException") return true;
    throw error;
  }
}
