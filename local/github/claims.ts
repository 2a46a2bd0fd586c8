/**
 * What GitHub says of a job in its token.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
import { createHash, randomInt, randomUUID } from "node:crypto";
import { parseIssuer } from "../../src/trust/issuer.ts";
import { idOf, type Repository, subjectPrefixOf } from "./repositories.ts";

/** A job that asks for a token. */
export type Run = {
  /** `owner/name` of the repository whose workflow runs: of a pull request, the one that it is made to. */
  repository: string;
  /** In full: `refs/heads/main`, `refs/tags/v1`. Without it what the event would bring, on the default branch. */
  ref?: string;
  /** `push` without it, `pull_request` with a fork. */
  event?: string;
  environment?: string;
  /** `sts.amazonaws.com` without it, as aws-actions/configure-aws-credentials asks for. */
  audience?: string;
  /** Of a reusable workflow; without it the workflow's own. */
  jobWorkflowRef?: string;
  actor?: string;
  /**
   * `owner/name` of the fork that a pull request comes from. No claim names it: the token is the one that a pull
   * request from the repository itself brings. GitHub gives such runs a token only where the repository's
   * settings send write tokens to them.
   */
  fork?: string;
  /** Five minutes without it; negative for a token that has expired already. */
  expiresInSeconds?: number;
  /** Without it the one that the repository sends. */
  subjectForm?: "name" | "id";
};

/** A run that GitHub would not have. */
export class ImpossibleRun extends Error {}

type Claims = Readonly<Record<string, string>>;

/** All values are texts, but for the times. */
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
    throw new ImpossibleRun(
      `no ${event} event comes from a fork, but pull_request and pull_request_target do`,
    );
  const ref = run.ref ?? (event === "pull_request" ? "refs/pull/1/merge" : `refs/heads/${defaultBranch}`);
  if (!ref.startsWith("refs/")) throw new ImpossibleRun(`${ref} is not in full, such as refs/heads/${ref}`);
  if (environment === "") throw new ImpossibleRun("an environment has a name");

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
    ref_protected: "false",
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

/** Of an enterprise with an issuer of its own. */
function enterpriseClaims(issuer: string): Claims {
  const slug = /^https:\/\/token\.actions\.(?:githubusercontent\.com\/(.+)|(.+)\.ghe\.com)$/.exec(issuer);
  const enterprise = slug?.[1] ?? slug?.[2];
  if (enterprise === undefined) return {};
  return { enterprise, enterprise_id: String(idOf(`enterprise ${enterprise}`, 1000, 100_000)) };
}

/** An Enterprise Server never sends ids in its subjects. */
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
      throw new ImpossibleRun(`its subject needs the claim ${key}, which the job has not`);
    return `${key}:${encoded(value)}`;
  });
  return parts.join(":");
}

/** The environment takes the place of the event and the ref. */
function contextOf({ environment, event_name: event, ref = "" }: Claims): string {
  if (environment !== undefined) return `environment:${encoded(environment)}`;
  return event === "pull_request" ? "pull_request" : `ref:${encoded(ref)}`;
}
