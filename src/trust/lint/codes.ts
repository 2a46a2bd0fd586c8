/**
 * Every finding that the lint can make: stable codes, from which the documentation is generated.
 * `rows` are the rows of the table of known mistakes (docs: how trust between GitHub and AWS goes wrong).
 *
 * error: somebody who is not meant gets in, or nobody does, or the policy is not what it looks like.
 * warning: wider or more fragile than it need be. info: worth knowing.
 */
type Severity = "error" | "warning" | "info";

type Code = {
  readonly severity: Severity;
  readonly rows: readonly number[];
  readonly meaning: string;
  readonly remedy: string;
};

export const codes = {
  // The document
  "policy-unreadable": {
    severity: "error",
    rows: [],
    meaning: "The document is not a policy that IAM could have accepted.",
    remedy: "Replace the trust policy.",
  },
  "duplicate-key": {
    severity: "error",
    rows: [2],
    meaning: "A key stands twice in one object, and only the later one counts.",
    remedy: "Merge the two, so that every condition counts.",
  },
  "element-unknown": {
    severity: "error",
    rows: [],
    meaning: "An element that a trust policy does not have; what it was meant to restrict is not restricted.",
    remedy: "Remove it, or spell it as IAM does.",
  },
  "version-old": {
    severity: "info",
    rows: [],
    meaning: "The Version is not 2012-10-17, so a policy variable is plain text.",
    remedy: 'Set "Version" to "2012-10-17".',
  },

  // Who, and what they may do
  "principal-wildcard": {
    severity: "error",
    rows: [27],
    meaning: "The principal is a wildcard: every identity provider, every account.",
    remedy: "Name the GitHub provider's ARN as the one federated principal.",
  },
  "not-principal": {
    severity: "error",
    rows: [27],
    meaning: "An Allow with NotPrincipal lets everybody in but the ones it names.",
    remedy: "Name the GitHub provider's ARN under Principal.",
  },
  "not-action": {
    severity: "error",
    rows: [27],
    meaning: "An Allow with NotAction allows every action but the ones it names.",
    remedy: 'Allow "sts:AssumeRoleWithWebIdentity" alone.',
  },
  "other-principal": {
    severity: "warning",
    rows: [27],
    meaning: "Beside GitHub the role trusts an AWS account, a service or a user.",
    remedy: "Give that principal a role of its own.",
  },
  "other-provider": {
    severity: "warning",
    rows: [27],
    meaning: "Beside the expected provider the role trusts another identity provider.",
    remedy: "Give that provider a role of its own.",
  },
  "other-account": {
    severity: "warning",
    rows: [27],
    meaning: "A principal lies in another account or partition than the role.",
    remedy: "Use the provider of the role's own account; another account's never matches.",
  },
  "provider-form": {
    severity: "warning",
    rows: [27],
    meaning: "The federated principal is not the ARN of an OIDC provider, and matches no GitHub token.",
    remedy: "Write arn:PARTITION:iam::ACCOUNT:oidc-provider/HOST.",
  },
  "other-action": {
    severity: "warning",
    rows: [27],
    meaning: "A statement about GitHub allows more than sts:AssumeRoleWithWebIdentity.",
    remedy: 'Allow "sts:AssumeRoleWithWebIdentity" alone.',
  },
  "action-wildcard": {
    severity: "warning",
    rows: [27],
    meaning: "The actions are a wildcard.",
    remedy: 'Allow "sts:AssumeRoleWithWebIdentity" alone.',
  },

  // The audience
  "aud-missing": {
    severity: "error",
    rows: [9],
    meaning: "No condition holds the audience.",
    remedy: "Add StringEquals on the provider's :aud with the audience of STS.",
  },
  "aud-not-exact": {
    severity: "error",
    rows: [9],
    meaning: "The audience is a pattern.",
    remedy: "Name the audience exactly, under StringEquals.",
  },
  "aud-other": {
    severity: "info",
    rows: [],
    meaning: "The audience is not the one that configure-aws-credentials asks for by default.",
    remedy: "Make sure that the workflow asks for this audience.",
  },

  // The subject: which repository
  "sub-missing": {
    severity: "error",
    rows: [1],
    meaning:
      "No condition holds the subject: any repository in the world gets in, or AWS refuses the policy.",
    remedy: "Add StringEquals on the provider's :sub, with the repository and its ref or environment.",
  },
  "sub-any": {
    severity: "error",
    rows: [3],
    meaning: "The subject matches any repository.",
    remedy: "Begin the subject with repo:OWNER/REPO: in full.",
  },
  "sub-empty-repository": {
    severity: "error",
    rows: [3],
    meaning: "The subject lacks the owner or the repository, as an empty variable leaves it.",
    remedy: "Begin the subject with repo:OWNER/REPO: in full.",
  },
  "owner-wildcard": {
    severity: "error",
    rows: [4],
    meaning: "The owner's name ends in a wildcard, so longer names match too.",
    remedy: "Write the owner in full, with the / after it.",
  },
  "owner-wide-by-name": {
    severity: "error",
    rows: [5],
    meaning:
      "Every repository of the owner gets in, present and future, and the owner is held by name alone.",
    remedy: "Name the repository; or, if all are meant, add a condition on repository_owner_id.",
  },
  "owner-wide": {
    severity: "warning",
    rows: [5],
    meaning: "Several repositories of one owner get in, present and future.",
    remedy: "Name the repository, unless all of the owner's are meant.",
  },
  "repository-wildcard": {
    severity: "error",
    rows: [6],
    meaning: "The repository's name ends in a wildcard, so longer names match too.",
    remedy: "Write the repository in full, with the : after it.",
  },
  "immutable-wildcard": {
    severity: "error",
    rows: [7],
    meaning: "A wildcard stands where the owner's or the repository's id belongs, and * crosses the /.",
    remedy: "Write both ids: repo:OWNER@ID/REPO@ID.",
  },
  "sub-user-controlled": {
    severity: "error",
    rows: [23],
    meaning: "The subject begins with a claim that whoever writes a workflow chooses.",
    remedy: "Begin the subject with repo:OWNER/REPO:.",
  },
  "sub-not-repository": {
    severity: "error",
    rows: [22, 23],
    meaning: "The subject names no repository.",
    remedy: "Begin the subject with repo:OWNER/REPO:.",
  },
  "name-open": {
    severity: "info",
    rows: [7],
    meaning: "The subject leaves the repository open, and another condition alone holds it.",
    remedy: "Write the repository in the subject too.",
  },
  "name-only": {
    severity: "warning",
    rows: [10, 12],
    meaning: "The repository is held by name: whoever takes the name after a rename or deletion gets in.",
    remedy: "Add StringEquals on the provider's :repository_id.",
  },
  "name-within-owner": {
    severity: "info",
    rows: [10, 12],
    meaning: "The repository is held by name within one owner's id: the owner's members can take the name.",
    remedy: "Add StringEquals on the provider's :repository_id.",
  },
  "letter-case": {
    severity: "warning",
    rows: [19],
    meaning: "The repository is spelled in another letter case than GitHub's, and never matches.",
    remedy: "Spell it as GitHub does.",
  },

  // The subject: which of its runs
  "any-ref": {
    severity: "warning",
    rows: [13],
    meaning: "Every branch, tag and environment gets in, and pull requests.",
    remedy: "Name the branches, tags or environments.",
  },
  "any-branch": {
    severity: "warning",
    rows: [13],
    meaning: "Every branch gets in.",
    remedy: "Name the branches.",
  },
  "any-tag": {
    severity: "warning",
    rows: [25],
    meaning: "Every tag gets in; whoever may push a tag passes by the protection of branches.",
    remedy: "Name the tags more closely and protect them by a ruleset, or use an environment.",
  },
  "any-environment": {
    severity: "warning",
    rows: [16],
    meaning: "Every environment gets in; a workflow that names a new one creates it, without rules.",
    remedy: "Name the environments.",
  },
  "mixed-context": {
    severity: "warning",
    rows: [13],
    meaning: "A wildcard leaves open whether a branch, a tag or an environment is meant.",
    remedy: "Write ref:refs/heads/, ref:refs/tags/ or environment: before the wildcard.",
  },
  "pull-request": {
    severity: "warning",
    rows: [14],
    meaning: "Pull requests get in: code that nobody has reviewed.",
    remedy: "Keep this role to pull access, or remove the pull_request subject.",
  },
  "pull-request-push": {
    severity: "error",
    rows: [14],
    meaning: "Pull requests get in, and the role can push.",
    remedy: "Remove the pull_request subject, or give pull requests a role that only pulls.",
  },
  "sub-form": {
    severity: "warning",
    rows: [22],
    meaning: "GitHub issues no subject of this form by default: it matches nobody, or a customised template.",
    remedy: "Compare it with what the repository sends (sub_claim_prefix and its template).",
  },
  "colon-not-encoded": {
    severity: "warning",
    rows: [21],
    meaning: "A colon in a name stands in the subject as %3A; written plainly it never matches.",
    remedy: "Write %3A for the colon.",
  },

  // Conditions that do less than they seem to
  "for-all-values": {
    severity: "error",
    rows: [8],
    meaning: "ForAllValues in an Allow is true when the claim is absent.",
    remedy: "Drop ForAllValues: the claims have single values.",
  },
  "if-exists": {
    severity: "warning",
    rows: [8],
    meaning: "IfExists is true when the claim is absent, and so guards nothing.",
    remedy: "Drop IfExists.",
  },
  "negated-condition": {
    severity: "warning",
    rows: [1],
    meaning: "A negated condition shuts a few out, and is true when the claim is absent.",
    remedy: "Say who is let in, with StringEquals or StringLike.",
  },
  "null-condition": {
    severity: "warning",
    rows: [8],
    meaning: "Null tests only whether the claim is there.",
    remedy: "Test its value, with StringEquals.",
  },
  "condition-vacuous": {
    severity: "warning",
    rows: [3],
    meaning: "The value matches everything.",
    remedy: "Name the values that are meant, or remove the condition.",
  },
  "literal-wildcard": {
    severity: "warning",
    rows: [18],
    meaning: "Under StringEquals * and ? are plain characters, so the value never matches.",
    remedy: "Use StringLike for values with wildcards.",
  },
  "id-not-exact": {
    severity: "warning",
    rows: [7, 10],
    meaning: "An id is not given as exact digits: other ids match too, or none.",
    remedy: "Give the id in full, under StringEquals.",
  },
  "ignore-case": {
    severity: "info",
    rows: [19, 20],
    meaning: "Letter case is ignored: two branches or environments that differ by case alone are one.",
    remedy: "Use StringEquals with GitHub's spelling.",
  },
  "policy-variable": {
    severity: "error",
    rows: [26],
    meaning: "${…} is a policy variable: its value comes from the request.",
    remedy: "Write the value itself; for a plain $ write ${$}.",
  },
  "key-not-evaluated": {
    severity: "error",
    rows: [1],
    meaning: "AWS does not evaluate this claim of this issuer: the key is always absent.",
    remedy: "Use sub, or a claim that AWS evaluates.",
  },
  "key-other-issuer": {
    severity: "error",
    rows: [1],
    meaning: "The key belongs to another issuer than the statement's provider: it is always absent.",
    remedy: "Begin the key with the provider's host and path, as in its ARN.",
  },
  "operator-unknown": {
    severity: "error",
    rows: [],
    meaning: "IAM has no such operator.",
    remedy: "Spell it as IAM does; letter case counts.",
  },
  "operator-type": {
    severity: "warning",
    rows: [],
    meaning: "The operator does not compare text, and claims are text.",
    remedy: "Use StringEquals or StringLike.",
  },
  "split-conditions": {
    severity: "warning",
    rows: [24],
    meaning: "Statements are alternatives: what one demands does not narrow the other.",
    remedy: "Put conditions that belong together into one statement.",
  },

  // Hints, on request: what a policy cannot show
  "hint-pull-request-target": {
    severity: "info",
    rows: [15],
    meaning:
      "A pull_request_target workflow runs with the base branch's ref, so a branch subject lets it in.",
    remedy: "Have no such workflow, or add a condition on job_workflow_ref.",
  },
  "hint-environment-rules": {
    severity: "info",
    rows: [16],
    meaning: "Without deployment branch rules any branch can name the environment.",
    remedy: "Give the environment deployment branch rules.",
  },
  "hint-environment-case": {
    severity: "info",
    rows: [20],
    meaning: "GitHub compares environment names without regard to case, IAM with.",
    remedy: "Spell the environment in workflows as it is spelled here.",
  },
} as const satisfies Readonly<Record<string, Code>>;

export type FindingCode = keyof typeof codes;

export type Finding = {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** Into the policy's JSON. */
  readonly pointer: string;
  readonly detail: string;
  readonly remedy: string;
};

/** A finding. `detail` is what was found, behind what the code means. */
export function finding(code: FindingCode, pointer: string, detail: string): Finding {
  const { severity, meaning, remedy } = codes[code];
  return { code, severity, pointer, detail: `${meaning} ${detail}`, remedy };
}
