import type { components } from "../generated/contract.ts";
import type { Context } from "../policy/evaluate.ts";
import { jobWorkflowRefFault, refFault } from "./names.ts";

/**
 * The claims of GitHub's tokens, in one table. It says whether AWS evaluates a claim, who chooses the claim's value,
 * how a subject contains the claim, and which field of a registration requires it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 * https://docs.github.com/en/actions/reference/security/oidc
 */

/** The claims of one token. */
export type Claims = Readonly<Record<string, string | readonly string[] | boolean | number>>;

/** Returns a claim that is a text; an empty text if the token has no such claim. */
export const textOf = (claims: Claims, name: string): string => {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  return typeof value === "string" ? value : "";
};

type Claim = {
  readonly name: string;
  /** The issuers for which AWS evaluates the claim. If missing, conditions never see the claim. */
  readonly evaluatedFor?: "every issuer" | "hosts of GitHub";
  /**
   * The party that chooses the value:
   * - `author`: The author of a workflow chooses it, in any repository (Unit 42, DEF CON 32).
   * - `limited`: Nobody chooses it freely. The value is one of a few, or a setting of an enterprise or a repository.
   * - `identity`: GitHub sets it. The value names the repository, its owner, or both.
   * - `run`: GitHub takes it from the run. The value is, for example, who started the run, or its commit.
   */
  readonly chosenBy: "author" | "limited" | "identity" | "run";
  /**
   * How a subject contains the claim: as a pair `claim:value`, or only as a key of a template, for which GitHub sends
   * other text. If missing, no subject contains the claim. `repo` and `context` are only keys of templates; no token
   * has them as claims.
   */
  readonly inSubject?: "pair" | "template key";
  /**
   * The field of a registration that sets a condition on the claim. If missing, no registration can require the claim.
   */
  readonly registeredAs?: string;
  /** True if AWS evaluates the claim, and values that differ only in letter case are different values. */
  readonly caseCounts?: true;
};

const CLAIMS: readonly Claim[] = [
  {
    name: "aud",
    evaluatedFor: "every issuer",
    chosenBy: "author",
    registeredAs: "always: the audience of STS",
  },
  {
    name: "sub",
    evaluatedFor: "every issuer",
    chosenBy: "identity",
    registeredAs: "owner, repo and trust",
    caseCounts: true,
  },
  { name: "repo", chosenBy: "identity", inSubject: "template key" },
  { name: "context", chosenBy: "author", inSubject: "template key" },
  {
    name: "ref",
    evaluatedFor: "hosts of GitHub",
    chosenBy: "author",
    inSubject: "pair",
    registeredAs: "trust.branches, trust.tags, trust.environmentBranches",
    caseCounts: true,
  },
  {
    name: "environment",
    evaluatedFor: "hosts of GitHub",
    chosenBy: "author",
    inSubject: "pair",
    registeredAs: "trust.environments",
    caseCounts: true,
  },
  {
    name: "workflow",
    evaluatedFor: "hosts of GitHub",
    chosenBy: "author",
    inSubject: "pair",
    caseCounts: true,
  },
  { name: "head_ref", chosenBy: "author", inSubject: "pair" },
  { name: "base_ref", chosenBy: "author", inSubject: "pair" },
  {
    name: "repository",
    evaluatedFor: "hosts of GitHub",
    chosenBy: "identity",
    inSubject: "template key",
    registeredAs: "owner and repo",
  },
  {
    name: "repository_id",
    evaluatedFor: "hosts of GitHub",
    chosenBy: "identity",
    inSubject: "pair",
    registeredAs: "github.repositoryId",
  },
  { name: "repository_owner", chosenBy: "identity", inSubject: "pair" },
  {
    name: "repository_owner_id",
    evaluatedFor: "hosts of GitHub",
    chosenBy: "identity",
    inSubject: "pair",
    registeredAs: "github.ownerId",
  },
  {
    name: "job_workflow_ref",
    evaluatedFor: "hosts of GitHub",
    chosenBy: "run",
    inSubject: "pair",
    registeredAs: "trust.jobWorkflowRefs",
    caseCounts: true,
  },
  { name: "actor", evaluatedFor: "hosts of GitHub", chosenBy: "run", inSubject: "pair" },
  { name: "actor_id", evaluatedFor: "hosts of GitHub", chosenBy: "run", inSubject: "pair" },
  { name: "amr", evaluatedFor: "hosts of GitHub", chosenBy: "run" },
  { name: "enterprise", chosenBy: "limited", inSubject: "pair" },
  { name: "enterprise_id", evaluatedFor: "hosts of GitHub", chosenBy: "limited", inSubject: "pair" },
  { name: "event_name", chosenBy: "limited", inSubject: "pair" },
  { name: "repository_visibility", chosenBy: "limited", inSubject: "pair" },
  { name: "runner_environment", chosenBy: "limited", inSubject: "pair" },
  { name: "job_workflow_sha", chosenBy: "run", inSubject: "pair" },
  { name: "ref_type", chosenBy: "run", inSubject: "pair" },
  { name: "run_attempt", chosenBy: "run", inSubject: "pair" },
  { name: "run_id", chosenBy: "run", inSubject: "pair" },
  { name: "run_number", chosenBy: "run", inSubject: "pair" },
  { name: "sha", chosenBy: "run", inSubject: "pair" },
  { name: "workflow_ref", chosenBy: "run", inSubject: "pair" },
  { name: "workflow_sha", chosenBy: "run", inSubject: "pair" },
];

