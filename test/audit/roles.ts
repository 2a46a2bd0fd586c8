import { auditRole } from "../../src/audit/audit.ts";
import type { AccountRole } from "../../src/desired/account-role.ts";

/**
 * A role of a case table, as its differences from the example role of the guide. `sub` is short for one statement with
 * that subject and the audience, `condition` for one with that condition. `gh:` stands for the issuer's prefix, HOST
 * for its host, ECR for the ARN of the account's repositories. Policies are lists of statements with the effect Allow
 * by default.
 */
export type ShortRole = {
  sub?: string | string[];
  condition?: Record<string, unknown>;
  statements?: Record<string, unknown>[];
  host?: string;
  trustText?: string;
  name?: string;
  path?: string;
  tags?: Record<string, string>;
  boundary?: string;
  inline?: Record<string, unknown>;
  attached?: Record<string, unknown>;
  createdDaysAgo?: number;
  usedDaysAgo?: number;
};

export type ShortRegistration = {
  owner: string;
  repo: string;
  role: string;
  /** The name of its IAM role. */
  name?: string;
  path?: string;
  usedDaysAgo?: number;
};

export const HOST = "token.actions.githubusercontent.com";
export const ACCOUNT = "123456789012";
const NOW = Date.parse("2026-11-23T06:00:00.000Z");
const daysAgo = (days: number): string => new Date(NOW - days * 24 * 60 * 60_000).toISOString();

const GUIDE_ACTIONS = [
  "ecr:CompleteLayerUpload",
  "ecr:GetAuthorizationToken",
  "ecr:UploadLayerPart",
  "ecr:InitiateLayerUpload",
  "ecr:BatchCheckLayerAvailability",
  "ecr:PutImage",
];
const GUIDE_POLICY = `arn:aws:iam::${ACCOUNT}:policy/gh-actions-policy`;

export function roleOf(short: ShortRole): AccountRole {
  const { name = "gh-actions-role", path = "/", inline = {}, createdDaysAgo = 400, usedDaysAgo } = short;
  const attached =
    short.attached ??
    (short.inline === undefined ? { [GUIDE_POLICY]: { Action: GUIDE_ACTIONS, Resource: "*" } } : {});
  return {
    arn: `arn:aws:iam::${ACCOUNT}:role${path}${name}`,
    name,
    path,
    roleId: "AROAEXAMPLE",
    trustPolicy: trustText(short),
    inlinePolicies: Object.fromEntries(
      Object.entries(inline).map(([policy, statements]) => [policy, policyText(statements)]),
    ),
    attachedPolicies: Object.fromEntries(
      Object.entries(attached).map(([arn, statements]) => [
        arn.replace("ACCOUNT", ACCOUNT),
        statements === null ? undefined : policyText(statements),
      ]),
    ),
    boundaryArn: short.boundary,
    tags: short.tags ?? {},
    createdAt: daysAgo(createdDaysAgo),
    lastUsedAt: usedDaysAgo === undefined ? undefined : daysAgo(usedDaysAgo),
  };
}

function trustText({
  sub = "repo:acme/api:ref:refs/heads/main",
  condition,
  statements,
  host = HOST,
  trustText,
}: ShortRole): string {
  const expand = (text: string) =>
    text.replaceAll('"gh:', `"${host}:`).replaceAll("HOST", host).replaceAll("ACCOUNT", ACCOUNT);
  if (trustText !== undefined) return expand(trustText);
  const isLike = /[*?]/.test(String(sub));
  const usual = {
    StringEquals: { "gh:aud": "sts.amazonaws.com", ...(!isLike && { "gh:sub": sub }) },
    ...(isLike && { StringLike: { "gh:sub": sub } }),
  };
  const Statement = (statements ?? [{}]).map((one) => ({
    Effect: "Allow",
    Principal: { Federated: "arn:aws:iam::ACCOUNT:oidc-provider/HOST" },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: condition ?? usual,
    ...one,
  }));
  return expand(JSON.stringify({ Version: "2012-10-17", Statement }));
}

/** Returns text unchanged. */
function policyText(statements: unknown): string {
  if (typeof statements === "string") return statements;
  const Statement = (Array.isArray(statements) ? statements : [statements]).map((one) => ({
    Effect: "Allow",
    ...one,
  }));
  return JSON.stringify({ Version: "2012-10-17", Statement })
    .replaceAll("ECR/", `arn:aws:ecr:eu-west-1:${ACCOUNT}:repository/`)
    .replaceAll("ACCOUNT", ACCOUNT);
}

export function audit(short: ShortRole, registrations: readonly ShortRegistration[] = [], more = {}) {
  const registered = registrations.map(
    ({ owner, repo, role, name = "other", path = "/rolecall/", usedDaysAgo }) =>
      [
        `arn:aws:iam::${ACCOUNT}:role${path}${name}`,
        { owner, repo, role, lastUsedAt: usedDaysAgo === undefined ? undefined : daysAgo(usedDaysAgo) },
      ] as const,
  );
  return auditRole(roleOf(short), {
    rolePath: "/rolecall/",
    issuers: [`https://${HOST}`],
    owners: ["acme", "Umbrella"],
    accountId: ACCOUNT,
    partition: "aws",
    now: NOW,
    registered: new Map(registered),
    ...more,
  });
}
