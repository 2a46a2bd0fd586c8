/**
 * How a role that nobody registered is replaced: the requests that register its replacements, what these would no
 * longer allow, and when the old role can go. It is never touched: it is not ours.
 */
import type { components } from "../generated/contract.ts";
import { gainedAccess, lostAccess } from "./difference.ts";
import { type Place, regionsOf } from "./ecr.ts";
import { allowed, type NamedPolicy } from "./permissions.ts";
import { type Plan, planFor } from "./replacement.ts";
import { retirement } from "./retire.ts";
import type { AccountRole } from "./role.ts";
import { listed, shortened } from "./text.ts";
import { trustsOf } from "./trusted.ts";

type Schemas = components["schemas"];
export type Registered = Schemas["RegistrationName"] & { readonly lastUsedAt: string | undefined };

export type MigrationContext = Place & {
  readonly issuers: readonly string[];
  readonly now: number;
  /** By the role's ARN. */
  readonly registered: ReadonlyMap<string, Registered>;
};

export function migrationOf(
  role: AccountRole,
  policies: readonly NamedPolicy[],
  context: MigrationContext,
): Schemas["Migration"] {
  const { trusted, lost, notes } = trustsOf(role.trustPolicy, context.issuers);
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
    notes: shortened([
      ...notes,
      ...plans.flatMap((plan) => [...plan.notes, ...gainedAccess(plan, policies, regions, context)]),
      ...taken(plans, registered),
      ...(regions.length === 0 || plans.every(({ ecr }) => ecr.length === 0)
        ? []
        : [
            `The ECR repositories are in ${listed(regions)}; a registration's are in its service's, unless it names another in \`region\`.`,
          ]),
    ]),
    retire: retirement(
      role,
      trusted.map(({ owner, repo }) => ({ name: `${owner}/${repo}`, registered: rolesOf(owner, repo) })),
      context.now,
    ),
  };
}

/** Several roles of one repository have names of their own. */
const distinct = (plans: readonly Plan[]): Plan[] =>
  plans.map((plan, index) => {
    const { path } = plan.request;
    const before = plans.slice(0, index).filter((other) => other.request.path === path).length;
    return before === 0 ? plan : { ...plan, request: { ...plan.request, path: `${path}-${before + 1}` } };
  });

/** A PUT would change what is registered under that name already. */
function taken(plans: readonly Plan[], registered: readonly Registered[]): string[] {
  const paths = registered.map(({ owner, repo, role }) =>
    `/v1/repos/${owner}/${repo}/roles/${role}`.toLowerCase(),
  );
  return plans
    .map(({ request }) => request.path)
    .filter((path) => paths.includes(path.toLowerCase()))
    .map(
      (path) =>
        `${path} is registered already; compare the two, or choose another name (If-None-Match: * makes sure).`,
    );
}

/** A role's tags are tags of every session, which policies elsewhere may ask for. */
function lostTags({ tags }: AccountRole): string[] {
  const own = Object.entries(tags).filter(([key]) => !/^(?:aws|rolecall):/i.test(key));
  return own.length === 0
    ? []
    : [`the tags ${listed(own.map(([key, value]) => `${key}=${value}`))} of its sessions`];
}
