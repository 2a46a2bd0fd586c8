/**
 * Explains why a run cannot assume a role, and what to change so that it can. The text depends on the failing
 * conditions.
 */

import type { ConditionEvaluation } from "../policy/evaluate.ts";
import { framesOf, type RegisteredTrust } from "./asked.ts";
import { CLAIM_CONDITIONS, CLAIM_FIELDS, type ClaimField, type Claims, SUBJECT_PAIRS } from "./claims.ts";
import { AMBIGUOUS_ENVIRONMENT } from "./names.ts";
import { admits, type NameList, nameFault } from "./subjects.ts";

/** The names, or the ids, to add to a registration. An empty proposal is the same PUT once more. */
export type Proposal = { readonly [list in NameList]?: readonly string[] } & {
  readonly github?: { repositoryId: number; ownerId: number };
};

/** A remedy in words. If it proposes a PUT, the PUT must be tried before anyone reads the advice. */
export type Remedy = {
  /** Why the run stays out. */
  readonly reason: string;
  /** The change that lets the run in. */
  readonly advice: string;
  /** The advice about a role that a workflow registered, if `advice` lets more runs in than a workflow may register. */
  readonly adviceForOwnRole?: string;
  readonly proposal?: Proposal;
};

/**
 * Returns the remedy for a run that stays out.
 * @param failing the conditions of the registration's own trust policy that are false; at least one
 */
export function remedyFor(
  registered: RegisteredTrust,
  claims: Claims,
  failing: readonly ConditionEvaluation[],
): Remedy {
  const failed = new Map(failing.map((condition) => [claimOf(condition), condition]));
  const { owner, repo, provider, ids } = registered;
  if (failed.has("aud"))
    return {
      reason: `The token is for the audience ${claims["aud"] ?? "none"}, but the role expects ${provider.audience}.`,
      advice:
        "Let the workflow request that audience (configure-aws-credentials does so unless `audience` is set).",
    };
  if (failed.has("repository_id"))
    return {
      reason: `The token belongs to the repository with id ${claims["repository_id"] ?? "none"}, but the role is for ${owner}/${repo} with id ${ids.repositoryId}.`,
      advice: "Register the token's repository itself.",
    };
  if (failed.has("repository_owner_id"))
    return {
      reason: `The token belongs to the owner with id ${claims["repository_owner_id"] ?? "none"}, but the role is for the owner with id ${ids.ownerId}.`,
      advice: "If the repository was transferred, repeat the PUT.",
    };
  const remedies = [...failed].map(([claim, condition]) => {
    if (claim === "sub") return subjectRemedy(registered, String(claims["sub"] ?? ""));
    const field = CLAIM_FIELDS.find((one) => CLAIM_CONDITIONS[one].claim === claim);
    if (field !== undefined) return claimRemedy(registered, field, claims[claim]);
    return {
      reason: `The token's ${claim} is ${claims[claim] ?? "missing"}, but the role expects ${condition.expected.join(" or ")}.`,
      advice: "Run the job from there, or change `trust`.",
    };
  });
  return together(remedies);
}

const claimOf = ({ key }: ConditionEvaluation) => key.slice(key.lastIndexOf(":") + 1).toLowerCase();

/**
 * Returns several remedies as one. If one of them needs something else than a PUT, a PUT alone would not help, so the
 * advice is that of the remedies without a PUT.
 */
function together(remedies: readonly Remedy[]): Remedy {
  const others = remedies.filter(({ proposal }) => proposal === undefined);
  const advising = others.length === 0 ? remedies : others;
  return {
    reason: remedies.map(({ reason }) => reason).join(" "),
    advice: advising.map(({ advice }) => advice).join(" "),
    ...(advising.some(({ adviceForOwnRole }) => adviceForOwnRole !== undefined) && {
      adviceForOwnRole: advising.map(({ advice, adviceForOwnRole = advice }) => adviceForOwnRole).join(" "),
    }),
    ...(others.length === 0 && {
      proposal: Object.assign({}, ...remedies.map(({ proposal }) => proposal)),
    }),
  };
}

