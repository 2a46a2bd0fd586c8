/**
 * Registers a repository with a client made from the contract, shows what a change would do, and lists all
 * registrations.
 *
 *     ROLECALL_URL=http://127.0.0.1:3000 npx tsx examples/typescript-client/main.ts acme/api publish
 *
 * It needs AWS credentials to sign with, and finds them as the AWS CLI does. `npm start` does not check signatures,
 * so for it any credentials will do: `AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x`.
 *
 * In a project of your own, run
 * `npm i openapi-fetch @smithy/signature-v4 @smithy/core @aws-sdk/credential-provider-node`. Then
 * `npx openapi-typescript "$ROLECALL_URL/openapi.yaml" -o contract.ts` makes the types that this file imports.
 */
import createClient from "openapi-fetch";
import type { components, paths } from "../../src/generated/contract.ts";
import { signedFetch } from "./signed-fetch.ts";

const { ROLECALL_URL: baseUrl = "http://127.0.0.1:3000", AWS_REGION: region = "eu-central-1" } = process.env;
const [repository = "acme/api", role = "publish"] = process.argv.slice(2);
const [owner = "", repo = ""] = repository.split("/");

const client = createClient<paths>({ baseUrl, fetch: signedFetch(region) });
const path = { owner, repo, role };

/** Returns an error with the problem's texts, which say what to change. */
function failed({ detail, errors = [] }: components["schemas"]["Problem"]): Error {
  return new Error([detail, ...errors.map((error) => `${error.pointer}: ${error.detail}`)].join("\n"));
}

/** Returns the reason of a failure for the person who runs this. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "CredentialsProviderError")
    return `No AWS credentials to sign with: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE (${error.message}).`;
  return error.cause instanceof Error
    ? `${baseUrl}: ${error.message}: ${error.cause.message}`
    : error.message;
}

async function main(): Promise<void> {
  const registered = await client.PUT("/v1/repos/{owner}/{repo}/roles/{role}", {
    params: { path },
    body: { trust: { branches: ["main"], tags: ["v*"] } },
  });
  if (registered.error) throw failed(registered.error);
  console.log(`${registered.data.roleArn} trusts ${registered.data.subjects.join(", ")}`);

  // `If-Match` makes the request fail if someone has changed the registration since it was read.
  const etag = registered.response.headers.get("etag") ?? "*";
  const planned = await client.PUT("/v1/repos/{owner}/{repo}/roles/{role}", {
    params: { path, query: { dryRun: true }, header: { "If-Match": etag } },
    body: { trust: { environments: ["production"] } },
  });
  if (planned.error) throw failed(planned.error);
  for (const { path: part, effect, gains = [], loses = [] } of planned.data.changes ?? []) {
    console.log(`would change ${part}: ${effect}`);
    for (const gained of gains) console.log(`  gains ${gained}`);
    for (const lost of loses) console.log(`  loses ${lost}`);
  }

  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? {} : { cursor };
    const page = await client.GET("/v1/roles", { params: { query } });
    if (page.error) throw failed(page.error);
    for (const each of page.data.items)
      console.log(`${each.owner}/${each.repo} ${each.role}: ${each.status}`);
    cursor = page.data.nextCursor;
  } while (cursor !== undefined);
}

try {
  await main();
} catch (error) {
  console.error(reason(error));
  process.exitCode = 1;
}
