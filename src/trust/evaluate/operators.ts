/**
 * The condition operators that can stand in a trust policy.
 *
 * Their names are case-sensitive: IAM refuses `stringEquals` ("Invalid Condition type").
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
import { ANY, type Pattern, stringLike } from "./string-like.ts";
import { type Lookup, toPattern } from "./variables.ts";

type Kind = "equals" | "equals-ignore-case" | "like" | "arn" | "bool" | "null";

export type Operator = {
  readonly set: "ForAllValues" | "ForAnyValue" | null;
  readonly kind: Kind;
  readonly negated: boolean;
  readonly ifExists: boolean;
};

const KINDS: Readonly<Record<string, readonly [Kind, negated: boolean]>> = {
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

/** Operators of IAM that compare what no token of GitHub holds: dates, addresses, numbers, bytes. */
const OTHER_FAMILIES =
  /^(?:Numeric|Date)(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)$|^(?:Not)?IpAddress$|^BinaryEquals$/;

/** "other": IAM has the operator, this module does not compare with it. Null: IAM has none of that name. */
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
 * Whether a condition holds. Several expected values are ORed, under a negated operator NORed.
 *
 * An absent key fails a positive operator and satisfies a negated one, anything with IfExists, and ForAllValues;
 * never ForAnyValue. For the set operators an empty string is as good as absent.
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
  kind: Exclude<Kind, "null">,
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

/** ARNs compare part by part, so that a `*` does not cross the first five colons. A lone `*` is any ARN. */
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
