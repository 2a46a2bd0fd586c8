import { docker } from "./docker.ts";
import { guard, WORKFLOW } from "./guard.ts";
import { helm } from "./helm.ts";
import { job } from "./job.ts";
import { pull } from "./pull.ts";
import { assertQuotable, yaml } from "./quote.ts";
import type { Runner } from "./runner.ts";
import { type Start, start } from "./start.ts";

export type WorkflowInput = {
  /** The owner and the repository, as GitHub spells them. */
  owner: string;
  repo: string;
  role: string;
  /** False for GitHub Enterprise Server: its repositories have only runners of their own. */
  hasHostedRunners: boolean;
  roleArn: string;
  accountId: string;
  region: string;
  maxSessionSeconds: number;
  /** Names, with `*` for any characters. */
  trust: {
    branches: readonly string[];
    tags: readonly string[];
    environments: readonly string[];
    /** Trusts runs of pull requests, which may only pull. */
    pullRequests?: boolean;
    /** Trusts every subject that the repository can send. */
    anyRef?: boolean;
    /** Limits the runs to those of these workflows, each as `OWNER/REPO/.github/workflows/FILE@REF`. */
    jobWorkflowRefs?: readonly string[];
    /** Limits the runs in the environments to those of these branches. */
    environmentBranches?: readonly string[];
  };
  ecr: readonly Repository[];
  /** The forms of the texts are in settings.ts. */
  settings: {
    kind: "docker" | "helm" | "pull";
    runner: Runner;
    platforms: readonly string[];
    context: string;
    /** The path of the Dockerfile, relative to the context. */
    dockerfile: string;
    chart: string;
    /** More tags for every image. */
    tags?: readonly string[];
    /** Adds attestations to an image: how it was built, and what it contains (`sbom`). */
    provenance?: boolean;
    sbom?: boolean;
  };
};

export type Repository = {
  repository: string;
  access: "push" | "pull" | "both";
  /** The registry's host and the name, from ECR's own `repositoryUri`. */
  uri: string;
  /** Patterns of the tags that ECR lets move: the exclusions of an immutable repository, `*` for a mutable one. */
  movableTags?: readonly string[];
};

export type Workflow = { path: string; content: string };

/** The parts of a workflow that depend on its kind. */
export type Kind = {
  /** The job's id. */
  job: string;
  /** The access that the role must have to the workflow's repository. */
  needs: "push" | "pull";
  maxMinutes: number;
  /** Returns the inputs of a manual run. */
  inputs: (target: Repository) => string;
  /** Tells whether only a manual run makes sense, because somebody has to fill in an input. */
  onlyByHand?: (target: Repository) => boolean;
  /** The steps after the login. */
  steps: (settings: WorkflowInput["settings"], target: Repository) => string;
};

const KINDS: Record<WorkflowInput["settings"]["kind"], Kind> = { docker, helm, pull };

/**
 * Renders the GitHub Actions workflow of a registration, ready to commit. Every run that it starts has a subject that
 * the role accepts, or stops before it asks AWS (see `start`). One workflow uses one repository: the first one to which
 * the role has the access that the kind needs. Returns undefined if there is none, or if the trust names nothing.
 *
 * If the trust pins workflows, the result only calls the pinned workflow. If the pinned workflow is this file itself,
 * the result is the whole workflow, with a guard that stops it at other refs.
 *
 * The settings have the contract's form and the trust has passed its own check. Text from outside is quoted anyway.
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
 * Renders the workflow of a registration in two files: the reusable workflow, for the file and ref that the trust pins,
 * and its caller, for the repository itself. A run has the subject of its caller, and `job_workflow_ref` names the
 * reusable workflow and its ref. The `github` context in a reusable workflow is also the caller's. It contains the
 * inputs of a manual run, so the caller passes nothing on.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations
 *
 * Returns undefined if `renderWorkflow` does, or if the trust pins no other file at a single ref.
 */
