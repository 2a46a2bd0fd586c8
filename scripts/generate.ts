/**
 * `npm run generate`: makes `src/generated/` from `openapi.yaml`. It holds the contract's types, the schemas that
 * `src/lib/schema.ts` checks requests against, and the contract's own text.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

type Schema = Record<string, unknown>;
type Parameter = { name: string; in: "path" | "query" | "header"; required?: boolean; schema: Schema };
type Security = Record<string, string[]>[];
type Operation = {
  operationId: string;
  parameters?: (Parameter | { $ref: string })[];
  security?: Security;
};
type Contract = {
  security: Security;
  paths: Record<string, Record<string, unknown> & { parameters?: Operation["parameters"] }>;
  components: { schemas: Record<string, Schema>; parameters: Record<string, Parameter> };
};

const root = new URL("../", import.meta.url);
const generated = new URL("src/generated/", root);
const text = await readFile(new URL("openapi.yaml", root), "utf8");

// Every script runs this one first. If the folder has what these sources make, there is nothing to do.
const sources = [fileURLToPath(import.meta.url), fileURLToPath(new URL("package-lock.json", root))];
const digest = createHash("sha256").update(text);
for (const source of sources) digest.update(await readFile(source));
const marker = new URL(".digest", generated);
const FILES = [
  "bodies.d.ts",
  "bodies.js",
  "contract.ts",
  "open.ts",
  "parameters.d.ts",
  "parameters.js",
  "text.ts",
];
const made = `${digest.digest("hex")}\n`;
const present: readonly string[] = await readdir(generated).catch(() => []);
if (
  FILES.every((file) => present.includes(file)) &&
  (await readFile(marker, "utf8").catch(() => "")) === made
)
  process.exit();
// Loading it takes longer than everything else here.
const { astToString, default: openapiTypescript } = await import("openapi-typescript");

const contract: Contract = parse(text);

/** Returns one schema for the path and query parameters of an operation. It refuses unknown query parameters. */
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
const operations = Object.entries(contract.paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([method]) => methods.includes(method))
    .map(([method, operation]) => ({
      method,
      path,
      operation: operation as Operation,
      shared: item.parameters,
    })),
);

/** The operations that need no caller: those with `security: []`. */
const open = operations.filter(({ operation, path }) => {
  const security = operation.security ?? contract.security;
  const isOptional = security.some((requirement) => Object.keys(requirement).length === 0);
  if (isOptional || (security.length === 0 && path.includes("{")))
    throw new Error(`${operation.operationId}: an open operation has \`security: []\` and one path`);
  return security.length === 0;
});

/** Keywords that `src/lib/schema.ts` checks. Any keyword that is neither here nor an annotation stops the generation. */
const CHECKED =
  "type enum minimum maximum minLength maxLength pattern minItems maxItems uniqueItems items minProperties maxProperties required properties propertyNames additionalProperties oneOf".split(
    " ",
  );
/** The contract's own keyword beside a pattern: the pattern in words, with an example, for whoever does not match it. */
const FORM = "x-form";
const ANNOTATIONS = ["description", "examples", "default"];

/** Tells whether an integer's minimum and maximum are within its format. Then nothing has to check the format. */
function isBounded({ type, format, minimum, maximum }: Schema): boolean {
  const largest = format === "int32" ? 2 ** 31 - 1 : format === "int64" ? Number.MAX_SAFE_INTEGER : 0;
  return type === "integer" && Number(minimum) >= -largest && Number(maximum) <= largest;
}

/**
 * Returns a module that exports schemas as data. It closes each object that names its fields, because the contract has
 * to leave open the schemas that requests share with answers. Each referenced schema appears once,
 * before its first use.
 */
function moduleOf(schemas: Record<string, Schema>): string {
  const parts = new Map<string, string>();
  const exported = Object.entries(schemas).map(
    ([name, schema]) => `export const ${name} = ${sourceOf(schema, parts)};\n`,
  );
  return [...[...parts].map(([name, source]) => `const ${name} = ${source};\n`), ...exported].join("");
}

