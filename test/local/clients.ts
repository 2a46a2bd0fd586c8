import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ECRClient } from "@aws-sdk/client-ecr";
import { IAMClient } from "@aws-sdk/client-iam";
import { SQSClient } from "@aws-sdk/client-sqs";
import { STSClient } from "@aws-sdk/client-sts";
import { type EmbeddedAws, type EmbeddedAwsOptions, startEmbeddedAws } from "../../local/aws/server.ts";

/** Returns real SDK clients for an emulator. An answer that they cannot read is wrong. */
export function clientsOf(url: string, region = "eu-central-1", accessKeyId = "test") {
  const setting = {
    endpoint: url,
    region,
    credentials: { accessKeyId, secretAccessKey: "test" },
    maxAttempts: 1,
  };
  return {
    iam: new IAMClient(setting),
    sts: new STSClient(setting),
    ecr: new ECRClient(setting),
    dynamodb: new DynamoDBClient(setting),
    sqs: new SQSClient(setting),
  };
}

type Clients = ReturnType<typeof clientsOf>;

export type Running = EmbeddedAws & Clients;

export async function start(options: EmbeddedAwsOptions = {}): Promise<Running> {
  const aws = await startEmbeddedAws(options);
  return { ...aws, ...clientsOf(aws.url) };
}

export const account = "123456789012";
export const issuer = "token.actions.githubusercontent.com";
export const provider = `arn:aws:iam::${account}:oidc-provider/${issuer}`;

/** Returns a trust policy like Rolecall's own. Its content does not matter to the tests. */
export function trust(sub: string | readonly string[] = "repo:acme/api:ref:refs/heads/main"): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: provider },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringEquals: { [`${issuer}:aud`]: "sts.amazonaws.com", [`${issuer}:sub`]: sub } },
      },
    ],
  });
}

export function identity(...actions: string[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }],
  });
}

/** Returns the refusal of a call as the SDK's caller sees it. @throws Error if the call succeeds */
export async function refused(
  call: Promise<unknown>,
): Promise<{ name: string; status: number; message: string }> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { name, message } = error;
    return { name, status: statusOf(error), message };
  }
  throw new Error("the call was not refused");
}

function statusOf(error: Error): number {
  if (!("$metadata" in error) || typeof error.$metadata !== "object" || error.$metadata === null) return 0;
  const metadata = error.$metadata;
  return "httpStatusCode" in metadata && typeof metadata.httpStatusCode === "number"
    ? metadata.httpStatusCode
    : 0;
}
