import { uses } from "./actions.ts";
import { yaml } from "./quote.ts";
import { ownRunner, runsOn } from "./runner.ts";
import type { Start } from "./start.ts";
import type { Kind, Repository, WorkflowInput } from "./workflow.ts";

/** Returns the job: it assumes the role, logs in and runs the steps of its kind. It is the same in every form. */
export function job(input: WorkflowInput, kind: Kind, runs: Start, target: Repository): string {
  const { roleArn, accountId, region } = input;
  const runner = input.hasHostedRunners ? input.settings.runner : ownRunner(input.settings.runner);
  const minutes = Math.min(kind.maxMinutes, Math.floor(input.maxSessionSeconds / 60));
  return `\
defaults:
  run:
    shell: bash

jobs:
  ${kind.job}:
${runs.job}\
    runs-on:${runsOn(runner)}
    timeout-minutes: ${minutes}
    # One run at a time for each ref. No push is cancelled halfway, and of the waiting runs only the newest starts.
    concurrency:
      group: \${{ github.workflow }}-\${{ github.ref }}${runs.group}
      cancel-in-progress: false
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
          role-session-name: \${{ github.run_id }}-\${{ github.run_attempt }} # links CloudTrail's entries to the run
          role-duration-seconds: ${minutes * 60}
${roleArn.startsWith("arn:aws-cn:") ? CHINA : ""}
      - name: Log in to ECR
        ${uses("aws-actions/amazon-ecr-login")}

${kind.steps({ ...input.settings, runner }, target)}`;
}

/** STS in China has its own audience: https://github.com/aws-actions/configure-aws-credentials#oidc */
const CHINA = `\
          audience: sts.amazonaws.com.cn
`;
