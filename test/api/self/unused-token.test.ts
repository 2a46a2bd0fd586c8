/** A PUT that is refused before it writes leaves its token unused, also if another PUT came between its plan and its write. */
import { expect, test } from "vitest";
import { signal, startEmbedded } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";

const RULE = { repositories: ["acme/*"], roles: ["first", "late"], access: ["push"] };
const { api, token, trouble } = await startEmbedded({ rolesPerRepository: 1, self: { rules: [RULE] } });

const put = (repo: string, role: string, bearer: string) =>
  api("PUT", `/v1/self/repos/acme/${repo}/roles/${role}`, { headers: { authorization: `Bearer ${bearer}` } });

test("a token whose PUT passed the cap of its repository registers the role when there is room", async () => {
  const repo = uniqueName();
  const [first, late] = await Promise.all([1, 2].map(() => token({ repository: `acme/${repo}` })));
  const [reached, released] = [signal(), signal()];
  trouble({
    service: "dynamodb",
    action: "PutItem",
    mentions: `NAMESPACE#acme/${repo}`,
    times: 1,
    get fault() {
      reached.give();
      return { kind: "hold", until: released.given } as const;
    },
  });
  const held = put(repo, "late", late ?? "");
  await reached.given;
  expect((await put(repo, "first", first ?? "")).status).toBe(201);
  released.give();
  expect((await held).problem().code).toBe("quota-reached");
  expect((await api("GET", rolePath(repo, "late"))).status).toBe(404);
  expect((await api("DELETE", rolePath(repo, "first"))).status).toBe(200);
  expect((await put(repo, "late", late ?? "")).status).toBe(201);
});
