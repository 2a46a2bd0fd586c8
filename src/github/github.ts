/**
 * Asks GitHub for facts about a repository: its spelling, its ids, its default branch and the form of its subjects.
 * https://docs.github.com/en/rest/repos/repos#get-a-repository
 * https://docs.github.com/en/rest/actions/oidc#get-the-customization-template-for-an-oidc-subject-claim-for-a-repository
 */
import { type Failure, failed } from "../lib/errors.ts";
import { type GitHubRepository, type SubjectForm, subjectPrefixes } from "../trust/subjects.ts";
import { type Access, type Credentials, gitHubAccess } from "./credentials.ts";
import { type Answer, type Freshness, gitHubHttp } from "./http.ts";

/** The facts that GitHub gives about a repository. */
export type GitHubFacts = {
  repository: GitHubRepository;
  defaultBranch: string;
  archived: boolean;
  form: SubjectForm;
};

/**
 * A repository that GitHub does not show. `missing`: it does not exist, because an App that sees all of the owner's
 * repositories does not find it. `hidden`: it does not exist, or it is private and the service has no access.
 */
export type Unseen = "missing" | "hidden";

export type OwnerFacts = { owner: string; ownerId: number };

/** The facts that one question to GitHub gives. `isFresh`: GitHub gave them to this question, not to an earlier one. */
export type BasicFacts = Pick<GitHubFacts, "repository" | "defaultBranch"> & { isFresh: boolean };

export type GitHub = {
  /** Asks about a repository without the form of its subjects. */
  about(owner: string, repo: string, freshness: Freshness): Promise<BasicFacts | Unseen | Failure>;
  /** @param wasShown true if GitHub has shown this repository before; then one round trip is enough */
  repository(
    owner: string,
    repo: string,
    freshness: Freshness,
    wasShown?: boolean,
  ): Promise<GitHubFacts | Unseen | Failure>;
  owner(owner: string, freshness: Freshness): Promise<OwnerFacts | Unseen | Failure>;
};

/**
 * Makes a client for one GitHub.
 * @param apiUrl the URL of its REST API, without a slash at the end
 * @param credentials reads the credentials
 */
export function gitHub(apiUrl: string, credentials: () => Promise<Credentials>, now: () => number): GitHub {
  const http = gitHubHttp(apiUrl, now);
  const accessTo = gitHubAccess(http, credentials, now);
  const unreadable = (path: string, { status }: Answer): Failure => ({
    failure: "github-unavailable",
    retryAfterSeconds: 30,
    internal: `${path} answered ${status}, or not in the documented form`,
  });

  const pathOf = (owner: string, repo: string) =>
    `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}`;

  async function askAbout(
    path: string,
    access: Access,
    freshness: Freshness,
  ): Promise<(Repository & { isFresh: boolean }) | Unseen | Failure> {
    const about = await http.get(path, access, freshness);
    if (failed(about)) return about;
    if (about.status === 404) return access.seesAll ? "missing" : "hidden";
    const facts = about.status === 200 ? readRepository(about.body) : undefined;
    return facts === undefined ? unreadable(path, about) : { ...facts, isFresh: about.isFresh };
  }

  return {
    async about(owner, repo, freshness) {
      const access = await accessTo(owner);
      return failed(access) ? access : askAbout(pathOf(owner, repo), access, freshness);
    },

    async repository(owner, repo, freshness, wasShown = false) {
      const access = await accessTo(owner);
      if (failed(access)) return access;
      const path = pathOf(owner, repo);
      const askForForm = () => http.get(`${path}/actions/oidc/customization/sub`, access, freshness);
      // Do not request the form for a repository that GitHub hides. The request would only use up the rate limit.
      const [about, formAtOnce] = await Promise.all([
        askAbout(path, access, freshness),
        wasShown ? askForForm() : undefined,
      ]);
      if (typeof about === "string" || failed(about)) return about;
      const { isFresh: _, ...facts } = about;
      const customization = formAtOnce ?? (await askForForm());
      if (failed(customization)) return customization;
      return { ...facts, form: readForm(facts, customization) };
    },

    async owner(owner, freshness) {
      const access = await accessTo(owner);
      if (failed(access)) return access;
      const path = `/users/${encodeURIComponent(owner)}`;
      const about = await http.get(path, access, freshness);
      if (failed(about)) return about;
      if (about.status === 404) return "hidden";
      const { login, id } = Object(about.body);
      const isReadable = about.status === 200 && typeof login === "string" && typeof id === "number";
      return isReadable ? { owner: login, ownerId: id } : unreadable(path, about);
    },
  };
}

type Repository = Omit<GitHubFacts, "form"> & { visibility: string | undefined };

/** Reads the repository in GitHub's answer; undefined if the answer does not have the documented form. */
function readRepository(body: unknown): Repository | undefined {
  const { id: repositoryId, full_name, default_branch, archived, visibility, owner: itsOwner } = Object(body);
  const { id: ownerId } = Object(itsOwner);
  if (typeof full_name !== "string" || typeof default_branch !== "string") return undefined;
  if (typeof repositoryId !== "number" || typeof ownerId !== "number") return undefined;
  const [owner = "", repo = ""] = full_name.split("/");
  return {
    repository: { owner, repo, ownerId, repositoryId },
    defaultBranch: default_branch,
    archived: archived === true,
    visibility: typeof visibility === "string" ? visibility : undefined,
  };
}

/**
 * Reads the form of the repository's subjects. `sub_claim_prefix` is the prefix that GitHub really sends;
 * `use_immutable_subject` has contradicted it after a rename. If the service may not read the form, the result has both
 * prefixes. That is safe, because the policy also pins the repository's id. The template counts as read only if the
 * answer has the documented form. A repository with `use_default: false` and without keys of its own follows its
 * organisation's template, which this answer does not contain.
 */
function readForm({ repository, visibility }: Repository, { status, body }: Answer): SubjectForm {
  const { byName, byId } = subjectPrefixes(repository);
  if (status !== 200) return { prefixes: [byId, byName], template: "unread" };
  const { use_default, include_claim_keys, sub_claim_prefix } = Object(body);
  const sent = String(sub_claim_prefix).replace(/:$/, "");
  const prefixes: SubjectForm["prefixes"] =
    sent === byId ? [byId] : sent === byName ? [byName] : [byId, byName];
  if (use_default === true) return { prefixes, template: "default" };
  if (use_default !== false || !Array.isArray(include_claim_keys)) return { prefixes, template: "unread" };
  const values = {
    repository_owner: repository.owner,
    repository_id: String(repository.repositoryId),
    repository_owner_id: String(repository.ownerId),
    ...(visibility !== undefined && { repository_visibility: visibility }),
  };
  return { prefixes, template: { keys: include_claim_keys.map(String), values } };
}
