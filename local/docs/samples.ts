/** Samples of a request, for a terminal and for programs. */
import type { Operation, Parameter } from "./contract.ts";

/** Values for path parameters that have no example in the contract. */
const VALUES: Readonly<Record<string, string>> = {
  owner: "acme",
  repo: "api",
  role: "publish",
  account: "210987654321",
  id: "latest",
};

/** Returns the value that the samples use for a parameter; undefined if they leave it out. */
function sampleValue({ name, in: place, required, schema, example }: Parameter): string | undefined {
  if (place !== "path" && required !== true) return undefined;
  return String(example ?? VALUES[name] ?? schema.enum?.[0] ?? "…");
}

const valuesIn = ({ parameters }: Operation, place: string): [string, string][] =>
  parameters
    .filter((one) => one.in === place)
    .flatMap((one): [string, string][] => {
      const value = sampleValue(one);
      return value === undefined ? [] : [[one.name, value]];
    });

/** Returns the path of the sample, with its required query. */
function pathOf(operation: Operation): string {
  const path = valuesIn(operation, "path").reduce(
    (text, [name, value]) => text.replace(`{${name}}`, value),
    operation.path,
  );
  const query = new URLSearchParams(valuesIn(operation, "query"));
  return query.size === 0 ? path : `${path}?${query}`;
}

const bodyOf = ({ body }: Operation): unknown => body?.examples.at(-1)?.value ?? (body && {});

/** Returns the request as a command of curl. */
export function curlSample(operation: Operation): string {
  const body = bodyOf(operation);
  const lines = [
    ...(operation.authentication === "signature"
      ? [
          `--aws-sigv4 "aws:amz:$AWS_REGION:execute-api" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"`,
          `-H "x-amz-security-token: $AWS_SESSION_TOKEN"`,
        ]
      : operation.authentication === "token"
        ? [`-H "Authorization: Bearer $TOKEN"`]
        : []),
    ...(body === undefined
      ? []
      : [`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`]),
  ];
  const method = operation.method === "GET" ? "" : ` -X ${operation.method}`;
  return [`curl${method} "$API${pathOf(operation)}"`, ...lines].join(" \\\n  ");
}

/** Returns the request in TypeScript, with types from the contract. */
export function typescriptSample(operation: Operation): string {
  const values = ["path", "query"].flatMap((place) => {
    const given = valuesIn(operation, place);
    return given.length === 0 ? [] : [`${place}: ${inline(Object.fromEntries(given))}`];
  });
  const body = bodyOf(operation);
  const options = [
    ...(values.length > 0 ? [`  params: { ${values.join(", ")} },`] : []),
    ...(body === undefined ? [] : [`  body: ${indented(json(body))},`]),
  ];
  const call = `api.${operation.method}("${operation.path}"${options.length === 0 ? "" : `, {\n${options.join("\n")}\n}`})`;
  const [fetch, more] = {
    signature: [
      `import { signedFetch } from "./signed-fetch.ts"; // examples/typescript-client`,
      `, fetch: signedFetch("eu-central-1")`,
    ],
    token: [undefined, `, headers: { authorization: \`Bearer \${token}\` }`],
    none: [undefined, ""],
  }[operation.authentication];
  return [
    `import createClient from "openapi-fetch";`,
    `import type { paths } from "./contract.ts"; // npx openapi-typescript openapi.yaml -o contract.ts`,
    ...(fetch === undefined ? [] : [fetch]),
    "",
    `const api = createClient<paths>({ baseUrl: apiUrl${more} });`,
    `const { data, error } = await ${call};`,
  ].join("\n");
}

/** Returns the request in Python, signed by botocore. */
export function pythonSample(operation: Operation): string {
  const { method, authentication } = operation;
  const body = bodyOf(operation);
  const isSigned = authentication === "signature";
  const headers = [
    ...(authentication === "token" ? [`"Authorization": f"Bearer {token}"`] : []),
    ...(body === undefined ? [] : [`"Content-Type": "application/json"`]),
  ];
  const parts = [
    `"${method}"`,
    `api_url + "${pathOf(operation)}"`,
    ...(body === undefined ? [] : [`data=json.dumps(${python(body)})`]),
    ...(headers.length === 0 ? [] : [`headers={${headers.join(", ")}}`]),
  ].join(", ");
  return [
    ...(body === undefined ? [] : ["import json", ""]),
    ...(isSigned ? ["import boto3"] : []),
    "import requests",
    ...(isSigned
      ? [
          "from botocore.auth import SigV4Auth",
          "from botocore.awsrequest import AWSRequest",
          "",
          `request = AWSRequest(${parts})`,
          `SigV4Auth(boto3.Session().get_credentials(), "execute-api", "eu-central-1").add_auth(request)`,
          "answer = requests.request(request.method, request.url, headers=dict(request.headers), data=request.data)",
        ]
      : ["", `answer = requests.request(${parts})`]),
  ].join("\n");
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);
const indented = (text: string): string => text.replaceAll("\n", "\n  ");
const inline = (value: object): string =>
  `{ ${Object.entries(value)
    .map(([name, text]) => `${name}: ${JSON.stringify(text)}`)
    .join(", ")} }`;

/** Returns a JSON value in Python. */
const python = (value: unknown): string => {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object")
    return `{${Object.entries(value)
      .map(([name, one]) => `${JSON.stringify(name)}: ${python(one)}`)
      .join(", ")}}`;
  return JSON.stringify(value);
};
