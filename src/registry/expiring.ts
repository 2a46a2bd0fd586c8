/** Puts and reads items that DynamoDB deletes some time after they expire, by the table's time to live (`expiresAt`). */
import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { SCHEMA } from "./upgrade.ts";

const DAY_SECONDS = 24 * 60 * 60;

/** Returns the value of `expiresAt` some days after a time. @param at milliseconds since 1970 */
export const expiryAfter = (days: number, at: number): string =>
  String(Math.floor(at / 1000) + days * DAY_SECONDS);

export function openExpiring(client: DynamoDBClient, table: string, now: () => number) {
  return {
    /** @param more more attributes, or a condition */
    async put(
      pk: string,
      sk: string,
      document: unknown,
      days: number,
      more: Pick<PutItemCommandInput, "Item"> & Partial<PutItemCommandInput> = { Item: {} },
    ): Promise<void> {
      await client.send(
        new PutItemCommand({
          ...more,
          TableName: table,
          Item: {
            pk: { S: pk },
            sk: { S: sk },
            schema: { N: String(SCHEMA) },
            document: { S: JSON.stringify(document) },
            expiresAt: { N: expiryAfter(days, now()) },
            ...more.Item,
          },
        }),
      );
    },

    async get<T>(pk: string, sk: string): Promise<T | undefined> {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: { pk: { S: pk }, sk: { S: sk } }, ConsistentRead: true }),
      );
      return Item?.["document"]?.S === undefined ? undefined : JSON.parse(Item["document"].S);
    },
  };
}
