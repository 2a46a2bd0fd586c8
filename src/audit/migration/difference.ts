/** Compares the permissions of a role with those that its replacements would have. */
import { repositoryArn } from "../../desired/names.ts";
import { ecrPolicy } from "../../desired/permissions.ts";
import type { CanonicalElement } from "../../policy/canonical.ts";
import { canonicalText, isNarrower } from "../../policy/compare.ts";
import type { Statement } from "../../policy/document.ts";
import { mayMeet } from "../../policy/elements.ts";
import { describeGrant } from "../access.ts";
import { type AuditedAccount, arnsOf } from "../ecr.ts";
import { ACTIONS, type GrantStatement, type NamedPolicy, RESOURCES } from "../permissions.ts";
import { listed } from "../text.ts";
import type { ReplacementPlan } from "./replacement.ts";

/** Returns the policy statements that a replacement's role would have if its repositories were in a region. */
const policyOf = (
  { ecr }: Pick<ReplacementPlan, "ecr">,
  region: string,
  { partition, accountId: account }: AuditedAccount,
): readonly Statement[] =>
  ecrPolicy(
    ecr.map(({ repository, access }) => ({
      arn: repositoryArn(repository, { partition, account, region }),
      access,
    })),
  )?.Statement ?? [];

const documentOf = (Statement: unknown) => ({ Version: "2012-10-17", Statement });

/** Summarises the permissions that the old role has and no replacement would have. */
export function lostAccess(
  policies: readonly NamedPolicy[],
  plans: readonly ReplacementPlan[],
  place: AuditedAccount,
): string[] {
  const kept = documentOf(plans.flatMap((plan) => policyOf(plan, "*", place)));
  const isKept = (action: CanonicalElement, resource: CanonicalElement): boolean =>
    isNarrower(
      kept,
      documentOf({ Effect: "Allow", ...named("Action", action), ...named("Resource", resource) }),
    );
  return policies.flatMap(({ name, statements }) => {
    if (statements === undefined) return [`the permissions of ${name}, which are not known`];
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

/** Tells whether a statement and a grant may allow the same action on the same repository. */
function meets(
  statement: GrantStatement,
  grant: ReplacementPlan["ecr"][number],
  place: AuditedAccount,
): boolean {
  const actions = policyOf({ ecr: [grant] }, "*", place).flatMap(({ Action, Resource }) =>
    Resource === "*" ? [] : [Action].flat(),
  );
  return (
    actions.some((action) => mayMeet(statement.action, action, ACTIONS)) &&
    arnsOf(grant.repository, [statement], place).some((arn) => mayMeet(statement.resource, arn, RESOURCES))
  );
}

const named = (name: string, { not, values }: CanonicalElement) => ({ [not ? `Not${name}` : name]: values });

/** Returns an element without the values that are gone. The values of a `Not…` element are exclusions and stay. */
const without = (element: CanonicalElement, isGone: (one: CanonicalElement) => boolean): CanonicalElement =>
  element.not
    ? element
    : { not: false, values: element.values.filter((value) => !isGone({ not: false, values: [value] })) };

/**
 * Summarises the permissions that a replacement would add. There can be some, because a registration always grants
 * every action that docker needs for a push or pull.
 */
export function gainedAccess(
  plan: ReplacementPlan,
  policies: readonly NamedPolicy[],
  regions: readonly string[],
  place: AuditedAccount,
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
