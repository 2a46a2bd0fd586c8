/**
 * Compares the table with one account, after the table was restored to an earlier time or lost. Finds roles under
 * Rolecall's path that no item names, items whose role does not exist, and roles that differ from their items. A role's
 * tags show its name in the registry, and its policies show its access. The request leaves out all other fields, for
 * example the workflow's settings and `onDrift`, so they get their defaults.
 */
import { regionsOf } from "../audit/ecr.ts";
import { migrationOf } from "../audit/migration/migrate.ts";
import { allowed, policiesOf } from "../audit/permissions.ts";
import { type AccountSnapshot, observeAccount, roleIn } from "../aws/observe-account.ts";
import { type Config, issuerUrls } from "../config.ts";
import type { AccountRole } from "../desired/account-role.ts";
import { REVOCATION_POLICY, roleName } from "../desired/names.ts";
import { profileOfPolicy } from "../desired/profiles.ts";
import { deniedBy } from "../desired/revocation.ts";
import { tagFaults } from "../desired/settings.ts";
import type { ObservedRole } from "../desired/state.ts";
import { type Change, diffRole } from "../diff/diff.ts";
import { inChunks } from "../lib/parallel.ts";
import type { Put } from "../registration/intent.ts";
import type { RegistrationKey } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { trustsGitHub } from "../trust/lint/lint.ts";

/**
 * A role that no item names, and the PUT that takes it back, or the reason why its tags and policies do not show that
 * PUT.
 */
export type Unrecorded = { roleArn: string } & ({ put: Put } | { reason: string });

export type Reconciliation = {
  unrecorded: readonly Unrecorded[];
  /** Registrations whose role does not exist: it was deleted after the table's time, or by someone else. */
  missing: readonly (RegistrationKey & { roleArn: string })[];
  /**
   * Registrations whose role differs from what they ask for: perhaps a later PUT changed the role after the table's
   * time.
   */
  differing: readonly (RegistrationKey & { roleArn: string; changes: readonly Change[] })[];
};

/**
 * Compares the table with the account of the services. Writes nothing.
 * @param caller the caller's ARN, for the history
 */
export async function reconcile(services: Services, caller: string): Promise<Reconciliation> {
  const { registry, clients, config, now } = services;
  const { place } = clients;
  const issuers = issuerUrls(config);
  const [snapshot, items] = await Promise.all([
    observeAccount(clients, config.rolePath, [], [], (policy) => trustsGitHub(policy, issuers)),
    registry.registeredRoles(),
  ]);
  const ours = snapshot.audited.filter(({ path }) => path.startsWith(config.rolePath));
  const recorded = new Set(items.map(({ roleArn }) => roleArn));
  const there = new Set(ours.map(({ arn }) => arn));
  const { owners } = config;
  const context = { ...place, accountId: place.account, issuers, owners, now: now(), registered: new Map() };
  const proposed = ours
    .filter(({ arn }) => !recorded.has(arn))
    .map((role): Unrecorded => {
      const policies = policiesOf(role);
      const regions = regionsOf(allowed(policies), context);
      const found = requestOf(
        role,
        snapshot,
        regions,
        config,
        () => migrationOf(role, policies, context).replacements,
      );
      const roleArn = role.arn;
      if ("reason" in found) return { roleArn, reason: found.reason };
      const precondition = { ifNoneMatch: "*" as const };
      return { roleArn, put: { ...found, precondition, dryRun: false, caller } };
    });
  const differing = await differingRoles(registry, items, snapshot);
  return {
    unrecorded: proposed,
    missing: items.filter(({ roleArn }) => !there.has(roleArn)),
    differing,
  };
}

/** The number of registrations to hold in memory at once. */
const CHUNK = 100;

