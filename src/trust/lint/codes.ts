/**
 * Every finding that the lint can make, by its stable code. `rows` names the rows of docs/misconfigurations.md that
 * the finding belongs to.
 *
 * - error: the policy lets in a run that it should not let in, or it lets in no run, or its text misleads its reader.
 * - warning: the policy is wider or more fragile than necessary.
 * - info: the policy's reader should know this.
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
    meaning: "An object has the same key twice, and only one of the two counts.",
    remedy: "Merge the two keys into one, so that every condition counts.",
  },
  "element-unknown": {
    severity: "error",
    rows: [],
    meaning: "Trust policies have no such element, so it restricts nothing.",
    remedy: "Remove the element, or spell it as IAM does.",
  },
  "version-old": {
    severity: "info",
    rows: [],
    meaning: "The Version is not 2012-10-17, so IAM reads policy variables as plain text.",
    remedy: 'Set "Version" to "2012-10-17".',
  },

  // The principals and their actions
  "principal-wildcard": {
    severity: "error",
    rows: [27],
    meaning: "The principal is a wildcard, which stands for every identity provider and every account.",
    remedy: "Name the ARN of the GitHub provider as the only federated principal.",
  },
  "not-principal": {
    severity: "error",
    rows: [27],
    meaning: "An Allow with NotPrincipal lets in everyone except the principals that it names.",
    remedy: "Name the ARN of the GitHub provider under Principal.",
  },
  "not-action": {
    severity: "error",
    rows: [27],
    meaning: "An Allow with NotAction allows every action except the ones that it names.",
    remedy: 'Allow only "sts:AssumeRoleWithWebIdentity".',
  },
  "other-principal": {
    severity: "warning",
    rows: [27],
    meaning: "The role trusts not only GitHub but also an AWS account, a service or a user.",
    remedy: "Give that principal its own role.",
  },
  "other-provider": {
    severity: "warning",
    rows: [27],
    meaning: "The role trusts an identity provider that is not the expected one.",
    remedy: "Give that provider its own role.",
  },
  "other-account": {
    severity: "warning",
    rows: [27],
    meaning: "A principal belongs to another account or partition than the role.",
    remedy: "Use the provider of the role's own account; a provider of another account never matches.",
  },
  "provider-form": {
    severity: "warning",
    rows: [27],
    meaning: "The federated principal is not the ARN of an OIDC provider, so it matches no GitHub token.",
    remedy: "Write arn:PARTITION:iam::ACCOUNT:oidc-provider/HOST.",
  },
  "issuer-dead": {
    severity: "warning",
    rows: [],
    meaning:
      "The provider is the issuer of GitHub's first beta, which signs no tokens any more, so nobody gets in.",
    remedy: "Delete the role, or the statement if others use the role.",
  },
  "other-action": {
    severity: "warning",
    rows: [27],
    meaning: "A statement about GitHub allows more than sts:AssumeRoleWithWebIdentity.",
    remedy: 'Allow only "sts:AssumeRoleWithWebIdentity".',
  },
  "action-wildcard": {
    severity: "warning",
    rows: [27],
    meaning: "The statement allows actions by a wildcard.",
    remedy: 'Allow only "sts:AssumeRoleWithWebIdentity".',
  },

  // The audience
  "aud-missing": {
    severity: "error",
    rows: [9],
    meaning: "No condition checks the audience.",
    remedy: "Add a StringEquals condition on the provider's :aud key with the audience of STS.",
  },
  "aud-not-exact": {
    severity: "error",
    rows: [9],
    meaning: "The audience is a pattern and not an exact value.",
    remedy: "Write the exact audience under StringEquals.",
  },
  "aud-other": {
    severity: "info",
    rows: [],
    meaning: "The audience is not the one that configure-aws-credentials requests by default.",
    remedy: "Make sure that the workflow requests this audience.",
  },

  // The subject: the repositories
  "sub-missing": {
    severity: "error",
    rows: [1],
    meaning:
      "No condition checks the subject, so any repository in the world gets in, or AWS refuses the policy.",
    remedy:
      "Add a StringEquals condition on the provider's :sub key that names the repository and its ref or environment.",
  },
  "sub-any": {
    severity: "error",
    rows: [3],
    meaning: "The subject matches any repository.",
    remedy: "Begin the subject with the full repo:OWNER/REPO: prefix.",
  },
  "sub-empty-repository": {
    severity: "error",
    rows: [3],
    meaning:
      "The subject does not name both the owner and the repository, perhaps because a variable was empty.",
    remedy: "Begin the subject with the full repo:OWNER/REPO: prefix.",
  },
  "owner-wildcard": {
    severity: "error",
    rows: [4],
    meaning: "The owner's name ends in a wildcard, so it also matches longer names.",
    remedy: "Write the owner in full, followed by the slash.",
  },
  "owner-wide-by-name": {
    severity: "error",
    rows: [5],
    meaning:
      "Every repository of the owner gets in, present and future, and only the owner's name is checked.",
    remedy: "Name the repository. If you mean all of them, add a condition on repository_owner_id.",
  },
  "owner-wide": {
    severity: "warning",
    rows: [5],
    meaning: "Several repositories of one owner get in, present and future.",
    remedy: "Name the repository, unless you mean all repositories of the owner.",
  },
  "enterprise-wide": {
    severity: "warning",
    rows: [5],
    meaning: "Every repository of the enterprise can get in, present and future.",
    remedy: "Name the repository, unless you mean all repositories of the enterprise.",
  },
  "repository-wildcard": {
    severity: "error",
    rows: [6],
    meaning: "The repository's name ends in a wildcard, so it also matches longer names.",
    remedy: "Write the repository in full, followed by the colon.",
  },
  "immutable-wildcard": {
    severity: "error",
    rows: [7],
    meaning:
      "A wildcard replaces all or part of the owner's or the repository's id, and * also matches the slash.",
    remedy: "Write both ids in full: repo:OWNER@ID/REPO@ID.",
  },
  "sub-user-controlled": {
    severity: "error",
    rows: [23],
    meaning: "The subject begins with a claim that the author of a workflow chooses.",
    remedy: "Begin the subject with the repo:OWNER/REPO: prefix.",
  },
  "sub-not-repository": {
    severity: "error",
    rows: [22, 23],
    meaning: "The subject names no repository.",
    remedy: "Begin the subject with the repo:OWNER/REPO: prefix.",
  },
  "name-open": {
    severity: "info",
    rows: [7],
    meaning: "The subject leaves the repository open, and only another condition restricts it.",
    remedy: "Also name the repository in the subject.",
  },
  "name-only": {
    severity: "warning",
    rows: [10, 12],
    meaning:
      "The policy checks only the repository's name, so anyone who takes the name after a rename or deletion gets in.",
    remedy: "Add a StringEquals condition on the provider's :repository_id key.",
  },
  "breaks-on-rename": {
    severity: "warning",
    rows: [12],
    meaning:
      "The subject has only the form with names. A repository that is renamed or transferred sends the form with ids from then on, so its runs would stay out.",
    remedy:
      "Register a replacement, which has both forms, before someone renames or transfers the repository.",
  },
  "name-within-owner": {
    severity: "info",
    rows: [10, 12],
    meaning:
      "The policy checks the repository's name and the owner's id, so the owner's members can take over the name.",
    remedy: "Add a StringEquals condition on the provider's :repository_id key.",
  },
  "letter-case": {
    severity: "warning",
    rows: [19],
    meaning: "The repository's letter case differs from GitHub's, so the subject never matches.",
    remedy: "Spell the repository as GitHub does.",
  },

  // The subject: the runs of a repository
  "any-ref": {
    severity: "warning",
    rows: [13],
    meaning: "Every branch, tag, environment and pull request gets in.",
    remedy: "Name the branches, tags or environments.",
  },
  "any-branch": {
    severity: "warning",
    rows: [13],
    meaning: "Every branch gets in, also the branches of merge queues, whose code is not merged yet.",
    remedy: "Name the branches.",
  },
  "any-tag": {
    severity: "warning",
    rows: [25],
    meaning: "Every tag gets in, so anyone who may push a tag bypasses the protection of branches.",
    remedy: "Name the tags more closely and protect them with a ruleset, or use an environment.",
  },
  "any-environment": {
    severity: "warning",
    rows: [16],
    meaning:
      "Every environment gets in, and a workflow that names a new one creates it without protection rules.",
    remedy: "Name the environments.",
  },
  "mixed-context": {
    severity: "warning",
    rows: [13],
    meaning: "A wildcard leaves open which kind of run the subject means.",
    remedy: "Write ref:refs/heads/, ref:refs/tags/ or environment: before the wildcard.",
  },
  "pull-request": {
    severity: "warning",
    rows: [14],
    meaning: "Pull requests get in, and their code may not have been reviewed by anyone.",
    remedy: "Give this role only pull access, or remove the pull_request subject.",
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
    meaning: "GitHub sends no subject of this form by default, neither with names nor with ids.",
    remedy: "Compare the subject with the one that the repository sends (sub_claim_prefix and its template).",
  },
  "colon-not-encoded": {
    severity: "warning",
    rows: [21],
    meaning: "GitHub sends a colon in a name as %3A, so a plain colon never matches.",
    remedy: "Write the colon as %3A, or rename the environment without one.",
  },
  "colon-ambiguous": {
    severity: "warning",
    rows: [21],
    meaning:
      "GitHub sends a colon in an environment's name as %3A, so an environment with %3A in its own name matches too.",
    remedy: "Rename the environment without a colon, and name it so here.",
  },

  // Conditions that do less than they seem to
  "for-all-values": {
    severity: "error",
    rows: [8],
    meaning: "ForAllValues in an Allow statement is also true when the claim is absent.",
    remedy: "Remove ForAllValues; each claim has a single value.",
  },
  "if-exists": {
    severity: "warning",
    rows: [8],
    meaning: "IfExists is also true when the claim is absent.",
    remedy: "Remove IfExists.",
  },
  "negated-condition": {
    severity: "warning",
    rows: [1],
    meaning: "A negated condition shuts out only a few runs, and it is also true when the claim is absent.",
    remedy: "Name the runs that get in, with StringEquals or StringLike.",
  },
  "null-condition": {
    severity: "warning",
    rows: [8],
    meaning: "Null tests only whether the claim is present.",
    remedy: "Compare the claim's value with StringEquals.",
  },
  "condition-vacuous": {
    severity: "warning",
    rows: [3],
    meaning: "The value matches everything, so the condition restricts nothing.",
    remedy: "Name the values that you mean, or remove the condition.",
  },
  "literal-wildcard": {
    severity: "warning",
    rows: [18],
    meaning: "The operator reads * and ? as plain characters, so the value never matches.",
    remedy: "Use StringLike for values with wildcards.",
  },
  "id-not-exact": {
    severity: "warning",
    rows: [7, 10],
    meaning: "An id is not written as exact digits, so it matches other ids too, or none.",
    remedy: "Write the full id under StringEquals.",
  },
  "ignore-case": {
    severity: "info",
    rows: [19, 20],
    meaning:
      "The condition ignores letter case, so branches or environments that differ only in case count as one.",
    remedy: "Use StringEquals with GitHub's spelling.",
  },
  "policy-variable": {
    severity: "error",
    rows: [26],
    meaning: "${…} is a policy variable, so its value comes from the request.",
    remedy: "Write the value itself. For a plain $, write ${$}.",
  },
  "key-not-evaluated": {
    severity: "error",
    rows: [1],
    meaning: "AWS does not evaluate this claim for this issuer, so the key is always absent.",
    remedy: "Use sub, or a claim that AWS evaluates.",
  },
  "value-never": {
    severity: "warning",
    rows: [],
    meaning: "GitHub sends no such value of this claim, so the value lets nobody in.",
    remedy: "Write the value as GitHub sends it.",
  },
  "conditions-contradict": {
    severity: "error",
    rows: [],
    meaning: "No run satisfies all conditions on claims at once, so the statement lets nobody in.",
    remedy: "Remove the conditions that the runs do not satisfy, or correct their values.",
  },
  "key-other-issuer": {
    severity: "error",
    rows: [1],
    meaning: "The key belongs to another issuer than the statement's provider, so the key is always absent.",
    remedy: "Begin the key with the provider's host and path, as in its ARN.",
  },
  "operator-unknown": {
    severity: "error",
    rows: [],
    meaning: "IAM has no such operator.",
    remedy: "Spell the operator as IAM does; letter case matters.",
  },
  "operator-type": {
    severity: "warning",
    rows: [],
    meaning: "The operator does not compare text, but claims are text.",
    remedy: "Use StringEquals or StringLike.",
  },
  "split-conditions": {
    severity: "warning",
    rows: [24],
    meaning: "Statements are alternatives, so a condition in one does not narrow another.",
    remedy: "Put conditions that belong together into one statement.",
  },

  // Hints, made only on request, because a policy's text cannot show these mistakes
  "hint-pull-request-target": {
    severity: "info",
    rows: [15],
    meaning:
      "A pull_request_target workflow runs with the ref of the base branch, so a branch subject lets it in.",
    remedy: "Do not use such a workflow, or add a condition on job_workflow_ref.",
  },
  "hint-environment-rules": {
    severity: "info",
    rows: [16],
    meaning: "Without deployment branch rules, any branch can name the environment.",
    remedy: "Give the environment deployment branch rules.",
  },
  "hint-environment-case": {
    severity: "info",
    rows: [20],
    meaning: "GitHub ignores letter case in the names of environments, but IAM does not.",
    remedy: "Spell the environment in workflows exactly as the policy does.",
  },
} as const satisfies Readonly<Record<string, Code>>;

export type FindingCode = keyof typeof codes;

export type Finding = {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** A JSON pointer into the policy. */
  readonly pointer: string;
  readonly detail: string;
  readonly remedy: string;
};

/** Makes a finding. Its detail is the code's meaning, followed by `detail`, which names the policy's own values. */
export function finding(
  code: FindingCode,
  pointer: string,
  detail: string,
  remedy: string = codes[code].remedy,
): Finding {
  const { severity, meaning } = codes[code];
  return { code, severity, pointer, detail: `${meaning} ${detail}`, remedy };
}
