/**
 * Policy documents as IAM accepts them, and ECR for repository policies.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 *
 * The text is stored and returned unchanged. As in AWS, if one JSON object has a key twice, the later value wins
 * without an error.
 */
import type { Account } from "../account.ts";
import { AwsError } from "../errors.ts";
import { isRecord } from "../input.ts";

export type PolicyKind = "trust" | "identity" | "resource";

export type Statement = {
  sid: string | undefined;
  effect: "Allow" | "Deny";
  /** Undefined if the statement has `NotPrincipal` or belongs to an identity policy. */
  principal: Principal | undefined;
  actions: readonly string[];
  conditions: readonly Condition[];
};

/** Principals by kind: AWS, Federated, Service, CanonicalUser. `"*"` is `{ AWS: ["*"] }`. */
type Principal = Readonly<Record<string, readonly string[]>>;

type Condition = { operator: string; key: string; values: readonly string[] };

export type Surroundings = {
  account: Account;
  /** True if the principal exists. IAM resolves the principals of its own account when a trust policy is written. */
  principalExists: (arn: string) => boolean;
};

export function malformed(message: string): AwsError {
  return new AwsError("MalformedPolicyDocument", 400, message);
}

const topKeys = ["Version", "Id", "Statement"];
const statementKeys = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
];

const syntaxErrors = () => malformed("Syntax errors in policy.");

export function checkDocument(text: string, kind: PolicyKind, surroundings: Surroundings): Statement[] {
  if (/^\s/.test(text)) throw malformed("JSON strings must not have leading spaces");
  const document = parse(text, kind);
  if (!Object.keys(document).every((key) => topKeys.includes(key))) throw syntaxErrors();
  const { Version, Id, Statement } = document;
  if (Id !== undefined && typeof Id !== "string") throw syntaxErrors();
  if (Version !== undefined && Version !== "2012-10-17" && Version !== "2008-10-17") throw syntaxErrors();
  const listed: readonly unknown[] = Array.isArray(Statement) ? Statement : [Statement];
  if (Statement === undefined || listed.length === 0) throw syntaxErrors();

  const statements = listed.map((statement) => checkStatement(statement, kind, surroundings));
  if (kind === "identity" && Version !== "2012-10-17")
    throw malformed("Policy document must be version 2012-10-17 or greater.");
  const sids = statements.flatMap(({ sid }) => (sid === undefined || sid === "" ? [] : [sid]));
  if (new Set(sids).size !== sids.length)
    throw malformed("Statement IDs (SID) in a single policy must be unique.");
  return statements;
}

function parse(text: string, kind: PolicyKind): Readonly<Record<string, unknown>> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw kind === "trust" ? malformed("This policy contains invalid Json") : syntaxErrors();
  }
  if (!isRecord(document)) throw syntaxErrors();
  return document;
}

function checkStatement(statement: unknown, kind: PolicyKind, surroundings: Surroundings): Statement {
  if (!isRecord(statement)) throw syntaxErrors();
  if (!Object.keys(statement).every((key) => statementKeys.includes(key))) throw syntaxErrors();
  const { Sid, Effect, Condition } = statement;
  if (Sid !== undefined && typeof Sid !== "string") throw syntaxErrors();
  if (Sid !== undefined && kind !== "resource" && !/^[0-9A-Za-z]*$/.test(Sid))
    throw malformed(
      "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
    );
  if (Effect === undefined) throw malformed("Missing required field Effect");
  if (Effect !== "Allow" && Effect !== "Deny") throw syntaxErrors();
  const principal = checkPrincipals(statement, kind, surroundings);
  const actions = checkActions(statement, kind);
  checkResources(statement, kind, surroundings);
  return { sid: Sid, effect: Effect, principal, actions, conditions: checkConditions(Condition) };
}

function checkActions(statement: Readonly<Record<string, unknown>>, kind: PolicyKind): string[] {
  const { Action, NotAction } = statement;
  if (Action !== undefined && NotAction !== undefined) throw syntaxErrors();
  const missing =
    kind === "trust" ? "Missing required field Action" : "Policy statement must contain actions.";
  if (Action === undefined && NotAction === undefined) throw malformed(missing);
  const actions = textsOf(Action ?? NotAction);
  if (actions.length === 0) throw malformed(missing);
  for (const each of actions) {
    if (each === "*") continue;
    const parts = each.split(":");
    if (parts.length < 2)
      throw malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
    if (parts.length > 2) throw malformed("Actions/Condition can contain only one colon.");
    if (!/^[a-zA-Z0-9.-]+$/.test(parts[0] ?? "")) throw malformed(`Vendor ${parts[0]} is not valid`);
  }
  if (kind === "trust" && !actions.every(isAssumeAction))
    throw malformed("AssumeRole policy may only specify STS AssumeRole actions.");
  return actions;
}

const assumeActions = [
  "assumerole",
  "assumerolewithsaml",
  "assumerolewithwebidentity",
  "tagsession",
  "setsourceidentity",
  "setcontext",
];

function isAssumeAction(action: string): boolean {
  const [vendor, name = ""] = action.toLowerCase().split(":");
  if (vendor !== "sts") return false;
  const pattern = name
    .split("*")
    .map((part) => part.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("?", "."))
    .join(".*");
  return assumeActions.some((each) => new RegExp(`^${pattern}$`).test(each));
}