/** Returns the registrations whose role exists and differs from what they ask for. */
async function differingRoles(
  registry: Services["registry"],
  keys: readonly RegistrationKey[],
  snapshot: AccountSnapshot,
): Promise<Reconciliation["differing"]> {
  const differing: Reconciliation["differing"][number][] = [];
  for (const chunk of inChunks(keys, CHUNK)) {
    const { items } = await registry.readMany(chunk);
    for (const item of items) {
      const found = item && roleIn(snapshot, item.desired.role.name);
      if (item === undefined || found === undefined) continue;
      const { owner, repo, role, desired } = item;
      const changes = diffRole(desired.role, found, "drift");
      if (changes.length > 0) differing.push({ owner, repo, role, roleArn: desired.role.arn, changes });
    }
  }
  return differing;
}

type Proposal = Pick<Put, "key" | "request" | "denied"> & { id: string };
type Replacements = ReturnType<typeof migrationOf>["replacements"];

/**
 * Returns the request by which a role was registered, according to its tags and policies, or the reason why they do not
 * show it.
 * @param regions the regions of the ECR repositories in its policies. If there are none, nothing shows the region of
 * the registration
 */
function requestOf(
  { name, tags }: AccountRole,
  snapshot: AccountSnapshot,
  regions: readonly string[],
  config: Config,
  replacements: () => Replacements,
): Proposal | { reason: string } {
  const { "rolecall:id": id, "rolecall:role": role, "rolecall:repository": repository } = tags;
  const [owner, repo] = repository?.split("/") ?? [tags["rolecall:owner"], "*"];
  const observed = roleIn(snapshot, name);
  if (id === undefined || role === undefined || owner === undefined || repo === undefined)
    return { reason: "its tags do not say what it was registered as" };
  // Require the name and the boundary that Rolecall gives to such a role. Everyone who may tag roles can write the
  // tags.
  if (name !== roleName(owner, repo, role) || !isBoundary(observed?.boundaryArn, config))
    return { reason: "its name or its boundary is not what Rolecall gives to what its tags say" };
  const [body, ...others] = replacements()
    .filter(({ path }) =>
      path.replace(/^\/v1(?:\/accounts\/\d{12})?/, "").startsWith(`/repos/${owner}/${repo}/`),
    )
    .map((one) => one.body);
  const [region, ...more] = regions;
  if (body === undefined || others.length > 0 || observed === undefined || more.length > 0)
    return { reason: "its policies are not those of one registration" };
  const revocation = observed.inlinePolicies[REVOCATION_POLICY];
  const denied = deniedBy(revocation);
  if (revocation !== undefined && denied === undefined)
    return { reason: `its policy ${REVOCATION_POLICY}, which ends sessions, is not as Rolecall writes it` };
  return {
    id,
    ...(denied !== undefined && { denied }),
    key: { owner, repo, role },
    request: { ...body, ...ofRole(observed, config), ...(region !== undefined && { region }) },
  };
}

/**
 * Tells whether a policy is the boundary of Rolecall's roles in the account. In a member account that is each policy
 * under Rolecall's path, because a stack that was made again has another boundary than the roles of the stack before.
 */
const isBoundary = (arn: string | undefined, { boundaryArn, member }: Config): boolean =>
  arn === boundaryArn ||
  (member !== undefined && arn?.startsWith(boundaryArn.replace(/[^/]*$/, "")) === true);

/**
 * Returns the part of a request that the role itself shows. Leaves out what the operator no longer allows, so the role
 * loses it when it is taken back.
 */
const ofRole = (
  { maxSessionSeconds, tags, inlinePolicies, attachedPolicyArns }: ObservedRole,
  { profiles, managedPolicies, tagKeys, maxSessionSeconds: longest }: Config,
) => ({
  maxSessionSeconds: Math.min(maxSessionSeconds, longest),
  tags: Object.fromEntries(
    Object.entries(tags).filter(([key, value]) => tagFaults({ [key]: value }, tagKeys, "").length === 0),
  ),
  profiles: Object.keys(inlinePolicies)
    .map((name) => profileOfPolicy(name) ?? "")
    .filter((name) => profiles.has(name)),
  managedPolicyArns: attachedPolicyArns.filter((arn) => managedPolicies.includes(arn)),
});
