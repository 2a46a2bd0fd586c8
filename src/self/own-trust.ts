/**
 * The rule that lets a workflow register its own role: a token may register only a trust that lets in that same run, and
 * no other subject or ref. The rule is decided on the trust policy itself, exactly, for every token that GitHub can
 * send.
 */

import {
  anyText,
  both,
  either,
  example,
  type Language,
  matching,
  outside,
  text,
} from "../policy/language.ts";
import { parseOperator } from "../policy/operators.ts";
import type { TrustPolicy, TrustStatement } from "../policy/parse.ts";
import { starred } from "../policy/string-like.ts";
import { type Claims, textOf } from "../trust/claims.ts";
import { evaluateTrust } from "../trust/evaluate-trust.ts";
import { evaluatedClaim } from "../trust/lint/demands.ts";
import { isOptional, valuePattern } from "../trust/lint/guard.ts";
import { contexts, EMPTY_TRUST, subjectPrefixes } from "../trust/subjects.ts";
import type { Allowance } from "./ceiling.ts";

/** The OIDC provider of the role, and the issuer of its tokens without `https://`. */
export type Provider = { readonly arn: string; readonly audience: string; readonly issuerHost: string };

/** The runs that a rule allows in addition to the token's own, as fields of a trust. */
export type MoreRuns = Partial<Pick<Allowance, "branches" | "tags" | "environments" | "pullRequests">>;

/**
 * Why a token may not register a trust policy. `shut-out`: the policy does not let the run in, because of this claim.
 * `other`: the policy also lets in a run whose claim has the value `letsIn`. An empty `letsIn` is any value.
 */
export type Breach = {
  readonly breach: "shut-out" | "other";
  readonly claim: string;
  readonly letsIn: string;
};

/**
 * Decides whether a token may register a trust policy; returns undefined if it may.
 * @param claims the claims of the verified token
 * @param more the runs that a rule allows in addition to the token's own
 */
export function trustBreach(
  policy: TrustPolicy,
  provider: Provider,
  claims: Claims,
  more: MoreRuns = {},
): Breach | undefined {
  const { issuerHost } = provider;
  const evaluation = evaluateTrust(policy, {
    principal: { federated: provider.arn },
    action: "sts:AssumeRoleWithWebIdentity",
    issuerHost,
    claims: { ...claims, aud: provider.audience },
  });
  if (!evaluation.allowed || !evaluation.decided) {
    const claimOf = (key: string) => key.slice(key.lastIndexOf(":") + 1);
    const refusing = evaluation.conditions.filter(({ holds }) => !holds);
    // A subject also contains the id, and only the id says why the subject differs.
    const failing = refusing.find(({ key }) => claimOf(key) === "repository_id") ?? refusing[0];
    const claim = failing === undefined ? "sub" : claimOf(failing.key);
    return { breach: "shut-out", claim, letsIn: failing?.expected[0] ?? "" };
  }
  for (const statement of policy.statements.filter(({ effect }) => effect === "Allow")) {
    const breach = statementBreach(statement, policy.version, issuerHost, claims, more);
    if (breach !== undefined) return breach;
  }
  return undefined;
}

function statementBreach(
  statement: TrustStatement,
  version: string,
  issuerHost: string,
  claims: Claims,
  more: MoreRuns,
): Breach | undefined {
  const valuesOf = (claim: string) => acceptedBy(statement, version, issuerHost, claim);
  const other = (claim: string, accepted: Language, allowed: Language): Breach | undefined => {
    const letsIn = example(outside(allowed), accepted);
    return letsIn === undefined ? undefined : { breach: "other", claim, letsIn };
  };
  const own = ownSubjects(claims);
  const subjects = valuesOf("sub");
  const allowedMore = subjectsOf(claims, own, more);
  const byId = other("repository_id", valuesOf("repository_id"), text(textOf(claims, "repository_id")));
  const bySubject = other("sub", subjects, either(...own.map(text), ...allowedMore));
  if (byId !== undefined || bySubject !== undefined) return byId ?? bySubject;
  // A subject that names an environment does not say which ref the run belongs to.
  const isRefOpen = own.some(
    (subject) =>
      !namesRef(subject, claims) &&
      example(text(subject), subjects) !== undefined &&
      !allowedMore.some((language) => example(text(subject), language) !== undefined),
  );
  return isRefOpen ? other("ref", valuesOf("ref"), text(textOf(claims, "ref"))) : undefined;
}

