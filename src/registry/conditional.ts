import { AwsFault } from "../aws/fault.ts";

/** Whether a conditional write met a conflict; any other error goes on. */
export async function conditional(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return false;
  } catch (error) {
    if (error instanceof AwsFault && error.code === "ConditionalCheckFailedException") return true;
    throw error;
  }
}
