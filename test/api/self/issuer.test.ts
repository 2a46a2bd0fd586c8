/** Workflows of a GitHub Enterprise Server: AWS evaluates no id and no ref of their tokens. */
import { expect, test } from "vitest";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const ISSUER = "https://github.acme.example/_services/token";
const RULE = { repositories: ["acme/*"], roles: ["publish"], access: ["push"] };
const { api, token } = await startRolecall({
  self: { rules: [RULE] },
  issuer: ISSUER,
  env: { ROLECALL_ALLOW: "name-only" },
});

test.each(["", "?dryRun=true"])("a PUT%s gets 403 and the advice to ask the operator", async (query) => {
  const repo = uniqueName();
  const answer = await api("PUT", `/v1/self/repos/acme/${repo}/roles/publish${query}`, {
    headers: { authorization: `Bearer ${await token({ repository: `acme/${repo}` })}` },
  });
  expect(answer.problem()).toMatchObject({
    status: 403,
    code: "token-not-allowed",
    detail: `The token's iss is ${ISSUER}, which Rolecall's own rule does not allow. AWS evaluates no id and no ref of this issuer's tokens, so its workflows cannot register roles. Ask the operator to register the role.`,
  });
  expect((await api("GET", rolePath(repo))).status).toBe(404);
});

test("a caller with AWS credentials registers the role", async () => {
  expect((await api("PUT", rolePath(uniqueName()))).status).toBe(201);
});
