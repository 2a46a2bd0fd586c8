/**
 * Decides whether the operator's ceiling lets a workflow's token do what it asks for. Every refusal names the claim of
 * the token, or the field of the request, that the nearest rule refuses.
 */
import type { Spec } from "../desired/state.ts";
import { pointerToken } from "../lib/pointer.ts";
import type { TrustPolicy } from "../policy/parse.ts";
import { starred, stringLike } from "../policy/string-like.ts";
import { type Claims, isGitHubHost, textOf } from "../trust/claims.ts";
import type { Ceiling, Rule } from "./ceiling.ts";
import { type Breach, namesRun, type Provider, trustBreach } from "./own-trust.ts";

/** A refusal: the claim or the field, its value, the values that would do, and the rule. */
export type Denial = {
  /** A claim of the token, or a JSON pointer to a field of the request. */
  readonly claim: string;
  readonly was: string;
  readonly accepts: readonly string[];
  /** A pointer into `self.json`. `rolecall`: a rule of Rolecall, which no rule of the operator changes. */
  readonly rule: `/rules${string}` | "rolecall";
  /** The advice, as a sentence. */
  readonly remedy: string;
};

/** The name of the role that a token asks for. `account` is `home` for the service's own. */
export type AskedRole = { readonly account: string; readonly role: string };

/**
 * The default branch as GitHub answers now. `missing`: GitHub has no repository of that name. `hidden`: the repository may
 * be private, and the service has no access to it.
 */
export type DefaultBranch = { readonly branch: string } | "missing" | "hidden";

/** The parts of a request, or of the spec made from it, that a rule limits. */
type AskedSpec = Partial<
  Pick<Spec, "profiles" | "managedPolicyArns" | "onDrift" | "maxSessionSeconds" | "tags">
> & { readonly ecr?: readonly { readonly access?: Spec["ecr"][number]["access"] }[] };

/** A registration that a token asks for. The parts that are not known yet refuse nothing. */
export type AskedRegistration = AskedRole & {
  readonly defaultBranch?: DefaultBranch;
  readonly spec?: AskedSpec;
  readonly trust?: { readonly policy: TrustPolicy; readonly provider: Provider };
};

/** The events that may register. The others run foreign code, or run with the rights of the base on such code. */
const EVENTS = ["push", "workflow_dispatch", "schedule"];

/** The party whose rule refuses. No change of the operator's rule mends a refusal by Rolecall. */
type RuleOf = "operator" | "rolecall";
type Check = Omit<Denial, "rule"> & { readonly ruleOf: RuleOf };
type Checks = (rule: Rule) => readonly (Check | undefined)[];

/** Returns why a token may not read a repository's registrations and ask about them; undefined if it may. */
export const readDenial = (ceiling: Ceiling, claims: Claims, account: string): Denial | undefined =>
  nearestDenial(ceiling, claims, (rule) => [accountCheck(rule, account)]);

/** Returns why no run of the token's repository may register this; undefined if some run may. */
export const planDenial = (ceiling: Ceiling, claims: Claims, asked: AskedRegistration): Denial | undefined =>
  nearestDenial(ceiling, claims, (rule) => [
    ...tokenChecks(claims),
    ...roleChecks(rule, asked),
    ...specChecks(rule, asked.spec),
  ]);

/** Returns why a token may not write a registration; undefined if it may, as far as the request is known. */
export const writeDenial = (ceiling: Ceiling, claims: Claims, asked: AskedRegistration): Denial | undefined =>
  nearestDenial(ceiling, claims, (rule) => [
    ...tokenChecks(claims),
    ...roleChecks(rule, asked),
    listed(
      "rolecall",
      "event_name",
      textOf(claims, "event_name"),
      EVENTS,
      "Run the workflow by such an event",
    ),
    claimCheck(
      claims,
      "job_workflow_ref",
      rule.jobWorkflowRefs,
      "Call the reusable workflow that the rule pins",
    ),
    claimCheck(claims, "runner_environment", rule.runnerEnvironments, "Run the job on such a runner"),
    refCheck(rule, claims, asked.defaultBranch),
    ...specChecks(rule, asked.spec),
    asked.trust && trustCheck(rule, claims, asked.trust),
  ]);

