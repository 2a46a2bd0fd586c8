/** GitHub does not answer as it should: nothing is registered on a guess. (AWS: test/api/embedded.) */
import { afterEach, describe, expect, test } from "vitest";
import type { GitHubFault } from "../../../local/github/server.ts";
import { awsClients, ecrInAws, existingRole, roleArnsWith } from "../../harness/aws.ts";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const { api, clock, failGitHub, gitHubCalls } = await startRolecall();
const aws = awsClients();

afterEach(() => {
  failGitHub(undefined);
  // A rate limit is remembered for as long as GitHub said.
  clock.advance(3_600_000);
});

const error = (status: number, headers: Record<string, string> = {}): GitHubFault => ({
  kind: "error",
  status,
  message: "secret detail of GitHub",
  headers,
});

const faults: [string, GitHubFault, number][] = [
  ["no answer", { kind: "drop" }, 30],
  ["500", error(500), 30],
  ["502", error(502), 30],
  ["429 without a time", error(429), 60],
  ["429 with a time", error(429, { "retry-after": "17" }), 17],
  ["429 with a date as time", error(429, { "retry-after": "Mon, 23 Nov 2026 07:00:00 GMT" }), 60],
  ["429 with a time in the past", error(429, { "retry-after": "-5" }), 60],
  ["429 with a part of a second", error(429, { "retry-after": "0.5" }), 1],
  ["a rate limit, as 403", error(403, { "x-ratelimit-remaining": "0", "retry-after": "60" }), 60],
  ["403 for another reason", error(403), 30],
  ["401", error(401), 30],
];

describe.each([
  ["the repository", /^\/repos\/[^/]+\/[^/]+$/],
  ["both questions", /./],
])("at %s", (_, path) => {
  test.each(faults)("%s is answered with 503, and nothing is registered", async (_, fault, seconds) => {
    const repo = uniqueName();
    failGitHub((point) => (path.test(point.path) ? fault : undefined));
    const answer = await api("PUT", rolePath(repo));
    expect(answer.status).toBe(503);
    const { code, retryAfterSeconds, detail } = answer.problem();
    expect({ code, retryAfterSeconds }).toEqual({ code: "github-unavailable", retryAfterSeconds: seconds });
    expect(detail).not.toContain("secret");
    expect((await api("GET", rolePath(repo))).status).toBe(404);
    expect(await roleArnsWith(aws, repo)).toEqual([]);
    expect(await ecrInAws(aws, `acme/${repo}`)).toBeUndefined();
  });
});

test.each<[string, GitHubFault]>([
  ["no answer", { kind: "drop" }],
  ["500", error(500)],
  ["a rate limit", error(429)],
])("%s at the form of the subject alone is answered with 503", async (_, fault) => {
  const repo = uniqueName();
  failGitHub((point) => (point.path.endsWith("/sub") ? fault : undefined));
  expect((await api("PUT", rolePath(repo))).status).toBe(503);
  expect((await api("GET", rolePath(repo))).status).toBe(404);
  expect(await roleArnsWith(aws, repo)).toEqual([]);
});

test("one lost answer is not the end: GitHub is asked again", async () => {
  let lost = false;
  failGitHub(() => {
    if (lost) return undefined;
    lost = true;
    return { kind: "drop" };
  });
  expect((await api("PUT", rolePath(uniqueName()))).status).toBe(201);
});

test("a rate limit is respected: nobody is asked until it has passed", async () => {
  failGitHub(() => error(429, { "retry-after": "40" }));
  await api("PUT", rolePath(uniqueName()));
  failGitHub(undefined);
  const asked = gitHubCalls.length;
  clock.advance(39_000);
  const answer = await api("PUT", rolePath(uniqueName()));
  expect(answer.problem()).toMatchObject({ code: "github-unavailable", retryAfterSeconds: 1 });
  expect(gitHubCalls.length).toBe(asked);
  clock.advance(1_000);
  expect((await api("PUT", rolePath(uniqueName()))).status).toBe(201);
});

test("what is registered stays as it is, can be read and can be deleted", async () => {
  const repo = uniqueName();
  const before = await api("PUT", rolePath(repo));
  const role = await existingRole(aws, before.registration().roleArn);
  clock.advance(61_000);
  failGitHub(() => ({ kind: "drop" }));
  expect((await api("PUT", rolePath(repo), { body: { maxSessionSeconds: 7200 } })).status).toBe(503);
  const after = await api("GET", rolePath(repo));
  expect(after.registration().status).toBe("ready");
  expect(after.headers["etag"]).toBe(before.headers["etag"]);
  expect(await existingRole(aws, role.arn)).toEqual(role);
  expect((await api("DELETE", rolePath(repo))).status).toBe(200);
});
