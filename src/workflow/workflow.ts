import { docker } from "./docker.ts";
import { guard, WORKFLOW } from "./guard.ts";
import { helm } from "./helm.ts";
import { job } from "./job.ts";
import { pull } from "./pull.ts";
import { assertQuotable, yaml } from "./quote.ts";
import { type Start, start } from "./start.ts";

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
  trust: {
    branches: readonly string[];
    tags: readonly string[];
    environments: readonly string[];
    /** Runs of pull requests, to pull. */
    pullRequests?: boolean;
    /** Whatever the repository can send. */
    anyRef?: boolean;
    /** Of those runs only the ones of these workflows, each as `OWNER/REPO/.github/workflows/FILE@REF`. */
    jobWorkflowRefs?: readonly string[];
  };
  ecr: readonly Repository[];
  /** The forms of the texts are in settings.ts. */
  settings: {
    kind: "docker" | "helm" | "pull";
    runner: string;
    platforms: readonly string[];
    context: string;
    /** From the context. */
    dockerfile: string;
    chart: string;
    /** What every image is tagged besides. */
    tags?: readonly string[];
    /** Attestations of how an image was built and of what it holds. */
    provenance?: boolean;
    sbom?: boolean;
  };
};

export type Repository = {
  repository: string;
  access: "push" | "pull" | "both";
  /** The registry's host and the name, from ECR's own `repositoryUri`. */
  uri: string;
  /** Which tags ECR lets be moved: the exclusions of an immutable repository, `*` for a mutable one. */
  movableTags?: readonly string[];
};

export type Workflow = { path: string; content: string };

/** What one kind of workflow has of its own. */
export type Kind = {
  /** The job's id. */
  job: string;
  /** What the role must be allowed on the repository that the workflow is for. */
  needs: "push" | "pull";
  maxMinutes: number;
  /** What a run by hand is asked for. */
  inputs: string;
  /** The steps after the login. */
  steps: (settings: WorkflowInput["settings"], target: Repository) => string;
};

const KINDS: Record<WorkflowInput["settings"]["kind"], Kind> = { docker, helm, pull };

/**
 * The GitHub Actions workflow of a registration, ready to commit: every run that it starts has a subject that the
 * role accepts, or stops before it asks AWS (see `start`). One workflow is for one repository, the first that the
 * role may do with what the kind needs. Undefined if there is none, or the trust names nothing.
 *
 * Where the trust pins workflows, it is the caller of the one that is pinned; or, where that is this very file, the
 * whole of it, with a guard for the refs at which it is not.
 *
 * The settings are of the contract's form, the trust has passed its own check; what comes from outside is quoted
 * all the same.
 */
export function renderWorkflow(input: WorkflowInput): Workflow | undefined {
  const parts = partsOf(input);
  if (parts === undefined) return undefined;
  const { kind, runs, target, path, pins } = parts;
  const isPinned = pins.some((pin) => pin.startsWith(`${input.owner}/${input.repo}/${path}@`));
  if (pins.length > 0 && !isPinned) return renderReusable(input)?.caller;
  const guarded = { ...runs, guard: runs.guard + (isPinned ? guard(WORKFLOW, pins) : "") };
  return { path, content: `${head(input, REGISTERED, runs.triggers)}${job(input, kind, guarded, target)}` };
}

/**
 * The workflow of a registration in two: the reusable one, for the place at which the trust pins it, and what calls
 * it, for the repository itself. A run's subject is its caller's; `job_workflow_ref` says what was called, and at
 * which ref. In a reusable workflow, too, the `github` context is the caller's, with what was asked of a run by
 * hand: nothing has to be handed on.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations
 *
 * Undefined also if the trust names no such place, in another file and at one ref.
 */
export function renderReusable(input: WorkflowInput): { reusable: Workflow; caller: Workflow } | undefined {
  const parts = partsOf(input);
  if (parts === undefined) return undefined;
  const { kind, runs, target, path, pins } = parts;
  const [place] = pins
    .flatMap((pin) => placeOf(pin) ?? [])
    .filter(({ repository, path: file }) => repository !== `${input.owner}/${input.repo}` || file !== path);
  if (place === undefined) return undefined;
  const lives = `# It belongs into ${place.repository}, at ${place.ref}: the role lets in no other's runs.`;
  return {
    reusable: {
      path: place.path,
      content: `${head(input, lives, "  workflow_call:\n")}${job(input, kind, runs, target)}`,
    },
    caller: {
      path,
      content: `\
${head(input, REGISTERED, runs.triggers)}\
jobs:
  ${kind.job}:
    uses: ${yaml(`${place.repository}/${place.path}@${place.ref}`)}
`,
    },
  };
}

type Parts = { kind: Kind; runs: Start; target: Repository; path: string; pins: readonly string[] };

function partsOf(input: WorkflowInput): Parts | undefined {
  assertQuotable(input);
  if (!/^[\w-]+$/.test(input.role)) throw new RangeError(`No file can be named after the role ${input.role}`);
  const kind = KINDS[input.settings.kind];
  const runs = start(input.trust, kind);
  const target = input.ecr.find(({ access }) => access === kind.needs || access === "both");
  if (runs === undefined || target === undefined) return undefined;
  const path = `.github/workflows/${input.role}.yml`;
  return { kind, runs, target, path, pins: input.trust.jobWorkflowRefs ?? [] };
}

/** Where a pinned workflow is; undefined if that cannot be one place, or none that a caller can name. */
function placeOf(pin: string): { repository: string; path: string; ref: string } | undefined {
  const [, repository, path, branchOrTag, commit] = PIN.exec(pin) ?? [];
  const ref = branchOrTag ?? commit;
  return repository === undefined || path === undefined || ref === undefined
    ? undefined
    : { repository, path, ref };
}

const PIN =
  /^([\w-]+\/[\w.-]+)\/(\.github\/workflows\/[\w.-]+\.ya?ml)@(?:refs\/(?:heads|tags)\/([\w./+-]+)|([0-9a-f]{40}))$/;

const REGISTERED =
  "# The role lets in what is registered and nothing else: change triggers and environment there as well.";

/** All that stands before the jobs. */
const head = ({ owner, repo, role }: WorkflowInput, remark: string, triggers: string): string => `\
# made by Rolecall for ${owner}/${repo}, role ${role}
${remark}

name: ${yaml(role)}

on:
${triggers}
permissions:
  id-token: write # to get the token that AWS trusts
  contents: read

`;
