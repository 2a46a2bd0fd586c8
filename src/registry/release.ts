import { DeleteItemCommand, type DynamoDBClient, QueryCommand, ScanCommand } from "@aws-sdk/client-dynamodb";

/** What was released, or why nothing was: registrations that still stand. */
export type Released = { released: string[] } | { registered: string[] };

/**
 * Releases the claims of a repository on its name and on ECR names, so that another repository of that name can be
 * registered. Only an operator does so, with credentials of their own, after the registrations are deleted; the
 * ECR repositories themselves stay.
 */
export async function release(
  client: DynamoDBClient,
  table: string,
  owner: string,
  repo: string,
  namespace: string,
): Promise<Released> {
  const registrations = await client.send(
    new QueryCommand({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk AND begins_with(sk, :role)",
      ExpressionAttributeValues: {
        ":pk": { S: `REPO#${`${owner}/${repo}`.toLowerCase()}` },
        ":role": { S: "ROLE#" },
      },
    }),
  );
  const registered = (registrations.Items ?? []).map((item) => item["sk"]?.S?.replace("ROLE#", "") ?? "");
  if (registered.length > 0) return { registered };

  const released: string[] = [];
  let start: Record<string, { S: string }> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        FilterExpression: "begins_with(pk, :ecr) OR pk = :claim",
        ProjectionExpression: "pk, sk",
        ExpressionAttributeValues: { ":ecr": { S: "ECR#" }, ":claim": { S: `NAMESPACE#${namespace}` } },
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    for (const { pk, sk } of page.Items ?? []) {
      if (pk?.S === undefined || sk?.S === undefined) continue;
      // ECR#ACCOUNT/REGION/NAME
      const name = pk.S.startsWith("ECR#") ? pk.S.split("/").slice(2).join("/") : undefined;
      if (name !== undefined && name !== namespace && !name.startsWith(`${namespace}/`)) continue;
      await client.send(
        new DeleteItemCommand({ TableName: table, Key: { pk: { S: pk.S }, sk: { S: sk.S } } }),
      );
      released.push(pk.S);
    }
    const last = page.LastEvaluatedKey;
    start =
      last?.["pk"]?.S && last["sk"]?.S ? { pk: { S: last["pk"].S }, sk: { S: last["sk"].S } } : undefined;
  } while (start !== undefined);
  return { released };
}
