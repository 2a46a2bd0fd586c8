/** Some changes of the contract break its clients. These tests say which, and the version that a change needs. */
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { breakingChanges, type Contract, versionFault } from "../../scripts/contract-changes.ts";
import { contractText } from "../harness/contract.ts";

const BASE = `
openapi: 3.1.0
info: { version: 0.3.1 }
servers:
  - { url: "http://127.0.0.1:3000", description: here }
  - { url: "https://{id}.example.com", variables: { id: { default: a } } }
security: [{ iam: [] }]
paths:
  /things/{id}:
    parameters:
      - { $ref: "#/components/parameters/Id" }
    put:
      operationId: putThing
      parameters:
        - { name: dry, in: query, schema: { type: boolean, default: false } }
        - { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 100 } }
      requestBody:
        required: false
        content: { application/json: { schema: { $ref: "#/components/schemas/ThingRequest" } } }
      responses:
        "200":
          headers: { ETag: { required: true, schema: { type: string } } }
          content:
            application/json: { schema: { $ref: "#/components/schemas/Thing" } }
            text/yaml: { schema: { type: string } }
        "404": { $ref: "#/components/responses/NotFound" }
  /open:
    get:
      operationId: getOpen
      security: []
      responses: { "200": { description: ok } }
components:
  securitySchemes:
    iam: { type: apiKey, in: header, name: Authorization, x-authtype: awsSigv4 }
  parameters:
    Id: { name: id, in: path, required: true, schema: { $ref: "#/components/schemas/Name" } }
  responses:
    NotFound: { content: { application/problem+json: { schema: { $ref: "#/components/schemas/Problem" } } } }
  schemas:
    Name: { type: string, maxLength: 20, pattern: "^[a-z]+$" }
    Kind: { type: string, enum: [docker, helm] }
    ThingRequest:
      type: object
      additionalProperties: false
      properties:
        kind: { $ref: "#/components/schemas/Kind" }
        names: { type: array, maxItems: 5, items: { $ref: "#/components/schemas/Name" } }
        tags: { type: object, additionalProperties: { type: string, maxLength: 9 } }
        size: { type: number }
        note: {}
    Thing:
      type: object
      additionalProperties: false
      required: [kind, owner]
      properties:
        kind: { $ref: "#/components/schemas/Kind" }
        owner: { anyOf: [{ $ref: "#/components/schemas/Owner" }, { type: "null" }] }
        at: { type: string, format: date-time }
        names: { type: array, items: { $ref: "#/components/schemas/Name" } }
        ok: { const: true }
    Owner: { type: object, required: [name], properties: { name: { type: string } } }
    Problem: { type: object, required: [code], properties: { code: { type: string } } }
`;
const PUT = "PUT /things/{id}";

/** The contract with some of its text replaced. */
const changed = (from: string, to: string): Contract => {
  expect(BASE.split(from).length, from).toBe(2);
  return parse(BASE.replace(from, to));
};
const broken = (from: string, to: string): string[] => breakingChanges(parse(BASE), changed(from, to));