/** Refuses tokens for whose runs alone no trust policy can be written. */
const tokenChecks = (claims: Claims): (Check | undefined)[] => [issuerCheck(claims), subjectCheck(claims)];

/** Checks the account and the role's name. */
const roleChecks = (rule: Rule, asked: AskedRegistration): (Check | undefined)[] => [
  accountCheck(rule, asked.account),
  listed("operator", "/role", asked.role, rule.roles, "Register a role with such a name"),
];

/**
 * Returns the first refusal of the rule that refuses least, of the rules for the token's repository; undefined if one
 * rule refuses nothing.
 */
function nearestDenial(ceiling: Ceiling, claims: Claims, checks: Checks): Denial | undefined {
  // Name a rule only to a repository that the rule names: to anyone else it would show the operator's private names.
  const named = ceiling.rules.flatMap((rule, index) =>
    namesRepository(rule, claims)
      ? [{ rule, at: `/rules/${index}` as const, otherId: idCheck(rule, claims) }]
      : [],
  );
  const refusals = named
    .filter(({ otherId }) => otherId === undefined)
    .map(({ rule, at }) => ({ at, refused: checks(rule).filter((check) => check !== undefined) }));
  // A rule that lists the role is nearer than any rule that does not.
  const isOtherRole = ({ refused }: (typeof refusals)[number]) =>
    refused.some(({ claim }) => claim === "/role");
  const [nearest] = refusals.toSorted(
    (a, b) => Number(isOtherRole(a)) - Number(isOtherRole(b)) || a.refused.length - b.refused.length,
  );
  if (nearest === undefined) return asDenial(named[0]?.otherId ?? unnamed(claims), "/rules");
  const [first] = nearest.refused;
  return first && asDenial(first, nearest.at);
}

const asDenial = ({ ruleOf, ...check }: Check, at: `/rules${string}`): Denial => ({
  ...check,
  rule: ruleOf === "rolecall" ? "rolecall" : at,
});

const unnamed = (claims: Claims): Check => ({
  ruleOf: "operator",
  claim: "repository",
  was: textOf(claims, "repository"),
  accepts: [],
  remedy: "Ask the operator for a rule in self.json that lists the repository.",
});

const matches = (pattern: string, value: string): boolean => stringLike(starred(pattern), value);

const refusal = (
  ruleOf: RuleOf,
  claim: string,
  was: string,
  accepts: readonly string[],
  remedy: string,
): Check => ({
  ruleOf,
  claim,
  was,
  accepts,
  remedy: ruleOf === "operator" ? `${remedy}, or ask the operator to change the rule.` : `${remedy}.`,
});

const listed = (
  ruleOf: RuleOf,
  claim: string,
  was: string,
  accepts: readonly string[],
  remedy: string,
): Check | undefined =>
  accepts.some((pattern) => matches(pattern, was)) ? undefined : refusal(ruleOf, claim, was, accepts, remedy);

