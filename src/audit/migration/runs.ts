/**
 * Translates a subject into a registration's terms: the repositories and the runs that it lets in.
 * https://docs.github.com/en/actions/reference/security/oidc
 */

import { isPatternWithin, tokens } from "../../policy/patterns.ts";
import { ANY } from "../../policy/string-like.ts";
import { byClaimField, CLAIM_CONDITIONS, type ClaimField } from "../../trust/claims.ts";
import { codes } from "../../trust/lint/codes.ts";
import { reach } from "../../trust/lint/subject.ts";
import {
  EMPTY_TRUST,
  ownerPrefixes,
  type SubjectForm,
  type Trust,
  templateFaults,
  trustFaults,
} from "../../trust/subjects.ts";
import { Inexpressible, idsOf, type RequiredClaims, type Value, written } from "./demands.ts";

/** A repository (`*` for all repositories of an owner) and the runs of it that get in. */
export type Runs = {
  readonly owner: string;
  readonly repo: string;
  readonly github: Ids;
  readonly trust: Trust;
  /** True if the subject contains the owner's id. */
  readonly byId: boolean;
};

export type Ids = { readonly repositoryId?: number; readonly ownerId?: number };

/**
 * Returns the subjects that a statement's claims let in. If no condition names a subject, the claim `repository` stands
 * for all runs of the repository.
 * @throws Inexpressible if neither claim has a condition
 */
export function subjectsOf(claims: RequiredClaims, host: string): readonly Value[] {
  const [sub, repository, id] = [
    claims.get("sub"),
    claims.get("repository"),
    claims.get("repository_id")?.[0],
  ];
  if (sub !== undefined) return sub;
  if (repository !== undefined)
    return repository.map((name) => ({ text: name.text, pattern: ["repo:", ...name.pattern, ":", ANY] }));
  const ownerId = claims.get("repository_owner_id")?.[0];
  if (id === undefined && ownerId !== undefined)
    throw new Inexpressible(
      `only an id names the owner, whose repositories all get in; \`gh api user/${ownerId.text}\` prints its name`,
    );
  throw new Inexpressible(
    id === undefined
      ? `no condition on ${host}:sub names a repository, so any repository in the world gets in; register the ones that you mean`
      : `only an id names the repository; \`gh api repositories/${id.text}\` prints its name`,
  );
}

const SUBJECT =
  /^repo:([A-Za-z0-9][\w-]{0,38})(?:@(\d{1,15}))?\/(?:(?!\.\.?(?:[:@]|$))([\w.-]{1,100})(?:@(\d{1,15}))?|\*)(?::(.+))?$/s;

const LONGEST_NAME = 255;

/**
 * Returns the runs that a subject lets in, for one or several repositories.
 * @param claims what the statement requires. The ids in its other subjects say which of several ids is the repository's
 * @throws Inexpressible if a registration cannot let in the same runs
 */
export function runsOf(subject: Value, claims: RequiredClaims): Runs[] {
  const [whole, owner = "", ownerId, name, repositoryId, tail] = SUBJECT.exec(written(subject)) ?? [];
  if (whole === undefined) {
    const reached = reach(subject.pattern);
    throw new Inexpressible(
      reached.to === "anyone"
        ? codes[reached.code].meaning
        : "a registration is for one repository or for all repositories of an owner",
    );
  }
  const own: Ids = {
    ...(ownerId && { ownerId: Number(ownerId) }),
    ...(repositoryId && { repositoryId: Number(repositoryId) }),
  };
  const other = idsInSubjects(claims, owner, name);
  const ids = withIds(own, {
    repositoryId: idFor(claims, "repository_id", own.repositoryId ?? other.repositoryId),
    ownerId: idFor(claims, "repository_owner_id", own.ownerId ?? other.ownerId),
  });
  const repos = reposOf(owner, name ?? "*", claims);
  if (repos.includes("*") && ids.repositoryId !== undefined)
    throw new Inexpressible(
      `only one repository gets in; \`gh api repositories/${ids.repositoryId}\` prints its name`,
    );
  const accepted = byClaimField((field) => claims.get(CLAIM_CONDITIONS[field].claim)?.map(written) ?? []);
  // `contextsOf` reads the claim `ref`, which may also stand for branches and tags.
  const trust: Trust = {
    ...EMPTY_TRUST,
    ...accepted,
    environmentBranches: [],
    ...contextsOf(tail ?? "*", claims),
  };
  // The form of an owner's subjects is the same for every id.
  const ofOwner: SubjectForm = { prefixes: ownerPrefixes(owner, ids.ownerId ?? 1), template: "unread" };
  const [fault] = [...trustFaults(trust), ...(repos.includes("*") ? templateFaults(ofOwner, trust) : [])];
  if (
    Object.values(trust)
      .flat()
      .some((value) => String(value).length > LONGEST_NAME)
  )
    throw new Inexpressible(`a name in it is longer than ${LONGEST_NAME} characters, a registration's limit`);
  if (fault !== undefined) throw new Inexpressible(`${fault.pointer}: ${fault.detail}`);
  return repos.map((repo) => ({ owner, repo, github: ids, trust, byId: ownerId !== undefined }));
}

/** Returns the ids that the statement's subjects contain for a repository. */
function idsInSubjects(claims: RequiredClaims, owner: string, repo: string | undefined): Ids {
  for (const { text } of claims.get("sub") ?? []) {
    const [, ownOwner, ownerId, name, repositoryId] = SUBJECT.exec(text) ?? [];
    if (ownOwner === owner && name === repo && ownerId !== undefined)
      return { ownerId: Number(ownerId), ...(repositoryId && { repositoryId: Number(repositoryId) }) };
  }
  return {};
}

