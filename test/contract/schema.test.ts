/** The service checks a request as the contract's schemas say. Ajv, which knows all of JSON Schema, decides. */
import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as bodies from "../../src/generated/bodies.js";
import * as parameters from "../../src/generated/parameters.js";
import { pointerToken } from "../../src/lib/pointer.ts";
import { faultsOf, type Rules } from "../../src/lib/schema.ts";
import { anyOf, broken } from "../fuzz/requests.ts";
import { closed, contract, operations } from "../harness/contract.ts";
import { runs } from "../harness/properties.ts";

type Schema = Parameters<typeof anyOf>[0];
type Parameter = { $ref?: string; name: string; in: string; required?: boolean; schema: Schema };

// The limits of an integer imply its format, so nothing here checks the format.
const ajv = new Ajv2020({ allErrors: true, strict: false, formats: { int32: true, int64: true } });
ajv.addSchema({ $id: "contract", components: closed(contract.components) });

/** Returns the place of a fault that Ajv finds, as callers get it: the field that is missing or not known. */
function placeOf({ instancePath, params }: ErrorObject): string {
  const name = params["additionalProperty"] ?? params["missingProperty"];
  return name === undefined ? instancePath : `${instancePath}/${pointerToken(String(name))}`;
}

/**
 * Leaves out what Ajv says about the choices of another type than the value's, and about the choice as a whole: callers
 * are told what is wrong with the choice of the value's type.
 */
function ofChosenType(errors: readonly ErrorObject[]): ErrorObject[] {
  const isAboutChoice = ({ keyword, instancePath }: ErrorObject): boolean =>
    (keyword === "oneOf" || keyword === "type") &&
    errors.some((other) => other.keyword === "oneOf" && other.instancePath === instancePath);
  return errors.filter(
    (error) =>
      !isAboutChoice(error) ||
      errors.every(
        (other) => isAboutChoice(other) || !`${other.instancePath}/`.startsWith(`${error.instancePath}/`),
      ),
  );
}

