/** Checks answers against the contract: an answer must be one that `openapi.yaml` promises for its operation. */
import { readFileSync } from "node:fs";
import { Ajv2020, type AnySchema, type ValidateFunction } from "ajv/dist/2020.js";
import addFormatsModule from "ajv-formats";
import { parse } from "yaml";

type Json = Record<string, unknown>;
type Reference = { $ref: string };
type Header = { required?: boolean; schema: AnySchema };
type Content = Record<
  string,
  { schema?: AnySchema; examples?: Record<string, { value?: unknown } | Reference> }
>;
type ResponseObject = { headers?: Record<string, Header | Reference>; content?: Content };
type Operation = Json & {
  operationId: string;
  requestBody?: { content: Content };
  responses: Record<string, ResponseObject | Reference>;
};
type Contract = {
  info: { description: string };
  paths: Record<string, Record<string, Operation>>;
  components: Json;
};

/** An operation of the contract. */
export type ContractOperation = {
  id: string;
  /** In capital letters. */
  method: string;
  /** `/v1/repos/{owner}/…` */
  path: string;
  responses: { [status: string]: { headers: Record<string, Header>; content: Content } };
  requestContent: Content;
  /** True if its 200 may be an HTML page instead. The errors of every GET may. */
  hasPage: boolean;
};

/** An answer as it came over the wire. The names of its headers are in lower case. */
export type WireAnswer = { status: number; headers: Readonly<Record<string, string>>; text: string };

const METHODS = ["get", "put", "post", "patch", "delete"];
/** Headers that HTTP, every answer or every page has. No operation documents them. */
const GENERAL_HEADERS = [
  "allow",
  "cache-control",
  "connection",
  "content-length",
  "content-security-policy",
  "content-type",
  "date",
  "keep-alive",
  "referrer-policy",
  "transfer-encoding",
  "vary",
  "www-authenticate",
  "x-content-type-options",
  "x-request-id",
];

export const contractText = readFileSync(new URL("../../openapi.yaml", import.meta.url), "utf8");
export const contract: Contract = parse(contractText);

/** Resolves a local reference. */
function resolved<T extends object>(value: T | Reference): T {
  if (!("$ref" in value)) return value;
  const found = value.$ref
    .slice("#/".length)
    .split("/")
    .reduce<unknown>((at, key) => (at as Json)[key], contract);
  if (found === undefined) throw new Error(`openapi.yaml has no ${value.$ref}`);
  return resolved(found as T | Reference);
}

/** Every operation of the contract. */
export const operations: ContractOperation[] = Object.entries(contract.paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([method]) => METHODS.includes(method))
    .map(([method, { operationId, requestBody, responses, "x-page": hasPage }]) => ({
      id: operationId,
      hasPage: hasPage === true,
      method: method.toUpperCase(),
      path,
      requestContent: requestBody?.content ?? {},
      responses: Object.fromEntries(
        Object.entries(responses).map(([status, response]) => {
          const { headers = {}, content = {} } = resolved(response);
          const named = Object.entries(headers).map(
            ([name, header]) => [name.toLowerCase(), resolved(header)] as const,
          );
          return [status, { headers: Object.fromEntries(named), content }];
        }),
      ),
    })),
);

/** Every operation with every status that it documents, as `putRegistration 201`. */
export const documented = operations.flatMap(({ id, responses }) =>
  Object.keys(responses).map((status) => `${id} ${status}`),
);

/** Returns the operation that a request is for; undefined if the contract has none. A HEAD counts as a GET. */
export function operationOf(method: string, path: string): ContractOperation | undefined {
  const [plain = ""] = path.split("?");
  const wanted = method === "HEAD" ? "GET" : method;
  return operations.find((operation) => {
    const pattern = operation.path.replace(/[.]/g, "\\.").replace(/\{[a-z]+\}/g, "[^/]+");
    return operation.method === wanted && new RegExp(`^${pattern}$`).test(plain);
  });
}

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
// The package is CommonJS. Bundlers and Node put its default export in different places.
const addFormats = "default" in addFormatsModule ? addFormatsModule.default : addFormatsModule;
(addFormats as (instance: Ajv2020) => void)(ajv);
ajv.addVocabulary(["components", "example", "x-form"]);
ajv.addSchema({ $id: "contract", components: closed(contract.components) });

/**
 * Returns a part of the contract in which every object takes only the fields that it names. The contract leaves answers
 * open for later fields, but a test must find a field that the contract does not name yet.
 */
export function closed<T>(part: T): T {
  return JSON.parse(
    JSON.stringify(part, (_, node: unknown) =>
      typeof node === "object" &&
      node !== null &&
      "type" in node &&
      node.type === "object" &&
      "properties" in node
        ? { additionalProperties: false, ...node }
        : node,
    ),
  );
}

const compiled = new Map<string, ValidateFunction>();

/** Returns the faults of a value under a schema of the contract; empty if there are none. */
export function schemaFaults(schema: AnySchema, value: unknown): string[] {
  const text = JSON.stringify(schema).replaceAll('"#/components/', '"contract#/components/');
  const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text));
  compiled.set(text, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

const PAGE: Content = { "text/html": { schema: { type: "string" } } };
const PROBLEM: Content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };

