/**
 * Sets of texts, and whether one text is in two of them. The answer is exact, and comes with such a text.
 *
 * A language puts its own states before the state that follows it, so a sequence of languages composes functions.
 */
import { ANY, ONE, type Pattern } from "./string-like.ts";

/** A set of characters: the ones in a text, or all except these. */
type Characters = string | { readonly except: string };

/** A step from one point of a text to the next one. */
export type Step = { readonly on: Characters; readonly to: State };

let states = 0;

/** A point in a text. `ends` labels the ways in which the text may end here. */
export class State {
  readonly id = ++states;
  readonly ends: readonly string[];
  readonly #find: () => readonly Step[];
  #steps: readonly Step[] | undefined;

  /** @param find finds the steps from here when they are needed, because they may lead back to here */
  constructor(ends: readonly string[], find: () => readonly Step[]) {
    this.ends = ends;
    this.#find = find;
  }

  get steps(): readonly Step[] {
    this.#steps ??= this.#find();
    return this.#steps;
  }
}

/** `only` is the text of a language that has a single one. */
export type Language = ((rest: State) => State) & { readonly only?: string };

/** Returns the end of a text. Its label tells it apart from other ends. */
export const ending = (label: string): State => new State([label], () => []);

export const oneOf =
  (on: Characters): Language =>
  (to) => {
    const steps = [{ on, to }];
    return new State([], () => steps);
  };

export const text = (characters: string): Language => {
  const all = [...characters];
  const language = (rest: State): State => {
    // Make the state behind a character when it is read: most texts differ from the others at their beginning.
    const from = (index: number): State => {
      const on = all[index];
      return on === undefined ? rest : new State([], () => [{ on, to: from(index + 1) }]);
    };
    return from(0);
  };
  return Object.assign(language, { only: characters });
};

export function sequence(...parts: readonly Language[]): Language {
  const [first, ...more] = parts;
  if (first !== undefined && more.length === 0) return first;
  return (rest) => parts.reduceRight((to, part) => part(to), rest);
}

export function either(...choices: readonly Language[]): Language {
  const [first, ...more] = choices;
  if (first !== undefined && more.length === 0) return first;
  return (rest) => joined(choices.map((choice) => choice(rest)));
}

/** Returns a state from which a text may continue as from each of the states. */
export const joined = (states: readonly State[]): State =>
  new State([...new Set(states.flatMap(({ ends }) => ends))], () => states.flatMap(({ steps }) => steps));

/** Repeats a part, which may not be empty, any number of times, or leaves it out. */
export const repeated =
  (part: Language): Language =>
  (rest) => {
    const loop: State = new State(rest.ends, () => [...part(loop).steps, ...rest.steps]);
    return loop;
  };

/** Returns the texts of one or more characters. */
export const some = (on: Characters): Language => sequence(oneOf(on), repeated(oneOf(on)));

const EVERY: Characters = { except: "" };
export const anyText = repeated(oneOf(EVERY));

/** Returns the texts that a pattern matches. With `ignoreCase`, letter case does not matter. */
export const matching = (pattern: Pattern, ignoreCase = false): Language =>
  sequence(
    ...pattern.map((token) =>
      token === ANY ? anyText : token === ONE ? oneOf(EVERY) : ignoreCase ? inAnyCase(token) : text(token),
    ),
  );

const inAnyCase = (characters: string): Language =>
  sequence(
    ...[...characters].map((one) =>
      oneOf([...new Set([one, one.toLowerCase(), one.toUpperCase()])].join("")),
    ),
  );

/** Returns the texts that are in both languages. */
export const both =
  (left: Language, right: Language): Language =>
  (rest) =>
    paired(left(ending("")), right(ending("")), rest);

/** Reads two languages at once. Where both end, the text continues as from `rest`. */
function paired(left: State, right: State, rest: State): State {
  const known = new Map<number, State>();
  const pair = (a: State, b: State): State => {
    const key = keyOf(a, b);
    const before = known.get(key);
    if (before !== undefined) return before;
    const isEnd = a.ends.length > 0 && b.ends.length > 0;
    const made = new State(isEnd ? rest.ends : [], () => [
      ...commonSteps(a, b).map(({ on, to }) => ({ on, to: pair(...to) })),
      ...(isEnd ? rest.steps : []),
    ]);
    known.set(key, made);
    return made;
  };
  return pair(left, right);
}

