import { expect, test } from "vitest";
import type { Session } from "../../local/aws/sts/state.ts";
import { silence } from "../../local/silent.ts";

const SILENT = "610987654321";
const OTHER = "210987654321";

const sessionIn = (account: string): Session => ({
  accessKeyId: `ASIA${account}`,
  secretAccessKey: "x",
  token: "x",
  expiresAt: new Date(0),
  arn: `arn:aws:sts::${account}:assumed-role/rolecall-reader/rolecall`,
  id: "AROA:rolecall",
  account,
  roleArn: `arn:aws:iam::${account}:role/rolecall-member/rolecall-reader`,
  policy: undefined,
  sourceIdentity: undefined,
  policies: "enforced",
});
const sessions = new Map([SILENT, OTHER].map((account) => [`ASIA${account}`, sessionIn(account)]));
const hook = silence([SILENT], () => sessions);
const isSilent = (
  accessKeyId: string,
  action: string,
  request: object = {},
  phase: "before" | "after" = "before",
) =>
  hook({ service: "iam", action, request: { ...request }, region: "eu-central-1", accessKeyId, phase }) !==
  undefined;
const assume = (by: string, account: string, role: string) =>
  isSilent(by, "AssumeRole", { RoleArn: `arn:aws:iam::${account}:role/${role}` });

test("a silent account answers no session of Rolecall, and opens none", () => {
  expect(isSilent(`ASIA${SILENT}`, "ListRoles")).toBe(true);
  expect(assume("rolecall", SILENT, "rolecall-member/rolecall-reader")).toBe(true);
});

test("its owner, its preparation and other accounts are answered", () => {
  expect(isSilent(SILENT, "ListRoles")).toBe(false);
  expect(assume("rolecall", SILENT, "OrganizationAccountAccessRole")).toBe(false);
  expect(isSilent(`ASIA${OTHER}`, "ListRoles")).toBe(false);
  expect(assume("rolecall", OTHER, "rolecall-member/rolecall-reader")).toBe(false);
});
