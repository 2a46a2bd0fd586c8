export type Case = {
  kind: "trust" | "identity";
  name: string;
  document?: unknown;
  /** The exact text, if it matters. */
  text?: string;
  /** The beginning of the refusal's message. A case without it is accepted. */
  says?: string;
};

export const cases: readonly Case[] = [
  {
    kind: "trust",
    name: "one repository's branch",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
    },
  },
  {
    kind: "trust",
    name: "a statement that is not a list",
    document: {
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Principal: {
          Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
        },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
          },
        },
      },
    },
  },
  {
    kind: "trust",
    name: "no version",
    document: {
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
    },
  },
  {
    kind: "trust",
    name: "the old version",
    document: {
      Version: "2008-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
    },
  },
  {
    kind: "trust",
    name: "an id",
    document: {
      Version: "2012-10-17",
      Id: "trust",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
    },
  },
  {
    kind: "trust",
    name: "a shallow pattern: every repository",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringLike: { "token.actions.githubusercontent.com:sub": "repo:*" } },
        },
      ],
    },
  },
  {
    kind: "trust",
    name: "StringEqualsIgnoreCase",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEqualsIgnoreCase: {
              "token.actions.githubusercontent.com:sub": "repo:acme/api:pull_request",
            },
          },
        },
      ],
    },
  },
  {
    kind: "trust",
    name: "job_workflow_ref alone",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:job_workflow_ref":
                "acme/w/.github/workflows/a.yml@refs/heads/main",
            },
          },
        },
      ],
    },
  },
  {
    kind: "trust",
    name: "a condition key in another case",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: { "Token.Actions.GitHubUserContent.com:SUB": "repo:acme/api:pull_request" },
          },
        },
      ],
    },
  },
  {
    kind: "trust",
    name: "sub in a list",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringLike: {
              "token.actions.githubusercontent.com:sub": ["repo:acme/api:*", "repo:acme@1/api@2:*"],
            },
          },
        },
      ],
    },
  },
  {
    kind: "trust",
    name: "a provider that does not exist",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/ci.example.com" },
          Action: "sts:AssumeRoleWithWebIdentity",
        },
      ],
    },
  },
  {
    kind: "trust",
    name: "an enterprise's own issuer without a condition",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated:
              "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com/octocat-inc",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
        },
      ],
    },
  },
  {
    kind: "trust",
    name: "a service",
    document: {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
      ],
    },
  },
  {
    kind: "trust",
    name: "another account",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::999999999999:root" },
          Action: ["sts:AssumeRole", "sts:TagSession"],
        },
      ],
    },
  },
  {
    kind: "trust",
    name: "another account's number",
    document: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: ["999999999999"] }, Action: "sts:AssumeRole" }],
    },
  },
  {
    kind: "trust",
    name: "a role of another account",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::999999999999:role/a/b" },
          Action: "sts:AssumeRole",
        },
      ],
    },
  },
  {
    kind: "trust",
    name: "the account's own user",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::123456789012:user/local" },
          Action: "sts:AssumeRole",
        },
      ],
    },
  },
  {
    kind: "trust",
    name: "everyone",
    document: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" }],
    },
  },
  {
    kind: "trust",
    name: "a pattern of assume actions",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:Assume*",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
    },
  },
  {
    kind: "trust",
    name: "a deny with NotPrincipal",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
        { Effect: "Deny", NotPrincipal: { AWS: "999999999999" }, Action: "sts:AssumeRole" },
      ],
    },
  },
  {
    kind: "trust",
    name: "a deny without a condition",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
        {
          Effect: "Deny",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
        },
      ],
    },
  },
  {
    kind: "trust",
    name: "a condition without keys",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: { "token.actions.githubusercontent.com:sub": "repo:acme/api:pull_request" },
            Null: {},
          },
        },
      ],
    },
  },
  {
    kind: "trust",
    name: "values that are not strings",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:sub": "repo:acme/api:pull_request",
              "token.actions.githubusercontent.com:repository_id": 2,
            },
            Bool: { "aws:SecureTransport": true },
          },
        },
      ],
    },
  },
  {
    kind: "trust",
    name: "the later of two equal keys, which is acceptable",
    text: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/api:*"},"StringLike":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com","token.actions.githubusercontent.com:sub":"repo:acme/*"}}}]}',
  },
  {
    kind: "trust",
    name: "white space inside and after",
    text: '{\n    "Version": "2012-10-17",\n    "Statement": [\n        {\n            "Effect": "Allow",\n            "Principal": {\n                "Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"\n            },\n            "Action": "sts:AssumeRoleWithWebIdentity",\n            "Condition": {\n                "StringEquals": {\n                    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",\n                    "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main"\n                }\n            }\n        }\n    ]\n}\n\n',
  },
  { kind: "trust", name: "not JSON", text: "{", says: "This policy contains invalid Json" },
  {
    kind: "trust",
    name: "leading white space",
    text: ' {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com", "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main"}}}]}',
    says: "JSON strings must not have leading spaces",
  },
  { kind: "trust", name: "a list", text: "[]", says: "Syntax errors in policy." },
  {
    kind: "trust",
    name: "no statement",
    document: { Version: "2012-10-17" },
    says: "Syntax errors in policy.",
  },
  {
    kind: "trust",
    name: "an empty list of statements",
    document: { Version: "2012-10-17", Statement: [] },
    says: "Syntax errors in policy.",
  },
  {
    kind: "trust",
    name: "an unknown version",
    document: {
      Version: "2026-01-01",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
    },
    says: "Syntax errors in policy.",
  },
  {
    kind: "trust",
    name: "an unknown field",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
      Comment: "x",
    },
    says: "Syntax errors in policy.",
  },
  {
    kind: "trust",
    name: "an unknown field of a statement",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
          Conditions: {},
        },
      ],
    },
    says: "Syntax errors in policy.",
  },
  {
    kind: "trust",
    name: "no effect",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
    },
    says: "Missing required field Effect",
  },
  {
    kind: "trust",
    name: "an unknown effect",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
    },
    says: "Syntax errors in policy.",
  },
  {
    kind: "trust",
    name: "no principal",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
    },
    says: "Missing required field Principal",
  },
  {
    kind: "trust",
    name: "a principal that is a string",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
    },
    says: "Invalid principal in policy.",
  },
  {
    kind: "trust",
    name: "an unknown kind of principal",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { GitHub: "acme" },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
    },
    says: "Invalid principal in policy.",
  },
  {
    kind: "trust",
    name: "a federated principal that is not an ARN",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Federated: "token.actions.githubusercontent.com" },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
    },
    says: "Federated principals must be valid domain names or SAML metadata ARNs",
  },
  {
    kind: "trust",
    name: "a provider of another partition",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws-cn:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
    },
    says: "Federated principals must be valid domain names or SAML metadata ARNs",
  },
  {
    kind: "trust",
    name: "a role that does not exist",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::123456789012:role/nobody" },
          Action: "sts:AssumeRole",
        },
      ],
    },
    says: 'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/nobody"',
  },
  {
    kind: "trust",
    name: "a pattern of roles",
    document: {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: { AWS: "arn:aws:iam::999999999999:role/*" }, Action: "sts:AssumeRole" },
      ],
    },
    says: 'Invalid principal in policy: "AWS":"arn:aws:iam::999999999999:role/*"',
  },
  {
    kind: "trust",
    name: "a service that is not a domain name",
    document: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "lambda" }, Action: "sts:AssumeRole" }],
    },
    says: 'Invalid principal in policy: "SERVICE":"lambda"',
  },
  {
    kind: "trust",
    name: "no action",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
    },
    says: "Missing required field Action",
  },
  {
    kind: "trust",
    name: "an action of another service",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: ["sts:AssumeRoleWithWebIdentity", "ecr:PutImage"],
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
    },
    says: "AssumeRole policy may only specify STS AssumeRole actions.",
  },
  {
    kind: "trust",
    name: "another action of STS",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:GetCallerIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
    },
    says: "AssumeRole policy may only specify STS AssumeRole actions.",
  },
  {
    kind: "trust",
    name: "every action",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "*",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
    },
    says: "AssumeRole policy may only specify STS AssumeRole actions.",
  },
  {
    kind: "trust",
    name: "an action without a service",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "AssumeRole",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
      ],
    },
    says: "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
  },
  {
    kind: "trust",
    name: "a resource",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
          Resource: "*",
        },
      ],
    },
    says: "Has prohibited field Resource",
  },
  {
    kind: "trust",
    name: "an unknown operator",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringEqual: { "token.actions.githubusercontent.com:sub": "repo:acme/api:*" } },
        },
      ],
    },
    says: "Syntax errors in policy.",
  },
  {
    kind: "trust",
    name: "a condition key without a prefix",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringEquals: { sub: "repo:acme/api:*" } },
        },
      ],
    },
    says: "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
  },
  {
    kind: "trust",
    name: "a condition's value that is null",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringEquals: { "token.actions.githubusercontent.com:sub": null } },
        },
      ],
    },
    says: "Syntax errors in policy.",
  },
  {
    kind: "trust",
    name: "two statements with one id",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
          Sid: "a",
        },
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
          Sid: "a",
        },
      ],
    },
    says: "Statement IDs (SID) in a single policy must be unique.",
  },
  {
    kind: "trust",
    name: "an id with a space",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
          Sid: "let in",
        },
      ],
    },
    says: "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
  },
  {
    kind: "trust",
    name: "no condition",
    document: {
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
    says: "The trust policy must evaluate ",
  },
  {
    kind: "trust",
    name: "aud alone",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringEquals: { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" } },
        },
      ],
    },
    says: "The trust policy must evaluate ",
  },
  {
    kind: "trust",
    name: "sub is every value",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringLike: { "token.actions.githubusercontent.com:sub": "*" } },
        },
      ],
    },
    says: "The trust policy must evaluate ",
  },
  {
    kind: "trust",
    name: "sub is every value among others",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringLike: { "token.actions.githubusercontent.com:sub": ["repo:acme/api:*", "*"] } },
        },
      ],
    },
    says: "The trust policy must evaluate ",
  },
  {
    kind: "trust",
    name: "sub with another operator",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringNotEquals: { "token.actions.githubusercontent.com:sub": "repo:evil/x:*" } },
        },
      ],
    },
    says: "The trust policy must evaluate ",
  },
  {
    kind: "trust",
    name: "sub with ForAllValues",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            "ForAllValues:StringLike": { "token.actions.githubusercontent.com:sub": "repo:acme/api:*" },
          },
        },
      ],
    },
    says: "The trust policy must evaluate ",
  },
  {
    kind: "trust",
    name: "another provider's sub",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringEquals: { "ci.example.com:sub": "repo:acme/api:*" } },
        },
      ],
    },
    says: "The trust policy must evaluate ",
  },
  {
    kind: "trust",
    name: "repository_id alone",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringEquals: { "token.actions.githubusercontent.com:repository_id": "2" } },
        },
      ],
    },
    says: "The trust policy must evaluate ",
  },
  {
    kind: "trust",
    name: "a second statement without a condition",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
            },
          },
        },
        {
          Effect: "Allow",
          Principal: {
            Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
        },
      ],
    },
    says: "The trust policy must evaluate ",
  },
  {
    kind: "trust",
    name: "the later of two equal keys, which drops sub",
    text: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/api:*"},"StringLike":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}}]}',
    says: "The trust policy must evaluate ",
  },
  {
    kind: "identity",
    name: "push to one repository",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "ecr:PutImage",
          Resource: "arn:aws:ecr:eu-central-1:123456789012:repository/acme/api",
        },
      ],
    },
  },
  {
    kind: "identity",
    name: "lists",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["ecr:*", "ecr:Get*"],
          Resource: ["*", "arn:*:ecr:*:*:repository/acme/*"],
        },
      ],
    },
  },
  {
    kind: "identity",
    name: "NotAction on NotResource",
    document: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", NotAction: "iam:*", NotResource: "arn:aws:s3:::secret/*" }],
    },
  },
  {
    kind: "identity",
    name: "every action",
    document: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
  },
  {
    kind: "identity",
    name: "a condition",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "ecr:PutImage",
          Resource: "arn:aws:ecr:eu-central-1:123456789012:repository/acme/api",
          Condition: { "ForAnyValue:StringLikeIfExists": { "aws:TagKeys": ["a", "b"] } },
        },
      ],
    },
  },
  { kind: "identity", name: "not JSON", text: "{", says: "Syntax errors in policy." },
  {
    kind: "identity",
    name: "leading white space",
    text: '\n{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:PutImage", "Resource": "arn:aws:ecr:eu-central-1:123456789012:repository/acme/api"}]}',
    says: "JSON strings must not have leading spaces",
  },
  {
    kind: "identity",
    name: "no version",
    document: {
      Statement: [
        {
          Effect: "Allow",
          Action: "ecr:PutImage",
          Resource: "arn:aws:ecr:eu-central-1:123456789012:repository/acme/api",
        },
      ],
    },
    says: "Policy document must be version 2012-10-17 or greater.",
  },
  {
    kind: "identity",
    name: "the old version",
    document: {
      Version: "2008-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "ecr:PutImage",
          Resource: "arn:aws:ecr:eu-central-1:123456789012:repository/acme/api",
        },
      ],
    },
    says: "Policy document must be version 2012-10-17 or greater.",
  },
  {
    kind: "identity",
    name: "a principal",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "ecr:PutImage",
          Resource: "arn:aws:ecr:eu-central-1:123456789012:repository/acme/api",
          Principal: "*",
        },
      ],
    },
    says: "Policy document should not specify a principal.",
  },
  {
    kind: "identity",
    name: "no action",
    document: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Resource: "arn:aws:ecr:eu-central-1:123456789012:repository/acme/api" }],
    },
    says: "Policy statement must contain actions.",
  },
  {
    kind: "identity",
    name: "an empty list of actions",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: [],
          Resource: "arn:aws:ecr:eu-central-1:123456789012:repository/acme/api",
        },
      ],
    },
    says: "Policy statement must contain actions.",
  },
  {
    kind: "identity",
    name: "Action and NotAction in one statement",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "ecr:PutImage",
          Resource: "arn:aws:ecr:eu-central-1:123456789012:repository/acme/api",
          NotAction: "iam:*",
        },
      ],
    },
    says: "Syntax errors in policy.",
  },
  {
    kind: "identity",
    name: "an action without a service",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "PutImage",
          Resource: "arn:aws:ecr:eu-central-1:123456789012:repository/acme/api",
        },
      ],
    },
    says: "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
  },
  {
    kind: "identity",
    name: "an action with two colons",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "ecr:a:b",
          Resource: "arn:aws:ecr:eu-central-1:123456789012:repository/acme/api",
        },
      ],
    },
    says: "Actions/Condition can contain only one colon.",
  },
  {
    kind: "identity",
    name: "no resource",
    document: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "ecr:PutImage" }] },
    says: "Policy statement must contain resources.",
  },
  {
    kind: "identity",
    name: "a resource that is not an ARN",
    document: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "ecr:PutImage", Resource: "acme/api" }],
    },
    says: 'Resource acme/api must be in ARN format or "*".',
  },
  {
    kind: "identity",
    name: "a resource of another partition",
    document: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "ecr:PutImage", Resource: "arn:aws-cn:s3:::a" }],
    },
    says: 'Partition "aws-cn" is not valid for resource "arn:aws-cn:s3:::a".',
  },
  {
    kind: "identity",
    name: "a resource that is too short",
    document: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "ecr:PutImage", Resource: "arn:aws:s3" }],
    },
    says: "The policy failed legacy parsing",
  },
];
