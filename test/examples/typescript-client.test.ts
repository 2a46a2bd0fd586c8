/** examples/typescript-client: the program works with signed requests, and says what is missing. */
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { CREDENTIALS, startGateway } from "../harness/gateway.ts";
import { rolePath, startRolecall, uniqueName } from "../harness/rolecall.ts";
import { run } from "../harness/run.ts";

const { url, api } = await startRolecall();
const gateway = await startGateway(url);
afterAll(() => gateway.close());

const tsx = import.meta.resolve("tsx");
const main = fileURLToPath(new URL("../../examples/typescript-client/main.ts", import.meta.url));
const client = (env: Record<string, string>, ...args: string[]) =>
  run(process.execPath, ["--import", tsx, main, ...args], { env });

test("the client registers, plans and lists", async () => {
  const repo = uniqueName();
  const ran = await client({ ROLECALL_URL: gateway.url, ...CREDENTIALS }, `acme/${repo}`, "publish");
  const { roleArn, subjects, spec } = (await api("GET", rolePath(repo))).registration();
  expect(ran).toEqual({
    code: 0,
    stdout: [
      `${roleArn} trusts ${subjects.join(", ")}`,
      "would change /trustPolicy: widens",
      "  gains environment production",
      "  loses branch main",
      "  loses tag v*",
      `acme/${repo} publish: ready`,
      "",
    ].join("\n"),
    stderr: "",
  });
  expect(spec.trust).toMatchObject({ branches: ["main"], tags: ["v*"], environments: [] });
  expect(gateway.seen.map(({ method, status }) => `${method} ${status}`)).toEqual([
    "PUT 201",
    "PUT 200",
    "GET 200",
  ]);
});

test("the client says why Rolecall refuses, without a stack", async () => {
  const ran = await client({ ROLECALL_URL: gateway.url, ...CREDENTIALS }, "umbrella/api", "publish");
  expect(ran).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("GitHub spells it Umbrella/api. Use that path"),
  });
  expect(ran.stderr).not.toContain("    at ");
});

test("the client says in one line that it has no credentials", async () => {
  const nowhere = fileURLToPath(new URL("no-such-file", import.meta.url));
  const none = {
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: nowhere,
    AWS_SHARED_CREDENTIALS_FILE: nowhere,
  };
  const sent = gateway.seen.length;
  expect(await client({ ROLECALL_URL: gateway.url, ...none }, `acme/${uniqueName()}`)).toEqual({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/^No AWS credentials to sign with: set AWS_ACCESS_KEY_ID .*\n$/),
  });
  expect(gateway.seen.length).toBe(sent);
});

test("the client says in one line that nothing answers", async () => {
  const { code, stderr } = await client({ ROLECALL_URL: "http://127.0.0.1:1", ...CREDENTIALS });
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1: fetch failed: .+\n$/),
  });
});

test("npm start accepts any credentials", async () => {
  const env = { ROLECALL_URL: url, AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "x" };
  expect(await client(env, `acme/${uniqueName()}`)).toMatchObject({ code: 0, stderr: "" });
});
