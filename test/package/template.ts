/** Fills in a CloudFormation template as a deployment does. */

/** A deployed stack, and the place where it is deployed. */
export type Deployment = { partition: string; region: string; account: string; stack: string };

export type Resource = {
  Type: string;
  Condition?: string;
  DeletionPolicy?: string;
  Properties?: Record<string, unknown>;
};
export type Template = {
  Parameters?: Record<string, { Default?: unknown }>;
  Conditions?: Record<string, unknown>;
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: unknown }>;
};

/** For each type, the property with the resource's name, and the form of its ARN. */
const KINDS: Record<string, { name: string; arn: string }> = {
  "AWS::DynamoDB::Table": { name: "TableName", arn: "dynamodb:{region}:{account}:table/{name}" },
  "AWS::IAM::ManagedPolicy": { name: "ManagedPolicyName", arn: "iam::{account}:policy{path}{name}" },
  "AWS::IAM::Role": { name: "RoleName", arn: "iam::{account}:role{path}{name}" },
  "AWS::Lambda::Function": { name: "FunctionName", arn: "lambda:{region}:{account}:function:{name}" },
  "AWS::Logs::LogGroup": { name: "LogGroupName", arn: "logs:{region}:{account}:log-group:{name}:*" },
  "AWS::Scheduler::ScheduleGroup": {
    name: "Name",
    arn: "scheduler:{region}:{account}:schedule-group/{name}",
  },
  "AWS::SNS::Topic": { name: "TopicName", arn: "sns:{region}:{account}:{name}" },
  "AWS::SQS::Queue": { name: "QueueName", arn: "sqs:{region}:{account}:{name}" },
};

/** The types for which `Ref` returns the ARN. For other types it returns the name. */
const REFERRED_BY_ARN = ["AWS::IAM::ManagedPolicy", "AWS::SNS::Topic"];

const ABSENT = Symbol("AWS::NoValue");

/**
 * Returns a function that resolves the references and functions in a value of the template. A resource without a name
 * is named `stack-LogicalId`; CloudFormation would add random characters. It throws on everything that it does not
 * know.
 */
export function filledIn(
  { Resources, Conditions = {}, Parameters = {} }: Template,
  where: Deployment,
  parameters: Readonly<Record<string, unknown>> = {},
): (value: unknown) => unknown {
  const pseudo: Record<string, unknown> = {
    "AWS::AccountId": where.account,
    "AWS::Partition": where.partition,
    "AWS::Region": where.region,
    "AWS::StackName": where.stack,
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": ABSENT,
  };
  const fill = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fill).filter((item) => item !== ABSENT);
    if (typeof value !== "object" || value === null) return value;
    const [first, ...others] = Object.entries(value);
    if (first !== undefined && others.length === 0) {
      const [name, argument] = first;
      const intrinsic = functions[name];
      if (intrinsic !== undefined) return intrinsic(argument);
      if (name.startsWith("Fn::")) throw new Error(`${name} is not known here`);
    }
    const entries = Object.entries(value).map(([key, item]) => [key, fill(item)] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== ABSENT));
  };
  const text = (value: unknown): string => String(fill(value));
  const list = (value: unknown): unknown[] => {
    const filled = fill(value);
    if (!Array.isArray(filled)) throw new Error(`${JSON.stringify(value)} is not a list`);
    return filled;
  };
  const holds = (condition: unknown): boolean => fill(condition) === true;

  const find = (id: string) => {
    const resource = Resources[id];
    if (resource === undefined) throw new Error(`The template has no resource ${id}`);
    const { Type, Properties = {} } = resource;
    const { arn, name = "" } = KINDS[Type] ?? {};
    return { arn, path: Properties["Path"] ?? "/", name: Properties[name] ?? `${where.stack}-${id}` };
  };
  const arnOf = (id: string): string => {
    const { arn, name, path } = find(id);
    if (arn === undefined) throw new Error(`The ARN of ${id} is not known here`);
    const parts: Record<string, unknown> = { ...where, name, path };
    return `arn:${where.partition}:${arn.replace(/\{(\w+)\}/g, (_, part: string) => text(parts[part]))}`;
  };
  const reference = (id: string): unknown => {
    if (id in pseudo) return pseudo[id];
    if (id in Parameters) return parameters[id] ?? Parameters[id]?.Default;
    const type = Resources[id]?.Type ?? "";
    // Ref of a queue is its URL.
    if (type === "AWS::SQS::Queue")
      return `https://sqs.${where.region}.amazonaws.com/${where.account}/${text(find(id).name)}`;
    return REFERRED_BY_ARN.includes(type) ? arnOf(id) : text(find(id).name);
  };
  const attribute = ([id = "", name]: string[]): string => {
    if (name === "QueueName") return text(find(id).name);
    if (name !== "Arn") throw new Error(`The attribute ${name} of ${id} is not known here`);
    return arnOf(id);
  };
  const functions: Record<string, (argument: unknown) => unknown> = {
    Ref: (id) => reference(String(id)),
    "Fn::GetAtt": (path) => attribute(list(path).map(String)),
    "Fn::Sub": (pattern) =>
      String(pattern).replace(/\$\{([^}]+)\}/g, (_, name: string) =>
        String(name.includes(".") ? attribute(name.split(".")) : reference(name)),
      ),
    "Fn::Join": (argument) => {
      const [delimiter, values] = list(argument);
      return list(values).join(String(delimiter));
    },
    "Fn::Split": (argument) => {
      const [delimiter, value] = list(argument);
      return String(value).split(String(delimiter));
    },
    "Fn::Equals": (argument) => new Set(list(argument)).size === 1,
    "Fn::Not": (argument) => !list(argument)[0],
    "Fn::If": (argument) => {
      const [condition, then, otherwise] = Array.isArray(argument) ? argument : [];
      return fill(holds(Conditions[String(condition)]) ? then : otherwise);
    },
  };
  return fill;
}

/** The routes that are open to everyone, in the order of the contract. */
export const OPEN_ROUTES = ["GET /healthz", "GET /openapi.yaml", "GET /openapi.json"];
