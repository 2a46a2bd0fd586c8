/**
 * Explains why a run cannot assume a role, and what to change so that it can. The text depends on the failing
 * conditions.
 */

import type { ConditionEvaluation } from "../policy/evaluate.ts";
import { starred, stringLike } from "../policy/string-like.ts";
import { acceptedValues, CLAIM_CONDITIONS, CLAIM_FIELDS, type Claims } from "./claims.ts";
import { AMBIGUOUS_ENVIRONMENT } from "./names.ts";
import type { Trust } from "./subjects.ts";

/** The parts of a registration with which a token is compared. */
export type RegisteredTrust = {
  owner: string;
  repo: string;
  /** The audience that the role accepts. */
  provider: { readonly audience: string };
  ids: { repositoryId?: number; ownerId?: number };
  trust: Trust;
  subjects: readonly string[];
  /**
   * True if the service read the repository's subject template from GitHub; false if it assumed the default template.
   */
  isTemplateRead: boolean;
};

/** Returns the claims that the registration's own runs would have, except those that the caller gave. */
export function assumedClaims({ owner, repo, provider, ids, trust }: RegisteredTrust, given: Claims): Claims {
  const own: Claims = {
    aud: provider.audience,
    ...(repo !== "*" && { repository: `${owner}/${repo}` }),
    ...(ids.repositoryId !== undefined && { repository_id: String(ids.repositoryId) }),
    ...(ids.ownerId !== undefined && { repository_owner_id: String(ids.ownerId) }),
    ...Object.fromEntries(
      CLAIM_FIELDS.flatMap((field) => {
        // The value may be a pattern. That is fine as a claim, because a pattern matches itself.
        const [first] = acceptedValues(field, trust);
        return first === undefined ? [] : [[CLAIM_CONDITIONS[field].claim, first]];
      }),
    ),
  };
  return Object.fromEntries(Object.entries(own).filter(([name]) => given[name] === undefined));
}

/**
 * Returns the text that says why a run stays out and what to change so that it gets in.
 * @param failing the conditions of the registration's own trust policy that are false; at least one
 */
export function remedyFor(
  registered: RegisteredTrust,
  claims: Claims,
  failing: readonly ConditionEvaluation[],
): string {
  const claimOf = ({ key }: ConditionEvaluation) => key.slice(key.lastIndexOf(":") + 1).toLowerCase();
  const failed = new Set(failing.map(claimOf));
  const { owner, repo, provider, ids, trust } = registered;
  if (failed.has("aud")) {
    return `The token is for the audience ${claims["aud"] ?? "none"}, but the role expects ${provider.audience}. Let the workflow request that audience (configure-aws-credentials does so unless \`audience\` is set).`;
  }
  if (failed.has("repository_id")) {
    return `The token belongs to the repository with id ${claims["repository_id"] ?? "none"}, but the role is for ${owner}/${repo} with id ${ids.repositoryId}. Register the token's repository itself.`;
  }
  if (failed.has("repository_owner_id")) {
    return `The token belongs to the owner with id ${claims["repository_owner_id"] ?? "none"}, but the role is for the owner with id ${ids.ownerId}. If the repository was transferred, repeat the PUT.`;
  }
  const field = CLAIM_FIELDS.find((field) => failed.has(CLAIM_CONDITIONS[field].claim));
  if (failed.has("sub") || field === undefined) return subjectRemedy(registered, String(claims["sub"] ?? ""));
  const { claim, remedy } = CLAIM_CONDITIONS[field];
  return remedy(claims[claim], trust[field]);
}

const SUBJECT = /^repo:([^/@:]+)(?:@(\d+))?\/([^/@:]+)(?:@(\d+))?:(.+)$/;

