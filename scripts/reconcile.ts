/**
 * `npm run reconcile`: compares the table with every account that the deployment serves, after the table was restored
 * to an earlier time or lost, and lists the differences. With `-- --take-back` it registers the roles again that no
 * registration names.
 */
import { settled } from "../src/aws/fault.ts";
import { type Failure, failed, toProblem } from "../src/lib/errors.ts";
import { servedAccounts } from "../src/recovery/accounts.ts";
import { reconcile } from "../src/recovery/reconcile.ts";
import { takeBack } from "../src/recovery/take-back.ts";
import type { Services } from "../src/services.ts";
import { operatorServices, run } from "./operator.ts";

const takesBack = process.argv.includes("--take-back");

const USAGE = `npm run reconcile -- [--take-back]

Compares the table with every account that the deployment serves, and lists the differences. It writes nothing without
--take-back. It ends with 1 if differences stay, and with 2 if it could not finish.

  --take-back     registers the roles again that no registration names
  ROLECALL_TABLE, ROLECALL_OWNERS, ROLECALL_BOUNDARY_ARN, AWS_REGION and the other variables of the functions`;

await run(USAGE, async () => {
  let [found, left] = [0, 0];
  for await (const { account, name, services } of servedAccounts(operatorServices())) {
    if (name !== undefined) console.log(`Account ${account} (${name}):`);
    const done = failed(services) ? services : await reconcileAccount(services);
    if (failed(done)) {
      left++;
      console.log(`  ${toProblem(done).detail} Its roles were not looked at.`);
      continue;
    }
    found += done.found;
    left += done.left;
  }
  if (!takesBack && found > 0) console.log("Nothing was written; `-- --take-back` takes them back.");
  return left > 0 ? 1 : 0;
});

/** Prints the differences of one account. Returns the number of roles to take back, and of those that stay as they are. */
async function reconcileAccount(services: Services): Promise<{ found: number; left: number } | Failure> {
  const compared = await settled(reconcile(services, "operator"));
  if (failed(compared)) return compared;
  const { unrecorded, missing, differing } = compared;
  console.log(`Roles under ${services.config.rolePath} that no registration names: ${unrecorded.length}`);
  let left = 0;
  for (const one of unrecorded) {
    if ("reason" in one) {
      left++;
      console.log(`  ${one.roleArn}: ${one.reason}; delete the role, or register its repository again`);
      continue;
    }
    const { owner, repo, role } = one.put.key;
    const done = await takeBack(services, { ...one.put, dryRun: !takesBack });
    if (failed(done)) left++;
    const changes = failed(done) ? [] : done.changes.map(({ path, effect }) => `${path} ${effect}`);
    const result = failed(done)
      ? toProblem(done).detail
      : `${takesBack ? "taken back" : "would be taken back"}, ${changes.length === 0 ? "as it is" : `changed: ${changes.join(", ")}`}`;
    console.log(`  ${one.roleArn}: ${owner}/${repo} ${role}, ${result}`);
    if (!takesBack) console.log(`    PUT ${JSON.stringify(one.put.request)}`);
  }
  console.log(`Registrations whose role is not there: ${missing.length}`);
  for (const { owner, repo, role, roleArn } of missing)
    console.log(`  ${owner}/${repo} ${role}: ${roleArn}; repair it, or DELETE it if it was deleted since`);
  console.log(`Registrations whose role is not as they ask for: ${differing.length}`);
  for (const { owner, repo, role, changes } of differing) {
    const told = changes.map(({ path, effect }) => `${path} ${effect}`).join(", ");
    console.log(
      `  ${owner}/${repo} ${role}: ${told}; PUT again what is to hold, or the roll call repairs or reports it`,
    );
  }
  return { found: unrecorded.length - left, left };
}
