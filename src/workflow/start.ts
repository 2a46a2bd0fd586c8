import { ENVIRONMENT, guard, REF } from "./guard.ts";
import { expression, filterPattern, yaml } from "./quote.ts";
import type { Kind, Repository, WorkflowInput } from "./workflow.ts";

type Trust = WorkflowInput["trust"];

/** The parts of a workflow that decide which runs start, and with which subjects. */
export type Start = {
  /** The text under `on:`. */
  triggers: string;
  /** The end of the concurrency group, after the ref. */
  group: string;
  /** More keys of the job. */
  job: string;
  /** The first step. It is empty if the role accepts every run that starts. */
  guard: string;
};

/**
 * Decides how runs start, so that the role accepts the subject of each run. A job that names an environment sends
 * `environment:NAME` instead of its ref (https://docs.github.com/en/actions/reference/security/oidc).
 *
 * 1. The trust names environments. Every run is in one of them, so every ref is fine and no guard is needed, unless the
 *    trust holds the environments to branches. Otherwise, branches and tags are only triggers. If the trust names none, a
 *    push to the default branch is the trigger. The name of that branch is not known here, so every push to a branch starts
 *    a run, and the job's condition skips the others. If there are several environments, a push uses the first one and a
 *    manual run the chosen one.
 * 2. Otherwise, the trust names branches or tags, or has `anyRef`. Pushes to these start runs, and so do manual runs,
 *    which a guard stops on any other ref. The guard also checks pushes: in a filter, `**` before a `/` can match
 *    nothing, together with the slash.
 * 3. Otherwise, the trust has only patterns for environments, and a job cannot name a pattern. A manual run chooses one
 *    of the repository's environments, and a guard compares the choice with the patterns.
 *
 * If the trust includes pull requests, a workflow that only pulls also starts for these. Their runs use no environment,
 * which GitHub understands by an empty name. Otherwise their subject would name the environment, and they would wait
 * for its reviewers. Pull requests from forks get no token, so their runs are skipped.
 *
 * A workflow ignores patterns for environments if the trust also has names of environments or refs. If only manual runs
 * make sense (`onlyByHand`), pushes and pull requests start no run. Returns undefined for a trust that names nothing, or
 * that leaves no way to start a run.
 */
export function start(trust: Trust, kind: Kind, target: Repository): Start | undefined {
  const inputs = kind.inputs(target);
  const onlyByHand = kind.onlyByHand?.(target) ?? false;
  const { environments, anyRef = false, environmentBranches = [] } = trust;
  const isHeldToBranches = environmentBranches.length > 0;
  const { branches, tags } = isHeldToBranches
    ? { branches: environmentBranches, tags: [] }
    : anyRef
      ? { branches: ["*"], tags: ["*"] }
      : trust;
  const refs = [...branches.map((name) => `refs/heads/${name}`), ...tags.map((name) => `refs/tags/${name}`)];
  const named = environments.filter((name) => !name.includes("*"));
  const takesPulls = trust.pullRequests === true && kind.needs === "pull" && !onlyByHand;

  const push = (filters: Pick<Trust, "branches" | "tags">) => (onlyByHand ? "" : onPush(filters));
  const onPullRequest = takesPulls ? "  pull_request:\n" : "";
  const unlessPull = takesPulls ? NOT_PULL_REQUEST : "";
  const onlyOwn = takesPulls ? when(NOT_PULL_REQUEST, OWN_PULL_REQUEST) : "";
  const refGuard = guard(REF, refs, unlessPull);
  const byHand = (environment = "") =>
    `  workflow_dispatch:\n${environment + inputs === "" ? "" : `    inputs:\n${environment}${inputs}`}`;

  const [first, ...others] = named;
  if (first !== undefined) {
    const several = others.length > 0;
    const choice = several ? `github.event.inputs.environment || ${expression(first)}` : expression(first);
    const chosen = takesPulls ? `${NOT_PULL_REQUEST} && (${choice}) || ''` : choice;
    const onlyDefault = when(BY_HAND, OF_DEFAULT_BRANCH, ...(takesPulls ? [OWN_PULL_REQUEST] : []));
    return {
      triggers:
        push(refs.length > 0 ? { branches, tags } : { branches: ["*"], tags: [] }) +
        onPullRequest +
        byHand(several ? oneOf(named) : ""),
      group: several ? BY_ENVIRONMENT : "",
      job:
        (refs.length > 0 ? onlyOwn : ANY_REF_WOULD_DO + onlyDefault) +
        `    environment: ${yaml(several || takesPulls ? `\${{ ${chosen} }}` : first)}\n`,
      guard: isHeldToBranches ? refGuard : "",
    };
  }
  if (refs.length > 0 && !isHeldToBranches) {
    return {
      triggers: push({ branches, tags }) + onPullRequest + byHand(),
      group: "",
      job: onlyOwn,
      guard: anyRef ? "" : refGuard,
    };
  }
  if (environments.length > 0) {
    return {
      triggers: onPullRequest + byHand(ANY_ENVIRONMENT),
      group: BY_ENVIRONMENT,
      job: `${onlyOwn}    environment: \${{ github.event.inputs.environment }}\n`,
      guard: guard(ENVIRONMENT, environments, unlessPull) + (isHeldToBranches ? refGuard : ""),
    };
  }
  return takesPulls ? { triggers: onPullRequest, group: "", job: onlyOwn, guard: "" } : undefined;
}

const BY_HAND = "github.event_name == 'workflow_dispatch'";
const OF_DEFAULT_BRANCH = "github.ref_name == github.event.repository.default_branch";
const NOT_PULL_REQUEST = "github.event_name != 'pull_request'";
const OWN_PULL_REQUEST = "github.event.pull_request.head.repo.full_name == github.repository";

/** Returns the job's condition. */
const when = (...alternatives: string[]): string => `    if: ${alternatives.join(" || ")}\n`;

const ANY_REF_WOULD_DO = `\
    # The role trusts the environment on any ref, so other triggers would also work.
`;

const BY_ENVIRONMENT = "-${{ github.event.inputs.environment }}";

const onPush = ({ branches, tags }: Pick<Trust, "branches" | "tags">): string => `\
  push:
${filter("branches", branches)}${filter("tags", tags)}`;

const filter = (key: string, patterns: readonly string[]): string =>
  patterns.length === 0 ? "" : `    ${key}:\n${list(6, patterns.map(filterPattern))}`;

const list = (indent: number, items: readonly string[]): string =>
  items.map((item) => `${" ".repeat(indent)}- ${yaml(item)}\n`).join("");

const oneOf = (environments: readonly string[]): string => `\
      environment:
        description: The environment to run in
        type: choice
        required: true
        options:
${list(10, environments)}`;

const ANY_ENVIRONMENT = `\
      environment:
        description: The environment to run in
        type: environment
        required: true
`;
