/**
 * Compares policies by meaning: whether two documents mean the same, and whether one grants no more than the other.
 * IAM returns documents as they were written. But a tool may turn a string into a list of one, reorder lists or spell
 * an action in another case without changing the meaning.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */

import {
  type CanonicalCondition,
  type CanonicalElement,
  type CanonicalPolicy,
  type CanonicalStatement,
  canonicalPolicy,
  sortedSet,
} from "./canonical.ts";
import { actionsOf, covers, type Language, mayMeet, PRINCIPALS, resourcesOf } from "./elements.ts";
import { type OperatorKind, parseOperator } from "./operators.ts";
import { PRINCIPAL_TYPES } from "./parse.ts";
import { isPatternWithin, tokens } from "./patterns.ts";

// ---- the same ---------------------------------------------------------------------------------------

/** Tells whether two policy documents have the same canonical form. */
export function samePolicy(a: unknown, b: unknown): boolean {
  // AWS returns most documents as they were written, so first compare their texts.
  return JSON.stringify(a) === JSON.stringify(b) || canonicalText(a) === canonicalText(b);
}

/**
 * Returns the text of a policy document's canonical form, which is a policy document, too. In it every list is a sorted
 * set, and actions and condition keys are in lower case, because IAM ignores their letter case. Documents with the same
 * canonical form have equal texts. A document without a canonical form is returned unchanged, as JSON.
 */
export function canonicalText(document: unknown): string {
  const policy = canonicalPolicy(document);
  if (policy === undefined) return JSON.stringify(document) ?? "undefined";
  const statements = sortedSet(policy.statements.map((one) => JSON.stringify(canonicalStatement(one))));
  return `{"Version":"${policy.version}","Statement":[${statements.join(",")}]}`;
}

function canonicalStatement({ effect, principal, action, resource, conditions }: CanonicalStatement): object {
  const element = (name: string, one: CanonicalElement | undefined, value = one?.values as unknown) =>
    one && { [one.not ? `Not${name}` : name]: value };
  return {
    Effect: effect,
    ...element("Principal", principal, principal && byType(principal.values)),
    ...element("Action", action, sortedSet(action.values.map((value) => value.toLowerCase()))),
    ...element("Resource", resource),
    ...(conditions.length > 0 && { Condition: byOperator(conditions) }),
  };
}

const byType = (values: readonly string[]): object =>
  Object.fromEntries(
    PRINCIPAL_TYPES.map((type) => [type, values.filter((value) => value.startsWith(`${type} `))] as const)
      .filter(([, names]) => names.length > 0)
      .map(([type, names]) => [type, names.map((name) => name.slice(type.length + 1))]),
  );

const byOperator = (conditions: readonly CanonicalCondition[]): object =>
  Object.fromEntries(
    sortedSet(conditions.map(({ operator }) => operator)).map((name) => {
      const block = conditions.filter(({ operator }) => operator === name);
      return [name, Object.fromEntries(block.map(({ key, values }) => [key, values] as const).sort())];
    }),
  );

// ---- narrower ---------------------------------------------------------------------------------------

/**
 * Tells whether `after` provably allows nothing that `before` does not allow, and to nobody whom `before` does not
 * allow it. Two things must be true. The Allow statements of `before` allow everything that the Allow statements of
 * `after` allow. And everything that `before` denies is also denied by `after`, or not allowed by it. If the function
 * returns false, `after` may still be narrower.
 */
export const isNarrower = (before: unknown, after: unknown): boolean => isWithin(before, after, false);

/**
 * Does the same as `isNarrower` for one of several policies of a role. Another policy of the role may allow what this
 * one denies, so `after` must still deny everything that `before` denies.
 */
export const isNarrowerBesideOthers = (before: unknown, after: unknown): boolean =>
  isWithin(before, after, true);

function isWithin(before: unknown, after: unknown, besideOthers: boolean): boolean {
  const [from, to] = [canonicalPolicy(before), canonicalPolicy(after)];
  if (from === undefined || to === undefined) return false;
  // The two versions read `${` differently. AWS documents no other difference between them.
  const hasVariables = [before, after].some((document) => canonicalText(document).includes("${"));
  if (from.version !== to.version && hasVariables) return false;
  const languages = languagesOf(from.version);
  const of = ({ statements }: CanonicalPolicy, kind: CanonicalStatement["effect"]) =>
    statements.filter(({ effect }) => effect === kind);
  const allowed = of(to, "Allow");
  const denied = of(to, "Deny");
  return (
    allowed.every((allow) => isCovered(allow, of(from, "Allow"), languages)) &&
    of(from, "Deny").every(
      (deny) =>
        isCovered(deny, denied, languages) ||
        (!besideOthers && allowed.every((allow) => areApart(allow, deny, languages))),
    )
  );
}

