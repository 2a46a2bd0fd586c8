import type { WorkflowInput } from "../../src/workflow/workflow.ts";

export const HOST = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";

export type Ask = {
  kind?: "docker" | "helm";
  runner?: string;
  platforms?: readonly string[];
  access?: readonly WorkflowInput["ecr"][number]["access"][];
  trust?: Partial<WorkflowInput["trust"]>;
};

/** A registration's input with what a case asks for, and defaults for the rest. */
export function input({
  kind = "docker",
  runner,
  platforms,
  access = ["push"],
  trust = {},
}: Ask): WorkflowInput {
  return {
    owner: "acme",
    repo: "api",
    role: "publish",
    roleArn: "arn:aws:iam::111122223333:role/rolecall/acme-api-publish-0123456789ab",
    accountId: "111122223333",
    region: "eu-west-1",
    maxSessionSeconds: 3600,
    trust: { branches: [], tags: [], environments: [], ...trust },
    ecr: access.map((access, index) => {
      const repository = index === 0 ? "acme/api" : `acme/api/${index}`;
      return { repository, access, uri: `${HOST}/${repository}` };
    }),
    settings: {
      kind,
      runner: runner ?? "ubuntu-latest",
      platforms: platforms ?? ["linux/amd64"],
      context: ".",
      dockerfile: "Dockerfile",
      chart: "charts/api",
    },
  };
}

/** Every way in which a trust can name what it trusts. */
export const TRUSTS: Record<string, Partial<WorkflowInput["trust"]>> = {
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
      "a;touch${IFS}canary",
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
};

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
    "a;touch${IFS}canary",
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

/** Names of environments, with none that was not chosen among them. */
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
