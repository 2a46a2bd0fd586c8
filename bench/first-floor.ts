/** The floor of registrations in a process of its own: the same calls by hand. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ECRClient } from "@aws-sdk/client-ecr";
import { IAMClient } from "@aws-sdk/client-iam";
import { type Copied, openByHand } from "./by-hand.ts";

let calls: ReturnType<typeof openByHand> | undefined;

/** Registers a repository. The first registration makes the clients. */
export async function register({ repo, copied }: { repo: string; copied: Copied }): Promise<void> {
  calls ??= openByHand(
    { iam: new IAMClient({}), ecr: new ECRClient({}), dynamodb: new DynamoDBClient({}) },
    copied,
  );
  await calls.registerByHand(repo);
}