const breaks: [string, from: string, to: string, ...string[]][] = [
  ["a path is gone", "  /open:", "  /closed:", "GET /open: is gone"],
  ["an operation is another method", "    put:\n", "    post:\n", `${PUT}: is gone`],
  [
    "an operation has another name",
    "putThing",
    "saveThing",
    `${PUT}: operationId is saveThing, was putThing`,
  ],
  [
    "an operation is no longer open",
    "security: []\n",
    "security: [{ iam: [] }]\n",
    "GET /open: asks for another authorization",
  ],
  [
    "a security scheme is replaced",
    "{ type: apiKey, in: header, name: Authorization, x-authtype: awsSigv4 }",
    "{ type: http, scheme: bearer }",
    `${PUT}: asks for another authorization`,
  ],
  [
    "a security scheme takes another kind of key",
    ", x-authtype: awsSigv4",
    "",
    `${PUT}: asks for another authorization`,
  ],
  [
    "a server is another",
    "127.0.0.1:3000",
    "127.0.0.1:4000",
    'server 0: is {"url":"http://127.0.0.1:4000"}, was {"url":"http://127.0.0.1:3000"}',
  ],
  [
    "a server is gone",
    '  - { url: "https://{id}.example.com", variables: { id: { default: a } } }\n',
    "",
    'server 1: is gone, was {"url":"https://{id}.example.com","variables":{"id":{"default":"a"}}}',
  ],
  [
    "a server's variable has another default",
    "default: a ",
    "default: b ",
    'server 1: is {"url":"https://{id}.example.com","variables":{"id":{"default":"b"}}}, was {"url":"https://{id}.example.com","variables":{"id":{"default":"a"}}}',
  ],
  ["a parameter is gone", "name: dry", "name: dryRun", `${PUT}: the query parameter dry is gone`],
  [
    "a parameter is new and required",
    "- { name: dry,",
    "- { name: x, in: query, required: true, schema: {} }\n        - { name: dry,",
    `${PUT}: the query parameter x is required`,
  ],
  [
    "a parameter becomes required",
    "{ name: limit, in: query,",
    "{ name: limit, in: query, required: true,",
    `${PUT}: the query parameter limit is required`,
  ],
  ["a parameter moves", "dry, in: query", "dry, in: header", `${PUT}: the query parameter dry is gone`],
  [
    "a maximum is lower",
    "maximum: 100",
    "maximum: 50",
    `${PUT} query parameter limit: maximum is 50, was 100`,
  ],
  [
    "an integer without limits gets a format",
    "size: { type: number }",
    "size: { type: integer, format: int32 }",
    `${PUT} body/size: the type is integer, was number`,
    `${PUT} body/size: format is "int32", was none`,
  ],
  ["a minimum is higher", "minimum: 1,", "minimum: 2,", `${PUT} query parameter limit: minimum is 2, was 1`],
  [
    "a default is another",
    "default: false",
    "default: true",
    `${PUT} query parameter dry: the default is true, was false`,
  ],
  [
    "a body becomes required",
    "required: false\n        content",
    "required: true\n        content",
    `${PUT}: the body is required`,
  ],
  [
    "a body of that type is no longer taken",
    'content: { application/json: { schema: { $ref: "#/components/schemas/ThingRequest"',
    'content: { application/xml: { schema: { $ref: "#/components/schemas/ThingRequest"',
    `${PUT} body: is never application/json`,
  ],
  [
    "a field of a request is gone",
    "size: { type: number }",
    "weight: { type: number }",
    `${PUT} body/size: is gone`,
  ],
  [
    "a field of a request becomes required",
    "    ThingRequest:\n",
    "    ThingRequest:\n      required: [size]\n",
    `${PUT} body/size: is required`,
  ],
  [
    "a field of a request is of a narrower type",
    "size: { type: number }",
    "size: { type: integer }",
    `${PUT} body/size: the type is integer, was number`,
  ],
  [
    "a field of a request gets a type",
    "note: {}",
    "note: { type: string }",
    `${PUT} body/note: the type is string, was any`,
  ],
  [
    "a field of a request takes fewer values",
    "note: {}",
    "note: { enum: [a] }",
    `${PUT} body/note: takes only some values`,
  ],
  ["a list is shorter", "maxItems: 5", "maxItems: 4", `${PUT} body/names: maxItems is 4, was 5`],
  [
    "a list is limited",
    "maxItems: 5",
    "maxItems: 5, minItems: 1",
    `${PUT} body/names: minItems is 1, was none`,
  ],
  [
    "other fields of a request are limited",
    "maxLength: 9",
    "maxLength: 8",
    `${PUT} body/tags/*: maxLength is 8, was 9`,
  ],
  [
    "other fields of a request are refused",
    "additionalProperties: { type: string, maxLength: 9 }",
    "additionalProperties: false",
    `${PUT} body/tags: has no other fields`,
  ],
  [
    "a pattern is another",
    "^[a-z]+$",
    "^[a-z-]+$",
    `${PUT} path parameter id: pattern is "^[a-z-]+$", was "^[a-z]+$"`,
    `${PUT} body/names/0: pattern is "^[a-z-]+$", was "^[a-z]+$"`,
  ],
  ["an enum loses a value", "[docker, helm]", "[docker]", `${PUT} body/kind: no longer takes "helm"`],
  [
    "an enum of an answer gets a value",
    "[docker, helm]",
    "[docker, helm, npm]",
    `${PUT} 200/kind: may be "npm"`,
  ],
  ["a constant is another", "const: true", "const: false", `${PUT} 200/ok: may be false`],
  [
    "a success is gone",
    '"200":\n          headers',
    '"201":\n          headers',
    `${PUT}: never answers 200`,
    `${PUT}: may answer 201`,
  ],
  ["an error is gone", '"404"', '"410"', `${PUT}: never answers 404`],
  [
    "a success is new",
    '"404": {',
    '"202": { description: later }\n        "404": {',
    `${PUT}: may answer 202`,
  ],
  ["an answer is never of that type", "text/yaml", "text/html", `${PUT} 200: is never text/yaml`],
  ["a header is gone", "ETag", "Etag2", `${PUT} 200: the header ETag is gone`],
  [
    "a header may be missing",
    "{ required: true, schema: { type: string } }",
    "{ schema: { type: string } }",
    `${PUT} 200: the header ETag may be missing`,
  ],
  ["a field of an answer is gone", "at: { type", "when: { type", `${PUT} 200/at: is gone`],
  ["a field of an answer may be missing", "[kind, owner]", "[kind]", `${PUT} 200/owner: may be missing`],
  [
    "a field of an answer may be null",
    "at: { type: string",
    'at: { type: [string, "null"]',
    `${PUT} 200/at: the type is string or null, was string`,
  ],
  [
    "a field of an answer loses its format",
    "format: date-time",
    "title: when",
    `${PUT} 200/at: the format date-time is gone`,
  ],
  [
    "a field of an answer has another choice",
    '{ type: "null" }',
    "{ type: string }",
    `${PUT} 200/owner: anyOf has changed`,
  ],
  ["below a choice a field may be missing", "required: [name], ", "", `${PUT} 200/owner: anyOf has changed`],
  ["an error loses a field", "{ code: { type: string } }", "{}", `${PUT} 404/code: is gone`],
  [
    "a schema has another name",
    "    Owner: {",
    "    Person: {",
    "schema Owner: is gone, or has another name",
    `${PUT} 200/owner: anyOf has changed`,
  ],
  [
    "a schema has what is not known here",
    "note: {}",
    "note: { allOf: [] }",
    `${PUT} body/note: allOf cannot be compared`,
  ],
];