/** Returns the remedy for a claim that a field of the trust demands. */
function claimRemedy(
  { trust }: RegisteredTrust,
  field: ClaimField,
  sent: Claims[string] | undefined,
): Remedy {
  const { prefix, reason, instead, fault } = CLAIM_CONDITIONS[field];
  const why = { reason: reason(sent), advice: `${instead(trust[field])}.` };
  const value = String(sent ?? "");
  const name = value.slice(prefix.length);
  if (!value.startsWith(prefix) || name === "" || name.includes("*") || fault(name) !== undefined) return why;
  const [, base] = MERGE_GROUP.exec(name) ?? [];
  if (base !== undefined) return mergeGroupRemedy(field, base, name);
  return {
    ...why,
    advice: `${instead(trust[field])}, or add ${name} to \`trust.${field}\`.`,
    adviceForOwnRole: `${instead(trust[field])}, or ${askForPinned(`trust ${name}`)}.`,
    proposal: { [field]: [name] },
  };
}

const askForPinned = (more: string): string =>
  `ask the operator for a rule with a pinned workflow that may ${more}`;

const REPOSITORY = /(?:^|:)repo:([^/@:]+)(?:@(\d+))?\/([^/@:]+)(?:@(\d+))?(?::(.+))?$/;

function subjectRemedy(registered: RegisteredTrust, sub: string): Remedy {
  const { owner, repo, ids, subjects, isTemplateRead } = registered;
  const accepts = `The role accepts ${subjects.join(", ")}.`;
  if (sub === "")
    return {
      reason: "The subject is missing.",
      advice: `${accepts} Send the claim \`sub\` of a job's token.`,
    };
  const context = contextOf(registered, sub);
  if (context !== undefined) return contextRemedy(registered, sub, context);
  const [, subOwner = "", ownerId, subRepo = "", repositoryId, rest = ""] = REPOSITORY.exec(sub) ?? [];
  if (subOwner === "") {
    if (!isTemplateRead) return formRemedy(registered, sub);
    return { reason: `The subject ${sub} has no form that GitHub sends by default.`, advice: accepts };
  }
  const isOther = (a: string, b: string) => a.toLowerCase() !== b.toLowerCase();
  if (isOther(subOwner, owner) || (repo !== "*" && isOther(subRepo, repo)))
    return {
      reason: `The token belongs to ${subOwner}/${subRepo}, but the role is for ${owner}/${repo}.`,
      advice: `Register ${subOwner}/${subRepo} itself; if the repository was renamed, repeat the PUT under the new name.`,
    };
  if (subOwner !== owner || (repo !== "*" && subRepo !== repo))
    return {
      reason: `The token spells the repository ${subOwner}/${subRepo}, but the role spells it ${owner}/${repo}.`,
      advice: "IAM compares letter case, so register the repository as GitHub spells it.",
    };
  const isOtherId = (id: string | undefined, own: number | undefined) =>
    id !== undefined && own !== undefined && id !== String(own);
  if (isOtherId(repositoryId, ids.repositoryId) || isOtherId(ownerId, ids.ownerId))
    return {
      reason: `The subject ${sub} belongs to another repository or owner with the same name, but the role is for the one with id ${ids.repositoryId ?? ids.ownerId}.`,
      advice: "Register the token's repository itself.",
    };
  const knowsIds = ids.repositoryId !== undefined || repo === "*";
  if (!knowsIds && repositoryId !== undefined && ownerId !== undefined)
    return {
      reason: `The subject ${sub} has the repository's ids, which the registration does not know.`,
      advice: `Repeat the PUT with \`"github": {"repositoryId": ${repositoryId}, "ownerId": ${ownerId}}\`.`,
      proposal: { github: { repositoryId: Number(repositoryId), ownerId: Number(ownerId) } },
    };
  const sentContext = repo === "*" && hasKnownForm(rest) ? rest : undefined;
  return sentContext === undefined
    ? formRemedy(registered, sub)
    : contextRemedy(registered, sub, sentContext);
}

/** Returns the context of a subject that has a form of the registration's own; undefined if it has another form. */
function contextOf(registered: RegisteredTrust, sub: string): string | undefined {
  for (const { before, after } of framesOf(registered)) {
    // The prefix of a whole owner has a `*` for each repository.
    const beginning = admittedBeginning(before, sub);
    const middle =
      beginning === undefined || !sub.endsWith(after)
        ? undefined
        : sub.slice(beginning.length, sub.length - after.length);
    if (middle !== undefined && hasKnownForm(middle)) return middle;
  }
  return undefined;
}

