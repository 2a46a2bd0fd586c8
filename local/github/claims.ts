/** The claims of a job's token from GitHub. https://docs.github.com/en/actions/reference/security/oidc */
import { createHash, randomInt, randomUUID } from "node:crypto";
import { parseIssuer } from "../../src/trust/issuer.ts";
import { idOf, type Repository, subjectPrefixOf } from "./repositories.ts";

/** A job that asks for a token. */
export type Run = {
  /** `owner/name` of the repository whose workflow runs. For a pull request it is the repository that receives it. */
  repository: string;
  /**
   * The full ref: `refs/heads/main`, `refs/tags/v1`. By default the ref that the event would bring, on the default
   * branch.
   */
  ref?: string;
  /** By default `push`, or `pull_request` if there is a fork. */
  event?: string;
  environment?: string;
  /** By default `sts.amazonaws.com`, which aws-actions/configure-aws-credentials asks for. */
  audience?: string;
  /** The ref of a reusable workflow. By default that of the workflow itself. */
  jobWorkflowRef?: string;
  actor?: string;
  /** True for a run whose ref a branch protection or a ruleset protects. By default false. */
  refProtected?: boolean;
  /**
   * `owner/name` of the fork that a pull request comes from. No claim names the fork: its token is the same as for a
   * pull request from the repository itself. GitHub gives such runs a token only if the repository's settings send
   * write tokens to them.
   */
  fork?: string;
  /** By default five minutes. A negative number makes a token that has expired. */
  expiresInSeconds?: number;
  /** By default the form that the repository sends. */
  subjectForm?: "name" | "id";
};

/** A run that GitHub would never start. */
export class ImpossibleRun extends Error {}

type Claims = Readonly<Record<string, string>>;

/** Returns the claims of a run's token. All values are strings, except the times. */
export function claimsOf(run: Run, repository: Repository, issuer: string, now: number) {
  const claims: Claims = { ...jobClaims(run, repository), ...enterpriseClaims(issuer) };
  const expires = now + (run.expiresInSeconds ?? 300);
  const issued = Math.min(now, expires);
  return {
    jti: randomUUID(),
    sub: subjectOf(claims, withForm(repository, run.subjectForm)),
    aud: run.audience ?? "sts.amazonaws.com",
    ...claims,
    iss: issuer,
    nbf: issued - 600,
    exp: expires,
    iat: issued,
  };
}

function jobClaims(run: Run, { canonical, id, ownerId, defaultBranch, private: isPrivate }: Repository) {
  const { fork, environment, event = fork === undefined ? "push" : "pull_request" } = run;
  const isPullRequest = event === "pull_request" || event === "pull_request_target";
  if (fork !== undefined && !isPullRequest)
    throw new ImpossibleRun(`no ${event} event comes from a fork; use pull_request or pull_request_target`);
  const ref = run.ref ?? (event === "pull_request" ? "refs/pull/1/merge" : `refs/heads/${defaultBranch}`);
  if (!ref.startsWith("refs/"))
    throw new ImpossibleRun(`${ref} is not a full ref, such as refs/heads/${ref}`);
  if (environment === "") throw new ImpossibleRun("an environment must have a name");

  const [owner = ""] = canonical.split("/");
  const actor = run.actor ?? fork?.split("/")[0] ?? "octocat";
  const workflowRef = `${canonical}/.github/workflows/publish.yml@${ref}`;
  const sha = createHash("sha1").update(`${canonical} ${ref}`).digest("hex");
  return {
    ref,
    sha,
    repository: canonical,
    repository_owner: owner,
    repository_owner_id: String(ownerId),
    run_id: String(randomInt(10_000_000_000, 100_000_000_000)),
    run_number: "1",
    run_attempt: "1",
    repository_visibility: isPrivate ? "private" : "public",
    repository_id: String(id),
    actor_id: String(idOf(`user ${actor}`, 1_000_000, 100_000_000)),
    actor,
    workflow: "publish",
    head_ref: isPullRequest ? "patch-1" : "",
    base_ref: isPullRequest ? defaultBranch : "",
    event_name: event,
    ref_protected: String(run.refProtected ?? false),
    ref_type: ref.startsWith("refs/tags/") ? "tag" : "branch",
    workflow_ref: workflowRef,
    workflow_sha: sha,
    job_workflow_ref: run.jobWorkflowRef ?? workflowRef,
    job_workflow_sha: sha,
    runner_environment: "github-hosted",
    check_run_id: String(randomInt(10_000_000_000, 100_000_000_000)),
    ...(environment === undefined ? {} : { environment }),
  };
}

/** The claims that only an enterprise with an issuer of its own sends. */
function enterpriseClaims(issuer: string): Claims {
  const slug = /^https:\/\/token\.actions\.(?:githubusercontent\.com\/(.+)|(.+)\.ghe\.com)$/.exec(issuer);
  const enterprise = slug?.[1] ?? slug?.[2];
  if (enterprise === undefined) return {};
  return { enterprise, enterprise_id: String(idOf(`enterprise ${enterprise}`, 1000, 100_000)) };
}

/** Returns true if GitHub sends ids in its subjects. An Enterprise Server never does. */
export function sendsIds(issuer: string): boolean {
  return parseIssuer(issuer)?.hasClaims ?? false;
}

function withForm(repository: Repository, form: Run["subjectForm"]): Repository {
  if (form === undefined) return repository;
  const { subjectPrefix: _, ...rest } = repository;
  return { ...rest, immutableSubject: form === "id" };
}

const encoded = (value: string) => value.replaceAll(":", "%3A");

function subjectOf(claims: Claims, repository: Repository): string {
  const prefix = subjectPrefixOf(repository);
  const { template = ["repo", "context"] } = repository;
  const parts = template.map((key) => {
    if (key === "repo" || key === "repository") return prefix;
    if (key === "context") return contextOf(claims);
    const value = claims[key];
    if (value === undefined)
      throw new ImpossibleRun(`the subject needs the claim ${key}, which this job does not have`);
    return `${key}:${encoded(value)}`;
  });
  return parts.join(":");
}

/** Returns the last part of a default subject. An environment replaces the event and the ref. */
function contextOf({ environment, event_name: event, ref = "" }: Claims): string {
  if (environment !== undefined) return `environment:${encoded(environment)}`;
  return event === "pull_request" ? "pull_request" : `ref:${encoded(ref)}`;
}