/** Refuses the tokens of an issuer for which AWS evaluates neither the repository's id nor the ref. */
function issuerCheck(claims: Claims): Check | undefined {
  const issuer = textOf(claims, "iss");
  return isGitHubHost(issuer.replace(/^https:\/\//, ""))
    ? undefined
    : refusal(
        "rolecall",
        "iss",
        issuer,
        [],
        "AWS evaluates no id and no ref of this issuer's tokens, so its workflows cannot register roles. Ask the operator to register the role",
      );
}

/** Refuses a subject that all runs of the repository can have. */
function subjectCheck(claims: Claims): Check | undefined {
  return namesRun(claims)
    ? undefined
    : refusal(
        "rolecall",
        "sub",
        textOf(claims, "sub"),
        [],
        "The subject names neither the run's ref nor its environment, so no trust can name this run alone. Add `context` to the repository's subject template on GitHub (`include_claim_keys`), or ask the operator to register the role",
      );
}

/** Refuses a claim that has none of the listed values. An empty list accepts every value. */
const claimCheck = (
  claims: Claims,
  claim: string,
  accepts: readonly string[],
  remedy: string,
): Check | undefined =>
  accepts.length === 0 || accepts.includes(textOf(claims, claim))
    ? undefined
    : refusal("operator", claim, textOf(claims, claim), accepts, remedy);

/** GitHub compares the names of owners and repositories without case. */
function namesRepository({ repositories }: Rule, claims: Claims): boolean {
  const name = textOf(claims, "repository").toLowerCase();
  return repositories.some((pattern) => matches(pattern.toLowerCase(), name));
}

/** Refuses a repository or an owner that took over the name of another. The ids of the rule are not shown to it. */
const idCheck = (rule: Rule, claims: Claims): Check | undefined =>
  oneOfIds(claims, "repository_id", "repositoryIds", rule) ??
  oneOfIds(claims, "repository_owner_id", "ownerIds", rule);

function oneOfIds(
  claims: Claims,
  claim: string,
  field: "repositoryIds" | "ownerIds",
  { [field]: ids }: Rule,
): Check | undefined {
  const was = textOf(claims, claim);
  if (ids.length === 0 || ids.some((id) => String(id) === was)) return undefined;
  const remedy = `If this is the right id, ask the operator to list it in \`${field}\`.`;
  return { ruleOf: "operator", claim, was, accepts: [], remedy };
}

const accountCheck = ({ accounts }: Rule, account: string): Check | undefined =>
  accounts.includes(account)
    ? undefined
    : refusal("operator", "/account", account, accounts, "Register the role in such an account");

function refCheck(
  { refs, protectedRefs }: Rule,
  claims: Claims,
  defaultBranch: DefaultBranch | undefined,
): Check | undefined {
  const ref = textOf(claims, "ref");
  if (protectedRefs && textOf(claims, "ref_protected") === "true") return undefined;
  if (refs.length > 0) return listed("operator", "ref", ref, refs, "Run the workflow from such a ref");
  if (defaultBranch === undefined) return undefined;
  if (defaultBranch === "missing")
    return refusal(
      "rolecall",
      "repository",
      textOf(claims, "repository"),
      [],
      "GitHub has no repository of this name now. Register under the repository's new name",
    );
  if (defaultBranch === "hidden")
    return {
      ruleOf: "operator",
      claim: "ref",
      was: ref,
      accepts: [],
      remedy:
        "GitHub hides the repository, so its default branch is unknown. Ask the operator to list `refs` in the rule, or to give the service access to the repository (ROLECALL_GITHUB_SECRET).",
    };
  const own = `refs/heads/${defaultBranch.branch}`;
  return ref === own
    ? undefined
    : refusal("operator", "ref", ref, [own], "Run the workflow from the default branch");
}

function specChecks({ access, may }: Rule, spec: AskedSpec | undefined): (Check | undefined)[] {
  if (spec === undefined) return [];
  const { ecr = [], profiles = [], managedPolicyArns = [], onDrift = "report" } = spec;
  const { maxSessionSeconds = 3600, tags = {} } = spec;
  const isAllowed = (given: string | undefined) =>
    given === "both"
      ? access.includes("push") && access.includes("pull")
      : given === undefined || access.some((one) => one === given);
  const outside = ecr.findIndex((grant) => !isAllowed(grant.access));
  const within = (field: string, values: readonly string[], allowed: readonly string[]) => {
    const at = values.findIndex((value) => !allowed.includes(value));
    return at < 0
      ? undefined
      : refusal("operator", `/${field}/${at}`, values[at] ?? "", allowed, "Leave it out");
  };
  const { maxSessionSeconds: most } = may;
  const [tag] = Object.entries(tags);
  return [
    outside < 0
      ? undefined
      : refusal(
          "operator",
          `/ecr/${outside}/access`,
          ecr[outside]?.access ?? "",
          access,
          `Send \`ecr\` with the access ${access.join(" or ")}`,
        ),
    within("profiles", profiles, may.profiles),
    within("managedPolicyArns", managedPolicyArns, may.managedPolicies),
    may.onDrift.includes(onDrift)
      ? undefined
      : refusal(
          "operator",
          "/onDrift",
          onDrift,
          may.onDrift,
          may.onDrift.includes("report") ? "Leave it out" : `Set it to ${may.onDrift.join(" or ")}`,
        ),
    maxSessionSeconds <= most
      ? undefined
      : refusal(
          "operator",
          "/maxSessionSeconds",
          String(maxSessionSeconds),
          [String(most)],
          "Ask for shorter sessions",
        ),
    tag === undefined
      ? undefined
      : refusal(
          "rolecall",
          `/tags/${pointerToken(tag[0])}`,
          tag[1],
          [],
          "A workflow may not set tags. Leave them out, or ask the operator to register the role",
        ),
  ];
}

function trustCheck(
  { may }: Rule,
  claims: Claims,
  { policy, provider }: NonNullable<AskedRegistration["trust"]>,
): Check | undefined {
  const { branches, tags, environments, pullRequests } = may;
  const breach = trustBreach(policy, provider, claims, { branches, tags, environments, pullRequests });
  if (breach === undefined) return undefined;
  return breach.breach === "shut-out" ? shutOut(claims, breach) : letsOthersIn(claims, breach);
}

const FROM_BRANCH =
  "`environmentBranches` can demand only a branch, and this run has none. Register from a run of a branch, with only that branch in `environmentBranches`";

const isOfBranch = (claims: Claims): boolean => textOf(claims, "ref").startsWith("refs/heads/");

/** Refuses a trust that does not let the token's own run in. */
function shutOut(claims: Claims, { claim, letsIn }: Breach): Check {
  const accepts = letsIn === "" ? [] : [letsIn];
  if (claim === "repository_id") return otherRepository(claims, accepts);
  const refused = { claim, was: textOf(claims, claim), ruleOf: "rolecall" } as const;
  const reason = "The trust does not let this run in, and a workflow may register only its own run.";
  if (textOf(claims, "environment") !== "" && !isOfBranch(claims))
    return {
      ...refused,
      accepts: [],
      remedy: `${reason} ${FROM_BRANCH}.`,
    };
  const otherRun = letsIn === "" ? "" : `, or register from a run whose ${claim} is ${letsIn}`;
  return { ...refused, accepts, remedy: `${reason} Send a \`trust\` that names this run${otherRun}.` };
}

/** Refuses a trust that also lets in other runs than the token's own. */
function letsOthersIn(claims: Claims, { claim, letsIn }: Breach): Check {
  if (claim === "repository_id") return otherRepository(claims, []);
  const refused = { claim, was: textOf(claims, claim), accepts: [], ruleOf: "operator" } as const;
  const environment = textOf(claims, "environment");
  if (claim === "ref" && environment !== "") {
    const mend = isOfBranch(claims)
      ? "Add `environmentBranches` with only this run's branch to `trust`"
      : FROM_BRANCH;
    return {
      ...refused,
      remedy: `The trust lets in the environment ${environment} from every branch, and any branch can create an environment. ${mend}, or ask the operator to list the environment in the rule.`,
    };
  }
  const alone =
    environment === "" || isOfBranch(claims) ? "Send a `trust` that names this run alone" : FROM_BRANCH;
  return {
    ...refused,
    remedy: `The trust also lets in runs whose ${claim} is ${letsIn === "" ? "any" : letsIn}, and a workflow may register only its own run. ${alone}, or ask the operator for a rule that allows more.`,
  };
}

/** Refuses a trust for another repository than the token's. */
const otherRepository = (claims: Claims, accepts: readonly string[]): Check => ({
  claim: "repository_id",
  was: textOf(claims, "repository_id"),
  accepts,
  ruleOf: "rolecall",
  remedy: `The trust is for another repository id than the token's. Run the workflow again in the repository that has the name ${textOf(claims, "repository")} now, or ask the operator to register the role.`,
});
