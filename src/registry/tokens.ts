/**
 * The tokens with which workflows write. A token writes only once, but its request may be repeated until somebody else
 * changes the registration. One transaction writes the token's record and the registration.
 */
import { type DynamoDBClient, GetItemCommand, type Put } from "@aws-sdk/client-dynamodb";
import type { Failure } from "../lib/errors.ts";
import type { RegistrationItem, RegistrationKey } from "./items.ts";
import { SCHEMA } from "./upgrade.ts";

/** A token that writes: its id, the request that it is for, and the time from which on it is refused. */
export type UsedToken = {
  readonly issuer: string;
  readonly jti: string;
  /** The hash of the request's method, path, query and body. */
  readonly request: string;
  /** Seconds since 1970. The record expires then. */
  readonly expiresAt: number;
};

/** @param read reads a registration, which names the token of its last PUT */
export function openTokens(
  client: DynamoDBClient,
  table: string,
  read: (key: RegistrationKey) => Promise<RegistrationItem | undefined>,
) {
  const keyOf = ({ issuer, jti }: UsedToken) => ({ pk: { S: `TOKEN#${issuer}#${jti}` }, sk: { S: "USED" } });
  const documentOf = ({ request }: UsedToken) => ({ S: JSON.stringify({ request }) });

  return {
    /**
     * Returns the put of a token's record beside a registration. DynamoDB refuses it if the token has written, unless
     * the same request wrote the registration's last intent.
     */
    put(used: UsedToken, current: RegistrationItem | undefined): Put {
      const document = documentOf(used);
      const isLast = current?.token === used.jti;
      return {
        TableName: table,
        Item: {
          ...keyOf(used),
          schema: { N: String(SCHEMA) },
          document,
          expiresAt: { N: String(used.expiresAt) },
        },
        ConditionExpression: `attribute_not_exists(pk)${isLast ? " OR document = :document" : ""}`,
        ...(isLast && { ExpressionAttributeValues: { ":document": document } }),
      };
    },

    /** Returns why a token may not write a registration; undefined if it may. */
    async refusal(key: RegistrationKey, used: UsedToken): Promise<Failure | undefined> {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: keyOf(used), ConsistentRead: true }),
      );
      if (Item === undefined) return undefined;
      if (Item["document"]?.S !== documentOf(used).S) return { failure: "token-used", isChanged: false };
      // Read the registration after the record. An older one may lack the intent that the record was written with.
      const current = await read(key);
      return current?.token === used.jti ? undefined : { failure: "token-used", isChanged: true };
    },
  };
}
