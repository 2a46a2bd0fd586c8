/**
 * `npm run release -- OWNER/REPO`: releases the namespace reservation of a repository and deletes its ECR items, so
 * that another repository of the same name can register. Delete the registrations first. It works on the table
 * ROLECALL_TABLE with the operator's own credentials.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ecrNamespace } from "../src/desired/names.ts";
import { release } from "../src/registry/release.ts";
import { operatorRegion, run } from "./operator.ts";

const [, owner, repo] = /^([\w-]+)\/([\w.-]+)$/.exec(process.argv[2] ?? "") ?? [];
const table = process.env["ROLECALL_TABLE"];

await run(async () => {
  if (owner === undefined || repo === undefined || table === undefined) {
    console.error("Usage: ROLECALL_TABLE=rolecall npm run release -- OWNER/REPO");
    return 2;
  }
  const client = new DynamoDBClient({ region: operatorRegion() });
  const result = await release(client, table, owner, repo, ecrNamespace(owner, repo));
  if ("registered" in result) {
    const roles = result.registered.join(", ");
    console.error(`${owner}/${repo} still has the roles ${roles}; delete these registrations first.`);
    return 1;
  }
  console.log(
    result.released.length === 0 ? "Nothing was reserved." : `Released ${result.released.join(", ")}`,
  );
  return 0;
});
