import type { ShortRegistration, ShortRole } from "./roles.ts";

/** `codes` lists all findings; null means that the role is not in the report. */
export type Case = {
  name: string;
  row?: number;
  role: ShortRole;
  registered?: ShortRegistration[];
  codes: string[] | null;
  access?: string[];
};

export const cases: readonly Case[] = [
  {
    name: "the guide's role",
    role: {},
    codes: ["breaks-on-rename", "ecr-any-repository", "name-only", "unregistered"],
    access: ["ecr: push to every repository"],
  },
  {
    name: "the guide's role with its advice to use *",
    row: 18,
    role: { condition: { StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:*" } } },
    codes: ["ecr-any-repository", "literal-wildcard", "unregistered"],
  },
  {
    name: "a registered role as Rolecall makes it",
    registered: [{ owner: "acme", repo: "api", role: "publish", name: "Rolecall's policy" }],
    role: {
      name: "Rolecall's policy",
      path: "/rolecall/",
      boundary: "arn:aws:iam::123456789012:policy/rolecall/boundary",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": ["repo:acme@1/api@2:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
        },
      },
      inline: {
        "rolecall-ecr": [
          { Action: "ecr:GetAuthorizationToken", Resource: "*" },
          {
            Action: [
              "ecr:BatchCheckLayerAvailability",
              "ecr:BatchGetImage",
              "ecr:CompleteLayerUpload",
              "ecr:InitiateLayerUpload",
              "ecr:PutImage",
              "ecr:UploadLayerPart",
            ],
            Resource: "ECR/acme/api",
          },
        ],
      },
      usedDaysAgo: 1,
    },
    codes: [],
    access: [
      "ecr: log in",
      "ecr: push to repository acme/api",
      "nothing beyond the boundary arn:aws:iam::123456789012:policy/rolecall/boundary",
    ],
  },
  {
    name: "a registered role, unused for 90 days",
    registered: [{ owner: "acme", repo: "api", role: "publish", name: "Rolecall's policy" }],
    role: {
      name: "Rolecall's policy",
      path: "/rolecall/",
      boundary: "arn:aws:iam::123456789012:policy/rolecall/boundary",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": ["repo:acme@1/api@2:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
        },
      },
      inline: {
        "rolecall-ecr": [
          { Action: "ecr:GetAuthorizationToken", Resource: "*" },
          {
            Action: [
              "ecr:BatchCheckLayerAvailability",
              "ecr:BatchGetImage",
              "ecr:CompleteLayerUpload",
              "ecr:InitiateLayerUpload",
              "ecr:PutImage",
              "ecr:UploadLayerPart",
            ],
            Resource: "ECR/acme/api",
          },
        ],
      },
      usedDaysAgo: 90,
    },
    codes: ["unused"],
  },
  {
    name: "a registered role, used 89 days ago",
    registered: [{ owner: "acme", repo: "api", role: "publish", name: "Rolecall's policy" }],
    role: {
      name: "Rolecall's policy",
      path: "/rolecall/",
      boundary: "arn:aws:iam::123456789012:policy/rolecall/boundary",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": ["repo:acme@1/api@2:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
        },
      },
      inline: {
        "rolecall-ecr": [
          { Action: "ecr:GetAuthorizationToken", Resource: "*" },
          {
            Action: [
              "ecr:BatchCheckLayerAvailability",
              "ecr:BatchGetImage",
              "ecr:CompleteLayerUpload",
              "ecr:InitiateLayerUpload",
              "ecr:PutImage",
              "ecr:UploadLayerPart",
            ],
            Resource: "ECR/acme/api",
          },
        ],
      },
      usedDaysAgo: 89,
    },
    codes: [],
  },
  {
    name: "a registered role, never used, 90 days old",
    registered: [{ owner: "acme", repo: "api", role: "publish", name: "Rolecall's policy" }],
    role: {
      name: "Rolecall's policy",
      path: "/rolecall/",
      boundary: "arn:aws:iam::123456789012:policy/rolecall/boundary",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": ["repo:acme@1/api@2:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
        },
      },
      inline: {
        "rolecall-ecr": [
          { Action: "ecr:GetAuthorizationToken", Resource: "*" },
          {
            Action: [
              "ecr:BatchCheckLayerAvailability",
              "ecr:BatchGetImage",
              "ecr:CompleteLayerUpload",
              "ecr:InitiateLayerUpload",
              "ecr:PutImage",
              "ecr:UploadLayerPart",
            ],
            Resource: "ECR/acme/api",
          },
        ],
      },
      createdDaysAgo: 90,
    },
    codes: ["unused"],
  },
  {
    name: "a registered role, never used, 89 days old",
    registered: [{ owner: "acme", repo: "api", role: "publish", name: "Rolecall's policy" }],
    role: {
      name: "Rolecall's policy",
      path: "/rolecall/",
      boundary: "arn:aws:iam::123456789012:policy/rolecall/boundary",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": ["repo:acme@1/api@2:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
        },
      },
      inline: {
        "rolecall-ecr": [
          { Action: "ecr:GetAuthorizationToken", Resource: "*" },
          {
            Action: [
              "ecr:BatchCheckLayerAvailability",
              "ecr:BatchGetImage",
              "ecr:CompleteLayerUpload",
              "ecr:InitiateLayerUpload",
              "ecr:PutImage",
              "ecr:UploadLayerPart",
            ],
            Resource: "ECR/acme/api",
          },
        ],
      },
      createdDaysAgo: 89,
    },
    codes: [],
  },
  {
    name: "a registered role that was tampered with",
    registered: [{ owner: "acme", repo: "api", role: "publish", name: "Rolecall's policy" }],
    role: {
      name: "Rolecall's policy",
      path: "/rolecall/",
      boundary: "arn:aws:iam::123456789012:policy/rolecall/boundary",
      condition: { StringEquals: { "gh:aud": "sts.amazonaws.com" }, StringLike: { "gh:sub": "repo:acme/*" } },
      inline: {
        "rolecall-ecr": [
          { Action: "ecr:GetAuthorizationToken", Resource: "*" },
          {
            Action: [
              "ecr:BatchCheckLayerAvailability",
              "ecr:BatchGetImage",
              "ecr:CompleteLayerUpload",
              "ecr:InitiateLayerUpload",
              "ecr:PutImage",
              "ecr:UploadLayerPart",
            ],
            Resource: "ECR/acme/api",
          },
        ],
      },
      usedDaysAgo: 1,
      attached: { "arn:aws:iam::aws:policy/AdministratorAccess": null },
    },
    codes: ["administrator-access", "any-ref", "ecr-any-repository", "ecr-wildcard", "owner-wide-by-name"],
    access: ["everything", "nothing beyond the boundary arn:aws:iam::123456789012:policy/rolecall/boundary"],
  },
  {
    name: "a registered role in another letter case",
    row: 19,
    registered: [{ owner: "acme", repo: "api", role: "publish", name: "Rolecall's policy" }],
    role: {
      name: "Rolecall's policy",
      path: "/rolecall/",
      boundary: "arn:aws:iam::123456789012:policy/rolecall/boundary",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:Acme/api:ref:refs/heads/main",
        },
      },
      inline: {
        "rolecall-ecr": [
          { Action: "ecr:GetAuthorizationToken", Resource: "*" },
          {
            Action: [
              "ecr:BatchCheckLayerAvailability",
              "ecr:BatchGetImage",
              "ecr:CompleteLayerUpload",
              "ecr:InitiateLayerUpload",
              "ecr:PutImage",
              "ecr:UploadLayerPart",
            ],
            Resource: "ECR/acme/api",
          },
        ],
      },
      usedDaysAgo: 1,
    },
    codes: ["letter-case"],
  },
  {
    name: "a role under our path that no record names",
    role: {
      name: "Rolecall's policy",
      path: "/rolecall/",
      boundary: "arn:aws:iam::123456789012:policy/rolecall/boundary",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": ["repo:acme@1/api@2:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
        },
      },
      inline: {
        "rolecall-ecr": [
          { Action: "ecr:GetAuthorizationToken", Resource: "*" },
          {
            Action: [
              "ecr:BatchCheckLayerAvailability",
              "ecr:BatchGetImage",
              "ecr:CompleteLayerUpload",
              "ecr:InitiateLayerUpload",
              "ecr:PutImage",
              "ecr:UploadLayerPart",
            ],
            Resource: "ECR/acme/api",
          },
        ],
      },
      usedDaysAgo: 1,
    },
    codes: ["under-rolecall-without-record"],
  },
  {
    name: "a role under our path that trusts no GitHub",
    role: {
      path: "/rolecall/",
      statements: [{ Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole", Condition: {} }],
      inline: {},
    },
    codes: ["under-rolecall-without-record"],
    access: [],
  },
  {
    name: "a role elsewhere that trusts no GitHub",
    role: {
      statements: [{ Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole", Condition: {} }],
    },
    codes: null,
  },
  {
    name: "a path that only begins like Rolecall's",
    role: {
      path: "/rolecall-2/",
      statements: [{ Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole", Condition: {} }],
    },
    codes: null,
  },
  {
    name: "another identity provider",
    role: {
      statements: [
        {
          Principal: { Federated: "arn:aws:iam::ACCOUNT:oidc-provider/gitlab.com" },
          Condition: { StringEquals: { "gitlab.com:sub": "x" } },
        },
      ],
    },
    codes: null,
  },
  {
    name: "AdministratorAccess attached",
    row: 29,
    role: { attached: { "arn:aws:iam::aws:policy/AdministratorAccess": null } },
    codes: [
      "breaks-on-rename",
      "administrator-access",
      "ecr-any-repository",
      "ecr-wildcard",
      "name-only",
      "unregistered",
    ],
    access: ["everything"],
  },
  {
    name: "AdministratorAccess attached in China",
    role: { attached: { "arn:aws-cn:iam::aws:policy/AdministratorAccess": null } },
    codes: [
      "breaks-on-rename",
      "administrator-access",
      "ecr-any-repository",
      "ecr-wildcard",
      "name-only",
      "unregistered",
    ],
    access: ["everything"],
  },
  {
    name: "IAMFullAccess attached: it can give itself the rest",
    role: { attached: { "arn:aws:iam::aws:policy/IAMFullAccess": null } },
    codes: ["breaks-on-rename", "administrator-access", "name-only", "unregistered"],
    access: ["iam: everything on all resources", "organizations: read on all resources"],
  },
  {
    name: "an account's own policy of that name",
    role: { attached: { "arn:aws:iam::ACCOUNT:policy/AdministratorAccess": null } },
    codes: ["breaks-on-rename", "access-unknown", "name-only", "unregistered"],
    access: ["not known: the permissions of arn:aws:iam::123456789012:policy/AdministratorAccess"],
  },
  {
    name: "an action * on everything, inline",
    row: 29,
    role: { inline: { all: { Action: "*", Resource: "*" } } },
    codes: [
      "breaks-on-rename",
      "administrator-access",
      "ecr-any-repository",
      "ecr-wildcard",
      "name-only",
      "unregistered",
    ],
    access: ["everything"],
  },
  {
    name: "an action *:*",
    row: 29,
    role: { inline: { all: { Action: "*:*", Resource: "*" } } },
    codes: [
      "breaks-on-rename",
      "administrator-access",
      "ecr-any-repository",
      "ecr-wildcard",
      "name-only",
      "unregistered",
    ],
  },
  {
    name: "a sid that is empty, as terraform writes it",
    role: { statements: [{ Sid: "", Condition: { StringEquals: { "gh:aud": "sts.amazonaws.com" } } }] },
    codes: ["ecr-any-repository", "sub-missing", "unregistered"],
  },
  {
    name: "iam:* on everything",
    row: 29,
    role: { inline: { iam: { Action: ["IAM:*"], Resource: "*" } } },
    codes: ["breaks-on-rename", "administrator-access", "name-only", "unregistered"],
    access: ["iam: everything on all resources"],
  },
  {
    name: "iam:* on one role",
    role: { inline: { iam: { Action: "iam:*", Resource: "arn:aws:iam::ACCOUNT:role/x" } } },
    codes: ["breaks-on-rename", "name-only", "unregistered"],
    access: ["iam: everything on resource arn:aws:iam::123456789012:role/x"],
  },
  {
    name: "everything but IAM",
    role: { inline: { power: { NotAction: ["iam:*", "organizations:*"], Resource: "*" } } },
    codes: ["breaks-on-rename", "ecr-any-repository", "ecr-wildcard", "name-only", "unregistered"],
    access: ["everything except iam:*, organizations:* on all resources"],
  },
  {
    name: "everything but S3",
    role: { inline: { x: { NotAction: "s3:*", Resource: "*" } } },
    codes: [
      "breaks-on-rename",
      "administrator-access",
      "ecr-any-repository",
      "ecr-wildcard",
      "name-only",
      "unregistered",
    ],
    access: ["everything except s3:* on all resources"],
  },
  {
    name: "everything but ECR",
    role: { inline: { x: { NotAction: ["ecr:*", "iam:*"], Resource: "*" } } },
    codes: ["breaks-on-rename", "name-only", "unregistered"],
  },
  {
    name: "ecr:* on everything",
    row: 29,
    role: { inline: { ecr: { Action: "ecr:*", Resource: "*" } } },
    codes: ["breaks-on-rename", "ecr-any-repository", "ecr-wildcard", "name-only", "unregistered"],
    access: ["ecr: everything on every repository"],
  },
  {
    name: "ecr:* on one repository",
    row: 29,
    role: { inline: { ecr: { Action: "ecr:*", Resource: "ECR/acme/api" } } },
    codes: ["breaks-on-rename", "ecr-wildcard", "name-only", "unregistered"],
    access: ["ecr: everything on repository acme/api"],
  },
  {
    name: "ecr:CreateRepository as well as push",
    row: 29,
    role: { inline: { ecr: { Action: ["ecr:PutImage", "ecr:createrepository"], Resource: "ECR/acme/*" } } },
    codes: ["breaks-on-rename", "ecr-wildcard", "name-only", "unregistered"],
    access: ["ecr: push to repository acme/*", "ecr: createrepository on repository acme/*"],
  },
  {
    name: "ecr:Create*",
    role: { inline: { ecr: { Action: "ecr:C*", Resource: "*" } } },
    codes: ["breaks-on-rename", "ecr-any-repository", "ecr-wildcard", "name-only", "unregistered"],
    access: ["ecr: C* on every repository"],
  },
  {
    name: "ecr:* on a bucket allows nothing in ECR",
    role: { inline: { x: { Action: "*", Resource: "arn:aws:s3:::b/*" } } },
    codes: ["breaks-on-rename", "name-only", "unregistered"],
    access: ["everything on resource arn:aws:s3:::b/*"],
  },
  {
    name: "ecr:* denied is not ecr:* allowed",
    role: { inline: { x: [{ Effect: "Deny", Action: "ecr:*", Resource: "*" }] } },
    codes: ["breaks-on-rename", "name-only", "unregistered"],
    access: [],
  },
  {
    name: "ECR's full access attached",
    role: { attached: { "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryFullAccess": null } },
    codes: ["breaks-on-rename", "ecr-any-repository", "ecr-wildcard", "name-only", "unregistered"],
    access: [
      "cloudtrail: LookupEvents on all resources",
      "ecr: everything on every repository",
      "iam: CreateServiceLinkedRole on all resources",
    ],
  },
  {
    name: "ECR's power user attached",
    role: { attached: { "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser": null } },
    codes: ["breaks-on-rename", "ecr-any-repository", "name-only", "unregistered"],
    access: ["ecr: push to and pull from every repository", "ecr: read on every repository"],
  },
  {
    name: "ECR's read-only attached: pull requests cannot push",
    role: {
      sub: "repo:acme/api:pull_request",
      attached: { "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly": null },
    },
    codes: ["breaks-on-rename", "name-only", "unregistered"],
    access: ["ecr: pull from every repository", "ecr: read on every repository"],
  },
  {
    name: "pull requests that can push",
    row: 14,
    role: { sub: "repo:acme/api:pull_request" },
    codes: ["breaks-on-rename", "ecr-any-repository", "name-only", "pull-request-push", "unregistered"],
  },
  {
    name: "pull requests with access that is not known",
    role: { sub: "repo:acme/api:pull_request", attached: { "arn:aws:iam::ACCOUNT:policy/x": null } },
    codes: ["breaks-on-rename", "access-unknown", "name-only", "pull-request", "unregistered"],
  },
  {
    name: "a policy that cannot be read",
    role: { inline: { x: "{" } },
    codes: ["breaks-on-rename", "access-unknown", "name-only", "unregistered"],
    access: ["not known: the permissions of the inline policy x"],
  },
  {
    name: "a policy of no known grammar",
    role: { inline: { x: { Action: "s3:*", Resource: "*", Extra: 1 } } },
    codes: ["breaks-on-rename", "access-unknown", "name-only", "unregistered"],
    access: ["not known: the permissions of the inline policy x"],
  },
  {
    name: "a policy with a principal is none of an identity",
    role: { inline: { x: { Action: "s3:*", Resource: "*", Principal: "*" } } },
    codes: ["breaks-on-rename", "access-unknown", "name-only", "unregistered"],
  },
  {
    name: "terraform: data.aws_iam_policy_document",
    row: 13,
    role: {
      sub: ["repo:acme/api:*"],
      inline: {
        deploy: [
          {
            Sid: "",
            Action: ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"],
            Resource: ["arn:aws:s3:::assets/*"],
          },
          {
            Sid: "",
            Action: ["cloudfront:CreateInvalidation"],
            Resource: ["arn:aws:cloudfront::ACCOUNT:distribution/E1"],
          },
        ],
      },
    },
    codes: ["breaks-on-rename", "any-ref", "name-only", "unregistered"],
    access: [
      "s3: DeleteObject, GetObject, PutObject on bucket assets",
      "cloudfront: CreateInvalidation on resource arn:aws:cloudfront::123456789012:distribution/E1",
    ],
  },
  {
    name: "terraform: a module with ForAllValues",
    row: 8,
    role: {
      condition: {
        "ForAllValues:StringEquals": { "gh:iss": "https://HOST", "gh:aud": "sts.amazonaws.com" },
        "ForAllValues:StringLike": { "gh:sub": "repo:acme/api:*" },
      },
    },
    codes: [
      "breaks-on-rename",
      "any-ref",
      "ecr-any-repository",
      "for-all-values",
      "key-not-evaluated",
      "name-only",
      "unregistered",
    ],
  },
  {
    name: "no condition on the subject",
    row: 1,
    role: { condition: { StringEquals: { "gh:aud": "sts.amazonaws.com" } } },
    codes: ["ecr-any-repository", "sub-missing", "unregistered"],
  },
  {
    name: "two conditions with one key",
    row: 2,
    role: {
      trustText:
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::ACCOUNT:oidc-provider/HOST"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringLike":{"gh:sub":"repo:acme/api:*"},"StringLike":{"gh:aud":"sts.amazonaws.com"}}}]}',
    },
    codes: ["duplicate-key", "ecr-any-repository", "sub-missing", "unregistered"],
  },
  {
    name: "any repository of a longer owner's name",
    row: 4,
    role: { sub: "repo:acme*" },
    codes: ["any-ref", "ecr-any-repository", "owner-wildcard", "unregistered"],
  },
  {
    name: "every repository of the owner",
    row: 5,
    role: { sub: "repo:acme/*" },
    codes: ["breaks-on-rename", "any-ref", "ecr-any-repository", "owner-wide-by-name", "unregistered"],
  },
  {
    name: "a longer repository's name",
    row: 6,
    role: { sub: "repo:acme/api*" },
    codes: ["breaks-on-rename", "any-ref", "ecr-any-repository", "repository-wildcard", "unregistered"],
  },
  {
    name: "wildcards for the ids",
    row: 7,
    role: { sub: "repo:acme@*/api@*:ref:refs/heads/main" },
    codes: ["ecr-any-repository", "immutable-wildcard", "unregistered"],
  },
  {
    name: "no audience",
    row: 9,
    role: {
      condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main", "gh:repository_id": "2" } },
    },
    codes: ["breaks-on-rename", "aud-missing", "ecr-any-repository", "unregistered"],
  },
  {
    name: "another account and a user as well as GitHub",
    row: 27,
    role: {
      statements: [
        {
          Principal: {
            Federated: "arn:aws:iam::ACCOUNT:oidc-provider/HOST",
            AWS: ["210987654321", "arn:aws:iam::ACCOUNT:user/ci"],
          },
        },
      ],
    },
    codes: [
      "breaks-on-rename",
      "ecr-any-repository",
      "name-only",
      "other-account",
      "other-principal",
      "unregistered",
    ],
  },
  {
    name: "a trust policy that cannot be read",
    role: { trustText: "{" },
    codes: ["ecr-any-repository", "policy-unreadable", "unregistered"],
  },
];