const namesOf = (isWanted: (claim: Claim) => boolean): readonly string[] =>
  CLAIMS.filter(isWanted).map(({ name }) => name);

/**
 * The claims of subjects whose values the author of a workflow chooses, in any repository. A subject that contains one
 * of them before the repository does not limit who gets in.
 */
export const AUTHOR_CHOSEN = namesOf(
  ({ chosenBy, inSubject }) => chosenBy === "author" && inSubject !== undefined,
);

/** The claims that do not identify the repository, although nobody can choose their values freely. */
export const LIMITED = namesOf(({ chosenBy }) => chosenBy === "limited");

/**
 * The claims that a subject contains as a pair of claim and value. `pull_request` is missing because it is no claim.
 */
export const SUBJECT_PAIRS = namesOf(({ inSubject }) => inSubject === "pair");

/** The claims that a registration can require. */
export const REGISTERED_CLAIMS = namesOf(({ registeredAs }) => registeredAs !== undefined);

/** The fields of a trust that list the accepted values of a claim. The other fields make the subject. */
export type ClaimField = Exclude<
  keyof components["schemas"]["Trust"],
  "branches" | "tags" | "environments" | "pullRequests" | "anyRef"
>;

/** A claim with a condition of its own in the role's trust policy, in addition to the condition on the subject. */
type ClaimCondition = {
  readonly claim: string;
  /** The beginning of the claim's values, which the trust leaves out. */
  readonly prefix: string;
  /** The claim's values in words. */
  readonly values: string;
  /** The contract's limit for the number of values. */
  readonly most: number;
  /** Returns the fault of a value that a trust may not list; undefined if there is none. */
  readonly fault: (value: string) => string | undefined;
  /** Says why a run with this value stays out. */
  readonly reason: (sent: Claims[string] | undefined) => string;
  /** Says how a run gets in without a change of the registration, as a sentence without its full stop. */
  readonly instead: (accepted: readonly string[]) => string;
};

/** The conditions that a trust can set on claims, by the field that lists the accepted values. */
export const CLAIM_CONDITIONS: { readonly [field in ClaimField]: ClaimCondition } = {
  jobWorkflowRefs: {
    claim: "job_workflow_ref",
    prefix: "",
    values: "reusable workflows",
    most: 10,
    fault: jobWorkflowRefFault,
    reason: (sent) => `The job comes from ${sent ?? "no reusable workflow"}.`,
    instead: (accepted) => `Call one of ${accepted.join(", ")}`,
  },
  environmentBranches: {
    claim: "ref",
    prefix: "refs/heads/",
    values: "branches of environments",
    most: 20,
    fault: refFault,
    reason: (sent) => `The job names an environment, but its run belongs to ${branchOrRef(sent)}.`,
    instead: (accepted) => `Run it from one of the branches ${accepted.join(", ")}`,
  },
};

function branchOrRef(sent: Claims[string] | undefined): string {
  const [, branch] = /^refs\/heads\/(.+)$/s.exec(String(sent)) ?? [];
  return branch === undefined ? String(sent ?? "no ref") : `the branch ${branch}`;
}

export const CLAIM_FIELDS = Object.keys(CLAIM_CONDITIONS) as ClaimField[];

/** Makes a value for each field of a trust that lists the accepted values of a claim. */
export const byClaimField = <T>(make: (field: ClaimField) => T): { [field in ClaimField]: T } => ({
  jobWorkflowRefs: make("jobWorkflowRefs"),
  environmentBranches: make("environmentBranches"),
});

/** Returns the values of a claim that a trust accepts, as they stand in the trust policy. */
export const acceptedValues = (field: ClaimField, trust: AcceptedClaims): string[] =>
  trust[field].map((value) => `${CLAIM_CONDITIONS[field].prefix}${value}`);

/** The accepted values of each claim that has a condition of its own. */
export type AcceptedClaims = { readonly [field in ClaimField]: readonly string[] };

/** The evaluated claims for which values that differ only in letter case are different values. */
export const CASE_COUNTS = namesOf(({ caseCounts }) => caseCounts === true);

const EVERY_ISSUER = namesOf(({ evaluatedFor }) => evaluatedFor === "every issuer");
const HOSTS_OF_GITHUB = namesOf(({ evaluatedFor }) => evaluatedFor !== undefined);

/**
 * Matches the hosts of GitHub's own issuers: github.com, an enterprise on github.com (`/slug`), and a subdomain of
 * ghe.com. It does not match a GitHub Enterprise Server, which may have any other host.
 */
const GITHUB_HOST = /^token\.actions\.(?:githubusercontent\.com(?:\/[^/]+)?|[^./]+\.ghe\.com)$/i;

export function isGitHubHost(issuerHost: string): boolean {
  return GITHUB_HOST.test(issuerHost);
}

/** Returns the claims that AWS evaluates for this issuer. */
export function evaluatedClaims(issuerHost: string): readonly string[] {
  return isGitHubHost(issuerHost) ? HOSTS_OF_GITHUB : EVERY_ISSUER;
}

/**
 * Makes a request context from a token's claims. Its keys are `issuerHost:claim`; their letter case does not matter.
 */
export function requestContext(issuerHost: string, claims: Claims): Context {
  const values = new Map<string, readonly string[]>();
  for (const claim of evaluatedClaims(issuerHost)) {
    const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
    if (value === undefined || value === null) continue;
    const list: readonly (string | number | boolean)[] = Array.isArray(value) ? value : [value];
    values.set(`${issuerHost}:${claim}`.toLowerCase(), list.map(String));
  }
  return (key) => values.get(key.toLowerCase()) ?? null;
}
