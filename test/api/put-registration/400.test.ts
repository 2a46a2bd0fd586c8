/** A body that is no JSON. (Paths that are not canonical: test/api/paths.test.ts.) */
import { expect, test } from "vitest";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const { api } = await startRolecall();

const bodies: [string, string | Buffer][] = [
  ["a beginning", "{"],
  ["white space", " \n"],
  ["an end too many", "{}}"],
  ["single quotes", "{'trust': {}}"],
  ["a comma too many", '{"ecr": [],}'],
  ["a comment", '{"ecr": [] /* none */}'],
  ["no number", '{"maxSessionSeconds": NaN}'],
  ["a bare word", "undefined"],
  ["what curl -d sends of a form", "branch=main"],
  ["two documents", "{}{}"],
  ["a control character in a string", '{"workflow": {"runner": "a\u0001"}}'],
  ["bytes that are not UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ["UTF-16", Buffer.from("{}", "utf16le")],
  ["a lone quote", '"'],
  ["deep nesting without an end", "[".repeat(30_000)],
];

test.each(bodies)("a body with %s is refused, and nothing is registered", async (_, body) => {
  const repo = uniqueName();
  const answer = await api("PUT", rolePath(repo), { body, headers: { "content-type": "application/json" } });
  expect(answer.status).toBe(400);
  expect(answer.problem()).toMatchObject({
    code: "body-not-json",
    detail: expect.stringMatching(
      /^The body cannot be read as JSON: .+\. Correct it and send it as UTF-8\.$/,
    ),
  });
  expect((await api("GET", rolePath(repo))).status).toBe(404);
});