/**
 * Tells whether every request that matches `inner` also matches some statement of `outer`.
 *
 * The function divides `inner` into parts. A part has one value of each element and one alternative of each condition
 * key. Each part must lie within one statement of `outer`; different parts may lie within different statements. A bit
 * mask stands for a set of statements: those of `outer` within which a value lies.
 */
function isCovered(
  inner: CanonicalStatement,
  outer: readonly CanonicalStatement[],
  languages: Languages,
): boolean {
  let reached = new Set([(1n << BigInt(outer.length)) - 1n]);
  for (const alternatives of dimensions(inner, outer, languages)) {
    const masks = new Set(
      alternatives.map((fits) =>
        outer.reduce((mask, one, index) => (fits(one) ? mask | (1n << BigInt(index)) : mask), 0n),
      ),
    );
    reached = new Set([...reached].flatMap((mask) => [...masks].map((other) => mask & other)));
    if (reached.has(0n) || reached.size > MOST_COMBINATIONS) return false;
  }
  return true;
}

/** The most sets of statements that `isCovered` compares. Policies that people write have a few. */
const MOST_COMBINATIONS = 1024;

/** Tells whether a part of a statement lies within another statement. It compares one element or one condition key. */
type Fits = (outer: CanonicalStatement) => boolean;

function dimensions(
  inner: CanonicalStatement,
  outer: readonly CanonicalStatement[],
  languages: Languages,
): Fits[][] {
  const keys = new Set(outer.flatMap(({ conditions }) => conditions.map(({ key }) => key)));
  return [
    ...(["principal", "action", "resource"] as const).map((name) =>
      elementParts(inner[name], (one) => one[name], languages[name]),
    ),
    ...[...keys].map((key) => {
      const onKey = (one: CanonicalStatement) => one.conditions.filter((condition) => condition.key === key);
      return keyParts(onKey(inner)).map(
        (part): Fits =>
          (one) =>
            onKey(one).every((wide) => part.some((narrow) => implies(narrow, wide, languages))),
      );
    }),
  ];
}

function elementParts(
  inner: CanonicalElement | undefined,
  elementOf: (one: CanonicalStatement) => CanonicalElement | undefined,
  language: Language,
): Fits[] {
  if (inner === undefined) return [(one) => elementOf(one) === undefined];
  const part =
    (fits: (outer: CanonicalElement) => boolean): Fits =>
    (one) => {
      const outer = elementOf(one);
      return outer !== undefined && fits(outer);
    };
  if (!inner.not) return inner.values.map((value) => part((outer) => covers(outer, value, language)));
  const isExcluded = (value: string) => inner.values.some((excluded) => language.isWithin(value, excluded));
  return [
    part((outer) =>
      outer.not ? outer.values.every(isExcluded) : covers(outer, language.everything, language),
    ),
  ];
}

/**
 * Divides the conditions on one key into alternatives. It finds the first condition that is true for any one of several
 * values, and returns all conditions once for each of these values. Without such a condition, it returns them once.
 */
function keyParts(conditions: readonly CanonicalCondition[]): (readonly CanonicalCondition[])[] {
  const choice = conditions.find(
    ({ operator, values }) =>
      values.length > 1 &&
      parseOperator(operator) !== null &&
      !isNegated(operator) &&
      !operator.startsWith("ForAllValues:"),
  );
  if (choice === undefined) return [conditions];
  const others = conditions.filter((one) => one !== choice);
  return choice.values.map((value) => [{ ...choice, values: [value] }, ...others]);
}

/**
 * Tells whether no request can match both statements, because their actions or their resources have nothing in common.
 */
function areApart(a: CanonicalStatement, b: CanonicalStatement, languages: Languages): boolean {
  return (["action", "resource"] as const).some((name) => {
    const [one, other] = [a[name], b[name]];
    if (one === undefined || other === undefined || (one.not && other.not)) return false;
    const [plain, second] = one.not ? [other, one] : [one, other];
    return plain.values.every((value) => !mayMeet(second, value, languages[name]));
  });
}

