import type { Request } from "./iam.ts";

export type Case = {
  case: string;
  by?: string[];
  actions: string[];
  resource: string;
  context?: NonNullable<Request["context"]>;
  denied: boolean;
};

export const table: Record<"resource-control-policy" | "service-control-policy", readonly Case[]> = {
  "resource-control-policy": [
    {
      case: "a workflow of a listed owner assumes a registered role",
      actions: ["sts:AssumeRoleWithWebIdentity"],
      resource: "arn:aws:iam::123456789012:role/rolecall/acme-api-publish-5c3a7f0e9b1d",
      context: { "token.actions.githubusercontent.com:repository_owner_id": "1234567" },
      denied: false,
    },
    {
      case: "a workflow of another owner does not, whatever the trust policy says",
      actions: ["sts:AssumeRoleWithWebIdentity"],
      resource: "arn:aws:iam::123456789012:role/rolecall/acme-api-publish-5c3a7f0e9b1d",
      context: { "token.actions.githubusercontent.com:repository_owner_id": "7654321" },
      denied: true,
    },
    {
      case: "an owner whose id begins like a listed one does not",
      actions: ["sts:AssumeRoleWithWebIdentity"],
      resource: "arn:aws:iam::123456789012:role/rolecall/acme-api-publish-5c3a7f0e9b1d",
      context: { "token.actions.githubusercontent.com:repository_owner_id": "12345678" },
      denied: true,
    },
    {
      case: "a token without an owner's id, as GitHub Enterprise Server sends them, is shut out",
      actions: ["sts:AssumeRoleWithWebIdentity"],
      resource: "arn:aws:iam::123456789012:role/rolecall/acme-api-publish-5c3a7f0e9b1d",
      denied: true,
    },
    {
      case: "a token of another issuer that AWS knows the owner's id of is shut out until its key is listed",
      actions: ["sts:AssumeRoleWithWebIdentity"],
      resource: "arn:aws:iam::123456789012:role/rolecall/acme-api-publish-5c3a7f0e9b1d",
      context: { "token.actions.acme.ghe.com:repository_owner_id": "1234567" },
      denied: true,
    },
    {
      case: "nobody assumes a registered role with credentials of AWS or by SAML",
      actions: ["sts:AssumeRole", "sts:AssumeRoleWithSAML"],
      resource: "arn:aws:iam::123456789012:role/rolecall/acme-api-publish-5c3a7f0e9b1d",
      context: { "aws:PrincipalArn": "arn:aws:iam::123456789012:role/admin" },
      denied: true,
    },
    {
      case: "in every account of the organisation",
      actions: ["sts:AssumeRole"],
      resource: "arn:aws:iam::210987654321:role/rolecall/acme-api-publish-5c3a7f0e9b1d",
      denied: true,
    },
    {
      case: "roles under another path are none of its business",
      actions: ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"],
      resource: "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-ApiRole-1A2B3C4D5E6F",
      denied: false,
    },
    {
      case: "a path that only begins alike is another",
      actions: ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"],
      resource: "arn:aws:iam::123456789012:role/rolecall-dev/acme-api-publish-5c3a7f0e9b1d",
      denied: false,
    },
    {
      case: "it withholds nothing else of STS",
      actions: ["sts:GetCallerIdentity", "sts:TagSession"],
      resource: "arn:aws:iam::123456789012:role/rolecall/acme-api-publish-5c3a7f0e9b1d",
      denied: false,
    },
  ],
  "service-control-policy": [
    {
      case: "the functions write registered roles",
      by: [
        "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-ApiRole-1A2B3C4D5E6F",
        "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-DriftRole-1A2B3C4D5E6F",
        "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-SelfRole-1A2B3C4D5E6F",
      ],
      actions: [
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
      ],
      resource: "arn:aws:iam::123456789012:role/rolecall/acme-api-publish-5c3a7f0e9b1d",
      denied: false,
    },
    {
      case: "a member account's writer writes registered roles there",
      by: ["arn:aws:iam::210987654321:role/rolecall-member/rolecall-writer"],
      actions: [
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:PutRolePolicy",
        "iam:UntagRole",
      ],
      resource: "arn:aws:iam::210987654321:role/rolecall/acme-api-publish-5c3a7f0e9b1d",
      denied: false,
    },
    {
      case: "nobody else does, an administrator and who deploys included",
      by: [
        "arn:aws:iam::123456789012:role/admin",
        "arn:aws:iam::123456789012:user/alice",
        "arn:aws:iam::123456789012:root",
        "arn:aws:iam::123456789012:role/rolecall-deployment",
        "arn:aws:iam::123456789012:role/rolecall/acme-api-publish-5c3a7f0e9b1d",
        "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-ApiRole-000000000000",
        "arn:aws:iam::210987654321:role/rolecall-hub/rolecall-prod-ApiRole-1A2B3C4D5E6F",
        "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-SelfRole-000000000000",
        "arn:aws:iam::210987654321:role/rolecall-member/rolecall-reader",
      ],
      actions: [
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DeleteRolePermissionsBoundary",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
        "iam:UpdateRoleDescription",
      ],
      resource: "arn:aws:iam::123456789012:role/rolecall/acme-api-publish-5c3a7f0e9b1d",
      denied: true,
    },
    {
      case: "everyone may read registered roles",
      by: ["arn:aws:iam::123456789012:role/admin"],
      actions: ["iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies"],
      resource: "arn:aws:iam::123456789012:role/rolecall/acme-api-publish-5c3a7f0e9b1d",
      denied: false,
    },
    {
      case: "roles under another path are none of its business",
      by: ["arn:aws:iam::123456789012:role/admin"],
      actions: ["iam:CreateRole", "iam:DeleteRole", "iam:PutRolePolicy"],
      resource: "arn:aws:iam::123456789012:role/payments",
      denied: false,
    },
    {
      case: "who deploys writes the boundary",
      by: ["arn:aws:iam::123456789012:role/rolecall-deployment"],
      actions: ["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicyVersion", "iam:DeletePolicy"],
      resource: "arn:aws:iam::123456789012:policy/rolecall/rolecall-prod-PermissionsBoundary-1A2B3C4D5E6F",
      denied: false,
    },
    {
      case: "nobody else writes the boundary, the functions included",
      by: [
        "arn:aws:iam::123456789012:role/admin",
        "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-ApiRole-1A2B3C4D5E6F",
        "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-DriftRole-1A2B3C4D5E6F",
        "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-SelfRole-1A2B3C4D5E6F",
        "arn:aws:iam::210987654321:role/rolecall-member/rolecall-writer",
      ],
      actions: [
        "iam:CreatePolicy",
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "iam:DeletePolicyVersion",
        "iam:SetDefaultPolicyVersion",
        "iam:TagPolicy",
        "iam:UntagPolicy",
      ],
      resource: "arn:aws:iam::123456789012:policy/rolecall/rolecall-prod-PermissionsBoundary-1A2B3C4D5E6F",
      denied: true,
    },
    {
      case: "another policy is none of its business",
      by: ["arn:aws:iam::123456789012:role/admin"],
      actions: ["iam:CreatePolicyVersion"],
      resource: "arn:aws:iam::123456789012:policy/payments",
      denied: false,
    },
    {
      case: "who deploys changes the functions' roles",
      by: ["arn:aws:iam::123456789012:role/rolecall-deployment"],
      actions: ["iam:CreateRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole"],
      resource: "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-ApiRole-1A2B3C4D5E6F",
      denied: false,
    },
    {
      case: "nobody else lets itself act as a function",
      by: [
        "arn:aws:iam::123456789012:role/admin",
        "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-ApiRole-1A2B3C4D5E6F",
      ],
      actions: ["iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"],
      resource: "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-DriftRole-1A2B3C4D5E6F",
      denied: true,
    },
    {
      case: "nobody else lets itself act as the function that serves workflows",
      by: [
        "arn:aws:iam::123456789012:role/admin",
        "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-SelfRole-1A2B3C4D5E6F",
      ],
      actions: ["iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"],
      resource: "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-SelfRole-1A2B3C4D5E6F",
      denied: true,
    },
    {
      case: "nobody else makes or changes a member account's roles",
      by: [
        "arn:aws:iam::210987654321:role/admin",
        "arn:aws:iam::210987654321:role/rolecall-member/rolecall-writer",
      ],
      actions: ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"],
      resource: "arn:aws:iam::210987654321:role/rolecall-member/rolecall-writer",
      denied: true,
    },
  ],
};
