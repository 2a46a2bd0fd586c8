/** The tokens with which workflows wrote. A token writes only once, but a retry of the same request is accepted. */
import { type DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { conditional } from "./conditional.ts";
import { SCHEMA } from "./upgrade.ts";

/** A token that writes: its id, the request that it is for, and the time from which on it is refused. */
export type UsedToken = {
  readonly issuer: string;
  readonly jti: string;
  /** The hash of method, path, query and body. */
  readonly request: string;
  /** In seconds since 1970. */
  readonly expiresAt: number;
};

export function openTokens(client: DynamoDBClient, table: string) {
  return {
    /** Records that a token writes. Returns false if the token has written before, by another request. */
    async useToken({ issuer, jti, request, expiresAt }: UsedToken): Promise<boolean> {
      const isUnusedOrSame = "attribute_not_exists(pk) OR document = :document";
      const document = { S: JSON.stringify({ request }) };
      return !(await conditional(() =>
        client.send(
          new PutItemCommand({
            TableName: table,
            Item: {
              pk: { S: `TOKEN#${issuer}#${jti}` },
              sk: { S: "USED" },
              schema: { N: String(SCHEMA) },
              document,
              expiresAt: { N: String(expiresAt) },
            },
            ConditionExpression: isUnusedOrSame,
            ExpressionAttributeValues: { ":document": document },
          }),
        ),
      ));
    },
  };
}
