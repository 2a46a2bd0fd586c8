/** The constraints and errors of SQS's service model (2012-11-05). */
import { AwsError } from "../errors.ts";
import type { Problem } from "../input.ts";

/**
 * The errors of the model: the code of the Query protocol, which a header still has, and the status.
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
 */
const MODELED: Readonly<Record<string, readonly [queryCode: string, status: number]>> = {
  BatchEntryIdsNotDistinct: ["AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400],
  BatchRequestTooLong: ["AWS.SimpleQueueService.BatchRequestTooLong", 400],
  EmptyBatchRequest: ["AWS.SimpleQueueService.EmptyBatchRequest", 400],
  InvalidAddress: ["InvalidAddress", 404],
  InvalidAttributeName: ["InvalidAttributeName", 400],
  InvalidAttributeValue: ["InvalidAttributeValue", 400],
  InvalidBatchEntryId: ["AWS.SimpleQueueService.InvalidBatchEntryId", 400],
  InvalidMessageContents: ["InvalidMessageContents", 400],
  MessageNotInflight: ["AWS.SimpleQueueService.MessageNotInflight", 400],
  QueueDoesNotExist: ["AWS.SimpleQueueService.NonExistentQueue", 400],
  QueueNameExists: ["QueueAlreadyExists", 400],
  ReceiptHandleIsInvalid: ["ReceiptHandleIsInvalid", 404],
  RequestThrottled: ["RequestThrottled", 403],
  TooManyEntriesInBatchRequest: ["AWS.SimpleQueueService.TooManyEntriesInBatchRequest", 400],
};

/** Codes that the model does not name. The Query protocol has them under another name. */
const UNMODELED: Readonly<Record<string, string>> = {
  AccessDeniedException: "AccessDenied",
  InvalidParameterValueException: "InvalidParameterValue",
  MissingRequiredParameterException: "MissingParameter",
};

export const sqsError = (code: string, message: string): AwsError =>
  new AwsError(code, MODELED[code]?.[1] ?? 400, message);

export const queryCodeOf = (code: string): string => MODELED[code]?.[0] ?? UNMODELED[code] ?? code;

export const typeOf = (code: string): string =>
  `${code in MODELED ? "com.amazonaws.sqs" : "com.amazon.coral.service"}#${code}`;

export const invalidParameter = (name: string, value: string | number, reason: string): AwsError =>
  sqsError(
    "InvalidParameterValueException",
    `Value ${value} for parameter ${name} is invalid. Reason: ${reason}`,
  );

/** Refuses a number that is out of its range. */
export function checkRange(name: string, value: number | undefined, min: number, max: number): void {
  if (value !== undefined && (value < min || value > max))
    throw invalidParameter(name, value, `Must be between ${min} and ${max}, if provided.`);
}

/** Reads any integer. The action checks its range, because each parameter has a message of its own. */
export const anyInteger = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };

/** Returns SQS's error for faulty input. SQS reports one fault at a time, and faults of type before a missing parameter. */
export function refuse(problems: readonly Problem[]): AwsError {
  const mistyped = problems.find(({ constraint }) => /^Member must be an? /.test(constraint));
  if (mistyped !== undefined)
    return sqsError("SerializationException", `${mistyped.at}: ${mistyped.constraint}`);
  const [{ at, constraint, value = "" } = { at: "", constraint: "" }] = problems;
  const name = at.replace(/^./, (letter) => letter.toUpperCase());
  return constraint === "Member must not be null"
    ? sqsError("MissingRequiredParameterException", `The request must contain the parameter ${name}.`)
    : invalidParameter(name, value, `${constraint}.`);
}
