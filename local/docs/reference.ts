/** The contract as Markdown: a page for each group of operations, and one for the schemas. */
import {
  type Body,
  type Contract,
  type Operation,
  operationsOf,
  type Parameter,
  type Schema,
} from "./contract.ts";
import { curlSample, pythonSample, typescriptSample } from "./samples.ts";

/** A page of the reference. */
export type ReferencePage = { readonly file: string; readonly name: string; readonly text: string };

const SCHEMAS = "reference-schemas";

/** Returns the pages of the reference. */
export function referencePages(contract: Contract): ReferencePage[] {
  const { info, tags, components } = contract;
  const operations = operationsOf(contract);
  return [
    {
      file: "reference.md",
      name: "Overview",
      text: `# Reference\n\n${info.description}\n\nVersion ${info.version}. The contract itself: [openapi.yaml](./openapi.yaml){target="_self"}.\n\n${index(operations)}`,
    },
    ...tags.map(({ name, description }) => ({
      file: `reference-${name}.md`,
      name: capital(name),
      text: `# ${capital(name)}\n\n${description}\n\n${operations
        .filter(({ tag }) => tag === name)
        .map(section)
        .join("\n\n")}\n`,
    })),
    {
      file: `${SCHEMAS}.md`,
      name: "Schemas",
      text: `# Schemas\n\n${Object.entries(components.schemas)
        .map(([name, schema]) => `## ${name} {#${schemaId(name)}}\n\n${described(schema)}`)
        .join("\n\n")}\n`,
    },
  ];
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const schemaId = (name: string): string => `schema-${name.toLowerCase()}`;
const titleOf = ({ method, path }: Operation): string => `\`${method} ${path}\``;

/** Returns a table of all operations, by method and path. */
const index = (operations: readonly Operation[]): string =>
  [
    "## Operations",
    "",
    "| call | does |",
    "| --- | --- |",
    ...operations.map(
      (one) =>
        `| [${titleOf(one)}](./reference-${one.tag}.md#${one.id.toLowerCase()}) | ${cell(one.summary)} |`,
    ),
    "",
  ].join("\n");

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

/** Returns the section of one operation. */
function section(operation: Operation): string {
  const { id, summary, description, parameters, body, answers } = operation;
  const anchor = id.toLowerCase();
  return [
    `## ${titleOf(operation)} {#${anchor}}`,
    `**${summary}**`,
    description,
    ...(parameters.length === 0
      ? []
      : [`### Parameters {#${anchor}-parameters}`, parameters.map(parameterItem).join("\n")]),
    ...(body === undefined ? [] : [`### Body {#${anchor}-body}`, bodyText(body)]),
    `### Request {#${anchor}-request}`,
    [
      "::: code-group",
      fence("sh", curlSample(operation), "curl"),
      fence("ts", typescriptSample(operation), "TypeScript"),
      fence("python", pythonSample(operation), "Python"),
      ":::",
    ].join("\n"),
    `### Answers {#${anchor}-answers}`,
    answers.map(answerItem).join("\n"),
    ...answers
      .filter(({ status }) => status.startsWith("2"))
      .flatMap(({ bodies }) => bodies.flatMap(examplesOf)),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

const fence = (language: string, text: string, name?: string): string =>
  `\`\`\`${language}${name === undefined ? "" : ` [${name}]`}\n${text}\n\`\`\``;

const parameterItem = ({ name, in: place, required, schema, description = "" }: Parameter): string =>
  item(
    `\`${name}\` (${place}${required && place !== "path" ? ", required" : ""}): ${typeOf(schema)}`,
    description,
  );

const bodyText = (body: Body): string =>
  [`\`${body.type}\`: ${typeOf(body.schema)}`, ...examplesOf(body)].join("\n\n");

const examplesOf = ({ type, examples }: Body): string[] =>
  examples.map(({ summary, value }) =>
    [
      `Example${summary === undefined ? "" : `: ${summary}`}`,
      typeof value === "string"
        ? fence(languageOf(type), value)
        : fence("json", JSON.stringify(value, null, 2)),
    ].join("\n\n"),
  );

const languageOf = (type: string): string => (type.includes("yaml") ? "yaml" : "text");

const answerItem = ({ status, description, headers, bodies }: Operation["answers"][number]): string =>
  item(
    `**${status}**: ${[...bodies.map(({ type, schema }) => `${typeOf(schema)} as \`${type}\``), ...(headers.length > 0 ? [`with ${headers.map((name) => `\`${name}\``).join(", ")}`] : [])].join(", ") || "no body"}`,
    description,
  );

/** Returns an item of a list, with blocks of text below its first line. */
const item = (first: string, text: string): string =>
  [
    `- ${first}`,
    ...(text.trim() === ""
      ? []
      : [
          "",
          ...text
            .trim()
            .split("\n")
            .map((line) => (line === "" ? "" : `  ${line}`)),
          "",
        ]),
  ].join("\n");

/** Returns a schema's own description, and its fields. */
function described(schema: Schema): string {
  const { description = "", properties, required = [] } = schema;
  if (properties === undefined) return [description, `Type: ${typeOf(schema)}`].join("\n\n");
  const fields = Object.entries(properties).map(([name, field]) =>
    item(
      `\`${name}\`${required.includes(name) ? " (required)" : ""}: ${typeOf(field)}`,
      field.description ?? "",
    ),
  );
  return [description, fields.join("\n")].join("\n\n");
}

/** Returns the values that a schema allows, in words and links. */
function typeOf(schema: Schema): string {
  const { $ref, type, items, anyOf, oneOf, allOf, enum: values, additionalProperties } = schema;
  if ($ref !== undefined) {
    const name = $ref.slice($ref.lastIndexOf("/") + 1);
    return `[${name}](./${SCHEMAS}.md#${schemaId(name)})`;
  }
  const several = anyOf ?? oneOf;
  if (several !== undefined) return several.map(typeOf).join(" or ");
  if (allOf !== undefined) return allOf.map(typeOf).join(" and ");
  if (values !== undefined) return `one of ${values.map((value) => `\`${value}\``).join(", ")}`;
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (items !== undefined) return `list of ${typeOf(items)}${limits(schema)}`;
  if (typeof additionalProperties === "object")
    return `object of ${typeOf(additionalProperties)}${limits(schema)}`;
  return `${type === undefined ? "any JSON" : [type].flat().join(" or ")}${limits(schema)}`;
}

const LIMITS: Readonly<Record<string, string>> = {
  format: "format",
  pattern: "pattern",
  minLength: "shortest",
  maxLength: "longest",
  minimum: "from",
  maximum: "to",
  minItems: "fewest",
  maxItems: "most",
  minProperties: "fewest",
  maxProperties: "most",
  default: "default",
};

const limits = (schema: Schema): string =>
  Object.entries(LIMITS)
    .filter(([key]) => schema[key] !== undefined)
    .map(([key, words]) => {
      const value = schema[key];
      return `, ${words} \`${typeof value === "string" ? value : JSON.stringify(value)}\``;
    })
    .join("");
