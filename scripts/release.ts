/**
 * `npm run release -- OWNER/REPO`: releases what a repository has claimed, after its registrations are deleted and
 * before another repository of the same name may register. Works on the table ROLECALL_TABLE with the operator's
 * own credentials.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ecrNamespace } from "../src/desired/names.ts";
import { release } from "../src/registry/release.ts";

const [, owner, repo] = /^([\w-]+)\/([\w.-]+)$/.exec(process.argv[2] ?? "") ?? [];
const table = process.env["ROLECALL_TABLE"];
if (owner === undefined || repo === undefined || table === undefined) {
  console.error("Usage: ROLECALL_TABLE=rolecall npm run release -- OWNER/REPO");
  process.exit(2);
}
const result = await release(new DynamoDBClient({}), table, owner, repo, ecrNamespace(owner, repo));
if ("registered" in result) {
  console.error(
    `${owner}/${repo} still has the roles ${result.registered.join(", ")}; delete these registrations first.`,
  );
  process.exit(1);
}
console.log(result.released.length === 0 ? "Nothing was claimed." : `Released ${result.released.join(", ")}`);
