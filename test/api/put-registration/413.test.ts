/** Bodies of more than 65,536 bytes. */
import { expect, test } from "vitest";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const { api } = await startRolecall();
const LIMIT = 65_536;
const json = { "content-type": "application/json" };
/** JSON of so many bytes. */
const padded = (bytes: number, inside = ""): Buffer => {
  const text = `{"maxSessionSeconds":3601${inside}}`;
  return Buffer.from(text + " ".repeat(bytes - Buffer.byteLength(text)));
};

const tooLarge: [string, Buffer, Record<string, string>][] = [
  ["one byte more", padded(LIMIT + 1), json],
  ["much more", padded(1_000_000), json],
  ["in chunks, without a length", padded(LIMIT + 1), { ...json, "transfer-encoding": "chunked" }],
  ["few characters, many bytes", Buffer.from(`{"workflow":{"runner":"${"€".repeat(30_000)}"}}`), json],
  ["that is no JSON either", Buffer.from("x".repeat(LIMIT + 1)), json],
  ["of another content type", Buffer.from("x".repeat(LIMIT + 1)), { "content-type": "text/plain" }],
];

test.each(tooLarge)("a body that is too large is refused: %s", async (_, body, headers) => {
  const repo = uniqueName();
  const answer = await api("PUT", rolePath(repo), { body, headers });
  expect(answer.status).toBe(413);
  expect(answer.problem()).toMatchObject({
    code: "body-too-large",
    detail: expect.stringContaining(String(LIMIT)),
  });
  expect((await api("GET", rolePath(repo))).status).toBe(404);
});

test.each([
  ["with a length", json],
  ["in chunks", { ...json, "transfer-encoding": "chunked" }],
])("exactly as many are taken, %s", async (_, headers) => {
  const answer = await api("PUT", rolePath(uniqueName()), { body: padded(LIMIT), headers });
  expect(answer.registration().spec.maxSessionSeconds).toBe(3601);
});
