/** The floor of a GET through the Lambda handler: Hono's adapter with one GetItem through the SDK. */
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { Hono } from "hono";
import { handle } from "hono/aws-lambda";

const client = new DynamoDBClient({});
const app = new Hono();
app.get("/v1/repos/:owner/:repo/roles/:role", async (c) => {
  const { owner, repo, role } = c.req.param();
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: process.env["ROLECALL_TABLE"],
      Key: { pk: { S: `REPO#${owner}/${repo}` }, sk: { S: `ROLE#${role}` } },
      ConsistentRead: true,
    }),
  );
  return c.json(JSON.parse(Item?.["document"]?.S ?? "{}"));
});

export const handler = handle(app);