/**
 * Returns the id that a claim must have; undefined if it may have any.
 * @param known the id in a subject, which says which of several ids is meant
 * @throws Inexpressible if nobody gets in, or if one of several ids is meant
 */
function idFor(
  claims: RequiredClaims,
  claim: "repository_id" | "repository_owner_id",
  known: number | undefined,
): number | undefined {
  const ids = idsOf(claims, claim);
  const id = known ?? (ids?.length === 1 ? ids[0] : undefined);
  if (ids === undefined) return undefined;
  if (id === undefined) {
    const path = claim === "repository_id" ? "repositories" : "user";
    throw new Inexpressible(
      `${claim} is one of ${ids.join(", ")}; \`gh api ${path}/ID\` prints which name each one has`,
    );
  }
  if (!ids.includes(id)) throw new Inexpressible("its ids contradict each other, so nobody gets in");
  return id;
}

/**
 * Combines the ids of two conditions that must both hold.
 * @throws Inexpressible if they contradict each other
 */
export function withIds(ids: Ids, more: { [id in keyof Ids]: number | undefined }): Ids {
  const both: { -readonly [id in keyof Ids]: number } = { ...ids };
  for (const name of ["repositoryId", "ownerId"] as const) {
    const [known, id] = [both[name], more[name]];
    if (id === undefined) continue;
    if (known !== undefined && known !== id) throw new Inexpressible("its ids contradict each other");
    both[name] = id;
  }
  return both;
}

/** Returns the repositories that the subject names and that the claim `repository` also lets in. */
function reposOf(owner: string, repo: string, claims: RequiredClaims): string[] {
  const names = claims.get("repository")?.map(written);
  if (names === undefined) return [repo];
  if (repo !== "*") {
    if (names.some((name) => isWithin(`${owner}/${repo}`, name))) return [repo];
    throw new Inexpressible("the claim repository names another repository, so nobody gets in");
  }
  return names.map((name) => {
    const [, own] = /^[^/]+\/([\w.-]+|\*)$/.exec(name) ?? [];
    if (own === undefined || !name.startsWith(`${owner}/`))
      throw new Inexpressible(`the claim repository is ${name}, which is no repository of ${owner}`);
    return own;
  });
}

const isWithin = (value: string, pattern: string): boolean => {
  const read = (text: string) => tokens(text, { wildcards: true, variables: false });
  return isPatternWithin(read(value), read(pattern));
};

/** Returns the runs that the end of a subject and the claims `ref` and `environment` let in together. */
function contextsOf(context: string, claims: RequiredClaims): Partial<Trust> {
  const [refs, environments] = [claims.get("ref")?.map(written), claims.get("environment")?.map(written)];
  if (refs === undefined && environments === undefined) return contextOf(context);
  if (context === "*" && environments === undefined)
    return united((refs ?? []).map((ref) => contextOf(`ref:${ref}`)));
  if (context === "*" && refs === undefined) return { environments: environments ?? [] };
  if (context === "*")
    return { environments: environments ?? [], environmentBranches: branchesOf(refs ?? []) };
  const [kind = "", value = ""] = context.split(/:(.*)/s);
  const same = kind === "ref" ? refs : kind === "environment" ? environments : undefined;
  const other = kind === "ref" ? environments : refs;
  if (kind === "environment" && environments === undefined && refs !== undefined)
    return { ...contextOf(context), environmentBranches: branchesOf(refs) };
  if (other === undefined && same?.some((pattern) => isWithin(value.replaceAll("%3A", ":"), pattern)))
    return contextOf(context);
  throw new Inexpressible("it requires a ref and an environment at once, or two values that differ");
}

/**
 * Returns the branches of refs that a statement demands beside an environment.
 * @throws Inexpressible if one of the refs is no branch
 */
const branchesOf = (refs: readonly string[]): string[] =>
  refs.map((ref) => {
    if (ref.startsWith("refs/heads/")) return ref.slice("refs/heads/".length);
    throw new Inexpressible(
      `it demands the ref ${ref} beside an environment, and a registration can only demand branches`,
    );
  });

function contextOf(context: string): Partial<Trust> {
  const [, kind = context, value = ""] =
    /^(ref:refs\/heads|ref:refs\/tags|environment)[/:](.+)$/s.exec(context) ?? [];
  const name = value.replaceAll("%3A", ":");
  if (context === "*") return { anyRef: true };
  if (context === "pull_request") return { pullRequests: true };
  if (context === "ref:*" || context === "ref:refs/*") return { branches: ["*"], tags: ["*"] };
  if (value !== "" && !value.includes(":")) {
    if (kind === "ref:refs/heads") return { branches: [name] };
    if (kind === "ref:refs/tags") return { tags: [name] };
    return { environments: [name] };
  }
  throw new Inexpressible("it names no branch, tag or environment in the form of the default subject");
}

/**
 * Combines several trusts into one that lets in the runs of each. All of them must demand the same reusable workflows and
 * the same branches of environments, because a registration demands these of every run.
 */
export function united(trusts: readonly Partial<Trust>[]): Trust {
  const all = (name: "branches" | "tags" | "environments" | ClaimField) =>
    [...new Set(trusts.flatMap((trust) => trust[name] ?? []))].sort();
  const anyRef = trusts.some((trust) => trust.anyRef === true);
  const named = {
    branches: all("branches"),
    tags: all("tags"),
    environments: all("environments"),
    pullRequests: trusts.some((trust) => trust.pullRequests === true),
  };
  // `anyRef` includes every branch, tag, environment and pull request.
  return { ...EMPTY_TRUST, ...(anyRef ? { anyRef } : named), ...byClaimField(all) };
}
