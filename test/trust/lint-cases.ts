import type { LintContext } from "../../src/trust/lint/lint.ts";

/**
 * In the table, `gh:` stands for the issuer's prefix, and a statement lists only its differences from the default.
 * `sub` is short for one statement with that subject, the audience, and `pins` (the repository's id).
 * `codes` lists all findings of the policy, and `near` lists codes that it only just avoids.
 */
export type Case = {
  name: string;
  row?: number;
  near?: string[];
  host?: string;
  version?: string | null;
  sub?: string | string[];
  pins?: Record<string, string>;
  condition?: unknown;
  statements?: Record<string, unknown>[];
  policy?: unknown;
  text?: string;
  context?: Partial<LintContext>;
  codes: string[];
};

export const table: {
  context: LintContext;
  statement: Record<string, unknown>;
  cases: readonly Case[];
} = {
  context: {
    issuers: ["https://token.actions.githubusercontent.com"],
    accountId: "123456789012",
    partition: "aws",
  },
  statement: {
    Effect: "Allow",
    Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" },
    Action: "sts:AssumeRoleWithWebIdentity",
  },
  cases: [
    {
      name: "both forms of the subject, the id pinned",
      near: ["name-only"],
      sub: ["repo:acme@1/api@2:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
      codes: [],
    },
    {
      name: "wildcards within the ref, under StringLike",
      near: ["any-branch", "literal-wildcard"],
      sub: [
        "repo:acme@1/api@2:ref:refs/heads/release/*",
        "repo:acme/api:ref:refs/heads/release/*",
        "repo:acme/api:ref:refs/heads/main",
      ],
      codes: [],
    },
    {
      name: "a job_workflow_ref ANDed",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
          "gh:job_workflow_ref": "acme/wf/.github/workflows/ci.yml@refs/heads/main",
        },
      },
      codes: [],
    },
    {
      name: "an environment, a tag pattern",
      near: ["any-environment", "any-tag", "mixed-context"],
      sub: ["repo:acme/api:environment:prod", "repo:acme/api:ref:refs/tags/v*"],
      codes: [],
    },
    {
      name: "also the owner's id pinned",
      pins: { repository_id: "2", repository_owner_id: "1" },
      sub: "repo:acme/api:ref:refs/heads/main",
      codes: [],
    },
    {
      name: "single strings and lists are the same",
      near: ["other-action", "other-principal"],
      statements: [
        {
          Principal: {
            Federated: ["arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"],
          },
          Action: ["sts:AssumeRoleWithWebIdentity"],
          Condition: {
            StringEquals: {
              "gh:aud": ["sts.amazonaws.com"],
              "gh:repository_id": ["2"],
              "gh:sub": ["repo:acme/api:ref:refs/heads/main"],
            },
          },
        },
      ],
      codes: [],
    },
    {
      name: "a ghe.com provider",
      near: ["key-other-issuer"],
      host: "token.actions.octo.ghe.com",
      sub: "repo:acme/api:ref:refs/heads/main",
      codes: [],
    },
    {
      name: "an enterprise's provider",
      host: "token.actions.githubusercontent.com/acme",
      sub: "repo:acme/api:ref:refs/heads/main",
      codes: [],
    },
    {
      name: "China's partition and audience",
      near: ["other-account"],
      context: { partition: "aws-cn" },
      statements: [
        {
          Principal: {
            Federated: "arn:aws-cn:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com.cn",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: [],
    },
    {
      name: "a custom template with the repository first",
      near: ["colon-not-encoded"],
      sub: "repo:acme/api:environment:prod:job_workflow_ref:acme/wf/.github/workflows/ci.yml@refs/heads/main",
      codes: ["sub-form"],
    },
    {
      name: "a template by ids",
      near: ["sub-not-repository", "name-only"],
      pins: {},
      sub: "repository_owner_id:1:repository_id:2:ref:refs/heads/main",
      codes: ["sub-form"],
    },
    {
      name: "a policy of others is not GitHub's business",
      near: ["other-principal", "sub-missing"],
      statements: [{ Principal: { AWS: "210987654321" }, Action: "sts:AssumeRole" }],
      codes: [],
    },
    {
      name: "another provider is not matched either",
      near: ["other-provider"],
      statements: [{ Principal: { Federated: "accounts.google.com" } }],
      codes: [],
    },
    { name: "not JSON", text: "{", codes: ["policy-unreadable"] },
    { name: "an array", text: "[]", codes: ["policy-unreadable"] },
    {
      name: "no Effect",
      text: '{"Statement":[{"Principal":"*","Action":"*"}]}',
      codes: ["policy-unreadable"],
    },
    {
      name: "the smallest policy can be read",
      near: ["policy-unreadable"],
      text: '{"Statement":[]}',
      codes: [],
    },
    {
      name: "two StringEquals: the later drops the sub",
      row: 2,
      pins: {},
      text: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"gh:aud":"sts.amazonaws.com"},"StringEquals":{"gh:sub":"repo:acme/api:ref:refs/heads/main"}}}]}',
      codes: ["aud-missing", "duplicate-key", "name-only"],
    },
    {
      name: "two StringLike: the sub block is gone",
      row: 2,
      text: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringLike":{"gh:sub":"repo:acme/api:ref:refs/heads/main"},"StringLike":{"gh:aud":"sts.amazonaws.com"}}}]}',
      codes: ["duplicate-key", "sub-missing"],
    },
    {
      name: "one key in two letter cases",
      row: 2,
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
          "TOKEN.ACTIONS.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
        },
      },
      codes: ["duplicate-key"],
    },
    {
      name: "duplicate keys are reported for any policy",
      row: 2,
      text: '{"Statement":[],"Statement":[]}',
      codes: ["duplicate-key"],
    },
    {
      name: "one key under two operators is no duplicate",
      near: ["duplicate-key"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        StringLike: { "gh:sub": "repo:acme/api:ref:*" },
      },
      codes: [],
    },
    {
      name: "a loose sub before a closed one: both must hold",
      near: ["sub-any", "any-ref"],
      condition: {
        StringLike: { "gh:sub": "repo:*" },
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
      },
      codes: [],
    },
    {
      name: "Resource",
      statements: [
        {
          Resource: "*",
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: ["element-unknown"],
    },
    {
      name: "condition, in lower case, restricts nothing",
      statements: [
        {
          condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: ["aud-missing", "element-unknown", "sub-missing"],
    },
    {
      name: "an Id and a Sid",
      near: ["element-unknown"],
      policy: {
        Version: "2012-10-17",
        Id: "x",
        Statement: [
          {
            Sid: "y",
            Effect: "Allow",
            Principal: {
              Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
            },
            Action: "sts:AssumeRoleWithWebIdentity",
            Condition: {
              StringEquals: {
                "gh:aud": "sts.amazonaws.com",
                "gh:repository_id": "2",
                "gh:sub": "repo:acme/api:ref:refs/heads/main",
              },
            },
          },
        ],
      },
      codes: [],
    },
    {
      name: "Version 2008-10-17",
      version: "2008-10-17",
      sub: "repo:acme/api:ref:refs/heads/main",
      codes: ["version-old"],
    },
    { name: "no Version", version: null, sub: "repo:acme/api:ref:refs/heads/main", codes: ["version-old"] },
    {
      name: "Version 2012-10-17",
      near: ["version-old"],
      sub: "repo:acme/api:ref:refs/heads/main",
      codes: [],
    },
    {
      name: "Principal *",
      row: 27,
      statements: [
        {
          Principal: "*",
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: ["principal-wildcard"],
    },
    {
      name: "Principal AWS *",
      row: 27,
      statements: [
        {
          Principal: { AWS: "*" },
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: ["principal-wildcard"],
    },
    {
      name: "Principal Federated *",
      row: 27,
      statements: [
        {
          Principal: { Federated: "*" },
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: ["principal-wildcard"],
    },
    {
      name: "a wildcard in the provider's ARN",
      row: 27,
      statements: [
        {
          Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/*" },
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: ["principal-wildcard"],
    },
    {
      name: "Principal * without conditions",
      row: 27,
      statements: [{ Principal: "*" }],
      codes: ["aud-missing", "principal-wildcard", "sub-missing"],
    },
    {
      name: "Deny for everyone",
      near: ["principal-wildcard", "sub-missing", "aud-missing"],
      statements: [
        {
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
        { Effect: "Deny", Principal: "*", Condition: { StringEquals: { "gh:actor": "mallory" } } },
      ],
      codes: [],
    },
    {
      name: "NotPrincipal in an Allow",
      row: 27,
      statements: [{ Principal: null, NotPrincipal: { AWS: "123456789012" } }],
      codes: ["aud-missing", "not-principal", "sub-missing"],
    },
    {
      name: "NotPrincipal in a Deny",
      near: ["not-principal"],
      statements: [
        {
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
        {
          Effect: "Deny",
          Principal: null,
          NotPrincipal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
        },
      ],
      codes: [],
    },
    {
      name: "NotAction in an Allow",
      row: 27,
      statements: [
        {
          Action: null,
          NotAction: "sts:AssumeRole",
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: ["not-action"],
    },
    {
      name: "NotAction in a Deny",
      near: ["not-action"],
      statements: [
        {
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
        { Effect: "Deny", Action: null, NotAction: "sts:AssumeRoleWithWebIdentity" },
      ],
      codes: [],
    },
    {
      name: "an account as well as the provider",
      row: 27,
      statements: [
        {
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
            AWS: "arn:aws:iam::123456789012:root",
          },
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: ["other-principal"],
    },
    {
      name: "another account in a second statement",
      row: 27,
      statements: [
        {
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
        { Principal: { AWS: "210987654321" }, Action: "sts:AssumeRole" },
      ],
      codes: ["other-account", "other-principal"],
    },
    {
      name: "a service",
      row: 27,
      near: ["other-account"],
      statements: [
        {
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
        { Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
      ],
      codes: ["other-principal"],
    },
    {
      name: "a second provider",
      row: 27,
      statements: [
        {
          Principal: {
            Federated: [
              "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
              "arn:aws:iam::123456789012:oidc-provider/gitlab.com",
            ],
          },
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: ["other-provider"],
    },
    {
      name: "a second provider in its own statement",
      row: 27,
      near: ["provider-form"],
      statements: [
        {
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
        { Principal: { Federated: "cognito-identity.amazonaws.com" } },
      ],
      codes: ["other-provider"],
    },
    {
      name: "a SAML provider",
      row: 27,
      statements: [
        {
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
        {
          Principal: { Federated: "arn:aws:iam::123456789012:saml-provider/x" },
          Action: "sts:AssumeRoleWithSAML",
        },
      ],
      codes: ["other-provider"],
    },
    {
      name: "GitHub's, but not the expected one",
      row: 27,
      host: "token.actions.githubusercontent.com/acme",
      sub: "repo:acme/api:ref:refs/heads/main",
      context: { providerArn: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" },
      codes: ["other-provider"],
    },
    {
      name: "the provider of another account",
      row: 27,
      statements: [
        {
          Principal: {
            Federated: "arn:aws:iam::210987654321:oidc-provider/token.actions.githubusercontent.com",
          },
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: ["other-account"],
    },
    {
      name: "the provider of another partition",
      row: 27,
      statements: [
        {
          Principal: {
            Federated: "arn:aws-us-gov:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: ["other-account"],
    },
    {
      name: "the issuer's host instead of an ARN",
      row: 27,
      statements: [
        {
          Principal: { Federated: "token.actions.githubusercontent.com" },
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: ["provider-form"],
    },
    {
      name: "the issuer of the first beta",
      near: ["aud-missing", "any-ref", "name-only", "other-provider"],
      host: "vstoken.actions.githubusercontent.com",
      statements: [
        {
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/vstoken.actions.githubusercontent.com",
          },
          Condition: { StringLike: { "gh:sub": "repo:acme/api:*" } },
        },
      ],
      codes: ["issuer-dead"],
    },
    {
      name: "the issuer of the first beta beside today's",
      row: 10,
      statements: [
        {
          Principal: {
            Federated: [
              "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
              "arn:aws:iam::123456789012:oidc-provider/vstoken.actions.githubusercontent.com",
            ],
          },
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
      ],
      codes: ["issuer-dead", "name-only"],
    },
    {
      name: "another host of GitHub that only looks like an issuer",
      near: ["issuer-dead"],
      statements: [
        { Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/vstoken.githubusercontent.com" } },
      ],
      codes: [],
    },
    {
      name: "also sts:AssumeRole",
      row: 27,
      statements: [
        {
          Action: ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRole"],
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: ["other-action"],
    },
    {
      name: "also sts:TagSession",
      row: 27,
      statements: [
        {
          Action: ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: ["other-action"],
    },
    {
      name: "sts:TagSession in a statement of its own",
      row: 27,
      near: ["sub-missing", "aud-missing"],
      statements: [
        {
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
        { Action: "sts:TagSession" },
      ],
      codes: ["other-action"],
    },
    {
      name: "sts:*",
      row: 27,
      statements: [
        {
          Action: "sts:*",
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: ["action-wildcard"],
    },
    {
      name: "the action in other letters",
      near: ["action-wildcard", "other-action"],
      statements: [
        {
          Action: "STS:assumerolewithwebidentity",
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: [],
    },
    {
      name: "no aud",
      row: 9,
      condition: { StringEquals: { "gh:repository_id": "2", "gh:sub": "repo:acme/api:ref:refs/heads/main" } },
      codes: ["aud-missing"],
    },
    {
      name: "aud of another issuer's key",
      row: 9,
      condition: {
        StringEquals: {
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
          "accounts.google.com:aud": "sts.amazonaws.com",
        },
      },
      codes: ["aud-missing", "key-other-issuer"],
    },
    {
      name: "aud negated",
      row: 9,
      condition: {
        StringEquals: { "gh:repository_id": "2", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        StringNotEquals: { "gh:aud": "x" },
      },
      codes: ["aud-missing", "negated-condition"],
    },
    {
      name: "aud with IfExists",
      row: 9,
      condition: {
        StringEquals: { "gh:repository_id": "2", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        StringEqualsIfExists: { "gh:aud": "sts.amazonaws.com" },
      },
      codes: ["if-exists"],
    },
    {
      name: "aud a pattern",
      row: 9,
      condition: {
        StringEquals: { "gh:repository_id": "2", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        StringLike: { "gh:aud": "sts.*" },
      },
      codes: ["aud-not-exact"],
    },
    {
      name: "aud *",
      row: 9,
      condition: {
        StringEquals: { "gh:repository_id": "2", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        StringLike: { "gh:aud": "*" },
      },
      codes: ["aud-not-exact"],
    },
    {
      name: "one aud of two a pattern",
      row: 9,
      condition: {
        StringEquals: { "gh:repository_id": "2", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        StringLike: { "gh:aud": ["sts.amazonaws.com", "s?s"] },
      },
      codes: ["aud-not-exact"],
    },
    {
      name: "aud exact under StringLike",
      near: ["aud-not-exact", "aud-missing"],
      condition: {
        StringEquals: { "gh:repository_id": "2", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        StringLike: { "gh:aud": "sts.amazonaws.com" },
      },
      codes: [],
    },
    {
      name: "an exact aud, and a pattern with it",
      near: ["aud-not-exact"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        StringLike: { "gh:aud": "sts.*" },
      },
      codes: [],
    },
    {
      name: "another audience",
      condition: {
        StringEquals: {
          "gh:aud": "https://github.com/acme",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
      },
      codes: ["aud-other"],
    },
    {
      name: "the audience of China elsewhere",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com.cn",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
      },
      codes: ["aud-other"],
    },
    { name: "the usual audience", near: ["aud-other"], sub: "repo:acme/api:ref:refs/heads/main", codes: [] },
    {
      name: "only aud",
      row: 1,
      condition: { StringEquals: { "gh:aud": "sts.amazonaws.com" } },
      codes: ["sub-missing"],
    },
    { name: "no conditions at all", row: 1, statements: [{}], codes: ["aud-missing", "sub-missing"] },
    {
      name: "only the id: AWS refuses it",
      row: 1,
      condition: { StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository_id": "2" } },
      codes: ["sub-missing"],
    },
    {
      name: "only job_workflow_ref: every repository can call a workflow",
      row: 1,
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:job_workflow_ref": "acme/wf/.github/workflows/ci.yml@refs/heads/main",
        },
      },
      codes: ["sub-missing"],
    },
    {
      name: "job_workflow_ref and the id",
      near: ["sub-missing"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:job_workflow_ref": "acme/wf/.github/workflows/ci.yml@refs/heads/main",
        },
      },
      codes: ["any-ref"],
    },
    {
      name: "job_workflow_ref and the name",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository": "acme/api",
          "gh:job_workflow_ref": "acme/wf/.github/workflows/ci.yml@refs/heads/main",
        },
      },
      codes: ["any-ref", "name-only"],
    },
    {
      name: "job_workflow_ref * and the id",
      row: 1,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository_id": "2" },
        StringLike: { "gh:job_workflow_ref": "*" },
      },
      codes: ["condition-vacuous", "sub-missing"],
    },
    {
      name: "sub negated",
      row: 1,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringNotEquals: { "gh:sub": "repo:evil/x:ref:refs/heads/main" },
      },
      codes: ["negated-condition", "sub-missing"],
    },
    {
      name: "sub under StringNotLike",
      row: 1,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringNotLike: { "gh:sub": "repo:evil/*" },
      },
      codes: ["negated-condition", "sub-missing"],
    },
    {
      name: "another claim only",
      row: 1,
      condition: { StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:actor": "alice" } },
      codes: ["sub-missing"],
    },
    {
      name: "sub under a key without issuer",
      row: 1,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", sub: "repo:acme/api:ref:refs/heads/main" },
      },
      codes: ["key-other-issuer"],
    },
    {
      name: "sub in the key's other letters",
      near: ["sub-missing", "key-not-evaluated"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "Token.Actions.GitHubUserContent.com:SUB": "repo:acme/api:ref:refs/heads/main",
        },
      },
      codes: [],
    },
    { name: "sub *", row: 3, pins: {}, sub: "*", codes: ["sub-any"] },
    { name: "sub **", row: 3, pins: {}, sub: "**", codes: ["sub-any"] },
    { name: "sub ?*", row: 3, pins: {}, sub: "?*", codes: ["sub-any"] },
    { name: "sub *:*", row: 3, pins: {}, sub: "*:*", codes: ["sub-any"] },
    { name: "sub * with the id: AWS refuses it", row: 3, sub: "*", codes: ["sub-any"] },
    { name: "sub repo:*", row: 3, pins: {}, sub: "repo:*", codes: ["any-ref", "sub-any"] },
    {
      name: "sub repo:*:ref:refs/heads/main",
      row: 3,
      pins: {},
      sub: "repo:*:ref:refs/heads/main",
      codes: ["sub-any"],
    },
    { name: "sub rep*", row: 3, pins: {}, sub: "rep*", codes: ["sub-any"] },
    { name: "sub *acme/api*", row: 3, pins: {}, sub: "*acme/api:*", codes: ["sub-any"] },
    {
      name: "one open sub among closed ones",
      row: 3,
      pins: {},
      sub: ["repo:acme/api:ref:refs/heads/main", "repo:*"],
      codes: ["any-ref", "name-only", "sub-any"],
    },
    {
      name: "sub * and a closed sub: both must hold",
      near: ["sub-any"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        StringLike: { "gh:sub": "*" },
      },
      codes: [],
    },
    { name: "an empty repository", row: 3, pins: {}, sub: "repo::*", codes: ["sub-empty-repository"] },
    { name: "an empty owner", row: 3, pins: {}, sub: "repo:/api:*", codes: ["sub-empty-repository"] },
    {
      name: "an empty repository behind the owner",
      row: 3,
      pins: {},
      sub: "repo:acme/:ref:refs/heads/main",
      codes: ["sub-empty-repository"],
    },
    {
      name: "an owner without repository",
      row: 3,
      sub: "repo:acme:ref:refs/heads/main",
      codes: ["sub-empty-repository"],
    },
    {
      name: "nothing is empty",
      near: [
        "sub-empty-repository",
        "sub-any",
        "owner-wildcard",
        "owner-wide-by-name",
        "repository-wildcard",
        "immutable-wildcard",
        "policy-variable",
      ],
      pins: {},
      sub: "repo:acme/api:ref:refs/heads/main",
      codes: ["name-only"],
    },
    { name: "repo:org*", row: 4, pins: {}, sub: "repo:acme*:ref:refs/heads/main", codes: ["owner-wildcard"] },
    { name: "repo:org*/…", row: 4, pins: {}, sub: "repo:acme*/*", codes: ["any-ref", "owner-wildcard"] },
    {
      name: "a ? in the owner",
      row: 4,
      pins: {},
      sub: "repo:acm?/api:ref:refs/heads/main",
      codes: ["owner-wildcard"],
    },
    {
      name: "a wildcard in the owner, under ForAnyValue",
      row: 4,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        "ForAnyValue:StringLike": { "gh:sub": "repo:acme*/api:ref:refs/heads/main" },
      },
      codes: ["owner-wildcard"],
    },
    {
      name: "a wildcard in the owner, the id pinned",
      row: 4,
      near: ["owner-wildcard"],
      sub: "repo:acme*/api:ref:refs/heads/main",
      codes: ["name-open"],
    },
    {
      name: "a wildcard in the owner, the owner's id pinned",
      row: 4,
      near: ["owner-wildcard"],
      pins: { repository_owner_id: "1" },
      sub: "repo:acme*/api:ref:refs/heads/main",
      codes: ["owner-wide"],
    },
    { name: "repo:org/*", row: 5, pins: {}, sub: "repo:acme/*", codes: ["any-ref", "owner-wide-by-name"] },
    {
      name: "repo:org/*:ref:…",
      row: 5,
      pins: {},
      sub: "repo:acme/*:ref:refs/heads/main",
      codes: ["owner-wide-by-name"],
    },
    {
      name: "repository_owner:org:*",
      row: 5,
      pins: {},
      sub: "repository_owner:acme:*",
      codes: ["any-ref", "owner-wide-by-name", "sub-form"],
    },
    {
      name: "an organisation's template",
      row: 5,
      pins: {},
      sub: "repository_owner:acme:repository_visibility:private",
      codes: ["any-ref", "owner-wide-by-name", "sub-form"],
    },
    {
      name: "owner-wide under the owner's id",
      row: 5,
      near: ["owner-wide-by-name", "name-only", "name-within-owner"],
      pins: { repository_owner_id: "1" },
      sub: ["repo:acme@1/*:ref:refs/heads/main", "repo:acme/*:ref:refs/heads/main"],
      codes: ["owner-wide"],
    },
    {
      name: "owner-wide by the id in the subject",
      row: 5,
      near: ["owner-wide-by-name"],
      pins: {},
      sub: "repo:acme@1/*:ref:refs/heads/main",
      codes: ["owner-wide"],
    },
    {
      name: "every owner, the enterprise's id pinned",
      row: 5,
      near: ["sub-any", "owner-wide"],
      pins: { enterprise_id: "7" },
      sub: "repo:*:ref:refs/heads/main",
      codes: ["enterprise-wide"],
    },
    {
      name: "an owner, the enterprise's id pinned",
      row: 5,
      near: ["enterprise-wide"],
      pins: { enterprise_id: "7", repository_owner_id: "1" },
      sub: "repo:acme@1/*:ref:refs/heads/main",
      codes: ["owner-wide"],
    },
    {
      name: "a reusable workflow and the owner's id",
      row: 5,
      near: ["sub-missing", "name-only"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_owner_id": "1",
          "gh:job_workflow_ref": "acme/wf/.github/workflows/ci.yml@refs/heads/main",
        },
      },
      codes: ["any-ref", "owner-wide"],
    },
    {
      name: "a reusable workflow and the enterprise's id",
      row: 5,
      near: ["sub-missing"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:enterprise_id": "7",
          "gh:job_workflow_ref": "acme/wf/.github/workflows/ci.yml@refs/heads/main",
        },
      },
      codes: ["any-ref", "enterprise-wide"],
    },
    {
      name: "owner-wide, the repository's id pinned",
      near: ["owner-wide", "owner-wide-by-name"],
      sub: "repo:acme/*:ref:refs/heads/main",
      codes: ["name-open"],
    },
    {
      name: "owner-wide, the owner's id a pattern",
      row: 5,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringLike: { "gh:sub": "repo:acme/*:ref:refs/heads/main", "gh:repository_owner_id": "1*" },
      },
      codes: ["id-not-exact", "owner-wide-by-name"],
    },
    {
      name: "owner-wide, the owner's id with IfExists",
      row: 5,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringEqualsIfExists: { "gh:repository_owner_id": "1" },
        StringLike: { "gh:sub": "repo:acme/*:ref:refs/heads/main" },
      },
      codes: ["if-exists", "owner-wide"],
    },
    {
      name: "owner-wide, the owner's id negated",
      row: 5,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringNotEquals: { "gh:repository_owner_id": "9" },
        StringLike: { "gh:sub": "repo:acme/*:ref:refs/heads/main" },
      },
      codes: ["negated-condition", "owner-wide-by-name"],
    },
    {
      name: "owner-wide by id, and another subject by name",
      row: 10,
      pins: {},
      sub: ["repo:acme@1/*:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
      codes: ["name-only", "owner-wide"],
    },
    {
      name: "owner-wide under the owner's id, and another subject by name",
      row: 5,
      near: ["name-within-owner"],
      pins: { repository_owner_id: "1" },
      sub: ["repo:acme@1/*:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
      codes: ["owner-wide"],
    },
    {
      name: "repo:org/app*",
      row: 6,
      pins: {},
      sub: "repo:acme/api*",
      codes: ["any-ref", "repository-wildcard"],
    },
    {
      name: "repo:org/app*:ref:…",
      row: 6,
      pins: {},
      sub: "repo:acme/api*:ref:refs/heads/main",
      codes: ["repository-wildcard"],
    },
    {
      name: "repo:org/app?:…",
      row: 6,
      pins: {},
      sub: "repo:acme/api?:ref:refs/heads/main",
      codes: ["repository-wildcard"],
    },
    {
      name: "a ? in place of the colon",
      row: 6,
      pins: {},
      sub: "repo:acme/api?ref:refs/heads/main",
      codes: ["repository-wildcard"],
    },
    {
      name: "repo:org/app*, the id pinned",
      near: ["repository-wildcard"],
      sub: "repo:acme/api*:ref:refs/heads/main",
      codes: ["name-open"],
    },
    {
      name: "repo:org@*/app@*",
      row: 7,
      pins: {},
      sub: "repo:acme@*/api@*:ref:refs/heads/main",
      codes: ["immutable-wildcard"],
    },
    {
      name: "repo:org@1/app@*",
      row: 7,
      pins: {},
      sub: "repo:acme@1/api@*:ref:refs/heads/main",
      codes: ["immutable-wildcard"],
    },
    {
      name: "repo:org@1*/…",
      row: 7,
      pins: {},
      sub: "repo:acme@1*/api@2:ref:refs/heads/main",
      codes: ["immutable-wildcard"],
    },
    {
      name: "repo:org@*/app@*, the id pinned",
      near: ["immutable-wildcard"],
      sub: "repo:acme@*/api@*:ref:refs/heads/main",
      codes: ["name-open"],
    },
    {
      name: "the whole subject is in the text",
      near: ["name-open"],
      sub: "repo:acme@1/api@2:ref:refs/heads/main",
      codes: [],
    },
    { name: "sub workflow:…", row: 23, pins: {}, sub: "workflow:deploy", codes: ["sub-user-controlled"] },
    {
      name: "sub environment:…",
      row: 23,
      pins: {},
      sub: "environment:deploy",
      codes: ["sub-user-controlled"],
    },
    { name: "sub ref:…", row: 23, pins: {}, sub: "ref:deploy", codes: ["sub-user-controlled"] },
    { name: "sub head_ref:…", row: 23, pins: {}, sub: "head_ref:deploy", codes: ["sub-user-controlled"] },
    { name: "sub base_ref:…", row: 23, pins: {}, sub: "base_ref:deploy", codes: ["sub-user-controlled"] },
    { name: "sub context:…", row: 23, pins: {}, sub: "context:deploy", codes: ["sub-user-controlled"] },
    { name: "sub workflow:*", row: 23, pins: {}, sub: "workflow:*", codes: ["sub-user-controlled"] },
    {
      name: "sub environment:prod:repo:…",
      row: 23,
      pins: {},
      sub: "environment:prod:repo:acme/api",
      codes: ["sub-user-controlled"],
    },
    {
      name: "sub workflow:… with the id pinned: any branch can name it",
      row: 23,
      sub: "workflow:deploy",
      codes: ["sub-user-controlled"],
    },
    {
      name: "the environment behind the repository",
      near: ["sub-user-controlled"],
      sub: "repo:acme/api:environment:prod:workflow:deploy",
      codes: ["sub-form"],
    },
    { name: "sub actor:…", row: 23, pins: {}, sub: "actor:alice", codes: ["sub-not-repository"] },
    {
      name: "sub job_workflow_ref:…",
      row: 23,
      pins: {},
      sub: "job_workflow_ref:acme/wf/.github/workflows/ci.yml@refs/heads/main",
      codes: ["sub-not-repository"],
    },
    {
      name: "sub repository_visibility:private",
      row: 22,
      pins: {},
      sub: "repository_visibility:private",
      codes: ["sub-not-repository"],
    },
    {
      name: "sub repository:…, which is written repo",
      row: 22,
      pins: {},
      sub: "repository:acme/api:ref:refs/heads/main",
      codes: ["sub-not-repository"],
    },
    { name: "sub refs/heads/main", row: 22, pins: {}, sub: "refs/heads/main", codes: ["sub-not-repository"] },
    {
      name: "the repository behind its visibility",
      near: ["sub-not-repository"],
      pins: {},
      sub: "repository_visibility:private:repo:acme/api:ref:refs/heads/main",
      codes: ["name-only", "sub-form"],
    },
    {
      name: "sub repository_id:2*",
      row: 3,
      near: ["id-not-exact"],
      pins: {},
      sub: "repository_id:2*",
      codes: ["sub-any"],
    },
    {
      name: "sub repository_owner:acme*",
      row: 3,
      near: ["owner-wide-by-name"],
      pins: {},
      sub: "repository_owner:acme*",
      codes: ["sub-any"],
    },
    {
      name: "sub repository_owner_id:1*",
      row: 3,
      near: ["owner-wide"],
      pins: {},
      sub: "repository_owner_id:1*",
      codes: ["sub-any"],
    },
    {
      name: "sub repository_owner_id:1:*",
      row: 5,
      pins: {},
      sub: "repository_owner_id:1:*",
      codes: ["any-ref", "owner-wide", "sub-form"],
    },
    {
      name: "the repository behind an actor",
      row: 22,
      pins: {},
      sub: "actor:alice:repo:acme/api:ref:refs/heads/main",
      codes: ["sub-not-repository"],
    },
    {
      name: "an id behind one name only",
      row: 10,
      pins: {},
      sub: "repo:acme@1/api:ref:refs/heads/main",
      codes: ["sub-form"],
    },
    {
      name: "ids that are none",
      row: 10,
      pins: {},
      sub: "repo:acme@x/api@y:ref:refs/heads/main",
      codes: ["sub-form"],
    },
    {
      name: "only the name",
      row: 10,
      pins: {},
      sub: "repo:acme/api:ref:refs/heads/main",
      codes: ["name-only"],
    },
    {
      name: "the name and the id form, no id pinned",
      row: 10,
      pins: {},
      sub: ["repo:acme@1/api@2:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
      codes: ["name-only"],
    },
    {
      name: "only the id form",
      row: 10,
      near: ["name-only"],
      pins: {},
      sub: "repo:acme@1/api@2:ref:refs/heads/main",
      codes: [],
    },
    {
      name: "only the name, on a role that nobody registered",
      row: 12,
      pins: {},
      context: { isUnregistered: true },
      sub: "repo:acme/api:ref:refs/heads/main",
      codes: ["breaks-on-rename", "name-only"],
    },
    {
      name: "both forms, on a role that nobody registered",
      near: ["breaks-on-rename"],
      context: { isUnregistered: true },
      sub: ["repo:acme@1/api@2:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
      codes: [],
    },
    {
      name: "only the name with the id pinned, on a role that nobody registered",
      row: 12,
      context: { isUnregistered: true },
      sub: "repo:acme/api:*",
      codes: ["any-ref", "breaks-on-rename"],
    },
    {
      name: "one repository in both forms, another in one",
      row: 12,
      pins: { repository_owner_id: "1" },
      context: { isUnregistered: true },
      sub: [
        "repo:acme@1/api@2:ref:refs/heads/main",
        "repo:acme/api:ref:refs/heads/main",
        "repo:acme/web:ref:refs/heads/main",
      ],
      codes: ["breaks-on-rename", "name-within-owner"],
    },
    {
      name: "a wildcard that matches both forms",
      near: ["breaks-on-rename"],
      context: { isUnregistered: true },
      sub: "repo:acme*/api*:ref:refs/heads/main",
      codes: ["name-open"],
    },
    {
      name: "the claim repository",
      row: 10,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository": "acme/api" },
        StringLike: { "gh:sub": "repo:*" },
      },
      codes: ["any-ref", "name-only", "name-open"],
    },
    {
      name: "the claim repository, a pattern",
      row: 10,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        StringLike: { "gh:repository": "acme/*" },
      },
      codes: ["name-only"],
    },
    {
      name: "the id with IfExists",
      row: 10,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        StringEqualsIfExists: { "gh:repository_id": "2" },
      },
      codes: ["if-exists"],
    },
    {
      name: "the id under ForAllValues",
      row: 10,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        "ForAllValues:StringEquals": { "gh:repository_id": "2" },
      },
      codes: ["for-all-values"],
    },
    {
      name: "the id a pattern",
      row: 10,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        StringLike: { "gh:repository_id": "2*" },
      },
      codes: ["id-not-exact", "name-only"],
    },
    {
      name: "the id of a GitHub Enterprise Server, which AWS does not evaluate",
      row: 10,
      host: "github.example.com/_services/token",
      sub: "repo:acme/api:ref:refs/heads/main",
      codes: ["key-not-evaluated"],
    },
    {
      name: "a GitHub Enterprise Server, by name",
      row: 10,
      near: ["key-not-evaluated"],
      host: "github.example.com/_services/token",
      pins: {},
      sub: "repo:acme/api:ref:refs/heads/main",
      codes: ["name-only"],
    },
    {
      name: "a server that only the caller knows",
      row: 10,
      host: "ci.example.com/oidc",
      context: { issuers: ["https://ci.example.com/oidc"] },
      pins: {},
      sub: "repo:acme/api:ref:refs/heads/main",
      codes: ["name-only"],
    },
    {
      name: "the name within the owner's id",
      row: 10,
      near: ["name-only"],
      pins: { repository_owner_id: "1" },
      sub: "repo:acme/api:ref:refs/heads/main",
      codes: ["name-within-owner"],
    },
    {
      name: "the name within no owner's id",
      near: ["name-within-owner"],
      pins: {},
      sub: "repo:acme/api:ref:refs/heads/main",
      codes: ["name-only"],
    },
    {
      name: "an id that is not digits",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": ["2", "acme/api"],
          "gh:sub": "repo:acme@1/api@2:ref:refs/heads/main",
        },
      },
      codes: ["id-not-exact"],
    },
    {
      name: "two ids in full",
      near: ["id-not-exact"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": ["2", 3],
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
      },
      codes: [],
    },
    {
      name: "another letter case",
      row: 19,
      context: { repository: { owner: "Acme", name: "API" } },
      sub: "repo:acme/api:ref:refs/heads/main",
      codes: ["letter-case"],
    },
    {
      name: "GitHub's spelling",
      near: ["letter-case"],
      context: { repository: { owner: "acme", name: "api" } },
      sub: ["repo:acme@1/api@2:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
      codes: [],
    },
    {
      name: "another repository is not a matter of case",
      near: ["letter-case"],
      context: { repository: { owner: "acme", name: "web" } },
      sub: "repo:acme/api:ref:refs/heads/main",
      codes: [],
    },
    {
      name: "the case ignored",
      row: 19,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository_id": "2" },
        StringEqualsIgnoreCase: { "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
      codes: ["ignore-case"],
    },
    {
      name: "the case of an id ignored",
      near: ["ignore-case"],
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        StringEqualsIgnoreCase: { "gh:repository_id": "2" },
      },
      codes: [],
    },
    { name: "repo:x:*", row: 13, sub: "repo:acme/api:*", codes: ["any-ref"] },
    {
      name: "repo:x:* with push",
      row: 13,
      near: ["pull-request-push", "any-branch"],
      sub: "repo:acme/api:*",
      context: { hasPush: true },
      codes: ["any-ref"],
    },
    {
      name: "a template with only the repository",
      row: 13,
      sub: "repo:acme/api",
      codes: ["any-ref", "sub-form"],
    },
    {
      name: "refs/heads/*",
      row: 13,
      near: ["any-ref", "any-tag"],
      sub: "repo:acme/api:ref:refs/heads/*",
      codes: ["any-branch"],
    },
    {
      name: "ref:*",
      row: 13,
      near: ["any-ref", "pull-request"],
      sub: "repo:acme/api:ref:*",
      codes: ["any-branch", "any-tag", "mixed-context"],
    },
    {
      name: "*:*: pull requests have no second part",
      row: 13,
      near: ["any-ref"],
      sub: "repo:acme/api:*:*",
      codes: ["any-branch", "any-environment", "any-tag", "mixed-context"],
    },
    { name: "refs/heads/??*", row: 13, sub: "repo:acme/api:ref:refs/heads/??*", codes: ["any-branch"] },
    {
      name: "refs/tags/*",
      row: 25,
      near: ["any-branch"],
      sub: "repo:acme/api:ref:refs/tags/*",
      codes: ["any-tag"],
    },
    { name: "refs/tags/v*", row: 25, near: ["any-tag"], sub: "repo:acme/api:ref:refs/tags/v*", codes: [] },
    {
      name: "environment:*",
      row: 16,
      sub: "repo:acme/api:environment:*",
      codes: ["any-environment", "mixed-context"],
    },
    {
      name: "environment:prod-*",
      near: ["any-environment"],
      sub: "repo:acme/api:environment:prod-*",
      codes: [],
    },
    { name: "a wildcard before the kind", row: 13, sub: "repo:acme/api:*main", codes: ["mixed-context"] },
    { name: "pull_request", row: 14, sub: "repo:acme/api:pull_request", codes: ["pull-request"] },
    {
      name: "pull_request, with pull access",
      row: 14,
      near: ["pull-request", "pull-request-push"],
      sub: "repo:acme/api:pull_request",
      context: { hasPush: false },
      codes: [],
    },
    {
      name: "pull_request, with push access",
      row: 14,
      sub: "repo:acme/api:pull_request",
      context: { hasPush: true },
      codes: ["pull-request-push"],
    },
    {
      name: "pull_*, with push access",
      row: 14,
      sub: "repo:acme/api:pull_*",
      context: { hasPush: true },
      codes: ["pull-request-push"],
    },
    {
      name: "a branch named pull_request",
      near: ["pull-request-push"],
      sub: "repo:acme/api:ref:refs/heads/pull_request",
      context: { hasPush: true },
      codes: [],
    },
    {
      name: "sub repo:acme/api:refs/heads/main",
      row: 22,
      sub: "repo:acme/api:refs/heads/main",
      codes: ["sub-form"],
    },
    { name: "sub repo:acme/api:main", row: 22, sub: "repo:acme/api:main", codes: ["sub-form"] },
    { name: "sub repo:acme/api:ref:main", row: 22, sub: "repo:acme/api:ref:main", codes: ["sub-form"] },
    { name: "sub repo:acme/api:ref:heads/*", row: 22, sub: "repo:acme/api:ref:heads/*", codes: ["sub-form"] },
    { name: "sub repo:acme/api:branch:main", row: 22, sub: "repo:acme/api:branch:main", codes: ["sub-form"] },
    {
      name: "sub repo:acme/api:environment:",
      row: 22,
      sub: "repo:acme/api:environment:",
      codes: ["any-branch", "any-tag", "pull-request", "sub-form"],
    },
    { name: "sub repo:acme/api:ref", row: 22, sub: "repo:acme/api:ref", codes: ["sub-form"] },
    {
      name: "sub repo:acme/api@2:ref:refs/heads/main",
      row: 22,
      sub: "repo:acme/api@2:ref:refs/heads/main",
      codes: ["sub-form"],
    },
    {
      name: "sub repo:acme/api/x:ref:refs/heads/main",
      row: 22,
      sub: "repo:acme/api/x:ref:refs/heads/main",
      codes: ["sub-form"],
    },
    {
      name: "sub repo:acme corp/api:ref:refs/heads/main",
      row: 22,
      sub: "repo:acme corp/api:ref:refs/heads/main",
      codes: ["sub-form"],
    },
    {
      name: "a custom property in the template",
      near: ["colon-not-encoded"],
      sub: "repo:acme/api:repo_property_tier:gold",
      codes: ["any-ref", "sub-form"],
    },
    {
      name: "a wildcard that can still become a ref",
      near: ["sub-form"],
      sub: "repo:acme/api:ref:refs/heads/rel*",
      codes: [],
    },
    {
      name: "a plain colon in an environment",
      row: 21,
      sub: "repo:acme/api:environment:Production:V1",
      codes: ["colon-not-encoded"],
    },
    {
      name: "an encoded colon",
      row: 21,
      near: ["colon-not-encoded"],
      sub: "repo:acme/api:environment:Production%3AV1",
      codes: ["colon-ambiguous"],
    },
    {
      name: "an encoded colon behind a wildcard",
      row: 21,
      sub: "repo:acme/api:environment:prod-*%3AV1",
      codes: ["colon-ambiguous"],
    },
    {
      name: "an encoded colon in a branch, which is a part of its name",
      row: 21,
      near: ["colon-ambiguous"],
      sub: "repo:acme/api:ref:refs/heads/a%3Ab",
      codes: [],
    },
    {
      name: "ForAllValues on sub",
      row: 8,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        "ForAllValues:StringLike": { "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
      codes: ["for-all-values", "name-only"],
    },
    {
      name: "ForAllValues on both",
      row: 8,
      condition: {
        "ForAllValues:StringEquals": {
          "gh:aud": "sts.amazonaws.com",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
      },
      codes: ["for-all-values", "name-only"],
    },
    {
      name: "ForAllValues next to a condition that holds",
      row: 8,
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        "ForAllValues:StringEquals": { "gh:actor": "alice" },
      },
      codes: ["for-all-values"],
    },
    {
      name: "ForAllValues in a Deny",
      row: 8,
      near: ["for-all-values"],
      statements: [
        {
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
        { Effect: "Deny", Condition: { "ForAllValues:StringEquals": { "gh:actor": "mallory" } } },
      ],
      codes: [],
    },
    {
      name: "ForAnyValue",
      near: ["for-all-values"],
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository_id": "2" },
        "ForAnyValue:StringEquals": { "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
      codes: [],
    },
    {
      name: "ForAllValues on a tag key, which is made for it",
      near: ["for-all-values"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] },
      },
      codes: [],
    },
    {
      name: "sub with IfExists",
      row: 8,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringLikeIfExists: { "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
      codes: ["if-exists", "name-only"],
    },
    {
      name: "IfExists on a key that is not in tokens",
      near: ["if-exists", "key-other-issuer"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        StringEqualsIfExists: { "aws:SourceVpc": "vpc-1" },
      },
      codes: [],
    },
    {
      name: "a negated condition next to one that holds",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        StringNotEquals: { "gh:actor": "mallory" },
      },
      codes: ["negated-condition"],
    },
    {
      name: "a negated condition in a Deny",
      near: ["negated-condition"],
      statements: [
        {
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
        { Effect: "Deny", Condition: { StringNotEquals: { "gh:actor": "alice" } } },
      ],
      codes: [],
    },
    {
      name: "Null on sub",
      row: 8,
      condition: { StringEquals: { "gh:aud": "sts.amazonaws.com" }, Null: { "gh:sub": "false" } },
      codes: ["null-condition", "sub-missing"],
    },
    {
      name: "Null on a key that is not in tokens",
      near: ["null-condition"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        Null: { "aws:SourceVpc": "true" },
      },
      codes: [],
    },
    {
      name: "ref *",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        StringLike: { "gh:ref": "*" },
      },
      codes: ["condition-vacuous"],
    },
    {
      name: "ref refs/*",
      near: ["condition-vacuous"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        StringLike: { "gh:ref": "refs/*" },
      },
      codes: [],
    },
    {
      name: "a wildcard under StringEquals",
      row: 18,
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/*",
        },
      },
      codes: ["literal-wildcard"],
    },
    {
      name: "the guide's own advice: a repository * under StringEquals",
      row: 18,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/*:ref:refs/heads/main" },
      },
      codes: ["literal-wildcard"],
    },
    {
      name: "a star that stands for itself",
      row: 18,
      near: ["literal-wildcard", "policy-variable"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:environment:a${*}b",
        },
      },
      codes: [],
    },
    {
      name: "a star that stands for itself, under StringLike",
      near: ["literal-wildcard", "any-environment"],
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository_id": "2" },
        StringLike: { "gh:sub": "repo:acme/api:environment:a${*}b" },
      },
      codes: [],
    },
    {
      name: "a variable in the subject",
      row: 26,
      sub: "repo:acme/api:ref:${gh:ref}",
      codes: ["policy-variable", "sub-any"],
    },
    {
      name: "a variable with a default",
      row: 26,
      sub: "repo:acme/api:environment:${gh:environment, 'prod'}",
      codes: ["policy-variable", "sub-any"],
    },
    {
      name: "a workflow's expression in the subject",
      row: 26,
      sub: "repo:${{ github.repository }}:ref:refs/heads/main",
      codes: ["policy-variable", "sub-any"],
    },
    {
      name: "a variable in another claim",
      row: 26,
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
          "gh:workflow": "${gh:ref}",
        },
      },
      codes: ["policy-variable"],
    },
    {
      name: "a variable before 2012-10-17 is text",
      row: 26,
      near: ["policy-variable"],
      version: "2008-10-17",
      sub: "repo:acme/api:environment:${x}",
      codes: ["version-old"],
    },
    {
      name: "a condition on event_name",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        StringLike: { "gh:event_name": "x*" },
      },
      codes: ["key-not-evaluated"],
    },
    {
      name: "a condition on runner_environment",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        StringLike: { "gh:runner_environment": "x*" },
      },
      codes: ["key-not-evaluated"],
    },
    {
      name: "a condition on workflow_ref",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        StringLike: { "gh:workflow_ref": "x*" },
      },
      codes: ["key-not-evaluated"],
    },
    {
      name: "a condition on repository_owner",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        StringLike: { "gh:repository_owner": "x*" },
      },
      codes: ["key-not-evaluated"],
    },
    {
      name: "a condition on ref_type",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        StringLike: { "gh:ref_type": "x*" },
      },
      codes: ["key-not-evaluated"],
    },
    {
      name: "a condition on event_name, negated, guards nothing",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        StringNotEquals: { "gh:event_name": "pull_request_target" },
      },
      codes: ["key-not-evaluated"],
    },
    {
      name: "a Deny on event_name denies nobody",
      statements: [
        {
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
        { Effect: "Deny", Condition: { StringEquals: { "gh:event_name": "pull_request_target" } } },
      ],
      codes: ["key-not-evaluated"],
    },
    {
      name: "a condition on actor, which AWS evaluates",
      near: ["key-not-evaluated"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
          "gh:actor": "x",
        },
      },
      codes: [],
    },
    {
      name: "a condition on ref, which AWS evaluates",
      near: ["key-not-evaluated"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
          "gh:ref": "x",
        },
      },
      codes: ["value-never"],
    },
    {
      name: "two conditions on ref that no run satisfies at once",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme@1/api@2:ref:refs/heads/main",
          "gh:ref": "refs/heads/main",
        },
        StringLike: { "gh:ref": "refs/tags/*" },
      },
      codes: ["conditions-contradict"],
    },
    {
      name: "two conditions on ref that a run satisfies at once",
      near: ["conditions-contradict"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme@1/api@2:ref:refs/heads/main",
          "gh:ref": "refs/heads/main",
        },
        StringLike: { "gh:ref": "refs/heads/*" },
      },
      codes: [],
    },
    {
      name: "a ref that GitHub sends",
      near: ["value-never", "any-ref"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:ref": "refs/heads/main",
        },
        StringLike: { "gh:sub": "repo:acme/api:*" },
      },
      codes: [],
    },
    {
      name: "an environment beside everything that a repository sends",
      near: ["any-ref", "any-environment", "sub-form"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:environment": "prod",
        },
        StringLike: { "gh:sub": "repo:acme@1/api@2:*" },
      },
      codes: [],
    },
    {
      name: "an environment if there is one",
      row: 13,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository_id": "2" },
        StringEqualsIfExists: { "gh:environment": "prod" },
        StringLike: { "gh:sub": "repo:acme@1/api@2:*" },
      },
      codes: ["any-branch", "any-tag", "if-exists", "pull-request"],
    },
    {
      name: "another id than the subject's",
      row: 22,
      near: ["any-ref"],
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository_id": "3" },
        StringLike: { "gh:sub": "repo:acme@1/api@2:*" },
      },
      codes: ["sub-form"],
    },
    {
      name: "iss, which AWS never has, where it restricts nothing",
      near: ["for-all-values", "aud-missing"],
      condition: {
        "ForAllValues:StringEquals": { "gh:iss": "https://token.actions.githubusercontent.com" },
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
      },
      codes: ["key-not-evaluated"],
    },
    {
      name: "a condition on enterprise_id, which AWS evaluates",
      near: ["key-not-evaluated"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
          "gh:enterprise_id": "x",
        },
      },
      codes: ["value-never"],
    },
    {
      name: "a condition on workflow, which AWS evaluates",
      near: ["key-not-evaluated"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
          "gh:workflow": "x",
        },
      },
      codes: [],
    },
    {
      name: "a condition on environment, which AWS evaluates",
      near: ["key-not-evaluated"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
          "gh:environment": "x",
        },
      },
      codes: ["sub-form"],
    },
    {
      name: "the enterprise's provider, the key without its slug",
      statements: [
        {
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com/acme",
          },
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: ["aud-missing", "key-other-issuer"],
    },
    {
      name: "an operator that does not exist",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        StringMatches: { "gh:ref": "x" },
      },
      codes: ["operator-unknown"],
    },
    {
      name: "an operator in the wrong letters",
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository_id": "2" },
        stringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
      codes: ["operator-unknown", "sub-missing"],
    },
    {
      name: "NullIfExists",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        NullIfExists: { "gh:ref": "true" },
      },
      codes: ["operator-unknown"],
    },
    {
      name: "an address",
      near: ["operator-type", "operator-unknown"],
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        IpAddress: { "aws:SourceIp": "10.0.0.0/8" },
      },
      codes: [],
    },
    {
      name: "a number",
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        NumericEquals: { "gh:repository_id": 2 },
      },
      codes: ["name-only", "operator-type"],
    },
    {
      name: "Bool on a claim",
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
        },
        Bool: { "gh:environment": "true" },
      },
      codes: ["operator-type"],
    },
    {
      name: "an ARN operator on sub holds nothing",
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        ArnLike: { "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
      codes: ["operator-type", "sub-missing"],
    },
    {
      name: "a claim in a second statement",
      row: 24,
      statements: [
        {
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
        {
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
              "gh:job_workflow_ref": "acme/wf/.github/workflows/ci.yml@refs/heads/main",
            },
          },
        },
      ],
      codes: ["split-conditions"],
    },
    {
      name: "sub in one of two statements",
      row: 24,
      statements: [
        {
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
        { Condition: { StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository_id": "2" } } },
      ],
      codes: ["split-conditions", "sub-missing"],
    },
    {
      name: "aud in the one, sub in the other",
      row: 24,
      statements: [
        { Condition: { StringEquals: { "gh:aud": "sts.amazonaws.com" } } },
        { Condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
      ],
      codes: ["aud-missing", "name-only", "split-conditions", "sub-missing"],
    },
    {
      name: "two statements that demand the same",
      row: 24,
      near: ["split-conditions"],
      statements: [
        {
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
        {
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "3",
              "gh:sub": "repo:acme/web:ref:refs/heads/main",
            },
          },
        },
      ],
      codes: [],
    },
    {
      name: "two statements about two issuers",
      near: ["split-conditions", "other-provider"],
      statements: [
        {
          Condition: {
            StringEquals: {
              "gh:aud": "sts.amazonaws.com",
              "gh:repository_id": "2",
              "gh:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
        {
          Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.octo.ghe.com" },
          Condition: {
            StringEquals: {
              "token.actions.octo.ghe.com:aud": "sts.amazonaws.com",
              "token.actions.octo.ghe.com:repository_id": "2",
              "token.actions.octo.ghe.com:sub": "repo:acme/api:ref:refs/heads/main",
              "token.actions.octo.ghe.com:ref": "refs/heads/main",
            },
          },
        },
      ],
      codes: [],
    },
    {
      name: "a branch, with hints",
      row: 15,
      context: { hints: true },
      sub: "repo:acme/api:ref:refs/heads/main",
      codes: ["hint-pull-request-target"],
    },
    {
      name: "a branch, without hints",
      row: 15,
      near: ["hint-pull-request-target"],
      sub: "repo:acme/api:ref:refs/heads/main",
      codes: [],
    },
    {
      name: "a branch and a workflow, with hints",
      row: 15,
      near: ["hint-pull-request-target"],
      context: { hints: true },
      condition: {
        StringEquals: {
          "gh:aud": "sts.amazonaws.com",
          "gh:repository_id": "2",
          "gh:sub": "repo:acme/api:ref:refs/heads/main",
          "gh:job_workflow_ref": "acme/wf/.github/workflows/ci.yml@refs/heads/main",
        },
      },
      codes: [],
    },
    {
      name: "an environment, with hints",
      row: 16,
      near: ["hint-pull-request-target"],
      context: { hints: true },
      sub: "repo:acme/api:environment:Prod",
      codes: ["hint-environment-case", "hint-environment-rules"],
    },
    {
      name: "a tag, with hints",
      row: 20,
      near: ["hint-environment-case", "hint-environment-rules"],
      context: { hints: true },
      sub: "repo:acme/api:ref:refs/tags/v*",
      codes: [],
    },
    {
      name: "the guide's policy",
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
      },
      codes: ["name-only"],
    },
    {
      name: "GitHub's documentation: environment",
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:octo-org/octo-repo:environment:prod" },
      },
      codes: ["name-only"],
    },
    {
      name: "the usual terraform module",
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringLike: { "gh:sub": "repo:acme/api:*" },
      },
      codes: ["any-ref", "name-only"],
    },
    {
      name: "ForAllValues, as two well-known modules had it",
      row: 8,
      condition: {
        "ForAllValues:StringEquals": {
          "gh:iss": "https://token.actions.githubusercontent.com",
          "gh:aud": "sts.amazonaws.com",
        },
        "ForAllValues:StringLike": { "gh:sub": "repo:acme/api:*" },
      },
      codes: ["any-ref", "for-all-values", "key-not-evaluated", "name-only"],
    },
  ],
};
