/** examples/curl: the script registers a repository, with and without a signature for API Gateway. */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CREDENTIALS, startGateway } from "../harness/gateway.ts";
import { rolePath, startRolecall, uniqueName } from "../harness/rolecall.ts";
import { run } from "../harness/run.ts";

const { url, api } = await startRolecall();
const gateway = await startGateway(url);
const directory = await mkdtemp(join(tmpdir(), "rolecall-curl-"));
afterAll(async () => {
  await gateway.close();
  await rm(directory, { recursive: true });
});

/** Returns why the script cannot run on this machine; undefined if it can. */
function missing(): string | undefined {
  try {
    execFileSync("bash", ["--version"], { stdio: "ignore" });
    const version = execFileSync("curl", ["--version"], { encoding: "utf8" });
    const [, major, minor] = /^curl (\d+)\.(\d+)/.exec(version) ?? [];
    return Number(major) * 1000 + Number(minor) >= 7076 ? undefined : `curl is older than 7.76: ${version}`;
  } catch (error) {
    return `bash and curl are needed: ${error}`;
  }
}
const reason = missing();
const here = test.skipIf(reason !== undefined);
if (reason !== undefined) console.warn(`examples/curl is not tested here. ${reason}`);

const register = (env: Record<string, string>, ...args: string[]) =>
  run("bash", ["register.sh", ...args], { folder: "curl", env });

here.each([
  ["unsigned", () => ({ ROLECALL_URL: url })],
  ["signed", () => ({ ROLECALL_URL: gateway.url, ...CREDENTIALS })],
  ["to an address that ends with a slash", () => ({ ROLECALL_URL: `${gateway.url}/`, ...CREDENTIALS })],
])("the script registers a repository and prints the workflow: %s", async (_, env) => {
  const repo = uniqueName();
  expect(await register(env(), `acme/${repo}`, "publish")).toEqual({
    code: 0,
    stdout: expect.stringContaining(`name: "publish"`),
    stderr: "dry run: 200\nregistration: 201\n",
  });
  expect((await api("GET", rolePath(repo))).registration().status).toBe("ready");
});

here("the script registers what a file says", async () => {
  const repo = uniqueName();
  const file = join(directory, "registration.json");
  await writeFile(file, JSON.stringify({ trust: { tags: ["v*"] }, maxSessionSeconds: 7200 }));
  const { code } = await register(
    { ROLECALL_URL: gateway.url, ...CREDENTIALS },
    `acme/${repo}`,
    "publish",
    file,
  );
  expect(code).toBe(0);
  expect((await api("GET", rolePath(repo))).registration().spec).toMatchObject({
    trust: { branches: [], tags: ["v*"] },
    maxSessionSeconds: 7200,
  });
});

here("the script fails if Rolecall refuses, says why, and writes nothing", async () => {
  const repo = uniqueName();
  const file = join(directory, "faulty.json");
  await writeFile(file, JSON.stringify({ maxSessionSeconds: 1 }));
  const { code, stdout, stderr } = await register({ ROLECALL_URL: url }, `acme/${repo}`, "publish", file);
  expect({ code, stdout }).toEqual({ code: 22, stdout: "" });
  expect(stderr).toContain("dry run: 422");
  const problem = stderr.split("\n").find((line) => line.startsWith("{")) ?? "";
  expect(JSON.parse(problem)).toMatchObject({ status: 422, errors: [{ pointer: "/maxSessionSeconds" }] });
  expect((await api("GET", rolePath(repo))).status).toBe(404);
});

here.each([
  ["is missing", "missing.json", undefined, /missing\.json: No such file/],
  ["is empty", "empty.json", " \n", /empty\.json" is empty; it holds a registration as JSON/],
  ["has no name", "", undefined, /No such file/],
])(
  "if the file %s, the script sends nothing instead of registering the defaults",
  async (_, name, text, says) => {
    const repo = uniqueName();
    const file = name && join(directory, name);
    if (text !== undefined) await writeFile(file, text);
    const sent = gateway.seen.length;
    const env = { ROLECALL_URL: gateway.url, ...CREDENTIALS };
    const ran = await register(env, `acme/${repo}`, "publish", file);
    expect(ran).toEqual({ code: 1, stdout: "", stderr: expect.stringMatching(says) });
    expect(gateway.seen.length).toBe(sent);
  },
);

here("the gateway accepted every signature of the script, and refuses one with another secret", async () => {
  expect(gateway.seen.filter(({ status }) => status === 403)).toEqual([]);
  expect(gateway.seen.map(({ method }) => method)).toContain("PUT");
  const env = { ROLECALL_URL: gateway.url, ...CREDENTIALS, AWS_SECRET_ACCESS_KEY: "another" };
  const { code, stderr } = await register(env, `acme/${uniqueName()}`, "publish");
  expect({ code, stderr }).toEqual({ code: 22, stderr: expect.stringContaining("403") });
});
