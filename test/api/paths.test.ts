/**
 * Paths that can be read in two ways are refused before routing, whatever the operation: an `execute-api` policy has
 * seen one reading, the service must not act on the other. They go over a bare socket, as a client would mend them.
 */
import { describe, expect, test } from "vitest";
import { operations } from "../harness/contract.ts";
import { rolePath, startRolecall, uniqueName } from "../harness/rolecall.ts";

const { api, gitHubCalls } = await startRolecall();

describe("400 at every operation", () => {
  const example = (path: string) =>
    path.replace("{owner}", "acme").replace("{repo}", "api").replace("{role}", "publish");
  const spellings: [string, (path: string) => string][] = [
    ["a slash at the end", (path) => `${path}/`],
    ["two slashes in front", (path) => `/${path}`],
    ["two slashes before the last part", (path) => path.replace(/\/([^/]+)$/, "//$1")],
    ["a dot segment", (path) => path.replace(/\/([^/]+)$/, "/./$1")],
    ["a detour", (path) => path.replace(/\/([^/]+)$/, "/x/../$1")],
    ["an encoded slash", (path) => `${path}%2F`],
    ["a percent sign that encodes nothing", (path) => `${path}%`],
  ];

  describe.each(operations.map(({ id, method, path }) => [id, method, example(path)] as const))(
    "%s",
    (_, method, path) => {
      test.each(spellings)("%s is refused", async (_, spell) => {
        const answer = await api(method, path, { rawPath: spell(path) });
        expect(answer.status).toBe(400);
        expect(answer.problem().code).toBe("path-not-canonical");
      });
    },
  );
});

describe("400 for every other spelling of a registration", () => {
  const repo = uniqueName();
  const victim = uniqueName();
  const spellings: [string, string][] = [
    ["up to another repository", `/v1/repos/acme/${repo}/../${victim}/roles/publish`],
    ["up, encoded", `/v1/repos/acme/${repo}/%2e%2e/${victim}/roles/publish`],
    ["up, encoded in capitals", `/v1/repos/acme/${repo}/%2E%2E/${victim}/roles/publish`],
    ["up, half encoded", `/v1/repos/acme/${repo}/.%2e/${victim}/roles/publish`],
    ["up, encoded twice", `/v1/repos/acme/${repo}/%252e%252e/${victim}/roles/publish`],
    ["up by backslashes", `/v1/repos/acme/${repo}\\..\\${victim}/roles/publish`],
    ["up by encoded backslashes", `/v1/repos/acme/${repo}%5c..%5c${victim}/roles/publish`],
    ["up, at the end", `/v1/repos/acme/${victim}/roles/publish/x/..`],
    ["here", `/v1/repos/acme/./${victim}/roles/publish`],
    ["here, encoded", `/v1/repos/acme/%2e/${victim}/roles/publish`],
    ["here, at the end", `/v1/repos/acme/${victim}/roles/publish/.`],
    ["an encoded slash within a name", `/v1/repos/acme%2f${victim}/roles/publish`],
    ["an encoded slash, twice", `/v1/repos/acme%252f${victim}/roles/publish`],
    ["a backslash for a slash", `/v1\\repos\\acme\\${victim}\\roles\\publish`],
    ["one backslash at the end", `/v1/repos/acme/${victim}/roles/publish\\`],
    ["double slashes", `/v1//repos/acme/${victim}/roles/publish`],
    ["double slashes in front", `//v1/repos/acme/${victim}/roles/publish`],
    ["a slash at the end", `/v1/repos/acme/${victim}/roles/publish/`],
    ["a percent sign alone", `/v1/repos/acme/${victim}/roles/publish%`],
    ["a percent sign with one digit", `/v1/repos/acme/${victim}/roles/publish%7`],
    ["a percent sign without digits", `/v1/repos/acme/${victim}/roles/%zz`],
    ["an encoded percent sign", `/v1/repos/acme/${victim}/roles/%25`],
    ["bytes that are not UTF-8", `/v1/repos/acme/${victim}/roles/%ff`],
    ["an overlong slash", `/v1/repos/acme%c0%af${victim}/roles/publish`],
    ["NUL", `/v1/repos/acme/${victim}/roles/publish%00`],
    ["an encoded tab", `/v1/repos/acme/${victim}/roles/pub%09lish`],
    ["an encoded line break", `/v1/repos/acme/${victim}/roles/publish%0a`],
    ["an encoded carriage return", `/v1/repos/acme/${victim}/roles/publish%0d`],
    ["DEL", `/v1/repos/acme/${victim}/roles/publish%7f`],
    ["an encoded question mark", `/v1/repos/acme/${victim}/roles/publish%3fdryRun=true`],
    ["an encoded number sign", `/v1/repos/acme/${victim}/roles/publish%23x`],
    ["a number sign", `/v1/repos/acme/${victim}/roles/publish#x`],
    ["a tab", `/v1/repos/acme/${victim}/roles/pub\tlish`],
    ["a tab at the end", `/v1/repos/acme/${victim}/roles/publish\t`],
    ["a whole URL", `http://127.0.0.1/v1/repos/acme/${victim}/roles/publish`],
    ["a URL's user", `/v1/repos/acme/${victim}/roles/publish/@evil/..`],
    ["a semicolon that some cut off", `/v1/repos/..;/${victim}/roles/publish`],
    ["no slash in front", `v1/repos/acme/${victim}/roles/publish`],
  ];

  test.each(spellings)("%s is refused: %s", async (_, rawPath) => {
    const asked = gitHubCalls.length;
    const answer = await api("PUT", rolePath(victim), { rawPath });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect((await api("GET", rolePath(victim))).status).toBe(404);
    expect((await api("GET", rolePath(repo))).status).toBe(404);
    expect(gitHubCalls.length).toBe(asked);
  });
});

describe("what the path's letters may be encoded as", () => {
  // API Gateway hands the path over decoded, so a policy and the service have seen the same.
  test("letters, encoded without need, are the letters", async () => {
    const repo = uniqueName();
    const answer = await api("PUT", rolePath(repo), { rawPath: rolePath(repo).replace("acme", "%61cme") });
    expect([201, 400]).toContain(answer.status);
    if (answer.status === 201) expect(answer.registration()).toMatchObject({ owner: "acme", repo });
  });

  test.each([
    "%C3%BC",
    "%E2%80%AE",
    "%EF%BC%8E%EF%BC%8E",
    "%E3%80%82",
    "%20",
    "%22",
    "%3C",
    "%7B",
    "%7C",
    "%5E",
    "%60",
    "\u00fc",
  ])("%s is in no name", async (letter) => {
    const rawPath = `/v1/repos/acme/a${letter}b/roles/publish`;
    const answer = await api("PUT", "/v1/repos/acme/ab/roles/publish", { rawPath });
    expect([400, 422]).toContain(answer.status);
  });

  test.each(["..", "."])("a name of %s alone is refused, however it is meant", async (name) => {
    const answer = await api("PUT", "/v1/repos/acme/x/roles/publish", {
      rawPath: `/v1/repos/acme/${name}/roles/publish`,
    });
    expect(answer.status).toBe(400);
  });
});

describe("the query does not count as path", () => {
  test.each(["/../x", "//", "%2F", "a%00"])(
    "?cursor=%s is refused as a cursor, not as a path",
    async (text) => {
      const answer = await api("GET", "/v1/roles", { rawPath: `/v1/roles?cursor=${text}` });
      expect(answer.problem().code).toBe("cursor-invalid");
    },
  );
});
