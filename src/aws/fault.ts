/**
 * What AWS answers when it does not do what it was asked. Every client throws an `AwsFault`, which is a failure
 * on its way: `settled` makes it a value where the flow depends on it, the app's edge does so for the rest.
 */
import type { Failure } from "../errors.ts";

export type AwsFailure = Extract<Failure, { failure: "aws-refused" | "aws-unavailable" | "lease-lost" }>;

export class AwsFault extends Error {
  override name = "AwsFault";
  readonly failure: AwsFailure;
  /** AWS's error code, without the `Exception` that some SDK classes put behind it. */
  readonly code: string;

  constructor(failure: AwsFailure, code: string, cause: unknown) {
    super(code, { cause });
    this.failure = failure;
    this.code = code;
  }
}

const THROTTLED =
  /^(Throttling|ThrottlingException|RequestLimitExceeded|TooManyRequestsException|ProvisionedThroughputExceededException|RequestThrottled|SlowDown|PriorRequestNotComplete)$/;

/** What the SDK knows of the answer to a call; empty if there was none. */
export type Answered = { status?: number; requestId?: string };

/**
 * The fault that an SDK error of a call is. No answer, a 5xx, a throttle and a concurrent change may pass;
 * anything else that AWS answers is a refusal. An error that is not of AWS or the network stays what it is.
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
  // The SDK's classes for the Query protocol carry a suffix that the wire's code has not.
  const name = ["iam", "sts"].includes(service) ? error.name.replace(/Exception$/, "") : error.name;
  const code = name === "Error" ? (network ?? name) : name;
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

/** A call's answer, or the failure it ended with; whatever is not AWS's doing is thrown on. */
export async function settled<T>(call: Promise<T>): Promise<T | AwsFailure> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof AwsFault) return error.failure;
    throw error;
  }
}

/** A call's answer, or undefined if AWS says with one of these codes that the thing is absent. */
export async function unlessAbsent<T>(call: Promise<T>, ...codes: string[]): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof AwsFault && codes.includes(error.code)) return undefined;
    throw error;
  }
}

/** Whether a failure is AWS's refusal with that code. */
export const refusedWith = (failure: Failure, code: string): boolean =>
  failure.failure === "aws-refused" && failure.aws.code === code;

/** What to do about a refusal, for the codes that an operator or a caller can do something about. */
function remedy(code: string): string {
  switch (code) {
    case "AccessDenied":
    case "AccessDeniedException":
    case "UnrecognizedClientException":
    case "InvalidClientTokenId":
      return "the service's own role lacks the permission; its operator compares it with the packaged policy.";
    case "LimitExceeded":
    case "LimitExceededException":
      return "a quota of the account is used up; raise it or remove what is not needed, then repeat the PUT.";
    case "MalformedPolicyDocument":
      return "AWS does not take the policy; change what the registration asks for.";
    case "NoSuchEntity":
      return "something that the call needs is missing, such as the permissions boundary's policy; its operator restores it.";
    case "InvalidParameterException":
      return "ECR does not take a setting, such as an account that does not exist; change the settings and repeat the PUT.";
    case "KmsException":
      return "the KMS key cannot be used; choose another or allow the service to use it.";
    default:
      return "the reason is in AWS's error code; mend it and repeat the request.";
  }
}
