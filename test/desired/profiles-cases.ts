/** The elements that a statement of a profile may have, and those of IAM that it may not have. */
type Statement = Partial<
  Record<"Action" | "Resource" | "Condition" | "Effect" | "Principal" | "NotAction" | "NotResource", unknown>
>;

/** A file of profiles: all of it, or the changes to the one statement of an otherwise right file. */
export type Case = { name: string } & (
  | { json: unknown; statement?: never }
  | { statement: Statement; json?: never }
);

/** `says`: each error that the reader reports contains one of these texts, in this order. */
export const table: { right: readonly Case[]; wrong: readonly (Case & { says: readonly string[] })[] } = {
  right: [
    { name: "nothing", json: {} },
    { name: "one statement", statement: {} },
    { name: "another account's bucket", statement: { Resource: ["arn:aws:s3:::acme-artifacts"] } },
    {
      name: "one function",
      statement: {
        Action: ["lambda:UpdateFunctionCode"],
        Resource: ["arn:{partition}:lambda:{region}:{account}:function:{repo}"],
      },
    },
    {
      name: "functions that begin with a name of the operator's",
      statement: { Resource: ["arn:{partition}:lambda:{region}:{account}:function:acme-*"] },
    },
    {
      name: "a wildcard behind a slash",
      statement: { Resource: ["arn:{partition}:ssm:{region}:{account}:parameter/{owner}/{repo}/*"] },
    },
    {
      name: "a wildcard behind a colon",
      statement: { Resource: ["arn:{partition}:logs:{region}:{account}:log-group:{repo}:*"] },
    },
    {
      name: "a name with more behind it",
      statement: { Resource: ["arn:{partition}:s3:::acme-{repo}-prod/*"] },
    },
    {
      name: "both names in one part",
      statement: { Resource: ["arn:aws:s3:::{owner}-{repo}-{account}/*"] },
    },
    {
      name: "an action that knows no resource",
      statement: { Action: ["ecs:DescribeTaskDefinition"], Resource: ["*"] },
    },
    {
      name: "a condition",
      statement: { Condition: { StringLike: { "s3:prefix": ["{owner}/{repo}/*"] } } },
    },
    {
      name: "a condition of one text",
      statement: { Condition: { Bool: { "aws:SecureTransport": "true" } } },
    },
    {
      name: "a dollar that begins no policy variable",
      statement: {
        Action: ["execute-api:Invoke"],
        Resource: ["arn:aws:execute-api:eu-central-1:{account}:a1b2c3d4e5/$default/PUT/v1/repos/acme/*"],
      },
    },
    {
      name: "a region behind the beginning of a name",
      statement: { Resource: ["arn:aws:s3:::acme-{region}/{owner}/{repo}/*"] },
    },
    {
      name: "a region of an ARN in the boundary",
      json: {
        boundary: [
          { Action: ["sns:Publish"], Resource: ["arn:{partition}:sns:{region}:{account}:acme-{region}"] },
        ],
      },
    },
    {
      name: "only a boundary",
      json: { boundary: [{ Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::acme-artifacts/*"] }] },
    },
  ],
  wrong: [
    { name: "a list", json: [], says: [" has []. It must be an object with profiles and boundary"] },
    { name: "null", json: null, says: [" has null"] },
    {
      name: "profiles at the top",
      json: { s3: { statements: [] } },
      says: ['/s3 has {"statements":[]}. The object may have only profiles, boundary'],
    },
    { name: "profiles in a list", json: { profiles: [] }, says: ["/profiles has []"] },
    {
      name: "a name with capitals",
      json: {
        profiles: {
          S3: {
            description: "x",
            statements: [{ Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::a"] }],
          },
        },
      },
      says: ['/profiles has "S3". A name has at most 32 lower-case letters'],
    },
    {
      name: "the name of what a registration has for ECR",
      json: {
        profiles: {
          ecr: {
            description: "x",
            statements: [{ Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::a"] }],
          },
        },
      },
      says: ['/profiles has "ecr"'],
    },
    {
      name: "a profile that is none",
      json: { profiles: { x: 1 } },
      says: ["/profiles/x has 1. It must be a profile"],
    },
    {
      name: "no description",
      json: {
        profiles: {
          x: { statements: [{ Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::a"] }] },
        },
      },
      says: ["/profiles/x/description has nothing"],
    },
    {
      name: "no statements",
      json: { profiles: { x: { description: "x", statements: [] } } },
      says: ["/profiles/x/statements has []"],
    },
    {
      name: "a statement that is none",
      json: { profiles: { x: { description: "x", statements: ["Allow"] } } },
      says: ['/statements/0 has "Allow"'],
    },
    {
      name: "an unknown field of a profile",
      json: {
        profiles: {
          x: {
            description: "x",
            owner: "me",
            statements: [{ Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::a"] }],
          },
        },
      },
      says: ['/profiles/x/owner has "me"'],
    },
    {
      name: "an effect",
      statement: { Effect: "Deny" },
      says: ['/Effect has "Deny". The object may have only Action, Resource, Condition'],
    },
    { name: "a principal", statement: { Principal: "*" }, says: ['/Principal has "*"'] },
    {
      name: "all actions but some",
      statement: { Action: null, NotAction: ["s3:DeleteObject"] },
      says: ["/NotAction has", "/Action has null"],
    },
    {
      name: "all resources but some",
      statement: { NotResource: ["arn:aws:s3:::a"] },
      says: ["/NotResource has"],
    },
    {
      name: "an action that is no list",
      statement: { Action: "s3:GetObject" },
      says: ['/Action has "s3:GetObject". It must be a list'],
    },
    { name: "no resource", statement: { Resource: [] }, says: ["/Resource has []"] },
    {
      name: "every action",
      statement: { Action: ["*"] },
      says: ['/Action/0 has "*". Name each action in full'],
    },
    {
      name: "every action of a service",
      statement: { Action: ["s3:*"] },
      says: ['/Action/0 has "s3:*"'],
    },
    {
      name: "a beginning of actions",
      statement: { Action: ["s3:GetObject", "s3:Put*"] },
      says: ['/Action/1 has "s3:Put*"'],
    },
    {
      name: "a service in capitals",
      statement: { Action: ["IAM:CreateUser"] },
      says: ['/Action/0 has "IAM:CreateUser"'],
    },
    {
      name: "an action with a wildcard for a letter",
      statement: { Action: ["ia?:CreateUser"] },
      says: ["/Action/0 has"],
    },
    {
      name: "IAM",
      statement: { Action: ["iam:CreateUser"] },
      says: ['/Action/0 has "iam:CreateUser". No profile may give access to iam'],
    },
    {
      name: "passing a role",
      statement: { Action: ["iam:PassRole"] },
      says: ["No profile may give access to iam"],
    },
    {
      name: "STS",
      statement: { Action: ["sts:AssumeRole"] },
      says: ["No profile may give access to sts"],
    },
    {
      name: "Organizations",
      statement: { Action: ["organizations:LeaveOrganization"] },
      says: ["No profile may give access to organizations"],
    },
    {
      name: "the account",
      statement: { Action: ["account:CloseAccount"] },
      says: ["No profile may give access to account"],
    },
    {
      name: "Identity Center",
      statement: { Action: ["sso-directory:CreateUser"] },
      says: ["No profile may give access to sso-directory"],
    },
    {
      name: "ECR",
      statement: { Action: ["ecr:PutImage"] },
      says: ["Registrations ask for access to ECR in their field ecr"],
    },
    {
      name: "every resource",
      statement: { Resource: ["*"] },
      says: ['/Resource/0 has "*". Only cloudformation:ValidateTemplate'],
    },
    {
      name: "every resource, for an action that knows none and one that does",
      statement: { Action: ["ecs:DescribeTaskDefinition", "ecs:UpdateService"], Resource: ["*"] },
      says: ['/Resource/0 has "*"'],
    },
    {
      name: "every bucket",
      statement: { Resource: ["arn:aws:s3:::*"] },
      says: ["A wildcard must not stand for all resources of a kind"],
    },
    {
      name: "every function",
      statement: { Resource: ["arn:aws:lambda:{region}:{account}:function:*"] },
      says: ["A wildcard must not stand for all resources of a kind"],
    },
    {
      name: "every table",
      statement: { Resource: ["arn:aws:dynamodb:{region}:{account}:table/*"] },
      says: ["A wildcard must not stand for all resources of a kind"],
    },
    {
      name: "every bucket that ends alike, in the boundary",
      statement: { Resource: ["arn:{partition}:s3:::{region}-acme/*"] },
      says: ["A wildcard must not stand for all resources of a kind"],
    },
    {
      name: "every queue, in the boundary",
      statement: { Action: ["sqs:SendMessage"], Resource: ["arn:aws:sqs:{region}:{account}:{region}"] },
      says: ["A wildcard must not stand for all resources of a kind"],
    },
    {
      name: "every function, in the boundary",
      statement: { Resource: ["arn:aws:lambda:{region}:{account}:function:{region}"] },
      says: ["A wildcard must not stand for all resources of a kind"],
    },
    {
      name: "every API",
      statement: { Resource: ["arn:aws:apigateway:{region}::/restapis/*"] },
      says: ["A wildcard must not stand for all resources of a kind"],
    },
    {
      name: "every account",
      statement: { Resource: ["arn:aws:lambda:{region}:*:function:api"] },
      says: ["It must be an ARN, such as"],
    },
    {
      name: "every service",
      statement: { Resource: ["arn:aws:*:{region}:{account}:api"] },
      says: ["It must be an ARN, such as"],
    },
    {
      name: "every partition",
      statement: { Resource: ["arn:*:s3:::acme"] },
      says: ["It must be an ARN, such as"],
    },
    {
      name: "a name in place of an account",
      statement: { Resource: ["arn:aws:lambda:{region}:{owner}:function:api"] },
      says: ["It must be an ARN, such as"],
    },
    { name: "no ARN", statement: { Resource: ["acme-artifacts"] }, says: ["It must be an ARN, such as"] },
    {
      name: "a policy variable",
      statement: { Resource: ["arn:aws:s3:::acme/${aws:PrincipalTag/team}/*"] },
      says: ["It must not contain a policy variable"],
    },
    {
      name: "an unknown placeholder",
      statement: { Resource: ["arn:aws:s3:::acme/{branch}/*"] },
      says: ["The only placeholders are {partition}, {account}, {region}, {owner}, {repo}"],
    },
    {
      name: "a placeholder that is not closed",
      statement: { Resource: ["arn:aws:s3:::acme/{repo/*"] },
      says: ["The only placeholders are"],
    },
    {
      name: "the name of a method as a placeholder",
      statement: { Resource: ["arn:aws:s3:::acme/{constructor}/*"] },
      says: ["The only placeholders are"],
    },
    {
      name: "a wildcard in the part that a name is in",
      statement: { Resource: ["arn:aws:lambda:{region}:{account}:function:{repo}-*"] },
      says: ["must come after / or :"],
    },
    {
      name: "a wildcard right behind a name",
      statement: { Resource: ["arn:aws:s3:::acme/{owner}/{repo}*"] },
      says: ["must come after / or :"],
    },
    {
      name: "a question mark behind a name",
      statement: { Resource: ["arn:aws:s3:::acme/{repo}?/x"] },
      says: ["must come after / or :"],
    },
    {
      name: "a wildcard before a name",
      statement: { Resource: ["arn:aws:s3:::acme/*/{repo}/x"] },
      says: ["No wildcard may come before"],
    },
    {
      name: "a wildcard between two names",
      statement: { Resource: ["arn:aws:s3:::acme/{owner}/*/{repo}"] },
      says: ["No wildcard may come before"],
    },
    {
      name: "a region that flows together with a name",
      statement: { Resource: ["arn:aws:s3:::acme-{region}-{repo}/x"] },
      says: ["Put / or : between {partition} or {region} and a name"],
    },
    {
      name: "a name that flows together with a partition",
      statement: { Condition: { StringEquals: { "aws:ResourceTag/x": "{owner}/{repo}.{partition}" } } },
      says: ["Put / or : between {partition} or {region} and a name"],
    },
    { name: "a condition that is none", statement: { Condition: [] }, says: ["/Condition has []"] },
    {
      name: "a negated condition",
      statement: { Condition: { StringNotEquals: { "s3:prefix": ["x"] } } },
      says: ["/Condition/StringNotEquals has"],
    },
    {
      name: "a condition that holds when the key is absent",
      statement: { Condition: { StringEqualsIfExists: { "s3:prefix": ["x"] } } },
      says: ["/Condition/StringEqualsIfExists has"],
    },
    {
      name: "a condition on all of no values",
      statement: { Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["x"] } } },
      says: ["/Condition/ForAllValues:StringEquals has"],
    },
    {
      name: "a key without a service",
      statement: { Condition: { StringEquals: { prefix: ["x"] } } },
      says: ["A condition's key begins with its service"],
    },
    {
      name: "a number in a condition",
      statement: { Condition: { StringEquals: { "s3:prefix": 1 } } },
      says: ["/Condition/StringEquals/s3:prefix has 1"],
    },
    {
      name: "a policy variable in a condition",
      statement: { Condition: { StringEquals: { "s3:prefix": "${aws:username}" } } },
      says: ["It must not contain a policy variable"],
    },
    {
      name: "a wildcard behind a name in a condition",
      statement: { Condition: { StringLike: { "s3:prefix": "{repo}*" } } },
      says: ["must come after / or :"],
    },
    {
      name: "the same in what the boundary has besides",
      json: { boundary: [{ Action: ["iam:CreateUser"], Resource: ["*"] }] },
      says: ["/boundary/0/Action/0 has", "/boundary/0/Resource/0 has"],
    },
    {
      name: "an owner in a condition that nothing repeats",
      json: {
        boundary: [
          {
            Action: ["sns:Publish"],
            Resource: ["arn:aws:sns:{region}:{account}:acme"],
            Condition: { StringEquals: { "aws:ResourceTag/owner": "{owner}" } },
          },
        ],
      },
      says: [
        '/boundary/0/Condition/StringEquals/aws:ResourceTag/owner has "{owner}". No inline policy repeats it',
      ],
    },
    {
      name: "a repository in one",
      json: {
        boundary: [
          {
            Action: ["sns:Publish"],
            Resource: ["arn:aws:sns:{region}:{account}:acme"],
            Condition: { StringLike: { "aws:ResourceTag/x": ["a", "x/{repo}"] } },
          },
        ],
      },
      says: [
        '/boundary/0/Condition/StringLike/aws:ResourceTag/x has "x/{repo}". No inline policy repeats it',
      ],
    },
    {
      name: "a region in one",
      json: {
        boundary: [
          {
            Action: ["sns:Publish"],
            Resource: ["arn:aws:sns:{region}:{account}:acme"],
            Condition: { StringEquals: { "aws:RequestedRegion": "{region}" } },
          },
        ],
      },
      says: [
        '/boundary/0/Condition/StringEquals/aws:RequestedRegion has "{region}". No inline policy repeats it',
      ],
    },
    {
      name: "a name in a resource that nothing repeats",
      json: {
        boundary: [
          {
            Action: ["lambda:InvokeFunction"],
            Resource: ["arn:aws:lambda:{region}:{account}:function:{repo}"],
          },
        ],
      },
      says: [
        '/boundary/0/Resource/0 has "arn:aws:lambda:{region}:{account}:function:{repo}". No inline policy repeats it',
      ],
    },
  ],
};