test.each(breaks)("a change breaks clients: %s", (_, from, to, ...expected) => {
  expect(broken(from, to)).toEqual(expected);
});

const harmless: [string, from: string, to: string][] = [
  ["nothing", "0.3.1", "0.3.1"],
  ["a new path", "  /open:", "  /new: { get: { operationId: getNew, responses: {} } }\n  /open:"],
  ["an optional parameter", "- { name: dry,", "- { name: x, in: query, schema: {} }\n        - { name: dry,"],
  ["a higher maximum", "maximum: 100", "maximum: 200"],
  ["a limit that is gone", "minimum: 1, ", ""],
  ["a format that an integer's limits imply", "type: integer,", "type: integer, format: int32,"],
  ["a pattern that is gone", ', pattern: "^[a-z]+$"', ""],
  [
    "an optional field of a request",
    "size: { type: number }",
    "size: { type: number }\n        more: { type: string }",
  ],
  ["a wider type of a request", "size: { type: number }", "size: { type: [number, string] }"],
  ["a field of a request that takes anything", "{ type: number }", "{}"],
  ["more errors", '"404": {', '"409": { description: busy }\n        "404": {'],
  [
    "another type of an answer, for who asks for it",
    "text/yaml: {",
    "text/html: { schema: { type: string } }\n            text/yaml: {",
  ],
  [
    "an answer that no longer refuses other fields",
    "      additionalProperties: false\n      required: [kind, owner]",
    "      required: [kind, owner]",
  ],
  [
    "a request's schema that is open in the contract and that the service closes",
    "      additionalProperties: false\n      properties:\n        kind",
    "      properties:\n        kind",
  ],
  ["a new field of an answer", "at: { type", "by: { type: string }\n        at: { type"],
  ["a field of an answer that is always there", "[kind, owner]", "[kind, owner, at]"],
  ["a longer list in an answer", "names: { type: array, items", "names: { type: array, maxItems: 3, items"],
  ["a choice fewer in an answer", ', { type: "null" }', ""],
  ["another server", "security: [{ iam: [] }]\npaths", "  - { url: /v2 }\nsecurity: [{ iam: [] }]\npaths"],
  ["another description of a server", "description: here", "description: there"],
  ["a description of a security scheme", "x-authtype", "description: signed, x-authtype"],
  ["an operation that is open", "operationId: putThing", "operationId: putThing\n      security: []"],
  ["another description", "operationId: getOpen", "operationId: getOpen\n      description: Open."],
];

