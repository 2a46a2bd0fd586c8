import { ConfigError, readConfig, readSelfRules } from "../src/config.ts";

type Variables = Record<string, unknown>;
type Template = { Resources: Record<string, { Type?: string; Properties?: Record<string, unknown> }> };

/**
 * Returns why a function of a packaged template would refuse to start; undefined if all would start. It reads each
 * function's variables as the function itself reads them, so that `npm run package` stops before a wrong
 * configuration is deployed.
 * @param profiles the content of profiles.json
 * @param self the content of self.json
 */
export function configurationFault(
  { Resources }: Template,
  profiles: unknown,
  self: unknown,
): string | undefined {
  try {
    for (const [id, { Properties }] of Object.entries(Resources)) {
      const variables: Variables | undefined = Object(Properties?.["Environment"]).Variables;
      if (variables === undefined) continue;
      const config = readConfig(known(variables), profiles);
      if (id !== "DriftLambdaFunction") readSelfRules(config, self);
    }
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

/**
 * Returns the path of a stage's boundary and roles. The stage `prod` has `/rolecall/`; another stage in the same account
 * can change none of its roles.
 */
export const pathOf = (stage: string): string => (stage === "prod" ? "/rolecall/" : `/rolecall-${stage}/`);

/** The paths under which other parts of Rolecall have roles of their own. */
const RESERVED_STAGES = ["hub", "member"];

/** Returns why a stage cannot be packaged; undefined if it can. Its name is a part of the roles' path. */
export function stageFault(stage: string): string | undefined {
  if (/^[A-Za-z0-9][A-Za-z0-9-]{0,30}$/.test(stage) && !RESERVED_STAGES.includes(stage.toLowerCase()))
    return undefined;
  return `The stage is "${stage}"; it has letters, digits and hyphens, 31 at most, and is neither ${RESERVED_STAGES.join(" nor ")}`;
}

/** Returns the variables of the API's function in a packaged template. */
export const functionVariables = ({ Resources }: Template): Variables =>
  Object(Object(Resources["ApiLambdaFunction"]?.Properties)["Environment"]).Variables ?? {};

/** Returns the variables with examples for those that only CloudFormation knows. */
export function known(variables: Variables): Record<string, string> {
  const examples: Record<string, string> = {
    ROLECALL_TABLE: "rolecall",
    ROLECALL_SELF_AUDIENCE: "https://abcdef1234.execute-api.eu-central-1.amazonaws.com",
    ROLECALL_BOUNDARY_ARN: "arn:aws:iam::123456789012:policy/rolecall/boundary",
  };
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      typeof value === "string" ? value : (examples[name] ?? ""),
    ]),
  );
}

/** The maximum size of all variables of a function together. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ENVIRONMENT_BYTES = 4096;
/** The maximum length of a role's inline policies together, and of a managed policy. White space does not count. */
const INLINE_CHARACTERS = 10_240;
const MANAGED_CHARACTERS = 6_144;

/**
 * Returns the parts of a packaged template that Lambda or IAM would refuse because they are too long; undefined if
 * there are none. Lambda measures a function's variables as one JSON object. A value that only CloudFormation knows
 * counts with its maximum length.
 * @param stage the stage, which is in the names that CloudFormation makes
 */
export function sizeFault({ Resources }: Template, stage: string): string | undefined {
  const faults = Object.entries(Resources).flatMap(([id, { Type, Properties = {} }]) => {
    const { Variables } = Object(Properties["Environment"]);
    const { Policies, PolicyDocument } = Properties;
    return [
      ...(Variables === undefined ? [] : environmentFault(id, Object(longest(Variables, stage)))),
      ...(Array.isArray(Policies)
        ? policyFault(
            id,
            "inline policies",
            Policies.map((one) => one.PolicyDocument),
            INLINE_CHARACTERS,
            stage,
          )
        : []),
      ...(Type === "AWS::IAM::ManagedPolicy"
        ? policyFault(id, "policy", [PolicyDocument], MANAGED_CHARACTERS, stage)
        : []),
    ];
  });
  return faults.length === 0 ? undefined : faults.join("\n");
}

function environmentFault(id: string, variables: Record<string, unknown>): string[] {
  const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
  const all = bytes(variables);
  if (all <= ENVIRONMENT_BYTES) return [];
  const sizes = Object.entries(variables)
    .map(([name, value]): [string, number] => [name, bytes({ [name]: value }) - 1])
    .sort(([, one], [, other]) => other - one)
    .map(([name, size]) => `  ${name} ${size}`);
  return [
    [
      `The variables of ${id} have ${all} bytes together, and Lambda takes ${ENVIRONMENT_BYTES}; shorten the longest:`,
      ...sizes,
    ].join("\n"),
  ];
}

function policyFault(id: string, name: string, documents: unknown[], limit: number, stage: string): string[] {
  const length = documents
    .map((document) => JSON.stringify(longest(document, stage)).replace(/\s/g, "").length)
    .reduce((sum, one) => sum + one, 0);
  return length <= limit
    ? []
    : [
        `The ${name} of ${id} would have ${length} characters, and IAM takes ${limit}; list less in ROLECALL_OWNERS, ROLECALL_ECR_GRANTS, ROLECALL_MANAGED_POLICIES, ROLECALL_KMS_KEYS or ROLECALL_TAG_KEYS, or have fewer statements in profiles.json`,
      ];
}

/** Returns a value of the template with the longest text for each reference that CloudFormation resolves. */
function longest(value: unknown, stage: string): unknown {
  if (Array.isArray(value)) return value.map((one) => longest(one, stage));
  if (typeof value !== "object" || value === null) return value;
  const { Ref, "Fn::GetAtt": attribute, "Fn::Sub": text } = Object(value);
  if (typeof Ref === "string") return longestOf(Ref, stage);
  if (Array.isArray(attribute)) return longestOf(attribute.join("."), stage);
  if (typeof text === "string")
    return text.replace(/\$\{([^}]+)\}/g, (_, reference: string) => longestOf(reference, stage));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, longest(one, stage)]));
}

/** Returns the longest text that a reference can stand for. CloudFormation ends a name with 12 or 13 characters of its own. */
function longestOf(reference: string, stage: string): string {
  const known: Record<string, string> = {
    "AWS::Partition": "aws-us-gov",
    "AWS::AccountId": "123456789012",
    "AWS::Region": "ap-southeast-1",
    Table: `rolecall-${stage}-Table-0123456789ABC`,
  };
  const [resource = ""] = reference.split(".");
  return (
    known[reference] ??
    // An ARN that is at least as long as any other: its name makes up for differences in service and resource type.
    `arn:aws-us-gov:cloudformation:ap-southeast-1:123456789012:policy/rolecall-${stage}/rolecall-${stage}-${resource}-0123456789ABC`
  );
}
