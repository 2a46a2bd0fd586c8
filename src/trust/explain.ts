/**
 * Why a run gets in or stays out, and what to change: a sentence made from the conditions that do not hold.
 */
import type { Claims } from "./evaluate/context.ts";
import type { ConditionEvaluation } from "./evaluate/evaluate.ts";
import { starred, stringLike } from "./evaluate/string-like.ts";
import type { Trust } from "./subjects.ts";

/** What a registration says of itself, to be held against a token. */
export type Registered = {
  owner: string;
  repo: string;
  /** The audience that the role takes. */
  provider: { readonly audience: string };
  ids: { repositoryId?: number; ownerId?: number };
  trust: Trust;
  subjects: readonly string[];
};

/** The claims that a registration's own runs would have, for those that were not given. */
export function assumedClaims({ owner, repo, provider, ids, trust }: Registered, given: Claims): Claims {
  const [workflow] = trust.jobWorkflowRefs;
  const own: Claims = {
    aud: provider.audience,
    ...(repo !== "*" && { repository: `${owner}/${repo}` }),
    ...(ids.repositoryId !== undefined && { repository_id: String(ids.repositoryId) }),
    ...(ids.ownerId !== undefined && { repository_owner_id: String(ids.ownerId) }),
    // A pattern matches itself.
    ...(workflow !== undefined && { job_workflow_ref: workflow }),
  };
  return Object.fromEntries(Object.entries(own).filter(([name]) => given[name] === undefined));
}

/**
 * What to change so that a run gets in, in one sentence.
 * @param failing the conditions of the registration's own trust policy that do not hold
 */
export function remedyFor(
  registered: Registered,
  claims: Claims,
  failing: readonly ConditionEvaluation[],
): string {
  const claimOf = ({ key }: ConditionEvaluation) => key.slice(key.lastIndexOf(":") + 1).toLowerCase();
  const failed = new Set(failing.map(claimOf));
  const { owner, repo, provider, ids, trust } = registered;
  if (failed.has("aud")) {
    return `The token is for the audience ${claims["aud"] ?? "none"}, and the role takes ${provider.audience}; let the workflow ask for that (configure-aws-credentials does unless \`audience\` is set).`;
  }
  if (failed.has("repository_id")) {
    return `The token is of the repository with id ${claims["repository_id"] ?? "none"}, and the role is for ${owner}/${repo} with id ${ids.repositoryId}; register that repository itself.`;
  }
  if (failed.has("repository_owner_id")) {
    return `The token is of the owner with id ${claims["repository_owner_id"] ?? "none"}, and the role is for the one with id ${ids.ownerId}; repeat the PUT if the repository was transferred.`;
  }
  if (failed.has("sub")) return subjectRemedy(registered, String(claims["sub"] ?? ""));
  return `The job comes from ${claims["job_workflow_ref"] ?? "no reusable workflow"}; call one of ${trust.jobWorkflowRefs.join(", ")}, or add it to \`trust.jobWorkflowRefs\`.`;
}

const SUBJECT = /^repo:([^/@:]+)(?:@(\d+))?\/([^/@:]+)(?:@(\d+))?:(.+)$/;

function subjectRemedy({ owner, repo, ids, trust, subjects }: Registered, sub: string): string {
  const [, subOwner = "", ownerId, subRepo = "", repositoryId, context = ""] = SUBJECT.exec(sub) ?? [];
  if (subOwner === "")
    return `The subject ${sub || "is missing"}, which is of no form that GitHub sends by default; the role takes ${subjects.join(", ")}.`;
  const isOther = (a: string, b: string) => a.toLowerCase() !== b.toLowerCase();
  if (isOther(subOwner, owner) || (repo !== "*" && isOther(subRepo, repo))) {
    return `The token is of ${subOwner}/${subRepo}, and the role is for ${owner}/${repo}; register that repository itself, or repeat the PUT under the new name if it was renamed.`;
  }
  if (subOwner !== owner || (repo !== "*" && subRepo !== repo)) {
    return `The token spells the repository ${subOwner}/${subRepo}, and the role ${owner}/${repo}; IAM compares letter case, so register it as GitHub spells it.`;
  }
  const isOtherId = (id: string | undefined, own: number | undefined) =>
    id !== undefined && own !== undefined && id !== String(own);
  if (isOtherId(repositoryId, ids.repositoryId) || isOtherId(ownerId, ids.ownerId)) {
    return `The subject ${sub} is of another repository or owner that has the name, and the role is for the one with the id ${ids.repositoryId ?? ids.ownerId}; register that repository itself.`;
  }
  const form = ownerId === undefined && repositoryId === undefined ? `repo:${owner}/` : `repo:${owner}@`;
  if (!subjects.some((subject) => subject.startsWith(form))) return formRemedy(sub);
  return contextRemedy(trust, sub, context);
}

const formRemedy = (sub: string): string =>
  `The repository now sends subjects of another form, ${sub}; repeat the PUT, which asks GitHub for it.`;

/** What to change where the repository is the right one. A template may have put more behind the context. */
function contextRemedy(trust: Trust, sub: string, context: string): string {
  const [kind = "", sent = ""] = context.split(":");
  const isRef = kind === "ref" && /^refs\/(heads|tags)\/./.test(sent);
  const name = (isRef ? sent.replace(/^refs\/(heads|tags)\//, "") : sent).replaceAll("%3A", ":");
  const isNamed = (names: readonly string[]) => trust.anyRef || names.some((own) => admits(own, name));
  if (kind === "environment") {
    if (isNamed(trust.environments)) return formRemedy(sub);
    return `The job names the environment ${name}, so its subject is ${sub}; add ${name} to \`trust.environments\`, or remove \`environment:\` from the job.`;
  }
  if (isRef) {
    const [what, field] = sent.startsWith("refs/tags/")
      ? (["tag", "tags"] as const)
      : (["branch", "branches"] as const);
    if (isNamed(trust[field])) return formRemedy(sub);
    const isEnvironmentOnly =
      trust.branches.length + trust.tags.length === 0 && trust.environments.length > 0;
    const instead = isEnvironmentOnly
      ? `let the job name the environment ${trust.environments[0]}`
      : "run from what is trusted";
    return `The run is of the ${what} ${name}; add ${name} to \`trust.${field}\`, or ${instead}.`;
  }
  if (kind === "pull_request") {
    if (isNamed([]) || trust.pullRequests) return formRemedy(sub);
    return "The run is of a pull request; register another role with access `pull` and `trust.pullRequests`, or do it after the merge.";
  }
  return `The subject ${sub} is of no form that the registration names; compare it with \`subjects\`.`;
}

/** Samples of subjects that stay out: near ones, which people often expect to get in. */
export function staysOut({ owner, repo, trust, subjects }: Omit<Registered, "provider" | "ids">): string[] {
  const [first = ""] = subjects;
  const [own = `repo:${owner}/${repo}`] = /repo:[^:]+/.exec(first) ?? [];
  const prefix = repo === "*" ? `repo:${owner}/any` : own;
  const samples = trust.anyRef
    ? []
    : [
        `${prefix}:ref:refs/heads/another-branch`,
        `${prefix}:ref:refs/tags/any-tag`,
        `${prefix}:environment:any`,
        `${prefix}:pull_request`,
      ];
  return [...samples, `repo:${owner}-other/${repo === "*" ? "any" : repo}:ref:refs/heads/main`].filter(
    (sample) => !subjects.some((subject) => admits(subject, sample)),
  );
}

/** Whether a subject of ours, in which only `*` is a wildcard, matches. */
const admits = (subject: string, sub: string): boolean => stringLike(starred(subject), sub);
