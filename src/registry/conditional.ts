import { AwsFault } from "../aws/fault.ts";

/** Whether a conditional write met a conflict; any other error goes on. */
export async function conditional(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return false;
  } catch (error) {
    // A client of the operator's own throws the SDK's errors as they are.
    const code = error instanceof AwsFault ? error.code : Object(error).name;
    if (code === "ConditionalCheckFailedException") return true;
    throw error;
  }
}
