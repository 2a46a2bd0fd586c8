/** The pages for people: who gets one, with which headers, and what is on it. */
import { CreateRoleCommand, UpdateAssumeRolePolicyCommand, UpdateRoleCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { awsClients } from "../harness/aws.ts";
import { startEmbedded } from "../harness/embedded.ts";
import { rolePath, uniqueName } from "../harness/rolecall.ts";
import { MARKUP } from "../page/markup.ts";

const { api, clock } = await startEmbedded();
const { iam } = awsClients();
const ISSUER = "token.actions.githubusercontent.com";
const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
const LATEST = "/v1/roll-calls/latest";

const get = (path: string, accept?: string) =>
  api("GET", path, accept === undefined ? {} : { headers: { accept } });
const page = async (path: string): Promise<string> => (await get(path, BROWSER)).text;

async function register(): Promise<{ path: string; roleName: string }> {
  const path = rolePath(uniqueName());
  const { roleArn } = (await api("PUT", path)).registration();
  return { path, roleName: roleArn.slice(roleArn.lastIndexOf("/") + 1) };
}

/** Calls the roll, and waits until it is finished. */
async function called(): Promise<void> {
  clock.advance(60_000);
  const { headers } = await api("POST", "/v1/roll-calls");
  while (JSON.parse((await get(headers["location"] ?? "")).text).status !== "finished")
    await new Promise((resolve) => setTimeout(resolve, 10));
}

const { path, roleName } = await register();
await called();

describe.each([LATEST, path])("%s", (one) => {
  test.each([
    [undefined, "json"],
    ["*/*", "json"],
    ["application/json", "json"],
    ["application/*", "json"],
    ["text/html, application/json", "json"],
    ["text/html;q=0.5, application/json;q=0.6", "json"],
    ["text/html;q=0, */*", "json"],
    ["*/*;q=0.9, text/html;q=0.5", "json"],
    ["image/png", "json"],
    ["", "json"],
    [";;;,q=,", "json"],
    ["text/html", "html"],
    ["TEXT/HTML", "html"],
    ["text/*", "html"],
    [BROWSER, "html"],
    ["application/json;q=0.5, text/html;q=0.6", "html"],
    ["application/json;q=0, */*", "html"],
    ["*/*;q=0.5, text/html", "html"],
  ])("Accept: %s gets %s", async (accept, kind) => {
    const { status, headers } = await get(one, accept);
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe(kind === "json" ? "application/json" : "text/html; charset=utf-8");
    expect(headers["vary"]).toBe("Accept");
  });

  test("a page may be shown and nothing else; a HEAD says the same", async () => {
    for (const method of ["GET", "HEAD"]) {
      const { headers } = await api(method, one, { headers: { accept: BROWSER } });
      expect(headers).toMatchObject({
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
      });
      expect(headers["content-security-policy"]).toMatch(
        /^default-src 'none'; img-src data:; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
      );
    }
  });
});

describe("an error", () => {
  test.each([
    [rolePath(uniqueName()), 404, "Nothing is registered under that name"],
    ["/v1/roll-calls/20200101T000000Z-00000000", 404, "No roll call has this id"],
    [`${LATEST}?x=1`, 422, "<code>/x</code>"],
    ["/v1/nothing", 404, "No such path"],
    ["/v1/repos/acme/../roles", 400, "The path is not in its canonical form"],
    [`${rolePath("api")}/repairs`, 405, "method"],
  ])("of %s is a page for a browser, and a problem for a program", async (wrong, status, says) => {
    const { status: got, headers, text } = await get(wrong, BROWSER);
    expect([got, headers["content-type"], headers["vary"]]).toEqual([
      status,
      "text/html; charset=utf-8",
      "Accept",
    ]);
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(text).toContain(says);
    expect(text).toContain("123456789012");
    const problem = await get(wrong);
    expect([problem.status, problem.headers["content-type"]]).toEqual([status, "application/problem+json"]);
  });

  test("of a request that changes something is a problem, even for a browser", async () => {
    const headers = { accept: BROWSER };
    const answer = await api("POST", `${rolePath(uniqueName())}/repairs`, { headers });
    expect(answer.problem().code).toBe("not-registered");
  });

  test("links to the pages from any depth", async () => {
    for (const wrong of ["/nothing", "/v1/nothing", `${rolePath(uniqueName())}/history`]) {
      const { text } = await get(wrong, BROWSER);
      const [, href = ""] = /href="([^"]*)"[^>]*>Registrations</.exec(text) ?? [];
      expect(new URL(href, `http://x${wrong}`).pathname).toBe("/v1/roles");
    }
  });
});