function admittedBeginning(before: string, sub: string): string | undefined {
  if (!before.includes("*")) return sub.startsWith(before) ? before : undefined;
  const [, beginning] = /^(repo:[^/:]+\/[^:]+:)/.exec(sub) ?? [];
  return beginning !== undefined && admits(before, beginning) ? beginning : undefined;
}

/** Matches the claims that a customised template may add behind the context. */
const MORE_CLAIMS = new RegExp(`:(?:${SUBJECT_PAIRS.join("|")}):`);

/**
 * Tells whether a text is the context of a default subject. A text with more claims behind the context is not. A colon
 * in the name of an environment counts as the environment's own, although GitHub would send `%3A`.
 */
const hasKnownForm = (context: string): boolean =>
  /^(?:ref:refs\/(?:heads|tags|pull)\/[^:]+|environment:.*|pull_request)$/s.test(context) &&
  !MORE_CLAIMS.test(context.slice(context.indexOf(":") + 1));

/** Returns the remedy for a run that the registration may trust, but that sends a subject of another form. */
function formRemedy({ repo, isTemplateRead, subjects }: RegisteredTrust, sub: string): Remedy {
  if (isTemplateRead)
    return {
      reason: `The subject ${sub} has another form than the subjects of the registration.`,
      advice: "The repository now sends this form. Repeat the PUT, which asks GitHub for it.",
      proposal: {},
    };
  return {
    reason: `The subject is ${sub}, but the role accepts ${subjects.join(", ")}. The service assumed GitHub's default template because it had not read the repository's own.`,
    advice:
      repo === "*"
        ? "Register the repository itself."
        : "Have the operator give the service access to GitHub (ROLECALL_GITHUB_SECRET), then repeat the PUT.",
  };
}

/**
 * Returns the remedy for a run of the right repository that the registration does not trust.
 * @param context the end of the default subject
 */
