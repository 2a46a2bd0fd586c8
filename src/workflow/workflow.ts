import { uses } from "./actions.ts";
import { docker } from "./docker.ts";
import { helm } from "./helm.ts";
import { assertQuotable, yaml } from "./quote.ts";
import { start } from "./start.ts";

export type WorkflowInput = {
  /** As GitHub spells them. */
  owner: string;
  repo: string;
  role: string;
  roleArn: string;
  accountId: string;
  region: string;
  maxSessionSeconds: number;
  /** Names, with `*` for any characters. */
  trust: { branches: readonly string[]; tags: readonly string[]; environments: readonly string[] };
  ecr: readonly Repository[];
  settings: {
    kind: "docker" | "helm";
    runner: string;
    platforms: readonly string[];
    context: string;
    /** From the context. */
    dockerfile: string;
    chart: string;
  };
};

/** `uri` is the registry's host and the name, from ECR's own `repositoryUri`. */
type Repository = { repository: string; access: "push" | "pull" | "both"; uri: string };

export type Workflow = { path: string; content: string };

/** What one kind of workflow has of its own. */
export type Kind = {
  /** What the role must be allowed on the repository that the workflow is for. */
  needs: "push" | "pull";
  maxMinutes: number;
  /** The steps after the login. */
  steps: (settings: WorkflowInput["settings"], target: Repository) => string;
};

const KINDS: Record<WorkflowInput["settings"]["kind"], Kind> = { docker, helm };

/**
 * The GitHub Actions workflow of a registration, ready to commit: every run that it starts has a subject that the
 * role accepts, or stops before it asks AWS (see `start`). One workflow is for one repository, the first that the
 * role may do with what the kind needs. Undefined if there is none, or the trust names nothing.
 *
 * The settings have passed `settingsFaults`, the trust its own check; what comes from outside is quoted all the same.
 */
export function renderWorkflow(input: WorkflowInput): Workflow | undefined {
  assertQuotable(input);
  const { owner, repo, role, roleArn, accountId, region, settings } = input;
  if (!/^[\w-]+$/.test(role)) throw new RangeError(`No file can be named after the role ${role}`);

  const kind = KINDS[settings.kind];
  const runs = start(input.trust);
  const target = input.ecr.find(({ access }) => access === kind.needs || access === "both");
  if (runs === undefined || target === undefined) return undefined;

  const minutes = Math.min(kind.maxMinutes, Math.floor(input.maxSessionSeconds / 60));
  const content = `\
# made by Rolecall for ${owner}/${repo}, role ${role}
# The role lets in what is registered and nothing else: change triggers and environment there as well.

name: ${yaml(role)}

on:
${runs.triggers}
permissions:
  id-token: write # to get the token that AWS trusts
  contents: read

# One run of a ref at a time: a push never ends halfway, and of those that wait the newest goes on.
concurrency:
  group: \${{ github.workflow }}-\${{ github.ref }}${runs.group}
  cancel-in-progress: false

defaults:
  run:
    shell: bash

jobs:
  publish:
${runs.job}\
    runs-on: ${yaml(settings.runner)}
    timeout-minutes: ${minutes}
    steps:
${runs.guard}\
      - name: Check out
        ${uses("actions/checkout")}
        with:
          persist-credentials: false

      - name: Assume the role
        ${uses("aws-actions/configure-aws-credentials")}
        with:
          role-to-assume: ${yaml(roleArn)}
          aws-region: ${yaml(region)}
          allowed-account-ids: ${yaml(accountId)}
          role-session-name: \${{ github.run_id }}-\${{ github.run_attempt }} # leads from CloudTrail to the run
          role-duration-seconds: ${minutes * 60}
${roleArn.startsWith("arn:aws-cn:") ? CHINA : ""}
      - name: Log in to ECR
        ${uses("aws-actions/amazon-ecr-login")}

${kind.steps(settings, target)}`;
  return { path: `.github/workflows/${role}.yml`, content };
}

/** China's STS has an audience of its own: https://github.com/aws-actions/configure-aws-credentials#oidc */
const CHINA = `\
          audience: sts.amazonaws.com.cn
`;
