import type { WorkflowInput } from "../../src/workflow/workflow.ts";

export const HOST = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";

export type Kind = WorkflowInput["settings"]["kind"];
export type Trust = Partial<WorkflowInput["trust"]>;

export type Ask = Partial<Omit<WorkflowInput["settings"], "kind">> & {
  kind?: Kind;
  access?: readonly WorkflowInput["ecr"][number]["access"][];
  movableTags?: readonly string[];
  trust?: Trust;
};

export const KINDS: readonly Kind[] = ["docker", "helm", "pull"];

/** Returns a registration's input with the values of a case, and defaults for the others. */
export function input({
  kind = "docker",
  access = [kind === "pull" ? "pull" : "push"],
  movableTags,
  trust = {},
  ...settings
}: Ask): WorkflowInput {
  return {
    owner: "acme",
    repo: "api",
    role: "publish",
    hasHostedRunners: true,
    roleArn: "arn:aws:iam::111122223333:role/rolecall/acme-api-publish-0123456789ab",
    accountId: "111122223333",
    region: "eu-west-1",
    maxSessionSeconds: 3600,
    trust: { branches: [], tags: [], environments: [], ...trust },
    ecr: access.map((access, index) => {
      const repository = index === 0 ? "acme/api" : `acme/api/${index}`;
      return { repository, access, uri: `${HOST}/${repository}`, ...(movableTags && { movableTags }) };
    }),
    settings: {
      kind,
      runner: "ubuntu-latest",
      platforms: ["linux/amd64"],
      context: ".",
      dockerfile: "Dockerfile",
      chart: "charts/api",
      ...settings,
    },
  };
}

/** A reusable workflow of the owner, and a file of this repository. */
const SHARED = "acme/workflows/.github/workflows/publish.yaml";
const OWN = "acme/api/.github/workflows/publish.yml";
const SHA = "0123456789abcdef0123456789abcdef01234567";

/** Trusts that use every field in every combination that matters. */
export const TRUSTS: Record<string, Trust> = {
  "one branch": { branches: ["main"] },
  "several branches": { branches: ["main", "develop", "feature/x"] },
  "a branch pattern": { branches: ["release/*"] },
  "every branch": { branches: ["*"] },
  "a pattern that crosses folders": { branches: ["release*"] },
  "a pattern in front": { branches: ["*/hotfix"] },
  "a pattern in the middle": { branches: ["team/*/main"] },
  "two patterns in one": { branches: ["*x*"] },
  "stars in a row": { branches: ["release/**"] },
  "one tag": { tags: ["v1.0"] },
  "a tag pattern": { tags: ["v*"] },
  "branches and tags": { branches: ["main", "release/*"], tags: ["v*", "stable"] },
  "marks of the filters": {
    branches: ["a+b", "!main", "ma!in", "x]y", "+plus", "*+b"],
    tags: ["!v1", "v1+build"],
  },
  "marks of the shell": {
    branches: [
      "$(touch>canary)",
      "`touch>canary`",
      "we'ird",
      '"quoted"',
      "a;touch>canary",
      "a&b",
      "a|b",
      "-n",
    ],
    tags: ["'$(touch>canary)'*", "a#b", "{a,b}", "(x)"],
  },
  "marks of YAML": { branches: ["a#b", "%0A", "@x", "yes", "1.0", "é"], tags: ["null", "&a", "%YAML"] },
  "one environment": { environments: ["production"] },
  "several environments": { environments: ["staging", "production"] },
  "an environment and branches": { branches: ["main"], environments: ["production"] },
  "environments, branches and tags": {
    branches: ["main", "release/*"],
    tags: ["v*"],
    environments: ["staging", "eu"],
  },
  "odd environments": { environments: ["EU: 'prod' }} # \"x\"", "a\\b", "production: eu"] },
  "one odd environment": { environments: ["a: 'b' # }}"] },
  "a pattern for environments": { environments: ["preview-*"] },
  "every environment": { environments: ["*"] },
  "patterns for environments": { environments: ["preview-*", "pr: '$(touch canary)'*"] },
  "a pattern for environments, and branches": { branches: ["main"], environments: ["preview-*"] },
  "a pattern for environments, and a name": { environments: ["preview-*", "production"] },
  "an environment from a branch": { environments: ["production"], environmentBranches: ["main"] },
  "several environments from branches": {
    environments: ["staging", "production"],
    environmentBranches: ["main", "release/*"],
  },
  "a pattern for environments, from a branch": { environments: ["preview-*"], environmentBranches: ["x*"] },
  "an environment from a branch, through a workflow": {
    environments: ["production"],
    environmentBranches: ["main"],
    jobWorkflowRefs: [`${SHARED}@refs/heads/main`],
  },
  "any ref": { anyRef: true },
  "pull requests": { pullRequests: true },
  "pull requests and a branch": { branches: ["main"], pullRequests: true },
  "pull requests and tags": { tags: ["v*"], pullRequests: true },
  "pull requests and an environment": { environments: ["production"], pullRequests: true },
  "pull requests, an environment and a branch": {
    branches: ["main"],
    environments: ["it's: prod"],
    pullRequests: true,
  },
  "pull requests and several environments": {
    environments: ["it's: prod", "staging"],
    pullRequests: true,
  },
  "pull requests and a pattern for environments": { environments: ["preview-*"], pullRequests: true },
  "a workflow at a branch": { branches: ["main"], jobWorkflowRefs: [`${SHARED}@refs/heads/main`] },
  "a workflow at a tag, and tags": { tags: ["v*"], jobWorkflowRefs: [`${SHARED}@refs/tags/v1.2`] },
  "a workflow at a commit, and an environment": {
    environments: ["production"],
    jobWorkflowRefs: [`${SHARED}@${SHA}`],
  },
  "a workflow at any tag and at a branch, and several environments": {
    environments: ["staging", "production"],
    jobWorkflowRefs: [`${SHARED}@refs/tags/*`, `${SHARED}@refs/heads/release/2`],
  },
  "a workflow, and a pattern for environments": {
    environments: ["preview-*"],
    jobWorkflowRefs: [`${SHARED}@refs/heads/main`],
  },
  "a workflow, and any ref": { anyRef: true, jobWorkflowRefs: [`${SHARED}@refs/heads/main`] },
  "a workflow, and pull requests": {
    branches: ["main"],
    pullRequests: true,
    jobWorkflowRefs: [`${SHARED}@refs/heads/main`],
  },
  "another workflow of the same repository": {
    branches: ["main"],
    jobWorkflowRefs: ["acme/api/.github/workflows/shared.yml@refs/heads/main"],
  },
  "another workflow of this repository at its branch": {
    branches: ["main"],
    jobWorkflowRefs: ["acme/api/.github/workflows/build.yml@refs/heads/main"],
  },
  "another workflow of this repository, and two branches": {
    branches: ["main", "develop"],
    jobWorkflowRefs: ["acme/api/.github/workflows/build.yml@refs/heads/main"],
  },
  "another workflow of this repository, and an environment from its branch": {
    environments: ["production"],
    environmentBranches: ["main"],
    jobWorkflowRefs: ["acme/api/.github/workflows/build.yml@refs/heads/main"],
  },
  "this very workflow at its branch": { branches: ["main"], jobWorkflowRefs: [`${OWN}@refs/heads/main`] },
  "this very workflow at fewer refs": {
    branches: ["*"],
    tags: ["v*"],
    jobWorkflowRefs: [`${OWN}@refs/heads/main`, `${OWN}@refs/tags/v1*`, `${SHARED}@refs/heads/main`],
  },
  "this very workflow, and an environment": {
    environments: ["production"],
    jobWorkflowRefs: [`${OWN}@refs/heads/main`],
  },
  "this very workflow, and pull requests": {
    branches: ["main"],
    pullRequests: true,
    jobWorkflowRefs: [`${OWN}@refs/heads/*`],
  },
};

