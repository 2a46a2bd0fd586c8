/** As much of OpenAPI as the contract uses, and its operations with all references resolved. */
type Reference = { $ref: string };
export type Schema = {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  [constraint: string]: unknown;
};
export type Parameter = {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: Schema;
  example?: unknown;
};
type Example = { summary?: string; value: unknown };
type Content = Record<string, { schema: Schema; examples?: Record<string, Example | Reference> }>;
type Answer = { description: string; headers?: Record<string, unknown>; content?: Content };
type WrittenOperation = {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  security?: Record<string, unknown>[];
  parameters?: (Parameter | Reference)[];
  requestBody?: { content: Content };
  responses: Record<string, Answer | Reference>;
};
type Path = Record<string, WrittenOperation> & { parameters?: (Parameter | Reference)[] };

export type Contract = {
  info: { title: string; version: string; description: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Path>;
  components: { schemas: Record<string, Schema>; [kind: string]: object };
};

/** A body of a request or an answer. */
export type Body = { type: string; schema: Schema; examples: Example[] };
export type Operation = {
  id: string;
  tag: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  /** The way in which a request proves who sends it. */
  authentication: "none" | "signature" | "token";
  parameters: Parameter[];
  body: Body | undefined;
  answers: { status: string; description: string; headers: string[]; bodies: Body[] }[];
};

const METHODS = ["put", "get", "post", "patch", "delete"];

/** Returns the operations in the order of the contract. */
export function operationsOf(contract: Contract): Operation[] {
  const resolved = <T extends object>(value: T | Reference): T => {
    if (!isReference(value)) return value;
    const found = value.$ref
      .slice("#/".length)
      .split("/")
      .reduce<unknown>((at, key) => Object(at)[key], contract);
    return resolved(found as T | Reference);
  };
  const bodies = (content: Content = {}): Body[] =>
    Object.entries(content).map(([type, { schema, examples = {} }]) => ({
      type,
      schema,
      examples: Object.values(examples).map((one) => resolved<Example>(one)),
    }));
  return Object.entries(contract.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method): Operation[] => {
      const written = item[method];
      if (written === undefined) return [];
      const { operationId, tags, summary, description = "", security, requestBody, responses } = written;
      const parameters = [...(item.parameters ?? []), ...(written.parameters ?? [])];
      return [
        {
          id: operationId,
          tag: tags[0] ?? "",
          method: method.toUpperCase(),
          path,
          summary,
          description,
          authentication: security === undefined ? "signature" : security.length === 0 ? "none" : "token",
          parameters: parameters.map((one) => resolved<Parameter>(one)),
          body: bodies(requestBody?.content)[0],
          answers: Object.entries(responses).map(([status, response]) => {
            const answer = resolved<Answer>(response);
            return {
              status,
              description: answer.description,
              headers: Object.keys(answer.headers ?? {}),
              bodies: bodies(answer.content),
            };
          }),
        },
      ];
    }),
  );
}

const isReference = (value: object): value is Reference => "$ref" in value && typeof value.$ref === "string";
