/** Rolecall tells Lambda's own statements in an ECR repository's policy from statements that only look like them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lambdaStatements } from "../../src/desired/lambda.ts";
import { pullingFunctions, pullPolicy } from "../../src/desired/permissions.ts";
import { sameRepositoryPolicy } from "../../src/diff/repository-parts.ts";
import type { components } from "../../src/generated/contract.ts";
import { asWrittenByLambda } from "../harness/aws.ts";
import { runs } from "../harness/properties.ts";
import { decide, type Policy } from "../package/iam.ts";

type Pull = components["schemas"]["EcrPull"];

const ACCOUNT = "123456789012";
const OTHER = "999999999999";
const PLACE = { account: ACCOUNT, partition: "aws", region: "eu-central-1" };
const FETCH = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
const FUNCTIONS = `arn:aws:lambda:eu-central-1:${ACCOUNT}:function:*`;
const FOREIGN = `arn:aws:lambda:eu-central-1:${OTHER}:function:*`;

const held = (changes: object = {}) => ({ ...asWrittenByLambda(PLACE), ...changes });
const where = (Condition: object) => held({ Condition });
const from = (...arns: string[]) => where({ StringLike: { "aws:sourceArn": arns } });
const without = (name: string, changes: object = {}) =>
  Object.fromEntries(Object.entries(held(changes)).filter(([key]) => key !== name));

const LAMBDAS: { [name: string]: object } = {
  "as Lambda writes it": held(),
  "as Lambda writes it where it manages the policy": asWrittenByLambda(PLACE, { manages: true }),
  "without a Sid": without("Sid"),
  "with another Sid": held({ Sid: "Ours" }),
  "with the service in a list": held({ Principal: { Service: ["lambda.amazonaws.com"] } }),
  "one action as text": held({ Action: "ecr:BatchGetImage" }),
  "actions in lower case": held({ Action: ["ecr:batchgetimage", "ECR:getDownloadUrlForLayer"] }),
  "the key as AWS spells it": where({ StringLike: { "aws:SourceArn": FUNCTIONS } }),
  "the key as AWS's guide spells it": where({ StringLike: { "aws:sourceARN": FUNCTIONS } }),
  "the key in capitals": where({ StringLike: { "AWS:SOURCEARN": FUNCTIONS } }),
  ArnLike: where({ ArnLike: { "aws:SourceArn": FUNCTIONS } }),
  "one function": from(`arn:aws:lambda:eu-central-1:${ACCOUNT}:function:api`),
  "a version of one function": from(`arn:aws:lambda:eu-central-1:${ACCOUNT}:function:api:$LATEST`),
  "functions of one prefix": from(`arn:aws:lambda:eu-central-1:${ACCOUNT}:function:api-*`),
  "another region": from(`arn:aws:lambda:us-east-1:${ACCOUNT}:function:*`),
  "every region": from(`arn:aws:lambda:*:${ACCOUNT}:function:*`),
  "regions of one pattern": from(`arn:aws:lambda:eu-*-?:${ACCOUNT}:function:*`),
  "several functions": from(FUNCTIONS, `arn:aws:lambda:us-east-1:${ACCOUNT}:function:api`),
  "a further condition": where({
    StringLike: { "aws:sourceArn": FUNCTIONS },
    StringEquals: { "aws:SourceAccount": ACCOUNT },
  }),
  "a further value that only narrows": where({
    StringLike: { "aws:sourceArn": FUNCTIONS, "aws:SourceAccount": "*" },
  }),
};

const OTHERS: { [name: string]: unknown } = {
  "no statement": null,
  text: "lambda.amazonaws.com",
  "a list": [],
  Deny: held({ Effect: "Deny" }),
  "no effect": without("Effect"),
  everybody: held({ Principal: "*" }),
  "everybody in AWS": held({ Principal: { AWS: "*" } }),
  NotPrincipal: without("Principal", { NotPrincipal: { Service: "lambda.amazonaws.com" } }),
  "Principal and NotPrincipal": held({ NotPrincipal: { AWS: OTHER } }),
  "no principal": without("Principal"),
  "another service": held({ Principal: { Service: "ecs-tasks.amazonaws.com" } }),
  "two services": held({ Principal: { Service: ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com"] } }),
  "a service whose name begins alike": held({ Principal: { Service: "lambda.amazonaws.com.evil.example" } }),
  "an account besides": held({ Principal: { Service: "lambda.amazonaws.com", AWS: OTHER } }),
  "everybody besides": held({ Principal: { Service: "lambda.amazonaws.com", AWS: "*" } }),
  "the name as an account": held({ Principal: { AWS: "lambda.amazonaws.com" } }),
  "the name as a federation": held({ Principal: { Federated: "lambda.amazonaws.com" } }),
  NotAction: without("Action", { NotAction: FETCH }),
  "Action and NotAction": held({ NotAction: ["ecr:PutImage"] }),
  "a push besides": held({ Action: [...FETCH, "ecr:PutImage"] }),
  "all of ECR": held({ Action: "ecr:*" }),
  "a pattern of actions": held({ Action: ["ecr:BatchGetImage", "ecr:Get*"] }),
  everything: held({ Action: "*" }),
  "no action": held({ Action: [] }),
  "a resource": held({ Resource: "*" }),
  "an unknown element": held({ Comment: "" }),
  "no condition": without("Condition"),
  "an empty condition": where({}),
  "no value": where({ StringLike: { "aws:sourceArn": [] } }),
  StringEquals: where({ StringEquals: { "aws:sourceArn": FUNCTIONS } }),
  StringNotLike: where({ StringNotLike: { "aws:sourceArn": FUNCTIONS } }),
  ArnNotLike: where({ ArnNotLike: { "aws:sourceArn": FUNCTIONS } }),
  StringLikeIfExists: where({ StringLikeIfExists: { "aws:sourceArn": FUNCTIONS } }),
  ArnLikeIfExists: where({ ArnLikeIfExists: { "aws:sourceArn": FUNCTIONS } }),
  ForAllValues: where({ "ForAllValues:StringLike": { "aws:sourceArn": FUNCTIONS } }),
  ForAnyValue: where({ "ForAnyValue:StringLike": { "aws:sourceArn": FUNCTIONS } }),
  "an operator in lower case": where({ stringLike: { "aws:sourceArn": FUNCTIONS } }),
  "the account's id alone": where({ StringEquals: { "aws:SourceAccount": ACCOUNT } }),
  "another key": where({ StringLike: { "aws:PrincipalArn": FUNCTIONS } }),
  "a key that begins alike": where({ StringLike: { "aws:sourceArnX": FUNCTIONS } }),
  "the key twice, once wider": where({ StringLike: { "aws:sourceArn": FUNCTIONS, "aws:SourceArn": "*" } }),
  "any source": from("*"),
  "any ARN": from("arn:*"),
  "any account": from("arn:aws:lambda:*:*:function:*"),
  "an account by pattern": from("arn:aws:lambda:eu-central-1:12345678901?:function:*"),
  "an account that begins alike": from(`arn:aws:lambda:eu-central-1:${ACCOUNT}*:function:*`),
  "no account": from("arn:aws:lambda:eu-central-1::function:*"),
  "another account": from(FOREIGN),
  "another account beside this one": from(FUNCTIONS, FOREIGN),
  "this account's id in another one's function": from(
    `arn:aws:lambda:eu-central-1:${OTHER}:function:${ACCOUNT}:function:*`,
  ),
  "another partition": from(`arn:aws-cn:lambda:cn-north-1:${ACCOUNT}:function:*`),
  "any partition": from(`arn:*:lambda:eu-central-1:${ACCOUNT}:function:*`),
  "a pattern over partition and service": from(`arn:aws*:${ACCOUNT}:function:*`),
  "another service's ARN": from(`arn:aws:s3:eu-central-1:${ACCOUNT}:function:*`),
  "what is no function": from(`arn:aws:lambda:eu-central-1:${ACCOUNT}:layer:*`),
  "whatever Lambda has": from(`arn:aws:lambda:eu-central-1:${ACCOUNT}:*`),
  "what begins like a function": from(`arn:aws:lambda:eu-central-1:${ACCOUNT}:function*`),
  "no name": from(`arn:aws:lambda:eu-central-1:${ACCOUNT}:function:`),
  "a variable as account": from("arn:aws:lambda:eu-central-1:${aws:PrincipalAccount}:function:*"),
  "a variable as region": from(`arn:aws:lambda:\${aws:RequestedRegion}:${ACCOUNT}:function:*`),
  "a variable in the name": from(`arn:aws:lambda:eu-central-1:${ACCOUNT}:function:\${aws:SourceArn}`),
  "a space before": from(` ${FUNCTIONS}`),
  "a line before": from(`arn:aws:lambda:x\n:${ACCOUNT}:function:*`),
};

const found = (statement: unknown, accounts = [ACCOUNT], partition = "aws") =>
  lambdaStatements({ Version: "2012-10-17", Statement: [statement] }, partition, accounts);

describe("a statement is Lambda's", () => {
  test.each(Object.entries(LAMBDAS))("%s is recognized", (_name, statement) => {
    expect(found(statement)).toEqual([statement]);
  });

  test("where a policy has it alone, without a list", () => {
    expect(lambdaStatements({ Version: "2008-10-17", Statement: held() }, "aws", [ACCOUNT])).toEqual([
      held(),
    ]);
  });

  test("of another account only where that account is named", () => {
    expect(found(from(FOREIGN), [ACCOUNT, OTHER])).toHaveLength(1);
    expect(found(from(FUNCTIONS, FOREIGN), [ACCOUNT, OTHER])).toHaveLength(1);
    expect(found(from(FUNCTIONS, FOREIGN), [OTHER])).toEqual([]);
  });

  test("a statement of another partition is recognized only in a repository of that partition", () => {
    const chinese = from(`arn:aws-cn:lambda:cn-north-1:${ACCOUNT}:function:*`);
    expect(found(chinese, [ACCOUNT], "aws-cn")).toEqual([chinese]);
    expect(found(held(), [ACCOUNT], "aws-cn")).toEqual([]);
  });
});

describe("a statement is not Lambda's", () => {
  test.each(Object.entries(OTHERS))("%s is not recognized", (_name, statement) => {
    expect(found(statement)).toEqual([]);
  });

  test.each([null, undefined, "", 1, [], {}, { Statement: null }, { Statement: "x" }])(
    "in what is no policy: %j",
    (policy) => {
      expect(lambdaStatements(policy, "aws", [ACCOUNT])).toEqual([]);
    },
  );
});

describe("the policy that is written", () => {
  const pulls: Pull[] = [
    { accounts: [] },
    { accounts: [OTHER] },
    { accounts: [], organization: "o-a1b2c3d4e5" },
    { accounts: [], lambda: true },
    { accounts: [OTHER], lambda: true },
    { accounts: [ACCOUNT, OTHER], organization: "o-a1b2c3d4e5", lambda: true },
  ];
  const statements = Object.values(LAMBDAS);
  const others = Object.values(OTHERS).filter((one) => typeof one === "object" && one !== null);
  // In ECR each id stands once in a policy, and may well be one that Rolecall writes.
  const SIDS = [
    "PullFromLambda",
    "PullFromLambdaOfAccounts",
    "PullFromAccounts",
    "PullFromOrganization",
    "X",
  ];
  /** A policy that ECR may hold, with what Lambda and others wrote into it. */
  const policies = fc
    .record({
      mine: fc.array(fc.constantFrom(...statements), { maxLength: 2 }),
      foreign: fc.array(fc.constantFrom(...others), { maxLength: 2 }),
      sids: fc.shuffledSubarray(SIDS, { minLength: 4 }),
      Version: fc.constantFrom("2008-10-17", "2012-10-17"),
      isLambdaFirst: fc.boolean(),
    })
    .map(({ mine, foreign, sids, Version, isLambdaFirst }) => ({
      mine,
      policy: {
        Version,
        Statement: (isLambdaFirst ? [...mine, ...foreign] : [...foreign, ...mine]).map((one, index) => ({
          ...one,
          Sid: sids[index],
        })),
      },
    }));
  const meaning = (statement: object) => Object.entries(statement).filter(([key]) => key !== "Sid");

  test("keeps every statement of Lambda's, adds none of anybody else's, and names each Sid once", () => {
    fc.assert(
      fc.property(fc.constantFrom(...pulls), policies, (pull, { mine, policy }) => {
        const written = pullPolicy(pull, PLACE, policy)?.Statement ?? [];
        for (const one of mine) expect(written.map(meaning)).toContainEqual(meaning(one));
        const alone = pullPolicy(pull, PLACE)?.Statement ?? [];
        const allowed = [
          ...mine,
          ...alone,
          ...lambdaStatements(policy, "aws", pullingFunctions(PLACE, pull)),
        ];
        for (const one of written) expect(allowed.map(meaning)).toContainEqual(meaning(one));
        const sids = written.flatMap(({ Sid }) => Sid ?? []);
        expect(new Set(sids).size).toBe(sids.length);
      }),
      { numRuns: runs(300) },
    );
  });

  test("is the same again, once it is held", () => {
    fc.assert(
      fc.property(fc.constantFrom(...pulls), policies, (pull, { policy }) => {
        const written = pullPolicy(pull, PLACE, policy) ?? null;
        expect(sameRepositoryPolicy(pullPolicy(pull, PLACE, written) ?? null, written)).toBe(true);
      }),
      { numRuns: runs(300) },
    );
  });

  test("lets Lambda fetch for the functions that are asked for, whatever was held", () => {
    const fetches = (policy: ReturnType<typeof pullPolicy>, account: string): boolean =>
      FETCH.every((action) =>
        allows(policy, action, `arn:aws:lambda:eu-central-1:${account}:function:any-name`),
      );
    fc.assert(
      fc.property(fc.constantFrom(...pulls), policies, (pull, { policy }) => {
        const written = pullPolicy(pull, PLACE, policy);
        if (pull.lambda)
          for (const one of [ACCOUNT, ...pull.accounts]) expect(fetches(written, one)).toBe(true);
        else expect(fetches(written, OTHER)).toBe(false);
        expect(fetches(written, "888888888888")).toBe(false);
      }),
      { numRuns: runs(300) },
    );
  });

  test.each([
    ["two actions", asWrittenByLambda(PLACE)],
    ["five actions", asWrittenByLambda(PLACE, { manages: true })],
    ["ArnLike, and another Sid", { ...where({ ArnLike: { "aws:SourceArn": FUNCTIONS } }), Sid: "x" }],
  ])("has no second statement beside Lambda's with %s", (_name, statement) => {
    const written = pullPolicy({ accounts: [], lambda: true }, PLACE, { Statement: [statement] });
    expect(written?.Statement).toEqual([statement]);
  });

  test.each([
    ["one action only", held({ Action: "ecr:BatchGetImage" })],
    ["one function only", from(`arn:aws:lambda:eu-central-1:${ACCOUNT}:function:api`)],
    ["another region only", from(`arn:aws:lambda:us-east-1:${ACCOUNT}:function:*`)],
    ["a further condition", LAMBDAS["a further condition"]],
  ])("has a second statement beside one with %s", (_name, statement) => {
    const written = pullPolicy({ accounts: [], lambda: true }, PLACE, { Statement: [statement] });
    expect(written?.Statement).toHaveLength(2);
  });
});