function sourceOf(schema: Schema, parts: Map<string, string>): string {
  const rules = Object.entries(schema).filter(
    ([keyword]) => !ANNOTATIONS.includes(keyword) && !(keyword === "format" && isBounded(schema)),
  );
  if (typeof schema.$ref === "string") {
    const name = schema.$ref.split("/").at(-1) ?? "";
    const part = contract.components.schemas[name];
    if (part === undefined || rules.length > 1)
      throw new Error(`Cannot resolve the reference ${schema.$ref}.`);
    if (!parts.has(name)) parts.set(name, sourceOf(part, parts));
    return name;
  }
  if (schema.properties !== undefined && schema.additionalProperties === undefined)
    rules.push(["additionalProperties", false]);
  if ((schema.pattern === undefined) !== (schema[FORM] === undefined))
    throw new Error(
      `The pattern ${schema.pattern} and \`${FORM}\` belong together. Say in words what it accepts.`,
    );
  const source = rules.map(([keyword, value]) => {
    if (keyword === FORM) return `form: ${JSON.stringify(value)}`;
    if (!CHECKED.includes(keyword))
      throw new Error(
        `\`src/lib/schema.ts\` does not check the keyword \`${keyword}\`. Teach it the keyword, or leave the keyword out.`,
      );
    const inner = (one: unknown) => sourceOf(Object(one), parts);
    switch (keyword) {
      case "pattern":
        return `pattern: new RegExp(${JSON.stringify(value)}, "u")`;
      case "properties":
        return `properties: { ${Object.entries(Object(value))
          .map(([name, one]) => `${JSON.stringify(name)}: ${inner(one)}`)
          .join(", ")} }`;
      case "items":
      case "propertyNames":
        return `${keyword}: ${inner(value)}`;
      case "oneOf":
        return `oneOf: [${[value].flat().map(inner).join(", ")}]`;
      case "additionalProperties":
        return `${keyword}: ${typeof value === "boolean" ? value : inner(value)}`;
      default:
        return `${keyword}: ${JSON.stringify(value)}`;
    }
  });
  return `{ ${source.join(", ")} }`;
}

await mkdir(generated, { recursive: true });
const bodies = ["RegistrationRequest", "ExplanationRequest", "RevocationRequest", "MemberAccountRequest"].map(
  (schema) => ({
    schema,
    id: `${schema.charAt(0).toLowerCase()}${schema.slice(1)}`,
  }),
);
await writeFile(
  new URL("bodies.js", generated),
  moduleOf(
    Object.fromEntries(bodies.map(({ schema, id }) => [id, { $ref: `#/components/schemas/${schema}` }])),
  ),
);
const parameters = Object.fromEntries(
  operations.map(({ operation, shared }) => [
    operation.operationId,
    parameterSchema(shared, operation.parameters),
  ]),
);

const parametersType = `
type Parts = { path?: object; query?: object };
/** The path and query parameters of an operation, after they were checked against the contract. */
export type Parameters<Id extends keyof operations> = Of<operations[Id]["parameters"]>;
type Of<P extends Parts> = Part<P["path"]> & Part<P["query"]>;
type Part<T> = [NonNullable<T>] extends [never] ? unknown : NonNullable<T>;
`;
await writeFile(
  new URL("bodies.d.ts", generated),
  `import type { Schema } from "../lib/schema.ts";
import type { components } from "./contract.ts";
${bodies.map(({ schema, id }) => `export declare const ${id}: Schema<components["schemas"]["${schema}"]>;`).join("\n")}
`,
);

/** The type that a query parameter's text is converted to, by the parameter's name. Any other parameter stays text. */
const readAs = Object.fromEntries(
  Object.values(parameters)
    .flatMap(({ properties }) => Object.entries(properties))
    .filter(([, schema]) => schema.type === "integer" || schema.type === "boolean")
    .map(([name, schema]) => [name, schema.type]),
);
await writeFile(
  new URL("parameters.js", generated),
  `${moduleOf(parameters)}export const readAs = ${JSON.stringify(readAs)};\n`,
);
await writeFile(
  new URL("parameters.d.ts", generated),
  `import type { Schema } from "../lib/schema.ts";
import type { operations } from "./contract.ts";
${parametersType}
${Object.keys(parameters)
  .map((id) => `export declare const ${id}: Schema<Parameters<"${id}">>;`)
  .join("\n")}
export declare const readAs: Readonly<Record<string, "integer" | "boolean">>;
`,
);
await writeFile(
  new URL("contract.ts", generated),
  astToString(await openapiTypescript(new URL("openapi.yaml", root))),
);
await writeFile(
  new URL("open.ts", generated),
  `/** The operations that the contract has open to everyone. */
export const openOperations: readonly { method: string; path: string }[] = ${JSON.stringify(
    open.map(({ method, path }) => ({ method: method.toUpperCase(), path })),
  )};\n`,
);
await writeFile(
  new URL("text.ts", generated),
  `export const yaml = ${JSON.stringify(text)};\nexport const json = ${JSON.stringify(JSON.stringify(contract))};\n`,
);
await writeFile(marker, made);