/** Returns everything in an answer that the contract does not promise; empty if the answer is right. */
export function violations(
  operation: ContractOperation | undefined,
  method: string,
  answer: WireAnswer,
): string[] {
  const { status, headers } = answer;
  if (operation === undefined) {
    // The contract has no such path or method, so the answer must be a problem.
    const wrong = [400, 401, 404, 405].includes(status)
      ? []
      : [`status ${status} where the contract has no operation`];
    if (status === 405 && headers["allow"] === undefined) wrong.push("405 without Allow");
    const content = isErrorPage(method, answer) ? PAGE : PROBLEM;
    return [...wrong, ...bodyFaults(content, method, answer), ...headerFaults({}, answer)];
  }
  const response = operation.responses[String(status)];
  if (response === undefined)
    return [`${operation.id} documents no status ${status}: ${answer.text.slice(0, 500)}`];
  const isPage = isHtml(answer) && (status === 200 ? operation.hasPage : isErrorPage(method, answer));
  const promised = isPage ? { content: PAGE, headers: status === 200 ? {} : response.headers } : response;
  return [...bodyFaults(promised.content, method, answer), ...headerFaults(promised.headers, answer)];
}

const isHtml = ({ headers }: WireAnswer): boolean => /^text\/html\b/.test(headers["content-type"] ?? "");

/** Tells whether an answer is an error as a page. Only reads get one. */
const isErrorPage = (method: string, answer: WireAnswer): boolean =>
  isHtml(answer) && answer.status >= 400 && ["GET", "HEAD"].includes(method);

function bodyFaults(content: Content, method: string, { status, headers, text }: WireAnswer): string[] {
  const type = headers["content-type"];
  const types = Object.keys(content);
  if (types.length === 0)
    return text === "" && type === undefined ? [] : [`a body of ${type} where none is documented`];
  const media = content[type?.split(";")[0]?.trim() ?? ""];
  if (media === undefined) return [`content type ${type}, documented are ${types.join(", ")}`];
  if (method === "HEAD") return text === "" ? [] : ["an answer to HEAD has a body"];
  if (!/json$/.test(type ?? "")) return schemaFaults(media.schema ?? true, text);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return [`a body that is not JSON: ${text.slice(0, 200)}`];
  }
  const faults = schemaFaults(media.schema ?? true, body);
  const { etag } = Object(body);
  if (etag !== undefined && etag !== headers["etag"])
    faults.push(`etag ${etag} beside ETag ${headers["etag"]}`);
  return faults.length > 0 || type !== "application/problem+json"
    ? faults
    : problemFaults(body as Json, status, headers);
}

/** Checks what a problem promises beyond its schema: it agrees with the status line and the headers. */
function problemFaults(problem: Json, status: number, headers: WireAnswer["headers"]): string[] {
  const faults: string[] = [];
  if (problem["requestId"] !== headers["x-request-id"])
    faults.push(`requestId ${problem["requestId"]} beside X-Request-Id ${headers["x-request-id"]}`);
  if (problem["status"] !== status) faults.push(`a problem with status ${problem["status"]} under ${status}`);
  if (problem["type"] !== `urn:rolecall:problem:${problem["code"]}`)
    faults.push(`type ${problem["type"]} of code ${problem["code"]}`);
  const { retryAfterSeconds } = problem;
  const retryAfter = headers["retry-after"];
  if ((retryAfterSeconds === undefined ? undefined : String(retryAfterSeconds)) !== retryAfter) {
    faults.push(`Retry-After ${retryAfter} beside retryAfterSeconds ${retryAfterSeconds}`);
  }
  if (status === 422 && !(Array.isArray(problem["errors"]) && problem["errors"].length > 0))
    faults.push("422 names no fault");
  // A stack, a path of the source or an object's default text would reveal how Rolecall is built.
  if (/\bat .+:\d+:\d+|node_modules|\/src\/|\[object /.test(JSON.stringify(problem)))
    faults.push("the problem reveals internals");
  return faults;
}

function headerFaults(documented: Record<string, Header>, { headers }: WireAnswer): string[] {
  const faults: string[] = [];
  for (const [name, { schema }] of Object.entries(documented)) {
    if (name === "x-request-id") continue;
    const value = headers[name];
    // Retry-After is checked with the problem. Every other documented header must always be there.
    if (value === undefined) faults.push(...(name === "retry-after" ? [] : [`no ${name}`]));
    else
      faults.push(
        ...schemaFaults(schema, isNumeric(schema) ? Number(value) : value).map((fault) => `${name}${fault}`),
      );
  }
  if (headers["x-request-id"] === undefined) faults.push("no x-request-id");
  for (const name of Object.keys(headers)) {
    if (!GENERAL_HEADERS.includes(name) && documented[name] === undefined)
      faults.push(`the undocumented header ${name}`);
  }
  return faults;
}

const isNumeric = (schema: AnySchema): boolean =>
  typeof schema === "object" &&
  "type" in schema &&
  (schema["type"] === "integer" || schema["type"] === "number");