/** Tells whether a repository policy allows Lambda an action for a function. AWS sends the function's ARN as the source. */
function allows(
  policy: { readonly Statement: readonly object[] } | undefined,
  action: string,
  source: string,
): boolean {
  const Statement = (policy?.Statement ?? []).flatMap((one): Policy["Statement"] => {
    const { Principal, ...statement } = one as Policy["Statement"][number] & { Principal?: object };
    const isForLambda = JSON.stringify(Principal).includes('"lambda.amazonaws.com"');
    return isForLambda ? [{ ...statement, Resource: "*" }] : [];
  });
  const request = { action, resource: "arn:aws:ecr:eu-central-1:123456789012:repository/acme/api" };
  return decide([{ Statement }], { ...request, context: { "aws:SourceArn": source } }) === "allowed";
}

test("no statement that is taken for Lambda's lets in a function of another account", () => {
  const part = (...values: string[]) => fc.constantFrom(...values);
  /** More often than not the right one, so that many patterns are taken. */
  const mostly = (right: string, ...values: string[]) =>
    fc.oneof({ weight: 4, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: part(...values) });
  const pattern = fc
    .tuple(
      mostly("arn", "*", "arn*"),
      mostly("aws", "*", "aws*", "aws-cn"),
      mostly("lambda", "*", "lam*"),
      part("eu-central-1", "*", "eu-*", "??-central-1", "*:*", ""),
      mostly(ACCOUNT, OTHER, "*", `${ACCOUNT}*`, `*${ACCOUNT}`, "????????????"),
      mostly("function", "*", "function*", "?unction"),
      part("*", "api", ACCOUNT, `*:${ACCOUNT}:function:*`, "?*"),
    )
    .map((parts) => parts.join(":"));
  const name = part("api", ACCOUNT, "function", "lambda", "x");
  const foreign = fc
    .tuple(part("eu-central-1", "us-east-1"), name, fc.option(part("function", ACCOUNT, "$LATEST", "7")))
    .map(([region, of, version]) =>
      [`arn:aws:lambda:${region}:${OTHER}:function:${of}`, ...(version === null ? [] : [version])].join(":"),
    );
  let taken = 0;
  fc.assert(
    fc.property(
      part("StringLike", "ArnLike", "StringLikeIfExists", "ForAllValues:StringLike"),
      fc.array(pattern, { minLength: 1, maxLength: 2 }),
      fc.array(foreign, { minLength: 1, maxLength: 5 }),
      (operator, patterns, sources) => {
        const statement = where({ [operator]: { "aws:sourceArn": patterns } });
        if (found(statement).length === 0) return;
        taken++;
        for (const source of sources)
          expect(allows({ Statement: [statement] }, "ecr:BatchGetImage", source)).toBe(false);
      },
    ),
    { numRuns: runs(20_000) },
  );
  expect(taken).toBeGreaterThan(1000);
});
