import type { Repository } from "../../../local/github/server.ts";
import type { components } from "../../../src/generated/contract.ts";

export type Explanation = components["schemas"]["Explanation"];

/** In texts `{repo}`, `{id}`, `{ownerId}`, `{byId}`, `{byName}` and `{provider}` are those of the case's own. */
export type Case = {
  name: string;
  env?: Record<string, string>;
  github?: "hidden" | Partial<Repository>;
  path?: string;
  registered?: object;
  since?: Since;
  ask: {
    sub?: string;
    claims?: Record<string, unknown>;
    /** The claims that differ from those of a run of the trusted branch. */
    token?: Record<string, unknown>;
    signed?: "by another" | "by nobody";
    keys?: "gone";
  };
  allowed?: boolean;
  /** The claims of the conditions that do not hold. */
  failing?: string[];
  assumed?: string[];
  verification?: Explanation["verification"];
  remedy: string;
  note?: string;
};

export type Since = {
  github?: Partial<Repository>;
  gone?: "role" | "provider" | "audience";
  isSuspended?: true;
  statement?: object;
  added?: object;
};

export const cases: readonly Case[] = [
  {
    name: "a run that is trusted",
    ask: { sub: "{byId}:ref:refs/heads/main" },
    allowed: true,
    assumed: ["aud", "repository_id"],
    remedy: "^Nothing to change: the role lets this run in\\.$",
  },
  {
    name: "an environment, where a branch is trusted",
    ask: { sub: "{byId}:environment:prod" },
    failing: ["sub"],
    assumed: ["aud", "repository_id"],
    remedy:
      "^The job names the environment prod, so its subject is {byId}:environment:prod\\. Add prod to `trust.environments`, or remove `environment:` from the job\\.$",
  },
  {
    name: "an environment with a colon",
    ask: { sub: "{byId}:environment:prod%3Av1" },
    failing: ["sub"],
    remedy:
      "names the environment prod:v1, .*Rename the environment, without either character\\. Then add the new name to",
  },
  {
    name: "an environment that is named like a branch",
    ask: { sub: "{byId}:environment:refs/heads/main" },
    failing: ["sub"],
    remedy: "Add refs/heads/main to `trust.environments`",
  },
  {
    name: "another branch",
    ask: { sub: "{byId}:ref:refs/heads/feature/a" },
    failing: ["sub"],
    remedy:
      "^The run belongs to the branch feature/a\\. Add feature/a to `trust.branches`, or run it from what the registration trusts\\.$",
  },
  {
    name: "a tag of a branch's name",
    ask: { sub: "{byId}:ref:refs/tags/main" },
    failing: ["sub"],
    remedy: "to the tag main\\. Add main to `trust.tags`",
  },
  {
    name: "a pull request",
    ask: { sub: "{byId}:pull_request" },
    failing: ["sub"],
    remedy: "Register another role with access `pull` and `trust.pullRequests`",
  },
  {
    name: "a merge that GitHub has made for a pull request",
    ask: { sub: "{byId}:ref:refs/pull/1/merge" },
    failing: ["sub"],
    remedy:
      "because its ref is refs/pull/1/merge\\. Do the work after the merge\\. No registration can trust this ref",
  },
  {
    name: "a branch, where an environment is trusted",
    registered: { trust: { environments: ["prod"] } },
    ask: { sub: "{byId}:ref:refs/heads/main" },
    failing: ["sub"],
    remedy: "Add main to `trust.branches`, or let the job name the environment prod",
  },
  {
    name: "the form without ids, where ids are sent",
    ask: { sub: "{byName}:ref:refs/heads/main" },
    allowed: true,
    assumed: ["aud", "repository_id", "sub"],
    remedy: "^Nothing",
    note: "sends its ids in every subject, so Rolecall read {byName}:ref:refs/heads/main as {byId}:ref:refs/heads/main\\. If a job really sent the form without ids, repeat the PUT",
  },
  {
    name: "the form without ids in a list of claims",
    ask: { claims: { sub: "{byName}:environment:prod", environment: "prod" } },
    failing: ["sub"],
    remedy: "its subject is {byId}:environment:prod\\. Add prod to `trust.environments`",
    note: "Rolecall read {byName}:environment:prod as",
  },
  {
    name: "the form without ids in a token, which is what the job sent",
    ask: { token: { sub: "{byName}:ref:refs/heads/main" } },
    failing: ["sub"],
    verification: "valid",
    remedy: "A PUT would not let this run in: it would trust {byId}:ref:refs/heads/main",
  },
  {
    name: "the form without ids in a token, of a repository that has gone back to it",
    since: { github: { immutableSubject: false } },
    ask: { token: { sub: "{byName}:ref:refs/heads/main" } },
    failing: ["sub"],
    verification: "valid",
    remedy:
      "The subject {byName}:ref:refs/heads/main has another form .*The repository now sends this form\\. Repeat the PUT",
  },
  {
    name: "the form without ids behind a template's first claim",
    github: { template: ["repository_owner", "repo", "context"] },
    ask: { sub: "repository_owner:acme:{byName}:ref:refs/heads/main" },
    allowed: true,
    remedy: "^Nothing",
    note: "as repository_owner:acme:{byId}:ref:refs/heads/main",
  },
  {
    name: "ids, where the name was sent and is still sent",
    github: { immutableSubject: false },
    ask: { sub: "{byId}:ref:refs/heads/main" },
    failing: ["sub"],
    remedy:
      "A PUT would not let this run in: it would trust {byName}:ref:refs/heads/main, because GitHub says",
  },
  {
    name: "ids, where the name was sent when it was registered",
    github: { immutableSubject: false },
    since: { github: { immutableSubject: true } },
    ask: { sub: "{byId}:ref:refs/heads/main" },
    failing: ["sub"],
    remedy:
      "The subject {byId}:ref:refs/heads/main has another form .*The repository now sends this form\\. Repeat the PUT",
  },
  {
    name: "ids, which a registration by name alone does not know",
    env: { ROLECALL_ALLOW: "name-only" },
    github: "hidden",
    ask: { sub: "repo:acme@5/{repo}@6:ref:refs/heads/main" },
    failing: ["sub"],
    remedy: 'Repeat the PUT with `"github": {"repositoryId": 6, "ownerId": 5}`',
  },
  {
    name: "a template that has come since",
    since: { github: { template: ["repo", "context", "repository_visibility"] } },
    ask: { sub: "{byId}:ref:refs/heads/main:repository_visibility:public" },
    failing: ["sub"],
    remedy: "has another form .*The repository now sends this form\\. Repeat the PUT",
  },
  {
    name: "another branch, under a template that has come since",
    since: { github: { template: ["repo", "context", "repository_visibility"] } },
    ask: { sub: "{byId}:ref:refs/heads/dev:repository_visibility:public" },
    failing: ["sub"],
    remedy:
      "is not trusted in that form either\\. Repeat the PUT, after which the role trusts {byId}:ref:refs/heads/main:repository_visibility:public\\. Then ask again\\.$",
  },
  {
    name: "a template that GitHub does not know of",
    ask: { sub: "{byId}:ref:refs/heads/main:repository_visibility:private" },
    failing: ["sub"],
    remedy: "A PUT would not let this run in: it would trust {byId}:ref:refs/heads/main,",
  },
  {
    name: "a template that has come since, and that no registration can express",
    registered: { trust: { environments: ["prod"] } },
    since: { github: { template: ["repo", "context", "run_id"] } },
    ask: { sub: "{byId}:environment:prod:run_id:5" },
    failing: ["sub"],
    remedy: "The same PUT would be refused: .*in which run_id has no known value.* \\(/repo\\)",
  },
  {
    name: "a template that has come since, for a pull request",
    registered: { trust: { pullRequests: true }, ecr: [] },
    since: { github: { template: ["repo", "context", "repository_visibility"] } },
    ask: { sub: "{byId}:pull_request:repository_visibility:public" },
    failing: ["sub"],
    remedy: "has another form .*The repository now sends this form\\. Repeat the PUT",
  },
  {
    name: "an untrusted branch of a repository whose template begins with another claim",
    github: { template: ["repository_owner", "repo", "context"] },
    ask: { sub: "repository_owner:acme:{byId}:ref:refs/heads/dev" },
    failing: ["sub"],
    remedy: "Add dev to `trust.branches`",
  },
  {
    name: "a job without environment, where the subject consists of the environment",
    github: { template: ["repo", "environment"] },
    registered: { trust: { environments: ["prod"] } },
    ask: { sub: "{byId}:environment:" },
    failing: ["sub"],
    remedy: "^The job names no environment, .*Let the job name the environment prod",
  },
  {
    name: "a branch that the repository's template cannot express",
    github: { template: ["repo", "environment"] },
    registered: { trust: { environments: ["prod"] } },
    ask: { sub: "{byId}:ref:refs/heads/main" },
    failing: ["sub"],
    remedy: "A PUT that trusts it would be refused: .*cannot express everything that the trust names",
  },
  {
    name: "a merge group",
    ask: { sub: "{byId}:ref:refs/heads/gh-readonly-queue/main/pr-104-6f1e4c0f" },
    failing: ["sub"],
    remedy:
      "^The run belongs to a merge group for main, whose code is not merged yet\\. The branch gh-readonly-queue/main/pr-104-6f1e4c0f is temporary and never comes again\\. Do the work after the merge, in a run of main\\. To trust code that still waits in the merge queue, add gh-readonly-queue/main/\\* to `trust.branches`\\.$",
  },
  {
    name: "a merge group for a branch with slashes",
    ask: { sub: "{byId}:ref:refs/heads/gh-readonly-queue/release/1.x/pr-7-0a1b2c" },
    failing: ["sub"],
    remedy: "a merge group for release/1\\.x, .*add gh-readonly-queue/release/1\\.x/\\* to `trust.branches`",
  },
  {
    name: "a merge group of a registration that trusts every branch",
    registered: { trust: { branches: ["*"] } },
    ask: { sub: "{byId}:ref:refs/heads/gh-readonly-queue/main/pr-104-6f1e4c0f" },
    allowed: true,
    remedy: "^Nothing",
  },
  {
    name: "a tag that is named like a merge group",
    ask: { sub: "{byId}:ref:refs/tags/gh-readonly-queue/main/pr-104-6f1e4c0f" },
    failing: ["sub"],
    remedy: "Add gh-readonly-queue/main/pr-104-6f1e4c0f to `trust.tags`",
  },
  {
    name: "an environment that no policy can hold",
    ask: { sub: "{byId}:environment:🚀 prod" },
    failing: ["sub"],
    remedy:
      "outside Latin-1, .*Rename the environment and add the new name to `trust.environments`, or remove",
  },
  {
    name: "a branch that no policy can hold",
    ask: { sub: "{byId}:ref:refs/heads/проба" },
    failing: ["sub"],
    remedy: "outside Latin-1, .*Rename the branch and add the new name to `trust.branches`",
  },
  {
    name: "a tag with a policy variable in its name",
    ask: { sub: "{byId}:ref:refs/tags/v${x}" },
    failing: ["sub"],
    remedy: "policy variable.*Rename the tag",
  },
  {
    name: "an environment with a question mark",
    ask: { sub: "{byId}:environment:prod?" },
    failing: ["sub"],
    remedy: "IAM reads `\\?` as any one character.*Rename the environment",
  },
  {
    name: "an environment with a star, which a registration cannot name alone",
    ask: { sub: "{byId}:environment:prod*" },
    failing: ["sub"],
    remedy: "reads `\\*` as any characters, .*Rename the environment",
  },
  {
    name: "an environment with a percent sign",
    ask: { sub: "{byId}:environment:100%" },
    failing: ["sub"],
    remedy: "can look like another one\\. Rename the environment, without either character",
  },
  {
    name: "an environment with a colon that the caller did not encode",
    ask: { sub: "{byId}:environment:prod:eu" },
    failing: ["sub"],
    remedy: "names the environment prod:eu, .*Rename the environment, without either character",
  },
  {
    name: "an environment whose name ends with a space",
    ask: { sub: "{byId}:environment:prod " },
    failing: ["sub"],
    remedy: "begins or ends with a space\\. Rename the environment",
  },
  {
    name: "a branch with a percent sign, which Git allows",
    ask: { sub: "{byId}:ref:refs/heads/a%3Ab" },
    failing: ["sub"],
    remedy: "Add a%3Ab to `trust.branches`",
  },
  {
    name: "a branch whose name begins with refs/",
    ask: { sub: "{byId}:ref:refs/heads/refs/heads/main" },
    failing: ["sub"],
    remedy: "cannot name a branch that itself begins with refs/\\. Rename the branch",
  },
  {
    name: "a branch in another letter case",
    ask: { sub: "{byId}:ref:refs/heads/Main" },
    failing: ["sub"],
    remedy: "The registration trusts main, and IAM compares letter case\\. Add Main to `trust.branches`",
  },
  {
    name: "an environment in another letter case",
    registered: { trust: { environments: ["prod"] } },
    ask: { sub: "{byId}:environment:Prod" },
    failing: ["sub"],
    remedy: "compares letter case\\. Add Prod to `trust.environments`, or let the job spell it prod\\.",
  },
  {
    name: "another branch and another reusable workflow at once",
    registered: {
      trust: { branches: ["main"], jobWorkflowRefs: ["acme/wf/.github/workflows/ci.yml@refs/heads/main"] },
    },
    ask: {
      claims: {
        sub: "{byId}:ref:refs/heads/dev",
        job_workflow_ref: "acme/wf/.github/workflows/ci.yml@refs/heads/dev",
      },
    },
    failing: ["job_workflow_ref", "sub"],
    remedy:
      "Add dev to `trust.branches`.*add acme/wf/.github/workflows/ci.yml@refs/heads/dev to `trust.jobWorkflowRefs`|add acme/wf/.github/workflows/ci.yml@refs/heads/dev to `trust.jobWorkflowRefs`.*Add dev to `trust.branches`",
  },
  {
    name: "a reusable workflow that no registration can name",
    registered: {
      trust: { branches: ["main"], jobWorkflowRefs: ["acme/wf/.github/workflows/ci.yml@refs/heads/main"] },
    },
    ask: {
      claims: {
        sub: "{byId}:ref:refs/heads/main",
        job_workflow_ref: "acme/wf/.github/workflows/ci.yml@refs/pull/1/merge",
      },
    },
    failing: ["job_workflow_ref"],
    remedy: "Call one of acme/wf/.github/workflows/ci.yml@refs/heads/main\\.$",
  },
  {
    name: "claims without a subject, of a trusted branch",
    ask: { claims: { ref: "refs/heads/main", repository: "acme/{repo}" } },
    allowed: true,
    assumed: ["aud", "repository_id", "sub"],
    remedy: "^Nothing",
    note: "The claims have no `sub`\\. Rolecall assumed {byId}:ref:refs/heads/main",
  },
  {
    name: "claims without a subject, of a job that names an environment",
    ask: { claims: { ref: "refs/heads/main", environment: "prod:eu" } },
    failing: ["sub"],
    remedy: "names the environment prod:eu, .*Rename the environment",
    note: "assumed {byId}:environment:prod%3Aeu",
  },
  {
    name: "claims without a subject, of a pull request",
    ask: { claims: { ref: "refs/pull/7/merge" } },
    failing: ["sub"],
    remedy: "belongs to a pull request",
    note: "assumed {byId}:pull_request",
  },
  {
    name: "claims without a subject, of a pull request that runs with the base's rights",
    ask: { claims: { ref: "refs/heads/main", event_name: "pull_request_target" } },
    allowed: true,
    remedy: "^Nothing",
  },
  {
    name: "claims without a subject, of a repository with a template",
    github: { template: ["repository_owner", "repo", "context"] },
    ask: { claims: { ref: "refs/heads/main" } },
    allowed: true,
    remedy: "^Nothing",
    note: "assumed repository_owner:acme:{byId}:ref:refs/heads/main",
  },
  {
    name: "claims without a subject, of another repository",
    ask: { claims: { ref: "refs/heads/main", repository: "acme/other" } },
    failing: ["sub"],
    remedy: "belongs to acme/other, but the role is for acme/{repo}",
  },
  {
    name: "claims without a subject, in another letter case",
    ask: { claims: { ref: "refs/heads/main", repository: "Acme/{repo}" } },
    failing: ["sub"],
    remedy: "spells the repository Acme/{repo}, .*letter case",
  },
  {
    name: "claims without a subject, of one repository of a whole owner",
    env: { ROLECALL_ALLOW: "owner-wide" },
    path: "acme/*/roles/wide",
    registered: { ecr: [], trust: { branches: ["main"] }, github: { ownerId: 1 } },
    ask: {
      claims: {
        ref: "refs/heads/main",
        repository: "acme/any",
        repository_id: 5,
        repository_owner_id: 1,
      },
    },
    allowed: true,
    remedy: "^Nothing",
    note: "assumed repo:acme@1/any@5:ref:refs/heads/main",
  },
  {
    name: "a pull request of a whole owner",
    env: { ROLECALL_ALLOW: "owner-wide" },
    path: "acme/*/roles/wide",
    registered: { ecr: [], trust: { branches: ["main"] }, github: { ownerId: 1 } },
    ask: { sub: "repo:acme/any:pull_request" },
    failing: ["sub"],
    remedy: "for a whole owner cannot trust pull requests\\. Register the repository itself",
  },
  {
    name: "another branch of a repository with a template",
    github: { template: ["repo", "context", "repository_visibility"] },
    ask: { sub: "{byId}:ref:refs/heads/dev:repository_visibility:public" },
    failing: ["sub"],
    remedy: "to the branch dev\\. Add dev to `trust.branches`",
  },
  {
    name: "another repository",
    ask: { sub: "repo:evil/{repo}:ref:refs/heads/main" },
    failing: ["sub"],
    remedy:
      "^The token belongs to evil/{repo}, but the role is for acme/{repo}\\. Register evil/{repo} itself",
  },
  {
    name: "a repository whose name is longer",
    ask: { sub: "repo:acme/{repo}-evil:ref:refs/heads/main" },
    failing: ["sub"],
    remedy: "belongs to acme/{repo}-evil, but the role is for acme/{repo}\\.",
  },
  {
    name: "another letter case",
    ask: { sub: "repo:Acme@{ownerId}/{repo}@{id}:ref:refs/heads/main" },
    failing: ["sub"],
    remedy: "spells the repository Acme/{repo}, .*letter case",
  },
  {
    name: "another repository of the same name",
    ask: { sub: "repo:acme@{ownerId}/{repo}@77:ref:refs/heads/main" },
    failing: ["sub"],
    remedy: "to another repository or owner with the same name, .*the one with id {id}",
  },
  {
    name: "another owner of the same name",
    ask: { sub: "repo:acme@77/{repo}@{id}:ref:refs/heads/main" },
    failing: ["sub"],
    remedy: "to another repository or owner",
  },
  {
    name: "a subject of no default form",
    ask: { sub: "repository_owner:acme:repository_visibility:private" },
    failing: ["sub"],
    remedy: "has no form that GitHub sends by default\\. The role accepts {byId}:ref:refs/heads/main",
  },
  {
    name: "a claim that is chosen, behind the repository",
    ask: { sub: "{byId}:workflow:main" },
    failing: ["sub"],
    remedy: "has another form .* A PUT would not let this run in",
  },
  {
    name: "a pattern, which no token has",
    registered: { trust: { branches: ["release/*"] } },
    ask: { sub: "{byId}:ref:refs/heads/release" },
    failing: ["sub"],
    remedy: "Add release to `trust.branches`",
  },
  {
    name: "a branch that a pattern names",
    registered: { trust: { branches: ["release/*"] } },
    ask: { sub: "{byId}:ref:refs/heads/release/1/2" },
    allowed: true,
    remedy: "^Nothing",
  },
  {
    name: "anything, where anything is trusted",
    registered: { trust: { anyRef: true }, ecr: [] },
    ask: { sub: "{byId}:pull_request" },
    allowed: true,
    remedy: "^Nothing",
  },
  {
    name: "anything, in another form",
    registered: { trust: { anyRef: true }, ecr: [] },
    ask: { sub: "{byName}:pull_request" },
    allowed: true,
    remedy: "^Nothing",
    note: "as {byId}:pull_request",
  },
  {
    name: "claims that say everything",
    ask: { claims: { sub: "{byId}:ref:refs/heads/main", aud: "sts.amazonaws.com", repository_id: "{id}" } },
    allowed: true,
    assumed: [],
    remedy: "^Nothing",
  },
  {
    name: "claims with another audience",
    ask: { claims: { sub: "{byId}:ref:refs/heads/main", aud: "https://github.com/acme" } },
    failing: ["aud"],
    assumed: ["repository_id"],
    remedy: "for the audience https://github.com/acme, but the role expects sts.amazonaws.com",
  },
  {
    name: "claims of another id",
    ask: { claims: { sub: "{byId}:ref:refs/heads/main", repository_id: 77 } },
    failing: ["repository_id"],
    assumed: ["aud"],
    remedy: "to the repository with id 77, but the role is for acme/{repo} with id {id}",
  },
  {
    name: "a token without a subject",
    ask: { token: { sub: null } },
    failing: ["sub"],
    verification: "valid",
    remedy: "The subject is missing",
  },
  {
    name: "claims of another issuer",
    ask: {
      claims: { sub: "{byId}:ref:refs/heads/main", iss: "https://token.actions.githubusercontent.com/acme" },
    },
    failing: [],
    remedy:
      "from the issuer https://token.actions.githubusercontent.com/acme, but the role trusts https://token.actions.githubusercontent.com\\.",
  },
  {
    name: "claims with several faults: the first to mend is told",
    ask: { claims: { sub: "{byId}:pull_request", aud: "x", repository_id: "77" } },
    failing: ["aud", "repository_id", "sub"],
    remedy: "audience x",
  },
  {
    name: "another owner's id, where it is pinned",
    env: { ROLECALL_PIN_OWNER_ID: "true" },
    ask: { claims: { sub: "{byId}:ref:refs/heads/main", repository_owner_id: "77" } },
    failing: ["repository_owner_id"],
    assumed: ["aud", "repository_id"],
    remedy:
      "owner with id 77, but the role is for the owner with id {ownerId}\\. If the repository was transferred, repeat the PUT",
  },
  {
    name: "the right reusable workflow is taken for granted",
    registered: {
      trust: { branches: ["main"], jobWorkflowRefs: ["acme/wf/.github/workflows/ci.yml@refs/heads/main"] },
    },
    ask: { sub: "{byId}:ref:refs/heads/main" },
    allowed: true,
    assumed: ["aud", "repository_id", "job_workflow_ref"],
    remedy: "^Nothing",
  },
  {
    name: "a pattern of reusable workflows too",
    registered: {
      trust: { branches: ["main"], jobWorkflowRefs: ["acme/wf/.github/workflows/ci.yml@refs/heads/*"] },
    },
    ask: { sub: "{byId}:ref:refs/heads/main" },
    allowed: true,
    assumed: ["aud", "repository_id", "job_workflow_ref"],
    remedy: "^Nothing",
  },
  {
    name: "another reusable workflow",
    registered: {
      trust: { branches: ["main"], jobWorkflowRefs: ["acme/wf/.github/workflows/ci.yml@refs/heads/main"] },
    },
    ask: {
      claims: {
        sub: "{byId}:ref:refs/heads/main",
        job_workflow_ref: "acme/wf/.github/workflows/ci.yml@refs/heads/dev",
      },
    },
    failing: ["job_workflow_ref"],
    remedy:
      "comes from acme/wf/.github/workflows/ci.yml@refs/heads/dev\\. Call one of acme/wf/.github/workflows/ci.yml@refs/heads/main, or add acme/wf/.github/workflows/ci.yml@refs/heads/dev to `trust.jobWorkflowRefs`",
  },
  {
    name: "the branch of an environment is taken for granted",
    registered: { trust: { environments: ["prod"], environmentBranches: ["main"] } },
    ask: { sub: "{byId}:environment:prod" },
    allowed: true,
    assumed: ["aud", "repository_id", "ref"],
    remedy: "^Nothing",
  },
  {
    name: "a trusted environment from another branch",
    registered: { trust: { environments: ["prod"], environmentBranches: ["main", "release/*"] } },
    ask: { claims: { sub: "{byId}:environment:prod", ref: "refs/heads/dev" } },
    failing: ["ref"],
    remedy:
      "belongs to the branch dev\\. Run it from one of the branches main, release/\\*, or add dev to `trust.environmentBranches`",
  },
  {
    name: "a trusted environment from a tag",
    registered: { trust: { environments: ["prod"], environmentBranches: ["main"] } },
    ask: { claims: { sub: "{byId}:environment:prod", ref: "refs/tags/v1" } },
    failing: ["ref"],
    remedy: "belongs to refs/tags/v1\\. Run it from one of the branches main",
  },
  {
    name: "a merge group in a trusted environment",
    registered: { trust: { environments: ["prod"], environmentBranches: ["main"] } },
    ask: {
      claims: {
        sub: "{byId}:environment:prod",
        ref: "refs/heads/gh-readonly-queue/main/pr-104-6f1e4c0f",
      },
    },
    failing: ["ref"],
    remedy:
      "^The run belongs to a merge group for main, whose code is not merged yet\\. .*add gh-readonly-queue/main/\\* to `trust\\.environmentBranches`\\.$",
  },
  {
    name: "a merge group without an environment, where a job must name one",
    registered: { trust: { environments: ["prod"], environmentBranches: ["main"] } },
    ask: { sub: "{byId}:ref:refs/heads/gh-readonly-queue/main/pr-104-6f1e4c0f" },
    failing: ["sub"],
    remedy:
      "lets in only jobs that name an environment\\. Let the job name the environment prod, in a run of main\\.$",
  },
  {
    name: "a run that a suspended role would let in",
    since: { isSuspended: true },
    ask: { sub: "{byId}:ref:refs/heads/main" },
    remedy:
      '^AWS lets this run assume the role and then denies it everything, because the role is suspended\\. .*\\{"suspend": false\\}\\.$',
  },
  {
    name: "a run that a suspended role would shut out in any case",
    since: { isSuspended: true },
    ask: { sub: "{byId}:ref:refs/heads/dev" },
    failing: ["sub"],
    remedy: 'Add dev to `trust\\.branches`, .* The role is also suspended\\. .*\\{"suspend": false\\}\\.$',
  },
  {
    name: "a token",
    ask: { token: {} },
    allowed: true,
    assumed: [],
    verification: "valid",
    remedy: "^Nothing",
  },
  {
    name: "a token of another run",
    ask: { token: { sub: "{byId}:environment:prod", environment: "prod" } },
    failing: ["sub"],
    assumed: [],
    verification: "valid",
    remedy: "names the environment prod",
  },
  {
    name: "a token for another audience",
    ask: { token: { aud: "https://github.com/acme" } },
    failing: ["aud"],
    verification: "valid",
    remedy: "audience https://github.com/acme",
  },
  {
    name: "a token for several audiences",
    ask: { token: { aud: ["https://github.com/acme", "sts.amazonaws.com"] } },
    allowed: true,
    verification: "valid",
    remedy: "^Nothing",
  },
  {
    name: "what a token does not say is not taken for granted",
    ask: { token: { repository_id: null } },
    failing: ["repository_id"],
    assumed: [],
    verification: "valid",
    remedy: "id none, but the role is for acme/{repo} with id {id}",
  },
  {
    name: "a token that has ended",
    ask: { token: { exp: "ended" } },
    allowed: true,
    verification: "expired",
    remedy: "^The token has expired\\. For a new token: Nothing",
  },
  {
    name: "a token that has ended, of another run",
    ask: { token: { exp: "ended", sub: "{byId}:pull_request" } },
    failing: ["sub"],
    verification: "expired",
    remedy: "to a pull request",
  },
  {
    name: "a token that somebody else has signed",
    ask: { token: {}, signed: "by another" },
    allowed: false,
    failing: [],
    verification: "invalid",
    remedy: "The issuer did not sign the token, so AWS refuses it",
  },
  {
    name: "a token that nobody has signed",
    ask: { token: {}, signed: "by nobody" },
    allowed: false,
    failing: [],
    verification: "invalid",
    remedy: "did not sign",
  },
  {
    name: "a token that says another issuer, whose key it is",
    ask: { token: { iss: "https://evil.example" }, signed: "by another" },
    failing: [],
    verification: "invalid",
    remedy: "from the issuer https://evil.example, but the role trusts",
  },
  {
    name: "a token whose issuer's keys cannot be had",
    ask: { token: {}, keys: "gone" },
    allowed: true,
    verification: "unavailable",
    remedy: "^Nothing",
  },
  {
    name: "the role is gone",
    since: { gone: "role" },
    ask: { sub: "{byId}:ref:refs/heads/main" },
    failing: [],
    remedy: "role no longer exists in AWS\\. Repeat the PUT",
  },
  {
    name: "the role is gone, says a token too",
    since: { gone: "role" },
    ask: { token: {} },
    failing: [],
    verification: "valid",
    remedy: "role no longer exists in AWS",
  },
  {
    name: "the provider is gone",
    since: { gone: "provider" },
    ask: { sub: "{byId}:ref:refs/heads/main" },
    failing: [],
    remedy: "OIDC provider no longer exists in the account\\. Repeat the PUT",
  },
  {
    name: "the provider has lost its audience",
    since: { gone: "audience" },
    ask: { sub: "{byId}:ref:refs/heads/main" },
    failing: [],
    remedy: "no longer has the audience sts.amazonaws.com\\. Repeat the PUT",
  },
  {
    name: "the policy lets more in than is registered",
    since: {
      statement: {
        Condition: {
          StringEquals: { "gh:aud": "sts.amazonaws.com" },
          StringLike: { "gh:sub": "repo:acme@*" },
        },
      },
    },
    ask: { sub: "{byId}:ref:refs/heads/dev" },
    allowed: true,
    remedy: "lets this run in, although the registration does not: .*Repeat the PUT to restore it",
  },
  {
    name: "the policy lets more in, and what is registered",
    since: {
      statement: {
        Condition: {
          StringEquals: { "gh:aud": "sts.amazonaws.com" },
          StringLike: { "gh:sub": "repo:acme@*" },
        },
      },
    },
    ask: { sub: "{byId}:ref:refs/heads/main" },
    allowed: true,
    assumed: ["aud"],
    remedy: "^Nothing",
  },
  {
    name: "the policy names another subject",
    since: {
      statement: {
        Condition: {
          StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/other:pull_request" },
        },
      },
    },
    ask: { sub: "{byId}:ref:refs/heads/main" },
    failing: ["sub"],
    remedy: "^The registration lets this run in, but .*Repeat the PUT to restore it",
  },
  {
    name: "the policy names another audience",
    since: {
      statement: {
        Condition: { StringEquals: { "gh:aud": "other", "gh:sub": "{byId}:ref:refs/heads/main" } },
      },
    },
    ask: { sub: "{byId}:ref:refs/heads/main" },
    failing: ["aud"],
    remedy: "^The registration lets this run in, but",
  },
  {
    name: "the policy names another id",
    since: {
      statement: {
        Condition: {
          StringEquals: {
            "gh:aud": "sts.amazonaws.com",
            "gh:sub": "{byId}:ref:refs/heads/main",
            "gh:repository_id": "77",
          },
        },
      },
    },
    ask: { sub: "{byId}:ref:refs/heads/main" },
    failing: ["repository_id"],
    remedy: "^The registration lets this run in, but",
  },
  {
    name: "the policy has another condition",
    since: {
      statement: {
        Condition: {
          StringEquals: {
            "gh:aud": "sts.amazonaws.com",
            "gh:sub": "{byId}:ref:refs/heads/main",
            "gh:actor": "octocat",
          },
        },
      },
    },
    ask: { sub: "{byId}:ref:refs/heads/main" },
    failing: ["actor"],
    remedy: "^The registration lets this run in, but",
  },
  {
    name: "the policy is about another provider",
    since: { statement: { Principal: { Federated: "accounts.google.com" } } },
    ask: { sub: "{byId}:ref:refs/heads/main" },
    failing: [],
    remedy: "^The registration lets this run in, but",
  },
  {
    name: "the policy shuts it out in another statement",
    since: {
      added: {
        Effect: "Deny",
        Principal: { Federated: "{provider}" },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringLike: { "gh:sub": "*:ref:refs/heads/*" } },
      },
    },
    ask: { sub: "{byId}:ref:refs/heads/main" },
    failing: [],
    remedy: "^The registration lets this run in, but",
  },
  {
    name: "the policy is another one, and neither lets it in",
    since: {
      statement: { Condition: { StringEquals: { "gh:aud": "other", "gh:sub": "{byId}:environment:x" } } },
    },
    ask: { sub: "{byId}:pull_request" },
    failing: ["aud", "sub"],
    remedy: "to a pull request\\. Register another role",
  },
  {
    name: "the policy's keys are in other letters, which is the same",
    since: {
      statement: {
        Condition: {
          StringEquals: {
            "Token.Actions.GitHubUserContent.com:AUD": "sts.amazonaws.com",
            "gh:SUB": "{byId}:ref:refs/heads/main",
          },
        },
      },
    },
    ask: { sub: "{byId}:ref:refs/heads/main" },
    allowed: true,
    assumed: ["AUD"],
    remedy: "^Nothing",
  },
  {
    name: "a repository of a whole owner",
    env: { ROLECALL_ALLOW: "owner-wide" },
    path: "acme/*/roles/wide",
    registered: { ecr: [], trust: { branches: ["main"] }, github: { ownerId: 1 } },
    ask: { sub: "repo:acme@1/any@5:ref:refs/heads/main" },
    allowed: true,
    assumed: ["aud", "repository_owner_id"],
    remedy: "^Nothing",
  },
  {
    name: "another branch of a whole owner's",
    env: { ROLECALL_ALLOW: "owner-wide" },
    path: "acme/*/roles/wide",
    registered: { ecr: [], trust: { branches: ["main"] }, github: { ownerId: 1 } },
    ask: { sub: "repo:acme/any:ref:refs/heads/dev" },
    failing: ["sub"],
    remedy: "Add dev to `trust.branches`",
  },
  {
    name: "a repository of another owner",
    env: { ROLECALL_ALLOW: "owner-wide" },
    path: "acme/*/roles/wide",
    registered: { ecr: [], trust: { branches: ["main"] }, github: { ownerId: 1 } },
    ask: { claims: { sub: "repo:acme-evil/any:ref:refs/heads/main", repository_owner_id: "77" } },
    failing: ["repository_owner_id", "sub"],
    remedy: "owner with id 77",
  },
  {
    name: "a repository that is known by name alone",
    env: { ROLECALL_ALLOW: "name-only" },
    github: "hidden",
    ask: { sub: "{byName}:ref:refs/heads/main" },
    allowed: true,
    assumed: ["aud"],
    remedy: "^Nothing",
  },
  {
    name: "a server, of which AWS sees the audience and the subject alone",
    env: { ROLECALL_ALLOW: "name-only", ROLECALL_ISSUERS: "https://github.acme.example/_services/token" },
    ask: { claims: { sub: "{byName}:ref:refs/heads/main", repository_id: "77" } },
    allowed: true,
    assumed: ["aud"],
    remedy: "^Nothing",
  },
  {
    name: "an enterprise's own issuer",
    env: { ROLECALL_ISSUERS: "https://token.actions.githubusercontent.com/acme-inc" },
    ask: { token: { iss: "https://token.actions.githubusercontent.com/acme-inc" } },
    allowed: true,
    assumed: [],
    verification: "valid",
    remedy: "^Nothing",
  },
  {
    name: "github.com's issuer, where the enterprise has its own",
    env: { ROLECALL_ISSUERS: "https://token.actions.githubusercontent.com/acme-inc" },
    ask: { token: {} },
    failing: [],
    verification: "invalid",
    remedy: "but the role trusts https://token.actions.githubusercontent.com/acme-inc",
  },
];
