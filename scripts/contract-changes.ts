/**
 * Lists the changes of a contract that break a client of the released one. Pure: it takes contracts and returns
 * sentences. A change breaks a client if a request that was valid is refused, if an answer no longer has the promised
 * form, or if the client's generated code loses a name.
 *
 * So requests may only become less strict and answers only stricter, with six conventions:
 * - A new field in an answer is harmless, and so is an answer that no longer refuses other fields. The contract says
 *   that clients ignore fields that they do not know.
 * - An object that names its fields takes no others in a request, unless it says so. The service closes such objects.
 * - A new enum value in an answer breaks. A generated type is closed, and a `switch` over it has no branch for the
 *   value.
 * - Limits of lengths, numbers and patterns count in requests only. No client relies on the maximum length of a name
 *   in an answer, and requests and answers share their schemas.
 * - `int32` and `int64` restrict nothing if the minimum and the maximum already do.
 * - A new success status breaks, because clients tell successes apart. A new error status does not: every error is a
 *   `Problem`.
 */

import { isDeepStrictEqual } from "node:util";

/** The parts of a parsed OpenAPI document that this file reads. */
export type Contract = Node & {
  info: { version: string };
  paths: Record<string, Node>;
  components: Record<string, Record<string, Node>>;
};
type Node = { readonly [key: string]: unknown };
type Side = "request" | "answer";
type Found = (at: string, what: string) => void;

const METHODS = ["get", "put", "post", "delete", "patch", "head", "options"];

/** Returns each breaking change as `where: what`, or an empty list if no client has to change. */
export function breakingChanges(before: Contract, after: Contract): string[] {
  const broken: string[] = [];
  const found: Found = (at, what) => broken.push(`${at}: ${what}`);
  const schemas = comparison(before, after, found);

  for (const name of Object.keys(before.components["schemas"] ?? {})) {
    if (after.components["schemas"]?.[name] === undefined)
      found(`schema ${name}`, "is gone, or has another name");
  }
  // Compare servers by position: generated clients use the first server, or pick one by its index.
  const servers = list(undescribed(after["servers"]));
  list(undescribed(before["servers"])).forEach((server, index) => {
    if (!isDeepStrictEqual(server, servers[index]))
      found(
        `server ${index}`,
        `is ${JSON.stringify(servers[index]) ?? "gone"}, was ${JSON.stringify(server)}`,
      );
  });
  for (const [at, [old, now]] of operationsOf(before, after)) {
    if (now === undefined) {
      found(at, "is gone");
      continue;
    }
    if (old["operationId"] !== now["operationId"])
      found(at, `operationId is ${now["operationId"]}, was ${old["operationId"]}`);
    const [was, isNow] = [securityOf(before, old), securityOf(after, now)];
    if (isNow.length > 0 && !isDeepStrictEqual(was, isNow)) found(at, "asks for another authorization");
    parameters(at, old, now);
    requestBody(at, node(old["requestBody"], before), node(now["requestBody"], after));
    answers(at, node(old["responses"], before), node(now["responses"], after));
  }
  return broken;

  function parameters(at: string, old: Node, now: Node): void {
    const [were, are] = [parametersOf(before, old), parametersOf(after, now)];
    for (const [key, parameter] of are) {
      if (parameter["required"] === true && were.get(key)?.["required"] !== true)
        found(at, `the ${key} is required`);
    }
    for (const [key, parameter] of were) {
      const other = are.get(key);
      if (other === undefined) found(at, `the ${key} is gone`);
      else schemas("request", `${at} ${key}`, parameter["schema"], other["schema"]);
    }
  }

  function requestBody(at: string, old: Node, now: Node): void {
    if (now["required"] === true && old["required"] !== true) found(at, "the body is required");
    content("request", `${at} body`, old, now);
  }

  function answers(at: string, old: Node, now: Node): void {
    for (const [status, response] of Object.entries(old)) {
      if (now[status] === undefined) {
        found(at, `never answers ${status}`);
        continue;
      }
      const [was, is] = [node(response, before), node(now[status], after)];
      content("answer", `${at} ${status}`, was, is);
      const headers = node(is["headers"], after);
      for (const [name, header] of Object.entries(node(was["headers"], before))) {
        const other = headers[name];
        if (other === undefined) found(`${at} ${status}`, `the header ${name} is gone`);
        else {
          const [wasHeader, isHeader] = [node(header, before), node(other, after)];
          if (wasHeader["required"] === true && isHeader["required"] !== true)
            found(`${at} ${status}`, `the header ${name} may be missing`);
          schemas("answer", `${at} ${status} header ${name}`, wasHeader["schema"], isHeader["schema"]);
        }
      }
    }
    for (const status of Object.keys(now)) {
      if (Number(status) < 400 && old[status] === undefined) found(at, `may answer ${status}`);
    }
  }

  function content(side: Side, at: string, old: Node, now: Node): void {
    const [were, are] = [node(old["content"], before), node(now["content"], after)];
    for (const [type, media] of Object.entries(were)) {
      const other = are[type];
      if (other === undefined) found(at, `is never ${type}`);
      else schemas(side, at, node(media, before)["schema"], node(other, after)["schema"]);
    }
  }
}

