import type { ShortRole } from "./roles.ts";

export type MigrateCase = {
  name: string;
  row?: number;
  role: ShortRole;
  replacements: { path: string; body: unknown }[];
  lost: string[];
  notes: string[];
};

export const migrateCases: readonly MigrateCase[] = [
  {
    name: "the guide's role",
    role: {},
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: ["ecr: push to every repository (partly kept: acme/api)"],
    notes: ["/v1/repos/acme/api/roles/publish would also allow ecr:BatchGetImage on acme/api."],
  },
  {
    name: "exactly what a registration would be",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme/api:ref:refs/heads/main",
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "branches",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: ["repo:acme/api:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/release/1"],
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: {
          trust: { branches: ["main", "release/1"] },
          ecr: [{ repository: "acme/api", access: "push" }],
        },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "a pattern of branches",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme/api:ref:refs/heads/release/*",
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["release/*"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "every branch",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme/api:ref:refs/heads/*",
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["*"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "tags",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme/api:ref:refs/tags/v*",
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { tags: ["v*"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "every ref",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme/api:ref:*",
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["*"], tags: ["*"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "every ref, spelled longer",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme/api:ref:refs/*",
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["*"], tags: ["*"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "an environment",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme/api:environment:prod",
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { environments: ["prod"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "an environment with a colon",
    row: 21,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme/api:environment:eu%3Aprod",
    },
    replacements: [],
    lost: [],
    notes: [
      "repo:acme/api:environment:eu%3Aprod: /trust/environments/0: GitHub sends a `:` as `%3A`, so an environment with `:` or `%` in its name can look like another one. Rename the environment, without either character.",
    ],
  },
  {
    name: "any ref",
    row: 13,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme/api:*",
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { anyRef: true }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "acme/api: every branch and pull request gets in and can push. Name the branches instead, or let the operator allow it (ROLECALL_ALLOW=any-ref).",
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "any ref includes the rest",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: ["repo:acme/api:*", "repo:acme/api:ref:refs/heads/main"],
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { anyRef: true }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "acme/api: every branch and pull request gets in and can push. Name the branches instead, or let the operator allow it (ROLECALL_ALLOW=any-ref).",
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "the immutable form",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme@1/api@2:ref:refs/heads/main",
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: {
          trust: { branches: ["main"] },
          ecr: [{ repository: "acme/api", access: "push" }],
          github: { ownerId: 1, repositoryId: 2 },
        },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "both forms that say the same",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: ["repo:acme@1/api@2:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: {
          trust: { branches: ["main"] },
          ecr: [{ repository: "acme/api", access: "push" }],
          github: { ownerId: 1, repositoryId: 2 },
        },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "both forms that say different things",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: ["repo:acme@1/api@2:*", "repo:acme/api:ref:refs/heads/main"],
    },
    replacements: [],
    lost: [],
    notes: ["acme/api: the two forms of its subject let in different runs"],
  },
  {
    name: "only pull requests, with push",
    row: 14,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme/api:pull_request",
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/pull",
        body: { trust: { pullRequests: true }, ecr: [{ repository: "acme/api", access: "pull" }] },
      },
    ],
    lost: [
      "acme/api: pushing in pull requests, which run code that nobody has reviewed",
      "ecr: push to repository acme/api",
    ],
    notes: [
      "/v1/repos/acme/api/roles/pull would also allow ecr:GetDownloadUrlForLayer on acme/api.",
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "pull requests as well as a branch, with push",
    row: 14,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: ["repo:acme/api:pull_request", "repo:acme/api:ref:refs/heads/main"],
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: ["acme/api: pull requests, which may not push; register another role for them with access pull"],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "pull requests with pull",
    role: {
      sub: ["repo:acme/api:pull_request", "repo:acme/api:ref:refs/heads/main"],
      inline: {
        p: [
          {
            Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            Resource: "ECR/acme/api",
          },
          { Action: "ecr:GetAuthorizationToken", Resource: "*" },
        ],
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/pull",
        body: {
          trust: { branches: ["main"], pullRequests: true },
          ecr: [{ repository: "acme/api", access: "pull" }],
        },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "ids in conditions",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
          "gh:repository_id": "2",
          "gh:repository_owner_id": "1",
        },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: {
          trust: { branches: ["main"] },
          ecr: [{ repository: "acme/api", access: "push" }],
          github: { repositoryId: 2, ownerId: 1 },
        },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "a reusable workflow",
    row: 15,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
          "gh:job_workflow_ref": "acme/wf/.github/workflows/ci.yml@refs/heads/main",
        },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: {
          trust: {
            branches: ["main"],
            jobWorkflowRefs: ["acme/wf/.github/workflows/ci.yml@refs/heads/main"],
          },
          ecr: [{ repository: "acme/api", access: "push" }],
        },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "any ref, and the ref in a condition",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:ref": "refs/heads/main" },
        StringLike: { "gh:sub": "repo:acme/api:*" },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [
      "repo:acme/api:*: jobs in environments and pull requests, because their subjects do not name the ref",
    ],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "any ref, and environments in a condition",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:environment": ["stage", "prod"] },
        StringLike: { "gh:sub": "repo:acme/api:*" },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: {
          trust: { environments: ["prod", "stage"] },
          ecr: [{ repository: "acme/api", access: "push" }],
        },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "the ref said twice",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
          "gh:ref": "refs/heads/main",
        },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "a ref within the condition's pattern",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/release/1" },
        StringLike: { "gh:ref": "refs/heads/release/*" },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["release/1"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "an environment said twice, once encoded",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:sub": "repo:acme/api:environment:a b",
          "gh:environment": "a b",
        },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { environments: ["a b"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "the repository by its claim",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: { StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository": "acme/api" } },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { anyRef: true }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "acme/api: every branch and pull request gets in and can push. Name the branches instead, or let the operator allow it (ROLECALL_ALLOW=any-ref).",
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "all of the owner's, and the repository by its claim",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository": "acme/api" },
        StringLike: { "gh:sub": "repo:acme/*:ref:refs/heads/main" },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "the repository said twice",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
          "gh:repository": "acme/api",
        },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "ForAllValues and IfExists on claims that every token has",
    row: 8,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEqualsIfExists: { "gh:aud": "sts.amazonaws.com" },
        "ForAllValues:StringLike": { "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "another audience",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: { "gh:aud": "https://github.com/acme", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: ["tokens for the audience https://github.com/acme; request the audience of STS instead"],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "no audience",
    row: 9,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "nobody's repository",
    row: 1,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: { StringEquals: { "gh:aud": "sts.amazonaws.com" } },
    },
    replacements: [],
    lost: [],
    notes: [
      "/Statement/0: no condition on token.actions.githubusercontent.com:sub names a repository, so any repository in the world gets in; register the ones that you mean",
    ],
  },
  {
    name: "only an id",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: { StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository_id": "2" } },
    },
    replacements: [],
    lost: [],
    notes: ["/Statement/0: only an id names the repository; `gh api repositories/2` prints its name"],
  },
  {
    name: "an owner's repositories and one id",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository_id": "2" },
        StringLike: { "gh:sub": "repo:acme/*" },
      },
    },
    replacements: [],
    lost: [],
    notes: ["repo:acme/*: only one repository gets in; `gh api repositories/2` prints its name"],
  },
  {
    name: "a literal star (the guide's own advice)",
    row: 18,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: { StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:*" } },
    },
    replacements: [],
    lost: [],
    notes: ["repo:acme/api:*: `*` and `?` are plain characters here, so nobody gets in"],
  },
  {
    name: "a question mark",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme/api:ref:refs/heads/v?",
    },
    replacements: [],
    lost: [],
    notes: ["repo:acme/api:ref:refs/heads/v?: `?` stands for any one character; name each value instead"],
  },
  {
    name: "any subject",
    row: 3,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "*",
    },
    replacements: [],
    lost: [],
    notes: ["*: The subject matches any repository."],
  },
  {
    name: "a longer owner",
    row: 4,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme*",
    },
    replacements: [],
    lost: [],
    notes: ["repo:acme*: The owner's name ends in a wildcard, so it also matches longer names."],
  },
  {
    name: "a longer repository",
    row: 6,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme/api*",
    },
    replacements: [],
    lost: [],
    notes: ["repo:acme/api*: The repository's name ends in a wildcard, so it also matches longer names."],
  },
  {
    name: "ids left open",
    row: 7,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme@*/api@*:*",
    },
    replacements: [],
    lost: [],
    notes: [
      "repo:acme@*/api@*:*: A wildcard replaces all or part of the owner's or the repository's id, and * also matches the slash.",
    ],
  },
  {
    name: "an empty repository",
    row: 3,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo::*",
    },
    replacements: [],
    lost: [],
    notes: [
      "repo::*: The subject does not name both the owner and the repository, perhaps because a variable was empty.",
    ],
  },
  {
    name: "a claim that workflows choose",
    row: 23,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "workflow:*",
    },
    replacements: [],
    lost: [],
    notes: ["workflow:*: The subject begins with a claim that the author of a workflow chooses."],
  },
  {
    name: "no context",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme/api",
    },
    replacements: [],
    lost: [],
    notes: [
      'repo:acme/api: no run has such a subject by default. It lets in pull requests, every branch, every tag, every environment by the template ["repo"], for example repo:acme/api.',
    ],
  },
  {
    name: "a customised template",
    row: 22,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme/api:environment:prod:job_workflow_ref:x",
    },
    replacements: [],
    lost: [],
    notes: [
      "repo:acme/api:environment:prod:job_workflow_ref:x: it names no branch, tag or environment in the form of the default subject",
    ],
  },
  {
    name: "a wildcard before the kind of run",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme/api:*main",
    },
    replacements: [],
    lost: [],
    notes: ["repo:acme/api:*main: it names no branch, tag or environment in the form of the default subject"],
  },
  {
    name: "some repositories of an owner",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme/*-service:*",
    },
    replacements: [],
    lost: [],
    notes: [
      "repo:acme/*-service:*: a registration is for one repository or for all repositories of an owner",
    ],
  },
  {
    name: "a policy variable",
    row: 26,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme/${aws:PrincipalTag/repo}:*",
    },
    replacements: [],
    lost: [],
    notes: ["/Statement/0: repo:acme/${aws:PrincipalTag/repo}:* contains a policy variable"],
  },
  {
    name: "a branch that git has not",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: "repo:acme/api:ref:refs/heads/a..b",
    },
    replacements: [],
    lost: [],
    notes: ["repo:acme/api:ref:refs/heads/a..b: /trust/branches/0: Git allows no ref with this name."],
  },
  {
    name: "a condition that no registration has",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
          "gh:actor": "octocat",
        },
      },
    },
    replacements: [],
    lost: [],
    notes: [
      "/Statement/0: it also requires StringEquals on token.actions.githubusercontent.com:actor, so a registration would let in more or fewer runs",
    ],
  },
  {
    name: "an address",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        IpAddress: { "aws:SourceIp": "192.0.2.0/24" },
      },
    },
    replacements: [],
    lost: [],
    notes: [
      "/Statement/0: it also requires IpAddress on aws:SourceIp, so a registration would let in more or fewer runs",
    ],
  },
  {
    name: "a negated condition",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringLike: { "gh:sub": "repo:acme/api:*" },
        StringNotEquals: { "gh:ref": "refs/heads/x" },
      },
    },
    replacements: [],
    lost: [],
    notes: [
      "/Statement/0: it also requires StringNotEquals on token.actions.githubusercontent.com:ref, so a registration would let in more or fewer runs",
    ],
  },
  {
    name: "an environment, if there is one",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringLike: { "gh:sub": "repo:acme/api:*" },
        StringEqualsIfExists: { "gh:environment": "prod" },
      },
    },
    replacements: [],
    lost: [],
    notes: [
      "/Statement/0: it also requires StringEqualsIfExists on token.actions.githubusercontent.com:environment, so a registration would let in more or fewer runs",
    ],
  },
  {
    name: "a ref and an environment at once",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:sub": "repo:acme/api:environment:prod",
          "gh:ref": "refs/heads/main",
        },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: {
          trust: { environments: ["prod"], environmentBranches: ["main"] },
          ecr: [{ repository: "acme/api", access: "push" }],
        },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "a tag and an environment at once",
    role: {
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:sub": "repo:acme/api:environment:prod",
          "gh:ref": "refs/tags/v1",
        },
      },
    },
    replacements: [],
    lost: [],
    notes: [
      "repo:acme/api:environment:prod: it demands the ref refs/tags/v1 beside an environment, and a registration can only demand branches",
    ],
  },
  {
    name: "two refs that differ",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
          "gh:ref": "refs/heads/dev",
        },
      },
    },
    replacements: [],
    lost: [],
    notes: [
      "repo:acme/api:ref:refs/heads/main: it requires a ref and an environment at once, or two values that differ",
    ],
  },
  {
    name: "two conditions on the subject",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        StringLike: { "gh:sub": "repo:acme/api:*" },
      },
    },
    replacements: [],
    lost: [],
    notes: ["/Statement/0: it has two conditions on token.actions.githubusercontent.com:sub"],
  },
  {
    name: "ids that contradict each other",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository_id": "3" },
        StringLike: { "gh:sub": "repo:acme@1/api@2:*" },
      },
    },
    replacements: [],
    lost: [],
    notes: ["repo:acme@1/api@2:*: its ids contradict each other, so nobody gets in"],
  },
  {
    name: "another repository in the claim",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository": "acme/web" },
        StringLike: { "gh:sub": "repo:acme/api:*" },
      },
    },
    replacements: [],
    lost: [],
    notes: ["repo:acme/api:*: the claim repository names another repository, so nobody gets in"],
  },
  {
    name: "a reusable workflow without its ref",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        StringLike: { "gh:job_workflow_ref": "acme/wf/*" },
      },
    },
    replacements: [],
    lost: [],
    notes: [
      "repo:acme/api:ref:refs/heads/main: /trust/jobWorkflowRefs/0: The value must be OWNER/REPO/.github/workflows/FILE.yml@REF, with `*` only in the ref, for example `acme/automation/.github/workflows/build.yml@refs/tags/v1`.",
    ],
  },
  {
    name: "a Deny statement",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      statements: [{}, { Effect: "Deny", Condition: { StringEquals: { "gh:actor": "octocat" } } }],
    },
    replacements: [],
    lost: [],
    notes: [
      "A Deny statement shuts runs out. A registration cannot express that, so no registration is suggested.",
    ],
  },
  {
    name: "a trust policy that cannot be read",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      trustText: "{",
    },
    replacements: [],
    lost: [],
    notes: ["The trust policy cannot be read: the JSON ends too early"],
  },
  {
    name: "only the subjects that a registration can express are replaced",
    row: 4,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      sub: ["repo:acme/api:ref:refs/heads/main", "repo:acme*"],
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "repo:acme*: The owner's name ends in a wildcard, so it also matches longer names.",
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "two repositories of one role",
    role: {
      sub: ["repo:acme/api:ref:refs/heads/main", "repo:acme/web:ref:refs/heads/main"],
      inline: {
        p: {
          Action: ["ecr:PutImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
          Resource: ["ECR/acme/api", "ECR/acme/web", "ECR/acme/web/assets"],
        },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "both" }] },
      },
      {
        path: "/v1/repos/acme/web/roles/publish",
        body: {
          trust: { branches: ["main"] },
          ecr: [
            { repository: "acme/web", access: "both" },
            { repository: "acme/web/assets", access: "both" },
          ],
        },
      },
    ],
    lost: [
      "acme/api: access to acme/web, acme/web/assets, in the namespace of another repository",
      "acme/web: access to acme/api, in the namespace of another repository",
    ],
    notes: [
      "/v1/repos/acme/api/roles/publish would also allow ecr:GetAuthorizationToken, ecr:BatchCheckLayerAvailability, ecr:CompleteLayerUpload, ecr:InitiateLayerUpload and 2 more on acme/api.",
      "/v1/repos/acme/web/roles/publish would also allow ecr:GetAuthorizationToken, ecr:BatchCheckLayerAvailability, ecr:CompleteLayerUpload, ecr:InitiateLayerUpload and 2 more on acme/web.",
      "/v1/repos/acme/web/roles/publish would also allow ecr:GetAuthorizationToken, ecr:BatchCheckLayerAvailability, ecr:CompleteLayerUpload, ecr:InitiateLayerUpload and 2 more on acme/web/assets.",
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "two statements that demand different workflows: two roles",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      statements: [
        {
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
              "gh:job_workflow_ref": "acme/wf/.github/workflows/ci.yml@refs/heads/main",
            },
          },
        },
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:environment:prod" },
          },
        },
      ],
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: {
          trust: {
            branches: ["main"],
            jobWorkflowRefs: ["acme/wf/.github/workflows/ci.yml@refs/heads/main"],
          },
          ecr: [{ repository: "acme/api", access: "push" }],
        },
      },
      {
        path: "/v1/repos/acme/api/roles/publish-2",
        body: { trust: { environments: ["prod"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "two statements of one repository: one role",
    row: 24,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      statements: [
        { Condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
        { Condition: { StringEquals: { "gh:sub": "repo:acme/api:environment:prod" } } },
      ],
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: {
          trust: { branches: ["main"], environments: ["prod"] },
          ecr: [{ repository: "acme/api", access: "push" }],
        },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "every repository of an owner, on a branch",
    row: 5,
    role: {
      sub: "repo:acme/*:ref:refs/heads/main",
      inline: {
        p: [
          {
            Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"],
            Resource: "ECR/shared/base",
          },
          { Action: "ecr:GetAuthorizationToken", Resource: "*" },
        ],
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/*/roles/pull",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "shared/base", access: "pull" }] },
      },
    ],
    lost: [],
    notes: [
      "acme/*: the operator must grant shared/base (ROLECALL_ECR_GRANTS).",
      "acme/*: every repository of the owner gets in. Register only the repositories that you mean, or let the operator allow it (ROLECALL_ALLOW=owner-wide).",
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "every repository of an owner, any ref, push to all",
    row: 5,
    role: { sub: "repo:acme/*" },
    replacements: [{ path: "/v1/repos/acme/*/roles/access", body: { trust: { anyRef: true }, ecr: [] } }],
    lost: ["ecr: push to every repository"],
    notes: [
      "acme/*: every repository of the owner gets in. Register only the repositories that you mean, or let the operator allow it (ROLECALL_ALLOW=owner-wide).",
    ],
  },
  {
    name: "other principals as well as GitHub",
    row: 27,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      statements: [
        { Principal: { Federated: "arn:aws:iam::ACCOUNT:oidc-provider/HOST", AWS: "210987654321" } },
        { Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole", Condition: {} },
      ],
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: ["AWS 210987654321: sts:AssumeRoleWithWebIdentity", "Service ec2.amazonaws.com: sts:AssumeRole"],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "more actions",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      statements: [{ Action: ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"] }],
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "everyone, restricted by the conditions",
    row: 27,
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      statements: [{ Principal: "*" }],
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: ["everyone: sts:AssumeRoleWithWebIdentity"],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "an issuer that the service does not know",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      host: "token.actions.octo.ghe.com",
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "The tokens come from token.actions.octo.ghe.com. The service must know that issuer (ROLECALL_ISSUERS).",
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "a claim that AWS does not evaluate of an Enterprise Server",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      host: "github.example.com/_services/token",
      condition: { StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository": "acme/api" } },
    },
    replacements: [],
    lost: [],
    notes: [
      "The tokens come from github.example.com/_services/token. The service must know that issuer (ROLECALL_ISSUERS).",
      "/Statement/0: AWS does not evaluate github.example.com/_services/token:repository, so nobody gets in",
    ],
  },
  {
    name: "administrator access",
    role: { inline: { a: { Action: "*", Resource: "*" } } },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "both" }] },
      },
    ],
    lost: ["everything (partly kept: acme/api)"],
    notes: [],
  },
  {
    name: "administrator access, attached",
    role: { inline: {}, attached: { "arn:aws:iam::aws:policy/AdministratorAccess": null } },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "both" }] },
      },
    ],
    lost: ["everything (partly kept: acme/api)"],
    notes: [],
  },
  {
    name: "an attached policy that is not known",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      attached: { "arn:aws:iam::aws:policy/ReadOnlyAccess": null },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: ["the permissions of arn:aws:iam::aws:policy/ReadOnlyAccess, which are not known"],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "no access to ECR",
    role: { inline: { a: { Action: ["s3:GetObject", "s3:PutObject"], Resource: ["arn:aws:s3:::a/*"] } } },
    replacements: [
      { path: "/v1/repos/acme/api/roles/access", body: { trust: { branches: ["main"] }, ecr: [] } },
    ],
    lost: ["s3: GetObject, PutObject on bucket a"],
    notes: [],
  },
  {
    name: "no access at all",
    role: { inline: {} },
    replacements: [
      { path: "/v1/repos/acme/api/roles/access", body: { trust: { branches: ["main"] }, ecr: [] } },
    ],
    lost: [],
    notes: [],
  },
  {
    name: "push, and deleting",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
        more: { Action: ["ecr:PutImage", "ecr:BatchDeleteImage"], Resource: "ECR/acme/api" },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: ["ecr: BatchDeleteImage on repository acme/api"],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "ecr:* on the repository",
    role: { inline: { a: { Action: "ecr:*", Resource: "ECR/acme/api" } } },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "both" }] },
      },
    ],
    lost: ["ecr: everything on repository acme/api (partly kept: acme/api)"],
    notes: [
      "/v1/repos/acme/api/roles/publish would also allow ecr:GetAuthorizationToken on acme/api.",
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "a pattern that holds the repository's own",
    role: {
      inline: {
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
        a: {
          Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"],
          Resource: "ECR/acme/*",
        },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/pull",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "pull" }] },
      },
    ],
    lost: ["ecr: pull from repository acme/* (partly kept: acme/api)"],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "a pattern that does not",
    role: {
      inline: {
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
        a: { Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], Resource: "ECR/shared/*" },
      },
    },
    replacements: [
      { path: "/v1/repos/acme/api/roles/access", body: { trust: { branches: ["main"] }, ecr: [] } },
    ],
    lost: ["ecr: log in", "ecr: pull from repository shared/*"],
    notes: [],
  },
  {
    name: "repositories outside of the namespace",
    role: {
      inline: {
        a: {
          Action: [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:CompleteLayerUpload",
            "ecr:GetAuthorizationToken",
            "ecr:InitiateLayerUpload",
            "ecr:PutImage",
            "ecr:UploadLayerPart",
          ],
          Resource: ["*"],
        },
        b: {
          Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
          Resource: "ECR/shared/base",
        },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: {
          trust: { branches: ["main"] },
          ecr: [
            { repository: "acme/api", access: "push" },
            { repository: "shared/base", access: "both" },
          ],
        },
      },
    ],
    lost: ["ecr: push to every repository (partly kept: acme/api, shared/base)"],
    notes: [
      "acme/api: the operator must grant shared/base (ROLECALL_ECR_GRANTS).",
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "another account's repository",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
        x: { Action: "ecr:BatchGetImage", Resource: "arn:aws:ecr:eu-west-1:210987654321:repository/base" },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: ["ecr: pull from repository base"],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "under conditions the old role allows less",
    role: {
      inline: {
        a: {
          Action: "ecr:*",
          Resource: "*",
          Condition: { StringEquals: { "aws:RequestedRegion": "eu-west-1" } },
        },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "both" }] },
      },
    ],
    lost: ["ecr: everything on every repository, under conditions (partly kept: acme/api)"],
    notes: [
      "/v1/repos/acme/api/roles/publish would also allow ecr:GetAuthorizationToken, ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:CompleteLayerUpload and 6 more on acme/api.",
    ],
  },
  {
    name: "a Deny takes away from the old role",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
        d: { Effect: "Deny", Action: "ecr:PutImage", Resource: "*" },
      },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: [],
    notes: [
      "/v1/repos/acme/api/roles/publish would also allow ecr:PutImage on acme/api.",
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
  {
    name: "NotAction",
    role: { inline: { a: { NotAction: "iam:*", Resource: "*" } } },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "both" }] },
      },
    ],
    lost: ["everything except iam:* on all resources (partly kept: acme/api)"],
    notes: [],
  },
  {
    name: "NotResource",
    role: { inline: { a: { Action: "ecr:*", NotResource: "ECR/prod" } } },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "both" }] },
      },
    ],
    lost: [
      "ecr: everything on every repository except arn:aws:ecr:eu-west-1:123456789012:repository/prod (partly kept: acme/api)",
    ],
    notes: ["/v1/repos/acme/api/roles/publish would also allow ecr:GetAuthorizationToken on acme/api."],
  },
  {
    name: "tags of the role",
    role: {
      inline: {
        push: {
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
        login: { Action: "ecr:GetAuthorizationToken", Resource: "*" },
      },
      tags: { team: "core", "aws:cloudformation:stack-name": "x" },
    },
    replacements: [
      {
        path: "/v1/repos/acme/api/roles/publish",
        body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api", access: "push" }] },
      },
    ],
    lost: ["the tags team=core of its sessions"],
    notes: [
      "The ECR repositories are in eu-west-1. A registration's repositories are in the service's region, unless it names another one in `region`.",
    ],
  },
];
