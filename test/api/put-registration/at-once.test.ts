/** Many writers at once: one role, one outcome, and never an error of the service's own. */
import { describe, expect, test } from "vitest";
import { awsClients, existingRole, roleArnsWith } from "../../harness/aws.ts";
import { type Answer, rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const { api, clock, startAnother } = await startRolecall();
const aws = awsClients();

const statusesOf = (answers: Answer[]): number[] => [...new Set(answers.map(({ status }) => status))].sort();

/** The registration and AWS agree: a repeated PUT of the spec finds nothing to do. */
async function expectSettled(repo: string) {
  clock.advance(61_000);
  const before = await api("GET", rolePath(repo));
  const { spec, status } = before.registration();
  expect(status).toBe("ready");
  const again = await api("PUT", rolePath(repo), { body: spec });
  expect(again.registration().changes).toEqual([]);
  expect(again.headers["etag"]).toBe(before.headers["etag"]);
  return before.registration();
}

test("64 PUTs of one role with one body make one role", async () => {
  const repo = uniqueName();
  const answers = await Promise.all(Array.from({ length: 64 }, () => api("PUT", rolePath(repo))));
  expect(statusesOf(answers)).toEqual([200, 201]);
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  const [roleArn, ...others] = new Set(answers.map((answer) => answer.registration().roleArn));
  expect(others).toEqual([]);
  expect(await roleArnsWith(aws, repo)).toEqual([roleArn]);
  expect(Object.keys((await existingRole(aws, roleArn ?? "")).inlinePolicies)).toHaveLength(1);
  expect((await expectSettled(repo)).version).toBe(1);
});

test("so do 16 through two processes", async () => {
  const repo = uniqueName();
  const other = await startAnother();
  const answers = await Promise.all(
    Array.from({ length: 16 }, (_, index) => (index % 2 === 0 ? api : other.api)("PUT", rolePath(repo))),
  );
  expect(statusesOf(answers)).toEqual([200, 201]);
  expect(await roleArnsWith(aws, repo)).toHaveLength(1);
  await expectSettled(repo);
});

test("roles of one repository at once share its ECR repository", async () => {
  const repo = uniqueName();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => api("PUT", rolePath(repo, `role-${index}`))),
  );
  expect(statusesOf(answers)).toEqual([201]);
  for (const answer of answers)
    expect(answer.registration().ecr).toMatchObject([{ managed: true, uri: expect.any(String) }]);
  expect(await roleArnsWith(aws, repo)).toHaveLength(8);
});

test("PUTs of different bodies: those that do not come first are told to wait, and AWS holds what is registered", async () => {
  const repo = uniqueName();
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      api("PUT", rolePath(repo), { body: { maxSessionSeconds: 3600 + index } }),
    ),
  );
  for (const answer of answers.filter(({ status }) => status >= 400)) {
    expect(answer.problem()).toMatchObject({ code: "busy", retryAfterSeconds: expect.any(Number) });
  }
  expect(answers.filter(({ status }) => status < 400).length).toBeGreaterThan(0);
  const { spec, roleArn } = await expectSettled(repo);
  expect((await existingRole(aws, roleArn)).maxSessionSeconds).toBe(spec.maxSessionSeconds);
  expect(await roleArnsWith(aws, repo)).toEqual([roleArn]);
});

describe("PUT and DELETE at once", () => {
  test.each([1, 2, 3, 4])("leave a whole registration or none: round %i", async (round) => {
    const repo = uniqueName();
    if (round % 2 === 0) await api("PUT", rolePath(repo));
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) => api(index % 2 === 0 ? "PUT" : "DELETE", rolePath(repo))),
    );
    for (const { status } of answers) expect([200, 201, 404, 409]).toContain(status);
    clock.advance(61_000);
    const after = await api("GET", rolePath(repo));
    if (after.status === 404) {
      expect(await roleArnsWith(aws, repo)).toEqual([]);
    } else {
      // One that was told to wait in the midst of it goes on now.
      expect([200, 201]).toContain((await api("PUT", rolePath(repo))).status);
      const { roleArn } = await expectSettled(repo);
      expect(await roleArnsWith(aws, repo)).toEqual([roleArn]);
    }
    expect([200, 404]).toContain((await api("DELETE", rolePath(repo))).status);
    expect(await roleArnsWith(aws, repo)).toEqual([]);
  });
});
