/** The log: structured, found by the request's id, and nothing in it that opens anything. */
import { expect, test } from "vitest";
import { operations } from "../harness/contract.ts";
import { startEmbedded } from "../harness/embedded.ts";
import { rolePath, uniqueName } from "../harness/rolecall.ts";

const { api, log, trouble } = await startEmbedded({ tagKeys: ["team"] });
const MARKS = ["mark-of-the-body", "mark-of-a-token", "mark-of-a-header"];
/** All that a line of the log may have beside its message. */
const FIELDS = ["requestId", "caller", "method", "path", "status", "milliseconds", "code", "internal"];
const headers = {
  authorization: "AWS4-HMAC-SHA256 Credential=mark-of-a-header",
  "x-amz-security-token": "mark-of-a-header",
  cookie: "mark-of-a-header",
  "x-forwarded-for": "mark-of-a-header",
};
/** A token's three parts, of which the last is its signature. */
const TOKEN = ["e30", Buffer.from('{"sub":"mark-of-a-token"}').toString("base64url"), "mark-of-a-token"].join(
  ".",
);

test.each(operations)("$id logs nothing that the request carries", async ({ method, path }) => {
  const repo = uniqueName();
  await api("PUT", rolePath(repo));
  const filled = path
    .replace("{owner}", "acme")
    .replace("{repo}", repo)
    .replace("{role}", "publish")
    .replace("{id}", "latest");
  const bodies = [
    { tags: { team: "mark-of-the-body" } },
    { unknown: "mark-of-the-body" },
    { token: TOKEN },
    '{ "mark-of-the-body',
  ];
  for (const body of ["GET", "DELETE"].includes(method) ? [undefined] : bodies) {
    const before = log.length;
    const answer = await api(method, filled, { body, headers });
    const lines = log.slice(before).filter(({ message }) => message.startsWith("request"));
    expect(lines.length, "the request is logged").toBeGreaterThanOrEqual(1);
    for (const { details } of lines) {
      expect(Object.keys(details).filter((name) => !FIELDS.includes(name))).toEqual([]);
      expect(details["requestId"]).toBe(answer.headers["x-request-id"]);
    }
  }
  for (const mark of MARKS) expect(JSON.stringify(log)).not.toContain(mark);
});

test("what failed inside is in the log under the request's id, and not in the answer", async () => {
  const repo = uniqueName();
  const fault = { kind: "error", status: 403, code: "AccessDenied", message: "inside-of-aws" } as const;
  const end = trouble({ action: "CreateRole", mentions: repo, fault });
  const answer = await api("PUT", rolePath(repo), { headers });
  end();
  expect(answer.text).not.toContain("inside-of-aws");
  const failure = log.find(
    ({ message, details }) => message === "request failed" && details["status"] === 502,
  );
  expect(failure).toMatchObject({
    level: "error",
    details: { requestId: answer.headers["x-request-id"], code: "aws-refused", internal: "inside-of-aws" },
  });
});

test("the log has both ids of a request whose caller chose one", async () => {
  const before = log.length;
  await api("GET", "/v1/roles", { headers: { ...headers, "x-request-id": "chosen-by-the-caller" } });
  expect(log.slice(before).find(({ message }) => message === "request")?.details).toMatchObject({
    requestId: "chosen-by-the-caller",
    gatewayRequestId: expect.stringMatching(/^(?!chosen)\S{8,}$/),
  });
});
