import type { Tampering } from "./tamper.ts";

/** The registration that a tampering changes. */
export type Given = Pick<Tampering, "settings" | "request">;

export const harmless: readonly (Given & Pick<Tampering, "name" | "do">)[] = [
  {
    name: "trust: one audience as a list",
    do: [
      {
        edit: "trust",
        edits: [["list", "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:aud"]],
      },
    ],
  },
  {
    name: "trust: the subjects in another order",
    do: [
      {
        edit: "trust",
        edits: [["reverse", "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:sub"]],
      },
    ],
  },
  {
    name: "trust: a subject twice",
    do: [
      {
        edit: "trust",
        edits: [["duplicate", "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:sub"]],
      },
    ],
  },
  {
    name: "trust: condition keys in another order",
    do: [{ edit: "trust", edits: [["reverse", "/Statement/0/Condition/StringEquals"]] }],
  },
  {
    name: "trust: a condition key in capitals",
    do: [
      {
        edit: "trust",
        edits: [
          [
            "move",
            "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:aud",
            "/Statement/0/Condition/StringEquals/TOKEN.ACTIONS.GITHUBUSERCONTENT.COM:AUD",
          ],
        ],
      },
    ],
  },
  { name: "trust: another Sid", do: [{ edit: "trust", edits: [["set", "/Statement/0/Sid", "Mine"]] }] },
  { name: "trust: no Sid", do: [{ edit: "trust", edits: [["remove", "/Statement/0/Sid"]] }] },
  { name: "trust: the action as a list", do: [{ edit: "trust", edits: [["list", "/Statement/0/Action"]] }] },
  {
    name: "trust: the action in another case",
    do: [{ edit: "trust", edits: [["set", "/Statement/0/Action", "STS:assumerolewithwebidentity"]] }],
  },
  {
    name: "trust: the principal as a list",
    do: [{ edit: "trust", edits: [["list", "/Statement/0/Principal/Federated"]] }],
  },
  { name: "trust: the statement not in a list", do: [{ edit: "trust", edits: [["single", "/Statement"]] }] },
  { name: "trust: an Id", do: [{ edit: "trust", edits: [["set", "/Id", "mine"]] }] },
  { name: "trust: white space", do: [{ edit: "trust", edits: [], indent: 4 }] },
  { name: "trust: escaped characters", do: [{ edit: "trust", edits: [], escape: true }] },
  {
    name: "trust: elements in another order",
    do: [
      {
        edit: "trust",
        edits: [
          ["reverse", "/Statement/0"],
          ["reverse", ""],
        ],
      },
    ],
  },
  {
    name: "inline policy: statements in another order",
    do: [{ edit: "inline", edits: [["reverse", "/Statement"]] }],
  },
  {
    name: "inline policy: actions in another order",
    do: [{ edit: "inline", edits: [["reverse", "/Statement/1/Action"]] }],
  },
  {
    name: "inline policy: an action twice",
    do: [{ edit: "inline", edits: [["duplicate", "/Statement/1/Action"]] }],
  },
  {
    name: "inline policy: actions in lower case",
    do: [{ edit: "inline", edits: [["lower", "/Statement/1/Action"]] }],
  },
  {
    name: "inline policy: a resource as a list",
    do: [{ edit: "inline", edits: [["list", "/Statement/0/Resource"]] }],
  },
  {
    name: "inline policy: one resource as a string",
    do: [{ edit: "inline", edits: [["set", "/Statement/1/Resource", "$repositoryArn"]] }],
  },
  { name: "inline policy: white space", do: [{ edit: "inline", edits: [], indent: 8 }] },
  {
    name: "inline policy: other Sids",
    do: [
      {
        edit: "inline",
        edits: [
          ["set", "/Statement/0/Sid", "A"],
          ["set", "/Statement/1/Sid", "B"],
        ],
      },
    ],
  },
  {
    name: "inline policy: the same statement twice",
    do: [{ edit: "inline", edits: [["copyStatement", "/Statement/1"]] }],
  },
  {
    name: "a tag of another's",
    do: [{ call: "iam:TagRole", input: { RoleName: "$role", Tags: [{ Key: "CostCenter", Value: "1234" }] } }],
  },
  {
    name: "tags written once more",
    do: [{ call: "iam:TagRole", input: { RoleName: "$role", Tags: [{ Key: "team", Value: "core" }] } }],
  },
  {
    name: "the boundary set once more",
    do: [
      {
        call: "iam:PutRolePermissionsBoundary",
        input: { RoleName: "$role", PermissionsBoundary: "$boundary" },
      },
    ],
  },
  {
    name: "a policy attached and detached",
    do: [
      {
        call: "iam:AttachRolePolicy",
        input: { RoleName: "$role", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
      },
      {
        call: "iam:DetachRolePolicy",
        input: { RoleName: "$role", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
      },
    ],
  },
  {
    name: "ECR: a tag of another's",
    do: [
      {
        call: "ecr:TagResource",
        input: { resourceArn: "$repositoryArn", tags: [{ Key: "CostCenter", Value: "1234" }] },
      },
    ],
  },
  {
    name: "ECR: exclusions in another order",
    do: [
      {
        call: "ecr:PutImageTagMutability",
        input: {
          repositoryName: "$repository",
          imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
          imageTagMutabilityExclusionFilters: [
            { filterType: "WILDCARD", filter: "buildcache*" },
            { filterType: "WILDCARD", filter: "latest" },
          ],
        },
      },
    ],
  },
  {
    name: "ECR: scanned on push",
    do: [
      {
        call: "ecr:PutImageScanningConfiguration",
        input: { repositoryName: "$repository", imageScanningConfiguration: { scanOnPush: true } },
      },
    ],
  },
  {
    name: "ECR: the lifecycle policy in other words",
    do: [
      {
        call: "ecr:PutLifecyclePolicy",
        input: {
          repositoryName: "$repository",
          lifecyclePolicyText: {
            json: {
              rules: [
                {
                  rulePriority: 7,
                  selection: {
                    tagStatus: "untagged",
                    countType: "sinceImagePushed",
                    countUnit: "days",
                    countNumber: 14,
                  },
                  action: { type: "expire" },
                  description: "old layers",
                },
              ],
            },
          },
        },
      },
    ],
  },
  {
    name: "the provider: a tag and one more audience",
    do: [
      {
        call: "iam:AddClientIDToOpenIDConnectProvider",
        input: { OpenIDConnectProviderArn: "$provider", ClientID: "https://github.com/acme" },
      },
    ],
  },
  {
    name: "ECR: the lifecycle policy deleted and put back",
    do: [
      { call: "ecr:DeleteLifecyclePolicy", input: { repositoryName: "$repository" } },
      {
        call: "ecr:PutLifecyclePolicy",
        input: {
          repositoryName: "$repository",
          lifecyclePolicyText: {
            json: {
              rules: [
                {
                  rulePriority: 1,
                  selection: {
                    tagStatus: "untagged",
                    countType: "sinceImagePushed",
                    countUnit: "days",
                    countNumber: 14,
                  },
                  action: { type: "expire" },
                },
              ],
            },
          },
        },
      },
    ],
  },
  {
    name: "ECR: the repository policy in other words",
    settings: { pull: { accounts: ["210987654321", "310987654321"], organization: "o-a1b2c3d4e5" } },
    do: [
      {
        call: "ecr:SetRepositoryPolicy",
        input: {
          repositoryName: "$repository",
          policyText: {
            json: {
              Version: "2012-10-17",
              Statement: [
                {
                  Sid: "B",
                  Effect: "Allow",
                  Principal: "*",
                  Action: [
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:BatchGetImage",
                    "ecr:BatchCheckLayerAvailability",
                  ],
                  Condition: { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } },
                },
                {
                  Sid: "A",
                  Effect: "Allow",
                  Principal: { AWS: ["310987654321", "arn:aws:iam::210987654321:root"] },
                  Action: [
                    "ecr:batchgetimage",
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:GetDownloadUrlForLayer",
                  ],
                },
              ],
            },
          },
        },
      },
    ],
  },
  {
    name: "ECR: a prefix in place of a pattern",
    settings: {
      lifecycle: [
        { images: "tagged", tags: ["v*"], keepLast: 50 },
        { images: "any", expireAfterDays: 90 },
      ],
    },
    do: [
      {
        call: "ecr:PutLifecyclePolicy",
        input: {
          repositoryName: "$repository",
          lifecyclePolicyText: {
            json: {
              rules: [
                {
                  rulePriority: 10,
                  selection: {
                    tagStatus: "tagged",
                    tagPrefixList: ["v"],
                    countType: "imageCountMoreThan",
                    countNumber: 50,
                  },
                  action: { type: "expire" },
                },
                {
                  rulePriority: 20,
                  selection: {
                    tagStatus: "any",
                    countType: "sinceImagePushed",
                    countUnit: "days",
                    countNumber: 90,
                  },
                  action: { type: "expire" },
                },
              ],
            },
          },
        },
      },
    ],
  },
  {
    name: "ECR: a tag that someone else added to those of the settings",
    settings: { tags: { team: "core" } },
    do: [
      {
        call: "ecr:TagResource",
        input: { resourceArn: "$repositoryArn", tags: [{ Key: "owner", Value: "x" }] },
      },
    ],
  },
  { name: "GitHub: another default branch", do: [{ github: "set", settings: { defaultBranch: "trunk" } }] },
  { name: "GitHub: made private", do: [{ github: "set", settings: { private: true } }] },
  {
    name: "a managed policy detached and attached again",
    request: {
      profiles: ["artifacts"],
      managedPolicyArns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
    },
    do: [
      {
        call: "iam:DetachRolePolicy",
        input: { RoleName: "$role", PolicyArn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" },
      },
      {
        call: "iam:AttachRolePolicy",
        input: { RoleName: "$role", PolicyArn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" },
      },
    ],
  },
  {
    name: "a profile's policy in another order and case",
    request: {
      profiles: ["artifacts"],
      managedPolicyArns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
    },
    do: [
      {
        call: "iam:PutRolePolicy",
        input: {
          RoleName: "$role",
          PolicyName: "rolecall-artifacts",
          PolicyDocument: {
            json: {
              Version: "2012-10-17",
              Statement: [
                {
                  Effect: "Allow",
                  Action: ["S3:PutObject", "s3:getobject", "s3:GetObject"],
                  Resource: "arn:aws:s3:::acme-artifacts/acme/$repo/*",
                },
              ],
            },
          },
        },
      },
    ],
  },
  {
    name: "ECR: Lambda's statement as it was asked for, in Lambda's own form with five actions",
    settings: { pull: { lambda: true } },
    do: [
      {
        call: "ecr:SetRepositoryPolicy",
        input: {
          repositoryName: "$repository",
          policyText: {
            json: {
              Version: "2008-10-17",
              Statement: [
                {
                  Sid: "LambdaECRImageRetrievalPolicy",
                  Effect: "Allow",
                  Principal: { Service: "lambda.amazonaws.com" },
                  Action: [
                    "ecr:BatchGetImage",
                    "ecr:DeleteRepositoryPolicy",
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:GetRepositoryPolicy",
                    "ecr:SetRepositoryPolicy",
                  ],
                  Condition: {
                    StringLike: { "aws:sourceArn": "arn:aws:lambda:eu-central-1:123456789012:function:*" },
                  },
                },
              ],
            },
          },
        },
      },
    ],
  },
  {
    name: "ECR: Lambda's statement as it was asked for, with two actions, ArnLike and another Sid",
    settings: { pull: { lambda: true } },
    do: [
      {
        call: "ecr:SetRepositoryPolicy",
        input: {
          repositoryName: "$repository",
          policyText: {
            json: {
              Version: "2008-10-17",
              Statement: [
                {
                  Sid: "Ours",
                  Effect: "Allow",
                  Principal: { Service: "lambda.amazonaws.com" },
                  Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                  Condition: {
                    ArnLike: { "AWS:SourceARN": "arn:aws:lambda:eu-central-1:123456789012:function:*" },
                  },
                },
              ],
            },
          },
        },
      },
    ],
  },
  {
    name: "ECR: Lambda's own statement, and the registered one",
    settings: { pull: { lambda: true } },
    do: [
      {
        call: "ecr:SetRepositoryPolicy",
        input: {
          repositoryName: "$repository",
          policyText: {
            json: {
              Version: "2008-10-17",
              Statement: [
                {
                  Sid: "PullFromLambda",
                  Effect: "Allow",
                  Principal: { Service: "lambda.amazonaws.com" },
                  Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                  Condition: {
                    StringLike: { "aws:SourceArn": ["arn:aws:lambda:eu-central-1:123456789012:function:*"] },
                  },
                },
                {
                  Sid: "LambdaECRImageRetrievalPolicy",
                  Effect: "Allow",
                  Principal: { Service: "lambda.amazonaws.com" },
                  Action: [
                    "ecr:BatchGetImage",
                    "ecr:DeleteRepositoryPolicy",
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:GetRepositoryPolicy",
                    "ecr:SetRepositoryPolicy",
                  ],
                  Condition: {
                    StringLike: { "aws:sourceArn": "arn:aws:lambda:eu-central-1:123456789012:function:*" },
                  },
                },
              ],
            },
          },
        },
      },
    ],
  },
  {
    name: "ECR: Lambda's statements of two accounts as they were asked for, in one",
    settings: { pull: { accounts: ["210987654321"], lambda: true } },
    do: [
      {
        call: "ecr:SetRepositoryPolicy",
        input: {
          repositoryName: "$repository",
          policyText: {
            json: {
              Version: "2008-10-17",
              Statement: [
                {
                  Effect: "Allow",
                  Principal: { AWS: "210987654321" },
                  Action: [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                  ],
                },
                {
                  Sid: "LambdaECRImageRetrievalPolicy",
                  Effect: "Allow",
                  Principal: { Service: "lambda.amazonaws.com" },
                  Action: [
                    "ecr:BatchGetImage",
                    "ecr:DeleteRepositoryPolicy",
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:GetRepositoryPolicy",
                    "ecr:SetRepositoryPolicy",
                  ],
                  Condition: {
                    StringLike: {
                      "aws:sourceArn": [
                        "arn:aws:lambda:eu-central-1:123456789012:function:*",
                        "arn:aws:lambda:*:210987654321:function:*",
                      ],
                    },
                  },
                },
              ],
            },
          },
        },
      },
    ],
  },
];
