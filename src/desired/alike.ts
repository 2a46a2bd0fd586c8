/**
 * Decides whether a text of a profile can be the same for two repositories. Such a text would give one repository what
 * belongs to another, so it is refused before anything is rendered from it.
 */

/** The name of a repository on GitHub. */
export type RepositoryName = { readonly owner: string; readonly repo: string };

/** Two repositories for which a text is the same. */
export type Alike = readonly [RepositoryName, RepositoryName];

/**
 * The characters of a repository's name. A name has 1 to 100 of them, and is neither `.` nor `..` (openapi.yaml,
 * `RepoName`).
 */
const NAME_CHARACTER = /^[a-z0-9._-]$/;
const LONGEST_NAME = 100;

/** An account's id has 12 digits. */
const ACCOUNT_DIGIT = /^\d$/;
const ACCOUNT_LENGTH = 12;

/**
 * Finds two repositories of the owners for which a text is the same once its placeholders are filled in. Returns
 * undefined if there are none, or if the text has neither `{owner}` nor `{repo}`.
 *
 * Letter case does not count: GitHub compares names without it, and so do some services. The account may be any, so
 * that the answer is the same before a deployment and after it. `{partition}` and `{region}` stand for themselves,
 * because `readProfiles` keeps both apart from the names. An owner has one issuer (`ROLECALL_ISSUERS`), so owner and
 * name say which repository is meant.
 *
 * The answer is exact. For one owner, equal results are equally long, so both names stand at the same place and are
 * equal. For two owners, one name's length follows from the other's. That leaves at most 100 pairs of lengths, and for
 * each of them every character of one result faces one of the other.
 */
export function renderedAlike(text: string, owners: readonly string[]): Alike | undefined {
  const namesOwner = text.includes("{owner}");
  const namesRepo = text.includes("{repo}");
  if (!namesOwner && !namesRepo) return undefined;
  const different = [...new Map(owners.map((owner) => [owner.toLowerCase(), owner])).values()];
  if (!namesRepo) {
    const [owner] = different;
    return owner === undefined ? undefined : [named(owner, "a"), named(owner, "b")];
  }
  for (const [index, owner] of different.entries()) {
    for (const other of different.slice(index + 1)) {
      const names = namesAlike(piecesOf(text, owner), piecesOf(text, other));
      if (names !== undefined) return [named(owner, names[0]), named(other, names[1])];
    }
  }
  return undefined;
}

const named = (owner: string, repo: string): RepositoryName => ({ owner, repo });

/** A character of a result: the character itself, or the number of an unknown character. */
type Place = string | number;

/**
 * Returns the pieces of a text before, between and after the repository's names. The account's digits are the unknowns
 * 0 to 11.
 */
const piecesOf = (text: string, owner: string): Place[][] =>
  text
    .replaceAll("{owner}", owner)
    .toLowerCase()
    .split("{repo}")
    .map((piece) =>
      piece
        .split("{account}")
        .flatMap((part, index): Place[] => [
          ...(index === 0 ? [] : Array.from({ length: ACCOUNT_LENGTH }, (_, digit) => digit)),
          ...part,
        ]),
    );

/**
 * Returns two names that make two texts equal, if each text has its name between every two of its pieces; undefined if
 * there are none.
 */
function namesAlike(
  left: readonly Place[][],
  right: readonly Place[][],
): readonly [string, string] | undefined {
  const difference = (right.flat().length - left.flat().length) / (left.length - 1);
  if (!Number.isInteger(difference) || !beginAndEndAlike(left, right)) return undefined;
  for (let length = 1; length <= LONGEST_NAME; length += 1) {
    const other = length - difference;
    const names = other < 1 || other > LONGEST_NAME ? undefined : solved(left, length, right, other);
    if (names !== undefined) return names;
  }
  return undefined;
}

/**
 * Tells whether two texts may be equal, judged by their first and last pieces. Most owners differ there, which saves
 * the search.
 */
function beginAndEndAlike(left: readonly Place[][], right: readonly Place[][]): boolean {
  const mayFace = (ours: readonly Place[] = [], theirs: readonly Place[] = []) =>
    ours.every((one, index) => {
      const other = theirs[index];
      return typeof one !== "string" || typeof other !== "string" || one === other;
    });
  return (
    mayFace(left[0], right[0]) && mayFace(left.at(-1)?.slice().reverse(), right.at(-1)?.slice().reverse())
  );
}

/**
 * Returns two names of these lengths that make both texts equal; undefined if there are none. Two unknowns that face
 * each other have the same character. An unknown that faces a character is that character. An unknown that faces no
 * character is free.
 */
function solved(
  left: readonly Place[][],
  leftLength: number,
  right: readonly Place[][],
  rightLength: number,
): readonly [string, string] | undefined {
  const second = ACCOUNT_LENGTH + leftLength;
  const ours = filled(left, leftLength, ACCOUNT_LENGTH);
  const theirs = filled(right, rightLength, second);
  /** Each unknown points to another unknown with the same character, and the last one points to itself. */
  const next = Array.from({ length: second + rightLength }, (_, unknown) => unknown);
  const lastOf = (unknown: number): number => {
    const one = next[unknown] ?? unknown;
    return one === unknown ? unknown : lastOf(one);
  };
  const faced: [number, string][] = [];
  for (const [index, one] of ours.entries()) {
    const other = theirs[index] ?? "";
    if (typeof one === "number" && typeof other === "number") next[lastOf(one)] = lastOf(other);
    else if (typeof one === "number") faced.push([one, String(other)]);
    else if (typeof other === "number") faced.push([other, one]);
    else if (one !== other) return undefined;
  }
  const known = new Map<number, string>();
  for (const [unknown, character] of faced) {
    const last = lastOf(unknown);
    if ((known.get(last) ?? character) !== character) return undefined;
    known.set(last, character);
  }
  for (let digit = 0; digit < ACCOUNT_LENGTH; digit += 1) {
    if (!known.has(lastOf(digit))) known.set(lastOf(digit), "0");
  }
  const values = next.map((_, unknown) => known.get(lastOf(unknown)) ?? "a");
  const suits = (character: string, unknown: number) =>
    (unknown < ACCOUNT_LENGTH ? ACCOUNT_DIGIT : NAME_CHARACTER).test(character);
  if (!values.every(suits)) return undefined;
  const all = values.join("");
  const names = [all.slice(ACCOUNT_LENGTH, second), all.slice(second)] as const;
  return names.some((name) => name === "." || name === "..") ? undefined : names;
}

/** Returns a text with a name of that length filled in. The unknown `first` is the first character of the name. */
const filled = (pieces: readonly Place[][], length: number, first: number): Place[] =>
  pieces.flatMap((piece, index) => [
    ...(index === 0 ? [] : Array.from({ length }, (_, place) => first + place)),
    ...piece,
  ]);
