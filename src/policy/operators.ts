/**
 * The condition operators that a trust policy can use.
 *
 * Operator names are case-sensitive: IAM refuses `stringEquals` ("Invalid Condition type").
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
import { ANY, type Pattern, stringLike } from "./string-like.ts";
import { type Lookup, toPattern } from "./variables.ts";

export type OperatorKind = "equals" | "equals-ignore-case" | "like" | "arn" | "bool" | "null";

export type Operator = {
  readonly set: "ForAllValues" | "ForAnyValue" | null;
  readonly kind: OperatorKind;
  readonly negated: boolean;
  readonly ifExists: boolean;
};

const KINDS: Readonly<Record<string, readonly [OperatorKind, negated: boolean]>> = {
  StringEquals: ["equals", false],
  StringNotEquals: ["equals", true],
  StringEqualsIgnoreCase: ["equals-ignore-case", false],
  StringNotEqualsIgnoreCase: ["equals-ignore-case", true],
  StringLike: ["like", false],
  StringNotLike: ["like", true],
  ArnEquals: ["arn", false],
  ArnNotEquals: ["arn", true],
  ArnLike: ["arn", false],
  ArnNotLike: ["arn", true],
  Bool: ["bool", false],
  Null: ["null", false],
};

/** Matches IAM's operators for dates, addresses, numbers and bytes. GitHub's tokens contain no such values. */
const OTHER_FAMILIES =
  /^(?:Numeric|Date)(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)$|^(?:Not)?IpAddress$|^BinaryEquals$/;

/**
 * Parses an operator's name. Returns "other" for an operator that IAM has but `holds` cannot evaluate, and null for a
 * name that IAM does not know.
 */
export function parseOperator(name: string): Operator | "other" | null {
  const [, set = null, rest = ""] = /^(?:(ForAllValues|ForAnyValue):)?(.*)$/s.exec(name) ?? [];
  const ifExists = rest.endsWith("IfExists");
  const base = ifExists ? rest.slice(0, -"IfExists".length) : rest;
  const found = Object.hasOwn(KINDS, base) ? KINDS[base] : undefined;
  if (found === undefined) return OTHER_FAMILIES.test(base) ? "other" : null;
  const [kind, negated] = found;
  if (kind === "null" && (ifExists || set !== null)) return null;
  return { set: set as Operator["set"], kind, negated, ifExists };
}

/**
 * Tells whether a condition is true. With a positive operator it is true if some expected value matches; with a negated
 * operator it is true if no expected value matches.
 *
 * If the key is absent, a condition with a positive operator is false, and one with a negated operator is true.
 * IfExists and ForAllValues make either true; ForAnyValue without IfExists makes either false. ForAllValues and
 * ForAnyValue ignore empty strings, as if they were absent.
 */
export function holds(
  { set, kind, negated, ifExists }: Operator,
  expected: readonly string[],
  actual: readonly string[] | null,
  variables: Lookup | null,
): boolean {
  const present = (actual ?? []).filter((value) => value !== "");
  if (kind === "null") return expected.some((value) => isTrue(value) === (present.length === 0));
  if (actual === null && ifExists) return true;

  const comparisons = expected.map((value) => comparison(kind, value, variables));
  const matches = (value: string): boolean => comparisons.some((matchesOne) => matchesOne(value));
  if (set === "ForAllValues") return present.every((value) => matches(value) !== negated);
  if (set === "ForAnyValue") return present.some((value) => matches(value) !== negated);
  return (actual ?? []).some(matches) !== negated;
}

function comparison(
  kind: Exclude<OperatorKind, "null">,
  expected: string,
  variables: Lookup | null,
): (actual: string) => boolean {
  if (kind === "bool") return (actual) => actual.toLowerCase() === expected.toLowerCase();
  const pattern = toPattern(expected, { wildcards: kind === "like" || kind === "arn", variables });
  if (pattern === null) return () => false;
  if (kind === "like") return (actual) => stringLike(pattern, actual);
  if (kind === "arn") return (actual) => arnLike(pattern, actual);
  const text = pattern.join("");
  if (kind === "equals") return (actual) => actual === text;
  return (actual) => actual.toLowerCase() === text.toLowerCase();
}

/** Compares ARNs part by part, so that a `*` does not match any of the first five colons. `*` alone matches any ARN. */
function arnLike(pattern: Pattern, actual: string): boolean {
  if (pattern.length === 1 && pattern[0] === ANY) return true;
  const values = actual.split(":");
  const parts = arnParts(pattern);
  return (
    parts.length === 6 &&
    values.length >= 6 &&
    parts.every((part, index) =>
      stringLike(part, index < 5 ? (values[index] ?? "") : values.slice(5).join(":")),
    )
  );
}

function arnParts(pattern: Pattern): Pattern[] {
  let part: Pattern[number][] = [];
  const parts = [part];
  const add = (token: Pattern[number]): void => {
    if (token !== "") part.push(token);
  };
  for (const token of pattern) {
    let rest = token;
    while (typeof rest === "string" && rest.includes(":") && parts.length < 6) {
      const colon = rest.indexOf(":");
      add(rest.slice(0, colon));
      rest = rest.slice(colon + 1);
      part = [];
      parts.push(part);
    }
    add(rest);
  }
  return parts;
}

function isTrue(value: string): boolean {
  return value.toLowerCase() === "true";
}
