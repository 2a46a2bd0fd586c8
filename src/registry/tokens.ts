/**
 * The tokens with which workflows write. A token writes only once, but its request may be repeated until somebody else
 * changes the registration.
 */
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
    /**
     * Records that a token's request is about to write, or has written. Returns false if the token is recorded for
     * another request, or if its request has written although `hasWritten` is false.
     * @param hasWritten true if the registration's last intent is that of the token's request
     */
    async useToken({ issuer, jti, request, expiresAt }: UsedToken, hasWritten: boolean): Promise<boolean> {
      const begun = { S: JSON.stringify({ request }) };
      const document = hasWritten ? { S: JSON.stringify({ request, hasWritten }) } : begun;
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
            ConditionExpression: "attribute_not_exists(pk) OR document IN (:document, :begun)",
            ExpressionAttributeValues: { ":document": document, ":begun": begun },
          }),
        ),
      ));
    },
  };
}
