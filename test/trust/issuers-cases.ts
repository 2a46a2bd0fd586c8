import type { Config } from "../../src/config.ts";
import type { Issuer } from "../../src/trust/issuer.ts";

/** Changes to the required variables; null removes a variable. */
export type Environment = Record<string, string | null>;
/** A configuration that is accepted: parts of its result, and the issuers' URLs by owner. */
export type Accepted = {
  what: string;
  env: Environment;
  config?: Partial<Config>;
  issuers?: Record<string, string>;
};
/** A configuration that is refused: each line of the error contains one of these texts, in this order. */
export type Refused = { env: Environment; says: readonly string[] };

export const table: {
  /** The issuers of URLs; null for a URL that is no issuer. */
  urls: Record<string, Omit<Issuer, "url"> | null>;
  /** The audience of AWS's STS in each partition. */
  audiences: Record<string, string>;
  config: { read: readonly Accepted[]; refused: readonly Refused[] };
} = {
  urls: {
    "https://token.actions.githubusercontent.com": {
      host: "token.actions.githubusercontent.com",
      gitHubHost: "github.com",
      apiUrl: "https://api.github.com",
      hasClaims: true,
    },
    "https://token.actions.githubusercontent.com/acme-inc": {
      host: "token.actions.githubusercontent.com/acme-inc",
      gitHubHost: "github.com",
      apiUrl: "https://api.github.com",
      hasClaims: true,
    },
    "https://token.actions.acme.ghe.com": {
      host: "token.actions.acme.ghe.com",
      gitHubHost: "acme.ghe.com",
      apiUrl: "https://api.acme.ghe.com",
      hasClaims: true,
    },
    "https://github.acme.example/_services/token": {
      host: "github.acme.example/_services/token",
      gitHubHost: "github.acme.example",
      apiUrl: "https://github.acme.example/api/v3",
      hasClaims: false,
    },
    "http://token.actions.githubusercontent.com": null,
    "https://token.actions.githubusercontent.com/": null,
    "https://token.actions.githubusercontent.com/acme/inc": null,
    "https://token.actions.githubusercontent.com/ACME": null,
    "https://token.actions.githubusercontent.com/*": null,
    "https://token.actions.githubusercontent.com/acme?x": null,
    "https://token.actions.githubusercontent.com:443": null,
    "https://token.actions.githubusercontent.com.evil.example": null,
    "https://evil.example/token.actions.githubusercontent.com": null,
    "https://token.actions.evil.example": null,
    "https://token.actions.acme.ghe.com.evil.example": null,
    "https://token.actions.ghe.com": null,
    "https://token.actions.a.b.ghe.com": null,
    "https://token.actions.*.ghe.com": null,
    "https://localhost/_services/token": null,
    "https://github.acme.example/_services/token/": null,
    "https://github.acme.example:8443/_services/token": null,
    "https://user@github.acme.example/_services/token": null,
    "https://GitHub.acme.example/_services/token": null,
    "https://-x.example/_services/token": null,
    "https://gitlab.com": null,
    "https://": null,
    "": null,
  },
  audiences: {
    aws: "sts.amazonaws.com",
    "aws-cn": "sts.amazonaws.com.cn",
    "aws-us-gov": "sts.amazonaws.com",
    "aws-eusc": "sts.amazonaws.com",
    "aws-iso": "sts.amazonaws.com",
    "aws-iso-b": "sts.amazonaws.com",
    "aws-iso-e": "sts.amazonaws.com",
    "aws-iso-f": "sts.amazonaws.com",
  },
  config: {
    read: [
      {
        what: "the audience of workflows' own tokens is the one that the operator names",
        env: { ROLECALL_SELF_AUDIENCE: "https://rolecall.example" },
        config: { selfAudience: "https://rolecall.example" },
      },
      {
        what: "the queue of the jobs",
        env: { ROLECALL_JOBS_QUEUE_URL: "https://sqs.eu-central-1.amazonaws.com/123456789012/rolecall" },
        config: { jobsQueueUrl: "https://sqs.eu-central-1.amazonaws.com/123456789012/rolecall" },
      },
      {
        what: "keys of KMS",
        env: {
          ROLECALL_KMS_KEYS:
            "arn:aws:kms:eu-central-1:123456789012:key/1234abcd, arn:aws:kms:eu-west-1:123456789012:key/mrk-1234abcd",
        },
        config: {
          kmsKeys: [
            "arn:aws:kms:eu-central-1:123456789012:key/1234abcd",
            "arn:aws:kms:eu-west-1:123456789012:key/mrk-1234abcd",
          ],
        },
      },
      {
        what: "managed policies, of the account and of AWS",
        env: {
          ROLECALL_MANAGED_POLICIES:
            "arn:aws:iam::123456789012:policy/ci/AdministratorAccess, arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        },
        config: {
          managedPolicies: [
            "arn:aws:iam::123456789012:policy/ci/AdministratorAccess",
            "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
          ],
        },
      },
      {
        what: "what must be given, and what follows",
        env: {},
        config: {
          owners: ["acme"],
          table: "rolecall",
          boundaryArn: "arn:aws:iam::123456789012:policy/rolecall/boundary",
          tagKeys: [],
          allow: { anyRef: false, ownerWide: false, nameOnly: false },
          pinOwnerId: false,
          ecrGrants: [],
          regions: [],
        },
      },
      {
        what: "several owners",
        env: { ROLECALL_OWNERS: " acme, Acme-Labs ,emu_acme," },
        config: { owners: ["acme", "Acme-Labs", "emu_acme"] },
      },
      {
        what: "all that can be allowed",
        env: { ROLECALL_ALLOW: "any-ref,owner-wide,name-only" },
        config: { allow: { anyRef: true, ownerWide: true, nameOnly: true } },
      },
      {
        what: "one of it",
        env: { ROLECALL_ALLOW: "owner-wide" },
        config: { allow: { anyRef: false, ownerWide: true, nameOnly: false } },
      },
      {
        what: "tag keys",
        env: { ROLECALL_TAG_KEYS: "team,cost/center" },
        config: {
          tagKeys: [
            { key: "team", values: "any" },
            { key: "cost/center", values: "any" },
          ],
        },
      },
      {
        what: "tag keys with values",
        env: { ROLECALL_TAG_KEYS: "team=web| mobile app,cost,stage=a=b" },
        config: {
          tagKeys: [
            { key: "team", values: ["web", "mobile app"] },
            { key: "cost", values: "any" },
            { key: "stage", values: ["a=b"] },
          ],
        },
      },
      {
        what: "the owner's id",
        env: { ROLECALL_PIN_OWNER_ID: "true" },
        config: { pinOwnerId: true },
      },
      {
        what: "not the owner's id",
        env: { ROLECALL_PIN_OWNER_ID: "false" },
        config: { pinOwnerId: false },
      },
      {
        what: "grants",
        env: { ROLECALL_ECR_GRANTS: "acme/api=shared/base, acme/*=mirror/*:pull" },
        config: {
          ecrGrants: [
            { owner: "acme", repo: "api", pattern: "shared/base", pullOnly: false },
            { owner: "acme", repo: "*", pattern: "mirror/*", pullOnly: true },
          ],
        },
      },
      {
        what: "regions",
        env: { ROLECALL_REGIONS: "eu-west-1, us-gov-west-1,eusc-de-east-1,eu-west-1" },
        config: { regions: ["eu-west-1", "us-gov-west-1", "eusc-de-east-1"] },
      },
      {
        what: "who else may pull",
        env: { ROLECALL_PULL_FROM: "210987654321, o-a1b2c3d4e5" },
        config: { pullFrom: ["210987654321", "o-a1b2c3d4e5"] },
      },
      {
        what: "what one repository may have",
        env: {
          ROLECALL_ROLES_PER_REPOSITORY: "3",
          ROLECALL_ECR_PER_REPOSITORY: "",
          ROLECALL_RESERVED_ROLES: "0",
        },
        config: { rolesPerRepository: 3, ecrPerRepository: 50, reservedRoles: 0 },
      },
      {
        what: "the longest session",
        env: { ROLECALL_MAX_SESSION_SECONDS: "43200" },
        config: { maxSessionSeconds: 43200 },
      },
      {
        what: "the longest session by default",
        env: { ROLECALL_MAX_SESSION_SECONDS: "" },
        config: { maxSessionSeconds: 3600 },
      },
      {
        what: "another GitHub",
        env: { GITHUB_API_URL: "http://127.0.0.1:8080/" },
        config: { githubApi: { host: "github.com", url: "http://127.0.0.1:8080" } },
      },
      {
        what: "another API of an Enterprise Server, the only host",
        env: {
          GITHUB_API_URL: "https://proxy.corp.example/api",
          ROLECALL_ISSUERS: "https://github.corp.example/_services/token",
        },
        config: { githubApi: { host: "github.corp.example", url: "https://proxy.corp.example/api" } },
      },
      {
        what: "another API beside two issuers of one host",
        env: {
          GITHUB_API_URL: "https://proxy.corp.example/api",
          ROLECALL_ISSUERS: "acme=https://token.actions.githubusercontent.com/acme-inc",
        },
        config: { githubApi: { host: "github.com", url: "https://proxy.corp.example/api" } },
      },
      { what: "no other GitHub", env: { GITHUB_API_URL: "" }, config: {} },
      {
        what: "the roles of the functions that serve requests",
        env: { ROLECALL_API_ROLES: "api,self" },
        config: { apiRoles: ["api", "self"] },
      },
      {
        what: "a secret",
        env: { ROLECALL_GITHUB_SECRET: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:github" },
        config: { githubSecret: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:github" },
      },
      {
        what: "an issuer for all",
        env: { ROLECALL_ISSUERS: "https://token.actions.acme.ghe.com" },
        issuers: {
          acme: "https://token.actions.acme.ghe.com",
          globex: "https://token.actions.acme.ghe.com",
        },
      },
      {
        what: "an issuer of one owner, in any letters",
        env: { ROLECALL_ISSUERS: "Acme=https://token.actions.githubusercontent.com/acme" },
        issuers: {
          acme: "https://token.actions.githubusercontent.com/acme",
          ACME: "https://token.actions.githubusercontent.com/acme",
          acme2: "https://token.actions.githubusercontent.com",
          __proto__: "https://token.actions.githubusercontent.com",
        },
      },
      {
        what: "several issuers",
        env: {
          ROLECALL_ISSUERS:
            "acme=https://github.acme.example/_services/token, *=https://token.actions.acme.ghe.com",
        },
        issuers: {
          acme: "https://github.acme.example/_services/token",
          globex: "https://token.actions.acme.ghe.com",
        },
      },
      {
        what: "no issuer",
        env: { ROLECALL_ISSUERS: "" },
        issuers: { acme: "https://token.actions.githubusercontent.com" },
      },
    ],
    refused: [
      {
        env: { ROLECALL_JOBS_QUEUE_URL: "rolecall" },
        says: ['ROLECALL_JOBS_QUEUE_URL has "rolecall". It must be the URL of an SQS queue'],
      },
      {
        env: { ROLECALL_SELF_AUDIENCE: "sts.amazonaws.com" },
        says: ['ROLECALL_SELF_AUDIENCE has "sts.amazonaws.com". It must not be the audience of STS.'],
      },
      {
        env: { ROLECALL_OWNERS: null },
        says: ["ROLECALL_OWNERS is missing. List the GitHub owners"],
      },
      { env: { ROLECALL_OWNERS: " , " }, says: ["ROLECALL_OWNERS is missing"] },
      {
        env: { ROLECALL_OWNERS: "acme,ac me" },
        says: ['ROLECALL_OWNERS has "ac me". An owner has only letters'],
      },
      { env: { ROLECALL_OWNERS: "*" }, says: ['ROLECALL_OWNERS has "*". An owner has only letters'] },
      { env: { ROLECALL_OWNERS: "acme/api" }, says: ['ROLECALL_OWNERS has "acme/api"'] },
      {
        env: { ROLECALL_ALLOW: "any_ref" },
        says: ['ROLECALL_ALLOW has "any_ref". It may list only any-ref, owner-wide, name-only'],
      },
      { env: { ROLECALL_ALLOW: "*" }, says: ['ROLECALL_ALLOW has "*"'] },
      {
        env: { ROLECALL_TAG_KEYS: "team,rolecall:id" },
        says: ['ROLECALL_TAG_KEYS has "rolecall:id". Keys that begin with rolecall: or aws: are reserved'],
      },
      {
        env: { ROLECALL_TAG_KEYS: "team=,cost=a|,=x,stage=a*" },
        says: [
          'ROLECALL_TAG_KEYS has "team=". List keys, each with its values if only some are allowed, such as team=web|mobile,cost',
          'ROLECALL_TAG_KEYS has "cost=a|"',
          'ROLECALL_TAG_KEYS has "=x"',
          'ROLECALL_TAG_KEYS has "stage=a*"',
        ],
      },
      {
        env: { ROLECALL_TAG_KEYS: "team=web,team=mobile" },
        says: ['ROLECALL_TAG_KEYS has "team". List each key once, with all of its values'],
      },
      {
        env: { ROLECALL_TAG_KEYS: "rolecall:id=x" },
        says: ['ROLECALL_TAG_KEYS has "rolecall:id=x". Keys that begin with rolecall: or aws: are reserved'],
      },
      {
        env: { ROLECALL_TAG_KEYS: "team=web|mobile,Team" },
        says: ['ROLECALL_TAG_KEYS has "Team". List each key once, with all of its values'],
      },
      {
        env: { ROLECALL_TAG_KEYS: "team = web,team" },
        says: ['ROLECALL_TAG_KEYS has "team". List each key once, with all of its values'],
      },
      {
        env: { ROLECALL_TAG_KEYS: "platform:team" },
        says: [
          'ROLECALL_TAG_KEYS has "platform:team". A key must not have a colon after exactly eight characters',
        ],
      },
      { env: { ROLECALL_TAG_KEYS: "AWS:x" }, says: ['ROLECALL_TAG_KEYS has "AWS:x"'] },
      {
        env: { ROLECALL_ISSUERS: "https://gitlab.com" },
        says: ['ROLECALL_ISSUERS has "https://gitlab.com". List issuers, such as acme=https://'],
      },
      {
        env: { ROLECALL_ISSUERS: "acme=token.actions.githubusercontent.com" },
        says: ['ROLECALL_ISSUERS has "acme=token.actions.githubusercontent.com"'],
      },
      {
        env: { ROLECALL_ISSUERS: "ac me=https://token.actions.githubusercontent.com" },
        says: ['ROLECALL_ISSUERS has "ac me='],
      },
      {
        env: { ROLECALL_ISSUERS: "acme=http://token.actions.githubusercontent.com" },
        says: ['ROLECALL_ISSUERS has "acme=http:'],
      },
      {
        env: { ROLECALL_PULL_FROM: "210987654321,*,o-x" },
        says: [
          'ROLECALL_PULL_FROM has "*". List accounts and organisations, such as 210987654321,o-a1b2c3d4e5',
          'ROLECALL_PULL_FROM has "o-x"',
        ],
      },
      {
        env: { ROLECALL_REGIONS: "eu-west-1,eu-west,EU-WEST-1,*" },
        says: [
          'ROLECALL_REGIONS has "eu-west". List AWS regions, such as eu-west-1,us-east-1',
          'ROLECALL_REGIONS has "EU-WEST-1"',
          'ROLECALL_REGIONS has "*"',
        ],
      },
      { env: { ROLECALL_ISSUERS: "acme" }, says: ['ROLECALL_ISSUERS has "acme"'] },
      {
        env: { ROLECALL_ECR_GRANTS: "acme=shared" },
        says: ['ROLECALL_ECR_GRANTS has "acme=shared". List grants, such as acme/api=shared/base'],
      },
      {
        env: { ROLECALL_ECR_GRANTS: "acme/api=Shared" },
        says: ['ROLECALL_ECR_GRANTS has "acme/api=Shared"'],
      },
      { env: { ROLECALL_ECR_GRANTS: "acme/api=*" }, says: ['ROLECALL_ECR_GRANTS has "acme/api=*"'] },
      {
        env: { ROLECALL_ROLES_PER_REPOSITORY: "0" },
        says: ['ROLECALL_ROLES_PER_REPOSITORY has "0". It must be a number of roles from 1 to 1000'],
      },
      {
        env: { ROLECALL_ECR_PER_REPOSITORY: "many" },
        says: [
          'ROLECALL_ECR_PER_REPOSITORY has "many". It must be a number of ECR repositories from 1 to 1000',
        ],
      },
      {
        env: { ROLECALL_RESERVED_ROLES: "-1" },
        says: ['ROLECALL_RESERVED_ROLES has "-1". It must be a number of roles from 0 to 5000'],
      },
      {
        env: { ROLECALL_MAX_SESSION_SECONDS: "3599" },
        says: ['ROLECALL_MAX_SESSION_SECONDS has "3599". It must be a number of seconds from 3600 to 43200'],
      },
      {
        env: { ROLECALL_MAX_SESSION_SECONDS: "43201" },
        says: ['ROLECALL_MAX_SESSION_SECONDS has "43201". It must be a number of seconds from 3600 to 43200'],
      },
      {
        env: { ROLECALL_MAX_SESSION_SECONDS: "3600,7200" },
        says: [
          'ROLECALL_MAX_SESSION_SECONDS has "3600,7200". It must be a number of seconds from 3600 to 43200',
        ],
      },
      {
        env: { ROLECALL_MAX_SESSION_SECONDS: "1h" },
        says: ['ROLECALL_MAX_SESSION_SECONDS has "1h". It must be a number of seconds from 3600 to 43200'],
      },
      {
        env: { ROLECALL_MAX_SESSION_SECONDS: "3600.5" },
        says: [
          'ROLECALL_MAX_SESSION_SECONDS has "3600.5". It must be a number of seconds from 3600 to 43200',
        ],
      },
      {
        env: { ROLECALL_MAX_SESSION_SECONDS: "-3600" },
        says: ['ROLECALL_MAX_SESSION_SECONDS has "-3600". It must be a number of seconds from 3600 to 43200'],
      },
      {
        env: { ROLECALL_PIN_OWNER_ID: "yes" },
        says: ['ROLECALL_PIN_OWNER_ID has "yes". It must be true or false'],
      },
      {
        env: { ROLECALL_ECR_GRANTS: "acme/api=shared:push" },
        says: ['ROLECALL_ECR_GRANTS has "acme/api=shared:push"'],
      },
      {
        env: { ROLECALL_ECR_GRANTS: "acme/api=a*b" },
        says: ['ROLECALL_ECR_GRANTS has "acme/api=a*b"'],
      },
      {
        env: { ROLECALL_ECR_GRANTS: "*/api=shared" },
        says: ['ROLECALL_ECR_GRANTS has "*/api=shared"'],
      },
      {
        env: { ROLECALL_KMS_KEYS: "arn:aws:kms:eu-central-1:123456789012:alias/images" },
        says: ['ROLECALL_KMS_KEYS has "arn:aws:kms:eu-central-1:123456789012:alias/images". List KMS keys'],
      },
      {
        env: { ROLECALL_KMS_KEYS: "arn:aws:kms:eu-central-1:123456789012:key/*" },
        says: ["List KMS keys"],
      },
      {
        env: { ROLECALL_MANAGED_POLICIES: "acme-deploy" },
        says: ['ROLECALL_MANAGED_POLICIES has "acme-deploy". List managed policies'],
      },
      {
        env: { ROLECALL_MANAGED_POLICIES: "arn:aws:iam::123456789012:role/acme-deploy" },
        says: ["List managed policies"],
      },
      {
        env: { ROLECALL_MANAGED_POLICIES: "arn:aws:iam::aws:policy/*" },
        says: ["List managed policies"],
      },
      {
        env: { ROLECALL_MANAGED_POLICIES: "arn:aws:iam::*:policy/acme-deploy" },
        says: ["List managed policies"],
      },
      {
        env: { ROLECALL_MANAGED_POLICIES: "arn:aws:iam::aws:policy/AdministratorAccess" },
        says: ['AdministratorAccess". No registration may have this policy'],
      },
      {
        env: { ROLECALL_MANAGED_POLICIES: "arn:aws:iam::aws:policy/AdministratorAccess-Amplify" },
        says: ['AdministratorAccess-Amplify". No registration may have this policy'],
      },
      {
        env: { ROLECALL_MANAGED_POLICIES: "arn:aws:iam::aws:policy/IAMFullAccess" },
        says: ['IAMFullAccess". No registration may have this policy'],
      },
      {
        env: { ROLECALL_MANAGED_POLICIES: "arn:aws:iam::aws:policy/IAMReadOnlyAccess" },
        says: ['IAMReadOnlyAccess". No registration may have this policy'],
      },
      {
        env: { ROLECALL_MANAGED_POLICIES: "arn:aws:iam::aws:policy/PowerUserAccess" },
        says: ['PowerUserAccess". No registration may have this policy'],
      },
      {
        env: { ROLECALL_MANAGED_POLICIES: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
        says: ['ReadOnlyAccess". No registration may have this policy'],
      },
      {
        env: { ROLECALL_MANAGED_POLICIES: "arn:aws:iam::aws:policy/AWSOrganizationsFullAccess" },
        says: ['AWSOrganizationsFullAccess". No registration may have this policy'],
      },
      {
        env: { ROLECALL_MANAGED_POLICIES: "arn:aws:iam::aws:policy/AWSAccountManagementFullAccess" },
        says: ['AWSAccountManagementFullAccess". No registration may have this policy'],
      },
      {
        env: { ROLECALL_MANAGED_POLICIES: "arn:aws:iam::aws:policy/AWSSSOMasterAccountAdministrator" },
        says: ['AWSSSOMasterAccountAdministrator". No registration may have this policy'],
      },
      {
        env: { ROLECALL_MANAGED_POLICIES: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser" },
        says: ['AmazonEC2ContainerRegistryPowerUser". No registration may have this policy'],
      },
      {
        env: { ROLECALL_MANAGED_POLICIES: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly" },
        says: ['AmazonEC2ContainerRegistryReadOnly". No registration may have this policy'],
      },
      {
        env: { ROLECALL_MANAGED_POLICIES: "arn:aws:iam::aws:policy/job-function/SystemAdministrator" },
        says: ['job-function/SystemAdministrator". No registration may have this policy'],
      },
      {
        env: { GITHUB_API_URL: "api.github.com" },
        says: ['GITHUB_API_URL has "api.github.com". It must be a URL, such as https://api.github.com'],
      },
      {
        env: { GITHUB_API_URL: "ftp://api.github.com" },
        says: ['GITHUB_API_URL has "ftp://api.github.com"'],
      },
      {
        env: {
          GITHUB_API_URL: "https://proxy.corp.example/api",
          ROLECALL_OWNERS: "acme,corp",
          ROLECALL_ISSUERS: "corp=https://github.corp.example/_services/token",
        },
        says: [
          'GITHUB_API_URL has "https://proxy.corp.example/api". It is the API of one host, but the issuers belong to github.com and github.corp.example. Leave it empty',
        ],
      },
      {
        env: {
          GITHUB_API_URL: "https://proxy.corp.example/api",
          ROLECALL_ISSUERS:
            "https://token.actions.acme.ghe.com,other=https://github.corp.example/_services/token",
        },
        says: ["the issuers belong to acme.ghe.com and github.corp.example"],
      },
      {
        env: { ROLECALL_TABLE: null },
        says: ["ROLECALL_TABLE is missing. It must be the name of the DynamoDB table"],
      },
      {
        env: { ROLECALL_TABLE: "a table" },
        says: ['ROLECALL_TABLE has "a table". It must be the name of the DynamoDB table, such as rolecall'],
      },
      {
        env: { ROLECALL_BOUNDARY_ARN: null },
        says: ["ROLECALL_BOUNDARY_ARN is missing. It must be the ARN of the permissions boundary"],
      },
      {
        env: { ROLECALL_BOUNDARY_ARN: "boundary" },
        says: [
          'ROLECALL_BOUNDARY_ARN has "boundary". It must be the ARN of the permissions boundary, such as arn:aws:iam::',
        ],
      },
      {
        env: { ROLECALL_BOUNDARY_ARN: "arn:aws:iam::123456789012:role/x" },
        says: ['ROLECALL_BOUNDARY_ARN has "arn:aws:iam::123456789012:role/x"'],
      },
      {
        env: {
          ROLECALL_OWNERS: "a b",
          ROLECALL_ALLOW: "x",
          ROLECALL_TABLE: null,
          ROLECALL_ISSUERS: "y",
        },
        says: [
          'ROLECALL_OWNERS has "a b"',
          'ROLECALL_ALLOW has "x"',
          'ROLECALL_ISSUERS has "y"',
          "ROLECALL_TABLE is missing",
        ],
      },
    ],
  },
};
