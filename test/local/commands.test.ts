/**
 * A command that is started with a wrong variable names the variable, its value and what would be right, and nothing
 * else.
 */
import { AttachRolePolicyCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { awsClients } from "../harness/aws.ts";
import { bundled } from "../harness/bundled.ts";
import { startEmbedded } from "../harness/embedded.ts";
import { rolePath, uniqueName } from "../harness/rolecall.ts";
import { run } from "../harness/run.ts";

const { api, url } = await startEmbedded();
const aws = awsClients();
const quiet = { AWS_EC2_METADATA_DISABLED: "true", AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };

/** Runs a command in a process of its own. It gets these variables and no others of Rolecall or AWS. */
async function command([file = "", ...args]: string[], variables: Record<string, string>) {
  const { code, stdout, stderr } = await run(process.execPath, [await bundled(file), ...args], {
    env: { ...quiet, ...variables },
  });
  return { status: code, text: `${stdout}${stderr}`.trim() };
}

const CONFIGURED = {
  AWS_REGION: "eu-central-1",
  ROLECALL_OWNERS: "acme",
  ROLECALL_TABLE: "rolecall",
  ROLECALL_BOUNDARY_ARN: "arn:aws:iam::123456789012:policy/rolecall/boundary",
};

test.concurrent.each<[string[], Record<string, string>, number, unknown]>([
  [
    ["local/start.ts"],
    { PORT: "web" },
    1,
    'PORT has "web". It must be a port to listen on, such as 3000, or 0 for a free one.',
  ],
  [
    ["local/start.ts"],
    { ROLECALL_AWS: "Real" },
    1,
    'ROLECALL_AWS has "Real". Set it to real, or remove it to use the embedded AWS.',
  ],
  [
    ["local/start.ts"],
    { PORT: "0", AWS_ENDPOINT_URL: "http://127.0.0.1:9" },
    1,
    'AWS_ENDPOINT_URL has "http://127.0.0.1:9", where nothing answers; unset it for the embedded AWS',
  ],
  [
    ["scripts/reconcile.ts"],
    { ROLECALL_OWNERS: "a b", ROLECALL_TABLE: "rolecall" },
    2,
    'ROLECALL_OWNERS has "a b". An owner has only letters, digits, hyphens and underscores.\nROLECALL_BOUNDARY_ARN is missing. It must be the ARN of the permissions boundary, such as arn:aws:iam::123456789012:policy/rolecall/boundary. Its path, /rolecall/ or /rolecall-STAGE/, is also the path of the roles.',
  ],
  [
    ["scripts/reconcile.ts"],
    { ...CONFIGURED, HOME: "/nonexistent" },
    2,
    "There are no credentials of AWS; set AWS_PROFILE, or sign in with `aws sso login` or `aws configure`.",
  ],
  [
    ["scripts/reconcile.ts"],
    { ...CONFIGURED, ROLECALL_OWNERS: "acme,umbrella,ACME" },
    2,
    'ROLECALL_OWNERS has "acme,ACME". Both owners are acme in ECR. List only one of them.',
  ],
  [
    ["scripts/reconcile.ts"],
    { ...CONFIGURED, ROLECALL_OWNERS: "acme-labs,acme-labs-" },
    2,
    'ROLECALL_OWNERS has "acme-labs,acme-labs-". Both owners are acme-labs in ECR. List only one of them.',
  ],
  [
    ["scripts/release.ts", "acme/api", "--claimant", "123"],
    { AWS_REGION: "eu-central-1", ROLECALL_TABLE: "rolecall" },
    2,
    expect.stringMatching(/^ROLECALL_TABLE=TABLE npm run release -- OWNER\/REPO \[--claimant CLAIMANT\]\n/),
  ],
  [
    ["scripts/release.ts", "acme/api"],
    { ROLECALL_TABLE: "rolecall" },
    2,
    "AWS_REGION is missing. Set it to the region of the deployment, such as eu-central-1.",
  ],
  [
    ["scripts/console.ts", "--url", "example.com"],
    {},
    2,
    '--url has "example.com". It must be the API\'s address, such as https://…amazonaws.com.',
  ],
  [
    ["scripts/console.ts", "--url", "https://rolecall.example.com"],
    {},
    2,
    "AWS_REGION is missing. Set it to the region of the deployment, such as eu-central-1.",
  ],
  [
    ["scripts/roll-call.ts"],
    { ROLECALL_URL: "http://127.0.0.1:1" },
    2,
    'ROLECALL_URL has "http://127.0.0.1:1", where nothing answers',
  ],
])("%s with %o says what is wrong", async (words, variables, status, text) => {
  expect(await command(words, variables)).toEqual({ status, text });
});

test.concurrent.each(["roll-call", "reconcile", "release", "console"])(
  "npm run %s says with --help what it does, and needs no variable for that",
  async (name) => {
    const { status, text } = await command([`scripts/${name}.ts`, "--help"], {});
    expect(status).toBe(0);
    expect(text).toContain(`npm run ${name}`);
    expect(text.split("\n").length).toBeGreaterThan(5);
  },
);

test("a roll call from the command line shows its progress and the drift that it found", async () => {
  const repo = uniqueName();
  const { roleArn } = (await api("PUT", rolePath(repo))).registration();
  const inSync = await command(["scripts/roll-call.ts"], { ROLECALL_URL: url });
  expect(inSync.status).toBe(0);
  expect(inSync.text).toMatch(
    /^requested: 0 checked\n(.*\n)*finished: 1 checked, 1 in sync\n\d+ calls of AWS$/,
  );
  const RoleName = roleArn.split("/").at(-1);
  const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
  await aws.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  const drifted = await command(["scripts/roll-call.ts"], { ROLECALL_URL: url });
  expect(drifted.status).toBe(1);
  expect(drifted.text).toContain(`  acme/${repo} publish drifted: /attachedPolicies/`);
});
