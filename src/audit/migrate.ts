/**
 * How a role that nobody registered is replaced: the requests that register its replacements, what these would no
 * longer allow, and when the old role can go. It is never touched: it is not ours.
 */
import { ecrPolicy } from "../desired/permissions.ts";
import type { Statement } from "../desired/policy.ts";
import { canonicalText, isNarrower } from "../drift/policy.ts";
import type { components } from "../generated/contract.ts";
import { describeGrant } from "./access.ts";
import type { Element } from "./document.ts";
import { arnsOf, type Place, regionsOf, repositoryArn } from "./ecr.ts";
import { mayMeet } from "./elements.ts";
import { ACTIONS, allowed, type GrantStatement, type NamedPolicy, RESOURCES } from "./permissions.ts";
import { type Plan, planFor } from "./replacement.ts";
import { retirement } from "./retire.ts";
import type { AccountRole } from "./role.ts";
import { bounded, listed } from "./text.ts";
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
    lost: bounded([
      ...lost,
      ...plans.flatMap((plan) => plan.lost),
      ...(plans.length === 0 ? [] : [...lostAccess(policies, plans, context), ...lostTags(role)]),
    ]),
    notes: bounded([
      ...notes,
      ...plans.flatMap((plan) => [...plan.notes, ...gainedAccess(plan, policies, regions, context)]),
      ...taken(plans, registered),
      ...(regions.length === 0 || plans.every(({ ecr }) => ecr.length === 0)
        ? []
        : [
            `The ECR repositories are in ${listed(regions)}; a registration's are in its service's region alone.`,
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

/** The policy that a replacement's role would have, if its repositories were in a region. */
const policyOf = ({ ecr }: Pick<Plan, "ecr">, region: string, place: Place): readonly Statement[] =>
  ecrPolicy(ecr.map(({ repository, access }) => ({ arn: repositoryArn(repository, region, place), access })))
    ?.Statement ?? [];

const documentOf = (Statement: unknown) => ({ Version: "2012-10-17", Statement });

/** What the old role allows and no replacement does, in broad strokes. */
function lostAccess(policies: readonly NamedPolicy[], plans: readonly Plan[], place: Place): string[] {
  const kept = documentOf(plans.flatMap((plan) => policyOf(plan, "*", place)));
  const isKept = (action: Element, resource: Element): boolean =>
    isNarrower(
      kept,
      documentOf({ Effect: "Allow", ...named("Action", action), ...named("Resource", resource) }),
    );
  return policies.flatMap(({ name, statements }) => {
    if (statements === undefined) return [`what ${name} allows, which is not known`];
    return statements.flatMap((statement) => {
      if (statement.effect === "Deny" || isKept(statement.action, statement.resource)) return [];
      const action = without(statement.action, (one) => isKept(one, statement.resource));
      const resource = without(statement.resource, (one) => isKept(action, one));
      const lost = { ...statement, action, resource };
      const partly = plans.flatMap(({ ecr }) => ecr).filter((grant) => meets(lost, grant, place));
      const names = [...new Set(partly.map(({ repository }) => repository))];
      return describeGrant(lost).map((line) =>
        names.length > 0 && /^(?:ecr:|everything)/.test(line)
          ? `${line} (partly kept: ${listed(names)})`
          : line,
      );
    });
  });
}

/** Whether a statement allows something that a grant allows too. */
function meets(statement: GrantStatement, grant: Plan["ecr"][number], place: Place): boolean {
  const actions = policyOf({ ecr: [grant] }, "*", place).flatMap(({ Action, Resource }) =>
    Resource === "*" ? [] : [Action].flat(),
  );
  return (
    actions.some((action) => mayMeet(statement.action, action, ACTIONS)) &&
    arnsOf(grant.repository, [statement], place).some((arn) => mayMeet(statement.resource, arn, RESOURCES))
  );
}

const named = (name: string, { not, values }: Element) => ({ [not ? `Not${name}` : name]: values });

/** An element less the values of which something is true; what is excluded stays. */
const without = (element: Element, isGone: (one: Element) => boolean): Element =>
  element.not
    ? element
    : { not: false, values: element.values.filter((value) => !isGone({ not: false, values: [value] })) };

/** What a replacement would allow and the old role does not: docker needs all of a push. */
function gainedAccess(
  plan: Plan,
  policies: readonly NamedPolicy[],
  regions: readonly string[],
  place: Place,
): string[] {
  const known = policies.filter(({ statements }) => statements !== undefined);
  const old = documentOf(known.flatMap(({ document }) => JSON.parse(canonicalText(document)).Statement));
  const isNew = (Action: unknown, Resource: unknown) =>
    !isNarrower(old, documentOf({ Effect: "Allow", Action, Resource }));
  return plan.ecr.flatMap((grant) => {
    const inRegions = (regions.length === 0 ? ["*"] : regions).map((region) =>
      policyOf({ ecr: [grant] }, region, place).flatMap(({ Action, Resource }) =>
        [Action].flat().filter((action) => isNew(action, Resource)),
      ),
    );
    const [fewest = []] = inRegions.sort((a, b) => a.length - b.length);
    return fewest.length === 0
      ? []
      : [`${plan.request.path} would also allow ${listed(fewest)} on ${grant.repository}.`];
  });
}

/** A role's tags are tags of every session, which policies elsewhere may ask for. */
function lostTags({ tags }: AccountRole): string[] {
  const own = Object.entries(tags).filter(([key]) => !/^(?:aws|rolecall):/i.test(key));
  return own.length === 0
    ? []
    : [`the tags ${listed(own.map(([key, value]) => `${key}=${value}`))} of its sessions`];
}
