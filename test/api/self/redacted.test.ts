/** A token that its sender puts into another place of a request: no answer and no log has it. */
import { expect, test } from "vitest";
import { startRolecall, uniqueName } from "../../harness/rolecall.ts";

const { api, token, log } = await startRolecall({
  self: { rules: [{ repositories: ["acme/*"], roles: ["publish"], access: ["push"] }] },
});

const JSON_TYPE = { "content-type": "application/json" };

/** The parts of a PUT that differ from the usual ones. */
type Sent = { path?: string; query?: string; headers?: Record<string, string>; body?: unknown };

test.each<[string, (text: string, repo: string) => Sent, status: number]>([
  ["a key of the body", (text) => ({ body: { [text]: 1 } }), 422],
  ["a key inside the body", (text) => ({ body: { trust: { [text]: 1 } } }), 422],
  ["a key of a list's object", (text) => ({ body: { ecr: [{ repository: "acme/x", [text]: 1 }] } }), 422],
  ["a key that is repeated", (text) => ({ headers: JSON_TYPE, body: `{"${text}": 1, "${text}": 2}` }), 400],
  ["a body that is no JSON", (text) => ({ headers: JSON_TYPE, body: text }), 400],
  ["the name of an ECR repository", (text) => ({ body: { ecr: [{ repository: text }] } }), 422],
  ["the access", (text) => ({ body: { ecr: [{ repository: "acme/x", access: text }] } }), 422],
  ["a branch", (text) => ({ body: { trust: { branches: [text] } } }), 422],
  ["an environment", (text) => ({ body: { trust: { environments: [text] } } }), 422],
  ["a profile", (text) => ({ body: { profiles: [text] } }), 422],
  ["a managed policy", (text) => ({ body: { managedPolicyArns: [text] } }), 422],
  ["a tag's key", (text) => ({ body: { tags: { [text]: "x" } } }), 422],
  ["a tag's value", (text) => ({ body: { tags: { x: text } } }), 422],
  ["the chart of the workflow", (text) => ({ body: { workflow: { kind: "helm", chart: text } } }), 422],
  ["the runner of the workflow", (text) => ({ body: { workflow: { runner: text } } }), 422],
  ["the repository's id", (text) => ({ body: { github: { repositoryId: text } } }), 422],
  ["a parameter of the query", (text) => ({ query: `?${text}=1` }), 422],
  ["a value of the query", (text) => ({ query: `?dryRun=${text}` }), 422],
  ["the role", (text, repo) => ({ path: `/v1/self/repos/acme/${repo}/roles/${text}` }), 422],
  ["the repository", (text) => ({ path: `/v1/self/repos/acme/${text}/roles/publish` }), 422],
  ["the owner", (text, repo) => ({ path: `/v1/self/repos/${text}/${repo}/roles/publish` }), 422],
  [
    "the account",
    (text, repo) => ({ path: `/v1/self/accounts/${text}/repos/acme/${repo}/roles/publish` }),
    422,
  ],
  ["a path that does not exist", (text) => ({ path: `/v1/self/${text}` }), 404],
  ["a path that is not canonical", (text) => ({ path: `/v1/self//${text}` }), 400],
  ["the type of the body", (text) => ({ headers: { "content-type": text }, body: "{}" }), 415],
  ["the entity tag", (text) => ({ headers: { "if-match": `"${text}"` } }), 422],
  ["the id of the request", (text) => ({ headers: { "x-request-id": text } }), 201],
  ["the scheme of the authorization", (text) => ({ headers: { authorization: text } }), 401],
])("%s", async (_, sentOf, status) => {
  const repo = uniqueName();
  const text = await token({ repository: `acme/${repo}` });
  const {
    path = `/v1/self/repos/acme/${repo}/roles/publish`,
    query = "",
    headers,
    body,
  } = sentOf(text, repo);
  const [, , signature = "none"] = text.split(".");
  for (const accept of ["application/json", "text/html"])
    for (const method of ["PUT", "GET"]) {
      if (method === "GET" && accept === "application/json") continue;
      const answer = await api(method, `${path}${query}`, {
        headers: { authorization: `Bearer ${text}`, accept, ...headers },
        ...(method === "PUT" && body !== undefined && { body }),
      });
      if (method === "PUT" && accept === "application/json") expect(answer.status, answer.text).toBe(status);
      for (const seen of [answer.text, JSON.stringify(answer.headers), JSON.stringify(log)]) {
        expect(seen).not.toContain(text.slice(0, 60));
        expect(seen).not.toContain(signature);
      }
    }
});
