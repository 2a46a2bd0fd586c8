/** Transactions of the embedded DynamoDB, which writes every item of a transaction or none. */
import {
  CreateTableCommand,
  PutItemCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeEach, expect, test } from "vitest";
import { start } from "./clients.ts";

const aws = await start();
afterAll(aws.close);

let TableName = "";
beforeEach(async ({ task }) => {
  TableName = task.id;
  await aws.dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    }),
  );
});

const FIRST = { pk: { S: "a" }, sk: { S: "1" } };
const SECOND = { pk: { S: "b" }, sk: { S: "2" } };

/** Returns a put of an item that must not be there yet. */
const create = (Item: typeof FIRST) => ({
  Put: { TableName, Item, ConditionExpression: "attribute_not_exists(pk)" },
});
const write = (...TransactItems: ReturnType<typeof create>[]) =>
  aws.dynamodb.send(new TransactWriteItemsCommand({ TransactItems }));
const items = async () => (await aws.dynamodb.send(new ScanCommand({ TableName }))).Items;

test("a transaction writes every item", async () => {
  await write(create(FIRST), create(SECOND));
  expect(await items()).toHaveLength(2);
});

test("a transaction whose last condition is false writes nothing, and says which condition it was", async () => {
  await write(create(FIRST));
  await expect(write(create(SECOND), create(FIRST))).rejects.toMatchObject({
    name: "TransactionCanceledException",
    CancellationReasons: [{ Code: "None" }, { Code: "ConditionalCheckFailed" }],
  });
  expect(await items()).toEqual([FIRST]);
});

test("a transaction whose last condition is false leaves the items that it would replace", async () => {
  await write(create(FIRST), create(SECOND));
  const before = await items();
  const Put = { TableName, Item: { ...FIRST, version: { N: "2" } } };
  const both = new TransactWriteItemsCommand({ TransactItems: [{ Put }, create(SECOND)] });
  await expect(aws.dynamodb.send(both)).rejects.toMatchObject({ name: "TransactionCanceledException" });
  expect(await items()).toEqual(before);
});

test("of many transactions and puts for one item at once, each succeeds as a whole or fails as a whole", async () => {
  const versioned = (n: number) => ({ ...SECOND, n: { N: String(n) } });
  const attempts = await Promise.allSettled([
    ...Array.from({ length: 10 }, (_, n) => write(create(versioned(n)), create(FIRST))),
    aws.dynamodb.send(new PutItemCommand({ TableName, Item: { pk: { S: "c" }, sk: { S: "3" } } })),
  ]);
  expect(attempts.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
  expect(await items()).toHaveLength(3);
});
