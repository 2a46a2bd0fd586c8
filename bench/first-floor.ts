/** Registers repositories with the same calls by hand. This is the floor of `first.ts`, and runs in a process of its own. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ECRClient } from "@aws-sdk/client-ecr";
import { IAMClient } from "@aws-sdk/client-iam";
import { type Copied, openByHand } from "./by-hand.ts";

let calls: ReturnType<typeof openByHand> | undefined;

/** Registers a repository. The first call makes the clients and has the values of the model; later calls reuse both. */
export async function register({ repo, copied }: { repo: string; copied?: Copied }): Promise<void> {
  if (copied !== undefined)
    calls = openByHand(
      { iam: new IAMClient({}), ecr: new ECRClient({}), dynamodb: new DynamoDBClient({}) },
      copied,
    );
  await calls?.registerByHand(repo);
}
