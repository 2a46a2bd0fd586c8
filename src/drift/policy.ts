/**
 * Policies compared by meaning. IAM gives documents back as they were written, but a tool that touches them may
 * turn a string into a list of one, reorder lists or spell an action otherwise, and nothing has changed.
 */

/** A statement in canonical form: every list is a sorted set, every name that IAM reads without case is folded. */
type Canonical = {
  effect: string;
  /** `Principal`, `NotPrincipal`, `Action`, `NotAction`, `Resource`, `NotResource` → sorted values. */
  elements: { [element: string]: string[] };
  /** `operator` → folded key → sorted values. */
  conditions: { [operator: string]: { [key: string]: string[] } };
};

const isObject = (value: unknown): value is { [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const sortedSet = (values: string[]): string[] => [...new Set(values)].sort();

const strings = (value: unknown): string[] =>
  sortedSet(
    (Array.isArray(value) ? value : [value]).map((item) =>
      typeof item === "string" ? item : JSON.stringify(item),
    ),
  );

/** `{AWS: "123456789012"}` is the account's root, `"*"` is `{AWS: "*"}`. */
function principals(value: unknown): string[] {
  if (!isObject(value)) return strings(value).map((item) => `AWS ${item}`);
  return sortedSet(
    Object.entries(value).flatMap(([kind, items]) =>
      strings(items).map((item) => {
        const root = kind === "AWS" ? /^arn:[a-z-]+:iam::(\d{12}):root$/.exec(item)?.[1] : undefined;
        return `${kind} ${root ?? item}`;
      }),
    ),
  );
}

function canonicalStatement(statement: { [key: string]: unknown }): Canonical {
  const elements: Canonical["elements"] = {};
  const conditions: Canonical["conditions"] = {};
  for (const [element, value] of Object.entries(statement)) {
    if (element === "Principal" || element === "NotPrincipal") elements[element] = principals(value);
    else if (element === "Action" || element === "NotAction") {
      elements[element] = sortedSet(strings(value).map((action) => action.toLowerCase()));
    } else if (element === "Condition" && isObject(value)) {
      for (const [operator, keys] of Object.entries(value)) {
        if (!isObject(keys)) continue;
        conditions[operator] = Object.fromEntries(
          Object.entries(keys)
            .map(([key, values]) => [key.toLowerCase(), strings(values)] as const)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        );
      }
    } else if (element !== "Sid" && element !== "Effect") elements[element] = strings(value);
  }
  const sorted = <T>(record: { [key: string]: T }) =>
    Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { effect: String(statement["Effect"]), elements: sorted(elements), conditions: sorted(conditions) };
}

/** A document's version and statements in canonical form; undefined if it is none that can be read. */
function canonical(document: unknown): { version: string; statements: Canonical[] } | undefined {
  if (!isObject(document)) return undefined;
  const statement = document["Statement"];
  const statements = Array.isArray(statement) ? statement : [statement];
  if (!statements.every(isObject)) return undefined;
  // Without a Version the older language holds, in which a policy variable is plain text.
  return {
    version: String(document["Version"] ?? "2008-10-17"),
    statements: statements.map(canonicalStatement),
  };
}

/** Whether two policy documents mean the same, as far as their form can show. */
export function samePolicy(a: unknown, b: unknown): boolean {
  return canonicalText(a) === canonicalText(b);
}

/** A policy document in canonical form, as text: equal for documents of the same meaning. */
export function canonicalText(document: unknown): string {
  const form = canonical(document);
  if (form === undefined) return `unreadable ${JSON.stringify(document)}`;
  return JSON.stringify([
    form.version,
    sortedSet(form.statements.map((statement) => JSON.stringify(statement))),
  ]);
}

/**
 * Whether `after` can be shown to let in and allow no more than `before`: each of its Allow statements lies
 * within one of `before`'s, and none of `before`'s Deny statements is missing.
 */
export function isNarrower(before: unknown, after: unknown): boolean {
  const [from, to] = [canonical(before), canonical(after)];
  if (from === undefined || to === undefined || from.version !== to.version) return false;
  const allows = (statements: Canonical[]) => statements.filter(({ effect }) => effect === "Allow");
  const denials = (statements: Canonical[]) =>
    statements.filter(({ effect }) => effect !== "Allow").map((statement) => JSON.stringify(statement));
  return (
    allows(to.statements).every((inner) => allows(from.statements).some((outer) => isWithin(inner, outer))) &&
    denials(from.statements).every((denial) => denials(to.statements).includes(denial))
  );
}

/** Whether everything that `inner` allows is allowed by `outer`, shown by sets alone. */
function isWithin(inner: Canonical, outer: Canonical): boolean {
  const names = sortedSet([...Object.keys(inner.elements), ...Object.keys(outer.elements)]);
  const elements = names.every((name) => {
    const [small, large] = [inner.elements[name], outer.elements[name]];
    if (small === undefined || large === undefined) return false;
    // What a Not element names is excluded, so the larger list is the narrower.
    if (name.startsWith("Not")) return isSubset(large, small);
    return large.includes("*") || isSubset(small, large);
  });
  const conditions = Object.entries(outer.conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, large]) => {
      const small = inner.conditions[operator]?.[key];
      if (small === undefined) return false;
      return operator.includes("Not") ? isSubset(large, small) : isSubset(small, large);
    }),
  );
  return elements && conditions;
}

const isSubset = (small: string[], large: string[]): boolean => small.every((value) => large.includes(value));
