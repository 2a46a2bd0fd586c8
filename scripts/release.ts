/**
 * `npm run release -- OWNER/REPO --claimant repository:123`: releases the namespace reservation of a repository and
 * deletes the claimant's ECR items, so that another repository can register. Without `--claimant` it only shows who
 * holds the reservation. Delete the registrations first. It works on the table ROLECALL_TABLE with the operator's own
 * credentials.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { namespaceOf } from "../src/desired/names.ts";
import type { Reservation } from "../src/registry/items.ts";
import { asClaimant, release } from "../src/registry/release.ts";
import { operatorRegion, run } from "./operator.ts";

const [name = "", option, text] = process.argv.slice(2);
const [, owner, repo] = /^([\w-]+)\/([\w.-]+|\*)$/.exec(name) ?? [];
const claimant = asClaimant(text ?? "");
const isUnderstood = option === undefined || (option === "--claimant" && claimant !== undefined);
const table = process.env["ROLECALL_TABLE"];

const shown = ({ namespace, name, claimant, confirmed }: Reservation): string =>
  `The ECR namespace ${namespace} is reserved for ${name} (${claimant}), which GitHub ${confirmed ? "has" : "has never"} confirmed.`;

const USAGE = `ROLECALL_TABLE=TABLE npm run release -- OWNER/REPO [--claimant CLAIMANT]

Releases the ECR namespace of a repository, so that another repository can register. Delete its registrations first. It
ends with 1 if something stands against it, and with 2 if it could not finish.

  --claimant CLAIMANT  the holder: repository:ID, owner:ID or name:OWNER/REPO. Without it nothing is released, and the
                       holder is shown.
  ROLECALL_TABLE       the table of the deployment
  AWS_REGION           the region of the deployment`;

await run(USAGE, async () => {
  if (owner === undefined || repo === undefined || table === undefined || !isUnderstood) {
    console.error(USAGE);
    return 2;
  }
  const client = new DynamoDBClient({ region: operatorRegion() });
  const result = await release(client, table, { namespace: namespaceOf(owner, repo), name, claimant });
  switch (result.outcome) {
    case "nothing":
      console.log(`Nothing is reserved for ${name}.`);
      return 0;
    case "other-name":
      console.error(
        `${shown(result.reservation)} ${name} has no reservation to release. Nothing was deleted.`,
      );
      return 1;
    case "other-claimant": {
      const { claimant: holder } = result.reservation;
      console.error(
        `${shown(result.reservation)} Nothing was deleted. To release it, say whose it is: npm run release -- ${name} --claimant ${holder}`,
      );
      return claimant === undefined ? 2 : 1;
    }
    case "in-use": {
      const roles = result.registrations
        .map(({ account, owner, repo, role }) => `${owner}/${repo} ${role} in account ${account}`)
        .join(", ");
      console.error(
        `These registrations are the claimant's or use its namespace: ${roles}. Nothing was deleted; delete these registrations first.`,
      );
      return 1;
    }
    case "changed":
      console.error(
        "The reservation changed at the same moment. Run the command again to see who holds it now.",
      );
      return 1;
    case "released":
      console.log(`Released ${result.keys.join(", ")}`);
      return 0;
  }
});