/** Tells whether a workflow of that kind can start runs for the trust. */
export const isOf = (kind: Kind, { pullRequests = false, anyRef = false, ...trust }: Trust): boolean =>
  anyRef ||
  (pullRequests && kind === "pull") ||
  [trust.branches, trust.tags, trust.environments].some((names = []) => names.length > 0);

/** Names of branches and tags that git allows. */
export const NAMES: readonly string[] = [
  ...[
    "main",
    "Main",
    "main2",
    "develop",
    "hotfix",
    "team/hotfix",
    "team/a/hotfix",
    "xhotfix",
    "team/main",
    "team/a/main",
  ],
  ...[
    "team/a/b/main",
    "release",
    "release/1",
    "release/1/2",
    "releases/1",
    "feature/x",
    "feature/x/y",
    "v1.0",
    "v1",
    "v1/2",
  ],
  ...[
    "V1.0",
    "stable",
    "a+b",
    "ab",
    "aab",
    "x+b",
    "a/+b",
    "!main",
    "ma!in",
    "xy",
    "x]y",
    "+plus",
    "plus",
    "!v1",
    "v1+build",
  ],
  ...[
    "v1build",
    "v11build",
    "$(touch>canary)",
    "`touch>canary`",
    "we'ird",
    '"quoted"',
    "a;touch>canary",
    "a&b",
    "a|b",
  ],
  ...[
    "-n",
    "'$(touch>canary)'",
    "'$(touch>canary)'x",
    "a#b",
    "{a,b}",
    "(x)",
    "%0A",
    "%0A::error::",
    "@x",
    "yes",
    "é",
    "refs/heads/main",
  ],
];

/** Names of environments, without the empty one. */
export const ENVIRONMENTS: readonly string[] = [
  ...[
    "production",
    "Production",
    "staging",
    "eu",
    "preview-",
    "preview-1",
    "a-preview-1",
    "production: eu",
    "a\\b",
  ],
  ...[
    "EU: 'prod' }} # \"x\"",
    "a: 'b' # }}",
    "pr: '$(touch canary)'",
    "pr: '$(touch canary)' 2",
    "$(touch canary)",
    "*",
  ],
];