function subjectRemedy(registered: RegisteredTrust, sub: string): string {
  const { owner, repo, ids, subjects, isTemplateRead } = registered;
  const [, subOwner = "", ownerId, subRepo = "", repositoryId, context = ""] = SUBJECT.exec(sub) ?? [];
  if (subOwner === "" && !isTemplateRead && sub !== "") return formRemedy(registered, sub);
  if (subOwner === "") {
    const fault = sub === "" ? "is missing" : `${sub} has no form that GitHub sends by default`;
    return `The subject ${fault}. The role accepts ${subjects.join(", ")}.`;
  }
  const isOther = (a: string, b: string) => a.toLowerCase() !== b.toLowerCase();
  if (isOther(subOwner, owner) || (repo !== "*" && isOther(subRepo, repo))) {
    return `The token belongs to ${subOwner}/${subRepo}, but the role is for ${owner}/${repo}. Register ${subOwner}/${subRepo} itself; if the repository was renamed, repeat the PUT under the new name.`;
  }
  if (subOwner !== owner || (repo !== "*" && subRepo !== repo)) {
    return `The token spells the repository ${subOwner}/${subRepo}, but the role spells it ${owner}/${repo}. IAM compares letter case, so register the repository as GitHub spells it.`;
  }
  const isOtherId = (id: string | undefined, own: number | undefined) =>
    id !== undefined && own !== undefined && id !== String(own);
  if (isOtherId(repositoryId, ids.repositoryId) || isOtherId(ownerId, ids.ownerId)) {
    return `The subject ${sub} belongs to another repository or owner with the same name, but the role is for the one with id ${ids.repositoryId ?? ids.ownerId}. Register the token's repository itself.`;
  }
  const form = ownerId === undefined && repositoryId === undefined ? `repo:${owner}/` : `repo:${owner}@`;
  if (!subjects.some((subject) => subject.startsWith(form))) return formRemedy(registered, sub);
  return contextRemedy(registered, sub, context);
}

/** Returns the remedy for a run that the registration may trust, but that sends a subject of another form. */
function formRemedy({ repo, isTemplateRead, subjects }: RegisteredTrust, sub: string): string {
  if (isTemplateRead)
    return `The repository now sends subjects of another form: ${sub}. Repeat the PUT, which asks GitHub for the new form.`;
  const assumed = `The subject is ${sub}, but the role accepts ${subjects.join(", ")}. The service assumed GitHub's default template because it had not read the repository's own.`;
  return repo === "*"
    ? `${assumed} Register the repository itself.`
    : `${assumed} Have the operator give the service access to GitHub (ROLECALL_GITHUB_SECRET), then repeat the PUT.`;
}

/**
 * Returns the remedy for a run of the right repository that the registration does not trust.
 * @param context the subject behind the repository; a template may have added claims to its end
 */
function contextRemedy(registered: RegisteredTrust, sub: string, context: string): string {
  const { trust } = registered;
  const [kind = "", sent = ""] = context.split(":");
  const isRef = kind === "ref" && /^refs\/(heads|tags)\/./.test(sent);
  const name = (isRef ? sent.replace(/^refs\/(heads|tags)\//, "") : sent).replaceAll("%3A", ":");
  const isNamed = (names: readonly string[]) => trust.anyRef || names.some((own) => admits(own, name));
  if (kind === "environment") {
    if (isNamed(trust.environments)) return formRemedy(registered, sub);
    if (/[:%]/.test(name))
      return `The job names the environment ${name}, so its subject is ${sub}. ${AMBIGUOUS_ENVIRONMENT} Then add the new name to \`trust.environments\`, or remove \`environment:\` from the job.`;
    return `The job names the environment ${name}, so its subject is ${sub}. Add ${name} to \`trust.environments\`, or remove \`environment:\` from the job.`;
  }
  if (isRef) {
    const [what, field] = sent.startsWith("refs/tags/")
      ? (["tag", "tags"] as const)
      : (["branch", "branches"] as const);
    if (isNamed(trust[field])) return formRemedy(registered, sub);
    const isEnvironmentOnly =
      trust.branches.length + trust.tags.length === 0 && trust.environments.length > 0;
    const instead = isEnvironmentOnly
      ? `let the job name the environment ${trust.environments[0]}`
      : "run it from what the registration trusts";
    return `The run belongs to the ${what} ${name}. Add ${name} to \`trust.${field}\`, or ${instead}.`;
  }
  if (kind === "pull_request") {
    if (isNamed([]) || trust.pullRequests) return formRemedy(registered, sub);
    return "The run belongs to a pull request. Register another role with access `pull` and `trust.pullRequests`, or do the work after the merge.";
  }
  return `The subject ${sub} has no form that the registration names. Compare it with \`subjects\`.`;
}

/** Returns sample subjects that the registration does not admit, although people often expect it to. */
export function staysOut({
  owner,
  repo,
  trust,
  subjects,
}: Pick<RegisteredTrust, "owner" | "repo" | "trust" | "subjects">): string[] {
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

/** Tells whether a registration's subject, in which only `*` is a wildcard, matches a token's `sub`. */
const admits = (subject: string, sub: string): boolean => stringLike(starred(subject), sub);
