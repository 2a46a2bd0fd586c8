/** Commands that are started wrongly say which variable, what was there and what would be right, and nothing else. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

type Run = { status: number | null; text: string };

/** Runs a command in a process of its own, with these variables and no others of Rolecall's or AWS's. */
function run([file = "", ...args]: string[], variables: Record<string, string>): Promise<Run> {
  const { PATH } = process.env;
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
  const env = {
    PATH,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
  const child = spawn(process.execPath, ["--import", "tsx", path, ...args], {
    env: { ...env, ...variables },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (text += data));
  return new Promise((resolve) => child.once("close", (status) => resolve({ status, text: text.trim() })));
}

const CONFIGURED = {
  AWS_REGION: "eu-central-1",
  ROLECALL_OWNERS: "acme",
  ROLECALL_TABLE: "rolecall",
  ROLECALL_BOUNDARY_ARN: "arn:aws:iam::123456789012:policy/rolecall/boundary",
};

test.concurrent.each<[string[], Record<string, string>, number, string]>([
  [
    ["local/start.ts"],
    { PORT: "web" },
    1,
    'PORT has "web"; it is a port to listen on, such as 3000, or 0 for a free one',
  ],
  [
    ["local/start.ts"],
    { ROLECALL_AWS: "Real" },
    1,
    'ROLECALL_AWS has "Real"; it is real, or not there for the embedded AWS',
  ],
  [
    ["scripts/reconcile.ts"],
    { ROLECALL_OWNERS: "a b", ROLECALL_TABLE: "rolecall" },
    2,
    'ROLECALL_OWNERS has "a b"; an owner has letters, digits and hyphens only\nROLECALL_BOUNDARY_ARN is missing; it is the permissions boundary\'s ARN, such as arn:aws:iam::123456789012:policy/rolecall/boundary',
  ],
  [
    ["scripts/reconcile.ts"],
    { ...CONFIGURED, HOME: "/nonexistent" },
    2,
    "There are no credentials of AWS; set AWS_PROFILE, or sign in with `aws sso login` or `aws configure`.",
  ],
  [
    ["scripts/release.ts", "acme/api"],
    { ROLECALL_TABLE: "rolecall" },
    2,
    "AWS_REGION is missing; it is the region of the deployment, such as eu-central-1",
  ],
])("%s with %o", async (command, variables, status, text) => {
  expect(await run(command, variables)).toEqual({ status, text });
});
