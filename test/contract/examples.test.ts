/** Every example in the contract is of the form that the contract promises. */
import { describe, expect, test } from "vitest";
import { contract, operations, schemaFaults } from "../harness/contract.ts";

type Example = [at: string, schema: object, value: unknown];
type Node = { [key: string]: unknown };

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null;

/** Returns the value that a local reference stands for. */
function resolved(value: unknown): Node {
  if (!isNode(value)) return {};
  const { $ref } = value;
  if (typeof $ref !== "string") return value;
  return resolved(
    $ref
      .slice(2)
      .split("/")
      .reduce<unknown>((at, key) => (isNode(at) ? at[key] : undefined), contract),
  );
}

/** Everything that has a schema and an example, wherever it stands: media types, parameters, headers, schemas. */
function* examplesIn(node: unknown, at: string): Generator<Example> {
  if (!isNode(node)) return;
  const { schema, example, examples } = node;
  if (isNode(schema)) {
    if (example !== undefined) yield [`${at}/example`, schema, example];
    if (isNode(examples)) {
      for (const [name, each] of Object.entries(examples)) {
        yield [`${at}/examples/${name}`, schema, resolved(each)["value"]];
      }
    }
  }
  for (const [key, child] of Object.entries(node)) {
    if (key !== "example" && key !== "examples")
      yield* examplesIn(child, `${at}/${key.replaceAll("/", "~1")}`);
  }
}

const found = [...examplesIn(contract, "")];

test.each(found)("the example at %s conforms to its schema", (_, schema, value) => {
  expect(value).toBeDefined();
  expect(schemaFaults(schema, value)).toEqual([]);
});

describe("a pattern's words end with an example that matches it", () => {
  type Pattern = { pattern: string; form: unknown };
  const patterns: Pattern[] = [];
  JSON.stringify(contract, (_, node: unknown) => {
    if (isNode(node) && typeof node["pattern"] === "string")
      patterns.push({ pattern: node["pattern"], form: node["x-form"] });
    return node;
  });
  test("there are such patterns", () => expect(patterns.length).toBeGreaterThan(15));
  test.each(patterns)("$form", ({ pattern, form }) => {
    const [, example = ""] = /, for example `([^`]+)`$/.exec(String(form)) ?? [];
    expect(example).toMatch(new RegExp(pattern, "u"));
  });
});

test("examples of components are used", () => {
  const text = JSON.stringify(contract);
  const { examples = {} } = contract.components as { examples?: object };
  const unused = Object.keys(examples).filter((name) => !text.includes(`#/components/examples/${name}`));
  expect(unused).toEqual([]);
});

describe("every operation has examples", () => {
  const bodies = operations.flatMap(({ id, responses }) =>
    Object.entries(responses).flatMap(([status, { content }]) =>
      Object.entries(content).map(([type, { examples = {} }]) => ({ id, status, type, examples })),
    ),
  );

  test.each(bodies)("$id $status has an example of $type", ({ examples }) => {
    expect(Object.keys(examples).length).toBeGreaterThan(0);
  });

  test.each(bodies.filter(({ type }) => type === "application/problem+json"))(
    "$id $status has examples with that status",
    (body) => {
      for (const example of Object.values(body.examples)) {
        const { status, code, type } = resolved(resolved(example)["value"]);
        expect({ status, type }).toEqual({
          status: Number(body.status),
          type: `urn:rolecall:problem:${code}`,
        });
      }
    },
  );
});
