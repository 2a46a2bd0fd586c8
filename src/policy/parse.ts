/**
 * Reads a policy document as IAM does, and brings it into one form: a single string becomes a list, numbers and
 * booleans become strings. This is the only parser of IAM's policy language in the service.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
import { Malformed, readJson } from "../lib/json.ts";
import { pointerToken } from "../lib/pointer.ts";

export type Policy = {
  readonly version: string;
  readonly statements: readonly Statement[];
};

export type Statement = {
  /** A JSON pointer to the statement. */
  readonly pointer: string;
  readonly sid: string | null;
  readonly effect: "Allow" | "Deny";
  /** `"Principal": "*"` is one principal of type `*`. Policies of an identity have no principal. */
  readonly principal: Element<Principal> | undefined;
  readonly action: Element<string>;
  /** Trust policies have no resource. */
  readonly resource: Element<string> | undefined;
  /** The conditions in the order of the text. A request must satisfy all of them. */
  readonly conditions: readonly Condition[];
};

/** `not` is true for NotPrincipal, NotAction and NotResource. */
export type Element<Value> = { readonly not: boolean; readonly values: readonly Value[] };

export type Principal = { readonly type: PrincipalType | "*"; readonly value: string };
export type PrincipalType = (typeof PRINCIPAL_TYPES)[number];

export const PRINCIPAL_TYPES = ["AWS", "CanonicalUser", "Federated", "Service"] as const;

export type Condition = {
  readonly pointer: string;
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
};

/** A trust policy. Each statement names principals, and none names resources. */
export type TrustPolicy = { readonly version: string; readonly statements: readonly TrustStatement[] };
export type TrustStatement = Statement & { readonly principal: Element<Principal> };

type Parsed<P extends Policy> = {
  readonly policy: P;
  /** Keys that appear twice in one object. In conditions, keys that differ only in letter case count as the same. */
  readonly duplicateKeys: readonly { readonly pointer: string }[];
  /** Elements that IAM does not define: misspelt ones, such as `condition`, and in a trust policy also `Resource`. */
  readonly unknownElements: readonly { readonly pointer: string }[];
};

/** The reason why a document cannot be read. */
export type Unreadable = { readonly error: string };

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html */
const LONGEST_DOCUMENT = 131_072;

const DOCUMENT_ELEMENTS = ["Version", "Id", "Statement"];
const TRUST_ELEMENTS = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"];
const ELEMENTS = [...TRUST_ELEMENTS, "Resource", "NotResource"];

/**
 * Reads the text of a trust policy. If a key appears twice, IAM uses the later one, as `JSON.parse` does. So a
 * condition on `sub` can be lost silently, and only the text shows that the policy had one.
 */
export function parseTrustPolicy(text: string): Parsed<TrustPolicy> | Unreadable {
  return readable(() => {
    if (text.length > LONGEST_DOCUMENT) throw new Malformed("", `longer than ${LONGEST_DOCUMENT} characters`);
    const { value, duplicates } = readJson(text);
    const { policy, ...found } = read(value, duplicates, TRUST_ELEMENTS);
    const statements = policy.statements.map((one): TrustStatement => {
      if (one.principal === undefined) throw new Malformed(one.pointer, "no Principal");
      return { ...one, principal: one.principal };
    });
    return { policy: { ...policy, statements }, ...found };
  });
}

/** Reads a policy of any kind from its parsed JSON, which no longer shows repeated keys. */
export function readPolicy(document: unknown): Parsed<Policy> | Unreadable {
  return readable(() => read(document, [], ELEMENTS));
}

function readable<T>(work: () => T): T | Unreadable {
  try {
    return work();
  } catch (error) {
    if (error instanceof Malformed) return { error: error.message };
    throw error;
  }
}

