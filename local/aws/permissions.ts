/**
 * Decides whether a session that AssumeRole opened may make a call: its role's inline policies and its session policy must
 * both allow the action on the resource. Of the conditions, only those on `iam:PermissionsBoundary` are evaluated. All others
 * count as true, so AWS may refuse a call that passes here.
 */
import { holds, parseOperator } from "../../src/policy/operators.ts";
import { type Condition, type Policy, readPolicy, type Statement } from "../../src/policy/parse.ts";
import { stringLike } from "../../src/policy/string-like.ts";
import { toPattern } from "../../src/policy/variables.ts";
import type { AccountState, Accounts } from "./accounts.ts";
import type { PerformedCall } from "./cloudtrail/trail.ts";
import type { HttpRequest } from "./endpoint.ts";
import { AwsError } from "./errors.ts";
import { roleArn } from "./iam/state.ts";
import { readQueueUrl } from "./sqs/state.ts";
import type { Session } from "./sts/state.ts";

type Call = Omit<PerformedCall, "errorCode">;

/** Refuses a call of IAM, ECR or SQS that a session's policies do not allow. */
export function checkPermission(
  call: Call,
  { scope }: Pick<HttpRequest, "scope">,
  accounts: Accounts,
  sessions: ReadonlyMap<string, Session>,
): void {
  const session = sessions.get(scope?.accessKeyId ?? "");
  if (
    scope === undefined ||
    session?.policies !== "enforced" ||
    !["iam", "ecr", "sqs"].includes(call.service)
  )
    return;
  const state = accounts.of(session.account);
  // The permission to send one message is that to send a batch, and so for the other batches of SQS.
  const named = call.service === "sqs" ? call.action.replace(/Batch$/, "") : call.action;
  const action = `${call.service}:${named}`;
  const resource = resourceOf(call, state, scope.region);
  const role = state.iam.roles.values().find((one) => roleArn(state.iam, one) === session.roleArn);
  const ofRole = (role?.inline ?? []).map(({ document }) => document);
  const boundary = boundaryOf(call, state);
  const layers = [ofRole, ...(session.policy === undefined ? [] : [[session.policy]])];
  if (layers.every((documents) => allows(documents, action, resource, boundary))) return;
  throw new AwsError(
    call.service === "iam" ? "AccessDenied" : "AccessDeniedException",
    call.service === "ecr" ? 400 : 403,
    `User: ${session.arn} is not authorized to perform: ${action} on resource: ${resource}`,
  );
}

/** Returns the ARN of the resource that a call is authorized on; `*` for a call that knows none. */
function resourceOf({ service, request }: Call, { account, iam }: AccountState, region: string): string {
  const text = (name: string): string | undefined => {
    const value = request[name];
    return typeof value === "string" ? value : undefined;
  };
  if (service === "ecr") {
    const [first] = Array.isArray(request["repositoryNames"]) ? request["repositoryNames"] : [];
    const name = text("repositoryName") ?? (typeof first === "string" ? first : "*");
    return text("resourceArn") ?? `arn:${account.partition}:ecr:${region}:${account.id}:repository/${name}`;
  }
  if (service === "sqs") {
    const { account: owner = account.id, name = text("QueueName") ?? "*" } =
      readQueueUrl(text("QueueUrl") ?? "") ?? {};
    return `arn:${account.partition}:sqs:${region}:${owner}:${name}`;
  }
  const of = (rest: string): string => `arn:${account.partition}:iam::${account.id}:${rest}`;
  const [name, url] = [text("RoleName"), text("Url")];
  const role = name === undefined ? undefined : iam.roles.get(name.toLowerCase());
  if (role !== undefined) return roleArn(iam, role);
  if (name !== undefined) return of(`role${text("Path") ?? "/"}${name}`);
  if (url !== undefined) return of(`oidc-provider/${url.replace("https://", "")}`);
  return text("OpenIDConnectProviderArn") ?? text("PolicyArn") ?? "*";
}

/**
 * Returns the permissions boundary that a call is authorized by: the one that the request sets, otherwise the role's. Calls
 * that only tag a role have none.
 */
function boundaryOf({ action, request }: Call, { iam }: AccountState): string | undefined {
  const { PermissionsBoundary: set, RoleName: name } = request;
  if (typeof set === "string") return set;
  if (typeof name !== "string" || /^(Tag|Untag)/.test(action)) return undefined;
  return iam.roles.get(name.toLowerCase())?.boundary;
}

/** Tells whether policies allow an action on a resource. A Deny that matches wins. */
function allows(
  documents: readonly string[],
  action: string,
  resource: string,
  boundary: string | undefined,
): boolean {
  const statements = documents.flatMap((document): readonly Statement[] => {
    const read = readPolicy(JSON.parse(document));
    const policy: Policy | undefined = "error" in read ? undefined : read.policy;
    return policy?.statements ?? [];
  });
  const matching = statements.filter(
    (one) =>
      matches(one.action, action.toLowerCase(), (value) => value.toLowerCase()) &&
      one.resource !== undefined &&
      matches(one.resource, resource, (value) => value) &&
      one.conditions.every((condition) => isMet(condition, boundary)),
  );
  return (
    matching.some(({ effect }) => effect === "Allow") && !matching.some(({ effect }) => effect === "Deny")
  );
}

function isMet({ operator: name, key, values }: Condition, boundary: string | undefined): boolean {
  if (key.toLowerCase() !== "iam:permissionsboundary") return true;
  const operator = parseOperator(name);
  if (operator === null || operator === "other") return false;
  return holds(operator, values, boundary === undefined ? null : [boundary], null);
}

function matches(
  { not, values }: Statement["action"],
  actual: string,
  fold: (value: string) => string,
): boolean {
  const isLike = (value: string): boolean => {
    const pattern = toPattern(fold(value), { wildcards: true, variables: null });
    return pattern !== null && stringLike(pattern, actual);
  };
  return values.some(isLike) !== not;
}
