/** Bodies in which a key stands twice: of every operation that takes a body, and whatever else is wrong with them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withOneKeyTwice } from "../contract/repeated-key.ts";
import { operations } from "../harness/contract.ts";
import { writesOf } from "../harness/embedded.ts";
import { runs } from "../harness/properties.ts";
import { rolePath, uniqueName } from "../harness/rolecall.ts";
import { MEMBER, startWithMembers } from "./embedded/accounts/start.ts";

const { api, aws } = await startWithMembers();
const headers = { "content-type": "application/json" };

// A workflow's call is refused for its token before its body is read (test/api/self).
const withBody = operations.filter(
  ({ requestContent, path }) => Object.keys(requestContent).length > 0 && !path.startsWith("/v1/self/"),
);
const pathOf = (path: string): string =>
  path
    .replace("{account}", MEMBER)
    .replace("{owner}", "acme")
    .replace("{repo}", uniqueName())
    .replace(/\{[a-z]+\}/g, "publish");

test("there are operations with a body", () => {
  expect(withBody.map(({ id }) => id)).toEqual(expect.arrayContaining(["putRegistration", "explainTrust"]));
});

describe.each(withBody)("$id", ({ method, path }) => {
  test.each([
    ["a key of the body", '{"trust":{"branches":["main"]},"trust":{"branches":["evil"]}}', ["/trust"]],
    ["a key below", '{"trust":{"branches":["main"],"branches":["evil"]}}', ["/trust/branches"]],
    ["a key in a list", '{"ecr":[{"access":"pull","access":"push"}]}', ["/ecr/0/access"]],
    ["a key that is escaped once", '{"claims":{"sub":"a","s\\u0075b":"b"}}', ["/claims/sub"]],
    ["a key with the same value", '{"sub":"a","sub":"a"}', ["/sub"]],
    ["a key that no body has", '{"__proto__":1,"__proto__":2}', ["/__proto__"]],
    ["a key with a slash", '{"claims":{"a/b":1,"a/b":1}}', ["/claims/a~1b"]],
    ["two keys", '{"a":1,"a":1,"b":{"c":1,"c":1}}', ["/a", "/b/c"]],
  ])("refuses %s with 400 and its pointer, and writes nothing", async (_, body, pointers) => {
    aws.calls.length = 0;
    const answer = await api(method, pathOf(path), { body, headers });
    expect(answer.status).toBe(400);
    const { code, errors = [] } = answer.problem();
    expect(code).toBe("duplicate-key");
    expect(errors.map(({ pointer }) => pointer)).toEqual(pointers);
    expect(writesOf(aws.calls)).toEqual([]);
  });
});

test("a body with one key twice is refused, and the same body with it once is not refused for that", async () => {
  const part = fc.constantFrom("trust", "branches", "ecr", "access", "tags", "x", "a/b", "");
  const bodies = fc.dictionary(part, fc.jsonValue({ maxDepth: 4 }), { minKeys: 1, maxKeys: 4 });
  await fc.assert(
    fc.asyncProperty(bodies, fc.infiniteStream(fc.nat()), async (body, picks) => {
      const twice = withOneKeyTwice(body, (count) => picks.next().value % count);
      const path = `${rolePath("api")}?dryRun=true`;
      const refused = await api("PUT", path, { body: twice?.text, headers });
      expect(refused.problem()).toMatchObject({
        code: "duplicate-key",
        errors: [{ pointer: twice?.pointer }],
      });
      const once = await api("PUT", path, { body });
      if (once.status >= 400) expect(once.problem().code).not.toBe("duplicate-key");
    }),
    { numRuns: runs(100) },
  );
});

test("a body with many keys twice names a hundred of them", async () => {
  const body = `{${Array.from({ length: 500 }, (_, index) => `"k${index}":0,"k${index}":0`).join()}}`;
  const { code, errors } = (await api("PUT", rolePath(uniqueName()), { body, headers })).problem();
  expect([code, errors?.length]).toEqual(["duplicate-key", 100]);
});