/** Returns the number of a pair of states. No process makes so many states that two pairs have the same number. */
const keyOf = (a: State, b: State): number => a.id * 2 ** 26 + b.id;

/**
 * Returns the texts that are not in a language. Reads all ways through the language at once, so a text is outside only if
 * every way fails.
 */
export const outside =
  (language: Language): Language =>
  (rest) => {
    const known = new Map<string, State>();
    const after = (steps: readonly Step[], character?: string): State =>
      at(steps.filter(({ on }) => isOn(on, character)).map(({ to }) => to));
    const at = (states: readonly State[]): State => {
      const all = [...new Map(states.map((state) => [state.id, state])).values()].sort((a, b) => a.id - b.id);
      const key = all.map(({ id }) => id).join();
      const before = known.get(key);
      if (before !== undefined) return before;
      const isEnd = all.every(({ ends }) => ends.length === 0);
      const made = new State(isEnd ? rest.ends : [], () => {
        const steps = all.flatMap((state) => state.steps);
        const named = [...new Set(steps.flatMap(({ on }) => [...(typeof on === "string" ? on : on.except)]))];
        return [
          ...named.map((on) => ({ on, to: after(steps, on) })),
          { on: { except: named.join("") }, to: after(steps) },
          ...(isEnd ? rest.steps : []),
        ];
      });
      known.set(key, made);
      return made;
    };
    return at([language(ending(""))]);
  };

/** Tells whether a set has a character. Without a character, tells whether the set has all that no step names. */
const isOn = (on: Characters, character: string | undefined): boolean =>
  typeof on === "string"
    ? character !== undefined && on.includes(character)
    : character === undefined || !on.except.includes(character);

type CommonStep = { readonly on: Characters; readonly to: readonly [State, State] };

function commonSteps(a: State, b: State): CommonStep[] {
  const steps: CommonStep[] = [];
  for (const one of a.steps)
    for (const other of b.steps) {
      const on = common(one.on, other.on);
      if (on !== "") steps.push({ on, to: [one.to, other.to] });
    }
  return steps;
}

/** Returns the characters that are in both sets. */
function common(a: Characters, b: Characters): Characters {
  if (typeof a !== "string") {
    if (typeof b !== "string") return { except: a.except + b.except };
    return common(b, a);
  }
  if (a.length === 1) return isIn(b, a) ? a : "";
  return [...a].filter((character) => isIn(b, character)).join("");
}

const isIn = (set: Characters, character: string): boolean =>
  typeof set === "string" ? set.includes(character) : !set.except.includes(character);

/** Returns a shortest text of a language to each end that it reaches, by the end's label. */
export function examples(language: Language, from: State): ReadonlyMap<string, string> {
  if (language.only !== undefined) return endsOf(language.only, from);
  const found = new Map<string, string>();
  const seen = new Set<number>();
  let reached: (readonly [State, State, string])[] = [[language(ending("")), from, ""]];
  while (reached.length > 0) {
    const further: (readonly [State, State, string])[] = [];
    for (const [a, b, read] of reached) {
      if (a.ends.length > 0) for (const end of b.ends) if (!found.has(end)) found.set(end, read);
      for (const one of a.steps)
        for (const other of b.steps) {
          const on = common(one.on, other.on);
          const key = keyOf(one.to, other.to);
          if (on === "" || seen.has(key)) continue;
          seen.add(key);
          further.push([one.to, other.to, read + sample(on)]);
        }
    }
    reached = further;
  }
  return found;
}

/** Follows one text. Returns the labels of the ends that it reaches, each with the text. */
function endsOf(text: string, from: State): ReadonlyMap<string, string> {
  let states = new Set([from]);
  for (const character of text) {
    const next = new Set<State>();
    for (const { steps } of states) for (const { on, to } of steps) if (isIn(on, character)) next.add(to);
    states = next;
  }
  return new Map([...states].flatMap(({ ends }) => ends.map((end) => [end, text] as const)));
}

/** Returns a shortest text that is in both languages; undefined if there is none. */
export const example = (one: Language, other: Language): string | undefined =>
  other.only === undefined
    ? examples(one, other(ending(""))).get("")
    : examples(other, one(ending(""))).get("");

const SAMPLES = [..."x1abcdefghijklmnopqrstuvwyz-_."];

function sample(on: Characters): string {
  if (typeof on === "string") {
    const [first = ""] = on;
    return first;
  }
  return SAMPLES.find((character) => !on.except.includes(character)) ?? "\u{FFFD}";
}
