import type { Kind } from "./policy-evaluator.ts";

export type SameCase = { name: string; same: boolean; kind: Kind; a: unknown; b: unknown };

export const sameCases: readonly SameCase[] = [
  {
    name: "a string and a list of one: Action",
    kind: "trust",
    same: true,
    a: { Action: "sts:AssumeRoleWithWebIdentity" },
    b: { Action: ["sts:AssumeRoleWithWebIdentity"] },
  },
  {
    name: "a string and a list of one: Resource",
    kind: "identity",
    same: true,
    a: { Resource: "*" },
    b: { Resource: ["*"] },
  },
  {
    name: "a string and a list of one: a principal",
    kind: "trust",
    same: true,
    a: {
      Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" },
    },
    b: {
      Principal: {
        Federated: ["arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"],
      },
    },
  },
  {
    name: "a string and a list of one: a condition's values",
    kind: "trust",
    same: true,
    a: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
    },
    b: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": ["repo:acme/api:ref:refs/heads/main"] },
      },
    },
  },
  {
    name: "one statement and a list of one",
    kind: "trust",
    same: true,
    a: {
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Principal: {
          Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
        },
        Action: "sts:AssumeRoleWithWebIdentity",
      },
    },
    b: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
        },
      ],
    },
  },
  {
    name: "the order of actions",
    kind: "identity",
    same: true,
    a: { Action: ["ecr:PutImage", "ecr:BatchGetImage"] },
    b: { Action: ["ecr:BatchGetImage", "ecr:PutImage"] },
  },
  {
    name: "the order of resources",
    kind: "identity",
    same: true,
    a: {
      Resource: [
        "arn:aws:ecr:eu-west-1:123456789012:repository/b",
        "arn:aws:ecr:eu-west-1:123456789012:repository/a",
      ],
    },
    b: {
      Resource: [
        "arn:aws:ecr:eu-west-1:123456789012:repository/a",
        "arn:aws:ecr:eu-west-1:123456789012:repository/b",
      ],
    },
  },
  {
    name: "the order of principals",
    kind: "trust",
    same: true,
    a: {
      Principal: {
        Service: ["b.amazonaws.com", "a.amazonaws.com"],
        Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
      },
    },
    b: {
      Principal: {
        Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
        Service: ["a.amazonaws.com", "b.amazonaws.com"],
      },
    },
  },
  {
    name: "the order of a condition's values",
    kind: "trust",
    same: true,
    a: {
      Condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:sub": ["repo:acme/api:ref:refs/heads/main", "repo:acme/api:environment:prod"],
        },
      },
    },
    b: {
      Condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:sub": ["repo:acme/api:environment:prod", "repo:acme/api:ref:refs/heads/main"],
        },
      },
    },
  },
  {
    name: "the order of operators and keys",
    kind: "trust",
    same: true,
    a: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository_id": "2" },
        StringLike: { "gh:sub": "repo:acme/api:*" },
      },
    },
    b: {
      Condition: {
        StringLike: { "gh:sub": "repo:acme/api:*" },
        StringEquals: { "gh:repository_id": "2", "gh:aud": "sts.amazonaws.com" },
      },
    },
  },
  {
    name: "the order of statements",
    kind: "identity",
    same: true,
    a: [{ Action: "ecr:PutImage" }, { Action: "ecr:GetAuthorizationToken", Resource: "*" }],
    b: [{ Action: "ecr:GetAuthorizationToken", Resource: "*" }, { Action: "ecr:PutImage" }],
  },
  {
    name: "the order of elements",
    kind: "identity",
    same: true,
    a: { Version: "2012-10-17", Statement: [{ Action: "ecr:PutImage", Effect: "Allow", Resource: "*" }] },
    b: { Statement: [{ Resource: "*", Effect: "Allow", Action: "ecr:PutImage" }], Version: "2012-10-17" },
  },
  {
    name: "an action twice",
    kind: "identity",
    same: true,
    a: { Action: ["ecr:PutImage", "ecr:PutImage"] },
    b: { Action: "ecr:PutImage" },
  },
  {
    name: "a resource twice",
    kind: "identity",
    same: true,
    a: { Resource: ["*", "*"] },
    b: { Resource: "*" },
  },
  {
    name: "a condition's value twice",
    kind: "trust",
    same: true,
    a: {
      Condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:sub": ["repo:acme/api:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
        },
      },
    },
    b: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
    },
  },
  { name: "a statement twice", kind: "identity", same: true, a: [{}, {}], b: {} },
  {
    name: "the letter case of an action",
    kind: "identity",
    same: true,
    a: { Action: "ECR:putimage" },
    b: { Action: "ecr:PutImage" },
  },
  {
    name: "two spellings of one action",
    kind: "identity",
    same: true,
    a: { Action: ["ecr:PutImage", "ECR:PutImage"] },
    b: { Action: "ecr:PutImage" },
  },
  {
    name: "the letter case of a condition's key",
    kind: "identity",
    same: true,
    a: { Condition: { Bool: { "AWS:SecureTransport": "true" } } },
    b: { Condition: { Bool: { "aws:SecureTransport": "true" } } },
  },
  {
    name: "an account and its root's ARN",
    kind: "trust",
    same: true,
    a: { Principal: { AWS: "123456789012" } },
    b: { Principal: { AWS: "arn:aws:iam::123456789012:root" } },
  },
  {
    name: "an account and its root's ARN in China",
    kind: "trust",
    same: true,
    a: { Principal: { AWS: "123456789012" } },
    b: { Principal: { AWS: "arn:aws-cn:iam::123456789012:root" } },
  },
  {
    name: "everyone, in both spellings",
    kind: "trust",
    same: true,
    a: { Principal: "*" },
    b: { Principal: { AWS: "*" } },
  },
  {
    name: "everyone except one, in both spellings",
    kind: "trust",
    same: true,
    a: { Effect: "Deny", Principal: null, NotPrincipal: "*" },
    b: { Effect: "Deny", Principal: null, NotPrincipal: { AWS: ["*"] } },
  },
  {
    name: "no Version is the old one",
    kind: "trust",
    same: true,
    a: {
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
        },
      ],
    },
    b: {
      Version: "2008-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
        },
      ],
    },
  },
  {
    name: "a boolean and its text",
    kind: "identity",
    same: true,
    a: { Condition: { Bool: { "aws:SecureTransport": true } } },
    b: { Condition: { Bool: { "aws:SecureTransport": "true" } } },
  },
  {
    name: "a number and its text",
    kind: "identity",
    same: true,
    a: { Condition: { NumericLessThan: { "aws:MultiFactorAuthAge": 3600 } } },
    b: { Condition: { NumericLessThan: { "aws:MultiFactorAuthAge": ["3600"] } } },
  },
  { name: "an empty Condition and none", kind: "identity", same: true, a: { Condition: {} }, b: {} },
  {
    name: "an operator without keys and none",
    kind: "identity",
    same: true,
    a: { Condition: { StringEquals: {} } },
    b: {},
  },
  { name: "a Sid", kind: "identity", same: true, a: { Sid: "EcrPush" }, b: {} },
  {
    name: "an Id",
    kind: "trust",
    same: true,
    a: {
      Version: "2012-10-17",
      Id: "x",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
        },
      ],
    },
    b: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
        },
      ],
    },
  },
  {
    name: "another action",
    kind: "identity",
    same: false,
    a: { Action: "ecr:PutImage" },
    b: { Action: "ecr:BatchGetImage" },
  },
  {
    name: "NotAction is not Action",
    kind: "identity",
    same: false,
    a: { Action: "ecr:PutImage" },
    b: { Action: null, NotAction: "ecr:PutImage" },
  },
  {
    name: "NotResource is not Resource",
    kind: "identity",
    same: false,
    a: { Resource: "*" },
    b: { Resource: null, NotResource: "*" },
  },
  { name: "Deny is not Allow", kind: "identity", same: false, a: { Effect: "Deny" }, b: {} },
  {
    name: "the letter case of a resource counts",
    kind: "identity",
    same: false,
    a: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/Api" },
    b: { Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/api" },
  },
  {
    name: "the letter case of a condition's value counts",
    kind: "trust",
    same: false,
    a: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:Acme/api:ref:refs/heads/main" },
      },
    },
    b: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
    },
  },
  {
    name: "the letter case of an operator counts",
    kind: "trust",
    same: false,
    a: { Condition: { stringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
    b: { Condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
  },
  {
    name: "StringLike is not StringEquals",
    kind: "trust",
    same: false,
    a: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringLike: { "gh:sub": "repo:acme/api:*" },
      },
    },
    b: { Condition: { StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:*" } } },
  },
  {
    name: "another operator with the same values",
    kind: "trust",
    same: false,
    a: { Condition: { "ForAllValues:StringEquals": { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
    b: { Condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
  },
  {
    name: "a condition less",
    kind: "trust",
    same: false,
    a: {
      Condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
      },
    },
    b: {
      Condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
    },
  },
  {
    name: "a statement more",
    kind: "identity",
    same: false,
    a: [{}, { Action: "ecr:DeleteRepository" }],
    b: {},
  },
  {
    name: "values that move from one key to the other",
    kind: "trust",
    same: false,
    a: { Condition: { StringEquals: { "gh:ref": ["a"], "gh:sub": ["b"] } } },
    b: { Condition: { StringEquals: { "gh:ref": ["b"], "gh:sub": ["a"] } } },
  },
  {
    name: "another Version",
    kind: "trust",
    same: false,
    a: {
      Version: "2008-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
        },
      ],
    },
    b: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
        },
      ],
    },
  },
  {
    name: "another kind of principal",
    kind: "trust",
    same: false,
    a: { Principal: { AWS: "*" } },
    b: { Principal: { Federated: "*" } },
  },
  {
    name: "another account's root",
    kind: "trust",
    same: false,
    a: { Principal: { AWS: "arn:aws:iam::123456789012:root" } },
    b: { Principal: { AWS: "210987654321" } },
  },
  {
    name: "a user of the account is not its root",
    kind: "trust",
    same: false,
    a: { Principal: { AWS: "arn:aws:iam::123456789012:user/root" } },
    b: { Principal: { AWS: "123456789012" } },
  },
  {
    name: "the text of a list is not the list",
    kind: "trust",
    same: false,
    a: { Condition: { StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": '["a","b"]' } } },
    b: { Condition: { StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": ["a", "b"] } } },
  },
  {
    name: "an element that IAM does not know is not overlooked",
    kind: "identity",
    same: false,
    a: { Resourse: "*" },
    b: {},
  },
  {
    name: "two keys that differ only in case are not the same",
    kind: "trust",
    same: false,
    a: { Condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main", "GH:SUB": "*" } } },
    b: { Condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
  },
  {
    name: "no policy is not an empty one",
    kind: "trust",
    same: false,
    a: { Version: "2012-10-17", Statement: [] },
    b: null,
  },
];
