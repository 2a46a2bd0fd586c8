/**
 * The repositories of the embedded GitHub. Every name of a listed owner exists, except those that start with
 * `missing`, and is spelled in lower case under the owner as listed; what is declared differs from that.
 */
import { createHash } from "node:crypto";

export type Repository = {
  id: number;
  ownerId: number;
  /** `owner/name`, spelled as GitHub spells it. */
  canonical: string;
  defaultBranch: string;
  archived: boolean;
  private: boolean;
  /** Whether its tokens' subjects carry the ids: the default of repositories made since July 2026. */
  immutableSubject: boolean;
  /** The keys of a customised subject; without it the subject is the default one. */
  template?: readonly string[];
  /** Where GitHub's answer differs from what the ids and the name would make. */
  subjectPrefix?: string;
};

export type Repositories = {
  /** Undefined where GitHub would answer 404. */
  get(fullName: string): Repository | undefined;
  byId(id: number): Repository | undefined;
  /** The new name of a repository that was renamed or transferred. */
  redirect(fullName: string): Repository | undefined;
  /** Declare a repository, or change what was declared of it. */
  set(fullName: string, settings?: Partial<Repository>): Repository;
  /** Rename or transfer: the id stays, the subject becomes immutable, the old name leads to the new one. */
  rename(from: string, to: string): Repository;
  /** Delete: its name is free, and answers 404 until it is set again. */
  remove(fullName: string): void;
};

const fold = (fullName: string) => fullName.toLowerCase();
const ownerOf = (fullName: string) => fullName.slice(0, fullName.indexOf("/"));

/** `sendsIds`: whether this GitHub puts ids into subjects at all. */
export function openRepositories(owners: readonly string[], sendsIds: boolean): Repositories {
  const listed = new Map(owners.map((owner) => [fold(owner), owner]));
  const declared = new Map<string, Repository>();
  /** From a folded old name to the folded new one. */
  const moved = new Map<string, string>();
  const removed = new Set<string>();

  function byDefault(fullName: string): Repository {
    const folded = fold(fullName);
    return {
      id: idOf(`repository ${folded}`, 1_000_000_000, 9_000_000_000),
      ownerId: idOf(`owner ${ownerOf(folded)}`, 100_000_000, 900_000_000),
      canonical: `${listed.get(ownerOf(folded)) ?? ownerOf(folded)}${folded.slice(folded.indexOf("/"))}`,
      defaultBranch: "main",
      archived: false,
      private: false,
      immutableSubject: sendsIds,
    };
  }

  function get(fullName: string): Repository | undefined {
    const folded = fold(fullName);
    const known = declared.get(folded);
    if (known !== undefined) return known;
    const [, owner = "", name = ""] = /^([\w.-]+)\/([\w.-]+)$/.exec(folded) ?? [];
    if (!listed.has(owner) || removed.has(folded) || moved.has(folded) || name.startsWith("missing"))
      return undefined;
    return byDefault(folded);
  }

  function set(fullName: string, settings: Partial<Repository> = {}): Repository {
    const folded = fold(fullName);
    const current = declared.get(folded) ?? { ...byDefault(fullName), canonical: fullName };
    const repository = { ...current, ...settings };
    if (fold(repository.canonical) !== folded)
      throw new Error(`${repository.canonical} is not another spelling of ${fullName}`);
    declared.set(folded, repository);
    moved.delete(folded);
    removed.delete(folded);
    return repository;
  }

  return {
    get,
    set,
    byId: (id) => [...declared.values()].find((repository) => repository.id === id),
    redirect(fullName) {
      const to = moved.get(fold(fullName));
      return to === undefined ? undefined : get(to);
    },
    rename(from, to) {
      const repository = get(from);
      if (repository === undefined) throw new Error(`${from} does not exist`);
      if (declared.has(fold(to))) throw new Error(`${to} exists already`);
      declared.delete(fold(from));
      const { subjectPrefix: _, ...kept } = repository;
      const { ownerId } = byDefault(to);
      const stays = fold(ownerOf(from)) === fold(ownerOf(to));
      const renamed = set(to, {
        ...kept,
        canonical: to,
        ownerId: stays ? kept.ownerId : ownerId,
        immutableSubject: sendsIds,
      });
      if (fold(from) !== fold(to)) moved.set(fold(from), fold(to));
      return renamed;
    },
    remove(fullName) {
      declared.delete(fold(fullName));
      moved.delete(fold(fullName));
      removed.add(fold(fullName));
    },
  };
}

/** The same for the same text, on every machine; of the length that GitHub's ids have. */
export function idOf(text: string, least: number, range: number): number {
  return least + (createHash("sha256").update(text).digest().readUIntBE(0, 6) % range);
}

/** What a default subject begins with; the context follows after a colon. */
export function subjectPrefixOf({
  canonical,
  id,
  ownerId,
  immutableSubject,
  subjectPrefix,
}: Repository): string {
  if (subjectPrefix !== undefined) return subjectPrefix;
  const [owner, name] = canonical.split("/");
  return immutableSubject ? `repo:${owner}@${ownerId}/${name}@${id}` : `repo:${canonical}`;
}
