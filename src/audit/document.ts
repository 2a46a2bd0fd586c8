/**
 * A policy document's JSON, read as IAM reads it and brought into one form: every element a list, every condition on
 * its own. (A trust policy's text, with its repeated keys and pointers, is read by `trust/document.ts`.)
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */

export type Policy = {
  readonly version: "2008-10-17" | "2012-10-17";
  readonly statements: readonly Statement[];
};

export type Statement = {
  readonly effect: "Allow" | "Deny";
  /** Values are a kind and a name: `AWS *`, `AWS 123456789012`, `Federated arn:…`. */
  readonly principal: Element | undefined;
  readonly action: Element;
  readonly resource: Element | undefined;
  readonly conditions: readonly Condition[];
};

/** `not`: the element was NotPrincipal, NotAction or NotResource. */
export type Element = { readonly not: boolean; readonly values: readonly string[] };

/** All conditions must hold; of one condition's values any, or with a `Not` operator none. */
export type Condition = {
  readonly operator: string;
  /** In lower case: IAM reads keys without case. */
  readonly key: string;
  readonly values: readonly string[];
};

class Unreadable extends Error {}

/** A policy document; undefined if it is none that IAM could have accepted, or if it has two readings. */
export function readPolicy(document: unknown): Policy | undefined {
  try {
    const { Version = "2008-10-17", Id: _, Statement, ...others } = asObject(document);
    // Without a Version the older language holds, in which a policy variable is plain text.
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
      // Of two keys that differ by case alone, which one IAM keeps is not documented.
      if (new Set(conditions.map(({ key }) => key)).size < conditions.length) throw new Unreadable();
      return conditions;
    }),
  };
}

function either(plain: unknown, not: unknown, read: (json: unknown) => string[]): Element | undefined {
  if (plain !== undefined && not !== undefined) throw new Unreadable();
  if (plain === undefined && not === undefined) return undefined;
  const values = sortedSet(read(plain ?? not));
  // What an empty list means is not documented, so it means nothing here.
  if (values.length === 0) throw new Unreadable();
  return { not: plain === undefined, values };
}

export const KINDS = ["AWS", "CanonicalUser", "Federated", "Service"];

/** `"*"` is `{AWS: "*"}`, and `{AWS: "arn:aws:iam::123456789012:root"}` is `{AWS: "123456789012"}`. */
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

/** A condition's values: IAM takes booleans and numbers for their text. */
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
