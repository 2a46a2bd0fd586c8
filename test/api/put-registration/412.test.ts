/** If-Match and If-None-Match on PUT: a change happens only to what the caller has seen. */
import { describe, expect, test } from "vitest";
import { awsClients, existingRole, roleArnsWith } from "../../harness/aws.ts";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const { api } = await startRolecall();
const aws = awsClients();
const body = { maxSessionSeconds: 7200 };

const registered = async () => {
  const repo = uniqueName();
  const answer = await api("PUT", rolePath(repo));
  return { repo, etag: answer.headers["etag"] ?? "", roleArn: answer.registration().roleArn };
};

describe("of what is registered", () => {
  type Headers = (etag: string) => Record<string, string>;
  const holds: [string, Headers][] = [
    ["its own tag", (etag) => ({ "if-match": etag })],
    ["any tag", () => ({ "if-match": "*" })],
    ["one of several", (etag) => ({ "if-match": `"a", ${etag} ,"b"` })],
    ["no other tag there", () => ({ "if-none-match": '"9-000000000000"' })],
  ];

  test.each(holds)("holds: %s", async (_, headers) => {
    const { repo, etag } = await registered();
    const answer = await api("PUT", rolePath(repo), { body, headers: headers(etag) });
    expect(answer.status).toBe(200);
    expect(answer.registration().version).toBe(2);
  });

  const fails: [string, Headers][] = [
    ["another tag", () => ({ "if-match": '"9-000000000000"' })],
    ["a weak tag, which never matches here", (etag) => ({ "if-match": `W/${etag}` })],
    ["its tag without quotes", (etag) => ({ "if-match": etag.replaceAll('"', "") })],
    ["no tag at all", () => ({ "if-match": "" })],
    ["a star in quotes, which is a tag", () => ({ "if-match": '"*"' })],
    ["nothing registered yet", () => ({ "if-none-match": "*" })],
    ["not its own tag", (etag) => ({ "if-none-match": etag })],
    ["not its own tag, weakly compared", (etag) => ({ "if-none-match": `W/${etag}` })],
    ["both, one of which does not hold", (etag) => ({ "if-match": etag, "if-none-match": "*" })],
  ];

  test.each(fails)("does not hold: %s", async (_, headers) => {
    const { repo, etag, roleArn } = await registered();
    const role = await existingRole(aws, roleArn);
    const answer = await api("PUT", rolePath(repo), { body, headers: headers(etag) });
    expect(answer.status).toBe(412);
    expect(answer.problem().code).toBe("precondition-failed");
    const after = await api("GET", rolePath(repo));
    expect(after.headers["etag"]).toBe(etag);
    expect(after.registration().spec.maxSessionSeconds).toBe(3600);
    expect(await existingRole(aws, roleArn)).toEqual(role);
  });

  test("holds or not for a PUT that would change nothing, too", async () => {
    const { repo, etag } = await registered();
    expect((await api("PUT", rolePath(repo), { headers: { "if-match": etag } })).status).toBe(200);
    expect((await api("PUT", rolePath(repo), { headers: { "if-match": '"1-x"' } })).status).toBe(412);
  });

  test("the tag that a 412 names lets the change through", async () => {
    const { repo } = await registered();
    const refused = await api("PUT", rolePath(repo), { body, headers: { "if-match": '"1-x"' } });
    const [etag = ""] = /"[^"]+"/.exec(refused.problem().detail) ?? [];
    expect((await api("PUT", rolePath(repo), { body, headers: { "if-match": etag } })).status).toBe(200);
  });
});

describe("of what is not registered", () => {
  test.each(["*", '"1-x"'])("If-Match: %s does not hold", async (tags) => {
    const repo = uniqueName();
    const answer = await api("PUT", rolePath(repo), { headers: { "if-match": tags } });
    expect(answer.status).toBe(412);
    expect((await api("GET", rolePath(repo))).status).toBe(404);
    expect(await roleArnsWith(aws, repo)).toEqual([]);
  });

  test.each(["*", '"1-x"'])("If-None-Match: %s holds", async (tags) => {
    const answer = await api("PUT", rolePath(uniqueName()), { headers: { "if-none-match": tags } });
    expect(answer.status).toBe(201);
  });
});

test("of many that create with If-None-Match: * one is first, and the others are told so", async () => {
  const repo = uniqueName();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      api("PUT", rolePath(repo), {
        body: { maxSessionSeconds: 3600 + index },
        headers: { "if-none-match": "*" },
      }),
    ),
  );
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([201, ...Array.from({ length: 7 }, () => 412)]);
});

test("of many that change what they have read one is first", async () => {
  const { repo, etag } = await registered();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      api("PUT", rolePath(repo), {
        body: { maxSessionSeconds: 7200 + index },
        headers: { "if-match": etag },
      }),
    ),
  );
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([200, ...Array.from({ length: 7 }, () => 412)]);
  expect((await api("GET", rolePath(repo))).registration().version).toBe(2);
});
