/** Generates requests from the contract: valid ones, and ones with one fault or many. */
import fc from "fast-check";
import { type ContractOperation, contract, operations } from "../harness/contract.ts";

/** The parts of JSON Schema that the contract uses. */
type Schema = {
  $ref?: string;
  type?: string;
  enum?: readonly unknown[];
  const?: unknown;
  oneOf?: readonly Schema[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  properties?: Record<string, Schema>;
  required?: readonly string[];
  propertyNames?: Schema;
  additionalProperties?: boolean | Schema;
};
type Parameter = { name: string; in: "path" | "query" | "header"; schema: Schema };

const mostly = <T>(weight: number, usual: fc.Arbitrary<T>, otherwise: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: otherwise });

export type FuzzedRequest = {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
};

/** Resolves a local reference of the contract. */
function follow<T>(ref: string): T {
  let at: unknown = contract;
  for (const key of ref.slice("#/".length).split("/")) at = Object(at)[key];
  return Object(at);
}
const resolved = <T extends { $ref?: string }>(value: T): T =>
  value.$ref === undefined ? value : resolved(follow<T>(value.$ref));

/** The operator's configuration. */
export const DECIDED = {
  tagKeys: ["team"],
  managedPolicies: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
  profiles: {
    profiles: {
      artifacts: {
        description: "a test",
        statements: [{ Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::acme/{owner}/{repo}/*"] }],
      },
    },
  },
};

/** For some of the contract's schemas, values that the service is also likely to accept. */
const LIKELY: Record<string, readonly unknown[]> = {
  EcrName: ["acme/fuzz-a", "acme/fuzz-b", "acme/fuzz-b/x", "acme/fuzz-c", "umbrella/fuzz-a"],
  Refs: [["main"], ["main", "release/*"], ["v*"], []],
  Environments: [["prod"], ["prod", "two words"], []],
  EnvironmentBranches: [[]],
  Runner: ["ubuntu-latest", ["self-hosted", "arm64"]],
  JobWorkflowRefs: [[], ["acme/ci/.github/workflows/x.yml@refs/heads/main"]],
  Tags: [{}, { team: "core" }],
  GitHubIds: [{}],
  Profiles: [[], ["artifacts"]],
  ManagedPolicyArns: [[], DECIDED.managedPolicies],
  PullRequests: [false],
  AnyRef: [false],
  Region: ["eu-central-1"],
  EcrTags: [{}, { team: "core" }],
  EcrLifecycle: [
    [],
    [{ images: "untagged", expireAfterDays: 7 }],
    [
      { images: "tagged", tags: ["v*"], keepLast: 50 },
      { images: "any", archiveUnpulledAfterDays: 60 },
    ],
  ],
  EcrLifecycleRule: [
    { images: "untagged", expireAfterDays: 7 },
    { images: "tagged", tags: ["v*"], keepLast: 50 },
    { images: "tagged", tags: ["nightly-*", "*-arm64"], expireAfterDays: 3 },
    { images: "any", archiveUnpulledAfterDays: 60 },
    { images: "any", expireArchivedAfterDays: 365 },
  ],
  EcrPullAccounts: [[], ["210987654321"]],
  EcrPullOrganization: ["o-a1b2c3d4e5"],
  EcrEncryption: [{ type: "AES256" }, { type: "KMS" }],
};

/** Generates values that a schema accepts. Lists are short, because other tests cover their limits. */
export function anyOf(written: Schema): fc.Arbitrary<unknown> {
  const name = written.$ref?.split("/").at(-1) ?? "";
  const likely = LIKELY[name];
  if (likely === undefined) return byForm(resolved(written));
  // Use the operator's names nearly always: any other name is refused.
  return mostly(
    name === "Profiles" || name === "ManagedPolicyArns" ? 50 : 9,
    fc.constantFrom(...likely),
    byForm(resolved(written)),
  );
}

function byForm(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.oneOf !== undefined) return fc.oneof(...schema.oneOf.map(anyOf));
  switch (schema.type) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({
        min: schema.minimum ?? 0,
        max: Math.min(schema.maximum ?? 2 ** 31 - 1, 2 ** 31 - 1),
      });
    case "string": {
      const { minLength = 0, maxLength = 40, pattern } = schema;
      if (pattern === undefined) return fc.string({ minLength, maxLength: Math.min(maxLength, 40) });
      return fc
        .stringMatching(new RegExp(pattern))
        .filter(({ length }) => length >= minLength && length <= maxLength);
    }
    case "array": {
      const limits = { minLength: schema.minItems ?? 0, maxLength: Math.min(schema.maxItems ?? 3, 3) };
      const item = anyOf(schema.items ?? {});
      return schema.uniqueItems === true ? fc.uniqueArray(item, limits) : fc.array(item, limits);
    }
    case "object": {
      if (schema.properties === undefined) {
        const { additionalProperties: rest = {}, propertyNames = {} } = schema;
        const key = anyOf({ type: "string", ...resolved(propertyNames) }).map(String);
        return fc.dictionary(key, typeof rest === "boolean" ? fc.jsonValue() : anyOf(rest), { maxKeys: 3 });
      }
      const fields = Object.entries(schema.properties).map(([name, field]) => [name, anyOf(field)] as const);
      return fc.record(Object.fromEntries(fields), { requiredKeys: [...(schema.required ?? [])] });
    }
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** Values that a program or a person may send by mistake or on purpose. */
const nasty = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    "",
    " ",
    "*",
    "..",
    "%2e%2e",
    "a\nb",
    "${{ secrets.X }}",
    "'; rm -rf /",
    "\u0000",
    "ü",
    "\ud800",
    "__proto__",
    "constructor",
    -1,
    0,
    1e21,
    2 ** 53,
    true,
    [],
    {},
    [[]],
    "x".repeat(5000),
  ),
  fc.jsonValue({ maxDepth: 2 }),
  fc.string({ unit: "binary", maxLength: 8 }),
);

/** Returns a value as a string. JSON.stringify avoids a `toString` that the value may define itself. */
const shown = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));

/** Generates a copy of a value with a fault somewhere in it. */
export function broken(value: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(value) && value.length > 0) {
    const at = fc.nat(value.length - 1);
    return fc.oneof(
      nasty,
      at.chain((index) => broken(value[index]).map((item) => value.with(index, item))),
      fc.constant([...value, ...value]),
      fc.constant(Array.from({ length: 200 }, () => value[0])),
    );
  }
  if (typeof value === "object" && value !== null) {
    const keys = Object.keys(value);
    const extra = fc
      .tuple(fc.constantFrom("extra", "__proto__", "constructor", "toString", ""), nasty)
      .map(([key, more]) => Object.fromEntries([...Object.entries(value), [key, more]]));
    if (keys.length === 0) return fc.oneof(nasty, extra);
    return fc.constantFrom(...keys).chain((key) =>
      fc.oneof(
        { weight: 1, arbitrary: extra },
        { weight: 4, arbitrary: broken(Object(value)[key]).map((field) => ({ ...value, [key]: field })) },
        {
          weight: 1,
          arbitrary: fc.constant(
            Object.fromEntries(Object.entries(value).filter(([other]) => other !== key)),
          ),
        },
      ),
    );
  }
  return nasty;
}

/** A few names, so that requests meet what earlier ones left. */
const KNOWN: Record<string, readonly string[]> = {
  owner: ["acme", "acme", "acme", "Umbrella"],
  repo: ["fuzz-a", "fuzz-b", "fuzz-c", "Fuzz_A"],
  role: ["publish", "pull"],
  id: ["latest"],
};

/** Generates a part of a path. Most are encoded correctly, some are not. */
const segment = ({ name, schema }: Parameter): fc.Arbitrary<string> => {
  const known = KNOWN[name] ?? [];
  const right = known.length > 0 ? mostly(12, fc.constantFrom(...known), text(schema)) : text(schema);
  return mostly(
    30,
    right.map(encodeURIComponent),
    nasty.map((value) => shown(value).replace(/[^!-~]|[?#]/g, "%20")).filter((part) => part !== ""),
  );
};
const text = (schema: Schema): fc.Arbitrary<string> => anyOf(schema).map(String);

const pair = ([name, value]: [string, string | undefined]): [string, string] => [name, value ?? ""];

/** Keeps the characters that a header can carry. */
const sendable = (value: string): string => value.replace(/[^ -~]/g, "").slice(0, 4000);

const parametersOf = (operation: ContractOperation): Parameter[] => {
  const item = Object(contract.paths[operation.path]);
  const own = Object(item[operation.method.toLowerCase()]);
  return [...(item.parameters ?? []), ...(own.parameters ?? [])].map(resolved);
};

function requestOf(operation: ContractOperation): fc.Arbitrary<FuzzedRequest> {
  const parameters = parametersOf(operation);
  const within = (place: Parameter["in"]) => parameters.filter((parameter) => parameter.in === place);
  const path = fc
    .tuple(...within("path").map(segment))
    .map((segments) => segments.reduce((at, part) => at.replace(/\{[a-z]+\}/i, () => part), operation.path));
  const some = (named: readonly Parameter[]) =>
    fc.record(
      Object.fromEntries(named.map(({ name, schema }) => [name, mostly(8, text(schema), nasty.map(shown))])),
      { requiredKeys: [] },
    );
  const query = some(within("query")).map((values) => {
    const written = new URLSearchParams(Object.entries(values).map(pair)).toString();
    return written === "" ? "" : `?${written}`;
  });
  const odd = fc.constantFrom("?x=1", "?dryRun=true&dryRun=false", "?limit=1e9", "?cursor=%00", "?%", "?");
  const headers = some(within("header")).map((values) =>
    Object.fromEntries(
      Object.entries(values)
        .map(pair)
        .map(([name, value]) => [name, sendable(value)]),
    ),
  );
  const { schema } = operation.requestContent["application/json"] ?? {};
  const value = schema === undefined ? undefined : anyOf(Object(schema));
  const body: fc.Arbitrary<string | undefined> =
    value === undefined
      ? mostly(10, fc.constant<string | undefined>(undefined), fc.constantFrom("{}", "x", "[]"))
      : fc.oneof(
          { weight: 8, arbitrary: value.map((right) => JSON.stringify(right)) },
          { weight: 5, arbitrary: value.chain(broken).map((wrong) => JSON.stringify(wrong)) },
          {
            weight: 1,
            arbitrary: fc.constantFrom(undefined, "", "{", "nul", '{"a":1,"a":2}', "[".repeat(5000)),
          },
          { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 30 }) },
        );
  const type = mostly(
    20,
    fc.constant("application/json"),
    fc.constantFrom("text/plain", "application/json; charset=latin1", "APPLICATION/JSON", "x", "*/*"),
  );
  const accept = fc.constantFrom(
    undefined,
    "text/html",
    "*/*",
    "text/*;q=0.5, */*;q=0.1",
    "text/html;q=x,;",
    ", ,",
  );
  return fc
    .record({
      accept,
      method: mostly(
        40,
        fc.constant(operation.method),
        fc.constantFrom("PATCH", "HEAD", "POST", "DELETE", "OPTIONS"),
      ),
      path,
      query: mostly(10, query, odd),
      headers,
      body,
      type,
    })
    .map((drawn) => ({
      method: drawn.method,
      path: `${drawn.path}${drawn.query}`,
      headers: {
        ...drawn.headers,
        ...(drawn.accept !== undefined && { accept: drawn.accept }),
        ...(drawn.body !== undefined && {
          "content-type": drawn.type,
          "content-length": String(Buffer.byteLength(drawn.body)),
        }),
      },
      body: drawn.body,
    }));
}

/** Generates any request of the contract. Roll calls are rare, because each reads the whole account. */
export const requests: fc.Arbitrary<FuzzedRequest> = fc.oneof(
  ...operations.map((operation) => ({
    weight: operation.id === "startRollCall" ? 1 : operation.id === "putRegistration" ? 60 : 10,
    arbitrary: requestOf(operation),
  })),
);

/** Bodies of a PUT that the service is likely to accept. */
export const registrationBodies = anyOf({ $ref: "#/components/schemas/RegistrationRequest" });
