/**
 * Plans how to replace a role that nobody registered: the requests that register its replacements, the permissions
 * that these would lose, and the moment when the old role can be deleted. Rolecall never changes the old role.
 */

import type { AccountRole } from "../../desired/account-role.ts";
import type { components } from "../../generated/contract.ts";
import { type AuditedAccount, regionsOf } from "../ecr.ts";
import { allowed, type NamedPolicy } from "../permissions.ts";
import { listed, shortened } from "../text.ts";
import { gainedAccess, lostAccess } from "./difference.ts";
import { planFor, type ReplacementPlan, rolePathOf } from "./replacement.ts";
import { retirement } from "./retire.ts";
import { type Trusted, trustsOf } from "./trusted.ts";

type Schemas = components["schemas"];
export type RegistrationUse = Schemas["RegistrationName"] & { readonly lastUsedAt: string | undefined };

export type MigrationContext = AuditedAccount & {
  readonly issuers: readonly string[];
  /** The owners whose repositories the service registers. */
  readonly owners: readonly string[];
  readonly now: number;
  /** By the role's ARN. */
  readonly registered: ReadonlyMap<string, RegistrationUse>;
};

export function migrationOf(
  role: AccountRole,
  policies: readonly NamedPolicy[],
  context: MigrationContext,
): Schemas["Migration"] {
  const { trusted, lost, permits, notes, isDead } = trustsOf(role.trustPolicy, context.issuers);
  const allow = allowed(policies);
  const plans = distinct(trusted.map((one) => planFor(one, trusted, allow, context)));
  const registered = [...context.registered.values()];
  const rolesOf = (owner: string, repo: string) =>
    registered.filter((one) => `${one.owner}/${one.repo}`.toLowerCase() === `${owner}/${repo}`.toLowerCase());
  const regions = regionsOf(allow, context);
  return {
    replacements: plans.map(({ request }) => request),
    lost: shortened([
      ...lost,
      ...plans.flatMap((plan) => plan.lost),
      ...(plans.length === 0 ? [] : [...lostAccess(policies, plans, context), ...lostTags(role)]),
    ]),
    notes: [
      ...new Set([
        ...permits,
        ...unserved(trusted, context.owners),
        ...plans.flatMap((plan) => plan.permits),
      ]),
      ...shortened([
        ...notes,
        ...plans.flatMap((plan) => gainedAccess(plan, policies, regions, context)),
        ...taken(plans, registered, context),
        ...(regions.length === 0 || plans.every(({ ecr }) => ecr.length === 0)
          ? []
          : [
              `The ECR repositories are in ${listed(regions)}. A registration's repositories are in the service's region, unless it names another one in \`region\`.`,
            ]),
      ]),
    ],
    retire: isDead
      ? { ready: true, reason: "Nobody gets in, because its issuer signs no tokens any more." }
      : retirement(
          role,
          trusted.map(({ owner, repo }) => ({ name: `${owner}/${repo}`, registered: rolesOf(owner, repo) })),
          context.now,
        ),
  };
}

/** Numbers the paths of several replacements for one repository, so that each has its own name. */
const distinct = (plans: readonly ReplacementPlan[]): ReplacementPlan[] =>
  plans.map((plan, index) => {
    const { path } = plan.request;
    const before = plans.slice(0, index).filter((other) => other.request.path === path).length;
    return before === 0 ? plan : { ...plan, request: { ...plan.request, path: `${path}-${before + 1}` } };
  });

/** Names the owners that the operator must add before the service registers a replacement. */
function unserved(trusted: readonly Trusted[], owners: readonly string[]): string[] {
  const served = owners.map((owner) => owner.toLowerCase());
  const others = new Set(
    trusted.map(({ owner }) => owner).filter((one) => !served.includes(one.toLowerCase())),
  );
  return [...others].map(
    (owner) =>
      `This service does not register repositories of ${owner}. The operator must add the owner (ROLECALL_OWNERS).`,
  );
}

/** Warns about paths that are already registered, because a PUT would change that registration. */
function taken(
  plans: readonly ReplacementPlan[],
  registered: readonly RegistrationUse[],
  place: AuditedAccount,
): string[] {
  const paths = registered.map(({ owner, repo, role }) =>
    rolePathOf(`${owner}/${repo}`, role, place).toLowerCase(),
  );
  return plans
    .map(({ request }) => request.path)
    .filter((path) => paths.includes(path.toLowerCase()))
    .map(
      (path) =>
        `${path} is already registered. Compare the two, or choose another name (with If-None-Match: * a PUT replaces nothing).`,
    );
}

/** Reports the role's tags as lost. They are also tags of every session, and other policies may require them. */
function lostTags({ tags }: AccountRole): string[] {
  const own = Object.entries(tags).filter(([key]) => !/^(?:aws|rolecall):/i.test(key));
  return own.length === 0
    ? []
    : [`the tags ${listed(own.map(([key, value]) => `${key}=${value}`))} of its sessions`];
}
