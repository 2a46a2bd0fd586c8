/**
 * Makes `src/generated/` from `openapi.yaml`: the contract's types, validators compiled ahead of time (Ajv
 * takes 50 ms to compile them, which no request should pay) and the contract's own text.
 */
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import { build } from "esbuild";
import openapiTypescript, { astToString } from "openapi-typescript";
import { parse } from "yaml";

type Schema = Record<string, unknown>;
type Parameter = { name: string; in: "path" | "query" | "header"; required?: boolean; schema: Schema };
type Operation = { operationId: string; parameters?: (Parameter | { $ref: string })[] };
type Contract = {
  paths: Record<string, Record<string, unknown> & { parameters?: Operation["parameters"] }>;
  components: { schemas: Record<string, Schema>; parameters: Record<string, Parameter> };
};

const root = new URL("../", import.meta.url);
const generated = new URL("src/generated/", root);
const text = await readFile(new URL("openapi.yaml", root), "utf8");
const contract: Contract = parse(text);

/** One schema for an operation's path and query parameters; a query parameter it does not know is a fault. */
function parameterSchema(
  shared: Operation["parameters"],
  own: Operation["parameters"],
): { properties: Record<string, Schema> } & Schema {
  const parameters = [...(shared ?? []), ...(own ?? [])]
    .map((p) => ("$ref" in p ? contract.components.parameters[p.$ref.split("/").at(-1) ?? ""] : p))
    .filter((p) => p !== undefined)
    .filter((p) => p.in !== "header");
  return {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(parameters.map((p) => [p.name, p.schema])),
    required: parameters.filter((p) => p.required).map((p) => p.name),
  };
}

const methods = ["get", "put", "post", "delete", "patch"];
const operations = Object.values(contract.paths).flatMap((item) =>
  Object.entries(item)
    .filter(([method]) => methods.includes(method))
    .map(([, operation]) => ({ operation: operation as Operation, shared: item.parameters })),
);

const bodies = new Ajv2020({ allErrors: true, strict: false, code: { source: true, esm: true } });
const parameters = new Ajv2020({
  allErrors: true,
  strict: false,
  code: { source: true, esm: true },
});
const schemas = { $id: "contract", components: contract.components };
bodies.addSchema(schemas);
parameters.addSchema(schemas);

/** Rewrites the contract's local references, so that a schema taken out of it still finds its parts. */
const anchored = (schema: Schema): Schema =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"contract#/components/'));

const bodySchemas = ["RegistrationRequest", "ExplanationRequest"].map((schema) => ({
  schema,
  id: `${schema.charAt(0).toLowerCase()}${schema.slice(1)}`,
}));
for (const { schema, id } of bodySchemas)
  bodies.addSchema({ $id: id, $ref: `contract#/components/schemas/${schema}` });
for (const { operation, shared } of operations) {
  parameters.addSchema({
    $id: operation.operationId,
    ...anchored(parameterSchema(shared, operation.parameters)),
  });
}

/** Ajv's standalone code requires a few helpers of its own; bundled, the module stands alone. */
async function compile(ajv: Ajv2020, names: string[], file: string): Promise<void> {
  const source = standalone(ajv, Object.fromEntries(names.map((name) => [name, name])));
  await build({
    stdin: { contents: source, resolveDir: root.pathname, loader: "js" },
    bundle: true,
    format: "esm",
    platform: "node",
    minifySyntax: true,
    outfile: new URL(file, generated).pathname,
  });
}

await mkdir(generated, { recursive: true });
const ids = operations.map(({ operation }) => operation.operationId);
await compile(
  bodies,
  bodySchemas.map(({ id }) => id),
  "bodies.js",
);
await compile(parameters, ids, "parameters.js");

const parametersType = `
type Parts = { path?: object; query?: object };
/** What the path and the query of an operation hold, once they are of the contract's form. */
export type Parameters<Id extends keyof operations> = Of<operations[Id]["parameters"]>;
type Of<P extends Parts> = Part<P["path"]> & Part<P["query"]>;
type Part<T> = [NonNullable<T>] extends [never] ? unknown : NonNullable<T>;
`;
await writeFile(
  new URL("bodies.d.ts", generated),
  `import type { components } from "./contract.ts";
/** One thing that Ajv found. */
export type Fault = { instancePath: string; keyword: string; message?: string; params: Record<string, unknown> };
export type Validate<T> = { (data: unknown): data is T; errors?: Fault[] | null };
${bodySchemas.map(({ schema, id }) => `export declare const ${id}: Validate<components["schemas"]["${schema}"]>;`).join("\n")}
`,
);
await writeFile(
  new URL("parameters.d.ts", generated),
  `import type { Validate } from "./bodies.js";
import type { operations } from "./contract.ts";
${parametersType}
${ids.map((id) => `export declare const ${id}: Validate<Parameters<"${id}">>;`).join("\n")}
`,
);

/** What a query's text is read as, by the parameter's name; any other stays text. */
const readAs = Object.fromEntries(
  operations
    .flatMap(({ operation, shared }) =>
      Object.entries(parameterSchema(shared, operation.parameters).properties),
    )
    .filter(([, schema]) => schema.type === "integer" || schema.type === "boolean")
    .map(([name, schema]) => [name, schema.type]),
);
await appendFile(new URL("parameters.js", generated), `export const readAs = ${JSON.stringify(readAs)};\n`);
await appendFile(
  new URL("parameters.d.ts", generated),
  'export declare const readAs: Readonly<Record<string, "integer" | "boolean">>;\n',
);
await writeFile(
  new URL("contract.ts", generated),
  astToString(await openapiTypescript(new URL("openapi.yaml", root))),
);
await writeFile(new URL("text.ts", generated), `export default ${JSON.stringify(text)};\n`);
