/**
 * Turns a registration's trust into subjects, which are patterns for the `sub` claim of GitHub's tokens.
 * https://docs.github.com/en/actions/reference/security/oidc
 */

import type { components } from "../generated/contract.ts";
import type { InputError } from "../lib/errors.ts";
import { starred, stringLike } from "../policy/string-like.ts";
import { AUTHOR_CHOSEN, byClaimField, CLAIM_CONDITIONS } from "./claims.ts";
import { environmentFault, refFault } from "./names.ts";

export type Trust = components["schemas"]["Trust"];

/** A trust that lets nobody in. */
export const EMPTY_TRUST: Trust = {
  branches: [],
  tags: [],
  environments: [],
  pullRequests: false,
  anyRef: false,
  ...byClaimField(() => []),
};

export type NonEmpty<T> = readonly [T, ...T[]];

/** A repository as GitHub knows it. Names have GitHub's spelling; the ids survive a rename or transfer. */
export type GitHubRepository = { owner: string; repo: string; ownerId: number; repositoryId: number };

declare const brand: unique symbol;

/** The beginning of a subject: `repo:O/R`, `repo:O@1/R@2`, or for a whole owner `repo:O/*`, `repo:O@1/*`. */
export type SubjectPrefix = string & { readonly [brand]: "prefix" };

/** A `sub` pattern for one owner or repository and one context; `*` stands for any characters. */
export type Subject = string & { readonly [brand]: "subject" };

/**
 * The form of a repository's subjects: their prefixes and their template.
 *
 * `unread` means that the service does not know the template. It then writes subjects by the default template, and they
 * must be safe under every other template, too. For a whole owner the template is always `unread`, because each
 * repository may have its own.
 */
export type SubjectForm = { prefixes: NonEmpty<SubjectPrefix>; template: "default" | "unread" | Template };

/** A customised template: the claims that make up the subject, and the values that the service knows for them. */
export type Template = { keys: readonly string[]; values: { readonly [key: string]: string } };

/**
 * Returns both forms of a repository's prefix: `byName` has the names, `byId` has names and ids. Repositories that were
 * created since July 2026 send the second form.
 */
export function subjectPrefixes({ owner, repo, ownerId, repositoryId }: GitHubRepository) {
  return {
    byName: `repo:${owner}/${repo}` as SubjectPrefix,
    byId: `repo:${owner}@${ownerId}/${repo}@${repositoryId}` as SubjectPrefix,
  };
}

/** Returns the prefix of a repository whose ids are unknown. */
export const namePrefix = (owner: string, repo: string): SubjectPrefix =>
  `repo:${owner}/${repo}` as SubjectPrefix;

/** Returns the prefixes for all repositories of an owner. The `/` ends the owner's name, so no longer name matches. */
export const ownerPrefixes = (owner: string, ownerId: number): NonEmpty<SubjectPrefix> => [
  `repo:${owner}@${ownerId}/*` as SubjectPrefix,
  `repo:${owner}/*` as SubjectPrefix,
];

/**
 * Returns the contexts of a trust. A context is the end of a default subject. GitHub sends the environment if the job
 * names one, otherwise `pull_request` for a pull request, otherwise the ref. It sends `%3A` for a `:` in a value.
 */
export function contexts(trust: Trust): string[] {
  const encode = (value: string): string => value.replaceAll(":", "%3A");
  if (trust.anyRef) return ["*"];
  return [
    ...trust.branches.map((name) => `ref:refs/heads/${encode(name)}`),
    ...trust.tags.map((name) => `ref:refs/tags/${encode(name)}`),
    ...trust.environments.map((name) => `environment:${encode(name)}`),
    ...(trust.pullRequests ? ["pull_request"] : []),
  ];
}

/**
 * Returns the subjects that a trust lets in: every prefix with every context, in the repository's own form. If the
 * template has the reusable workflow, every context stands with every workflow that the trust pins. Returns undefined if the trust names nothing, or if the template cannot express everything that the trust names.
 * `templateFaults` says why.
 */
export function subjects({ prefixes, template }: SubjectForm, trust: Trust): NonEmpty<Subject> | undefined {
  const written = prefixes.flatMap((prefix) =>
    contexts(trust).flatMap((context) =>
      typeof template === "string"
        ? [`${prefix}:${context}`]
        : workflowsOf(template, trust).map((workflow) => fromTemplate(template, prefix, context, workflow)),
    ),
  );
  const known = [...new Set(written.filter((text) => text !== undefined))] as Subject[];
  const [first, ...rest] = known;
  return first === undefined || written.includes(undefined) ? undefined : [first, ...rest];
}

/** Returns the workflows that stand in the subjects of a template; one undefined value if the template has none. */
const workflowsOf = ({ keys }: Template, { jobWorkflowRefs }: Trust): readonly (string | undefined)[] =>
  keys.includes("job_workflow_ref") && jobWorkflowRefs.length > 0 ? jobWorkflowRefs : [undefined];

/** The keys of a template that say which run of the repository it is. */
const RUN_KEYS = ["context", "ref", "environment"];

