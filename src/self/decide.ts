/**
 * Decides whether the operator's ceiling lets a workflow's token do what it asks for. Every refusal names the claim of
 * the token, or the field of the request, that the nearest rule refuses.
 */
import type { Spec } from "../desired/state.ts";
import { pointerToken } from "../lib/pointer.ts";
import type { TrustPolicy } from "../policy/parse.ts";
import { starred, stringLike } from "../policy/string-like.ts";
import { type Claims, textOf } from "../trust/claims.ts";
import type { Ceiling, Rule } from "./ceiling.ts";
import { type Breach, type Provider, trustBreach } from "./own-trust.ts";

/** A refusal: the claim or the field, its value, the values that would do, and the rule. */
export type Denial = {
  /** A claim of the token, or a JSON pointer to a field of the request. */
  readonly claim: string;
  readonly was: string;
  readonly accepts: readonly string[];
  /** A pointer into `self.json`; undefined if no rule of the operator's can allow it. */
  readonly rule: string | undefined;
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

/** `isBuiltIn`: the refusal is by a rule of Rolecall, which no rule of the operator changes. */
type Check = Omit<Denial, "rule"> & { readonly isBuiltIn?: true };
type Checks = (rule: Rule) => readonly (Check | undefined)[];

/** Returns why a token may not read a repository's registrations and ask about them; undefined if it may. */
export const readDenial = (ceiling: Ceiling, claims: Claims, account: string): Denial | undefined =>
  nearestDenial(ceiling, claims, (rule) => [
    repositoryCheck(rule, claims),
    idCheck(rule, claims),
    accountCheck(rule, account),
  ]);

/** Returns why no run of the token's repository may register this; undefined if some run may. */
export const planDenial = (ceiling: Ceiling, claims: Claims, asked: AskedRegistration): Denial | undefined =>
  nearestDenial(ceiling, claims, (rule) => [
    ...roleChecks(rule, claims, asked),
    ...specChecks(rule, asked.spec),
  ]);

/** Returns why a token may not write a registration; undefined if it may, as far as the request is known. */
export const writeDenial = (ceiling: Ceiling, claims: Claims, asked: AskedRegistration): Denial | undefined =>
  nearestDenial(ceiling, claims, (rule) => [
    ...roleChecks(rule, claims, asked),
    listed("event_name", textOf(claims, "event_name"), EVENTS, "Run the workflow by such an event"),
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

/** Checks the repository by name and id, its owner, the account and the role's name. */
const roleChecks = (rule: Rule, claims: Claims, asked: AskedRegistration): (Check | undefined)[] => [
  repositoryCheck(rule, claims),
  idCheck(rule, claims),
  accountCheck(rule, asked.account),
  listed("/role", asked.role, rule.roles, "Register a role with such a name"),
];

/**
 * Returns the first refusal of the rule that refuses least, of the rules for the token's repository; undefined if one
 * rule refuses nothing.
 */
function nearestDenial(ceiling: Ceiling, claims: Claims, checks: Checks): Denial | undefined {
  const refusals = ceiling.rules.map((rule, index) => ({
    rule: `/rules/${index}`,
    refused: checks(rule).filter((check) => check !== undefined),
    isNamed: repositoryCheck(rule, claims) === undefined,
    otherId: idCheck(rule, claims),
  }));
  if (refusals.some(({ refused }) => refused.length === 0)) return undefined;
  // Name a rule only to a repository that the rule names: to anyone else it would show the operator's private names.
  const named = refusals.filter(({ isNamed }) => isNamed);
  const [first, ...others] = named.filter(({ otherId }) => otherId === undefined);
  if (first === undefined) {
    const was = textOf(claims, "repository");
    const unnamed = refusal("repository", was, [], "Ask the operator for a rule in self.json");
    return { ...(named[0]?.otherId ?? unnamed), rule: "/rules" };
  }
  // A rule that lists the role is nearer than any rule that does not.
  const distance = ({ refused }: typeof first) =>
    (refused.some(({ claim }) => claim === "/role") ? 100 : 0) + refused.length;
  const best = others.reduce((near, one) => (distance(one) < distance(near) ? one : near), first);
  const [denied] = best.refused;
  if (denied === undefined) return undefined;
  const { isBuiltIn = false, ...check } = denied;
  return { ...check, rule: isBuiltIn ? undefined : best.rule };
}

const matches = (pattern: string, value: string): boolean => stringLike(starred(pattern), value);

const refusal = (claim: string, was: string, accepts: readonly string[], remedy: string): Check => ({
  claim,
  was,
  accepts,
  remedy: `${remedy}, or ask the operator to change the rule.`,
});

const listed = (claim: string, was: string, accepts: readonly string[], remedy: string): Check | undefined =>
  accepts.some((pattern) => matches(pattern, was)) ? undefined : refusal(claim, was, accepts, remedy);

/** Refuses a claim that has none of the listed values. An empty list accepts every value. */
const claimCheck = (
  claims: Claims,
  claim: string,
  accepts: readonly string[],
  remedy: string,
): Check | undefined =>
  accepts.length === 0 || accepts.includes(textOf(claims, claim))
    ? undefined
    : refusal(claim, textOf(claims, claim), accepts, remedy);

/** GitHub compares the names of owners and repositories without case. */
function repositoryCheck({ repositories }: Rule, claims: Claims): Check | undefined {
  const was = textOf(claims, "repository");
  return repositories.some((pattern) => matches(pattern.toLowerCase(), was.toLowerCase()))
    ? undefined
    : refusal("repository", was, repositories, "Use a workflow of such a repository");
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
  return { claim, was, accepts: [], remedy };
}

const accountCheck = ({ accounts }: Rule, account: string): Check | undefined =>
  accounts.includes(account)
    ? undefined
    : refusal("/account", account, accounts, "Register the role in such an account");

function refCheck(
  { refs, protectedRefs }: Rule,
  claims: Claims,
  defaultBranch: DefaultBranch | undefined,
): Check | undefined {
  const ref = textOf(claims, "ref");
  if (protectedRefs && textOf(claims, "ref_protected") === "true") return undefined;
  if (refs.length > 0) return listed("ref", ref, refs, "Run the workflow from such a ref");
  if (defaultBranch === undefined) return undefined;
  if (defaultBranch === "missing")
    return {
      claim: "repository",
      was: textOf(claims, "repository"),
      accepts: [],
      isBuiltIn: true,
      remedy: "GitHub has no repository of this name now. Register under the repository's new name.",
    };
  if (defaultBranch === "hidden")
    return {
      claim: "ref",
      was: ref,
      accepts: [],
      remedy:
        "GitHub hides the repository, so its default branch is unknown. Ask the operator to list `refs` in the rule, or to give the service access to the repository (ROLECALL_GITHUB_SECRET).",
    };
  const own = `refs/heads/${defaultBranch.branch}`;
  return ref === own ? undefined : refusal("ref", ref, [own], "Run the workflow from the default branch");
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
    return at < 0 ? undefined : refusal(`/${field}/${at}`, values[at] ?? "", allowed, "Leave it out");
  };
  const { maxSessionSeconds: most } = may;
  const [tag] = Object.entries(tags);
  return [
    outside < 0
      ? undefined
      : refusal(`/ecr/${outside}/access`, ecr[outside]?.access ?? "", access, "Ask for less access"),
    within("profiles", profiles, may.profiles),
    within("managedPolicyArns", managedPolicyArns, may.managedPolicies),
    may.onDrift.includes(onDrift)
      ? undefined
      : refusal(
          "/onDrift",
          onDrift,
          may.onDrift,
          may.onDrift.includes("report") ? "Leave it out" : `Set it to ${may.onDrift.join(" or ")}`,
        ),
    maxSessionSeconds <= most
      ? undefined
      : refusal("/maxSessionSeconds", String(maxSessionSeconds), [String(most)], "Ask for shorter sessions"),
    tag === undefined
      ? undefined
      : refusal(`/tags/${pointerToken(tag[0])}`, tag[1], [], "Leave the tags out"),
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
  const refused = { claim, was: textOf(claims, claim), isBuiltIn: true } as const;
  const reason = "The trust does not let this run in, and a workflow may register only its own run.";
  if (textOf(claims, "environment") !== "" && !isOfBranch(claims))
    return {
      ...refused,
      accepts: [],
      remedy: `${reason} ${FROM_BRANCH}, or ask the operator to list the environment in the rule.`,
    };
  const otherRun = letsIn === "" ? "" : `, or register from a run whose ${claim} is ${letsIn}`;
  return { ...refused, accepts, remedy: `${reason} Send a \`trust\` that names this run${otherRun}.` };
}

/** Refuses a trust that also lets in other runs than the token's own. */
function letsOthersIn(claims: Claims, { claim, letsIn }: Breach): Check {
  if (claim === "repository_id") return otherRepository(claims, []);
  const refused = { claim, was: textOf(claims, claim), accepts: [] };
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
  isBuiltIn: true,
  remedy: `The trust is for another repository id than the token's. Run the workflow again in the repository that has the name ${textOf(claims, "repository")} now, or ask the operator to register the role.`,
});
