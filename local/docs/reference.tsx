/** The contract as a page: every operation and every schema, as tables that link to each other. */
import type { Child } from "hono/jsx";
import { type Rendered, renderText } from "./markdown.ts";

type Reference = { $ref: string };
type Schema = {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  examples?: unknown[];
  [constraint: string]: unknown;
};
type Parameter = { name: string; in: string; required?: boolean; description?: string; schema: Schema };
type Example = { summary?: string; value: unknown };
type Content = Record<string, { schema: Schema; examples?: Record<string, Example | Reference> }>;
type Answer = { description: string; headers?: Record<string, Reference | object>; content?: Content };
type Operation = {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  parameters?: (Parameter | Reference)[];
  requestBody?: { content: Content };
  responses: Record<string, Answer | Reference>;
};
type Path = Record<string, Operation> & { parameters?: (Parameter | Reference)[] };

/** As much of OpenAPI as the contract uses. */
export type Contract = {
  info: { title: string; version: string; description: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Path>;
  components: { schemas: Record<string, Schema>; [kind: string]: object };
};

const METHODS = ["put", "get", "post", "patch", "delete"];

/** The reference as a page of the site. */
export function reference(contract: Contract): Rendered {
  const { info, tags, paths, components } = contract;
  /** What a local reference stands for; nothing else has one. */
  const resolved = <T extends object>(value: T | Reference): T => {
    if (!("$ref" in value) || typeof value.$ref !== "string") return value as T;
    const found = value.$ref
      .slice("#/".length)
      .split("/")
      .reduce<unknown>((at, key) => Object(at)[key], contract);
    return resolved(found as T | Reference);
  };
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      if (operation === undefined) return [];
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
      return [
        {
          ...operation,
          path,
          method: method.toUpperCase(),
          parameters: parameters.map((one) => resolved(one)),
        },
      ];
    }),
  );
  const body = String(
    <>
      <h1 id="reference">Reference</h1>
      <Text text={info.description} />
      <p>
        Version {info.version}. The contract itself: <a href="openapi.yaml">openapi.yaml</a>.
      </p>
      {tags.map(({ name, description }) => (
        <>
          <h2 id={name}>{name.charAt(0).toUpperCase() + name.slice(1)}</h2>
          <Text text={description} />
          {operations
            .filter((operation) => operation.tags.includes(name))
            .map((operation) => (
              <section
                class="operation"
                id={operation.operationId}
                aria-labelledby={`${operation.operationId}-title`}
              >
                <h3 id={`${operation.operationId}-title`}>{operation.summary.replace(/\.$/, "")}</h3>
                <p class="wide">
                  <code>
                    <strong>{operation.method}</strong> {operation.path}
                  </code>
                </p>
                {operation.description && <Text text={operation.description} />}
                {operation.parameters.length > 0 && <Parameters parameters={operation.parameters} />}
                {operation.requestBody && (
                  <>
                    <h4>Body</h4>
                    <Media content={operation.requestBody.content} resolved={resolved} />
                  </>
                )}
                <h4>Answers</h4>
                <Answers responses={operation.responses} resolved={resolved} />
              </section>
            ))}
        </>
      ))}
      <h2 id="schemas">Schemas</h2>
      {Object.entries(components.schemas).map(([name, schema]) => (
        <section class="schema" id={schemaId(name)} aria-labelledby={`${schemaId(name)}-title`}>
          <h3 id={`${schemaId(name)}-title`}>{name}</h3>
          {schema.description && <Text text={schema.description} />}
          {schema.properties === undefined ? (
            <p>
              <Type schema={schema} />
            </p>
          ) : (
            <Properties schema={schema} />
          )}
        </section>
      ))}
    </>,
  );
  return {
    title: "Reference",
    body,
    // No summary has markup in it.
    sections: [
      ...operations.map(({ operationId, summary }) => ({
        id: operationId,
        name: summary.replace(/\.$/, ""),
      })),
      { id: "schemas", name: "Schemas" },
    ],
  };
}

type Resolve = <T extends object>(value: T | Reference) => T;

const schemaId = (name: string): string => `schema-${name}`;

const Text = ({ text }: { text: string }) => (
  <div class="text" dangerouslySetInnerHTML={{ __html: renderText(text) }} />
);

/** A table of which a narrow screen shows the cells below each other. */
const Table = ({
  name,
  columns,
  children,
}: {
  name: string;
  columns: readonly string[];
  children: Child;
}) => (
  <table class="stacks">
    <caption class="hidden">{name}</caption>
    <thead>
      <tr>
        {columns.map((column) => (
          <th scope="col">{column}</th>
        ))}
      </tr>
    </thead>
    <tbody>{children}</tbody>
  </table>
);

