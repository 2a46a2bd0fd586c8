import { describe, expect, test } from "vitest";
import { schemaFaults } from "../harness/contract.ts";
import { migrateCases } from "./migrate-cases.ts";
import { retireCases } from "./retire-cases.ts";
import { ACCOUNT, audit } from "./roles.ts";

describe("replacements and lost access", () => {
  test.each(migrateCases)("$name", ({ role, replacements, lost, notes }) => {
    const migration = audit(role)?.migration;
    expect(migration?.replacements).toEqual(replacements.map((one) => ({ method: "PUT", ...one })));
    expect(migration?.lost).toEqual(lost);
    expect(migration?.notes).toEqual(notes);
    expect(schemaFaults({ $ref: "#/components/schemas/Migration" }, migration)).toEqual([]);
  });
});

describe("retirement of the old role", () => {
  test.each(retireCases)("$name", ({ role, registered, retire }) => {
    expect(audit(role, registered)?.migration?.retire).toEqual(retire);
  });
});

test("a note warns of a replacement with the name of an existing registration", () => {
  const registered = [{ owner: "acme", repo: "API", role: "publish" }];
  expect(audit({}, registered)?.migration?.notes).toContain(
    "/v1/repos/acme/api/roles/publish is already registered. Compare the two, or choose another name (with If-None-Match: * a PUT replaces nothing).",
  );
});

test("a replacement in a member account has the path of that account", () => {
  const registered = [{ owner: "acme", repo: "api", role: "publish" }];
  const migration = audit({}, registered, { isMember: true })?.migration;
  const path = `/v1/accounts/${ACCOUNT}/repos/acme/api/roles/publish`;
  expect(migration?.replacements.map((one) => one.path)).toEqual([path]);
  expect(migration?.notes).toContainEqual(expect.stringContaining(`${path} is already registered.`));
});

test("the audit of a role that nobody uses is the same on the next day", () => {
  const idle = { usedDaysAgo: 100, createdDaysAgo: 500 };
  const registered = [{ owner: "acme", repo: "api", role: "publish", name: "api-publish", usedDaysAgo: 1 }];
  const tomorrow = { now: Date.parse("2026-11-24T06:00:00.000Z") };
  expect(audit(idle, registered, tomorrow)).toEqual(audit(idle, registered));
  const own = { name: "api-publish", path: "/rolecall/", ...idle };
  expect(audit(own, registered)?.findings.map(({ code }) => code)).toContain("unused");
  expect(audit(own, registered, tomorrow)).toEqual(audit(own, registered));
});

test("names beyond a registration's limits are reported as lost", () => {
  const branches = Array.from({ length: 25 }, (_, i) => `repo:acme/api:ref:refs/heads/b${i}`);
  const names = Array.from({ length: 22 }, (_, i) => `ECR/acme/api/r${i}`);
  const inline = { push: { Action: ["ecr:PutImage"], Resource: names } };
  const migration = audit({ sub: branches, inline })?.migration;
  expect(migration?.replacements[0]?.body.trust?.branches).toHaveLength(20);
  expect(migration?.replacements[0]?.body.ecr).toHaveLength(20);
  expect(migration?.lost).toContain("acme/api: 5 of its 25 branches; a registration takes at most 20");
  expect(migration?.lost).toContain(
    "acme/api: 2 of its 22 ECR repositories; a registration takes at most 20",
  );
  const long = `repo:acme/api:ref:refs/heads/${"x".repeat(300)}`;
  expect(audit({ sub: long })?.migration?.notes).toEqual([
    expect.stringContaining(": a name in it is longer than 255 characters, a registration's limit"),
  ]);
});
