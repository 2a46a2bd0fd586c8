import { expression, filterPattern, shellPattern, yaml } from "./quote.ts";
import type { WorkflowInput } from "./workflow.ts";

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
 * 2. Otherwise it names branches or tags: pushes to them, and runs by hand, which a guard stops on any other ref.
 *    The guard sees pushes too: before a `/`, a filter's `**` also matches nothing at all, slash included.
 * 3. Otherwise it has patterns for environments and no name that a job could carry: a run by hand chooses among
 *    the repository's environments, and a guard holds the choice against the patterns.
 *
 * Where a trust has more, patterns for environments beside names or refs, the workflow does without. Returns
 * undefined for a trust that names nothing.
 */
export function start({ branches, tags, environments }: Trust): Start | undefined {
  const refs = [...branches.map((name) => `refs/heads/${name}`), ...tags.map((name) => `refs/tags/${name}`)];
  const named = environments.filter((name) => !name.includes("*"));
  const [first, ...others] = named;
  if (first !== undefined) {
    const several = others.length > 0;
    const environment = several ? `\${{ inputs.environment || ${expression(first)} }}` : first;
    return {
      triggers:
        onPush(refs.length > 0 ? { branches, tags } : { branches: ["*"], tags: [] }) +
        (several ? byHandIn(named) : BY_HAND),
      group: several ? BY_ENVIRONMENT : "",
      job: `${refs.length > 0 ? "" : ONLY_DEFAULT_BRANCH}    environment: ${yaml(environment)}\n`,
      guard: "",
    };
  }
  if (refs.length > 0) {
    return { triggers: `${onPush({ branches, tags })}${BY_HAND}`, group: "", job: "", guard: refGuard(refs) };
  }
  if (environments.length > 0) {
    return {
      triggers: BY_HAND_IN_ANY,
      group: BY_ENVIRONMENT,
      job: "    environment: ${{ inputs.environment }}\n",
      guard: environmentGuard(environments),
    };
  }
  return undefined;
}

const BY_ENVIRONMENT = "-${{ inputs.environment }}";

const onPush = ({ branches, tags }: Pick<Trust, "branches" | "tags">): string => `\
  push:
${filter("branches", branches)}${filter("tags", tags)}`;

const filter = (key: string, patterns: readonly string[]): string =>
  patterns.length === 0 ? "" : `    ${key}:\n${list(6, patterns.map(filterPattern))}`;

const list = (indent: number, items: readonly string[]): string =>
  items.map((item) => `${" ".repeat(indent)}- ${yaml(item)}\n`).join("");

const ONLY_DEFAULT_BRANCH = `\
    # The role trusts the environment, whatever the ref: other triggers would do as well.
    if: github.event_name == 'workflow_dispatch' || github.ref_name == github.event.repository.default_branch
`;

const BY_HAND = `\
  workflow_dispatch:
`;

const byHandIn = (environments: readonly string[]): string => `\
  workflow_dispatch:
    inputs:
      environment:
        description: The environment to publish in
        type: choice
        required: true
        options:
${list(10, environments)}`;

const BY_HAND_IN_ANY = `\
  workflow_dispatch:
    inputs:
      environment:
        description: The environment to publish in
        type: environment
        required: true
`;

const refGuard = (refs: readonly string[]): string => `\
      # A run by hand can be of any ref. Say so here, where AWS would only say "not authorized".
      - name: Check that the role trusts this ref
        env:
          TRUSTED: ${yaml(refs.join(", "))}
        run: |
          case "$GITHUB_REF" in
${arms(refs)}
          esac
          echo "::error title=Not a trusted ref::This run is of $GITHUB_REF; the role trusts only $TRUSTED."
          exit 1

`;

const environmentGuard = (environments: readonly string[]): string => `\
      # Any environment can be chosen. Say so here, where AWS would only say "not authorized".
      - name: Check that the role trusts this environment
        env:
          ENVIRONMENT: \${{ inputs.environment }}
          TRUSTED: ${yaml(environments.join(", "))}
        run: |
          case "\${ENVIRONMENT:?was not chosen}" in
${arms(environments)}
          esac
          echo "::error title=Not a trusted environment::This run is in $ENVIRONMENT; the role trusts only $TRUSTED."
          exit 1

`;

const arms = (patterns: readonly string[]): string =>
  patterns.map((pattern) => `            ${shellPattern(pattern)}) exit 0 ;;`).join("\n");
