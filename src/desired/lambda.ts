/**
 * The statement in an ECR repository's policy that allows the Lambda service to fetch images. Lambda writes such a
 * statement when a function is created from an image of the repository. Lambda fetches the image again later, which
 * fails without the statement.
 * https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#images-permissions
 */

import { canonicalPolicy } from "../policy/canonical.ts";
import type { PolicyDocument, Statement } from "../policy/document.ts";
import { isPatternWithin, tokens } from "../policy/patterns.ts";

const SERVICE = "lambda.amazonaws.com";

/** The actions that fetch an image. */
const FETCH = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/**
 * The actions that Lambda's own statement allows: to fetch the image and, if Lambda manages the policy, to keep its
 * statement.
 */
const ACTIONS = [
  ...FETCH,
  "ecr:DeleteRepositoryPolicy",
  "ecr:GetRepositoryPolicy",
  "ecr:SetRepositoryPolicy",
].map((action) => action.toLowerCase());

/** The partition and region of a repository. A function's image comes from the function's own region. */
type Location = { readonly partition: string; readonly region: string };

/** Returns a statement that lets Lambda fetch images for all functions of some accounts. */
export const lambdaStatement = (Sid: string, location: Location, accounts: readonly string[]): Statement => ({
  Sid,
  Effect: "Allow",
  Principal: { Service: SERVICE },
  Action: FETCH,
  Condition: { StringLike: { "aws:SourceArn": accounts.map((account) => functionsOf(location, account)) } },
});

const functionsOf = ({ partition, region }: Location, account: string): string =>
  `arn:${partition}:lambda:${region}:${account}:function:*`;

/**
 * Returns the statements of a repository policy that are Lambda's own, for functions of some accounts.
 * @param policy the policy that ECR holds, parsed from JSON; null if there is none
 */
export function lambdaStatements(
  policy: unknown,
  partition: string,
  accounts: readonly string[],
): Statement[] {
  const held: unknown = isObject(policy) ? policy["Statement"] : undefined;
  const statements: readonly unknown[] = Array.isArray(held) ? held : [held];
  return statements.filter((statement) => isLambdas(statement, partition, accounts));
}

/**
 * Tells whether a statement is Lambda's. It must allow only the Lambda service to do only what Lambda does, for
 * functions of the accounts. Other conditions only narrow the statement, so they do not matter.
 */
function isLambdas(
  statement: unknown,
  partition: string,
  accounts: readonly string[],
): statement is Statement {
  if (!isObject(statement) || !hasTextsOnly(statement["Condition"])) return false;
  const read = readStatement(statement);
  if (read === undefined || read.effect !== "Allow" || read.resource !== undefined) return false;
  const { principal, action, conditions } = read;
  return (
    principal?.not === false &&
    principal.values.join() === `Service ${SERVICE}` &&
    !action.not &&
    action.values.every((value) => ACTIONS.includes(value.toLowerCase())) &&
    conditions.some(
      ({ operator, key, values }) =>
        // With IfExists or ForAllValues, a request without the key would match. So accept neither.
        (operator === "StringLike" || operator === "ArnLike") &&
        key === "aws:sourcearn" &&
        values.every((value) => accounts.some((account) => isOfFunctions(value, partition, account))),
    )
  );
}

/**
 * Tells whether a pattern matches only ARNs of one account's functions. Under StringLike, a `*` in place of the region
 * also matches colons. The pattern still reaches no other account. After the account, an ARN of Lambda has at most a
 * function's name and a version or alias. So the ARN of another account never contains `:ACCOUNT:function:` after its
 * own account.
 */
function isOfFunctions(pattern: string, partition: string, account: string): boolean {
  const [, of, owner, name = ""] =
    /^arn:([^:]+):lambda:[a-z0-9*?-]+:(\d{12}):function:(.+)$/s.exec(pattern) ?? [];
  return of === partition && owner === account && !name.includes("${");
}

/** Tells whether one of Lambda's statements lets it fetch images for all functions of an account. */
export const servesAll = (statement: Statement, location: Location, account: string): boolean => {
  const { action, conditions = [] } = readStatement(statement) ?? {};
  const [condition, ...others] = conditions;
  const wanted = tokens(functionsOf(location, account), WILDCARDS);
  return (
    others.length === 0 &&
    FETCH.every((one) => action?.values.some((value) => value.toLowerCase() === one.toLowerCase())) &&
    condition?.values.some((value) => isPatternWithin(wanted, tokens(value, WILDCARDS))) === true
  );
};

const WILDCARDS = { wildcards: true, variables: false };

/** Returns a statement in the normal form of `canonicalPolicy`; undefined if IAM could not have accepted it. */
const readStatement = (statement: object) =>
  canonicalPolicy({ Version: "2012-10-17", Statement: [statement] })?.statements[0];

/**
 * Returns a repository policy in the policy version that Rolecall writes, if it means the same in that version. Lambda
 * writes the older version. The two versions differ only in how they read `${`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
 */
export const inOurVersion = (policy: unknown): unknown =>
  isObject(policy) && policy["Version"] === "2008-10-17" && !JSON.stringify(policy).includes("${")
    ? { ...policy, Version: VERSION }
    : policy;

const VERSION: PolicyDocument["Version"] = "2012-10-17";

const isObject = (json: unknown): json is { readonly [key: string]: unknown } =>
  typeof json === "object" && json !== null && !Array.isArray(json);

/** Tells whether every value in a condition block is text, as the type `Statement` requires. */
const hasTextsOnly = (block: unknown): boolean =>
  isObject(block) &&
  Object.values(block).every(
    (keys) =>
      isObject(keys) &&
      Object.values(keys)
        .flat()
        .every((value) => typeof value === "string"),
  );