/** Returns a template's subject for one context and workflow; undefined if the template cannot express it. */
function fromTemplate(
  { keys, values }: Template,
  prefix: SubjectPrefix,
  context: string,
  workflow: string | undefined,
): string | undefined {
  if (context !== "*" && !keys.some((key) => RUN_KEYS.includes(key))) return undefined;
  const parts = keys.map((key) => {
    if (key === "repo" || key === "repository") return prefix;
    if (key === "context") return context;
    if (key === "ref" || key === "environment") {
      if (context === "*") return `${key}:*`;
      return context.startsWith(`${key}:`) ? context : undefined;
    }
    if (key === "job_workflow_ref") return workflow === undefined ? undefined : `${key}:${workflow}`;
    return knownValue(values, key) === undefined ? undefined : `${key}:${knownValue(values, key)}`;
  });
  return parts.includes(undefined) ? undefined : parts.join(":");
}

/** Returns a template's value for a key. Ignores inherited properties, because a key could be called `constructor`. */
const knownValue = (values: Template["values"], key: string): string | undefined =>
  Object.hasOwn(values, key) ? values[key] : undefined;

const DEFAULT_TEMPLATE: Template = { keys: ["repo", "context"], values: {} };

/** Matches the end of a default subject. Colons inside a value are encoded. */
const CONTEXT = "(?:ref:[^:]+|environment:[^:]+|pull_request|\\*)";

/**
 * Tells whether a repository of this form could send this subject with this prefix. After a change of the form on
 * GitHub, the answer is false for a subject of the earlier form.
 */
export function isOfForm({ template }: SubjectForm, prefix: SubjectPrefix, subject: string): boolean {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const { keys, values } = typeof template === "string" ? DEFAULT_TEMPLATE : template;
  const parts = keys.map((key) => {
    if (key === "repo" || key === "repository") return literal(prefix);
    if (key === "context") return CONTEXT;
    if (key === "ref" || key === "environment" || key === "job_workflow_ref") return `${key}:[^:]+`;
    const value = knownValue(values, key);
    return value === undefined ? undefined : literal(`${key}:${value}`);
  });
  return !parts.includes(undefined) && new RegExp(`^${parts.join(":")}$`).test(subject);
}

/**
 * Returns the reasons why subjects of this form cannot stand for this trust: they could match other runs, or they
 * cannot express everything that the trust names. Returns none if the form is safe.
 */
export function templateFaults(form: SubjectForm, trust: Trust): InputError[] {
  const crossing = crossingFaults(form, trust);
  if (trust.pullRequests && form.prefixes.some(hasWildcard)) {
    const detail =
      "`*` also matches a colon, so for a whole owner a pull request looks like an environment named `pull_request`. Register the repository itself to let its pull requests in.";
    crossing.push({ pointer: "/trust/pullRequests", detail });
  }
  if (crossing.length > 0 || typeof form.template === "string") return crossing;
  const { keys, values } = form.template;
  const refused = (pointer: string, why: string, remedy: string): InputError[] => [
    {
      pointer,
      detail: `The repository's subjects follow the template ${JSON.stringify(keys)}, ${why}. ${remedy}`,
    },
  ];
  const repoFirst = "Put `repo` first in the template's include_claim_keys, then repeat the PUT.";
  const at = keys.findIndex((key) => ["repo", "repository", "repository_id"].includes(key));
  const chosen = keys.findIndex((key) => AUTHOR_CHOSEN.includes(key));
  if (chosen === 0)
    return refused(
      "/repo",
      `which begins with ${keys[0]}, a claim that a workflow's author chooses`,
      repoFirst,
    );
  if (at < 0) return refused("/repo", "which does not name the repository", repoFirst);
  if (chosen >= 0 && chosen < at) {
    const why = `which puts ${keys[chosen]}, a claim that a workflow's author chooses, before the repository`;
    return refused("/repo", why, repoFirst);
  }
  const unknown = keys.filter(
    (key) =>
      !["repo", "repository", "job_workflow_ref", ...RUN_KEYS].includes(key) &&
      knownValue(values, key) === undefined,
  );
  if (unknown.length > 0) {
    const why = `in which ${unknown.join(", ")} ${unknown.length === 1 ? "has" : "have"} no known value`;
    const known = ["repo", ...RUN_KEYS, "job_workflow_ref", ...Object.keys(values)].join(", ");
    return refused("/repo", why, `A registration can follow a template with these keys: ${known}.`);
  }
  if (keys.includes("job_workflow_ref") && trust.jobWorkflowRefs.length === 0) {
    const remedy = "Name the reusable workflows that the jobs come from in `trust.jobWorkflowRefs`.";
    return refused("/trust/jobWorkflowRefs", "which has the job's reusable workflow", remedy);
  }
  if (subjects(form, trust) === undefined) {
    const why = "which cannot express everything that the trust names";
    return refused("/trust", why, `With it, a trust can name ${expressible(keys)}.`);
  }
  return [];
}