// ---- conditions -------------------------------------------------------------------------------------

const isNegated = (operator: string): boolean => operator.includes("Not");

/**
 * Tells whether every request that satisfies `narrow` also satisfies `wide`. Both conditions are on the same key.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
function implies(narrow: CanonicalCondition, wide: CanonicalCondition, languages: Languages): boolean {
  const [small, large] = isNegated(wide.operator) ? [wide, narrow] : [narrow, wide];
  const isSubset = small.values.every((value) => large.values.includes(value));
  if (narrow.operator === "DateLessThan" && wide.operator === "DateLessThan")
    return narrow.values.every((value) => wide.values.some((other) => isNoLater(value, other)));
  // An operator that IAM does not document may mean anything, but it means the same in both conditions. So require the
  // same values.
  if (narrow.operator === wide.operator && isSubset)
    return parseOperator(wide.operator) !== null || narrow.values.length === wide.values.length;
  const [from, to] = [parseOperator(narrow.operator), parseOperator(wide.operator)];
  if (from === null || to === null || from === "other" || to === "other") return false;
  if (from.set !== to.set || from.negated !== to.negated) return false;
  // A condition with IfExists or ForAllValues is true when the key is absent. So is a negated one without ForAnyValue.
  // Sources disagree about ForAnyValue with IfExists; the answer here is safe in either case.
  const holdsWhenAbsent = to.ifExists || to.set === "ForAllValues" || (to.negated && to.set === null);
  if (from.ifExists && !holdsWhenAbsent) return false;
  const [inner, outer] = to.negated ? [to.kind, from.kind] : [from.kind, to.kind];
  return small.values.every((value) =>
    large.values.some((other) => languages.isValueWithin(inner, value, outer, other)),
  );
}

/** Tells whether a time is not later than another. Returns false if either is not a plain time in UTC. */
function isNoLater(value: string, other: string): boolean {
  const isTime = (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text);
  return isTime(value) && isTime(other) && Date.parse(value) <= Date.parse(other);
}

// ---- values -----------------------------------------------------------------------------------------

type Languages = {
  readonly principal: Language;
  readonly action: Language;
  readonly resource: Language;
  /**
   * Tells whether `pattern`, under the operator kind `outer`, matches everything that `value` matches under `inner`.
   */
  isValueWithin(inner: OperatorKind, value: string, outer: OperatorKind, pattern: string): boolean;
};

function languagesOf(version: CanonicalPolicy["version"]): Languages {
  const variables = version === "2012-10-17";
  const text = (value: string, wildcards: boolean) => tokens(value, { wildcards, variables });
  return {
    principal: PRINCIPALS,
    action: actionsOf(),
    resource: resourcesOf(version),
    isValueWithin(inner, value, outer, pattern) {
      const isText = (kind: OperatorKind) => kind === "equals" || kind === "like";
      if (inner === outer && value === pattern) return true;
      if (isText(inner) && isText(outer))
        return isPatternWithin(text(value, inner === "like"), text(pattern, outer === "like"));
      // A variable may stand for any text, also for letters of another case or for colons.
      if (`${value}${pattern}`.includes("${")) return false;
      if (outer === "equals-ignore-case" && (inner === "equals" || inner === outer))
        return foldAscii(value) === foldAscii(pattern);
      return inner === "arn" && outer === "arn" && isArnWithin(value, pattern);
    },
  };
}

/** Folds ASCII letters only. AWS does not document which other letters count as the same. */
const foldAscii = (value: string): string => value.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

/**
 * Tells whether the ARN pattern `pattern` matches every ARN that `value` matches. ARNs compare part by part, and a `*`
 * matches only within its part. A `*` alone matches any ARN.
 */
function isArnWithin(value: string, pattern: string): boolean {
  if (pattern === "*") return true;
  const parts = (arn: string) =>
    /^([^:]*):([^:]*):([^:]*):([^:]*):([^:]*):(.*)$/s
      .exec(arn)
      ?.slice(1)
      .map((part) => tokens(part, { wildcards: true, variables: false }));
  const [inner, outer] = [parts(value), parts(pattern)];
  if (inner === undefined || outer === undefined) return false;
  return inner.every((part, index) => isPatternWithin(part, outer[index] ?? []));
}