/** Returns the values of a claim with which a statement can let a token in. It never leaves out such a value. */
function acceptedBy(
  { conditions }: TrustStatement,
  version: string,
  issuerHost: string,
  claim: string,
): Language {
  return conditions
    .filter(({ key }) => evaluatedClaim(key, issuerHost) === claim)
    .reduce<Language>((accepted, { operator: name, values }) => {
      const operator = parseOperator(name);
      if (operator === null || operator === "other" || operator.negated || isOptional(operator))
        return accepted;
      const { kind } = operator;
      if (kind !== "equals" && kind !== "like" && kind !== "equals-ignore-case") return accepted;
      const listed = values.map((value) => {
        const pattern = valuePattern(value, kind === "like", version);
        return pattern === null ? anyText : matching(pattern, kind === "equals-ignore-case");
      });
      return both(accepted, either(...listed));
    }, anyText);
}

const encoded = (value: string): string => value.replaceAll(":", "%3A");

/** Returns the token's subject in both forms: with the repository's ids and without. */
function ownSubjects(claims: Claims): string[] {
  const sub = textOf(claims, "sub");
  const [owner = "", repo = ""] = textOf(claims, "repository").split("/");
  const [ownerId, repositoryId] = [claims["repository_owner_id"], claims["repository_id"]].map(Number);
  const { byName, byId } = subjectPrefixes({
    owner,
    repo,
    ownerId: ownerId ?? 0,
    repositoryId: repositoryId ?? 0,
  });
  const swapped = [
    [byName, byId],
    [byId, byName],
  ].flatMap(([from = "", to = ""]) =>
    `:${sub}:`.includes(`:${from}:`) ? [`:${sub}:`.replace(`:${from}:`, () => `:${to}:`).slice(1, -1)] : [],
  );
  return [...new Set([sub, ...swapped])];
}

/**
 * Tells whether a subject of this token says which ref the run belongs to. The name of an environment can look like a
 * ref, so no subject counts that contains an environment.
 */
const namesRef = (subject: string, claims: Claims): boolean =>
  (textOf(claims, "environment") === "" || !`:${subject}:`.includes(":environment:")) &&
  textOf(claims, "ref") !== "" &&
  `:${subject}:`.includes(`:ref:${encoded(textOf(claims, "ref"))}:`);

/** Tells whether the token's subject names the run's ref or environment, or says that the run is of a pull request. */
export function namesRun(claims: Claims): boolean {
  const [ref, environment] = [textOf(claims, "ref"), textOf(claims, "environment")];
  const named = [
    ...(ref === "" ? [] : [`ref:${encoded(ref)}`]),
    ...(environment === "" ? [] : [`environment:${environment}`, `environment:${encoded(environment)}`]),
    "pull_request",
  ];
  return named.some((context) => `:${textOf(claims, "sub")}:`.includes(`:${context}:`));
}

/** Returns the subjects of other runs of the token's repository: its own subject with their contexts in its place. */
function subjectsOf(claims: Claims, own: readonly string[], more: MoreRuns): Language[] {
  const environment = textOf(claims, "environment");
  const context =
    environment === "" ? `ref:${encoded(textOf(claims, "ref"))}` : `environment:${encoded(environment)}`;
  return own.flatMap((subject) => {
    const at = `${subject}:`.lastIndexOf(`:${context}:`);
    if (at < 0) return [];
    const [before, after] = [subject.slice(0, at + 1), subject.slice(at + 1 + context.length)];
    return contextsOf(more).map((other) => matching(starred(`${before}${other}${after}`)));
  });
}

const contextsOf = ({
  branches = [],
  tags = [],
  environments = [],
  pullRequests = false,
}: MoreRuns): string[] =>
  contexts({
    ...EMPTY_TRUST,
    branches: [...branches],
    tags: [...tags],
    environments: [...environments],
    pullRequests,
  });
