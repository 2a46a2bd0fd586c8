/** Bodies that are not declared as JSON: the answer says which header to send. */
import { expect, test } from "vitest";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const { api } = await startRolecall();

const types: [string, string | undefined][] = [
  ["what curl -d sends", "application/x-www-form-urlencoded"],
  ["no content type", undefined],
  ["an empty one", ""],
  ["text", "text/plain"],
  ["JSON's sister", "text/json"],
  ["a longer name", "application/jsonx"],
  ["JSON of another kind", "application/merge-patch+json"],
  ["a form with parts", "multipart/form-data; boundary=x"],
  ["JSON as a parameter", "text/plain; application/json"],
  ["two types", "text/plain, application/json"],
];

test.each(types)("a content type that is no JSON is refused: %s (%s)", async (_, type) => {
  const repo = uniqueName();
  const answer = await api("PUT", rolePath(repo), {
    body: '{"maxSessionSeconds":3601}',
    headers: type === undefined ? {} : { "content-type": type },
  });
  expect(answer.status).toBe(415);
  expect(answer.problem()).toMatchObject({
    code: "unsupported-media-type",
    detail: expect.stringContaining("Content-Type: application/json"),
  });
  expect((await api("GET", rolePath(repo))).status).toBe(404);
});
