/**
 * The repositories of the embedded GitHub. Every name under a listed owner exists, except those that start with
 * `missing`. Its spelling is lower case under the owner as listed. A repository that is declared with `set` may
 * differ.
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
  /** True if the subjects of its tokens carry ids. This is the default for repositories created since July 2026. */
  immutableSubject: boolean;
  /** The claim keys of a customised subject. Without it the subject has the default form. */
  template?: readonly string[];
  /** True if GitHub withholds the form of its subjects, as it does from callers who may not read the repository's Actions. */
  hidesTemplate?: boolean;
  /** Overrides the prefix that GitHub's answer would have from the ids and the name. */
  subjectPrefix?: string;
};

export type Repositories = {
  /** Returns undefined if GitHub would answer 404. */
  get(fullName: string): Repository | undefined;
  byId(id: number): Repository | undefined;
  /** Returns the repository under its new name if it was renamed or transferred. */
  redirect(fullName: string): Repository | undefined;
  /** Declares a repository, or changes its declaration. */
  set(fullName: string, settings?: Partial<Repository>): Repository;
  /** Renames or transfers. The id stays, the subject becomes immutable, and the old name leads to the new one. */
  rename(from: string, to: string): Repository;
  /** Deletes. The name answers 404 until it is set again. */
  remove(fullName: string): void;
};

const fold = (fullName: string) => fullName.toLowerCase();
const ownerOf = (fullName: string) => fullName.slice(0, fullName.indexOf("/"));

/** @param sendsIds true if this GitHub puts ids into subjects */
export function openRepositories(owners: readonly string[], sendsIds: boolean): Repositories {
  const listed = new Map(owners.map((owner) => [fold(owner), owner]));
  const declared = new Map<string, Repository>();
  /** From an old name to the new one, both in lower case. */
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

/** Returns the same id for the same text on every machine, as long as GitHub's ids are. */
export function idOf(text: string, least: number, range: number): number {
  return least + (createHash("sha256").update(text).digest().readUIntBE(0, 6) % range);
}

/** Returns the beginning of a default subject. A colon and the context follow. */
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