/** Says what a trust can name under a template. */
function expressible(keys: readonly string[]): string {
  const [hasRef, hasEnvironment] = [keys.includes("ref"), keys.includes("environment")];
  if (hasRef && hasEnvironment) return "only `anyRef`, because a subject holds both a ref and an environment";
  if (hasRef) return "only `branches`, `tags` or `anyRef`";
  if (hasEnvironment) return "only `environments` or `anyRef`";
  return "only `anyRef`, because all runs of the repository send the same subject; add `context` to its include_claim_keys to tell them apart";
}

/**
 * Returns a fault for each pattern that a subject of other runs could match. There are two kinds:
 *
 * - A `*` that is not last, while the template is unread. IAM's `*` also matches colons, so the branch `*-release`
 *   matches `…:ref:refs/heads/evil:environment:x-release`, which the template ["repo", "ref", "environment"] makes. A
 *   `*` at the end is safe, because the text before it fixes the first claim behind the repository. Under a template
 *   that was read, a `*` is safe anywhere, because all subjects of one template have equally many colons.
 * - A bare `*` as environment, if the template may have the key `environment`. It also matches the empty value that a
 *   job without an environment sends.
 */
function crossingFaults({ prefixes, template }: SubjectForm, trust: Trust): InputError[] {
  const isUnread = template === "unread";
  const hasEnvironment = isUnread || (template !== "default" && template.keys.includes("environment"));
  const [unread, orElse] = prefixes.some(hasWildcard)
    ? [
        "Each repository of the owner may have a subject template of its own",
        "register the repository itself",
      ]
    : [
        "The service has not read the repository's subject template",
        "have the operator give the service access to GitHub (ROLECALL_GITHUB_SECRET)",
      ];
  const why =
    typeof template === "string"
      ? unread
      : `The repository's subjects follow the template ${JSON.stringify(template.keys)}`;
  const faultOf = (list: "branches" | "tags" | "environments", name: string): string | undefined => {
    const beginning = name.replace(/\*+$/, "");
    if (isUnread && hasWildcard(beginning))
      return `${why}, and under a customised one ${name} could match runs of other branches, tags or environments, because its \`*\` is not last. Let the name end with its only \`*\`, name each one, or ${orElse}.`;
    if (list === "environments" && hasEnvironment && beginning === "")
      return `${why}, and if a template has the environment, a job without one sends an empty value, which ${name} matches. Name the environments, or begin the pattern with the letters that their names begin with.`;
    return undefined;
  };
  return (["branches", "tags", "environments"] as const).flatMap((list) =>
    trust[list].flatMap((name, index) => {
      const detail = faultOf(list, name);
      return detail === undefined ? [] : [{ pointer: `/trust/${list}/${index}`, detail }];
    }),
  );
}

/**
 * Tells whether a pattern needs StringLike. Under StringEquals, a `*` is a plain character, which no claim contains.
 */
export const hasWildcard = (pattern: string): boolean => pattern.includes("*");

/** Tells whether a pattern of a registration, in which only `*` is a wildcard, matches a value. */
export const admits = (pattern: string, value: string): boolean => stringLike(starred(pattern), value);

/** Returns the faults of a trust, each with its pointer; none if the trust can be turned into subjects. */
export function trustFaults(trust: Trust): InputError[] {
  const faults: InputError[] = [];
  const { branches, tags, environments, pullRequests, anyRef, environmentBranches } = trust;
  const named = branches.length + tags.length + environments.length;
  if (named === 0 && !pullRequests && !anyRef) {
    faults.push({
      pointer: "/trust",
      detail:
        "The trust names no branch, tag or environment, so nobody could assume the role. Name at least one.",
    });
  }
  if (anyRef && (named > 0 || pullRequests)) {
    faults.push({
      pointer: "/trust/anyRef",
      detail:
        "`anyRef` already covers everything that the repository sends. Name no branch, tag, environment or pull request with it.",
    });
  }
  const isBesideEnvironments = branches.length + tags.length > 0 || pullRequests || anyRef;
  if (environmentBranches.length > 0 && (environments.length === 0 || isBesideEnvironments)) {
    faults.push({
      pointer: "/trust/environmentBranches",
      detail:
        "Every run must come from one of these branches and name one of the environments. Name `environments` with them, and no `branches`, `tags`, `pullRequests` or `anyRef`; register another role for runs without an environment.",
    });
  }
  for (const list of NAME_LISTS) {
    trust[list].forEach((name, index) => {
      const detail = nameFault(list, name);
      if (detail !== undefined) faults.push({ pointer: `/trust/${list}/${index}`, detail });
    });
  }
  return faults;
}

const NAME_FAULTS = {
  branches: refFault,
  tags: refFault,
  environments: environmentFault,
  ...byClaimField((field) => CLAIM_CONDITIONS[field].fault),
};

/** The lists of names in a trust. */
export type NameList = keyof typeof NAME_FAULTS;
const NAME_LISTS = Object.keys(NAME_FAULTS) as NameList[];

/** Returns the reason why a trust cannot list this name; undefined if it can. */
export const nameFault = (list: NameList, name: string): string | undefined => NAME_FAULTS[list](name);