/**
 * Returns why the contract may not have its version, given the released contract and the breaking changes; undefined
 * if it may. Before 1.0 a breaking change needs a new minor version, from 1.0 on a new major one
 * (https://semver.org).
 */
export function versionFault(
  { info: { version: released } }: Contract,
  { info: { version } }: Contract,
  broken: readonly string[],
): string | undefined {
  const [was, is] = [numbers(released), numbers(version)];
  const raised = is.findIndex((part, index) => part !== was[index]);
  if (raised !== -1 && (is[raised] ?? 0) < (was[raised] ?? 0)) return `${version} is older than ${released}`;
  const needed = was[0] === 0 ? 1 : 0;
  if (broken.length === 0 || (raised !== -1 && raised <= needed)) return undefined;
  const [major = 0, minor = 0] = was;
  return `a client of ${released} breaks, so the version is at least ${needed === 1 ? `0.${minor + 1}.0` : `${major + 1}.0.0`}`;
}

const numbers = (version: string): number[] => version.split(".").map(Number);

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Resolves a local reference. Returns an empty node if the value is no node or the reference leads nowhere. */
function node(value: unknown, contract: Contract): Node {
  if (!isNode(value)) return {};
  const { $ref } = value;
  if (typeof $ref !== "string") return value;
  const [, , kind = "", name = ""] = $ref.split("/");
  return node(contract.components[kind]?.[name], contract);
}

/** Returns each old operation, as `PUT /v1/…`, with its new counterpart. Both include the parameters of their path. */
function operationsOf(before: Contract, after: Contract): [string, [Node, Node | undefined]][] {
  const inPath = (contract: Contract, path: string, method: string): Node | undefined => {
    const item = node(contract.paths[path], contract);
    const operation = item[method];
    if (!isNode(operation)) return undefined;
    return { ...operation, parameters: [...list(item["parameters"]), ...list(operation["parameters"])] };
  };
  return Object.keys(before.paths).flatMap((path) =>
    METHODS.flatMap((method): [string, [Node, Node | undefined]][] => {
      const old = inPath(before, path, method);
      if (old === undefined) return [];
      return [[`${method.toUpperCase()} ${path}`, [old, inPath(after, path, method)]]];
    }),
  );
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function parametersOf(contract: Contract, operation: Node): Map<string, Node> {
  return new Map(
    list(operation["parameters"])
      .map((parameter) => node(parameter, contract))
      .map((parameter) => [`${parameter["in"]} parameter ${parameter["name"]}`, parameter]),
  );
}

/** Returns the security schemes with their scopes for each alternative of an operation; empty for an open operation. */
const securityOf = (contract: Contract, operation: Node): unknown[] =>
  list(operation["security"] ?? contract["security"]).map((choice) =>
    Object.entries(isNode(choice) ? choice : {}).map(([name, scopes]) => {
      const scheme = node(contract.components["securitySchemes"]?.[name], contract);
      return [name, undescribed(scheme), scopes];
    }),
  );

/** Returns a value without the descriptions in it. */
const undescribed = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value ?? null, (key, part: unknown) => (key === "description" ? undefined : part)),
  );

