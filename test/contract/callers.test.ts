/** The `execute-api` policies that docs/operating.md gives: whom they let do what, and nobody anything else. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalPath } from "../../src/http/path.ts";
import { failed } from "../../src/lib/errors.ts";
import { operationOf, operations } from "../harness/contract.ts";
import { runs } from "../harness/properties.ts";
import { decide } from "../package/iam.ts";

const API = "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/$default";
const documented = readFileSync(new URL("../../docs/operating.md", import.meta.url), "utf8");
const policies = new Map(
  [...documented.matchAll(/^\| ([^|]+) \| ((?:`API[^`]*`(?:, )?)+) \|$/gm)].map(
    ([, who = "", written = ""]) => [
      who,
      {
        Effect: "Allow" as const,
        Action: "execute-api:Invoke",
        Resource: [...written.matchAll(/`API([^`]*)`/g)].map(([, path]) => `${API}${path}`),
      },
    ],
  ),
);
const allows = (who: string, method: string, path: string): boolean => {
  const statement = policies.get(who);
  if (statement === undefined) throw new Error(`docs/operating.md has no policy for ${who}`);
  const request = { action: "execute-api:Invoke", resource: `${API}/${method}${path}` };
  return decide([{ Statement: [statement] }], request) === "allowed";
};
const [ADMINISTRATOR, TEAM, REPOSITORY, RESPONDER, READER] = [
  "administrator",
  "the team of one organisation",
  "one repository's own role",
  "who answers an [incident](#an-incident)",
  "a reader",
];

describe("each may do its own", () => {
  const fill = (path: string, owner: string, repo: string) =>
    path
      .replace("{owner}", owner)
      .replace("{repo}", repo)
      .replace("{account}", "210987654321")
      .replace("{role}", "publish")
      .replace("{id}", "latest");
  // A workflow's own token is no identity of AWS, and no such policy is asked about it.
  const signed = operations.filter(({ path }) => !path.startsWith("/v1/self/"));
  test.each(signed)("$id is open to the right callers alone", ({ id, method, path }) => {
    const isOfOne = path.includes("{owner}");
    const of = (owner: string, repo: string) =>
      [ADMINISTRATOR, TEAM, REPOSITORY, RESPONDER, READER].filter((who) =>
        allows(who, method, fill(path, owner, repo)),
      );
    const isRevocation = path.endsWith("/revocations");
    // Those who may for every repository.
    const others = [...(isRevocation ? [RESPONDER] : []), ...(method === "GET" ? [READER] : [])];
    // A repository's own role does not see the list of its registrations: that is one segment shorter.
    // To end sessions is a grant of its own: it ends suspensions too.
    const isList = id.startsWith("listRepositoryRegistrations");
    const own = isOfOne && !isList && !isRevocation ? [REPOSITORY] : [];
    expect(of("acme", "api")).toEqual([ADMINISTRATOR, ...(isOfOne ? [TEAM] : []), ...own, ...others]);
    expect(of("acme", "web")).toEqual([ADMINISTRATOR, ...(isOfOne ? [TEAM] : []), ...others]);
    expect(of("evil", "api")).toEqual([ADMINISTRATOR, ...others]);
    expect(of("ACME", "api")).toEqual([ADMINISTRATOR, ...others]);
  });
});

test("no spelling of a path that a policy lets through is for another repository", () => {
  const part = fc.constantFrom(
    ...[
      "acme",
      "ACME",
      "evil",
      "api",
      "web",
      "v1",
      "repos",
      "accounts",
      "210987654321",
      "roles",
      "publish",
      "roll-calls",
      "latest",
      "*",
    ],
    ...[
      "..",
      ".",
      "",
      "%2e%2e",
      "%2F",
      "acme%2Fapi",
      "..%2Facme",
      "\\",
      "%5C",
      "acme;x",
      "a?b",
      "a#b",
      "%00",
      "acme ",
    ],
    ...["workflow", "export", "history", "repairs", "drift-checks", "explanations", "revocations"],
  );
  const method = fc.constantFrom("GET", "PUT", "POST", "DELETE");
  const anything = fc.array(part, { minLength: 1, maxLength: 12 }).map((parts) => `/${parts.join("/")}`);
  const likely = fc
    .tuple(fc.constantFrom(...operations.map(({ path }) => path)), fc.infiniteStream(part))
    .map(([path, parts]) => path.replace(/\{[a-z]+\}/g, () => String(parts.next().value)));
  const seen = { own: 0, refused: 0 };
  fc.assert(
    fc.property(method, fc.oneof(anything, likely), (verb, path) => {
      for (const [who, isOwn] of [
        [TEAM, (owner: string) => owner === "acme"],
        [REPOSITORY, (owner: string, repo: string) => owner === "acme" && repo === "api"],
      ] as const) {
        if (!allows(who, verb, path)) continue;
        for (const isEncoded of [true, false]) {
          const canonical = canonicalPath(path, isEncoded);
          if (failed(canonical) || operationOf(verb, canonical) === undefined) {
            seen.refused++;
            continue;
          }
          const [, account, owner = "", repo = ""] =
            /^\/v1(?:\/self)?(?:\/accounts\/([^/]+))?\/repos\/([^/]+)\/([^/]+)/.exec(canonical) ?? [];
          // The API refuses an account that is not 12 digits, and an owner `repos` in a member account.
          if (account !== undefined && (!/^\d{12}$/.test(account) || owner === "repos")) {
            seen.refused++;
            continue;
          }
          expect(isOwn(owner, repo), `${who}: ${verb} ${path} is for ${canonical}`).toBe(true);
          seen.own++;
        }
      }
    }),
    { numRuns: runs(40_000) },
  );
  expect(seen.own).toBeGreaterThan(50);
  expect(seen.refused).toBeGreaterThan(50);
});
