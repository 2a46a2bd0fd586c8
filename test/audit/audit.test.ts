import { describe, expect, test } from "vitest";
import { accessOf } from "../../src/audit/access.ts";
import { auditCodes } from "../../src/audit/codes.ts";
import { policiesOf } from "../../src/audit/permissions.ts";
import { codes as lintCodes } from "../../src/trust/lint/codes.ts";
import { schemaFaults } from "../harness/contract.ts";
import { accessCases } from "./access-cases.ts";
import { cases } from "./audit-cases.ts";
import { audit, roleOf } from "./roles.ts";

describe("findings", () => {
  test.each(cases)("$name", ({ role, registered, codes, access }) => {
    const entry = audit(role, registered);
    const found = entry && [...new Set(entry.findings.map(({ code }) => code))].sort();
    expect(found ?? null).toEqual(codes && [...codes].sort());
    if (entry === undefined) return;
    if (access !== undefined) expect(entry.access).toEqual(access);
    expect(schemaFaults({ $ref: "#/components/schemas/AuditEntry" }, entry)).toEqual([]);
    expect(entry.registered).toEqual(
      registered === undefined ? null : { owner: "acme", repo: "api", role: "publish" },
    );
    expect(entry.migration === undefined).toBe(
      registered !== undefined || role.statements?.[0]?.["Action"] === "sts:AssumeRole",
    );
  });

  test("every code of the audit has a case that yields it, and one that does not", () => {
    for (const code of Object.keys(auditCodes)) {
      expect(
        cases.some(({ codes }) => codes?.includes(code)),
        code,
      ).toBe(true);
      expect(
        cases.some(({ codes }) => codes && !codes.includes(code)),
        code,
      ).toBe(true);
    }
    expect(Object.keys(auditCodes).filter((code) => Object.hasOwn(lintCodes, code))).toEqual([]);
  });

  test("every pointer leads into the role", () => {
    for (const { role, registered } of cases) {
      const whole: unknown = { ...roleOf(role), trustPolicy: parsed(roleOf(role).trustPolicy) };
      for (const { pointer, code } of audit(role, registered)?.findings ?? []) {
        const steps = pointer.split("/").slice(1);
        const isThere = steps.reduce<unknown>((at, step) => {
          const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
          return typeof at === "object" && at !== null && name in at ? at[name as keyof typeof at] : null;
        }, whole);
        expect(isThere, `${code} ${pointer}`).not.toBe(null);
      }
    }
  });

  test("hints are given only on request", () => {
    const codesWith = (hints: boolean) => audit({}, [], { hints })?.findings.map(({ code }) => code);
    expect(codesWith(true)).toContain("hint-pull-request-target");
    expect(codesWith(false)).not.toContain("hint-pull-request-target");
  });
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

describe("the summary of access", () => {
  test.each(accessCases)("$name", ({ statements, access }) => {
    expect(accessOf(policiesOf(roleOf({ inline: { p: statements } })), undefined)).toEqual(access);
  });

  test("a report stays short", () => {
    const statements = Array.from({ length: 200 }, (_, i) => ({
      Action: `s${i}:x`,
      Resource: "a".repeat(1000),
    }));
    const access = accessOf(policiesOf(roleOf({ inline: { p: statements } })), undefined);
    expect(access).toHaveLength(15);
    expect(access.at(-1)).toBe("and 186 more");
    for (const line of access) expect(line.length).toBeLessThanOrEqual(300);
  });
});