/** Keywords that describe a schema and do not restrict a value. */
const ANNOTATIONS = [
  "title",
  "description",
  "example",
  "examples",
  "deprecated",
  "externalDocs",
  "$comment",
  "readOnly",
  "writeOnly",
];
/** The keywords that restrict values of one type. */
const OF_TYPE: { [type: string]: readonly string[] } = {
  string: ["maxLength", "minLength", "pattern", "format"],
  number: ["maximum", "minimum", "format"],
  integer: ["maximum", "minimum", "format"],
  array: ["items", "maxItems", "minItems", "uniqueItems"],
  object: [
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "maxProperties",
    "minProperties",
  ],
};

/** Returns two schemas with a list of types as choices if the other schema has choices, because both mean the same. */
function sameForm(old: Node, now: Node): [Node, Node] {
  const isChoice = (schema: Node) => schema["oneOf"] !== undefined;
  const asChoice = (schema: Node): Node => ({
    oneOf: list(schema["type"]).map((type) => ({
      type,
      ...Object.fromEntries(
        (OF_TYPE[String(type)] ?? []).flatMap((keyword) =>
          schema[keyword] === undefined ? [] : [[keyword, schema[keyword]]],
        ),
      ),
    })),
  });
  if (isChoice(now) && Array.isArray(old["type"])) return [asChoice(old), now];
  if (isChoice(old) && Array.isArray(now["type"])) return [old, asChoice(now)];
  return [old, now];
}

/** Limits that let more through when they are higher; below, those that let more through when they are lower. */
const AT_MOST = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];
const AT_LEAST = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
/** Keywords that restrict a value and have no order. Any new value of one counts as stricter. */
const RESTRICTS = ["pattern", "format", "uniqueItems", "multipleOf", "propertyNames"];
const READ = [
  "type",
  "enum",
  "const",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "anyOf",
  "oneOf",
];
const KNOWN = [...ANNOTATIONS, ...AT_MOST, ...AT_LEAST, ...RESTRICTS, ...READ, "default"];

/** Compares two schemas. A request's new schema must accept all that the old one accepted; an answer's, the reverse. */
function comparison(before: Contract, after: Contract, report: Found) {
  return function compare(side: Side, at: string, was: unknown, is: unknown, found: Found = report): void {
    const [old, now] = sameForm(node(was, before), node(is, after));
    const isRequest = side === "request";
    // The wide schema must accept everything that the narrow one accepts.
    const [wide, narrow] = isRequest ? [now, old] : [old, now];

    const types = { wide: typesOf(wide), narrow: typesOf(narrow) };
    if (types.wide !== undefined) {
      const missing = types.narrow?.filter((type) => !takesType(types.wide ?? [], type));
      if (missing === undefined || missing.length > 0)
        found(
          at,
          `the type is ${typesOf(now)?.join(" or ") ?? "any"}, was ${typesOf(old)?.join(" or ") ?? "any"}`,
        );
    }
    const values = { wide: valuesOf(wide), narrow: valuesOf(narrow) };
    if (values.wide !== undefined) {
      const extra = values.narrow?.filter((value) => !values.wide?.includes(value));
      if (extra === undefined) found(at, isRequest ? "takes only some values" : "may have any value");
      else for (const value of extra) found(at, `${isRequest ? "no longer takes" : "may be"} ${value}`);
    }
    if (isRequest) limits(at, old, now, found);
    else if (old["format"] !== undefined && old["format"] !== now["format"])
      found(at, `the format ${old["format"]} is gone`);

    const [oldFields, newFields] = [fieldsOf(old), fieldsOf(now)];
    const [oldRequired, newRequired] = [list(old["required"]), list(now["required"])];
    for (const name of isRequest ? newRequired : oldRequired) {
      if (!(isRequest ? oldRequired : newRequired).includes(name))
        found(`${at}/${name}`, isRequest ? "is required" : "may be missing");
    }
    for (const [name, field] of Object.entries(oldFields)) {
      if (newFields[name] === undefined) found(`${at}/${name}`, "is gone");
      else compare(side, `${at}/${name}`, field, newFields[name], found);
    }
    const [oldRest, newRest] = [restOf(side, old), restOf(side, now)];
    for (const [name, field] of Object.entries(newFields)) {
      const isUsed = isRequest && oldRest !== false && oldFields[name] === undefined;
      if (isUsed) compare(side, `${at}/${name}`, oldRest === true ? {} : oldRest, field, found);
    }
    if (isRequest ? oldRest !== false && newRest === false : isNode(oldRest) && newRest === false)
      found(at, "has no other fields");
    else if (isNode(oldRest) || (isRequest && isNode(newRest)))
      compare(side, `${at}/*`, isNode(oldRest) ? oldRest : {}, isNode(newRest) ? newRest : {}, found);
    if (old["items"] !== undefined || (isRequest && now["items"] !== undefined))
      compare(side, `${at}/0`, old["items"], now["items"], found);

    for (const keyword of ["anyOf", "oneOf"]) choices(keyword, side, at, old, now, found);
    for (const keyword of new Set([...Object.keys(old), ...Object.keys(now)])) {
      // Report the keyword even if it has not changed, because a schema that it refers to may have changed.
      if (!KNOWN.includes(keyword) && !keyword.startsWith("x-")) found(at, `${keyword} cannot be compared`);
    }
  };

  /** Reports a choice of the narrower side that no choice of the wider side accepts. */
  function choices(keyword: string, side: Side, at: string, old: Node, now: Node, found: Found): void {
    const [were, are] = [list(old[keyword]), list(now[keyword])];
    if (were.length === 0 && are.length === 0) return;
    if (were.length === 0 || are.length === 0) {
      if ((are.length === 0) !== (side === "request"))
        found(at, `${keyword} is ${are.length === 0 ? "gone" : "new"}`);
      return;
    }
    const fits = (was: unknown, is: unknown): boolean => {
      let isFit = true;
      comparison(before, after, () => {
        isFit = false;
      })(side, at, was, is);
      return isFit;
    };
    const unfit =
      side === "request"
        ? were.filter((was) => !are.some((is) => fits(was, is)))
        : are.filter((is) => !were.some((was) => fits(was, is)));
    if (unfit.length > 0) found(at, `${keyword} has changed`);
  }
}