export function renderReusable(input: WorkflowInput): { reusable: Workflow; caller: Workflow } | undefined {
  const parts = partsOf(input);
  if (parts === undefined) return undefined;
  const { kind, runs, target, path, pins } = parts;
  const [place] = pins
    .flatMap((pin) => placeOf(pin) ?? [])
    .filter(({ repository, path: file }) => repository !== `${input.owner}/${input.repo}` || file !== path);
  if (place === undefined) return undefined;
  const lives = `# Commit this file in ${place.repository}, at ${place.ref}: the role lets in only runs that use it there.`;
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
    uses: ${yaml(usesOf(input, place))}
`,
    },
  };
}

type Parts = { kind: Kind; runs: Start; target: Repository; path: string; pins: readonly string[] };

function partsOf(input: WorkflowInput): Parts | undefined {
  assertQuotable(input);
  if (!/^[\w-]+$/.test(input.role)) throw new RangeError(`No file can be named after the role ${input.role}`);
  const kind = KINDS[input.settings.kind];
  const target = input.ecr.find(({ access }) => access === kind.needs || access === "both");
  const runs = target && start(input.trust, kind, target);
  if (runs === undefined || target === undefined) return undefined;
  const path = `.github/workflows/${input.role}.yml`;
  return { kind, runs, target, path, pins: input.trust.jobWorkflowRefs ?? [] };
}

/** The file and ref of a pinned workflow. `fullRef` has `refs/heads/` or `refs/tags/` before the name. */
type Place = { repository: string; path: string; ref: string; fullRef: string };

/** Returns the place of a pinned workflow; undefined if the pin has a pattern, or a ref that no caller can name. */
function placeOf(pin: string): Place | undefined {
  const [, repository, path, fullRef] = PIN.exec(pin) ?? [];
  if (repository === undefined || path === undefined || fullRef === undefined) return undefined;
  return { repository, path, ref: fullRef.replace(/^refs\/(?:heads|tags)\//, ""), fullRef };
}

const PIN =
  /^([\w-]+\/[\w.-]+)\/(\.github\/workflows\/[\w.-]+\.ya?ml)@(refs\/(?:heads|tags)\/[\w./+-]+|[0-9a-f]{40})$/;

/**
 * Returns the name by which the caller calls a reusable workflow. A workflow of the caller's own repository is called by
 * its path, but GitHub then takes it at the ref of the run. So the path is right only if every trusted run has the pinned
 * ref; otherwise, the name contains the ref.
 */
function usesOf({ owner, repo, trust }: WorkflowInput, { repository, path, ref, fullRef }: Place): string {
  const isAtRun = repository === `${owner}/${repo}` && onlyRef(trust) === fullRef;
  return isAtRun ? `./${path}` : `${repository}/${path}@${ref}`;
}

/** Returns the ref that every trusted run has; undefined if runs of several refs are trusted. */
function onlyRef({ environmentBranches = [], ...trust }: WorkflowInput["trust"]): string | undefined {
  const isOfAnyRef = trust.anyRef === true || trust.pullRequests === true || trust.environments.length > 0;
  const branches = environmentBranches.length > 0 ? environmentBranches : isOfAnyRef ? ["*"] : trust.branches;
  const refs = [
    ...branches.map((name) => `refs/heads/${name}`),
    ...trust.tags.map((name) => `refs/tags/${name}`),
  ];
  return refs.length === 1 ? refs[0] : undefined;
}

const REGISTERED =
  "# The role lets in only what is registered. If you change triggers or the environment, also change the registration.";

/** Returns the text before the jobs. */
const head = ({ owner, repo, role }: WorkflowInput, remark: string, triggers: string): string => `\
# Made by Rolecall for ${owner}/${repo}, role ${role}
${remark}

name: ${yaml(role)}

on:
${triggers}
permissions:
  id-token: write # to get the token that AWS trusts
  contents: read

`;