const Parameters = ({ parameters }: { parameters: readonly Parameter[] }) => (
  <>
    <h4>Parameters</h4>
    <Table name="Parameters" columns={["Name", "In", "Type", "Meaning"]}>
      {parameters.map(({ name, in: place, required, schema, description = "" }) => (
        <tr>
          <th scope="row">
            <code>{name}</code>
          </th>
          <td>
            {place}
            {required && place !== "path" && ", required"}
          </td>
          <td>
            <Type schema={schema} />
          </td>
          <td>
            <Text text={description} />
          </td>
        </tr>
      ))}
    </Table>
  </>
);

const Answers = ({ responses, resolved }: { responses: Operation["responses"]; resolved: Resolve }) => (
  <>
    <Table name="Answers" columns={["Status", "Meaning", "Body"]}>
      {Object.entries(responses).map(([status, response]) => {
        const { description, content = {}, headers = {} } = resolved<Answer>(response);
        return (
          <tr>
            <th scope="row">{status}</th>
            <td>
              <Text text={description} />
              {Object.keys(headers).length > 0 && (
                <p class="soft">
                  With <code>{Object.keys(headers).join(", ")}</code>.
                </p>
              )}
            </td>
            <td>
              {Object.entries(content).map(([type, { schema }]) => (
                <div>
                  <code>{type}</code>: <Type schema={schema} />
                </div>
              ))}
            </td>
          </tr>
        );
      })}
    </Table>
    {Object.entries(responses)
      .filter(([status]) => status.startsWith("2"))
      .slice(0, 1)
      .map(([, response]) => (
        <Examples content={resolved<Answer>(response).content ?? {}} resolved={resolved} />
      ))}
  </>
);

const Media = ({ content, resolved }: { content: Content; resolved: Resolve }) => (
  <>
    {Object.entries(content).map(([type, { schema }]) => (
      <p>
        <code>{type}</code>: <Type schema={schema} />
      </p>
    ))}
    <Examples content={content} resolved={resolved} />
  </>
);

const Examples = ({ content, resolved }: { content: Content; resolved: Resolve }) => (
  <>
    {Object.entries(content).flatMap(([type, { examples = {} }]) =>
      Object.values(examples).map((example) => {
        const { summary, value } = resolved<Example>(example);
        return (
          <details>
            <summary>Example: {summary ?? type}</summary>
            <pre>
              <code>{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</code>
            </pre>
          </details>
        );
      }),
    )}
  </>
);

const Properties = ({ schema: { properties = {}, required = [] } }: { schema: Schema }) => (
  <Table name="Properties" columns={["Property", "Type", "Meaning"]}>
    {Object.entries(properties).map(([name, property]) => (
      <tr>
        <th scope="row">
          <code>{name}</code>
          {required.includes(name) && <span class="soft"> required</span>}
        </th>
        <td>
          <Type schema={property} />
        </td>
        <td>{property.description && <Text text={property.description} />}</td>
      </tr>
    ))}
  </Table>
);

/** What a value may be, in words and links. */
function Type({ schema }: { schema: Schema }): Child {
  const { $ref, type, items, anyOf, enum: values, additionalProperties } = schema;
  if ($ref !== undefined) {
    const name = $ref.slice($ref.lastIndexOf("/") + 1);
    return <a href={`#${schemaId(name)}`}>{name}</a>;
  }
  if (anyOf !== undefined)
    return <>{anyOf.map((one, index) => [index > 0 && " or ", <Type schema={one} />])}</>;
  if (values !== undefined) return <>one of {codes(values)}</>;
  if (schema.const !== undefined) return <code>{JSON.stringify(schema.const)}</code>;
  if (items !== undefined)
    return (
      <>
        list of <Type schema={items} />
        <Limits schema={schema} />
      </>
    );
  if (typeof additionalProperties === "object")
    return (
      <>
        object of <Type schema={additionalProperties} />
        <Limits schema={schema} />
      </>
    );
  return (
    <>
      {type === undefined ? "any JSON" : [type].flat().join(" or ")}
      <Limits schema={schema} />
    </>
  );
}

const codes = (values: readonly unknown[]) =>
  values.map((value, index) => [index > 0 && ", ", <code>{String(value)}</code>]);

const LIMITS: Record<string, string> = {
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

const Limits = ({ schema }: { schema: Schema }) => (
  <>
    {Object.entries(LIMITS)
      .filter(([key]) => schema[key] !== undefined)
      .map(([key, words]) => (
        <>
          , {words} <code>{typeof schema[key] === "string" ? schema[key] : JSON.stringify(schema[key])}</code>
        </>
      ))}
  </>
);