const parameterSchema = (path: string, method: string): Schema => {
  const item = Object(contract.paths[path]);
  const named: Parameter[] = [...(item.parameters ?? []), ...(item[method.toLowerCase()].parameters ?? [])]
    .map((one: Parameter) =>
      one.$ref === undefined
        ? one
        : Object(contract.components["parameters"])[one.$ref.split("/").at(-1) ?? ""],
    )
    .filter((one: Parameter) => one.in !== "header");
  return {
    type: "object",
    properties: Object.fromEntries(named.map(({ name, schema }) => [name, schema])),
    required: named.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
};

const cases: [string, Rules, Schema][] = [
  ["RegistrationRequest", bodies.registrationRequest, { $ref: "#/components/schemas/RegistrationRequest" }],
  ["ExplanationRequest", bodies.explanationRequest, { $ref: "#/components/schemas/ExplanationRequest" }],
  ...operations.map(({ id, path, method }): [string, Rules, Schema] => [
    id,
    Object(parameters)[id],
    parameterSchema(path, method),
  ]),
];

test("a request's body is closed at every depth, also where the contract leaves a shared schema open", () => {
  const body = {
    x: 1,
    trust: { x: 1 },
    github: { x: 1 },
    ecr: [{ repository: "acme/api", settings: { x: 1, pull: { x: 1 } } }],
  };
  expect(
    faultsOf(bodies.registrationRequest, body)
      .map(({ pointer }) => pointer)
      .sort(),
  ).toEqual(["/ecr/0/settings/pull/x", "/ecr/0/settings/x", "/github/x", "/trust/x", "/x"]);
});

describe("a field that is nearly right", () => {
  const detailOf = (body: object) =>
    faultsOf(bodies.registrationRequest, body).map(({ detail }) => detail)[0];

  test.each<[object, string]>([
    [{ trust: { branch: ["main"] } }, "branches"],
    [{ trust: { branchs: ["main"] } }, "branches"],
    [{ trust: { brnaches: ["main"] } }, "branches"],
    [{ trust: { environment: ["production"] } }, "environments"],
    [{ trust: { pull_request: true } }, "pullRequests"],
    [{ trust: { anyref: true } }, "anyRef"],
    [{ trust: { jobWorkflowRef: [] } }, "jobWorkflowRefs"],
    [{ trusts: {} }, "trust"],
    [{ trsut: {} }, "trust"],
    [{ tasg: {} }, "tags"],
    [{ erc: [] }, "ecr"],
    [{ ECR: [] }, "ecr"],
    [{ max_session_seconds: 3600 }, "maxSessionSeconds"],
    [{ profile: [] }, "profiles"],
    [{ branches: ["main"] }, "trust.branches"],
    [{ environments: ["production"] }, "trust.environments"],
    [{ ecr: [{ repository: "acme/api", setting: {} }] }, "settings"],
  ])("%j: did you mean %s?", (body, meant) => {
    expect(detailOf(body)).toBe(`The contract knows no such field. Did you mean \`${meant}\`?`);
  });

  test.each([{ trust: { subjects: [] } }, { x: 1 }, { __proto: 1 }, { ["branches".repeat(999)]: 1 }])(
    "no field is suggested for one that resembles none",
    (body) => {
      expect(detailOf(body)).toBe("The contract knows no such field.");
    },
  );
});

describe("what is checked is what the contract says", () => {
  test.each(cases)("%s is checked as the contract says", (_, rules, schema) => {
    const validate = ajv.compile(
      JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"contract#/components/')),
    );
    const seen = { right: 0, wrong: 0 };
    const check = (value: unknown) => {
      seen[validate(value) ? "right" : "wrong"]++;
      const places = new Set(
        ofChosenType(validate.errors ?? [])
          .filter(({ keyword }) => keyword !== "propertyNames")
          .map(placeOf),
      );
      expect(
        [...new Set(faultsOf(rules, value).map(({ pointer }) => pointer))].sort(),
        JSON.stringify(value).slice(0, 500),
      ).toEqual([...places].sort());
    };
    const right = anyOf(schema);
    const wrong = right.chain(broken);
    // As JSON: what comes over the wire holds neither undefined nor -0.
    const sent = fc
      .oneof(right, wrong, wrong.chain(broken))
      .map((value) => JSON.parse(JSON.stringify(value)));
    fc.assert(fc.property(sent, check), { numRuns: runs(300) });
    expect(seen.right).toBeGreaterThan(0);
    expect(seen.wrong).toBeGreaterThan(0);
  });
});

test("limits count characters as JSON Schema does", () => {
  const rules: Rules = { type: "string", minLength: 2, maxLength: 3 };
  const places = (value: string) => faultsOf(rules, value).map(({ detail }) => detail);
  expect(places("😀")).toEqual(["The value must have at least 2 characters."]);
  expect(places("😀😀😀")).toEqual([]);
  expect(places("abcd")).toEqual(["The value must have at most 3 characters."]);
});

test.each<[string, Rules, unknown, string]>([
  ["a type", { type: "integer" }, 1.5, "The value must be of the type integer."],
  [
    "types",
    { oneOf: [{ type: "string" }, { type: "number" }] },
    true,
    "The value must be of the type string or number.",
  ],
  [
    "a limit of a type",
    { oneOf: [{ type: "string", maxLength: 1 }, { type: "number" }] },
    "ab",
    "The value must have at most 1 characters.",
  ],
  ["a choice", { enum: ["push", "pull"] }, "both", "The value must be one of push, pull."],
  ["a minimum", { minimum: 1 }, 0, "The value must be at least 1."],
  ["a maximum", { maximum: 1 }, 2, "The value must be at most 1."],
  ["a pattern", { pattern: /^a$/u }, "b", "The value must match the pattern ^a$."],
  [
    "a pattern in words",
    { pattern: /^a$/u, form: "a, for example `a`" },
    "b",
    "The value must be a, for example `a`.",
  ],
  ["few items", { minItems: 1 }, [], "The value must have at least 1 items."],
  ["many items", { maxItems: 1 }, [1, 2], "The value must have at most 1 items."],
  ["an item twice", { uniqueItems: true }, ["a", "a"], "The value must have no item twice."],
  ["few fields", { minProperties: 1 }, {}, "The value must have at least 1 fields."],
  [
    "a name",
    { propertyNames: { minLength: 1 } },
    { "": 1 },
    'The field\'s name "" must have at least 1 characters.',
  ],
  ["many fields", { maxProperties: 0 }, { a: 1 }, "The value must have at most 0 fields."],
])("a caller is told of %s", (_, rules, value, detail) => {
  expect(faultsOf(rules, value)).toEqual([{ pointer: "", detail }]);
});

test.each<[string, Rules, unknown]>([
  [
    "fields",
    { additionalProperties: false },
    Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`x${index}`, 1])),
  ],
  ["items", { items: { type: "string" } }, Array.from({ length: 1000 }, () => 1)],
])("after as many faults as are asked for, no further %s are checked", (_, rules, value) => {
  expect(faultsOf(rules, value, "", 3)).toHaveLength(3);
});
