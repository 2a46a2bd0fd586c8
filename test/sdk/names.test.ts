/** Operations, types, errors and pages have names from which generators make readable clients. */
import { describe, expect, test } from "vitest";
import { asOpenApi30 } from "../../scripts/openapi-30.ts";
import { contract, operations } from "../harness/contract.ts";

type Node = { [key: string]: unknown };
const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null;
const { schemas } = contract.components as { schemas: Record<string, Node> };

/** Every schema below another, with its position. */
function* below(node: unknown, at: string): Generator<[string, Node]> {
  if (!isNode(node)) return;
  for (const [key, child] of Object.entries(node)) {
    if (!isNode(child) || ["enum", "required", "examples", "example", "value"].includes(key)) continue;
    yield [`${at}/${key}`, child];
    yield* below(child, `${at}/${key}`);
  }
}

const isNamed = (at: string) => /^\/components\/schemas\/\w+$/.test(at);

test("every object and every enum is a named schema", () => {
  const all = [...below(contract, "")].filter(
    ([, { type }]) => typeof type === "string" || Array.isArray(type),
  );
  expect(all.length).toBeGreaterThan(200);
  const anonymous = all
    .filter(([at, node]) => !isNamed(at) && (isNode(node["properties"]) || Array.isArray(node["enum"])))
    .map(([at]) => at);
  expect(anonymous).toEqual([]);
});

/** The names of the schemas that a part of the contract reaches. */
function reached(part: unknown, found = new Set<string>()): Set<string> {
  for (const [, ref] of JSON.stringify(part).matchAll(/"#\/components\/(\w+\/\w+)"/g)) {
    const [kind = "", name = ""] = ref?.split("/") ?? [];
    if (ref === undefined || found.has(ref)) continue;
    found.add(ref);
    const kinds: Record<string, Node> = Object(contract.components);
    reached(kinds[kind]?.[name], found);
  }
  return found;
}

test("only a schema that no answer reaches is closed, because answers get new fields", () => {
  const inAnswers = reached(operations.map(({ responses }) => responses));
  expect(inAnswers.size).toBeGreaterThan(40);
  const isClosed = (name: string) => schemas[name]?.["additionalProperties"] === false;
  expect([...inAnswers].map((ref) => ref.split("/")[1] ?? "").filter(isClosed)).toEqual([]);
  expect(Object.keys(schemas).filter(isClosed)).toEqual(["RevocationRequest", "ExplanationRequest"]);
});

test("no schema has a list of types, because one generator's stack overflows; `oneOf` says the same", () => {
  const lists = [...below(contract, "")].filter(([, { type }]) => Array.isArray(type));
  expect(lists).toEqual([]);
});

test("in OpenAPI 3.0, a schema that may be null says so, and a schema with several choices takes any value", () => {
  const lowered = asOpenApi30(contract);
  const faults = [...below(lowered, "")].filter(
    ([, { oneOf, anyOf, type }]) => oneOf !== undefined || anyOf !== undefined || type === "null",
  );
  expect(faults).toEqual([]);
  expect(lowered).toMatchObject({
    components: {
      schemas: {
        Runner: { description: expect.any(String) },
        LastUsedAt: { nullable: true, allOf: [{ $ref: "#/components/schemas/Timestamp" }] },
        CarriedValues: { nullable: true, type: "array", items: { type: "string" } },
      },
    },
  });
});

test("no text ends a comment of Go, Java or C#", () => {
  const texts = [...below(contract, "")].flatMap(([at, { summary, description }]) =>
    [summary, description].filter((text) => typeof text === "string").map((text) => ({ at, text })),
  );
  expect(texts.length).toBeGreaterThan(200);
  expect(texts.filter(({ text }) => text.includes("*/"))).toEqual([]);
});

test("no success is a reference to a response, because one generator loses its type", () => {
  const successes = Object.entries(contract.paths).flatMap(([path, item]) =>
    Object.values(item).flatMap(({ responses = {} }) =>
      Object.entries(responses)
        .filter(([status]) => Number(status) < 400)
        .map(([, response]) => ({ path, response })),
    ),
  );
  expect(successes.length).toBeGreaterThanOrEqual(operations.length);
  expect(successes.filter(({ response }) => "$ref" in response)).toEqual([]);
});

test("every response documents the request id, which its problems repeat", () => {
  const responses = operations.flatMap(({ id, responses }) =>
    Object.entries(responses).map(([status, { headers }]) => ({ at: `${id} ${status}`, headers })),
  );
  expect(responses.length).toBeGreaterThan(100);
  expect(responses.filter(({ headers }) => headers["x-request-id"] === undefined)).toEqual([]);
});

const integers = [...below(contract, "")].filter(([, { type }]) => type === "integer");

test("every integer has a format, because Java and C# take one without for 32 bits", () => {
  expect(integers.length).toBeGreaterThan(20);
  expect(integers.filter(([, { format }]) => !/^int(32|64)$/.test(String(format)))).toEqual([]);
});

test("an integer that may be larger than 32 bits is an int64, as GitHub's ids are", () => {
  const large = integers.filter(([, { maximum }]) => Number(maximum ?? 0) >= 2 ** 31);
  expect(large.map(([at]) => at)).toEqual(["/components/schemas/GitHubId"]);
  expect(integers.filter(([, { format }]) => format === "int64")).toEqual(large);
});

test("no parameter has the name of a schema, because a generator would number one of the two", () => {
  const { parameters } = contract.components as { parameters: object };
  expect(Object.keys(parameters).filter((name) => name in schemas)).toEqual([]);
});

test.each(operations)("$id begins with a verb and names its object", ({ id }) => {
  expect(id).toMatch(/^(get|list|put|delete|export|explain|check|repair|revoke|start)([A-Z][a-z]+)+$/);
});

describe("answers", () => {
  const answers = operations.flatMap(({ id, responses }) =>
    Object.entries(responses).flatMap(([status, { content }]) =>
      Object.entries(content).map(([type, { schema }]) => ({ id, status, type, schema })),
    ),
  );

  test.each(answers)("$id $status $type has a named schema", ({ status, schema }) => {
    const ref = { $ref: expect.stringMatching("^#/components/schemas/") };
    expect(schema).toEqual(Number(status) < 400 ? ref : { $ref: "#/components/schemas/Problem" });
  });

  const paged = operations.filter(({ id }) => /^list|History(InAccount)?$|Audit$/.test(id));

  test.each(paged)("$id is a page with a cursor to the next", ({ responses }) => {
    const { schema } = responses["200"]?.content["application/json"] ?? {};
    const name = isNode(schema) ? String(schema["$ref"]).split("/").at(-1) : undefined;
    const page = schemas[name ?? ""];
    expect(page).toMatchObject({ properties: { items: { type: "array" }, nextCursor: { type: "string" } } });
    expect(page?.["required"]).toContain("items");
    expect(page?.["required"]).not.toContain("nextCursor");
  });

  test("every operation with pages is among them", () => {
    const withCursor = answers.filter(({ schema }) => JSON.stringify(schema).endsWith('Page"}'));
    expect(withCursor.map(({ id }) => id)).toEqual(paged.map(({ id }) => id));
  });
});
