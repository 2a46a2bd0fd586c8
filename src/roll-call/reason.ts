/** The reasons for failures, as a report gives them. Only the log has the errors of AWS. */
import { AwsFault } from "../aws/fault.ts";
import { type Failure, toProblem } from "../lib/errors.ts";

/** Returns the failure that an error means. */
export const failureOf = (error: unknown): Failure =>
  error instanceof AwsFault ? error.failure : { failure: "internal", internal: String(error) };

/** Returns the reason for a failure. The schedule repeats a roll call, so the reason asks nobody to repeat a request. */
export function reasonOf(failure: Failure): string {
  switch (failure.failure) {
    case "aws-unavailable":
      return `${failure.aws.service}:${failure.aws.action} failed with ${failure.aws.code}. The next roll call tries again.`;
    case "lease-lost":
      return "The change took longer than its lease, so it stopped before its end. The next roll call continues it.";
    default:
      return toProblem(failure).detail;
  }
}
