type AccessCase = { name: string; statements: object[]; access: string[] };

export const accessCases: readonly AccessCase[] = [
  { name: "nothing", statements: [], access: [] },
  {
    name: "only the login",
    statements: [{ Action: "ecr:GetAuthorizationToken", Resource: "*" }],
    access: ["ecr: log in"],
  },
  {
    name: "push",
    statements: [{ Action: ["ecr:PutImage", "ecr:GetAuthorizationToken"], Resource: "ECR/acme/api" }],
    access: ["ecr: push to repository acme/api"],
  },
  {
    name: "pull",
    statements: [{ Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], Resource: "ECR/acme/api" }],
    access: ["ecr: pull from repository acme/api"],
  },
  {
    name: "reading only manifests is a pull",
    statements: [{ Action: "ecr:BatchGetImage", Resource: "ECR/acme/api" }],
    access: ["ecr: pull from repository acme/api"],
  },
  {
    name: "both, in any letter case",
    statements: [{ Action: ["ECR:putimage", "ecr:GETdownloadUrlForLayer"], Resource: "ECR/acme/api" }],
    access: ["ecr: push to and pull from repository acme/api"],
  },
  {
    name: "two repositories",
    statements: [{ Action: "ecr:PutImage", Resource: ["ECR/a", "ECR/b"] }],
    access: ["ecr: push to repositories a, b"],
  },
  {
    name: "many repositories are counted",
    statements: [{ Action: "ecr:PutImage", Resource: ["ECR/a", "ECR/b", "ECR/c", "ECR/d"] }],
    access: ["ecr: push to 4 repositories"],
  },
  {
    name: "many patterns are not counted as if they were repositories",
    statements: [{ Action: "ecr:PutImage", Resource: ["ECR/a", "ECR/b*", "ECR/c", "ECR/d"] }],
    access: ["ecr: push to repositories a, b*, c and 1 more"],
  },
  {
    name: "every repository of a region",
    statements: [{ Action: "ecr:PutImage", Resource: "ECR/*" }],
    access: ["ecr: push to every repository"],
  },
  {
    name: "a pattern of repositories",
    statements: [{ Action: "ecr:PutImage", Resource: "ECR/acme/*" }],
    access: ["ecr: push to repository acme/*"],
  },
  {
    name: "an ARN that is not a repository's is shown unchanged",
    statements: [{ Action: "ecr:PutImage", Resource: "arn:aws:ecr:*" }],
    access: ["ecr: push to resource arn:aws:ecr:*"],
  },
  {
    name: "more than pushing",
    statements: [{ Action: ["ecr:PutImage", "ecr:DeleteRepository"], Resource: "*" }],
    access: ["ecr: push to every repository", "ecr: DeleteRepository on every repository"],
  },
  {
    name: "describing is reading",
    statements: [{ Action: ["ecr:DescribeImages", "ecr:ListImages"], Resource: "*" }],
    access: ["ecr: read on every repository"],
  },
  {
    name: "a pattern of actions is no reading",
    statements: [{ Action: "ecr:*Image*", Resource: "*" }],
    access: ["ecr: *Image* on every repository"],
  },
  {
    name: "three buckets, named",
    statements: [
      {
        Action: ["s3:GetObject", "s3:ListBucket"],
        Resource: ["arn:aws:s3:::a", "arn:aws:s3:::a/*", "arn:aws:s3:::b/*", "arn:aws:s3:::c/x"],
      },
    ],
    access: ["s3: read on buckets a, b, c"],
  },
  {
    name: "four buckets, counted",
    statements: [
      {
        Action: "s3:Get*",
        Resource: ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*", "arn:aws:s3:::c/*", "arn:aws:s3:::d/*"],
      },
    ],
    access: ["s3: read on 4 buckets"],
  },
  {
    name: "every bucket",
    statements: [{ Action: "s3:*", Resource: "arn:aws:s3:::*" }],
    access: ["s3: everything on every bucket"],
  },
  {
    name: "writing is said",
    statements: [{ Action: ["s3:GetObject", "s3:PutObject"], Resource: "arn:aws:s3:::a/*" }],
    access: ["s3: GetObject, PutObject on bucket a"],
  },
  {
    name: "many actions, some of them",
    statements: [{ Action: ["ec2:A", "ec2:B", "ec2:C", "ec2:D", "ec2:E"], Resource: "*" }],
    access: ["ec2: A, B, C, D and 1 more on all resources"],
  },
  {
    name: "an action that hands out credentials is not called reading",
    statements: [{ Action: ["sts:GetFederationToken"], Resource: "*" }],
    access: ["sts: GetFederationToken on all resources"],
  },
  {
    name: "reading secrets is reading",
    statements: [{ Action: "secretsmanager:GetSecretValue", Resource: "*" }],
    access: ["secretsmanager: read on all resources"],
  },
  {
    name: "several services, each with its own resources",
    statements: [
      { Action: ["s3:GetObject", "ecr:PutImage"], Resource: ["arn:aws:s3:::a/*", "ECR/acme/api"] },
    ],
    access: ["ecr: push to repository acme/api", "s3: read on bucket a"],
  },
  {
    name: "resources of another service are not hidden",
    statements: [{ Action: "s3:GetObject", Resource: "ECR/acme/api" }],
    access: ["s3: read on resource arn:aws:ecr:eu-west-1:123456789012:repository/acme/api"],
  },
  { name: "everything", statements: [{ Action: "*", Resource: "*" }], access: ["everything"] },
  {
    name: "everything makes the rest superfluous",
    statements: [
      { Action: "s3:*", Resource: "*" },
      { Action: ["s3:*", "*"], Resource: ["*", "arn:aws:s3:::a"] },
    ],
    access: ["everything"],
  },
  {
    name: "everything on something",
    statements: [{ Action: "*", Resource: "arn:aws:s3:::a" }],
    access: ["everything on resource arn:aws:s3:::a"],
  },
  {
    name: "everything, under conditions",
    statements: [
      { Action: "*", Resource: "*", Condition: { StringEquals: { "aws:RequestedRegion": "eu-west-1" } } },
    ],
    access: ["everything, under conditions"],
  },
  {
    name: "conditions are said",
    statements: [
      { Action: "ecr:PutImage", Resource: "*", Condition: { Bool: { "aws:SecureTransport": true } } },
    ],
    access: ["ecr: push to every repository, under conditions"],
  },
  {
    name: "NotAction",
    statements: [{ NotAction: ["iam:*", "sts:*"], Resource: "*" }],
    access: ["everything except iam:*, sts:* on all resources"],
  },
  {
    name: "NotResource",
    statements: [{ Action: "ecr:PutImage", NotResource: "ECR/prod/*" }],
    access: ["ecr: push to every repository except arn:aws:ecr:eu-west-1:123456789012:repository/prod/*"],
  },
  {
    name: "NotAction and NotResource",
    statements: [{ NotAction: "iam:*", NotResource: "arn:aws:s3:::a" }],
    access: ["everything except iam:* on all resources except arn:aws:s3:::a"],
  },
  {
    name: "* but a resource",
    statements: [{ Action: "*", NotResource: "arn:aws:s3:::a" }],
    access: ["everything on all resources except arn:aws:s3:::a"],
  },
  {
    name: "Deny takes nothing away here",
    statements: [
      { Action: "ecr:PutImage", Resource: "*" },
      { Effect: "Deny", Action: "*", Resource: "*" },
    ],
    access: ["ecr: push to every repository"],
  },
  {
    name: "the same twice",
    statements: [
      { Action: "ecr:PutImage", Resource: "*" },
      { Action: "ecr:UploadLayerPart", Resource: "*" },
    ],
    access: ["ecr: push to every repository"],
  },
  {
    name: "resources of another service that actions are about",
    statements: [
      {
        Action: "ssm:SendCommand",
        Resource: ["arn:aws:ssm:eu-west-1:ACCOUNT:document/d", "arn:aws:ec2:eu-west-1:ACCOUNT:instance/*"],
      },
    ],
    access: [
      "ssm: SendCommand on resources arn:aws:ec2:eu-west-1:123456789012:instance/*, arn:aws:ssm:eu-west-1:123456789012:document/d",
    ],
  },
  { name: "*:* is everything", statements: [{ Action: "*:*", Resource: "*" }], access: ["everything"] },
  {
    name: "an action called like a property of every object",
    statements: [{ Action: ["ecr:constructor", "ecr:PutImage"], Resource: "*" }],
    access: ["ecr: push to every repository", "ecr: constructor on every repository"],
  },
  {
    name: "a variable is a pattern",
    statements: [
      {
        Action: "s3:GetObject",
        Resource: [
          "arn:aws:s3:::${aws:PrincipalTag/a}/*",
          "arn:aws:s3:::b/*",
          "arn:aws:s3:::c/*",
          "arn:aws:s3:::d/*",
        ],
      },
    ],
    access: ["s3: read on buckets ${aws:PrincipalTag/a}, b, c and 1 more"],
  },
];