test.each(harmless)("a change breaks no client: %s", (_, from, to) => {
  expect(broken(from, to)).toEqual([]);
});

test("an optional field of a request breaks nothing where the contract leaves the request's schema open", () => {
  const open = BASE.replace(
    "      additionalProperties: false\n      properties:\n        kind",
    "      properties:\n        kind",
  );
  const more = open.replace("note: {}", "note: {}\n        more: { type: string }");
  expect(breakingChanges(parse(open), parse(more))).toEqual([]);
});

describe("a list of types is the same as a choice between them", () => {
  const fields = (listed: string) =>
    parse(
      BASE.replace("note: {}", `note: ${listed}`).replace(
        "at: { type: string, format: date-time }",
        `at: ${listed}`,
      ),
    );
  const listed = fields("{ type: [string, number], maxLength: 9 }");
  const choice = fields("{ oneOf: [{ type: string, maxLength: 9 }, { type: number }] }");

  test("in both directions", () => {
    expect(breakingChanges(listed, choice)).toEqual([]);
    expect(breakingChanges(choice, listed)).toEqual([]);
  });

  test.each([
    ["a request loses a type", "{ oneOf: [{ type: string }] }", `${PUT} body/note: oneOf has changed`],
    [
      "an answer gets a type",
      "{ oneOf: [{ type: string }, { type: number }, { type: boolean }] }",
      `${PUT} 200/at: oneOf has changed`,
    ],
    [
      "a request gets a limit",
      "{ oneOf: [{ type: string, maxLength: 8 }, { type: number }] }",
      `${PUT} body/note: oneOf has changed`,
    ],
  ])("but not if %s", (_, to, expected) => {
    expect(breakingChanges(listed, fields(to))).toEqual([expected]);
  });
});

test("the other way round, what was freed is taken back", () => {
  const tightened = harmless.filter(([name]) => /higher|gone|wider|anything/.test(name));
  expect(tightened.length).toBe(5);
  for (const [name, from, to] of tightened)
    expect(breakingChanges(changed(from, to), parse(BASE)), name).not.toEqual([]);
});

describe("the version", () => {
  const versions: [string, string, isBroken: boolean, RegExp | undefined][] = [
    ["0.3.1", "0.3.1", false, undefined],
    ["0.3.1", "0.3.1", true, /at least 0\.4\.0$/],
    ["0.3.1", "0.3.2", true, /at least 0\.4\.0$/],
    ["0.3.1", "0.4.0", true, undefined],
    ["0.3.1", "1.0.0", true, undefined],
    ["1.3.1", "1.4.0", true, /at least 2\.0\.0$/],
    ["1.3.1", "1.4.0", false, undefined],
    ["1.3.1", "2.0.0", true, undefined],
    ["0.3.1", "0.2.9", false, /older/],
    ["0.9.0", "0.10.0", true, undefined],
  ];
  test.each(versions)("%s to %s, broken: %s", (released, version, isBroken, expected) => {
    const of = (text: string): Contract => ({ ...parse(BASE), info: { version: text } });
    const fault = versionFault(of(released), of(version), isBroken ? ["x"] : []);
    expect(fault ?? "").toMatch(expected ?? /^$/);
  });
});

describe("the contract itself", () => {
  test("can be compared", () => {
    expect(breakingChanges(parse(contractText), parse(contractText))).toEqual([]);
  });

  test("would be found broken", () => {
    const cut = contractText.replace("operationId: getAccount", "operationId: readAccount");
    expect(breakingChanges(parse(contractText), parse(cut))).toEqual([
      "GET /v1/account: operationId is readAccount, was getAccount",
    ]);
  });
});
