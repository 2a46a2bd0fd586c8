/** The remaining statuses of a workflow's calls: faults of the request, and of AWS. */
import { expect, test } from "vitest";
import { accessDenied, startEmbedded } from "../../harness/embedded.ts";
import { uniqueName } from "../../harness/rolecall.ts";

const { api, token, trouble } = await startEmbedded({
  self: { rules: [{ repositories: ["acme/*"], roles: ["publish"], access: ["push"] }] },
});
const CALLS = [
  ["PUT", ""],
  ["GET", ""],
  ["GET", "/workflow"],
  ["POST", "/explanations"],
] as const;
const path = (repo: string, role = "publish") => `/v1/self/repos/acme/${repo}/roles/${role}`;
const headersOf = async (repo: string) => ({
  authorization: `Bearer ${await token({ repository: `acme/${repo}` })}`,
});

test.each(CALLS)("%s%s: 422 for a name that no role has", async (method, below) => {
  const repo = uniqueName();
  const answer = await api(method, `${path(repo, "Not_A_Role")}${below}`, { headers: await headersOf(repo) });
  expect(answer.problem().code).toBe("invalid-input");
});

test.each(CALLS)("%s%s: 502 if AWS refuses the table, 503 if it does not answer", async (method, below) => {
  const repo = uniqueName();
  for (const [fault, status] of [
    [accessDenied, 502],
    [{ kind: "error", status: 500, code: "InternalServerError", message: "x" }, 503],
  ] as const) {
    const end = trouble({ service: "dynamodb", mentions: repo, fault });
    const answer = await api(method, `${path(repo)}${below}`, { headers: await headersOf(repo) });
    end();
    expect(answer.status).toBe(status);
  }
});

test("PUT: 413 for a body that is too large, 415 for one that is not declared as JSON", async () => {
  const repo = uniqueName();
  const headers = await headersOf(repo);
  const large = await api("PUT", path(repo), { body: { tags: { x: "y".repeat(70_000) } }, headers });
  expect(large.problem().code).toBe("body-too-large");
  const other = await api("PUT", path(repo), {
    body: "{}",
    headers: { ...headers, "content-type": "text/plain" },
  });
  expect(other.problem().code).toBe("unsupported-media-type");
});

test.each<[string, unknown]>([
  ["unknown fields", { unknown: 1 }],
  ["no JSON", "{"],
  ["70,000 bytes", { tags: { x: "y".repeat(70_000) } }],
])("PUT: a body of %s is not read before the token and its repository are accepted", async (_, body) => {
  const repo = uniqueName();
  const own = { ...(await headersOf(repo)), "content-type": "application/json" };
  const answers = [
    await api("PUT", path(repo), { body, headers: { "content-type": "application/json" } }),
    await api("PUT", path(uniqueName()), { body, headers: own }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([401, 403]);
  expect([400, 413, 422]).toContain((await api("PUT", path(repo), { body, headers: own })).status);
});

test("GET workflow: 409 for a registration that is not ready, 404 for none", async () => {
  const repo = uniqueName();
  const headers = async () => ({ headers: await headersOf(repo) });
  expect((await api("GET", `${path(repo)}/workflow`, await headers())).problem().code).toBe("not-registered");
  const end = trouble({ service: "iam", action: "CreateRole", mentions: repo, fault: accessDenied });
  expect((await api("PUT", path(repo), await headers())).status).toBe(502);
  end();
  expect((await api("GET", `${path(repo)}/workflow`, await headers())).problem().code).toBe("not-ready");
});

test.each(CALLS)("%s%s: 403 for another repository", async (method, below) => {
  const repo = uniqueName();
  const headers = await headersOf(repo);
  const other = await api(method, `${path(uniqueName())}${below}`, { headers });
  expect(other.problem()).toMatchObject({ status: 403, denied: { claim: "repository" } });
});