function contextRemedy(registered: RegisteredTrust, sub: string, context: string): Remedy {
  const { trust, repo } = registered;
  const at = context.indexOf(":");
  const [kind, sent] = at < 0 ? [context, ""] : [context.slice(0, at), context.slice(at + 1)];
  if (kind === "pull_request") {
    if (trust.anyRef || trust.pullRequests) return formRemedy(registered, sub);
    return {
      reason: "The run belongs to a pull request.",
      advice:
        repo === "*"
          ? "A registration for a whole owner cannot trust pull requests. Register the repository itself with access `pull` and `trust.pullRequests`, or do the work after the merge."
          : "Register another role with access `pull` and `trust.pullRequests`, or do the work after the merge.",
      adviceForOwnRole: `Do the work after the merge, or ${askForPinned("trust pull requests")}.`,
    };
  }
  // Only a template that has `ref` in place of `context` sends the ref of a pull request.
  if (kind === "ref" && sent.startsWith("refs/pull/"))
    return {
      reason: `The run belongs to a pull request, because its ref is ${sent}.`,
      advice:
        "Do the work after the merge. No registration can trust this ref; by GitHub's default template, the subject would end in `pull_request`.",
    };
  if (kind === "environment") return environmentRemedy(registered, sub, sent.replaceAll("%3A", ":"));
  const list = sent.startsWith("refs/tags/") ? "tags" : "branches";
  return refRemedy(registered, sub, list, sent.replace(/^refs\/(heads|tags)\//, ""));
}

function environmentRemedy(registered: RegisteredTrust, sub: string, name: string): Remedy {
  const { environments } = registered.trust;
  if (name === "") {
    const advice = `Let the job name the environment ${environments[0]}, or trust its branch in another registration.`;
    return {
      reason: "The job names no environment, but the repository's subjects consist of the environment.",
      advice,
    };
  }
  if (isNamed(registered, environments, name)) return formRemedy(registered, sub);
  const reason = `The job names the environment ${name}, so its subject is ${sub}.`;
  const without = "or remove `environment:` from the job.";
  const fault = nameFault("environments", name);
  if (fault === AMBIGUOUS_ENVIRONMENT)
    return {
      reason: `${reason} ${fault}`,
      advice: `Then add the new name to \`trust.environments\`, ${without}`,
    };
  const unnamable = fault ?? (name.includes("*") ? STARRED : undefined);
  if (unnamable !== undefined)
    return {
      reason: `${reason} ${unnamable}`,
      advice: `Rename the environment and add the new name to \`trust.environments\`, ${without}`,
    };
  const alike = alikeOf(environments, name);
  return {
    reason: alike === undefined ? reason : `${reason} ${caseCounts(alike)}`,
    advice: `Add ${name} to \`trust.environments\`, ${alike === undefined ? without : `or let the job spell it ${alike}.`}`,
    adviceForOwnRole: `Register another role from a job of that environment, if a rule lists the job's ref, or ${askForPinned(`trust ${name}`)}.`,
    proposal: { environments: [name] },
  };
}

/** Says why an existing name with a star cannot be added. */
const STARRED = "A registration reads `*` as any characters, so it cannot name this one alone.";

const caseCounts = (alike: string) => `The registration trusts ${alike}, and IAM compares letter case.`;

const MERGE_GROUP = /^gh-readonly-queue\/(.+)\/pr-\d+-[0-9a-f]+$/;

/** @param field the field of the trust that lists the branches */
function mergeGroupRemedy(field: NameList, base: string, name: string): Remedy {
  const pattern = `gh-readonly-queue/${base}/*`;
  return {
    reason: `The run belongs to a merge group for ${base}, whose code is not merged yet. The branch ${name} is temporary and never comes again.`,
    advice: `Do the work after the merge, in a run of ${base}. To trust code that still waits in the merge queue, add ${pattern} to \`trust.${field}\`.`,
    adviceForOwnRole: `Do the work after the merge, in a run of ${base}.`,
    proposal: { [field]: [pattern] },
  };
}

function refRemedy(
  registered: RegisteredTrust,
  sub: string,
  list: "branches" | "tags",
  name: string,
): Remedy {
  const { trust } = registered;
  if (isNamed(registered, trust[list], name)) return formRemedy(registered, sub);
  const [, base] = (list === "branches" && MERGE_GROUP.exec(name)) || [];
  const demandsBoth = trust.environmentBranches.length > 0;
  if (base !== undefined && !demandsBoth) return mergeGroupRemedy("branches", base, name);
  const what = list === "tags" ? "tag" : "branch";
  const reason = `The run belongs to the ${what} ${name}.`;
  const [environment] = trust.environments;
  if (demandsBoth)
    return {
      reason: `${reason} The registration lets in only jobs that name an environment.`,
      advice: `Let the job name the environment ${environment}, in a run of ${trust.environmentBranches.join(" or ")}.`,
    };
  const instead =
    trust.branches.length + trust.tags.length === 0 && environment !== undefined
      ? `let the job name the environment ${environment}`
      : "run it from what the registration trusts";
  const fault = nameFault(list, name);
  if (fault !== undefined) {
    const why = name.startsWith("refs/")
      ? `A registration cannot name a ${what} that itself begins with refs/.`
      : fault;
    return {
      reason: `${reason} ${why}`,
      advice: `Rename the ${what} and add the new name to \`trust.${list}\`, or ${instead}.`,
    };
  }
  if (name.includes("*"))
    return { reason: `${reason} ${STARRED}`, advice: `Rename the ${what}, or ${instead}.` };
  const alike = alikeOf(trust[list], name);
  return {
    reason: alike === undefined ? reason : `${reason} ${caseCounts(alike)}`,
    advice: `Add ${name} to \`trust.${list}\`, or ${instead}.`,
    adviceForOwnRole: `Register another role from the ${what} ${name}, if a rule lists its ref, or ${askForPinned(`trust ${name}`)}.`,
    proposal: { [list]: [name] },
  };
}

const isNamed = ({ trust }: RegisteredTrust, names: readonly string[], name: string): boolean =>
  trust.anyRef || names.some((own) => admits(own, name));

/** Returns the trusted name that differs from this one only in letter case; undefined if there is none. */
const alikeOf = (names: readonly string[], name: string): string | undefined =>
  names.find((own) => admits(own.toLowerCase(), name.toLowerCase()));

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
