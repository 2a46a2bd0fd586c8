/** Runs the script that refreshes the table of actions, as `npm run refresh-actions` does, against a local GitHub. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { bundled } from "../harness/bundled.ts";

const dir = mkdtempSync(join(tmpdir(), "rolecall-actions-"));
const file = join(dir, "actions.ts");

const [OLD, NEW] = ["1b".repeat(20), "0a".repeat(20)];
const TABLE = `\
/** The actions. */
const ACTIONS = {
  "actions/checkout": ["v7.0.1", "${OLD}"],
  "docker/build-push-action": ["v7.3.0", "${OLD}"],
} as const;

/** Helm. */
export const HELM_VERSION = "v4.2.4";
`;

/** Commits by repository and version. The first version of each repository has a release. */
let releases: Map<string, Record<string, string>>;
let asked: { path: string; authorization: string | undefined }[];

const server = createServer(({ url = "", headers }: IncomingMessage, response) => {
  asked.push({ path: url, authorization: headers.authorization });
  const [, repository = "", rest] = /^\/repos\/([^/]+\/[^/]+)\/(.+)$/.exec(url) ?? [];
  const tags = releases.get(repository) ?? {};
  const sha = tags[rest?.replace("commits/tags/", "") ?? ""];
  const body = rest === "releases/latest" ? { tag_name: Object.keys(tags)[0] } : { sha };
  const isFound = Object.values(body)[0] !== undefined;
  response.writeHead(isFound ? 200 : 404, { "content-type": "application/json" });
  response.end(JSON.stringify(isFound ? body : { message: "Not Found" }));
});

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true });
});
beforeEach(() => {
  writeFileSync(file, TABLE);
  asked = [];
  releases = new Map([
    ["actions/checkout", { "v7.0.1": OLD }],
    ["docker/build-push-action", { "v7.3.0": OLD }],
    ["helm/helm", { "v4.2.4": "" }],
  ]);
});

async function refresh(
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const GITHUB_API_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const script = await bundled("scripts/refresh-actions.ts");
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [script, file],
      { env: { PATH: process.env["PATH"] ?? "", GITHUB_API_URL, ...env } },
      (_, stdout, stderr) => resolve({ code: child.exitCode ?? 1, stdout, stderr }),
    );
  });
}

test("a newer version is written with its commit, and the script prints it", async () => {
  releases.set("actions/checkout", { "v10.0.0": NEW });
  releases.set("helm/helm", { "v4.10.0": "" });
  const { code, stdout } = await refresh();
  expect(code).toBe(0);
  expect(stdout).toBe(`\
-   "actions/checkout": ["v7.0.1", "${OLD}"],
+   "actions/checkout": ["v10.0.0", "${NEW}"],
- export const HELM_VERSION = "v4.2.4";
+ export const HELM_VERSION = "v4.10.0";
`);
  expect(readFileSync(file, "utf8")).toBe(
    TABLE.replace(`v7.0.1", "${OLD}`, `v10.0.0", "${NEW}`).replace("v4.2.4", "v4.10.0"),
  );
});

test("an older release, for example of an older major version, is ignored", async () => {
  releases.set("actions/checkout", { "v6.99.0": NEW, "v7.0.1": OLD });
  releases.set("helm/helm", { "v3.99.0": "" });
  expect(await refresh()).toMatchObject({ code: 0, stdout: "Nothing is newer.\n" });
  expect(readFileSync(file, "utf8")).toBe(TABLE);
});

test("the script reads the table that the workflows use, and asks about every action in it", async () => {
  const table = readFileSync("src/workflow/actions.ts", "utf8");
  const pins = [...table.matchAll(/"([\w/-]+)": \["(v[\d.]+)", "([0-9a-f]{40})"\]/g)];
  releases = new Map(
    pins.map(([, action = "", version = "", commit = ""]) => [action, { [version]: commit }]),
  );
  releases.set("helm/helm", { [/HELM_VERSION = "(.+)"/.exec(table)?.[1] ?? ""]: "" });
  writeFileSync(file, table);
  expect(await refresh({ GITHUB_TOKEN: "ghs_x" })).toMatchObject({ code: 0, stdout: "Nothing is newer.\n" });
  expect(readFileSync(file, "utf8")).toBe(table);
  expect(pins).toHaveLength(7);
  expect(asked).toHaveLength(2 * pins.length + 1);
  for (const { authorization } of asked) expect(authorization).toBe("Bearer ghs_x");
});

test.each<[string, Record<string, string>, RegExp]>([
  ["a tag was moved", { "v7.0.1": NEW }, /The tag v7\.0\.1 of actions\/checkout was moved, from 1b1b/],
  ["GitHub does not answer", {}, /\/repos\/actions\/checkout\/releases\/latest answered 404/],
  ["the version is none", { 'v8.0.0", "x': NEW }, /has no tag_name like/],
  ["the commit is none", { "v8.0.0": `${NEW}"` }, /has no sha like/],
])("%s: nothing is written", async (_, release, message) => {
  releases.set("actions/checkout", release);
  releases.set("docker/build-push-action", { "v99.0.0": NEW });
  const { code, stderr } = await refresh();
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
  expect(readFileSync(file, "utf8")).toBe(TABLE);
});