function limits(at: string, old: Node, now: Node, found: Found): void {
  for (const keyword of [...AT_MOST, ...AT_LEAST]) {
    const [was, is] = [old[keyword], now[keyword]];
    if (typeof is !== "number") continue;
    const isFreer = typeof was === "number" && (AT_MOST.includes(keyword) ? is >= was : is <= was);
    if (!isFreer) found(at, `${keyword} is ${is}, was ${was ?? "none"}`);
  }
  for (const keyword of RESTRICTS) {
    if (keyword === "format" && hasOnly(old, now["format"])) continue;
    const [was, is] = [JSON.stringify(old[keyword]), JSON.stringify(now[keyword])];
    if (is !== undefined && is !== "false" && is !== was)
      found(at, `${keyword} is ${is}, was ${was ?? "none"}`);
  }
  // A changed default changes the meaning of every request that leaves the field out.
  if (JSON.stringify(old["default"]) !== JSON.stringify(now["default"]))
    found(at, `the default is ${JSON.stringify(now["default"])}, was ${JSON.stringify(old["default"])}`);
}

/** The largest value of each format of an integer. */
const LARGEST: Node = { int32: 2 ** 31 - 1, int64: Number.MAX_SAFE_INTEGER };

/** Tells whether a schema takes only integers that the format also has. Then the format restricts nothing. */
function hasOnly({ type, minimum, maximum }: Node, format: unknown): boolean {
  const largest = LARGEST[String(format)];
  if (type !== "integer" || typeof largest !== "number") return false;
  return (
    typeof minimum === "number" && minimum >= -largest && typeof maximum === "number" && maximum <= largest
  );
}

const typesOf = ({ type }: Node): string[] | undefined =>
  type === undefined ? undefined : Array.isArray(type) ? type.map(String) : [String(type)];

const takesType = (types: readonly string[], type: string): boolean =>
  types.includes(type) || (type === "integer" && types.includes("number"));

const valuesOf = ({ const: only, enum: some }: Node): string[] | undefined =>
  only === undefined
    ? Array.isArray(some)
      ? some.map((v) => JSON.stringify(v))
      : undefined
    : [JSON.stringify(only)];

const fieldsOf = ({ properties }: Node): Node => (isNode(properties) ? properties : {});

/** Returns what unnamed fields may hold: a schema, anything (true) or nothing (false). */
function restOf(side: Side, { additionalProperties: rest, properties }: Node): Node | boolean {
  if (rest === undefined) return side === "answer" || properties === undefined;
  return isNode(rest) ? rest : rest !== false;
}