function read(root: unknown, duplicates: readonly string[], elements: readonly string[]): Parsed<Policy> {
  const duplicateKeys = duplicates.map((pointer) => ({ pointer }));
  const unknownElements: { pointer: string }[] = [];

  const document = membersOf(root, "", DOCUMENT_ELEMENTS);
  const version = document.get("Version") ?? "2008-10-17";
  if (typeof version !== "string") throw new Malformed("/Version", "not a string");
  const statement = document.get("Statement");
  if (statement === undefined) throw new Malformed("", "no Statement");
  const statements = Array.isArray(statement)
    ? statement.map((one, index) => readStatement(one, `/Statement/${index}`))
    : [readStatement(statement, "/Statement")];
  return { policy: { version, statements }, duplicateKeys, unknownElements };

  function readStatement(json: unknown, pointer: string): Statement {
    const members = membersOf(json, pointer, elements);
    const sid = members.get("Sid") ?? null;
    if (sid !== null && typeof sid !== "string") throw new Malformed(`${pointer}/Sid`, "not a string");
    const effect = members.get("Effect");
    if (effect !== "Allow" && effect !== "Deny")
      throw new Malformed(`${pointer}/Effect`, "neither Allow nor Deny");
    const principal = either(members, pointer, "Principal", readPrincipals);
    const action = either(members, pointer, "Action", readStrings);
    if (action === undefined) throw new Malformed(pointer, "no Action");
    return {
      pointer,
      sid,
      effect,
      principal,
      action,
      resource: either(members, pointer, "Resource", readStrings),
      conditions: readConditions(members.get("Condition"), `${pointer}/Condition`),
    };
  }

  function readConditions(json: unknown, pointer: string): Condition[] {
    if (json === undefined) return [];
    const conditions: Condition[] = [];
    for (const [operator, block] of objectOf(json, pointer)) {
      const operatorPointer = `${pointer}/${pointerToken(operator)}`;
      const seen = new Set<string>();
      for (const [key, values] of objectOf(block, operatorPointer)) {
        const at = `${operatorPointer}/${pointerToken(key)}`;
        // Keys that differ only in letter case are the same key. AWS does not document which of the two IAM keeps.
        if (seen.has(key.toLowerCase())) duplicateKeys.push({ pointer: at });
        seen.add(key.toLowerCase());
        conditions.push({ pointer: at, operator, key, values: readScalars(values, at) });
      }
    }
    return conditions;
  }

  /** Returns the members of an object, and records the unknown ones. */
  function membersOf(json: unknown, pointer: string, known: readonly string[]): ReadonlyMap<string, unknown> {
    const members = objectOf(json, pointer);
    for (const key of members.keys())
      if (!known.includes(key)) unknownElements.push({ pointer: `${pointer}/${pointerToken(key)}` });
    return members;
  }
}

/** Reads an element or its `Not` form. Returns undefined if the statement has neither, and throws if it has both. */
function either<Value>(
  members: ReadonlyMap<string, unknown>,
  pointer: string,
  name: string,
  readValues: (json: unknown, pointer: string) => Value[],
): Element<Value> | undefined {
  const plain = members.get(name);
  const negated = members.get(`Not${name}`);
  if (plain !== undefined && negated !== undefined)
    throw new Malformed(pointer, `both ${name} and Not${name}`);
  if (plain !== undefined) return { not: false, values: readValues(plain, `${pointer}/${name}`) };
  if (negated !== undefined) return { not: true, values: readValues(negated, `${pointer}/Not${name}`) };
  return undefined;
}

function readPrincipals(json: unknown, pointer: string): Principal[] {
  if (json === "*") return [{ type: "*", value: "*" }];
  const principals: Principal[] = [];
  for (const [name, values] of objectOf(json, pointer)) {
    const type = PRINCIPAL_TYPES.find((one) => one === name);
    if (type === undefined)
      throw new Malformed(pointer, `${JSON.stringify(name)} is not a kind of principal`);
    for (const value of readStrings(values, `${pointer}/${type}`)) principals.push({ type, value });
  }
  return principals;
}

function readStrings(json: unknown, pointer: string): string[] {
  return listOf(json).map((one) => {
    if (typeof one !== "string") throw new Malformed(pointer, "not a string or a list of strings");
    return one;
  });
}

function readScalars(json: unknown, pointer: string): string[] {
  return listOf(json).map((one) => {
    if (typeof one !== "string" && typeof one !== "number" && typeof one !== "boolean")
      throw new Malformed(pointer, "not a string, number or boolean, or a list of them");
    return String(one);
  });
}

const listOf = (json: unknown): readonly unknown[] => (Array.isArray(json) ? json : [json]);

/** Returns an object's members. `readJson` returns objects as Maps, `JSON.parse` as plain objects. */
function objectOf(json: unknown, pointer: string): ReadonlyMap<string, unknown> {
  if (json instanceof Map) return json;
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return new Map(Object.entries(json));
  throw new Malformed(pointer, "not an object");
}
