/**
 * The failures of calls to AWS. Every client throws an `AwsFault`, which contains the failure. Code that depends on the
 * failure turns it into a value with `settled`; the edge of the app does so for all other code.
 */
import type { Failure } from "../lib/errors.ts";

export type AwsFailure = Extract<
  Failure,
  { failure: "aws-refused" | "aws-unavailable" | "lease-lost" | "account-unreachable" }
>;

export class AwsFault extends Error {
  override name = "AwsFault";
  readonly failure: AwsFailure;
  /** AWS's error code. For IAM and STS it does not have the `Exception` that some SDK classes append. */
  readonly code: string;

  constructor(failure: AwsFailure, code: string, cause: unknown) {
    super(code, { cause });
    this.failure = failure;
    this.code = code;
  }
}

const THROTTLED =
  /^(Throttling|ThrottlingException|RequestLimitExceeded|TooManyRequestsException|ThrottlingError|ProvisionedThroughputExceeded|ProvisionedThroughputExceededException|RequestThrottled|SlowDown|PriorRequestNotComplete|TransactionInProgressException)$/;

/** The SDK's data about the answer to a call; empty if there was no answer. */
export type Answered = { status?: number; requestId?: string };

/**
 * Returns the fault for an SDK error. No answer, a 5xx, a throttle and a concurrent change are temporary; any other
 * answer is a refusal. An error that comes neither from AWS nor from the network is returned unchanged.
 */
export function faultOf(
  error: unknown,
  service: string,
  action: string,
  { status, requestId }: Answered,
): unknown {
  if (error instanceof AwsFault || !(error instanceof Error)) return error;
  const network = "code" in error && typeof error.code === "string" ? error.code : undefined;
  if (status === undefined && network === undefined && error.name !== "TimeoutError") return error;
  // The SDK's classes for the Query protocol have a suffix that AWS's own code does not have.
  const name = ["iam", "sts"].includes(service) ? error.name.replace(/Exception$/, "") : error.name;
  const code = cancellation(error) ?? (name === "Error" ? (network ?? name) : name);
  const aws = requestId === undefined ? { service, action, code } : { service, action, code, requestId };
  const internal = error.message;
  const passing =
    status === undefined || status >= 500 || THROTTLED.test(code) || code === "ConcurrentModification";
  return new AwsFault(
    passing
      ? { failure: "aws-unavailable", aws, retryAfterSeconds: 5, internal }
      : { failure: "aws-refused", aws, remedy: remedy(code), internal },
    code,
    error,
  );
}

/**
 * Returns the first reason for which DynamoDB cancelled a transaction; undefined for any other error. Each reason has a
 * code, which is `None` for a write that was not the cause.
 */
function cancellation(error: Error): string | undefined {
  const reasons: unknown = Object(error).CancellationReasons;
  if (!Array.isArray(reasons)) return undefined;
  const codes: unknown[] = reasons.map((reason) => Object(reason).Code);
  return codes.filter((code) => typeof code === "string").find((code) => code !== "None");
}

/** Returns the fault for an entry of a batch that AWS did not accept. AWS reports it in an answer with status 200. */
export function entryFault(
  service: string,
  action: string,
  entry: { Code?: string | undefined; Message?: string | undefined; SenderFault?: boolean | undefined },
): AwsFault {
  const { Code: code = "InternalFailure", Message: internal = "", SenderFault: isRefusal = false } = entry;
  const aws = { service, action, code };
  return new AwsFault(
    isRefusal
      ? { failure: "aws-refused", aws, remedy: remedy(code), internal }
      : { failure: "aws-unavailable", aws, retryAfterSeconds: 5, internal },
    code,
    undefined,
  );
}

/** Returns a call's answer, or the failure of AWS that ended it. Throws every other error. */
export async function settled<T>(call: Promise<T>): Promise<T | AwsFailure> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof AwsFault) return error.failure;
    throw error;
  }
}

/** Returns a call's answer, or undefined if the call failed with one of these codes. */
export async function unlessAbsent<T>(call: Promise<T>, ...codes: string[]): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof AwsFault && codes.includes(error.code)) return undefined;
    throw error;
  }
}

/** Tells whether a failure is a refusal by AWS with that code. */
export const refusedWith = (failure: Failure, code: string): boolean =>
  failure.failure === "aws-refused" && failure.aws.code === code;

/** Says what to do about a refusal. */
function remedy(code: string): string {
  switch (code) {
    case "AccessDenied":
    case "AccessDeniedException":
    case "UnrecognizedClientException":
    case "InvalidClientTokenId":
      return "The service's role may lack the permission; ask its operator to compare the role with the packaged policy.";
    case "LimitExceeded":
    case "LimitExceededException":
      return "A quota of the account is used up. Ask the operator to raise it in Service Quotas (GET /v1/account shows IAM's), or to delete what is not needed; then repeat the PUT.";
    case "MalformedPolicyDocument":
      return "AWS does not accept the policy; change the registration and repeat the PUT.";
    case "NoSuchEntity":
      return "Something that the call needs is missing, such as the permissions boundary; ask its operator to restore it.";
    case "InvalidParameterException":
      return "ECR does not accept a setting, such as an account that does not exist; change the settings and repeat the PUT.";
    case "KmsException":
      return "The KMS key cannot be used; ask the operator to let the service use it, or choose another key.";
    default:
      return "AWS's error code is the reason; correct it and repeat the request.";
  }
}
