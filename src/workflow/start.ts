import { ENVIRONMENT, guard, REF } from "./guard.ts";
import { expression, filterPattern, yaml } from "./quote.ts";
import type { Kind, WorkflowInput } from "./workflow.ts";

type Trust = WorkflowInput["trust"];

/** The parts of a workflow that decide which runs there are, and with which subject. */
export type Start = {
  /** Below `on:`. */
  triggers: string;
  /** What sets runs apart besides their ref. */
  group: string;
  /** Keys of the job. */
  job: string;
  /** The first step, where a run can start that the role would refuse. */
  guard: string;
};

/**
 * How runs start so that the role accepts the subject of each. A job that names an environment sends
 * `environment:NAME` in place of its ref, whatever the ref (https://docs.github.com/en/actions/reference/security/oidc).
 *
 * 1. The trust names environments: every run is in one of them, so every ref is fine and no guard is needed.
 *    Branches and tags are then the triggers alone. Without any, a push to the default branch is the trigger; its
 *    name is not known here, so the job asks GitHub and skips the rest. Of several environments a push goes into
 *    the first, and a run by hand into the one that is chosen.
 * 2. Otherwise it names branches or tags, or any ref: pushes to them, and runs by hand, which a guard stops on any
 *    other ref. The guard sees pushes too: before a `/`, a filter's `**` also matches nothing at all, slash included.
 * 3. Otherwise it has patterns for environments and no name that a job could carry: a run by hand chooses among
 *    the repository's environments, and a guard holds the choice against the patterns.
 *
 * A trust in pull requests adds them to each of these, for a workflow that only pulls. Their runs are in no
 * environment (that is what the empty name means to GitHub), or their subject would be its and they would wait for
 * its reviewers. Those of forks get no token at all and are skipped.
 *
 * Where a trust has more, patterns for environments beside names or refs, the workflow does without. Returns
 * undefined for a trust that names nothing.
 */
export function start(trust: Trust, { needs, inputs }: Kind): Start | undefined {
  const { environments, anyRef = false } = trust;
  const { branches, tags } = anyRef ? { branches: ["*"], tags: ["*"] } : trust;
  const refs = [...branches.map((name) => `refs/heads/${name}`), ...tags.map((name) => `refs/tags/${name}`)];
  const named = environments.filter((name) => !name.includes("*"));
  const takesPulls = trust.pullRequests === true && needs === "pull";

  const onPullRequest = takesPulls ? "  pull_request:\n" : "";
  const unlessPull = takesPulls ? NOT_PULL_REQUEST : "";
  const onlyOwn = takesPulls ? when(NOT_PULL_REQUEST, OWN_PULL_REQUEST) : "";
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
        onPush(refs.length > 0 ? { branches, tags } : { branches: ["*"], tags: [] }) +
        onPullRequest +
        byHand(several ? oneOf(named) : ""),
      group: several ? BY_ENVIRONMENT : "",
      job:
        (refs.length > 0 ? onlyOwn : ANY_REF_WOULD_DO + onlyDefault) +
        `    environment: ${yaml(several || takesPulls ? `\${{ ${chosen} }}` : first)}\n`,
      guard: "",
    };
  }
  if (refs.length > 0) {
    return {
      triggers: onPush({ branches, tags }) + onPullRequest + byHand(),
      group: "",
      job: onlyOwn,
      guard: anyRef ? "" : guard(REF, refs, unlessPull),
    };
  }
  if (environments.length > 0) {
    return {
      triggers: onPullRequest + byHand(ANY_ENVIRONMENT),
      group: BY_ENVIRONMENT,
      job: `${onlyOwn}    environment: \${{ github.event.inputs.environment }}\n`,
      guard: guard(ENVIRONMENT, environments, unlessPull),
    };
  }
  return takesPulls ? { triggers: onPullRequest, group: "", job: onlyOwn, guard: "" } : undefined;
}

const BY_HAND = "github.event_name == 'workflow_dispatch'";
const OF_DEFAULT_BRANCH = "github.ref_name == github.event.repository.default_branch";
const NOT_PULL_REQUEST = "github.event_name != 'pull_request'";
const OWN_PULL_REQUEST = "github.event.pull_request.head.repo.full_name == github.repository";

/** The job's condition. */
const when = (...alternatives: string[]): string => `    if: ${alternatives.join(" || ")}\n`;

const ANY_REF_WOULD_DO = `\
    # The role trusts the environment, whatever the ref: other triggers would do as well.
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
