/**
 * The parts of a resource. Each resource has one table of its parts, in the order in which a diff lists them. A key of
 * the table is the path of the part's changes. A key that ends in `/` has one change for each name behind it.
 */
import type { components } from "../generated/contract.ts";
import { fromPointerToken, pointerToken } from "../lib/pointer.ts";
import type { Effect } from "./effect.ts";
import type { Gains } from "./gains.ts";

type Change = components["schemas"]["Change"];

/**
 * The direction in which an effect is judged. `drift` judges what someone else did (expected → actual). `plan` judges
 * what applying the change will do (actual → expected).
 */
export type Sense = "drift" | "plan";

/** The paths of the changes of a table's parts. */
export type PathOf<Key extends string> = Key extends `${string}/` ? `${Key}${string}` : Key;

/** A part of a resource whose two sides are `Sides`. */
export type Part<Sides> = {
  /** The name of the part in words, for pages. */
  readonly label: string;
  readonly differences: (sides: Sides, sense: Sense) => readonly Difference[];
};

type Difference = Pick<Change, "expected" | "actual" | "effect"> & Gains & { name: string; remedy?: string };

/**
 * The functions that read, compare and judge the two sides of a part. A side that is undefined is unknown, so nothing
 * differs.
 */
type Compared<Sides, Side, Value> = {
  readonly label: string;
  readonly wanted: (sides: Sides, sense: Sense) => Side | undefined;
  readonly found: (sides: Sides, sense: Sense) => Side | undefined;
  /** Tells whether two values are the same; by default, whether they are identical. */
  readonly same?: (wanted: Value, found: Value) => boolean;
  /** The effect on access of the step from the value before to the value after. */
  readonly effect: Effect | ((before: Value, after: Value, name: string) => Effect);
  /** Says who gains and who loses access by the step from the value before to the value after. */
  readonly gains?: (
    before: Value,
    after: Value,
    about: { name: string; expected: Value; sense: Sense },
  ) => Gains;
  /** The action to take for a difference that no repair can fix. */
  readonly remedy?: string;
};

/** Values by name. */
type Named<Value> = { readonly [name: string]: Value };

type NamedParts<Sides, Value> = Compared<Sides, Named<Value>, Value | undefined> & {
  /** The names to compare; by default, those that are wanted. */
  readonly names?: (wanted: Named<Value>, found: Named<Value>) => readonly string[];
};

/** Returns the functions that make the entries of a table: a part with one value, and a part with a value for each name. */
export const partsOf = <Sides>() => ({
  part: <Value>({ wanted, found, ...rest }: Compared<Sides, Value, Value>): Part<Sides> => ({
    label: rest.label,
    differences(sides, sense) {
      const [expected, actual] = [wanted(sides, sense), found(sides, sense)];
      return expected === undefined || actual === undefined
        ? []
        : compared(rest, "", expected, actual, sense);
    },
  }),
  namedParts: <Value>({ wanted, found, ...rest }: NamedParts<Sides, Value>): Part<Sides> => ({
    label: rest.label,
    differences(sides, sense) {
      const [expected, actual] = [wanted(sides, sense), found(sides, sense)];
      if (expected === undefined || actual === undefined) return [];
      const names = rest.names?.(expected, actual) ?? Object.keys(expected);
      return names.flatMap((name) => compared(rest, name, expected[name], actual[name], sense));
    },
  }),
});

/** Returns the difference between two values of a part; none if they are the same. */
function compared<Value>(
  {
    same = Object.is,
    effect,
    gains,
    remedy,
  }: Pick<Compared<unknown, unknown, Value>, "same" | "effect" | "gains" | "remedy">,
  name: string,
  expected: Value,
  actual: Value,
  sense: Sense,
): Difference[] {
  if (same(expected, actual)) return [];
  const [before, after] = sense === "drift" ? [expected, actual] : [actual, expected];
  const judged = typeof effect === "string" ? effect : effect(before, after, name);
  const said = gains?.(before, after, { name, expected, sense });
  return [{ name, expected, actual, effect: judged, ...said, ...(remedy !== undefined && { remedy }) }];
}

/** Returns the changes of a resource's parts, in the order of their table. */
export function diffParts<Key extends string, Sides>(
  parts: { readonly [key in Key]: Part<Sides> },
  resource: string,
  sides: Sides,
  sense: Sense,
): (Change & { path: PathOf<Key> })[] {
  return Object.entries<Part<Sides>>(parts).flatMap(([key, part]) =>
    part.differences(sides, sense).map(({ name, expected, actual, effect, remedy, ...said }) => ({
      resource,
      path: `${key}${pointerToken(name)}` as PathOf<Key>,
      expected: expected ?? null,
      actual: actual ?? null,
      effect,
      ...said,
      repairable: remedy === undefined,
      ...(remedy !== undefined && { remedy }),
    })),
  );
}

/** Returns the names behind a part's key among paths. A part that has one value has the empty name. */
export const namesOf = (paths: readonly string[], key: string): string[] =>
  paths
    .filter((path) => (key.endsWith("/") ? path.startsWith(key) : path === key))
    .map((path) => fromPointerToken(path.slice(key.length)));
