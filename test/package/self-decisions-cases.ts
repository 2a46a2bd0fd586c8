/** Requests that somebody with the stolen role of the function for workflows could send, and what the template decides. */
import type { Case } from "./decisions-cases.ts";
import { decisions } from "./decisions-cases.ts";

const ROLE = "arn:aws:iam::123456789012:role/rolecall/acme-api-publish-5c3a7f0e9b1d";
const BOUNDED = {
  "iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/rolecall/rolecall-prod-PermissionsBoundary",
};
const REPOSITORY = "arn:aws:ecr:eu-central-1:123456789012:repository/acme/api";
const TAGGED = { "aws:ResourceTag/rolecall:id": "0c3f7d5e-2b8a-4c1d-9e6f-0a1b2c3d4e5f" };
const TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/rolecall-prod-Table";
const S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
const keys = (...named: string[]) => ({ "dynamodb:LeadingKeys": named });

type Row = [name: string, actions: string[], resource: string, context?: Case["context"]];

const allowed: readonly Row[] = [
  ["writes a role with the boundary", ["iam:CreateRole", "iam:PutRolePolicy"], ROLE, BOUNDED],
  ["attaches a policy of the ceiling", ["iam:AttachRolePolicy"], ROLE, { ...BOUNDED, "iam:PolicyARN": S3 }],
  ["expires untagged images", ["ecr:PutLifecyclePolicy", "ecr:PutImageTagMutability"], REPOSITORY, TAGGED],
  [
    "records a token, and reads the record",
    ["dynamodb:PutItem", "dynamodb:GetItem"],
    TABLE,
    keys("TOKEN#https://token.actions.example#x"),
  ],
  ["reads a registration", ["dynamodb:GetItem", "dynamodb:Query"], TABLE, keys("REPO#acme/api")],
  [
    "reads the items of a PUT",
    ["dynamodb:BatchGetItem"],
    TABLE,
    keys("REPO#acme/api", "CHECKED", "NAMESPACE#acme/api"),
  ],
  ["withdraws a registration", ["dynamodb:DeleteItem"], TABLE, keys("REPO#acme/api")],
];

const notAllowed: readonly Row[] = [
  ["deletes no role", ["iam:DeleteRole"], ROLE, BOUNDED],
  [
    "attaches no policy that the operator lists but the ceiling does not",
    ["iam:AttachRolePolicy"],
    ROLE,
    { ...BOUNDED, "iam:PolicyARN": "arn:aws:iam::123456789012:policy/acme-deploy" },
  ],
  [
    "deletes nothing in ECR, and lets nobody pull",
    [
      "ecr:BatchDeleteImage",
      "ecr:DeleteLifecyclePolicy",
      "ecr:DeleteRepository",
      "ecr:DeleteRepositoryPolicy",
      "ecr:SetRepositoryPolicy",
    ],
    REPOSITORY,
    TAGGED,
  ],
  ["removes no tag", ["ecr:UntagResource"], REPOSITORY, { ...TAGGED, "aws:TagKeys": ["team"] }],
  [
    "lets ECR use no key",
    ["kms:CreateGrant", "kms:DescribeKey"],
    "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    { "kms:ViaService": "ecr.eu-central-1.amazonaws.com" },
  ],
  [
    "publishes no event",
    ["events:PutEvents"],
    "arn:aws:events:eu-central-1:123456789012:event-bus/default",
    { "events:source": "rolecall", "events:detail-type": "Rolecall Roll Call Requested" },
  ],
  [
    "assumes no role of a member that the ceiling does not name",
    ["sts:AssumeRole", "sts:SetSourceIdentity"],
    "arn:aws:iam::310987654321:role/rolecall-member/rolecall-writer",
  ],
  [
    "reads no history, audit, roll call or list",
    ["dynamodb:GetItem", "dynamodb:Query"],
    TABLE,
    keys("HISTORY#acme/api/publish"),
  ],
  ["reads no audit", ["dynamodb:GetItem", "dynamodb:Query"], TABLE, keys("AUDIT#1")],
  ["reads no roll call", ["dynamodb:GetItem", "dynamodb:Query"], TABLE, keys("ROLLCALL")],
  ["reads nothing beside a registration", ["dynamodb:BatchGetItem"], TABLE, keys("REPO#acme/api", "RUN")],
  ["reads nothing without a key", ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"], TABLE],
  ["lists no registrations", ["dynamodb:Query"], `${TABLE}/index/list`, keys("REPO#acme/api")],
  ["writes no roll call", ["dynamodb:PutItem"], TABLE, keys("ROLLCALL")],
  ["takes no turn", ["dynamodb:PutItem"], TABLE, keys("TURN")],
  ["writes no member account's record", ["dynamodb:PutItem", "dynamodb:DeleteItem"], TABLE, keys("ACCOUNTS")],
  ["deletes no used token", ["dynamodb:DeleteItem"], TABLE, keys("TOKEN#https://token.actions.example#x")],
  [
    "invokes no function",
    ["lambda:InvokeFunction"],
    "arn:aws:lambda:eu-central-1:123456789012:function:rolecall-prod-api",
  ],
  [
    "writes no other function's log",
    ["logs:CreateLogStream", "logs:PutLogEvents"],
    "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/rolecall-prod-api:log-stream:x",
  ],
];

const casesOf = (rows: readonly Row[], decision: Case["decision"]): Case[] =>
  rows.map(([name, actions, resource, context = {}]) => ({
    case: `the function that serves workflows ${name}`,
    roles: ["SelfRole"],
    actions,
    resource,
    context,
    decision,
  }));

/** The role of the function for workflows may do nothing that the API's role may not, except to record a token. */
const asTheApi = decisions
  .filter(({ roles, decision }) => decision !== "allowed" && roles.includes("ApiRole"))
  .map((one): Case => ({ ...one, case: `${one.case}, by the function for workflows`, roles: ["SelfRole"] }));

export const selfDecisions: readonly Case[] = [
  ...casesOf(allowed, "allowed"),
  ...casesOf(notAllowed, "not allowed"),
  ...asTheApi,
];
