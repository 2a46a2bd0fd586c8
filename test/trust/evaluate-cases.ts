/** In the table, `gh:` stands for the issuer's prefix, and a statement lists only its differences from the default. */
export type Case = {
  name: string;
  version?: string | null;
  statements?: Record<string, unknown>[];
  policy?: unknown;
  issuerHost?: string;
  claims?: Record<string, unknown>;
  allowed: boolean;
  decided?: boolean;
  /** The index of the statement whose conditions the evaluation has; null if it has none. */
  statement?: number | null;
};

/** `holds` says for each claim whether the condition holds. Null stands for an absent claim. */
export type OperatorRow = {
  operator: string;
  values: unknown[];
  holds: [claim: unknown, expected: boolean][];
  known?: boolean;
  knownWhenAbsent?: boolean;
  /** Why the row is as it is. No test reads it. */
  why?: string;
};

export const table: {
  statement: Record<string, unknown>;
  token: { issuerHost: string; claims: Record<string, unknown> };
  operators: readonly OperatorRow[];
  policies: readonly Case[];
} = {
  statement: {
    Effect: "Allow",
    Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" },
    Action: "sts:AssumeRoleWithWebIdentity",
  },
  token: {
    issuerHost: "token.actions.githubusercontent.com",
    claims: {
      aud: "sts.amazonaws.com",
      sub: "repo:acme/api:ref:refs/heads/main",
      ref: "refs/heads/main",
      repository: "acme/api",
      repository_id: "2",
      repository_owner: "acme",
      repository_owner_id: "1",
    },
  },
  operators: [
    {
      operator: "StringEquals",
      values: ["main"],
      holds: [
        ["main", true],
        ["dev", false],
        ["Main", false],
        ["", false],
        [null, false],
        ["mai", false],
        ["mainx", false],
      ],
    },
    {
      operator: "StringEquals",
      values: ["main", "dev"],
      holds: [
        ["main", true],
        ["dev", true],
        ["x", false],
        [null, false],
      ],
    },
    {
      operator: "StringEquals",
      values: ["release/*"],
      holds: [
        ["release/*", true],
        ["release/1", false],
      ],
      why: "a wildcard is a plain character here",
    },
    {
      operator: "StringEquals",
      values: ["v?"],
      holds: [
        ["v?", true],
        ["v1", false],
      ],
    },
    {
      operator: "StringEquals",
      values: [""],
      holds: [
        ["", true],
        ["x", false],
        [null, false],
      ],
    },
    {
      operator: "StringEquals",
      values: [],
      holds: [
        ["x", false],
        [null, false],
      ],
    },
    {
      operator: "StringNotEquals",
      values: ["main"],
      holds: [
        ["main", false],
        ["dev", true],
        ["Main", true],
        ["", true],
        [null, true],
      ],
    },
    {
      operator: "StringNotEquals",
      values: ["main", "dev"],
      holds: [
        ["main", false],
        ["dev", false],
        ["x", true],
        [null, true],
      ],
    },
    {
      operator: "StringNotEquals",
      values: ["release/*"],
      holds: [
        ["release/*", false],
        ["release/1", true],
      ],
    },
    {
      operator: "StringNotEquals",
      values: [],
      holds: [
        ["x", true],
        [null, true],
      ],
    },
    {
      operator: "StringEqualsIgnoreCase",
      values: ["Main"],
      holds: [
        ["main", true],
        ["MAIN", true],
        ["dev", false],
        [null, false],
      ],
    },
    {
      operator: "StringEqualsIgnoreCase",
      values: ["rel*"],
      holds: [
        ["REL*", true],
        ["release", false],
      ],
    },
    {
      operator: "StringNotEqualsIgnoreCase",
      values: ["Main"],
      holds: [
        ["main", false],
        ["MAIN", false],
        ["dev", true],
        [null, true],
      ],
    },
    {
      operator: "StringNotEqualsIgnoreCase",
      values: ["Main", "dev"],
      holds: [
        ["DEV", false],
        ["x", true],
        [null, true],
      ],
    },
    {
      operator: "StringLike",
      values: ["release/*"],
      holds: [
        ["release/1", true],
        ["release/", true],
        ["release/a/b:c", true],
        ["release", false],
        ["Release/1", false],
        ["xrelease/1", false],
        [null, false],
      ],
    },
    {
      operator: "StringLike",
      values: ["v?.?"],
      holds: [
        ["v1.2", true],
        ["v1.10", false],
        ["v.2", false],
        [null, false],
      ],
    },
    {
      operator: "StringLike",
      values: ["main"],
      holds: [
        ["main", true],
        ["mainx", false],
        [null, false],
      ],
    },
    {
      operator: "StringLike",
      values: ["*"],
      holds: [
        ["anything", true],
        ["", true],
        [null, false],
      ],
    },
    {
      operator: "StringLike",
      values: ["?*"],
      holds: [
        ["x", true],
        ["", false],
        [null, false],
      ],
    },
    {
      operator: "StringLike",
      values: ["a*b*c"],
      holds: [
        ["abc", true],
        ["aXbYc", true],
        ["acb", false],
        ["abcb", false],
        ["abcbc", true],
      ],
    },
    {
      operator: "StringLike",
      values: ["main", "dev-*"],
      holds: [
        ["dev-1", true],
        ["main", true],
        ["dev", false],
      ],
    },
    {
      operator: "StringNotLike",
      values: ["release/*"],
      holds: [
        ["release/1", false],
        ["main", true],
        [null, true],
      ],
    },
    {
      operator: "StringNotLike",
      values: ["release/*", "main"],
      holds: [
        ["main", false],
        ["release/", false],
        ["dev", true],
        [null, true],
      ],
    },
    {
      operator: "StringEqualsIfExists",
      values: ["main"],
      holds: [
        ["main", true],
        ["dev", false],
        ["", false],
        [null, true],
      ],
    },
    {
      operator: "StringNotEqualsIfExists",
      values: ["main"],
      holds: [
        ["main", false],
        ["dev", true],
        [null, true],
      ],
    },
    {
      operator: "StringEqualsIgnoreCaseIfExists",
      values: ["main"],
      holds: [
        ["MAIN", true],
        ["dev", false],
        [null, true],
      ],
    },
    {
      operator: "StringNotEqualsIgnoreCaseIfExists",
      values: ["main"],
      holds: [
        ["MAIN", false],
        ["dev", true],
        [null, true],
      ],
    },
    {
      operator: "StringLikeIfExists",
      values: ["m*"],
      holds: [
        ["main", true],
        ["dev", false],
        [null, true],
      ],
    },
    {
      operator: "StringNotLikeIfExists",
      values: ["m*"],
      holds: [
        ["main", false],
        ["dev", true],
        [null, true],
      ],
    },
    {
      operator: "ForAnyValue:StringEquals",
      values: ["a", "b"],
      holds: [
        [["a"], true],
        [["x", "b"], true],
        [["x"], false],
        [[], false],
        ["", false],
        [null, false],
      ],
    },
    {
      operator: "ForAnyValue:StringNotEquals",
      values: ["a", "b"],
      holds: [
        [["a"], false],
        [["a", "b"], false],
        [["a", "x"], true],
        [["x"], true],
        [[], false],
        [null, false],
      ],
    },
    {
      operator: "ForAnyValue:StringEqualsIgnoreCase",
      values: ["a"],
      holds: [
        [["A", "x"], true],
        [["x"], false],
        [null, false],
      ],
    },
    {
      operator: "ForAnyValue:StringNotEqualsIgnoreCase",
      values: ["a"],
      holds: [
        [["A"], false],
        [["A", "x"], true],
        [null, false],
      ],
    },
    {
      operator: "ForAnyValue:StringLike",
      values: ["a*"],
      holds: [
        [["x", "ab"], true],
        [["x"], false],
        [null, false],
      ],
    },
    {
      operator: "ForAnyValue:StringNotLike",
      values: ["a*"],
      holds: [
        [["ab"], false],
        [["ab", "x"], true],
        [null, false],
      ],
    },
    {
      operator: "ForAnyValue:StringEqualsIfExists",
      values: ["a"],
      holds: [
        [["a"], true],
        [["x"], false],
        [null, true],
      ],
      why: "AWS's text; others measured false for an absent key, so it is not known",
      knownWhenAbsent: false,
    },
    {
      operator: "ForAnyValue:StringNotLikeIfExists",
      values: ["a*"],
      holds: [
        [["ab"], false],
        [["x"], true],
        [null, true],
      ],
      knownWhenAbsent: false,
    },
    {
      operator: "ForAnyValue:Bool",
      values: ["true"],
      holds: [
        [["false", "true"], true],
        [["false"], false],
        [null, false],
      ],
    },
    {
      operator: "ForAnyValue:ArnLike",
      values: ["arn:aws:iam::*:role/r"],
      holds: [
        [["arn:aws:iam::1:role/r"], true],
        [["x"], false],
        [null, false],
      ],
    },
    {
      operator: "ForAllValues:StringEquals",
      values: ["a", "b"],
      holds: [
        [["a"], true],
        [["a", "b"], true],
        [["a", "x"], false],
        [[], true],
        ["", true],
        [null, true],
      ],
    },
    {
      operator: "ForAllValues:StringNotEquals",
      values: ["a", "b"],
      holds: [
        [["x"], true],
        [["x", "a"], false],
        [[], true],
        [null, true],
      ],
    },
    {
      operator: "ForAllValues:StringEqualsIgnoreCase",
      values: ["a"],
      holds: [
        [["A", "a"], true],
        [["A", "x"], false],
        [null, true],
      ],
    },
    {
      operator: "ForAllValues:StringNotEqualsIgnoreCase",
      values: ["a"],
      holds: [
        [["x"], true],
        [["A", "x"], false],
        [null, true],
      ],
    },
    {
      operator: "ForAllValues:StringLike",
      values: ["a*"],
      holds: [
        [["ab", "a"], true],
        [["ab", "x"], false],
        [null, true],
      ],
    },
    {
      operator: "ForAllValues:StringNotLike",
      values: ["a*"],
      holds: [
        [["x"], true],
        [["x", "ab"], false],
        [null, true],
      ],
    },
    {
      operator: "ForAllValues:StringEqualsIfExists",
      values: ["a"],
      holds: [
        [["a"], true],
        [["x"], false],
        [null, true],
      ],
    },
    {
      operator: "ForAllValues:Bool",
      values: ["true"],
      holds: [
        [["true", "true"], true],
        [["true", "false"], false],
        [null, true],
      ],
    },
    {
      operator: "ForAllValues:ArnNotEquals",
      values: ["arn:aws:iam::1:role/r"],
      holds: [
        [["arn:aws:iam::2:role/r"], true],
        [["arn:aws:iam::1:role/r"], false],
        [null, true],
      ],
    },
    {
      operator: "StringEquals",
      values: ["a"],
      holds: [
        [["a", "x"], true],
        [["x", "y"], false],
        [[], false],
      ],
    },
    {
      operator: "StringNotEquals",
      values: ["a"],
      holds: [
        [["a", "x"], false],
        [["x", "y"], true],
        [[], true],
      ],
    },
    {
      operator: "ArnEquals",
      values: ["arn:aws:iam::*:role/deploy"],
      holds: [
        ["arn:aws:iam::123456789012:role/deploy", true],
        ["arn:aws:iam::1:x:role/deploy", false],
        ["arn:aws:iam::1:role/other", false],
        ["no arn", false],
        [null, false],
      ],
    },
    {
      operator: "ArnLike",
      values: ["arn:aws:iam::1:role/*"],
      holds: [
        ["arn:aws:iam::1:role/a/b:c", true],
        ["arn:aws:iam::2:role/a", false],
        ["arn:aws:iam::1", false],
        [null, false],
      ],
    },
    {
      operator: "ArnLike",
      values: ["arn:aws:s:*:111122223333:finance/*"],
      holds: [
        ["arn:aws:s:us-east-2:999999999999:store/abc:111122223333:finance/document.txt", false],
        ["arn:aws:s:us-east-2:111122223333:finance/document.txt", true],
      ],
      why: "AWS's own example: a * does not cross a colon",
    },
    {
      operator: "ArnLike",
      values: ["*"],
      holds: [
        ["arn:aws:iam::1:role/a", true],
        [null, false],
      ],
    },
    {
      operator: "ArnLike",
      values: ["arn:aws:iam::1:role"],
      holds: [
        ["arn:aws:iam::1:role", true],
        ["arn:aws:iam::1:role/x", false],
      ],
    },
    {
      operator: "ArnLike",
      values: ["arn:aws:iam::1:role/a:b"],
      holds: [
        ["arn:aws:iam::1:role/a:b", true],
        ["arn:aws:iam::1:role/a:c", false],
      ],
      why: "what is behind the fifth colon stays together",
    },
    {
      operator: "ArnNotEquals",
      values: ["arn:aws:iam::1:role/r"],
      holds: [
        ["arn:aws:iam::1:role/r", false],
        ["arn:aws:iam::1:role/s", true],
        [null, true],
      ],
    },
    {
      operator: "ArnNotLike",
      values: ["arn:aws:iam::1:*"],
      holds: [
        ["arn:aws:iam::1:role/r", false],
        ["arn:aws:iam::2:role/s", true],
        [null, true],
      ],
    },
    {
      operator: "ArnEqualsIfExists",
      values: ["arn:aws:iam::1:role/r"],
      holds: [
        ["arn:aws:iam::2:role/r", false],
        [null, true],
      ],
    },
    {
      operator: "ArnLikeIfExists",
      values: ["arn:aws:iam::1:*"],
      holds: [
        ["arn:aws:iam::1:role/r", true],
        ["arn:aws:iam::2:role/r", false],
        [null, true],
      ],
    },
    {
      operator: "ArnNotLikeIfExists",
      values: ["arn:aws:iam::1:*"],
      holds: [
        ["arn:aws:iam::1:role/r", false],
        [null, true],
      ],
    },
    {
      operator: "Bool",
      values: ["true"],
      holds: [
        ["true", true],
        [true, true],
        ["True", true],
        ["false", false],
        [false, false],
        ["yes", false],
        [null, false],
      ],
    },
    {
      operator: "Bool",
      values: ["false"],
      holds: [
        ["false", true],
        [false, true],
        ["true", false],
        [null, false],
      ],
    },
    {
      operator: "BoolIfExists",
      values: ["true"],
      holds: [
        [true, true],
        [false, false],
        [null, true],
      ],
    },
    {
      operator: "Null",
      values: ["true"],
      holds: [
        ["x", false],
        [null, true],
        [[], true],
        ["", true],
      ],
    },
    {
      operator: "Null",
      values: ["false"],
      holds: [
        ["x", true],
        [null, false],
        [[], false],
        ["", false],
      ],
    },
    {
      operator: "Null",
      values: ["True"],
      holds: [
        ["x", false],
        [null, true],
      ],
    },
    {
      operator: "Null",
      values: ["true", "false"],
      holds: [
        ["x", true],
        [null, true],
      ],
    },
    {
      operator: "StringEquals",
      values: ["2"],
      holds: [
        [2, true],
        ["2", true],
        [22, false],
      ],
    },
    {
      operator: "StringEquals",
      values: ["true"],
      holds: [
        [true, true],
        ["true", true],
        ["True", false],
      ],
    },
    {
      operator: "StringLike",
      values: ["2*"],
      holds: [
        [22, true],
        [3, false],
      ],
    },
    {
      operator: "NumericEquals",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "DateLessThan",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "IpAddress",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "NotIpAddress",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "BinaryEquals",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "NumericLessThanEqualsIfExists",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "ForAllValues:DateNotEquals",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "stringEquals",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "StringequalsIgnoreCase",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "StringMatches",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "NullIfExists",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "ForAnyValue:Null",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "ForAllValues:Null",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "forAnyValue:StringEquals",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "ForAllValues::StringEquals",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "StringLikeIgnoreCase",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "StringEqualsIfExistsIfExists",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "toString",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "__proto__",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: "",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
    {
      operator: " StringEquals",
      values: ["2"],
      holds: [
        ["2", false],
        [null, false],
      ],
      known: false,
    },
  ],
  policies: [
    {
      name: "the plain policy",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
      ],
      allowed: true,
    },
    {
      name: "another branch",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
      ],
      claims: { sub: "repo:acme/api:ref:refs/heads/dev" },
      allowed: false,
    },
    {
      name: "another audience",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
      ],
      claims: { aud: "https://github.com/acme" },
      allowed: false,
    },
    {
      name: "a statement that is not in a list",
      policy: {
        Version: "2012-10-17",
        Statement: {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
      },
      allowed: true,
    },
    { name: "no conditions", statements: [{}], allowed: true },
    { name: "an empty Condition", statements: [{ Condition: {} }], allowed: true },
    { name: "no statements", statements: [], allowed: false },
    {
      name: "single string or list: principal and action",
      statements: [
        {
          Principal: {
            Federated: ["arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"],
          },
          Action: ["sts:AssumeRoleWithWebIdentity"],
        },
      ],
      allowed: true,
    },
    {
      name: "the provider in a longer list",
      statements: [
        {
          Principal: {
            Federated: [
              "accounts.google.com",
              "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
            ],
          },
        },
      ],
      allowed: true,
    },
    {
      name: "another provider",
      statements: [{ Principal: { Federated: "accounts.google.com" } }],
      allowed: false,
    },
    {
      name: "the provider of another account",
      statements: [
        {
          Principal: {
            Federated: "arn:aws:iam::210987654321:oidc-provider/token.actions.githubusercontent.com",
          },
        },
      ],
      allowed: false,
    },
    {
      name: "the provider in other letters",
      statements: [
        {
          Principal: {
            Federated: "ARN:AWS:IAM::123456789012:OIDC-PROVIDER/TOKEN.ACTIONS.GITHUBUSERCONTENT.COM",
          },
        },
      ],
      allowed: false,
    },
    {
      name: "a wildcard in the provider's name is none",
      statements: [{ Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/*" } }],
      allowed: false,
    },
    {
      name: "the enterprise's provider",
      statements: [
        {
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com/acme",
          },
        },
      ],
      allowed: false,
    },
    { name: "Principal *", statements: [{ Principal: "*" }], allowed: true },
    { name: "Principal AWS *", statements: [{ Principal: { AWS: "*" } }], allowed: true },
    {
      name: "Principal Federated *",
      statements: [{ Principal: { Federated: "*" } }],
      allowed: true,
    },
    {
      name: "Principal Service *",
      statements: [{ Principal: { Service: "*" } }],
      allowed: false,
    },
    {
      name: "Principal AWS, an account",
      statements: [{ Principal: { AWS: "123456789012" } }],
      allowed: false,
    },
    {
      name: "Principal AWS with the provider's ARN",
      statements: [
        { Principal: { AWS: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" } },
      ],
      allowed: false,
    },
    {
      name: "an account as well as the provider",
      statements: [
        {
          Principal: {
            AWS: "123456789012",
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
        },
      ],
      allowed: true,
    },
    {
      name: "CanonicalUser",
      statements: [
        { Principal: { CanonicalUser: "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be" } },
      ],
      allowed: false,
    },
    {
      name: "NotPrincipal: another provider",
      statements: [{ Principal: null, NotPrincipal: { Federated: "accounts.google.com" } }],
      allowed: true,
    },
    {
      name: "NotPrincipal: this provider",
      statements: [
        {
          Principal: null,
          NotPrincipal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
        },
      ],
      allowed: false,
    },
    {
      name: "NotPrincipal *",
      statements: [{ Principal: null, NotPrincipal: "*" }],
      allowed: false,
    },
    {
      name: "Deny with NotPrincipal: this provider is spared",
      statements: [
        {},
        {
          Effect: "Deny",
          Principal: null,
          NotPrincipal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
        },
      ],
      allowed: true,
    },
    {
      name: "Deny with NotPrincipal: another is spared",
      statements: [
        {},
        { Effect: "Deny", Principal: null, NotPrincipal: { Federated: "accounts.google.com" } },
      ],
      allowed: false,
    },
    { name: "Action sts:*", statements: [{ Action: "sts:*" }], allowed: true },
    { name: "Action *", statements: [{ Action: "*" }], allowed: true },
    {
      name: "Action sts:AssumeRole*",
      statements: [{ Action: "sts:AssumeRole*" }],
      allowed: true,
    },
    {
      name: "Action sts:AssumeRoleWith???Identity",
      statements: [{ Action: "sts:AssumeRoleWith???Identity" }],
      allowed: true,
    },
    {
      name: "Action STS:assumerolewithwebidentity",
      statements: [{ Action: "STS:assumerolewithwebidentity" }],
      allowed: true,
    },
    {
      name: "Action sts:AssumeRole",
      statements: [{ Action: "sts:AssumeRole" }],
      allowed: false,
    },
    {
      name: "Action sts:TagSession",
      statements: [{ Action: "sts:TagSession" }],
      allowed: false,
    },
    {
      name: "Action sts:AssumeRoleWithSAML",
      statements: [{ Action: "sts:AssumeRoleWithSAML" }],
      allowed: false,
    },
    {
      name: "Action sts:AssumeRoleWithWebIdentity ",
      statements: [{ Action: "sts:AssumeRoleWithWebIdentity " }],
      allowed: false,
    },
    {
      name: "Action iam:*",
      statements: [{ Action: "iam:*" }],
      allowed: false,
    },
    {
      name: "one of several actions",
      statements: [{ Action: ["sts:TagSession", "sts:AssumeRoleWithWebIdentity"] }],
      allowed: true,
    },
    { name: "no action", statements: [{ Action: [] }], allowed: false },
    {
      name: "NotAction: another",
      statements: [{ Action: null, NotAction: "sts:AssumeRole" }],
      allowed: true,
    },
    {
      name: "NotAction: this",
      statements: [{ Action: null, NotAction: ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"] }],
      allowed: false,
    },
    {
      name: "NotAction: a wildcard that holds this",
      statements: [{ Action: null, NotAction: "sts:AssumeRoleWith*" }],
      allowed: false,
    },
    {
      name: "keys of one operator are ANDed",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main", "gh:ref": "refs/heads/dev" },
          },
        },
      ],
      allowed: false,
    },
    {
      name: "operators are ANDed",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" },
            StringLike: { "gh:ref": "refs/tags/*" },
          },
        },
      ],
      allowed: false,
    },
    {
      name: "values are ORed",
      statements: [
        {
          Condition: {
            StringEquals: {
              "gh:sub": ["repo:acme/other:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"],
            },
          },
        },
      ],
      allowed: true,
    },
    {
      name: "statements are ORed",
      statements: [
        { Condition: { StringEquals: { "gh:sub": "repo:acme/other:ref:refs/heads/main" } } },
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
      ],
      allowed: true,
    },
    {
      name: "a claim demanded in a second statement narrows nothing",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
        {
          Condition: {
            StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main", "gh:environment": "prod" },
          },
        },
      ],
      allowed: true,
    },
    {
      name: "an explicit Deny wins, wherever it stands",
      statements: [
        { Effect: "Deny", Condition: { StringEquals: { "gh:actor": "mallory" } } },
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
      ],
      claims: { actor: "mallory" },
      allowed: false,
    },
    {
      name: "a Deny after the Allow",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
        { Effect: "Deny", Condition: { StringEquals: { "gh:actor": "mallory" } } },
      ],
      claims: { actor: "mallory" },
      allowed: false,
    },
    {
      name: "a Deny that does not match",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
        { Effect: "Deny", Condition: { StringEquals: { "gh:actor": "mallory" } } },
      ],
      claims: { actor: "alice" },
      allowed: true,
    },
    {
      name: "a Deny of another action",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
        { Effect: "Deny", Action: "sts:AssumeRole" },
      ],
      allowed: true,
    },
    { name: "only a Deny", statements: [{ Effect: "Deny" }], allowed: false },
    {
      name: "a negated Deny catches an absent claim",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
        { Effect: "Deny", Condition: { StringNotEquals: { "gh:environment": "prod" } } },
      ],
      allowed: false,
    },
    {
      name: "a negated Deny with IfExists catches it too",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
        { Effect: "Deny", Condition: { StringNotEqualsIfExists: { "gh:environment": "prod" } } },
      ],
      allowed: false,
    },
    {
      name: "a Deny guarded by Null",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
        {
          Effect: "Deny",
          Condition: { StringNotEquals: { "gh:environment": "prod" }, Null: { "gh:environment": "false" } },
        },
      ],
      allowed: true,
    },
    {
      name: "keys are case-insensitive",
      statements: [
        {
          Condition: {
            StringEquals: {
              "TOKEN.actions.GitHubUserContent.com:SUB": "repo:acme/api:ref:refs/heads/main",
              "Token.Actions.githubusercontent.com:Aud": "sts.amazonaws.com",
            },
          },
        },
      ],
      allowed: true,
    },
    {
      name: "values are case-sensitive",
      statements: [{ Condition: { StringEquals: { "gh:sub": "repo:Acme/api:ref:refs/heads/main" } } }],
      allowed: false,
    },
    {
      name: "the key without its issuer",
      statements: [{ Condition: { StringEquals: { sub: "repo:acme/api:ref:refs/heads/main" } } }],
      allowed: false,
    },
    {
      name: "another issuer's key",
      statements: [
        { Condition: { StringEquals: { "accounts.google.com:sub": "repo:acme/api:ref:refs/heads/main" } } },
      ],
      allowed: false,
    },
    {
      name: "AWS evaluates actor",
      statements: [{ Condition: { StringEquals: { "gh:actor": "alice" } } }],
      claims: { actor: "alice" },
      allowed: true,
    },
    {
      name: "AWS evaluates actor_id",
      statements: [{ Condition: { StringEquals: { "gh:actor_id": "7" } } }],
      claims: { actor_id: "7" },
      allowed: true,
    },
    {
      name: "AWS evaluates enterprise_id",
      statements: [{ Condition: { StringEquals: { "gh:enterprise_id": "5" } } }],
      claims: { enterprise_id: "5" },
      allowed: true,
    },
    {
      name: "AWS evaluates environment",
      statements: [{ Condition: { StringEquals: { "gh:environment": "prod" } } }],
      claims: { environment: "prod" },
      allowed: true,
    },
    {
      name: "AWS evaluates job_workflow_ref",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:job_workflow_ref": "acme/wf/.github/workflows/ci.yml@refs/heads/main" },
          },
        },
      ],
      claims: { job_workflow_ref: "acme/wf/.github/workflows/ci.yml@refs/heads/main" },
      allowed: true,
    },
    {
      name: "AWS evaluates ref",
      statements: [{ Condition: { StringEquals: { "gh:ref": "refs/heads/main" } } }],
      claims: { ref: "refs/heads/main" },
      allowed: true,
    },
    {
      name: "AWS evaluates repository",
      statements: [{ Condition: { StringEquals: { "gh:repository": "acme/api" } } }],
      claims: { repository: "acme/api" },
      allowed: true,
    },
    {
      name: "AWS evaluates repository_id",
      statements: [{ Condition: { StringEquals: { "gh:repository_id": "2" } } }],
      claims: { repository_id: "2" },
      allowed: true,
    },
    {
      name: "AWS evaluates repository_owner_id",
      statements: [{ Condition: { StringEquals: { "gh:repository_owner_id": "1" } } }],
      claims: { repository_owner_id: "1" },
      allowed: true,
    },
    {
      name: "AWS evaluates workflow",
      statements: [{ Condition: { StringEquals: { "gh:workflow": "CI" } } }],
      claims: { workflow: "CI" },
      allowed: true,
    },
    {
      name: "AWS evaluates amr",
      statements: [{ Condition: { StringEquals: { "gh:amr": "x" } } }],
      claims: { amr: "x" },
      allowed: true,
    },
    {
      name: "AWS does not evaluate event_name",
      statements: [{ Condition: { StringEquals: { "gh:event_name": "push" } } }],
      claims: { event_name: "push" },
      allowed: false,
    },
    {
      name: "AWS does not evaluate runner_environment",
      statements: [{ Condition: { StringEquals: { "gh:runner_environment": "github-hosted" } } }],
      claims: { runner_environment: "github-hosted" },
      allowed: false,
    },
    {
      name: "AWS does not evaluate workflow_ref",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:workflow_ref": "acme/api/.github/workflows/ci.yml@refs/heads/main" },
          },
        },
      ],
      claims: { workflow_ref: "acme/api/.github/workflows/ci.yml@refs/heads/main" },
      allowed: false,
    },
    {
      name: "AWS does not evaluate repository_owner",
      statements: [{ Condition: { StringEquals: { "gh:repository_owner": "acme" } } }],
      claims: { repository_owner: "acme" },
      allowed: false,
    },
    {
      name: "AWS does not evaluate repository_visibility",
      statements: [{ Condition: { StringEquals: { "gh:repository_visibility": "private" } } }],
      claims: { repository_visibility: "private" },
      allowed: false,
    },
    {
      name: "AWS does not evaluate ref_type",
      statements: [{ Condition: { StringEquals: { "gh:ref_type": "branch" } } }],
      claims: { ref_type: "branch" },
      allowed: false,
    },
    {
      name: "AWS does not evaluate head_ref",
      statements: [{ Condition: { StringEquals: { "gh:head_ref": "x" } } }],
      claims: { head_ref: "x" },
      allowed: false,
    },
    {
      name: "AWS does not evaluate base_ref",
      statements: [{ Condition: { StringEquals: { "gh:base_ref": "x" } } }],
      claims: { base_ref: "x" },
      allowed: false,
    },
    {
      name: "AWS does not evaluate sha",
      statements: [{ Condition: { StringEquals: { "gh:sha": "abc" } } }],
      claims: { sha: "abc" },
      allowed: false,
    },
    {
      name: "AWS does not evaluate run_id",
      statements: [{ Condition: { StringEquals: { "gh:run_id": "1" } } }],
      claims: { run_id: "1" },
      allowed: false,
    },
    {
      name: "AWS does not evaluate iss",
      statements: [
        { Condition: { StringEquals: { "gh:iss": "https://token.actions.githubusercontent.com" } } },
      ],
      claims: { iss: "https://token.actions.githubusercontent.com" },
      allowed: false,
    },
    {
      name: "AWS does not evaluate jti",
      statements: [{ Condition: { StringEquals: { "gh:jti": "x" } } }],
      claims: { jti: "x" },
      allowed: false,
    },
    {
      name: "AWS does not evaluate enterprise",
      statements: [{ Condition: { StringEquals: { "gh:enterprise": "acme" } } }],
      claims: { enterprise: "acme" },
      allowed: false,
    },
    {
      name: "AWS does not evaluate check_run_id",
      statements: [{ Condition: { StringEquals: { "gh:check_run_id": "1" } } }],
      claims: { check_run_id: "1" },
      allowed: false,
    },
    {
      name: "AWS does not evaluate repo_property_tier",
      statements: [{ Condition: { StringEquals: { "gh:repo_property_tier": "gold" } } }],
      claims: { repo_property_tier: "gold" },
      allowed: false,
    },
    {
      name: "AWS does not evaluate toString",
      statements: [{ Condition: { StringEquals: { "gh:toString": "x" } } }],
      claims: { toString: "x" },
      allowed: false,
    },
    {
      name: "a claim that AWS does not evaluate, negated: always true",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" },
            StringNotEquals: { "gh:event_name": "pull_request_target" },
          },
        },
      ],
      claims: { event_name: "pull_request_target" },
      allowed: true,
    },
    {
      name: "a claim that AWS does not evaluate, with IfExists: always true",
      statements: [{ Condition: { StringEqualsIfExists: { "gh:event_name": "push" } } }],
      claims: { event_name: "pull_request" },
      allowed: true,
    },
    {
      name: "a claim that AWS does not evaluate, with ForAllValues: always true",
      statements: [{ Condition: { "ForAllValues:StringEquals": { "gh:event_name": "push" } } }],
      claims: { event_name: "pull_request" },
      allowed: true,
    },
    {
      name: "ForAllValues on a misspelled sub lets everyone in",
      statements: [
        { Condition: { "ForAllValues:StringLike": { "gh:subject": "repo:acme/api:ref:refs/heads/main" } } },
      ],
      claims: { sub: "repo:evil/x:ref:refs/heads/main" },
      allowed: true,
    },
    {
      name: "an enterprise's issuer: the slug is part of the key",
      statements: [
        {
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com/acme",
          },
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com/acme:sub": "repo:acme/api:ref:refs/heads/main",
              "token.actions.githubusercontent.com/acme:repository_id": "2",
            },
          },
        },
      ],
      issuerHost: "token.actions.githubusercontent.com/acme",
      allowed: true,
    },
    {
      name: "an enterprise's issuer: the key without the slug",
      statements: [
        {
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com/acme",
          },
          Condition: {
            StringEquals: { "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
      ],
      issuerHost: "token.actions.githubusercontent.com/acme",
      allowed: false,
    },
    {
      name: "github.com: the key with a slug",
      statements: [
        {
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com/acme:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      issuerHost: "token.actions.githubusercontent.com",
      allowed: false,
    },
    {
      name: "ghe.com",
      statements: [
        {
          Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.octo.ghe.com" },
          Condition: {
            StringEquals: {
              "token.actions.octo.ghe.com:sub": "repo:acme/api:ref:refs/heads/main",
              "token.actions.octo.ghe.com:repository_id": "2",
            },
          },
        },
      ],
      issuerHost: "token.actions.octo.ghe.com",
      allowed: true,
    },
    {
      name: "GitHub Enterprise Server: aud and sub",
      statements: [
        {
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/github.example.com/_services/token",
          },
          Condition: {
            StringEquals: {
              "github.example.com/_services/token:sub": "repo:acme/api:ref:refs/heads/main",
              "github.example.com/_services/token:aud": "sts.amazonaws.com",
            },
          },
        },
      ],
      issuerHost: "github.example.com/_services/token",
      allowed: true,
    },
    {
      name: "GitHub Enterprise Server: no other claim",
      statements: [
        {
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/github.example.com/_services/token",
          },
          Condition: {
            StringEquals: {
              "github.example.com/_services/token:sub": "repo:acme/api:ref:refs/heads/main",
              "github.example.com/_services/token:repository_id": "2",
            },
          },
        },
      ],
      issuerHost: "github.example.com/_services/token",
      allowed: false,
    },
    {
      name: "GitHub Enterprise Server: not ref either",
      statements: [
        {
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/github.example.com/_services/token",
          },
          Condition: { StringEquals: { "github.example.com/_services/token:ref": "refs/heads/main" } },
        },
      ],
      issuerHost: "github.example.com/_services/token",
      allowed: false,
    },
    {
      name: "a host that only looks like ghe.com's has only aud and sub",
      statements: [
        {
          Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.evil.com.ghe.com" },
          Condition: { StringEquals: { "token.actions.evil.com.ghe.com:repository_id": "2" } },
        },
      ],
      issuerHost: "token.actions.evil.com.ghe.com",
      allowed: false,
    },
    {
      name: "several audiences, one of them right",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
      ],
      claims: { aud: ["x", "sts.amazonaws.com"] },
      allowed: true,
    },
    {
      name: "a null claim is absent",
      statements: [{ Condition: { Null: { "gh:environment": "true" } } }],
      claims: { environment: null },
      allowed: true,
    },
    {
      name: "a numeric claim compares as text",
      statements: [{ Condition: { StringEquals: { "gh:repository_id": "2" } } }],
      claims: { repository_id: 2 },
      allowed: true,
    },
    {
      name: "a number in the policy compares as text",
      statements: [{ Condition: { StringEquals: { "gh:repository_id": 2 } } }],
      allowed: true,
    },
    {
      name: "a boolean in the policy compares as text",
      statements: [{ Condition: { Null: { "gh:environment": true } } }],
      allowed: true,
    },
    {
      name: "claims from a prototype do not count",
      statements: [{ Condition: { StringEquals: { "gh:constructor": "x" } } }],
      allowed: false,
    },
    {
      name: "repo:acme@1/api@2:ref:refs/heads/main against repo:acme@1/api@2:ref:refs/heads/main",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:acme@1/api@2:ref:refs/heads/main" } } }],
      claims: { sub: "repo:acme@1/api@2:ref:refs/heads/main" },
      allowed: true,
    },
    {
      name: "repo:acme@1/api@2:ref:refs/heads/main against repo:acme/api:ref:refs/heads/main",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } }],
      claims: { sub: "repo:acme@1/api@2:ref:refs/heads/main" },
      allowed: false,
    },
    {
      name: "repo:acme/api:ref:refs/heads/main against repo:acme@1/api@2:ref:refs/heads/main",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:acme@1/api@2:ref:refs/heads/main" } } }],
      claims: { sub: "repo:acme/api:ref:refs/heads/main" },
      allowed: false,
    },
    {
      name: "repo:acme/api-evil:ref:refs/heads/main against repo:acme/api*",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:acme/api*" } } }],
      claims: { sub: "repo:acme/api-evil:ref:refs/heads/main" },
      allowed: true,
    },
    {
      name: "repo:acme/api-evil:ref:refs/heads/main against repo:acme/api:*",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:acme/api:*" } } }],
      claims: { sub: "repo:acme/api-evil:ref:refs/heads/main" },
      allowed: false,
    },
    {
      name: "repo:acme-evil/api:ref:refs/heads/main against repo:acme*",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:acme*" } } }],
      claims: { sub: "repo:acme-evil/api:ref:refs/heads/main" },
      allowed: true,
    },
    {
      name: "repo:acme-evil/api:ref:refs/heads/main against repo:acme/*",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:acme/*" } } }],
      claims: { sub: "repo:acme-evil/api:ref:refs/heads/main" },
      allowed: false,
    },
    {
      name: "repo:acme/apix:ref:refs/heads/main against repo:acme/api?:ref:refs/heads/main",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:acme/api?:ref:refs/heads/main" } } }],
      claims: { sub: "repo:acme/apix:ref:refs/heads/main" },
      allowed: true,
    },
    {
      name: "repo:acme@99/evil@5:ref:refs/heads/x/api@2 against repo:acme@*/api@*",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:acme@*/api@*" } } }],
      claims: { sub: "repo:acme@99/evil@5:ref:refs/heads/x/api@2" },
      allowed: true,
    },
    {
      name: "repo:acme/api:pull_request against repo:acme/api:*",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:acme/api:*" } } }],
      claims: { sub: "repo:acme/api:pull_request" },
      allowed: true,
    },
    {
      name: "repo:acme/api:pull_request against repo:acme/api:ref:*",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:acme/api:ref:*" } } }],
      claims: { sub: "repo:acme/api:pull_request" },
      allowed: false,
    },
    {
      name: "repo:acme/api:ref:refs/tags/v1 against repo:acme/api:ref:refs/heads/*",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:acme/api:ref:refs/heads/*" } } }],
      claims: { sub: "repo:acme/api:ref:refs/tags/v1" },
      allowed: false,
    },
    {
      name: "repo:acme/api:ref:refs/heads/a/b against repo:acme/api:ref:refs/heads/*",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:acme/api:ref:refs/heads/*" } } }],
      claims: { sub: "repo:acme/api:ref:refs/heads/a/b" },
      allowed: true,
    },
    {
      name: "repo:acme/api:environment:Production%3AV1 against repo:acme/api:environment:Production%3AV1",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:acme/api:environment:Production%3AV1" } } }],
      claims: { sub: "repo:acme/api:environment:Production%3AV1" },
      allowed: true,
    },
    {
      name: "repo:acme/api:environment:Production%3AV1 against repo:acme/api:environment:Production:V1",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:acme/api:environment:Production:V1" } } }],
      claims: { sub: "repo:acme/api:environment:Production%3AV1" },
      allowed: false,
    },
    {
      name: "repo:acme/api:environment:main against repo:acme/api:ref:refs/heads/main",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } }],
      claims: { sub: "repo:acme/api:environment:main" },
      allowed: false,
    },
    {
      name: "workflow:x%3Arepo%3Aacme/api against workflow:*",
      statements: [{ Condition: { StringLike: { "gh:sub": "workflow:*" } } }],
      claims: { sub: "workflow:x%3Arepo%3Aacme/api" },
      allowed: true,
    },
    {
      name: "a variable takes the claim's value",
      statements: [{ Condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:${gh:ref}" } } }],
      allowed: true,
    },
    {
      name: "a variable, and another value",
      statements: [{ Condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:${gh:ref}" } } }],
      claims: { ref: "refs/heads/dev" },
      allowed: false,
    },
    {
      name: "a variable's key is case-insensitive",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:sub": "repo:acme/api:ref:${TOKEN.ACTIONS.githubusercontent.com:REF}" },
          },
        },
      ],
      allowed: true,
    },
    {
      name: "a variable before 2012-10-17 is text",
      statements: [{ Condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:${gh:ref}" } } }],
      version: "2008-10-17",
      allowed: false,
    },
    {
      name: "a variable without a Version is text",
      statements: [{ Condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:${gh:ref}" } } }],
      version: null,
      allowed: false,
    },
    {
      name: "text that looks like a variable, before 2012-10-17",
      statements: [{ Condition: { StringEquals: { "gh:workflow": "x${y}" } } }],
      version: "2008-10-17",
      claims: { workflow: "x${y}" },
      allowed: true,
    },
    {
      name: "a variable without a value equals nothing",
      statements: [{ Condition: { StringEquals: { "gh:workflow": "${gh:environment}" } } }],
      claims: { workflow: "" },
      allowed: false,
    },
    {
      name: "a variable without a value: a negated operator holds",
      statements: [{ Condition: { StringNotEquals: { "gh:sub": "${gh:environment}" } } }],
      allowed: true,
    },
    {
      name: "a variable without a value: negated like",
      statements: [{ Condition: { StringNotLike: { "gh:sub": "*${gh:environment}*" } } }],
      allowed: true,
    },
    {
      name: "a variable without a value among others that match",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:sub": ["${gh:environment}", "repo:acme/api:ref:refs/heads/main"] },
          },
        },
      ],
      allowed: true,
    },
    {
      name: "a default when there is no value",
      statements: [
        {
          Condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:${gh:environment, 'refs/heads/main'}" } },
        },
      ],
      allowed: true,
    },
    {
      name: "no default when there is a value",
      statements: [
        {
          Condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:${gh:environment, 'refs/heads/main'}" } },
        },
      ],
      claims: { environment: "prod" },
      allowed: false,
    },
    {
      name: "a default that is empty",
      statements: [
        {
          Condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main${gh:environment, ''}" } },
        },
      ],
      allowed: true,
    },
    {
      name: "a claim that AWS does not evaluate has no value",
      statements: [{ Condition: { StringEquals: { "gh:workflow": "${gh:event_name}" } } }],
      claims: { workflow: "push", event_name: "push" },
      allowed: false,
    },
    {
      name: "a claim with several values has none as a variable",
      statements: [{ Condition: { StringEquals: { "gh:workflow": "${gh:amr}" } } }],
      claims: { workflow: "a", amr: ["a", "b"] },
      allowed: false,
    },
    {
      name: "a variable under StringLike",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:${gh:repository}:*" } } }],
      allowed: true,
    },
    {
      name: "a wildcard character in a variable's value is plain text",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:${gh:workflow}" } } }],
      claims: { workflow: "*" },
      allowed: false,
    },
    {
      name: "a variable's value matches itself",
      statements: [{ Condition: { StringLike: { "gh:workflow": "x${gh:actor}" } } }],
      claims: { workflow: "x*", actor: "*" },
      allowed: true,
    },
    {
      name: "${*} is a star",
      statements: [{ Condition: { StringLike: { "gh:workflow": "a${*}b" } } }],
      claims: { workflow: "a*b" },
      allowed: true,
    },
    {
      name: "${*} is no wildcard",
      statements: [{ Condition: { StringLike: { "gh:workflow": "a${*}b" } } }],
      claims: { workflow: "aXb" },
      allowed: false,
    },
    {
      name: "${*} under StringEquals",
      statements: [{ Condition: { StringEquals: { "gh:workflow": "a${*}b" } } }],
      claims: { workflow: "a*b" },
      allowed: true,
    },
    {
      name: "${?} is a question mark",
      statements: [{ Condition: { StringLike: { "gh:workflow": "a${?}" } } }],
      claims: { workflow: "a?" },
      allowed: true,
    },
    {
      name: "${?} is no wildcard",
      statements: [{ Condition: { StringLike: { "gh:workflow": "a${?}" } } }],
      claims: { workflow: "ab" },
      allowed: false,
    },
    {
      name: "${$} is a dollar",
      statements: [{ Condition: { StringEquals: { "gh:workflow": "a${$}{b}" } } }],
      claims: { workflow: "a${b}" },
      allowed: true,
    },
    {
      name: "${*} before 2012-10-17 is text with a wildcard",
      statements: [{ Condition: { StringLike: { "gh:workflow": "a${*}" } } }],
      version: "2008-10-17",
      claims: { workflow: "a${xyz}" },
      allowed: true,
    },
    {
      name: "a variable that is not closed matches nothing",
      statements: [{ Condition: { StringEquals: { "gh:workflow": "a${gh:ref" } } }],
      claims: { workflow: "a${gh:ref" },
      allowed: false,
    },
    {
      name: "a workflow expression matches nothing",
      statements: [{ Condition: { StringLike: { "gh:sub": "repo:${{ github.repository }}:*" } } }],
      allowed: false,
    },
    {
      name: "Bool knows no variables",
      statements: [{ Condition: { Bool: { "gh:workflow": "${gh:actor}" } } }],
      claims: { workflow: "true", actor: "true" },
      allowed: false,
    },
    {
      name: "wildcards next to a variable",
      statements: [{ Condition: { StringLike: { "gh:sub": "r?po:${gh:repository}:*main" } } }],
      allowed: true,
    },
    {
      name: "aws: keys count as absent",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" },
            IpAddress: { "aws:SourceIp": "10.0.0.0/8" },
          },
        },
      ],
      decided: false,
      allowed: false,
    },
    {
      name: "sts: keys count as absent",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main", "sts:RoleSessionName": "ci" },
          },
        },
      ],
      decided: false,
      allowed: false,
    },
    {
      name: "aws: keys, with a known condition that also fails",
      statements: [{ Condition: { StringEquals: { "gh:sub": "x", "aws:RequestedRegion": "eu-west-1" } } }],
      decided: true,
      allowed: false,
    },
    {
      name: "aws: keys under a negated operator hold, and are not known",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" },
            StringNotEquals: { "aws:RequestedRegion": "us-east-1" },
          },
        },
      ],
      decided: false,
      allowed: true,
    },
    {
      name: "aws: keys in one statement, another that lets in",
      statements: [
        { Condition: { StringEquals: { "aws:PrincipalTag/x": "y" } } },
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
      ],
      decided: true,
      allowed: true,
    },
    {
      name: "a Deny that is not known",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
        { Effect: "Deny", Condition: { StringEquals: { "aws:SourceVpc": "vpc-1" } } },
      ],
      decided: false,
      allowed: true,
    },
    {
      name: "a Deny that is not known, where nothing allows",
      statements: [{ Effect: "Deny", Condition: { StringEquals: { "aws:SourceVpc": "vpc-1" } } }],
      decided: true,
      allowed: false,
    },
    {
      name: "a variable that a token cannot fill",
      statements: [{ Condition: { StringEquals: { "gh:workflow": "${aws:SourceIp}" } } }],
      claims: { workflow: "x" },
      decided: false,
      allowed: false,
    },
    {
      name: "an operator that IAM does not have",
      statements: [{ Condition: { StringMatches: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } }],
      decided: false,
      allowed: false,
    },
    {
      name: "an unknown operator in a Deny",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
        { Effect: "Deny", Condition: { StringMatches: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } } },
      ],
      decided: false,
      allowed: true,
    },
    {
      name: "the statement that comes closest is reported",
      statements: [
        { Condition: { StringEquals: { "gh:sub": "x", "gh:ref": "y", "gh:aud": "z" } } },
        { Condition: { StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "x" } } },
        { Effect: "Deny", Condition: { StringEquals: { "gh:sub": "x" } } },
      ],
      statement: 1,
      allowed: false,
    },
    {
      name: "a statement for other principals is not reported",
      statements: [
        { Principal: { Service: "ec2.amazonaws.com" } },
        { Condition: { StringEquals: { "gh:sub": "x" } } },
      ],
      statement: 1,
      allowed: false,
    },
    {
      name: "none is about this provider",
      statements: [{ Principal: { Service: "ec2.amazonaws.com" } }],
      statement: null,
      allowed: false,
    },
    {
      name: "the statement that allows is reported",
      statements: [
        { Condition: { StringEquals: { "gh:sub": "x" } } },
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
      ],
      statement: 1,
      allowed: true,
    },
    {
      name: "the statement that denies is reported",
      statements: [
        {
          Condition: {
            StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": "repo:acme/api:ref:refs/heads/main" },
          },
        },
        { Effect: "Deny" },
      ],
      statement: 1,
      allowed: false,
    },
  ],
};
