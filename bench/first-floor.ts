/** Registers repositories with the same calls by hand. This is the floor of `first.ts`, and runs in a process of its own. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ECRClient } from "@aws-sdk/client-ecr";
import { IAMClient } from "@aws-sdk/client-iam";
import { openByHand } from "./by-hand.ts";

let calls: ReturnType<typeof openByHand> | undefined;

/** Registers a repository with the values in the variable `COPIED`. The first call makes the clients. */
export async function register({ repo }: { repo: string }): Promise<void> {
  calls ??= openByHand(
    { iam: new IAMClient({}), ecr: new ECRClient({}), dynamodb: new DynamoDBClient({}) },
    JSON.parse(process.env["COPIED"] ?? "null"),
  );
  await calls.registerByHand(repo);
}
