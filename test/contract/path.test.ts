/** A path that is let through has one reading: what a URL makes of it is what it says. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { canonicalPath } from "../../src/http/path.ts";
import { failed } from "../../src/lib/errors.ts";
import { runs } from "../harness/properties.ts";
import { startRolecall } from "../harness/rolecall.ts";

const { services } = await startRolecall();

const parts = fc.constantFrom(
  ...[
    "/",
    "//",
    ".",
    "..",
    "\\",
    "%",
    "%2f",
    "%2F",
    "%5c",
    "%2e",
    "%2E%2e",
    "%25",
    "%252e",
    "%00",
    "%09",
    "%0a",
  ],
  ...[
    "%20",
    "%c3%bc",
    "%ff",
    "%c0%ae",
    "%u002e",
    "\t",
    "\n",
    "\r",
    "\0",
    " ",
    "?",
    "#",
    ";",
    "@",
    ":",
    "+",
    "~",
    "*",
  ],
  ...[
    "a",
    "acme",
    "v1",
    "repos",
    "ü",
    "\u2025",
    "\uff0e",
    "\u2215",
    "\ud800",
    "😀",
    "|",
    "^",
    "`",
    "{",
    "<",
    '"',
    "'",
  ],
);
const paths = fc.array(parts, { maxLength: 12 }).map((chosen) => `/${chosen.join("")}`);

describe.each([
  ["as a plain server gets it, still encoded", true],
  ["as API Gateway hands it over, decoded", false],
])("%s", (_, isEncoded) => {
  test("is refused, or reads the same to everyone", async () => {
    let accepted = 0;
    const disagreeing: string[] = [];
    fc.assert(
      fc.property(paths, (raw) => {
        const path = canonicalPath(raw, isEncoded);
        if (failed(path)) {
          expect(path.failure).toBe("path-not-canonical");
          return;
        }
        accepted++;
        expect(path).not.toMatch(/[\\?#%]|\/\/|\/$(?<!^\/)/);
        expect(path.split("/")).not.toContain("..");
        expect(path.split("/")).not.toContain(".");
        const { pathname, search, hash } = new URL(raw, "http://localhost");
        expect(search + hash).toBe("");
        if (decodeURIComponent(pathname) !== path) disagreeing.push(raw);
      }),
      { numRuns: runs(8_000) },
    );
    expect(accepted).toBeGreaterThan(100);
    // The app itself refuses text that a URL changes (a space at its end, half a character).
    for (const raw of disagreeing) {
      const app = createApp(
        services,
        () => ({ rawPath: raw, isEncoded, caller: "test", requestId: "test" }),
        () => ({ ceiling: { rules: [] }, audience: "test" }),
      );
      expect([raw, (await app.request(raw)).status]).toEqual([raw, 400]);
    }
  });

  test.each([
    "/v1/roles",
    "/healthz",
    "/openapi.yaml",
    "/openapi.json",
    "/v1/repos/acme/.github/roles/a-b",
    "/v1/repos/a/b..c/roles/d",
    "/",
  ])("%s is its own canonical form", (path) => {
    expect(canonicalPath(path, isEncoded)).toBe(path);
  });
});
