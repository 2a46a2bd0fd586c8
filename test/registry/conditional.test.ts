/** Errors of DynamoDB by which a conditional write learns that another writer was faster. */
import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { type AwsFault, faultOf } from "../../src/aws/fault.ts";
import { conditional } from "../../src/registry/conditional.ts";

const ERROR = { $metadata: {}, message: "x" };
const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({ ...ERROR, CancellationReasons: codes.map((Code) => ({ Code })) });
/** Returns the fault that a client throws for an error. */
const thrown = (error: Error) => faultOf(error, "dynamodb", "TransactWriteItems", { status: 400 });

test.each([
  ["its condition is false", new ConditionalCheckFailedException(ERROR)],
  ["a transaction is changing its item", new TransactionConflictException(ERROR)],
  ["a condition of its transaction is false", cancelled("None", "ConditionalCheckFailed")],
  ["another transaction is changing an item of its own", cancelled("TransactionConflict", "None")],
])("a write tells that another writer was faster if %s", async (_, error) => {
  expect(await conditional(() => Promise.reject(thrown(error)))).toBe(true);
});

test("an operator command's write, whose client throws the SDK's errors, tells the same", async () => {
  for (const error of [new ConditionalCheckFailedException(ERROR), new TransactionConflictException(ERROR)])
    expect(await conditional(() => Promise.reject(error))).toBe(true);
});

test.each([
  ["ThrottlingError", "aws-unavailable"],
  ["ProvisionedThroughputExceeded", "aws-unavailable"],
  ["ValidationError", "aws-refused"],
])("a transaction that DynamoDB cancelled for %s fails as %s", async (code, failure) => {
  const fault = thrown(cancelled("None", code));
  await expect(conditional(() => Promise.reject(fault))).rejects.toMatchObject({
    code,
    failure: { failure, aws: { action: "TransactWriteItems", code } },
  } satisfies Partial<{ [key in keyof AwsFault]: unknown }>);
});
