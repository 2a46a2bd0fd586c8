import type { Kind } from "./policy-evaluator.ts";

export type NarrowerCase = { name: string; narrower: boolean; kind: Kind; before: unknown; after: unknown };

export const narrowerCases: readonly NarrowerCase[] = [
  {
    name: "an action less: within",
    kind: "identity",
    narrower: true,
    before: { Action: ["ecr:PutImage", "ecr:BatchGetImage"] },
    after: { Action: "ecr:PutImage" },
  },
  {
    name: "an action less: not the other way round",
    kind: "identity",
    narrower: false,
    before: { Action: "ecr:PutImage" },
    after: { Action: ["ecr:PutImage", "ecr:BatchGetImage"] },
  },
  {
    name: "ecr:Put* holds ecr:PutImage: within",
    kind: "identity",
    narrower: true,
    before: { Action: "ecr:Put*" },
    after: { Action: "ecr:PutImage" },
  },
  {
    name: "ecr:Put* holds ecr:PutImage: not the other way round",
    kind: "identity",
    narrower: false,
    before: { Action: "ecr:PutImage" },
    after: { Action: "ecr:Put*" },
  },
  {
    name: "ecr:* holds ecr:Put*: within",
    kind: "identity",
    narrower: true,
    before: { Action: "ecr:*" },
    after: { Action: "ecr:Put*" },
  },
  {
    name: "ecr:* holds ecr:Put*: not the other way round",
    kind: "identity",
    narrower: false,
    before: { Action: "ecr:Put*" },
    after: { Action: "ecr:*" },
  },
  {
    name: "* holds ecr:*: within",
    kind: "identity",
    narrower: true,
    before: { Action: "*" },
    after: { Action: "ecr:*" },
  },
  {
    name: "* holds ecr:*: not the other way round",
    kind: "identity",
    narrower: false,
    before: { Action: "ecr:*" },
    after: { Action: "*" },
  },
  {
    name: "? holds one character: within",
    kind: "identity",
    narrower: true,
    before: { Action: "ecr:PutImag?" },
    after: { Action: "ecr:PutImage" },
  },
  {
    name: "? holds one character: not the other way round",
    kind: "identity",
    narrower: false,
    before: { Action: "ecr:PutImage" },
    after: { Action: "ecr:PutImag?" },
  },
  {
    name: "* holds ?: within",
    kind: "identity",
    narrower: true,
    before: { Action: "ecr:PutIm*" },
    after: { Action: "ecr:PutIma?e" },
  },
  {
    name: "* holds ?: not the other way round",
    kind: "identity",
    narrower: false,
    before: { Action: "ecr:PutIma?e" },
    after: { Action: "ecr:PutIm*" },
  },
  {
    name: "the letter case of actions does not count",
    kind: "identity",
    narrower: true,
    before: { Action: "ecr:PUT*" },
    after: { Action: "ECR:putimage" },
  },
  {
    name: "a prefix without a wildcard holds nothing more",
    kind: "identity",
    narrower: false,
    before: { Action: "ecr:Put" },
    after: { Action: "ecr:PutImage" },
  },
  {
    name: "another service of a longer name",
    kind: "identity",
    narrower: false,
    before: { Action: "ecr:*" },
    after: { Action: "ecr-public:PutImage" },
  },
  {
    name: "a pattern that only begins the same",
    kind: "identity",
    narrower: false,
    before: { Action: "ecr:*Image" },
    after: { Action: "ecr:Put*" },
  },
  {
    name: "patterns within each other in the middle",
    kind: "identity",
    narrower: true,
    before: { Action: "ecr:*Layer*" },
    after: { Action: "ecr:Upload*LayerPart" },
  },
  {
    name: "** is *",
    kind: "identity",
    narrower: true,
    before: { Action: "ecr:**" },
    after: { Action: "ecr:*" },
  },
  {
    name: "NotAction: naming more allows less: within",
    kind: "identity",
    narrower: true,
    before: { Action: null, NotAction: "iam:*" },
    after: { Action: null, NotAction: ["iam:*", "sts:*"] },
  },
  {
    name: "NotAction: naming more allows less: not the other way round",
    kind: "identity",
    narrower: false,
    before: { Action: null, NotAction: ["iam:*", "sts:*"] },
    after: { Action: null, NotAction: "iam:*" },
  },
  {
    name: "NotAction: a wider pattern allows less: within",
    kind: "identity",
    narrower: true,
    before: { Action: null, NotAction: "iam:Pass*" },
    after: { Action: null, NotAction: "iam:*" },
  },
  {
    name: "NotAction: a wider pattern allows less: not the other way round",
    kind: "identity",
    narrower: false,
    before: { Action: null, NotAction: "iam:*" },
    after: { Action: null, NotAction: "iam:Pass*" },
  },
  {
    name: "NotAction holds an action that it does not name",
    kind: "identity",
    narrower: true,
    before: { Action: null, NotAction: ["iam:*", "sts:*"] },
    after: { Action: ["ecr:PutImage", "s3:*"] },
  },
  {
    name: "NotAction does not include an action that it may name",
    kind: "identity",
    narrower: false,
    before: { Action: null, NotAction: "ecr:Delete*" },
    after: { Action: "ecr:*" },
  },
  {
    name: "NotAction is within * only",
    kind: "identity",
    narrower: true,
    before: { Action: "*" },
    after: { Action: null, NotAction: "iam:*" },
  },
  {
    name: "NotAction is not within a service",
    kind: "identity",
    narrower: false,
    before: { Action: "ecr:*" },
    after: { Action: null, NotAction: "iam:*" },
  },
  {
    name: "a resource less: within",
    kind: "identity",
    narrower: true,
    before: {
      Resource: [
        "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
        "arn:aws:ecr:eu-west-1:123456789012:repository/acme/web",
      ],
    },
    after: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api" },
  },
  {
    name: "a resource less: not the other way round",
    kind: "identity",
    narrower: false,
    before: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api" },
    after: {
      Resource: [
        "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
        "arn:aws:ecr:eu-west-1:123456789012:repository/acme/web",
      ],
    },
  },
  {
    name: "a resource within a pattern: within",
    kind: "identity",
    narrower: true,
    before: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/*" },
    after: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api" },
  },
  {
    name: "a resource within a pattern: not the other way round",
    kind: "identity",
    narrower: false,
    before: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api" },
    after: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/*" },
  },
  {
    name: "a pattern within a pattern: within",
    kind: "identity",
    narrower: true,
    before: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/*" },
    after: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/*" },
  },
  {
    name: "a pattern within a pattern: not the other way round",
    kind: "identity",
    narrower: false,
    before: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/*" },
    after: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/*" },
  },
  {
    name: "* is every resource: within",
    kind: "identity",
    narrower: true,
    before: { Resource: "*" },
    after: { Resource: "arn:aws:ecr:*" },
  },
  {
    name: "* is every resource: not the other way round",
    kind: "identity",
    narrower: false,
    before: { Resource: "arn:aws:ecr:*" },
    after: { Resource: "*" },
  },
  {
    name: "any region: within",
    kind: "identity",
    narrower: true,
    before: { Resource: "arn:aws:ecr:*:123456789012:repository/acme/api" },
    after: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api" },
  },
  {
    name: "any region: not the other way round",
    kind: "identity",
    narrower: false,
    before: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api" },
    after: { Resource: "arn:aws:ecr:*:123456789012:repository/acme/api" },
  },
  {
    name: "a * within a segment may not cross a colon",
    kind: "identity",
    narrower: false,
    before: { Resource: "arn:aws:ecr:eu*1:123456789012:repository/x" },
    after: { Resource: "arn:aws:ecr:eu:9:1:123456789012:repository/x" },
  },
  {
    name: "a * inside a segment includes the text in the segment",
    kind: "identity",
    narrower: true,
    before: { Resource: "arn:aws:ecr:eu-*-1:123456789012:repository/x" },
    after: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/x" },
  },
  {
    name: "a * at a segment's end crosses colons",
    kind: "identity",
    narrower: true,
    before: { Resource: "arn:aws:ecr:*:repository/x" },
    after: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/x" },
  },
  {
    name: "a * at a segment's end is not within one that may not cross",
    kind: "identity",
    narrower: false,
    before: { Resource: "arn:aws:ecr:eu*1:1:repository/x" },
    after: { Resource: "arn:aws:ecr:eu-*:1:1:repository/x" },
  },
  {
    name: "the letter case of a resource's pattern counts",
    kind: "identity",
    narrower: false,
    before: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/API*" },
    after: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/api" },
  },
  {
    name: "NotResource: naming more allows less: within",
    kind: "identity",
    narrower: true,
    before: { Resource: null, NotResource: "arn:aws:ecr:eu-west-1:123456789012:repository/prod" },
    after: {
      Resource: null,
      NotResource: [
        "arn:aws:ecr:eu-west-1:123456789012:repository/prod",
        "arn:aws:ecr:eu-west-1:123456789012:repository/stage",
      ],
    },
  },
  {
    name: "NotResource: naming more allows less: not the other way round",
    kind: "identity",
    narrower: false,
    before: {
      Resource: null,
      NotResource: [
        "arn:aws:ecr:eu-west-1:123456789012:repository/prod",
        "arn:aws:ecr:eu-west-1:123456789012:repository/stage",
      ],
    },
    after: { Resource: null, NotResource: "arn:aws:ecr:eu-west-1:123456789012:repository/prod" },
  },
  {
    name: "NotResource includes a resource that it does not name",
    kind: "identity",
    narrower: true,
    before: { Resource: null, NotResource: "arn:aws:ecr:eu-west-1:123456789012:repository/prod/*" },
    after: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api" },
  },
  {
    name: "NotResource does not include a resource that it may name",
    kind: "identity",
    narrower: false,
    before: { Resource: null, NotResource: "arn:aws:ecr:eu-west-1:123456789012:repository/*/prod" },
    after: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/*" },
  },
  {
    name: "the same variable is within itself",
    kind: "identity",
    narrower: true,
    before: { Resource: "arn:aws:s3:::b/${aws:userid}/*" },
    after: { Resource: "arn:aws:s3:::b/${aws:userid}/x" },
  },
  {
    name: "a variable is within a * that crosses colons",
    kind: "identity",
    narrower: true,
    before: { Resource: "arn:aws:s3:::b/*" },
    after: { Resource: "arn:aws:s3:::b/${aws:userid}" },
  },
  {
    name: "a variable holds no text",
    kind: "identity",
    narrower: false,
    before: { Resource: "arn:aws:s3:::b/${aws:userid}" },
    after: { Resource: "arn:aws:s3:::b/alice" },
  },
  {
    name: "another default makes another variable",
    kind: "identity",
    narrower: false,
    before: { Resource: "arn:aws:s3:::b/${aws:userid, 'a'}" },
    after: { Resource: "arn:aws:s3:::b/${aws:userid, 'b'}" },
  },
  {
    name: "${*} is a plain star",
    kind: "identity",
    narrower: false,
    before: { Resource: "arn:aws:s3:::b/${*}" },
    after: { Resource: "arn:aws:s3:::b/*" },
  },
  {
    name: "a statement gone",
    kind: "identity",
    narrower: true,
    before: [{}, { Action: "ecr:DeleteRepository" }],
    after: {},
  },
  { name: "every statement gone", kind: "identity", narrower: true, before: {}, after: [] },
  {
    name: "a statement that allows more",
    kind: "identity",
    narrower: false,
    before: {},
    after: [{}, { Action: "ecr:DeleteRepository" }],
  },
  {
    name: "two statements as one",
    kind: "identity",
    narrower: true,
    before: [{ Action: "ecr:PutImage" }, { Action: "ecr:BatchGetImage" }],
    after: { Action: ["ecr:PutImage", "ecr:BatchGetImage"] },
  },
  {
    name: "two statements as one that allows the cross product",
    kind: "identity",
    narrower: false,
    before: [
      { Action: "ecr:PutImage", Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/a" },
      { Action: "ecr:BatchGetImage", Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/b" },
    ],
    after: {
      Action: ["ecr:PutImage", "ecr:BatchGetImage"],
      Resource: [
        "arn:aws:ecr:eu-west-1:123456789012:repository/a",
        "arn:aws:ecr:eu-west-1:123456789012:repository/b",
      ],
    },
  },
  {
    name: "the cross product, spread over statements",
    kind: "identity",
    narrower: true,
    before: [
      {
        Action: ["ecr:PutImage", "ecr:BatchGetImage"],
        Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/a",
      },
      { Action: "ecr:*", Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/b*" },
    ],
    after: {
      Action: ["ecr:PutImage", "ecr:BatchGetImage"],
      Resource: [
        "arn:aws:ecr:eu-west-1:123456789012:repository/a",
        "arn:aws:ecr:eu-west-1:123456789012:repository/b",
      ],
    },
  },
  {
    name: "one statement split by its values",
    kind: "trust",
    narrower: true,
    before: {
      Condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:sub": ["repo:acme/api:ref:refs/heads/main", "repo:acme/api:environment:prod"],
        },
      },
    },
    after: [
      {
        Condition: {
          StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        },
      },
      {
        Condition: {
          StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:environment:prod" },
        },
      },
    ],
  },
  {
    name: "statements merged by their values",
    kind: "trust",
    narrower: true,
    before: [
      {
        Condition: {
          StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        },
      },
      {
        Condition: {
          StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:environment:prod" },
        },
      },
    ],
    after: {
      Condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:sub": ["repo:acme/api:ref:refs/heads/main", "repo:acme/api:environment:prod"],
        },
      },
    },
  },
  {
    name: "statements merged that differ in two keys",
    kind: "trust",
    narrower: false,
    before: [
      {
        Condition: {
          StringEquals: {
            "gh:aud": "sts.amazonaws.com",
            "gh:ref": "a",
            "gh:sub": "repo:acme/api:ref:refs/heads/main",
          },
        },
      },
      {
        Condition: {
          StringEquals: {
            "gh:aud": "sts.amazonaws.com",
            "gh:ref": "b",
            "gh:sub": "repo:acme/api:environment:prod",
          },
        },
      },
    ],
    after: {
      Condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:ref": ["a", "b"],
          "gh:sub": ["repo:acme/api:ref:refs/heads/main", "repo:acme/api:environment:prod"],
        },
      },
    },
  },
  {
    name: "a Deny more: within",
    kind: "identity",
    narrower: true,
    before: { Action: "ecr:*" },
    after: [{ Action: "ecr:*" }, { Effect: "Deny", Action: "ecr:Delete*" }],
  },
  {
    name: "a Deny more: not the other way round",
    kind: "identity",
    narrower: false,
    before: [{ Action: "ecr:*" }, { Effect: "Deny", Action: "ecr:Delete*" }],
    after: { Action: "ecr:*" },
  },
  {
    name: "a Deny made wider",
    kind: "identity",
    narrower: true,
    before: [{ Action: "ecr:*" }, { Effect: "Deny", Action: "ecr:Delete*" }],
    after: [{ Action: "ecr:*" }, { Effect: "Deny", Action: "ecr:De*" }],
  },
  {
    name: "a Deny made narrower",
    kind: "identity",
    narrower: false,
    before: [{ Action: "ecr:*" }, { Effect: "Deny", Action: "ecr:Delete*" }],
    after: [{ Action: "ecr:*" }, { Effect: "Deny", Action: "ecr:DeleteRepository" }],
  },
  {
    name: "a Deny with a condition more",
    kind: "identity",
    narrower: false,
    before: [{ Action: "ecr:*" }, { Effect: "Deny", Action: "ecr:Delete*" }],
    after: [
      { Action: "ecr:*" },
      {
        Effect: "Deny",
        Action: "ecr:Delete*",
        Condition: { StringNotEquals: { "aws:PrincipalTag/team": "core" } },
      },
    ],
  },
  {
    name: "a Deny gone that was about no action allowed",
    kind: "identity",
    narrower: true,
    before: [{}, { Effect: "Deny", Action: "s3:*" }],
    after: {},
  },
  {
    name: "a Deny gone that was about no resource allowed",
    kind: "identity",
    narrower: true,
    before: [
      {},
      { Effect: "Deny", Action: "ecr:*", Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/prod/*" },
    ],
    after: {},
  },
  {
    name: "a Deny of everything else is removed, but nothing else was allowed",
    kind: "identity",
    narrower: true,
    before: [{}, { Effect: "Deny", Action: null, NotAction: "ecr:*" }],
    after: {},
  },
  {
    name: "a Deny gone that was about an action allowed",
    kind: "identity",
    narrower: false,
    before: [{ Action: "ecr:*" }, { Effect: "Deny", Action: null, NotAction: "ecr:Put*" }],
    after: { Action: "ecr:*" },
  },
  {
    name: "a Deny turned into an Allow",
    kind: "identity",
    narrower: false,
    before: [{ Effect: "Deny" }],
    after: {},
  },
  {
    name: "a condition more: within",
    kind: "trust",
    narrower: true,
    before: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
    },
    after: {
      Condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
      },
    },
  },
  {
    name: "a condition more: not the other way round",
    kind: "trust",
    narrower: false,
    before: {
      Condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
      },
    },
    after: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
    },
  },
  {
    name: "a subject less: within",
    kind: "trust",
    narrower: true,
    before: {
      Condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:sub": ["repo:acme/api:ref:refs/heads/main", "repo:acme/api:environment:prod"],
        },
      },
    },
    after: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
    },
  },
  {
    name: "a subject less: not the other way round",
    kind: "trust",
    narrower: false,
    before: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
    },
    after: {
      Condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:sub": ["repo:acme/api:ref:refs/heads/main", "repo:acme/api:environment:prod"],
        },
      },
    },
  },
  {
    name: "a subject within a pattern: within",
    kind: "trust",
    narrower: true,
    before: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringLike: { "gh:sub": "repo:acme/api:ref:refs/heads/*" },
      },
    },
    after: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
    },
  },
  {
    name: "a subject within a pattern: not the other way round",
    kind: "trust",
    narrower: false,
    before: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
    },
    after: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringLike: { "gh:sub": "repo:acme/api:ref:refs/heads/*" },
      },
    },
  },
  {
    name: "a pattern within a pattern of subjects: within",
    kind: "trust",
    narrower: true,
    before: {
      Condition: { StringEquals: { "gh:aud": "sts.amazonaws.com" }, StringLike: { "gh:sub": "repo:acme/*" } },
    },
    after: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringLike: { "gh:sub": "repo:acme/api:*" },
      },
    },
  },
  {
    name: "a pattern within a pattern of subjects: not the other way round",
    kind: "trust",
    narrower: false,
    before: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringLike: { "gh:sub": "repo:acme/api:*" },
      },
    },
    after: {
      Condition: { StringEquals: { "gh:aud": "sts.amazonaws.com" }, StringLike: { "gh:sub": "repo:acme/*" } },
    },
  },
  {
    name: "StringLike without wildcards is StringEquals",
    kind: "trust",
    narrower: true,
    before: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
    },
    after: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringLike: { "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
    },
  },
  {
    name: "under StringEquals a * is a plain star",
    kind: "trust",
    narrower: false,
    before: { Condition: { StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:*" } } },
    after: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringLike: { "gh:sub": "repo:acme/api:*" },
      },
    },
  },
  {
    name: "a plain star is within a pattern",
    kind: "trust",
    narrower: true,
    before: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringLike: { "gh:sub": "repo:acme/api:*" },
      },
    },
    after: { Condition: { StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:*" } } },
  },
  {
    name: "another repository",
    kind: "trust",
    narrower: false,
    before: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
    },
    after: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:evil/api:ref:refs/heads/main" },
      },
    },
  },
  {
    name: "a longer name",
    kind: "trust",
    narrower: false,
    before: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringLike: { "gh:sub": "repo:acme/api:*" },
      },
    },
    after: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringLike: { "gh:sub": "repo:acme/api*" },
      },
    },
  },
  {
    name: "letter case ignored: within",
    kind: "trust",
    narrower: true,
    before: { Condition: { StringEqualsIgnoreCase: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
    after: { Condition: { StringEquals: { "gh:sub": "repo:Acme/api:ref:refs/heads/main" } } },
  },
  {
    name: "letter case ignored: not the other way round",
    kind: "trust",
    narrower: false,
    before: { Condition: { StringEquals: { "gh:sub": "repo:Acme/api:ref:refs/heads/main" } } },
    after: { Condition: { StringEqualsIgnoreCase: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
  },
  {
    name: "IfExists: within",
    kind: "trust",
    narrower: true,
    before: { Condition: { StringEqualsIfExists: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
    after: { Condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
  },
  {
    name: "IfExists: not the other way round",
    kind: "trust",
    narrower: false,
    before: { Condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
    after: { Condition: { StringEqualsIfExists: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
  },
  {
    name: "ForAllValues lets an absent claim in",
    kind: "trust",
    narrower: false,
    before: { Condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
    after: { Condition: { "ForAllValues:StringEquals": { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
  },
  {
    name: "ForAnyValue is not ForAllValues",
    kind: "trust",
    narrower: false,
    before: { Condition: { "ForAllValues:StringEquals": { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
    after: { Condition: { "ForAnyValue:StringEquals": { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
  },
  {
    name: "ForAllValues with a value less: within",
    kind: "identity",
    narrower: true,
    before: { Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b"] } } },
    after: { Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": "a" } } },
  },
  {
    name: "ForAllValues with a value less: not the other way round",
    kind: "identity",
    narrower: false,
    before: { Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": "a" } } },
    after: { Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b"] } } },
  },
  {
    name: "ForAllValues is no choice between values",
    kind: "identity",
    narrower: false,
    before: [
      { Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": "a" } } },
      { Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": "b" } } },
    ],
    after: { Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b"] } } },
  },
  {
    name: "ForAnyValue is a choice between values",
    kind: "identity",
    narrower: true,
    before: [
      { Condition: { "ForAnyValue:StringEquals": { "aws:TagKeys": "a" } } },
      { Condition: { "ForAnyValue:StringEquals": { "aws:TagKeys": "b" } } },
    ],
    after: { Condition: { "ForAnyValue:StringEquals": { "aws:TagKeys": ["a", "b"] } } },
  },
  {
    name: "StringNotEquals with a value more: within",
    kind: "trust",
    narrower: true,
    before: { Condition: { StringNotEquals: { "gh:ref": "a" } } },
    after: { Condition: { StringNotEquals: { "gh:ref": ["a", "b"] } } },
  },
  {
    name: "StringNotEquals with a value more: not the other way round",
    kind: "trust",
    narrower: false,
    before: { Condition: { StringNotEquals: { "gh:ref": ["a", "b"] } } },
    after: { Condition: { StringNotEquals: { "gh:ref": "a" } } },
  },
  {
    name: "StringNotLike is within StringNotEquals if its pattern matches the value",
    kind: "trust",
    narrower: true,
    before: { Condition: { StringNotEquals: { "gh:ref": "refs/heads/x" } } },
    after: { Condition: { StringNotLike: { "gh:ref": "refs/heads/*" } } },
  },
  {
    name: "StringNotEquals is not within StringNotLike with a pattern that matches the value",
    kind: "trust",
    narrower: false,
    before: { Condition: { StringNotLike: { "gh:ref": "refs/heads/*" } } },
    after: { Condition: { StringNotEquals: { "gh:ref": "refs/heads/x" } } },
  },
  {
    name: "StringNotEqualsIgnoreCase shuts out more: within",
    kind: "trust",
    narrower: true,
    before: { Condition: { StringNotEquals: { "gh:ref": "a" } } },
    after: { Condition: { StringNotEqualsIgnoreCase: { "gh:ref": "A" } } },
  },
  {
    name: "StringNotEqualsIgnoreCase shuts out more: not the other way round",
    kind: "trust",
    narrower: false,
    before: { Condition: { StringNotEqualsIgnoreCase: { "gh:ref": "A" } } },
    after: { Condition: { StringNotEquals: { "gh:ref": "a" } } },
  },
  {
    name: "StringNotEquals is no choice between values",
    kind: "trust",
    narrower: true,
    before: [
      { Condition: { StringNotEquals: { "gh:ref": "a" } } },
      { Condition: { StringNotEquals: { "gh:ref": "b" } } },
    ],
    after: { Condition: { StringNotEquals: { "gh:ref": ["a", "b"] } } },
  },
  {
    name: "StringNotEquals already holds for an absent claim, so IfExists adds nothing",
    kind: "trust",
    narrower: true,
    before: { Condition: { StringNotEquals: { "gh:ref": "a" } } },
    after: { Condition: { StringNotEqualsIfExists: { "gh:ref": "a" } } },
  },
  {
    name: "ForAnyValue with Not is false for an absent claim, with IfExists it may be true",
    kind: "trust",
    narrower: false,
    before: { Condition: { "ForAnyValue:StringNotEquals": { "gh:ref": "a" } } },
    after: { Condition: { "ForAnyValue:StringNotEqualsIfExists": { "gh:ref": "a" } } },
  },
  {
    name: "a positive condition is not shown to keep a negated one",
    kind: "identity",
    narrower: false,
    before: { Condition: { StringNotEquals: { "aws:TagKeys": "b" } } },
    after: { Condition: { StringEquals: { "aws:TagKeys": "a" } } },
  },
  {
    name: "Null: within",
    kind: "trust",
    narrower: true,
    before: { Condition: { Null: { "gh:ref": ["true", "false"] } } },
    after: { Condition: { Null: { "gh:ref": "false" } } },
  },
  {
    name: "Null: not the other way round",
    kind: "trust",
    narrower: false,
    before: { Condition: { Null: { "gh:ref": "false" } } },
    after: { Condition: { Null: { "gh:ref": ["true", "false"] } } },
  },
  {
    name: "Null turned round",
    kind: "trust",
    narrower: false,
    before: { Condition: { Null: { "gh:ref": "false" } } },
    after: { Condition: { Null: { "gh:ref": "true" } } },
  },
  {
    name: "ArnLike: within",
    kind: "identity",
    narrower: true,
    before: { Condition: { ArnLike: { "aws:SourceArn": "arn:aws:s3:::*" } } },
    after: { Condition: { ArnEquals: { "aws:SourceArn": "arn:aws:s3:::bucket" } } },
  },
  {
    name: "ArnLike: not the other way round",
    kind: "identity",
    narrower: false,
    before: { Condition: { ArnEquals: { "aws:SourceArn": "arn:aws:s3:::bucket" } } },
    after: { Condition: { ArnLike: { "aws:SourceArn": "arn:aws:s3:::*" } } },
  },
  {
    name: "a * of ArnLike stays within its part",
    kind: "identity",
    narrower: false,
    before: { Condition: { ArnLike: { "aws:SourceArn": "arn:aws:*:b" } } },
    after: { Condition: { ArnLike: { "aws:SourceArn": "arn:aws:s3:::b" } } },
  },
  {
    name: "addresses: within",
    kind: "identity",
    narrower: true,
    before: { Condition: { IpAddress: { "aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"] } } },
    after: { Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } },
  },
  {
    name: "addresses: not the other way round",
    kind: "identity",
    narrower: false,
    before: { Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } },
    after: { Condition: { IpAddress: { "aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"] } } },
  },
  {
    name: "addresses shut out: within",
    kind: "identity",
    narrower: true,
    before: { Condition: { NotIpAddress: { "aws:SourceIp": "10.0.0.0/8" } } },
    after: { Condition: { NotIpAddress: { "aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"] } } },
  },
  {
    name: "addresses shut out: not the other way round",
    kind: "identity",
    narrower: false,
    before: { Condition: { NotIpAddress: { "aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"] } } },
    after: { Condition: { NotIpAddress: { "aws:SourceIp": "10.0.0.0/8" } } },
  },
  {
    name: "an operator that nobody knows is at best the same",
    kind: "trust",
    narrower: false,
    before: { Condition: { stringequals: { "gh:sub": ["repo:acme/api:ref:refs/heads/main", "x"] } } },
    after: { Condition: { stringequals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
  },
  {
    name: "an operator that nobody knows, with the same values",
    kind: "trust",
    narrower: true,
    before: { Condition: { stringequals: { "gh:sub": ["repo:acme/api:ref:refs/heads/main"] } } },
    after: {
      Condition: {
        stringequals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        StringEquals: { "gh:ref": "x" },
      },
    },
  },
  {
    name: "two conditions on one key, each kept by another",
    kind: "trust",
    narrower: true,
    before: {
      Condition: {
        StringLike: { "gh:sub": "repo:acme/*" },
        StringNotEquals: { "gh:sub": "repo:acme/api:pull_request" },
      },
    },
    after: {
      Condition: {
        StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        StringNotLike: { "gh:sub": "*:pull_request" },
      },
    },
  },
  {
    name: "one of two conditions on one key is lost",
    kind: "trust",
    narrower: false,
    before: {
      Condition: {
        StringLike: { "gh:sub": "repo:acme/*" },
        StringNotEquals: { "gh:sub": "repo:acme/api:pull_request" },
      },
    },
    after: { Condition: { StringLike: { "gh:sub": "repo:acme/api:*" } } },
  },
  {
    name: "the key is spelled in another letter case",
    kind: "trust",
    narrower: true,
    before: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
    },
    after: {
      Condition: {
        StringEquals: { "GH:AUD": "sts.amazonaws.com", "GH:SUB": "repo:acme/api:ref:refs/heads/main" },
      },
    },
  },
  {
    name: "the same condition on another key",
    kind: "trust",
    narrower: false,
    before: { Condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
    after: { Condition: { StringEquals: { "gh:ref": "repo:acme/api:ref:refs/heads/main" } } },
  },
  {
    name: "a principal less: within",
    kind: "trust",
    narrower: true,
    before: {
      Principal: {
        Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
        AWS: "123456789012",
      },
    },
    after: {},
  },
  {
    name: "a principal less: not the other way round",
    kind: "trust",
    narrower: false,
    before: {},
    after: {
      Principal: {
        Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
        AWS: "123456789012",
      },
    },
  },
  {
    name: "one principal is within everyone",
    kind: "trust",
    narrower: true,
    before: { Principal: "*" },
    after: {},
  },
  {
    name: "everyone is not within one principal",
    kind: "trust",
    narrower: false,
    before: {},
    after: { Principal: "*" },
  },
  {
    name: "everyone, without sub",
    kind: "trust",
    narrower: true,
    before: { Principal: { AWS: "*" } },
    after: { Principal: { AWS: "123456789012" } },
  },
  {
    name: "an account does not hold its users: they need no policy of their own then",
    kind: "trust",
    narrower: false,
    before: { Principal: { AWS: "123456789012" } },
    after: { Principal: { AWS: "arn:aws:iam::123456789012:user/alice" } },
  },
  {
    name: "names of principals have no wildcards",
    kind: "trust",
    narrower: false,
    before: { Principal: { Federated: "*" } },
    after: {},
  },
  {
    name: "another provider",
    kind: "trust",
    narrower: false,
    before: {},
    after: {
      Principal: {
        Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com/evil",
      },
    },
  },
  {
    name: "NotPrincipal naming more",
    kind: "trust",
    narrower: true,
    before: { Principal: null, NotPrincipal: { AWS: "123456789012" } },
    after: { Principal: null, NotPrincipal: { AWS: ["123456789012", "210987654321"] } },
  },
  {
    name: "NotPrincipal naming fewer",
    kind: "trust",
    narrower: false,
    before: { Principal: null, NotPrincipal: { AWS: ["123456789012", "210987654321"] } },
    after: { Principal: null, NotPrincipal: { AWS: "123456789012" } },
  },
  {
    name: "one principal can have several names, so NotPrincipal is not shown to hold another",
    kind: "trust",
    narrower: false,
    before: { Principal: null, NotPrincipal: { AWS: "123456789012" } },
    after: { Principal: { AWS: "arn:aws:iam::210987654321:user/a" } },
  },
  {
    name: "a resource where there was none",
    kind: "trust",
    narrower: false,
    before: {},
    after: { Resource: "*" },
  },
  {
    name: "an action more in a trust policy",
    kind: "trust",
    narrower: false,
    before: {},
    after: { Action: ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRole"] },
  },
  {
    name: "the Version counts for nothing where there is no variable",
    kind: "identity",
    narrower: true,
    before: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "ecr:PutImage",
          Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
        },
      ],
    },
    after: {
      Statement: [
        {
          Effect: "Allow",
          Action: "ecr:PutImage",
          Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
        },
      ],
    },
  },
  {
    name: "the Version decides what a variable is",
    kind: "identity",
    narrower: false,
    before: {
      Version: "2008-10-17",
      Statement: [{ Effect: "Allow", Action: "ecr:PutImage", Resource: "arn:aws:s3:::b/${aws:userid}" }],
    },
    after: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "ecr:PutImage", Resource: "arn:aws:s3:::b/${aws:userid}" }],
    },
  },
  {
    name: "in the old Version a variable is text",
    kind: "identity",
    narrower: true,
    before: {
      Version: "2008-10-17",
      Statement: [{ Effect: "Allow", Action: "ecr:PutImage", Resource: "arn:aws:s3:::b/${?}" }],
    },
    after: {
      Version: "2008-10-17",
      Statement: [{ Effect: "Allow", Action: "ecr:PutImage", Resource: "arn:aws:s3:::b/${x}" }],
    },
  },
  {
    name: "an unreadable policy is within nothing",
    kind: "identity",
    narrower: false,
    before: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
    after: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "ecr:PutImage",
          Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
          Extra: 1,
        },
      ],
    },
  },
  {
    name: "nothing is within an unreadable policy",
    kind: "identity",
    narrower: false,
    before: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "allow",
          Action: "ecr:PutImage",
          Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
        },
      ],
    },
    after: { Version: "2012-10-17", Statement: [] },
  },
  {
    name: "an empty list has no meaning",
    kind: "identity",
    narrower: false,
    before: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "ecr:PutImage",
          Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
        },
      ],
    },
    after: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "ecr:PutImage",
          Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
          Condition: { StringEquals: { "aws:PrincipalTag/a": [] } },
        },
      ],
    },
  },
  {
    name: "two keys that differ only in case",
    kind: "identity",
    narrower: false,
    before: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "ecr:PutImage",
          Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
        },
      ],
    },
    after: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "ecr:PutImage",
          Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
          Condition: { StringEquals: { "aws:a": "1", "AWS:A": "2" } },
        },
      ],
    },
  },
  {
    name: "the guide's policy instead of Rolecall's",
    kind: "identity",
    narrower: false,
    before: [
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
        Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
      },
    ],
    after: {
      Action: [
        "ecr:CompleteLayerUpload",
        "ecr:GetAuthorizationToken",
        "ecr:UploadLayerPart",
        "ecr:InitiateLayerUpload",
        "ecr:BatchCheckLayerAvailability",
        "ecr:PutImage",
      ],
      Resource: "*",
    },
  },
  {
    name: "Rolecall's policy instead of the guide's: BatchGetImage is more",
    kind: "identity",
    narrower: false,
    before: {
      Action: [
        "ecr:CompleteLayerUpload",
        "ecr:GetAuthorizationToken",
        "ecr:UploadLayerPart",
        "ecr:InitiateLayerUpload",
        "ecr:BatchCheckLayerAvailability",
        "ecr:PutImage",
      ],
      Resource: "*",
    },
    after: [
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
        Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
      },
    ],
  },
  {
    name: "Rolecall's policy instead of administrator access",
    kind: "identity",
    narrower: true,
    before: { Action: "*", Resource: "*" },
    after: [
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
        Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
      },
    ],
  },
  {
    name: "Rolecall's policy, and Delete",
    kind: "identity",
    narrower: false,
    before: [
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
        Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
      },
    ],
    after: [
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
        Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
      },
      { Action: "ecr:DeleteRepository", Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api" },
    ],
  },
  {
    name: "Rolecall's policy on every repository",
    kind: "identity",
    narrower: false,
    before: [
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
        Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
      },
    ],
    after: [
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
        Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/*",
      },
    ],
  },
  {
    name: "Rolecall's policy without the login",
    kind: "identity",
    narrower: true,
    before: [
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
        Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
      },
    ],
    after: [
      {
        Action: [
          "ecr:BatchCheckLayerAvailability",
          "ecr:BatchGetImage",
          "ecr:CompleteLayerUpload",
          "ecr:InitiateLayerUpload",
          "ecr:PutImage",
          "ecr:UploadLayerPart",
        ],
        Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
      },
    ],
  },
  {
    name: "our trust without the id",
    kind: "trust",
    narrower: false,
    before: {
      Condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": ["repo:acme@1/api@2:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
        },
      },
    },
    after: {
      Condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:sub": ["repo:acme@1/api@2:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
        },
      },
    },
  },
  {
    name: "our trust without the audience",
    kind: "trust",
    narrower: false,
    before: {
      Condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": ["repo:acme@1/api@2:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
        },
      },
    },
    after: {
      Condition: { StringEquals: { "gh:repository_id": "2", "gh:sub": "repo:acme/api:ref:refs/heads/main" } },
    },
  },
  {
    name: "our trust with any branch",
    kind: "trust",
    narrower: false,
    before: {
      Condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": ["repo:acme@1/api@2:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
        },
      },
    },
    after: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository_id": "2" },
        StringLike: { "gh:sub": "repo:acme/api:ref:refs/heads/*" },
      },
    },
  },
  {
    name: "Rolecall's trust policy instead of one for everyone",
    kind: "trust",
    narrower: true,
    before: { Principal: "*" },
    after: {
      Condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": ["repo:acme@1/api@2:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
        },
      },
    },
  },
  {
    name: "our trust in place of any ref's",
    kind: "trust",
    narrower: true,
    before: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringLike: { "gh:sub": ["repo:acme/api:*", "repo:acme@1/api@2:*"] },
      },
    },
    after: {
      Condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": ["repo:acme@1/api@2:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
        },
      },
    },
  },
];
