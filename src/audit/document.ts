/**
 * Reads the JSON of a policy document as IAM does, and brings it into one form: each element is a list, and each
 * condition is an entry of its own. (`trust/document.ts` reads the text of trust policies, with repeated keys and
 * pointers.)
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */

export type Policy = {
  readonly version: "2008-10-17" | "2012-10-17";
  readonly statements: readonly Statement[];
};

export type Statement = {
  readonly effect: "Allow" | "Deny";
  /** Each value is a kind and a name: `AWS *`, `AWS 123456789012`, `Federated arn:…`. */
  readonly principal: Element | undefined;
  readonly action: Element;
  readonly resource: Element | undefined;
  readonly conditions: readonly Condition[];
};

/** `not` is true for NotPrincipal, NotAction and NotResource. */
export type Element = { readonly not: boolean; readonly values: readonly string[] };

/** One condition. A request must match one of its values; under a `Not` operator, none of them. */
export type Condition = {
  readonly operator: string;
  /** In lower case, because IAM ignores the letter case of keys. */
  readonly key: string;
  readonly values: readonly string[];
};

class Unreadable extends Error {}

/** Reads a policy document. Returns undefined if IAM could not have accepted it, or if it has two possible meanings. */
export function readPolicy(document: unknown): Policy | undefined {
  try {
    const { Version = "2008-10-17", Id: _, Statement, ...others } = asObject(document);
    // Without a Version, IAM uses the older language, in which a policy variable is plain text.
    if (Version !== "2008-10-17" && Version !== "2012-10-17") throw new Unreadable();
    nothingElse(others);
    return { version: Version, statements: asList(Statement).map(readStatement) };
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

function readStatement(json: unknown): Statement {
  const { Sid: _, Effect, Condition = {}, ...rest } = asObject(json);
  if (Effect !== "Allow" && Effect !== "Deny") throw new Unreadable();
  const { Principal, NotPrincipal, Action, NotAction, Resource, NotResource, ...others } = rest;
  nothingElse(others);
  const action = either(Action, NotAction, strings);
  if (action === undefined) throw new Unreadable();
  return {
    effect: Effect,
    principal: either(Principal, NotPrincipal, principals),
    action,
    resource: either(Resource, NotResource, strings),
    conditions: Object.entries(asObject(Condition)).flatMap(([operator, block]) => {
      const conditions = Object.entries(asObject(block)).map(
        ([key, values]): Condition => ({ operator, key: key.toLowerCase(), values: scalars(values) }),
      );
      // Two keys may differ only in letter case. AWS does not document which of them IAM keeps.
      if (new Set(conditions.map(({ key }) => key)).size < conditions.length) throw new Unreadable();
      return conditions;
    }),
  };
}

function either(plain: unknown, not: unknown, read: (json: unknown) => string[]): Element | undefined {
  if (plain !== undefined && not !== undefined) throw new Unreadable();
  if (plain === undefined && not === undefined) return undefined;
  const values = sortedSet(read(plain ?? not));
  // AWS does not document the meaning of an empty list.
  if (values.length === 0) throw new Unreadable();
  return { not: plain === undefined, values };
}

export const KINDS = ["AWS", "CanonicalUser", "Federated", "Service"];

/** Reads principals. `"*"` means `{AWS: "*"}`, and `{AWS: "arn:aws:iam::1…2:root"}` means `{AWS: "1…2"}`. */
function principals(json: unknown): string[] {
  if (json === "*") return ["AWS *"];
  return Object.entries(asObject(json)).flatMap(([kind, names]) => {
    if (!KINDS.includes(kind)) throw new Unreadable();
    return strings(names).map((name) => {
      const account = kind === "AWS" ? /^arn:[a-z-]+:iam::(\d{12}):root$/.exec(name)?.[1] : undefined;
      return `${kind} ${account ?? name}`;
    });
  });
}

const strings = (json: unknown): string[] =>
  asList(json).map((value) => {
    if (typeof value !== "string") throw new Unreadable();
    return value;
  });

/** Reads a condition's values. IAM treats booleans and numbers as their text. */
function scalars(json: unknown): string[] {
  const values = asList(json).map((value) => {
    if (!["string", "number", "boolean"].includes(typeof value)) throw new Unreadable();
    return String(value);
  });
  if (values.length === 0) throw new Unreadable();
  return sortedSet(values);
}

const asList = (json: unknown): readonly unknown[] => (Array.isArray(json) ? json : [json]);

function asObject(json: unknown): { readonly [key: string]: unknown } {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw new Unreadable();
  return json as { [key: string]: unknown };
}

function nothingElse(elements: object): void {
  if (Object.keys(elements).length > 0) throw new Unreadable();
}

export const sortedSet = (values: readonly string[]): string[] => [...new Set(values)].sort();
