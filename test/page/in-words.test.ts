/** Changes in words, for one line of a message. */
import { expect, test } from "vitest";
import { inOneLine, plain } from "../../src/page/in-words.ts";

const ROLE = "arn:aws:iam::123456789012:role/rolecall/r";
const change = (path: string, effect: "widens" | "narrows" | "none" = "none", resource = ROLE) => ({
  resource,
  path,
  effect,
});

test("one line names each difference and its effect", () => {
  const changes = [change("/boundaryArn", "widens"), change(""), change("/tags/a~1b", "narrows")];
  expect(inOneLine(changes)).toBe(
    "Permissions boundary (widens access), The role (does not affect access), Tag a/b (narrows access)",
  );
});

test("one line says who gains and who loses", () => {
  const said = { gains: ["environment prod"], loses: ["branch main", "tag v*"] };
  expect(inOneLine([{ ...change("/trustPolicy", "widens"), ...said }])).toBe(
    "Trust policy: who may assume the role (widens access: gains environment prod; loses branch main, tag v*)",
  );
});

test("one line names five differences and counts the others", () => {
  const many = Array.from({ length: 8 }, (_, index) => change(`/tags/${index}`));
  expect(inOneLine(many)).toMatch(/, Tag 4 \(does not affect access\), 3 more$/);
});

test.each(['"', "\\", "<", ">", "\n", "\r", "\u2028", "\u2029", "\u0000", "\u202e", "\u200b"])(
  "plain text never has %j, which a message would have to escape",
  (character) => {
    expect(plain(`a${character}b`)).toBe("a?b");
    expect(inOneLine([change(`/tags/a${character}b`)])).toBe("Tag a?b (does not affect access)");
  },
);