test("a page of a registration is sent to who knows the registration too, as drift may have come since", async () => {
  const { etag = "" } = (await get(path)).headers;
  const again = await api("GET", path, { headers: { accept: BROWSER, "if-none-match": etag } });
  expect([again.status, again.headers["vary"], again.headers["etag"]]).toEqual([200, "Accept", undefined]);
  expect((await api("GET", path, { headers: { "if-none-match": etag } })).status).toBe(304);
});

test("a registration: who may assume it, its repository, its workflow; then what differs", async () => {
  const { subjects, ecr, workflow, roleArn } = (await get(path)).registration();
  const before = await page(path);
  for (const part of [...subjects, ecr[0]?.uri, workflow?.path, roleArn, "As registered"])
    expect(before).toContain(part);
  expect(before).toContain("- name: Assume the role");

  await iam.send(
    new UpdateRoleCommand({ RoleName: roleName, Description: MARKUP, MaxSessionDuration: 43_200 }),
  );
  await called();
  const after = await page(path);
  expect(after).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  expect(after).not.toContain("<script");
  expect(after).toContain('<del class="line in-0">3600</del>');
  expect(after).toContain('<ins class="line in-0">43200</ins>');
});

test("a roll call: what it counted, what differs before and after, whom nobody registered, and how it was before", async () => {
  const RoleName = uniqueName("gh-actions");
  const trust = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${ISSUER}` },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringLike: { [`${ISSUER}:sub`]: "repo:acme/*" } },
      },
    ],
  };
  const AssumeRolePolicyDocument = JSON.stringify(trust);
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const open = await register();
  await iam.send(
    new UpdateAssumeRolePolicyCommand({ RoleName: open.roleName, PolicyDocument: AssumeRolePolicyDocument }),
  );
  await called();
  const { counts } = JSON.parse((await get(LATEST)).text);
  const shown = await page(LATEST);
  expect(shown).toContain(`${counts.drifted} of ${counts.checked} roles have drifted`);
  expect(shown).toContain("Trust policy: who may assume the role");
  expect(shown).toContain("&quot;repo:acme/*&quot;</ins>");
  expect(shown).toContain(`<a href="..${open.path.slice("/v1".length)}">`);
  expect(shown).toContain(`<h3>${RoleName}</h3>`);
  expect(shown.match(/<rect/g)?.length).toBeGreaterThanOrEqual(2);
  // Of an earlier roll call the page tells what was then, as far as it is kept.
  const [first] = JSON.parse((await get("/v1/audit")).text).items;
  expect(first.registered).toBeNull();

  const audit = await page("/v1/audit");
  expect(audit).toContain(`<h3>${RoleName}</h3>`);
  expect(audit).toMatch(/\d+ roles in 1 account trust GitHub/);
  const group = audit.slice(audit.indexOf("Put right first</h2>"));
  expect(group).toContain("Owner wide by name");
  const narrow = await page("/v1/audit?finding=owner-wide-by-name&account=123456789012");
  expect(narrow).toContain('<span aria-current="true">Owner wide by name</span>');
  expect(narrow).toContain('<a href="audit?account=123456789012">show every finding</a>');
  expect(await page("/v1/audit?finding=other-provider")).toContain("No role matches these filters.");
});

test("of a registration that is gone the roll call says what it was told", async () => {
  expect((await api("DELETE", path)).status).toBe(200);
  expect(await page(LATEST)).toContain("/maxSessionSeconds widens");
});