function checkResources(
  statement: Readonly<Record<string, unknown>>,
  kind: PolicyKind,
  { account }: Surroundings,
): void {
  const { Resource, NotResource } = statement;
  if (kind !== "identity") {
    if (Resource !== undefined) throw malformed("Has prohibited field Resource");
    if (NotResource !== undefined) throw malformed("Has prohibited field NotResource");
    return;
  }
  if (Resource !== undefined && NotResource !== undefined) throw syntaxErrors();
  if (Resource === undefined && NotResource === undefined)
    throw malformed("Policy statement must contain resources.");
  const resources = textsOf(Resource ?? NotResource);
  if (resources.length === 0) throw malformed("Policy statement must contain resources.");
  for (const resource of resources) {
    if (resource === "*") continue;
    const parts = resource.split(":");
    if (parts[0] !== "arn" || parts.length < 2)
      throw malformed(`Resource ${resource} must be in ARN format or "*".`);
    if (parts[1] !== account.partition && parts[1] !== "*")
      throw malformed(`Partition "${parts[1]}" is not valid for resource "${resource}".`);
    if (parts.length < 6) throw malformed("The policy failed legacy parsing");
  }
}

function checkPrincipals(
  statement: Readonly<Record<string, unknown>>,
  kind: PolicyKind,
  surroundings: Surroundings,
): Principal | undefined {
  const { Principal, NotPrincipal } = statement;
  if (kind === "identity") {
    if (Principal !== undefined || NotPrincipal !== undefined)
      throw malformed("Policy document should not specify a principal.");
    return undefined;
  }
  if (Principal !== undefined && NotPrincipal !== undefined) throw syntaxErrors();
  if (Principal === undefined && NotPrincipal === undefined)
    throw malformed("Missing required field Principal");
  const principal = checkPrincipal(Principal ?? NotPrincipal, surroundings);
  return Principal === undefined ? undefined : principal;
}

function checkPrincipal(value: unknown, surroundings: Surroundings): Principal {
  if (value === "*") return { AWS: ["*"] };
  if (!isRecord(value) || Object.keys(value).length === 0) throw malformed("Invalid principal in policy.");
  return Object.fromEntries(
    Object.entries(value).map(([kind, of]) => {
      const names = textsOf(of);
      if (names.length === 0) throw malformed("Missing required field Principal cannot be empty!");
      for (const name of names) checkPrincipalName(kind, name, surroundings);
      return [kind, names];
    }),
  );
}

const webIdentities = [
  "accounts.google.com",
  "cognito-identity.amazonaws.com",
  "graph.facebook.com",
  "www.amazon.com",
];

function checkPrincipalName(kind: string, name: string, { account, principalExists }: Surroundings): void {
  switch (kind) {
    case "AWS": {
      if (name === "*" || /^\d{12}$/.test(name) || /^A[A-Z]{3}[A-Z0-9]{12,}$/.test(name)) return;
      const [, partition, service, owner, resource] =
        /^arn:([a-z-]+):(iam|sts)::(\d{12}):([^*?]+)$/.exec(name) ?? [];
      const known =
        partition === account.partition &&
        (service === "sts"
          ? /^(assumed-role|federated-user)\/.+$/.test(resource ?? "")
          : /^(root$|(user|role)\/.+$)/.test(resource ?? ""));
      const present =
        owner !== account.id || resource === "root" || service === "sts" || principalExists(name);
      if (!known || !present) throw malformed(`Invalid principal in policy: "AWS":"${name}"`);
      return;
    }
    case "Federated": {
      const [, partition] =
        /^arn:([a-z-]+):iam::\d{12}:(?:oidc-provider|saml-provider)\/[^*]+$/.exec(name) ?? [];
      if (partition !== account.partition && !webIdentities.includes(name))
        throw malformed("Federated principals must be valid domain names or SAML metadata ARNs");
      return;
    }
    case "Service":
      if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(name))
        throw malformed(`Invalid principal in policy: "SERVICE":"${name}"`);
      return;
    case "CanonicalUser":
      return;
    default:
      throw malformed("Invalid principal in policy.");
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const operators = [
  "StringEquals",
  "StringNotEquals",
  "StringEqualsIgnoreCase",
  "StringNotEqualsIgnoreCase",
  "StringLike",
  "StringNotLike",
  "NumericEquals",
  "NumericNotEquals",
  "NumericLessThan",
  "NumericLessThanEquals",
  "NumericGreaterThan",
  "NumericGreaterThanEquals",
  "DateEquals",
  "DateNotEquals",
  "DateLessThan",
  "DateLessThanEquals",
  "DateGreaterThan",
  "DateGreaterThanEquals",
  "Bool",
  "BinaryEquals",
  "IpAddress",
  "NotIpAddress",
  "ArnEquals",
  "ArnLike",
  "ArnNotEquals",
  "ArnNotLike",
];

function isOperator(name: string): boolean {
  const plain = name.replace(/^(ForAnyValue|ForAllValues):/, "");
  return plain === "Null" || operators.includes(plain.replace(/IfExists$/, ""));
}

function checkConditions(block: unknown): Condition[] {
  if (block === undefined) return [];
  if (!isRecord(block)) throw syntaxErrors();
  return Object.entries(block).flatMap(([operator, keys]) => {
    if (!isRecord(keys) || !isOperator(operator)) throw syntaxErrors();
    return Object.entries(keys).map(([key, values]) => {
      if (!key.includes(":"))
        throw malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
      return { operator, key, values: conditionValues(values) };
    });
  });
}

function conditionValues(values: unknown): string[] {
  const listed: readonly unknown[] = Array.isArray(values) ? values : [values];
  return listed.map((value) => {
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean")
      throw syntaxErrors();
    return String(value);
  });
}

function textsOf(value: unknown): string[] {
  const listed: readonly unknown[] = Array.isArray(value) ? value : [value];
  return listed.map((each) => {
    if (typeof each !== "string") throw syntaxErrors();
    return each;
  });
}
