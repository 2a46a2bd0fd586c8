/**
 * Reads a trust policy's JSON text as IAM does, and brings it into one form.
 *
 * If a key appears twice, the later one wins, in IAM as in `JSON.parse`, so a `sub` condition can be lost silently.
 * `json.ts` parses the text, because it reports repeated keys.
 * Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
import { type Json, type JsonObject, Malformed, readJson } from "../json.ts";
import { pointerToken } from "../pointer.ts";

/** A policy with every element in its longest form: a single string is a list, numbers and booleans are strings. */
export type TrustDocument = {
  readonly version: string;
  readonly statements: readonly TrustStatement[];
};

export type TrustStatement = {
  readonly pointer: string;
  readonly sid: string | null;
  readonly effect: "Allow" | "Deny";
  /** `not` is true for NotPrincipal. `"Principal": "*"` is one principal of type `*`. */
  readonly principal: { readonly not: boolean; readonly list: readonly Principal[] };
  /** `not` is true for NotAction. */
  readonly action: { readonly not: boolean; readonly list: readonly string[] };
  /** One entry for each operator and key, in the order of the text. All of them must hold. */
  readonly conditions: readonly TrustCondition[];
};

export type Principal = {
  readonly type: "*" | "AWS" | "Federated" | "Service" | "CanonicalUser";
  readonly value: string;
};

export type TrustCondition = {
  readonly pointer: string;
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
};

export type ParsedPolicy = {
  readonly document: TrustDocument;
  /** Keys that appear twice in one object. In conditions, keys that differ only in letter case count as the same. */
  readonly duplicateKeys: readonly { readonly pointer: string }[];
  /** Elements that a trust policy does not have, such as `Resource` or `condition`. */
  readonly unknownElements: readonly { readonly pointer: string }[];
};

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html */
const LONGEST_DOCUMENT = 131_072;

/** Parses a trust policy. For text that IAM could not have accepted, returns an `error` that says why. */
export function parsePolicy(text: string): ParsedPolicy | { readonly error: string } {
  try {
    if (text.length > LONGEST_DOCUMENT) throw new Malformed("", `longer than ${LONGEST_DOCUMENT} characters`);
    const { value, duplicates } = readJson(text);
    return normalise(value, duplicates);
  } catch (error) {
    if (error instanceof Malformed) return { error: error.message };
    throw error;
  }
}

const DOCUMENT_ELEMENTS = ["Version", "Id", "Statement"];
const STATEMENT_ELEMENTS = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"];

function normalise(root: Json, duplicates: readonly string[]): ParsedPolicy {
  const duplicateKeys = duplicates.map((pointer) => ({ pointer }));
  const unknownElements: { pointer: string }[] = [];

  const policy = asObject(root, "");
  noteUnknown(policy, "", DOCUMENT_ELEMENTS);
  const version = policy.get("Version") ?? "2008-10-17";
  if (typeof version !== "string") throw new Malformed("/Version", "not a string");
  const statement = policy.get("Statement");
  if (statement === undefined) throw new Malformed("", "no Statement");
  const statements = isArray(statement)
    ? statement.map((one, index) => readStatement(one, `/Statement/${index}`))
    : [readStatement(statement, "/Statement")];
  return { document: { version, statements }, duplicateKeys, unknownElements };

  function readStatement(json: Json, pointer: string): TrustStatement {
    const element = asObject(json, pointer);
    noteUnknown(element, pointer, STATEMENT_ELEMENTS);
    const sid = element.get("Sid") ?? null;
    if (sid !== null && typeof sid !== "string") throw new Malformed(`${pointer}/Sid`, "not a string");
    const effect = element.get("Effect");
    if (effect !== "Allow" && effect !== "Deny")
      throw new Malformed(`${pointer}/Effect`, "neither Allow nor Deny");
    return {
      pointer,
      sid,
      effect,
      principal: either(element, pointer, "Principal", readPrincipals),
      action: either(element, pointer, "Action", readStrings),
      conditions: readConditions(element.get("Condition"), `${pointer}/Condition`),
    };
  }

  function readConditions(json: Json | undefined, pointer: string): TrustCondition[] {
    if (json === undefined) return [];
    const conditions: TrustCondition[] = [];
    for (const [operator, block] of asObject(json, pointer)) {
      const operatorPointer = `${pointer}/${pointerToken(operator)}`;
      const seen = new Set<string>();
      for (const [key, values] of asObject(block, operatorPointer)) {
        const at = `${operatorPointer}/${pointerToken(key)}`;
        // Keys that differ only in letter case are the same key. AWS does not document which of the two IAM keeps.
        if (seen.has(key.toLowerCase())) duplicateKeys.push({ pointer: at });
        seen.add(key.toLowerCase());
        conditions.push({ pointer: at, operator, key, values: readScalars(values, at) });
      }
    }
    return conditions;
  }

  function noteUnknown(object: JsonObject, pointer: string, known: readonly string[]): void {
    for (const key of object.keys())
      if (!known.includes(key)) unknownElements.push({ pointer: `${pointer}/${pointerToken(key)}` });
  }
}

/** Reads an element or its negation (`Principal` or `NotPrincipal`). A statement must have exactly one of the two. */
function either<T>(
  element: JsonObject,
  pointer: string,
  name: string,
  read: (json: Json, pointer: string) => T,
): { not: boolean; list: T } {
  const plain = element.get(name);
  const negated = element.get(`Not${name}`);
  if (plain !== undefined && negated !== undefined)
    throw new Malformed(pointer, `both ${name} and Not${name}`);
  if (plain !== undefined) return { not: false, list: read(plain, `${pointer}/${name}`) };
  if (negated !== undefined) return { not: true, list: read(negated, `${pointer}/Not${name}`) };
  throw new Malformed(pointer, `no ${name}`);
}

function readPrincipals(json: Json, pointer: string): Principal[] {
  if (json === "*") return [{ type: "*", value: "*" }];
  const principals: Principal[] = [];
  for (const [type, values] of asObject(json, pointer)) {
    if (type !== "AWS" && type !== "Federated" && type !== "Service" && type !== "CanonicalUser")
      throw new Malformed(pointer, `${JSON.stringify(type)} is not a kind of principal`);
    for (const value of readStrings(values, `${pointer}/${type}`)) principals.push({ type, value });
  }
  return principals;
}

function readStrings(json: Json, pointer: string): string[] {
  return (isArray(json) ? json : [json]).map((one) => {
    if (typeof one !== "string") throw new Malformed(pointer, "not a string or a list of strings");
    return one;
  });
}

function readScalars(json: Json, pointer: string): string[] {
  return (isArray(json) ? json : [json]).map((one) => {
    if (typeof one !== "string" && typeof one !== "number" && typeof one !== "boolean")
      throw new Malformed(pointer, "not a string, number or boolean, or a list of them");
    return String(one);
  });
}

function asObject(json: Json, pointer: string): JsonObject {
  if (json instanceof Map) return json;
  throw new Malformed(pointer, "not an object");
}

function isArray(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}
