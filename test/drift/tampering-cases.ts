import type { Tampering } from "./tamper.ts";

export const tamperings: readonly Tampering[] = [
  {
    name: "the provider deleted",
    do: [{ call: "iam:DeleteOpenIDConnectProvider", input: { OpenIDConnectProviderArn: "$provider" } }],
    changes: [{ of: "provider", path: "", effect: "narrows", repairable: true }],
    shared: true,
  },
  {
    name: "the provider's audience removed",
    do: [
      {
        call: "iam:RemoveClientIDFromOpenIDConnectProvider",
        input: { OpenIDConnectProviderArn: "$provider", ClientID: "sts.amazonaws.com" },
      },
    ],
    changes: [{ of: "provider", path: "/audiences", effect: "narrows", repairable: true }],
    shared: true,
  },
  {
    name: "the provider's audience replaced",
    do: [
      {
        call: "iam:AddClientIDToOpenIDConnectProvider",
        input: { OpenIDConnectProviderArn: "$provider", ClientID: "https://github.com/acme" },
      },
      {
        call: "iam:RemoveClientIDFromOpenIDConnectProvider",
        input: { OpenIDConnectProviderArn: "$provider", ClientID: "sts.amazonaws.com" },
      },
    ],
    changes: [{ of: "provider", path: "/audiences", effect: "narrows", repairable: true }],
    shared: true,
  },
  {
    name: "the role deleted",
    do: [
      { call: "iam:DeleteRolePolicy", input: { RoleName: "$role", PolicyName: "rolecall-ecr" } },
      { call: "iam:DeleteRole", input: { RoleName: "$role" } },
    ],
    changes: [{ of: "role", path: "", effect: "narrows", repairable: true }],
  },
  {
    name: "the role deleted and made again as it was",
    do: [
      { call: "iam:DeleteRolePolicy", input: { RoleName: "$role", PolicyName: "rolecall-ecr" } },
      { call: "iam:DeleteRole", input: { RoleName: "$role" } },
      { remake: {} },
    ],
    changes: [{ of: "role", path: "/roleId", effect: "none", repairable: true }],
  },
  {
    name: "the role deleted and made again without its policy",
    do: [
      { call: "iam:DeleteRolePolicy", input: { RoleName: "$role", PolicyName: "rolecall-ecr" } },
      { call: "iam:DeleteRole", input: { RoleName: "$role" } },
      { remake: { inline: false } },
    ],
    changes: [
      { of: "role", path: "/roleId", effect: "none", repairable: true },
      { of: "role", path: "/inlinePolicies/rolecall-ecr", effect: "narrows", repairable: true },
    ],
  },
  {
    name: "the role deleted and made again with an open trust",
    do: [
      { call: "iam:DeleteRolePolicy", input: { RoleName: "$role", PolicyName: "rolecall-ecr" } },
      { call: "iam:DeleteRole", input: { RoleName: "$role" } },
      {
        remake: {
          edits: [
            [
              "set",
              "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:sub",
              "repo:evil/app:ref:refs/heads/main",
            ],
          ],
        },
      },
    ],
    changes: [
      { of: "role", path: "/roleId", effect: "none", repairable: true },
      { of: "role", path: "/trustPolicy", effect: "widens", repairable: true },
    ],
  },
  {
    name: "trust: another repository's subject",
    do: [
      {
        edit: "trust",
        edits: [
          [
            "set",
            "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:sub",
            "repo:evil/app:ref:refs/heads/main",
          ],
        ],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "trust: another repository's id",
    do: [
      {
        edit: "trust",
        edits: [
          [
            "set",
            "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:repository_id",
            "1",
          ],
        ],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "trust: the repository's id dropped",
    do: [
      {
        edit: "trust",
        edits: [
          ["remove", "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:repository_id"],
        ],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "trust: every subject",
    do: [
      {
        edit: "trust",
        edits: [
          ["remove", "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:sub"],
          [
            "set",
            "/Statement/0/Condition/StringLike",
            { "token.actions.githubusercontent.com:sub": "repo:*" },
          ],
        ],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "trust: a wildcard for the branch",
    do: [
      {
        edit: "trust",
        edits: [
          ["remove", "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:sub"],
          [
            "set",
            "/Statement/0/Condition/StringLike",
            { "token.actions.githubusercontent.com:sub": "$subjectAnyRef" },
          ],
        ],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "trust: one more branch",
    do: [
      {
        edit: "trust",
        edits: [
          [
            "add",
            "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:sub",
            "$subjectOther",
          ],
        ],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "trust: the audience dropped",
    do: [
      {
        edit: "trust",
        edits: [["remove", "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:aud"]],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "trust: one more audience",
    do: [
      {
        edit: "trust",
        edits: [
          [
            "set",
            "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:aud",
            ["sts.amazonaws.com", "https://github.com/acme"],
          ],
        ],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "trust: another audience",
    do: [
      {
        edit: "trust",
        edits: [
          [
            "set",
            "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:aud",
            "https://github.com/acme",
          ],
        ],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "trust: a second statement for another repository",
    do: [
      {
        edit: "trust",
        edits: [
          [
            "add",
            "/Statement",
            {
              Effect: "Allow",
              Principal: { Federated: "$provider" },
              Action: "sts:AssumeRoleWithWebIdentity",
              Condition: { StringLike: { "token.actions.githubusercontent.com:sub": "repo:evil/app:*" } },
            },
          ],
        ],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "trust: a second statement for the account itself",
    do: [
      {
        edit: "trust",
        edits: [
          [
            "add",
            "/Statement",
            {
              Effect: "Allow",
              Principal: { AWS: "arn:aws:iam::123456789012:root" },
              Action: "sts:AssumeRole",
            },
          ],
        ],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "trust: a second principal",
    do: [{ edit: "trust", edits: [["set", "/Statement/0/Principal/AWS", "arn:aws:iam::123456789012:root"]] }],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "trust: everyone",
    do: [{ edit: "trust", edits: [["set", "/Statement/0/Principal", { Federated: "$provider", AWS: "*" }]] }],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "trust: a service as principal",
    do: [
      {
        edit: "trust",
        edits: [
          [
            "add",
            "/Statement",
            { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
          ],
        ],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "trust: ForAllValues, which an absent claim passes",
    do: [
      {
        edit: "trust",
        edits: [
          ["remove", "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:aud"],
          [
            "set",
            "/Statement/0/Condition/ForAllValues:StringEquals",
            { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" },
          ],
        ],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "trust: IfExists, which an absent claim passes",
    do: [
      {
        edit: "trust",
        edits: [
          ["remove", "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:repository_id"],
          [
            "set",
            "/Statement/0/Condition/StringEqualsIfExists",
            { "token.actions.githubusercontent.com:repository_id": "$repositoryId" },
          ],
        ],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "trust: compared without case",
    do: [
      {
        edit: "trust",
        edits: [
          ["move", "/Statement/0/Condition/StringEquals", "/Statement/0/Condition/StringEqualsIgnoreCase"],
        ],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "trust: sessions may be tagged",
    do: [
      {
        edit: "trust",
        edits: [["set", "/Statement/0/Action", ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]]],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "trust: a branch less",
    do: [
      {
        edit: "trust",
        edits: [["remove", "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:sub/1"]],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "narrows", repairable: true }],
  },
  {
    name: "trust: one more condition",
    do: [
      {
        edit: "trust",
        edits: [
          ["set", "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:actor", "alice"],
        ],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "narrows", repairable: true }],
  },
  {
    name: "trust: a Deny added",
    do: [
      {
        edit: "trust",
        edits: [
          [
            "add",
            "/Statement",
            {
              Effect: "Deny",
              Principal: { Federated: "$provider" },
              Action: "sts:AssumeRoleWithWebIdentity",
              Condition: { StringEquals: { "token.actions.githubusercontent.com:actor": "mallory" } },
            },
          ],
        ],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "narrows", repairable: true }],
  },
  {
    name: "trust: Allow turned into Deny",
    do: [{ edit: "trust", edits: [["set", "/Statement/0/Effect", "Deny"]] }],
    changes: [{ of: "role", path: "/trustPolicy", effect: "narrows", repairable: true }],
  },
  {
    name: "trust: the branch in another case",
    do: [
      {
        edit: "trust",
        edits: [
          [
            "set",
            "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:sub",
            "$subjectUpper",
          ],
        ],
      },
    ],
    changes: [{ of: "role", path: "/trustPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "inline policy: every repository",
    do: [{ edit: "inline", edits: [["set", "/Statement/1/Resource", "*"]] }],
    changes: [{ of: "role", path: "/inlinePolicies/rolecall-ecr", effect: "widens", repairable: true }],
  },
  {
    name: "inline policy: one more repository",
    do: [
      {
        edit: "inline",
        edits: [
          [
            "set",
            "/Statement/1/Resource",
            ["$repositoryArn", "arn:aws:ecr:eu-central-1:123456789012:repository/payments"],
          ],
        ],
      },
    ],
    changes: [{ of: "role", path: "/inlinePolicies/rolecall-ecr", effect: "widens", repairable: true }],
  },
  {
    name: "inline policy: a wildcard in the resource",
    do: [{ edit: "inline", edits: [["set", "/Statement/1/Resource", "$repositoryArn*"]] }],
    changes: [{ of: "role", path: "/inlinePolicies/rolecall-ecr", effect: "widens", repairable: true }],
  },
  {
    name: "inline policy: one more action",
    do: [{ edit: "inline", edits: [["add", "/Statement/1/Action", "ecr:DeleteRepository"]] }],
    changes: [{ of: "role", path: "/inlinePolicies/rolecall-ecr", effect: "widens", repairable: true }],
  },
  {
    name: "inline policy: every action of ECR",
    do: [{ edit: "inline", edits: [["set", "/Statement/1/Action", "ecr:*"]] }],
    changes: [{ of: "role", path: "/inlinePolicies/rolecall-ecr", effect: "widens", repairable: true }],
  },
  {
    name: "inline policy: NotAction",
    do: [{ edit: "inline", edits: [["move", "/Statement/1/Action", "/Statement/1/NotAction"]] }],
    changes: [{ of: "role", path: "/inlinePolicies/rolecall-ecr", effect: "widens", repairable: true }],
  },
  {
    name: "inline policy: an action less",
    do: [{ edit: "inline", edits: [["remove", "/Statement/1/Action/0"]] }],
    changes: [{ of: "role", path: "/inlinePolicies/rolecall-ecr", effect: "narrows", repairable: true }],
  },
  {
    name: "inline policy: a statement less",
    do: [{ edit: "inline", edits: [["remove", "/Statement/1"]] }],
    changes: [{ of: "role", path: "/inlinePolicies/rolecall-ecr", effect: "narrows", repairable: true }],
  },
  {
    name: "inline policy: a Deny added",
    do: [
      {
        edit: "inline",
        edits: [["add", "/Statement", { Effect: "Deny", Action: "ecr:PutImage", Resource: "*" }]],
      },
    ],
    changes: [{ of: "role", path: "/inlinePolicies/rolecall-ecr", effect: "narrows", repairable: true }],
  },
  {
    name: "inline policy: only with a condition",
    do: [
      {
        edit: "inline",
        edits: [["set", "/Statement/1/Condition", { Bool: { "aws:SecureTransport": "true" } }]],
      },
    ],
    changes: [{ of: "role", path: "/inlinePolicies/rolecall-ecr", effect: "narrows", repairable: true }],
  },
  {
    name: "inline policy: everything",
    do: [{ edit: "inline", edits: [["add", "/Statement", { Effect: "Allow", Action: "*", Resource: "*" }]] }],
    changes: [{ of: "role", path: "/inlinePolicies/rolecall-ecr", effect: "widens", repairable: true }],
  },
  {
    name: "inline policy replaced by another",
    do: [
      {
        edit: "inline",
        edits: [["set", "/Statement", [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }]]],
      },
    ],
    changes: [{ of: "role", path: "/inlinePolicies/rolecall-ecr", effect: "widens", repairable: true }],
  },
  {
    name: "inline policy removed",
    do: [{ call: "iam:DeleteRolePolicy", input: { RoleName: "$role", PolicyName: "rolecall-ecr" } }],
    changes: [{ of: "role", path: "/inlinePolicies/rolecall-ecr", effect: "narrows", repairable: true }],
  },
  {
    name: "a foreign inline policy added",
    do: [
      {
        call: "iam:PutRolePolicy",
        input: {
          RoleName: "$role",
          PolicyName: "backdoor",
          PolicyDocument: {
            json: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] },
          },
        },
      },
    ],
    changes: [{ of: "role", path: "/inlinePolicies/backdoor", effect: "widens", repairable: true }],
  },
  {
    name: "a foreign inline policy that only denies",
    do: [
      {
        call: "iam:PutRolePolicy",
        input: {
          RoleName: "$role",
          PolicyName: "guard",
          PolicyDocument: {
            json: { Version: "2012-10-17", Statement: [{ Effect: "Deny", Action: "s3:*", Resource: "*" }] },
          },
        },
      },
    ],
    changes: [{ of: "role", path: "/inlinePolicies/guard", effect: "narrows", repairable: true }],
  },
  {
    name: "inline policy removed and put back under another name",
    do: [
      { copyInline: "rolecall-ecr2" },
      { call: "iam:DeleteRolePolicy", input: { RoleName: "$role", PolicyName: "rolecall-ecr" } },
    ],
    changes: [
      { of: "role", path: "/inlinePolicies/rolecall-ecr", effect: "narrows", repairable: true },
      { of: "role", path: "/inlinePolicies/rolecall-ecr2", effect: "widens", repairable: true },
    ],
  },
  {
    name: "AdministratorAccess attached",
    do: [
      {
        call: "iam:AttachRolePolicy",
        input: { RoleName: "$role", PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
      },
    ],
    changes: [
      {
        of: "role",
        path: "/attachedPolicies/arn:aws:iam::aws:policy~1AdministratorAccess",
        effect: "widens",
        repairable: true,
      },
    ],
  },
  {
    name: "ReadOnlyAccess attached",
    do: [
      {
        call: "iam:AttachRolePolicy",
        input: { RoleName: "$role", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
      },
    ],
    changes: [
      {
        of: "role",
        path: "/attachedPolicies/arn:aws:iam::aws:policy~1ReadOnlyAccess",
        effect: "widens",
        repairable: true,
      },
    ],
  },
  {
    name: "two managed policies attached",
    do: [
      {
        call: "iam:AttachRolePolicy",
        input: { RoleName: "$role", PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
      },
      {
        call: "iam:AttachRolePolicy",
        input: { RoleName: "$role", PolicyArn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" },
      },
    ],
    changes: [
      {
        of: "role",
        path: "/attachedPolicies/arn:aws:iam::aws:policy~1AdministratorAccess",
        effect: "widens",
        repairable: true,
      },
      {
        of: "role",
        path: "/attachedPolicies/arn:aws:iam::aws:policy~1AmazonS3ReadOnlyAccess",
        effect: "widens",
        repairable: true,
      },
    ],
  },
  {
    name: "the boundary removed",
    do: [{ call: "iam:DeleteRolePermissionsBoundary", input: { RoleName: "$role" } }],
    changes: [{ of: "role", path: "/boundaryArn", effect: "widens", repairable: true }],
  },
  {
    name: "the boundary replaced",
    do: [
      {
        call: "iam:PutRolePermissionsBoundary",
        input: { RoleName: "$role", PermissionsBoundary: "arn:aws:iam::aws:policy/AdministratorAccess" },
      },
    ],
    changes: [{ of: "role", path: "/boundaryArn", effect: "widens", repairable: true }],
  },
  {
    name: "the boundary removed and everything allowed",
    do: [
      { call: "iam:DeleteRolePermissionsBoundary", input: { RoleName: "$role" } },
      {
        call: "iam:PutRolePolicy",
        input: {
          RoleName: "$role",
          PolicyName: "all",
          PolicyDocument: {
            json: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
          },
        },
      },
    ],
    changes: [
      { of: "role", path: "/boundaryArn", effect: "widens", repairable: true },
      { of: "role", path: "/inlinePolicies/all", effect: "widens", repairable: true },
    ],
  },
  {
    name: "longer sessions",
    do: [{ call: "iam:UpdateRole", input: { RoleName: "$role", MaxSessionDuration: 43200 } }],
    changes: [{ of: "role", path: "/maxSessionSeconds", effect: "widens", repairable: true }],
  },
  {
    name: "shorter sessions",
    do: [{ call: "iam:UpdateRole", input: { RoleName: "$role", MaxSessionDuration: 3600 } }],
    changes: [{ of: "role", path: "/maxSessionSeconds", effect: "narrows", repairable: true }],
  },
  {
    name: "another description",
    do: [
      {
        call: "iam:UpdateRole",
        input: { RoleName: "$role", Description: "mine now", MaxSessionDuration: 7200 },
      },
    ],
    changes: [{ of: "role", path: "/description", effect: "none", repairable: true }],
  },
  {
    name: "our id tag removed",
    do: [{ call: "iam:UntagRole", input: { RoleName: "$role", TagKeys: ["rolecall:id"] } }],
    changes: [{ of: "role", path: "/tags/rolecall:id", effect: "none", repairable: true }],
  },
  {
    name: "our id tag changed",
    do: [
      { call: "iam:TagRole", input: { RoleName: "$role", Tags: [{ Key: "rolecall:id", Value: "another" }] } },
    ],
    changes: [{ of: "role", path: "/tags/rolecall:id", effect: "none", repairable: true }],
  },
  {
    name: "our repository tag changed",
    do: [
      {
        call: "iam:TagRole",
        input: { RoleName: "$role", Tags: [{ Key: "rolecall:repository", Value: "acme/payments" }] },
      },
    ],
    changes: [{ of: "role", path: "/tags/rolecall:repository", effect: "none", repairable: true }],
  },
  {
    name: "a principal tag removed",
    do: [{ call: "iam:UntagRole", input: { RoleName: "$role", TagKeys: ["team"] } }],
    changes: [{ of: "role", path: "/tags/team", effect: "narrows", repairable: true }],
  },
  {
    name: "a principal tag changed",
    do: [{ call: "iam:TagRole", input: { RoleName: "$role", Tags: [{ Key: "team", Value: "payments" }] } }],
    changes: [{ of: "role", path: "/tags/team", effect: "widens", repairable: true }],
  },
  {
    name: "ECR: the repository deleted",
    do: [{ call: "ecr:DeleteRepository", input: { repositoryName: "$repository" } }],
    changes: [{ of: "repository", path: "", effect: "narrows", repairable: true }],
  },
  {
    name: "ECR: tags mutable",
    do: [
      {
        call: "ecr:PutImageTagMutability",
        input: { repositoryName: "$repository", imageTagMutability: "MUTABLE" },
      },
    ],
    changes: [{ of: "repository", path: "/tagMutability", effect: "widens", repairable: true }],
  },
  {
    name: "ECR: tags immutable without exclusion",
    do: [
      {
        call: "ecr:PutImageTagMutability",
        input: { repositoryName: "$repository", imageTagMutability: "IMMUTABLE" },
      },
    ],
    changes: [{ of: "repository", path: "/tagMutability", effect: "narrows", repairable: true }],
  },
  {
    name: "ECR: one more exclusion",
    do: [
      {
        call: "ecr:PutImageTagMutability",
        input: {
          repositoryName: "$repository",
          imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
          imageTagMutabilityExclusionFilters: [
            { filterType: "WILDCARD", filter: "latest" },
            { filterType: "WILDCARD", filter: "buildcache*" },
            { filterType: "WILDCARD", filter: "v*" },
          ],
        },
      },
    ],
    changes: [{ of: "repository", path: "/tagMutability", effect: "widens", repairable: true }],
  },
  {
    name: "ECR: an exclusion less",
    do: [
      {
        call: "ecr:PutImageTagMutability",
        input: {
          repositoryName: "$repository",
          imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
          imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "latest" }],
        },
      },
    ],
    changes: [{ of: "repository", path: "/tagMutability", effect: "narrows", repairable: true }],
  },
  {
    name: "ECR: exclusions the other way round",
    do: [
      {
        call: "ecr:PutImageTagMutability",
        input: {
          repositoryName: "$repository",
          imageTagMutability: "MUTABLE_WITH_EXCLUSION",
          imageTagMutabilityExclusionFilters: [
            { filterType: "WILDCARD", filter: "latest" },
            { filterType: "WILDCARD", filter: "buildcache*" },
          ],
        },
      },
    ],
    changes: [{ of: "repository", path: "/tagMutability", effect: "widens", repairable: true }],
  },
  {
    name: "ECR: deleted and made again with KMS",
    do: [
      { call: "ecr:DeleteRepository", input: { repositoryName: "$repository" } },
      {
        call: "ecr:CreateRepository",
        input: {
          repositoryName: "$repository",
          imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
          imageTagMutabilityExclusionFilters: [
            { filterType: "WILDCARD", filter: "latest" },
            { filterType: "WILDCARD", filter: "buildcache*" },
          ],
          encryptionConfiguration: { encryptionType: "KMS" },
          tags: [{ Key: "rolecall:id", Value: "$ecrId" }],
        },
      },
    ],
    changes: [
      { of: "repository", path: "/encryption", effect: "none", repairable: false },
      { of: "repository", path: "/lifecyclePolicy", effect: "none", repairable: true },
      { of: "repository", path: "/scanOnPush", effect: "none", repairable: true },
    ],
  },
  {
    name: "ECR: deleted and made again by hand",
    do: [
      { call: "ecr:DeleteRepository", input: { repositoryName: "$repository" } },
      { call: "ecr:CreateRepository", input: { repositoryName: "$repository" } },
    ],
    changes: [
      { of: "repository", path: "/tagMutability", effect: "widens", repairable: true },
      { of: "repository", path: "/tags/rolecall:id", effect: "none", repairable: true },
      { of: "repository", path: "/lifecyclePolicy", effect: "none", repairable: true },
      { of: "repository", path: "/scanOnPush", effect: "none", repairable: true },
    ],
  },
  {
    name: "ECR: a lifecycle policy that expires images",
    do: [
      {
        call: "ecr:PutLifecyclePolicy",
        input: {
          repositoryName: "$repository",
          lifecyclePolicyText: {
            json: {
              rules: [
                {
                  rulePriority: 1,
                  selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 },
                  action: { type: "expire" },
                },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "repository", path: "/lifecyclePolicy", effect: "none", repairable: true }],
  },
  {
    name: "ECR: the repository opened to everyone",
    do: [
      {
        call: "ecr:SetRepositoryPolicy",
        input: {
          repositoryName: "$repository",
          policyText: {
            json: {
              Version: "2012-10-17",
              Statement: [{ Sid: "x", Effect: "Allow", Principal: "*", Action: ["ecr:BatchGetImage"] }],
            },
          },
        },
      },
    ],
    changes: [{ of: "repository", path: "/repositoryPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "ECR: a repository policy that only denies",
    do: [
      {
        call: "ecr:SetRepositoryPolicy",
        input: {
          repositoryName: "$repository",
          policyText: {
            json: {
              Version: "2012-10-17",
              Statement: [{ Sid: "x", Effect: "Deny", Principal: "*", Action: ["ecr:BatchGetImage"] }],
            },
          },
        },
      },
    ],
    changes: [{ of: "repository", path: "/repositoryPolicy", effect: "narrows", repairable: true }],
  },
  {
    name: "ECR: not scanned any more",
    do: [
      {
        call: "ecr:PutImageScanningConfiguration",
        input: { repositoryName: "$repository", imageScanningConfiguration: { scanOnPush: false } },
      },
    ],
    changes: [{ of: "repository", path: "/scanOnPush", effect: "none", repairable: true }],
  },
  {
    name: "ECR: scanned though it is not to be",
    settings: { scanOnPush: false },
    do: [
      {
        call: "ecr:PutImageScanningConfiguration",
        input: { repositoryName: "$repository", imageScanningConfiguration: { scanOnPush: true } },
      },
    ],
    changes: [{ of: "repository", path: "/scanOnPush", effect: "none", repairable: true }],
  },
  {
    name: "ECR: the lifecycle policy deleted",
    do: [{ call: "ecr:DeleteLifecyclePolicy", input: { repositoryName: "$repository" } }],
    changes: [{ of: "repository", path: "/lifecyclePolicy", effect: "none", repairable: true }],
  },
  {
    name: "ECR: untagged images expire earlier",
    do: [
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
                    countNumber: 1,
                  },
                  action: { type: "expire" },
                },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "repository", path: "/lifecyclePolicy", effect: "none", repairable: true }],
  },
  {
    name: "ECR: a lifecycle policy where there is to be none",
    settings: { lifecycle: [] },
    do: [
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
    changes: [{ of: "repository", path: "/lifecyclePolicy", effect: "none", repairable: true }],
  },
  {
    name: "ECR: fewer tagged images are kept",
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
                  rulePriority: 1,
                  selection: {
                    tagStatus: "tagged",
                    tagPatternList: ["v*"],
                    countType: "imageCountMoreThan",
                    countNumber: 5,
                  },
                  action: { type: "expire" },
                },
                {
                  rulePriority: 2,
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
    changes: [{ of: "repository", path: "/lifecyclePolicy", effect: "none", repairable: true }],
  },
  {
    name: "ECR: another pattern of tags expires",
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
                  rulePriority: 1,
                  selection: {
                    tagStatus: "tagged",
                    tagPatternList: ["*"],
                    countType: "imageCountMoreThan",
                    countNumber: 50,
                  },
                  action: { type: "expire" },
                },
                {
                  rulePriority: 2,
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
    changes: [{ of: "repository", path: "/lifecyclePolicy", effect: "none", repairable: true }],
  },
  {
    name: "ECR: the repository policy deleted",
    settings: { pull: { accounts: ["210987654321", "310987654321"], organization: "o-a1b2c3d4e5" } },
    do: [{ call: "ecr:DeleteRepositoryPolicy", input: { repositoryName: "$repository" } }],
    changes: [{ of: "repository", path: "/repositoryPolicy", effect: "narrows", repairable: true }],
  },
  {
    name: "ECR: one more account may pull",
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
                  Sid: "PullFromAccounts",
                  Effect: "Allow",
                  Principal: {
                    AWS: [
                      "arn:aws:iam::210987654321:root",
                      "arn:aws:iam::310987654321:root",
                      "arn:aws:iam::410987654321:root",
                    ],
                  },
                  Action: [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                  ],
                },
                {
                  Sid: "PullFromOrganization",
                  Effect: "Allow",
                  Principal: "*",
                  Action: [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                  ],
                  Condition: { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } },
                },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "repository", path: "/repositoryPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "ECR: an account less may pull",
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
                  Sid: "PullFromAccounts",
                  Effect: "Allow",
                  Principal: { AWS: ["arn:aws:iam::210987654321:root"] },
                  Action: [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                  ],
                },
                {
                  Sid: "PullFromOrganization",
                  Effect: "Allow",
                  Principal: "*",
                  Action: [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                  ],
                  Condition: { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } },
                },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "repository", path: "/repositoryPolicy", effect: "narrows", repairable: true }],
  },
  {
    name: "ECR: another organisation may pull",
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
                  Sid: "PullFromAccounts",
                  Effect: "Allow",
                  Principal: { AWS: ["arn:aws:iam::210987654321:root", "arn:aws:iam::310987654321:root"] },
                  Action: [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                  ],
                },
                {
                  Sid: "PullFromOrganization",
                  Effect: "Allow",
                  Principal: "*",
                  Action: [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                  ],
                  Condition: { StringEquals: { "aws:PrincipalOrgID": "o-zzzzzzzzzz" } },
                },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "repository", path: "/repositoryPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "ECR: Lambda's own statement, which nobody asked for",
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
    changes: [{ of: "repository", path: "/repositoryPolicy/lambda", effect: "widens", repairable: false }],
  },
  {
    name: "ECR: Lambda's own statement with ArnLike and no Sid",
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
                  Principal: { Service: "lambda.amazonaws.com" },
                  Action: [
                    "ecr:BatchGetImage",
                    "ecr:DeleteRepositoryPolicy",
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:GetRepositoryPolicy",
                    "ecr:SetRepositoryPolicy",
                  ],
                  Condition: {
                    ArnLike: { "aws:sourceArn": "arn:aws:lambda:eu-central-1:123456789012:function:*" },
                  },
                },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "repository", path: "/repositoryPolicy/lambda", effect: "widens", repairable: false }],
  },
  {
    name: "ECR: Lambda's own statement, and one for everyone",
    do: [
      {
        call: "ecr:SetRepositoryPolicy",
        input: {
          repositoryName: "$repository",
          policyText: {
            json: {
              Version: "2008-10-17",
              Statement: [
                { Sid: "Everybody", Effect: "Allow", Principal: "*", Action: "ecr:*" },
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
    changes: [
      { of: "repository", path: "/repositoryPolicy", effect: "widens", repairable: true },
      { of: "repository", path: "/repositoryPolicy/lambda", effect: "widens", repairable: false },
    ],
  },
  {
    name: "ECR: a statement like Lambda's, for any account's functions",
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
                  Condition: { StringLike: { "aws:sourceArn": "arn:aws:lambda:*:*:function:*" } },
                },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "repository", path: "/repositoryPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "ECR: a statement like Lambda's, for another account's functions too",
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
                    StringLike: {
                      "aws:sourceArn": [
                        "arn:aws:lambda:eu-central-1:123456789012:function:*",
                        "arn:aws:lambda:eu-central-1:999999999999:function:*",
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
    changes: [{ of: "repository", path: "/repositoryPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "ECR: a statement like Lambda's, without a condition",
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
                },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "repository", path: "/repositoryPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "ECR: a statement like Lambda's, with IfExists",
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
                    StringLikeIfExists: {
                      "aws:sourceArn": "arn:aws:lambda:eu-central-1:123456789012:function:*",
                    },
                  },
                },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "repository", path: "/repositoryPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "ECR: a statement like Lambda's that also names an account",
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
                  Principal: { Service: "lambda.amazonaws.com", AWS: "999999999999" },
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
    changes: [{ of: "repository", path: "/repositoryPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "ECR: a statement like Lambda's, for all but Lambda",
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
                  NotPrincipal: { Service: "lambda.amazonaws.com" },
                },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "repository", path: "/repositoryPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "ECR: a statement like Lambda's, which may push",
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
                  Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:PutImage"],
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
    changes: [{ of: "repository", path: "/repositoryPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "ECR: Lambda's statement, which was asked for, deleted",
    settings: { pull: { lambda: true } },
    do: [{ call: "ecr:DeleteRepositoryPolicy", input: { repositoryName: "$repository" } }],
    changes: [{ of: "repository", path: "/repositoryPolicy", effect: "narrows", repairable: true }],
  },
  {
    name: "ECR: Lambda's statement, which was asked for, held to one function",
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
                    StringLike: { "aws:sourceArn": "arn:aws:lambda:eu-central-1:123456789012:function:api" },
                  },
                },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "repository", path: "/repositoryPolicy", effect: "narrows", repairable: true }],
  },
  {
    name: "ECR: Lambda's statement of another account, which was asked for, deleted",
    settings: { pull: { accounts: ["210987654321"], lambda: true } },
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
                  Sid: "PullFromAccounts",
                  Effect: "Allow",
                  Principal: { AWS: "arn:aws:iam::210987654321:root" },
                  Action: [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                  ],
                },
                {
                  Sid: "PullFromLambda",
                  Effect: "Allow",
                  Principal: { Service: "lambda.amazonaws.com" },
                  Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                  Condition: {
                    StringLike: { "aws:SourceArn": ["arn:aws:lambda:eu-central-1:123456789012:function:*"] },
                  },
                },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "repository", path: "/repositoryPolicy", effect: "narrows", repairable: true }],
  },
  {
    name: "ECR: the organisation's condition dropped",
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
                  Sid: "PullFromAccounts",
                  Effect: "Allow",
                  Principal: { AWS: ["arn:aws:iam::210987654321:root", "arn:aws:iam::310987654321:root"] },
                  Action: [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                  ],
                },
                {
                  Sid: "PullFromOrganization",
                  Effect: "Allow",
                  Principal: "*",
                  Action: [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                  ],
                },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "repository", path: "/repositoryPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "ECR: the organisation may push",
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
                  Sid: "PullFromAccounts",
                  Effect: "Allow",
                  Principal: { AWS: ["arn:aws:iam::210987654321:root", "arn:aws:iam::310987654321:root"] },
                  Action: [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                  ],
                },
                {
                  Sid: "PullFromOrganization",
                  Effect: "Allow",
                  Principal: "*",
                  Action: [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:PutImage",
                  ],
                  Condition: { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } },
                },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "repository", path: "/repositoryPolicy", effect: "widens", repairable: true }],
  },
  {
    name: "ECR: a tag of the settings removed",
    settings: { tags: { team: "core" } },
    do: [{ call: "ecr:UntagResource", input: { resourceArn: "$repositoryArn", tagKeys: ["team"] } }],
    changes: [{ of: "repository", path: "/tags/team", effect: "narrows", repairable: true }],
  },
  {
    name: "ECR: a tag of the settings changed",
    settings: { tags: { team: "core" } },
    do: [
      {
        call: "ecr:TagResource",
        input: { resourceArn: "$repositoryArn", tags: [{ Key: "team", Value: "other" }] },
      },
    ],
    changes: [{ of: "repository", path: "/tags/team", effect: "widens", repairable: true }],
  },
  {
    name: "ECR: mutable with exceptions: one exception less",
    settings: { tagMutability: "MUTABLE", exclusions: ["v*", "release-*"] },
    do: [
      {
        call: "ecr:PutImageTagMutability",
        input: {
          repositoryName: "$repository",
          imageTagMutability: "MUTABLE_WITH_EXCLUSION",
          imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "v*" }],
        },
      },
    ],
    changes: [{ of: "repository", path: "/tagMutability", effect: "widens", repairable: true }],
  },
  {
    name: "ECR: mutable tags made immutable",
    settings: { tagMutability: "MUTABLE" },
    do: [
      {
        call: "ecr:PutImageTagMutability",
        input: { repositoryName: "$repository", imageTagMutability: "IMMUTABLE" },
      },
    ],
    changes: [{ of: "repository", path: "/tagMutability", effect: "narrows", repairable: true }],
  },
  {
    name: "ECR: deleted and made again with another key",
    settings: {
      encryption: {
        type: "KMS",
        kmsKey: "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
      },
      lifecycle: [],
    },
    do: [
      { call: "ecr:DeleteRepository", input: { repositoryName: "$repository" } },
      {
        call: "ecr:CreateRepository",
        input: {
          repositoryName: "$repository",
          imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
          imageTagMutabilityExclusionFilters: [
            { filterType: "WILDCARD", filter: "latest" },
            { filterType: "WILDCARD", filter: "buildcache*" },
          ],
          imageScanningConfiguration: { scanOnPush: true },
          encryptionConfiguration: {
            encryptionType: "KMS",
            kmsKey: "arn:aws:kms:eu-central-1:123456789012:key/9999abcd-12ab-34cd-56ef-1234567890ab",
          },
          tags: [{ Key: "rolecall:id", Value: "$ecrId" }],
        },
      },
    ],
    changes: [{ of: "repository", path: "/encryption", effect: "none", repairable: false }],
  },
  {
    name: "ECR: deleted, with settings of its own",
    settings: {
      pull: { accounts: ["210987654321", "310987654321"], organization: "o-a1b2c3d4e5" },
      tags: { team: "core" },
      lifecycle: [
        { images: "tagged", tags: ["v*"], keepLast: 50 },
        { images: "any", expireAfterDays: 90 },
      ],
      scanOnPush: false,
      encryption: {
        type: "KMS",
        kmsKey: "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
      },
    },
    do: [{ call: "ecr:DeleteRepository", input: { repositoryName: "$repository" } }],
    changes: [{ of: "repository", path: "", effect: "narrows", repairable: true }],
  },
  {
    name: "ECR: our id tag removed",
    do: [{ call: "ecr:UntagResource", input: { resourceArn: "$repositoryArn", tagKeys: ["rolecall:id"] } }],
    changes: [{ of: "repository", path: "/tags/rolecall:id", effect: "none", repairable: true }],
  },
  {
    name: "ECR: our id tag changed",
    do: [
      {
        call: "ecr:TagResource",
        input: { resourceArn: "$repositoryArn", tags: [{ Key: "rolecall:id", Value: "another" }] },
      },
    ],
    changes: [{ of: "repository", path: "/tags/rolecall:id", effect: "none", repairable: true }],
  },
  {
    name: "GitHub: renamed",
    do: [{ github: "rename", to: "acme/$repo-renamed" }],
    changes: [{ of: "github", path: "/full_name", effect: "narrows", repairable: false }],
  },
  {
    name: "GitHub: transferred",
    do: [{ github: "rename", to: "Umbrella/$repo" }],
    changes: [{ of: "github", path: "/full_name", effect: "narrows", repairable: false }],
  },
  {
    name: "GitHub: archived",
    do: [{ github: "set", settings: { archived: true } }],
    changes: [{ of: "github", path: "/archived", effect: "none", repairable: false }],
  },
  {
    name: "GitHub: gone",
    do: [{ github: "remove" }],
    changes: [{ of: "github", path: "", effect: "narrows", repairable: false }],
  },
  {
    name: "GitHub: the name taken by another",
    do: [{ github: "set", settings: { id: 4242 } }],
    changes: [{ of: "github", path: "/id", effect: "none", repairable: false }],
  },
  {
    name: "GitHub: a customised subject",
    do: [{ github: "set", settings: { template: ["repo", "actor"] } }],
    changes: [{ of: "github", path: "/include_claim_keys", effect: "narrows", repairable: false }],
  },
  {
    name: "trust, policy, tags and ECR at once",
    do: [
      {
        edit: "trust",
        edits: [["remove", "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:aud"]],
      },
      { edit: "inline", edits: [["set", "/Statement/1/Resource", "*"]] },
      { call: "iam:UntagRole", input: { RoleName: "$role", TagKeys: ["team"] } },
      {
        call: "ecr:PutImageTagMutability",
        input: { repositoryName: "$repository", imageTagMutability: "MUTABLE" },
      },
    ],
    changes: [
      { of: "role", path: "/trustPolicy", effect: "widens", repairable: true },
      { of: "role", path: "/inlinePolicies/rolecall-ecr", effect: "widens", repairable: true },
      { of: "role", path: "/tags/team", effect: "narrows", repairable: true },
      { of: "repository", path: "/tagMutability", effect: "widens", repairable: true },
    ],
  },
  {
    name: "the role opened while GitHub renamed the repository",
    do: [
      {
        edit: "trust",
        edits: [["remove", "/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:aud"]],
      },
      { github: "rename", to: "acme/$repo-moved" },
    ],
    changes: [
      { of: "role", path: "/trustPolicy", effect: "widens", repairable: true },
      { of: "github", path: "/full_name", effect: "narrows", repairable: false },
    ],
  },
  {
    name: "the managed policy detached",
    request: {
      profiles: ["artifacts"],
      managedPolicyArns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
    },
    do: [
      {
        call: "iam:DetachRolePolicy",
        input: { RoleName: "$role", PolicyArn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" },
      },
    ],
    changes: [
      {
        of: "role",
        path: "/attachedPolicies/arn:aws:iam::aws:policy~1AmazonS3ReadOnlyAccess",
        effect: "narrows",
        repairable: true,
      },
    ],
  },
  {
    name: "the managed policy replaced by another",
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
        input: { RoleName: "$role", PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
      },
    ],
    changes: [
      {
        of: "role",
        path: "/attachedPolicies/arn:aws:iam::aws:policy~1AmazonS3ReadOnlyAccess",
        effect: "narrows",
        repairable: true,
      },
      {
        of: "role",
        path: "/attachedPolicies/arn:aws:iam::aws:policy~1AdministratorAccess",
        effect: "widens",
        repairable: true,
      },
    ],
  },
  {
    name: "a managed policy attached in addition to the registered one",
    request: {
      profiles: ["artifacts"],
      managedPolicyArns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
    },
    do: [
      {
        call: "iam:AttachRolePolicy",
        input: { RoleName: "$role", PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
      },
    ],
    changes: [
      {
        of: "role",
        path: "/attachedPolicies/arn:aws:iam::aws:policy~1AdministratorAccess",
        effect: "widens",
        repairable: true,
      },
    ],
  },
  {
    name: "a profile's policy deleted",
    request: {
      profiles: ["artifacts"],
      managedPolicyArns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
    },
    do: [{ call: "iam:DeleteRolePolicy", input: { RoleName: "$role", PolicyName: "rolecall-artifacts" } }],
    changes: [
      { of: "role", path: "/inlinePolicies/rolecall-artifacts", effect: "narrows", repairable: true },
    ],
  },
  {
    name: "a profile's policy allows every action",
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
                { Effect: "Allow", Action: "s3:*", Resource: ["arn:aws:s3:::acme-artifacts/acme/$repo/*"] },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "role", path: "/inlinePolicies/rolecall-artifacts", effect: "widens", repairable: true }],
  },
  {
    name: "a profile's policy allows more actions",
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
                  Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                  Resource: ["arn:aws:s3:::acme-artifacts/acme/$repo/*"],
                },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "role", path: "/inlinePolicies/rolecall-artifacts", effect: "widens", repairable: true }],
  },
  {
    name: "a profile's policy allows fewer actions",
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
                  Action: ["s3:GetObject"],
                  Resource: ["arn:aws:s3:::acme-artifacts/acme/$repo/*"],
                },
              ],
            },
          },
        },
      },
    ],
    changes: [
      { of: "role", path: "/inlinePolicies/rolecall-artifacts", effect: "narrows", repairable: true },
    ],
  },
  {
    name: "a profile's policy is another repository's",
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
                  Action: ["s3:GetObject", "s3:PutObject"],
                  Resource: ["arn:aws:s3:::acme-artifacts/acme/other/*"],
                },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "role", path: "/inlinePolicies/rolecall-artifacts", effect: "widens", repairable: true }],
  },
  {
    name: "a profile's policy on the whole bucket",
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
                  Action: ["s3:GetObject", "s3:PutObject"],
                  Resource: ["arn:aws:s3:::acme-artifacts/*"],
                },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "role", path: "/inlinePolicies/rolecall-artifacts", effect: "widens", repairable: true }],
  },
  {
    name: "a policy named like a profile that is not registered",
    request: {
      profiles: ["artifacts"],
      managedPolicyArns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
    },
    do: [
      {
        call: "iam:PutRolePolicy",
        input: {
          RoleName: "$role",
          PolicyName: "rolecall-other",
          PolicyDocument: {
            json: {
              Version: "2012-10-17",
              Statement: [
                {
                  Effect: "Allow",
                  Action: ["s3:GetObject"],
                  Resource: ["arn:aws:s3:::acme-artifacts/acme/$repo/*"],
                },
              ],
            },
          },
        },
      },
    ],
    changes: [{ of: "role", path: "/inlinePolicies/rolecall-other", effect: "widens", repairable: true }],
  },
  {
    name: "all policies of a role with profiles taken away",
    request: {
      profiles: ["artifacts"],
      managedPolicyArns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
    },
    do: [
      {
        call: "iam:DetachRolePolicy",
        input: { RoleName: "$role", PolicyArn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" },
      },
      { call: "iam:DeleteRolePolicy", input: { RoleName: "$role", PolicyName: "rolecall-artifacts" } },
      { call: "iam:DeleteRolePolicy", input: { RoleName: "$role", PolicyName: "rolecall-ecr" } },
    ],
    changes: [
      {
        of: "role",
        path: "/attachedPolicies/arn:aws:iam::aws:policy~1AmazonS3ReadOnlyAccess",
        effect: "narrows",
        repairable: true,
      },
      { of: "role", path: "/inlinePolicies/rolecall-artifacts", effect: "narrows", repairable: true },
      { of: "role", path: "/inlinePolicies/rolecall-ecr", effect: "narrows", repairable: true },
    ],
  },
  {
    name: "a role with profiles deleted",
    request: {
      profiles: ["artifacts"],
      managedPolicyArns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
    },
    do: [
      {
        call: "iam:DetachRolePolicy",
        input: { RoleName: "$role", PolicyArn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" },
      },
      { call: "iam:DeleteRolePolicy", input: { RoleName: "$role", PolicyName: "rolecall-artifacts" } },
      { call: "iam:DeleteRolePolicy", input: { RoleName: "$role", PolicyName: "rolecall-ecr" } },
      { call: "iam:DeleteRole", input: { RoleName: "$role" } },
    ],
    changes: [{ of: "role", path: "", effect: "narrows", repairable: true }],
  },
];
