/** The floor of the first registration in a fresh process: the same calls by hand. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ECRClient } from "@aws-sdk/client-ecr";
import { IAMClient } from "@aws-sdk/client-iam";
import { type Copied, openByHand } from "./by-hand.ts";

export async function register({ repo, copied }: { repo: string; copied: Copied }): Promise<void> {
  const clients = { iam: new IAMClient({}), ecr: new ECRClient({}), dynamodb: new DynamoDBClient({}) };
  await openByHand(clients, copied).registerByHand(repo);
}
