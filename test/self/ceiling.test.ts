/** The operator's ceiling: the files that the service reads, and the errors that name the place of a fault. */
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { readCeiling } from "../../src/self/read-ceiling.ts";
import { type Case, table } from "./ceiling-cases.ts";

const RULE = { repositories: ["acme/*"], roles: ["publish", "deploy-*"], access: ["push", "pull"] };
const jsonOf = ({ json, rule }: Case): unknown =>
  JSON.parse(JSON.stringify(rule === undefined ? json : { rules: [{ ...RULE, ...rule }] }));
const named = <C extends Case>(cases: readonly C[]) => cases.map((one): [string, C] => [one.name, one]);
const text = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
const isOfSchema = new Ajv2020({ strict: true }).compile(JSON.parse(text("docs/self.schema.json")));

describe("a ceiling is accepted", () => {
  test.each(named(table.right))("%s", (_, one) => {
    expect(readCeiling(jsonOf(one))).toHaveProperty("rules");
    expect(isOfSchema(jsonOf(one)), JSON.stringify(isOfSchema.errors)).toBe(true);
  });

  test("each example of docs/self.md", () => {
    const examples = [...text("docs/self.md").matchAll(/^```json\n(\{\s*"rules".*?)^```/gms)];
    expect(examples.length).toBeGreaterThan(0);
    for (const [, json = ""] of examples) {
      expect(readCeiling(JSON.parse(json))).toHaveProperty("rules");
      expect(isOfSchema(JSON.parse(json))).toBe(true);
    }
  });
});

describe("a ceiling is refused, by the reader and by the JSON schema", () => {
  test.each(named(table.wrong))("%s", (_, one) => {
    const faults = readCeiling(jsonOf(one));
    if (!Array.isArray(faults)) throw new Error("accepted");
    expect(faults).toHaveLength(one.says.length);
    for (const [index, says] of one.says.entries()) {
      expect(faults[index]).toContain(says);
      expect(faults[index]).toMatch(/^self\.json \/?\S* ?has .+\. [A-Z].+\.$/s);
    }
    expect(isOfSchema(jsonOf(one))).toBe(false);
  });
});

test("a rule without options allows the home account, the default branch and nothing more", () => {
  expect(readCeiling({ rules: [RULE] })).toEqual({
    rules: [
      {
        ...RULE,
        repositoryIds: [],
        ownerIds: [],
        accounts: ["home"],
        refs: [],
        protectedRefs: false,
        runnerEnvironments: [],
        jobWorkflowRefs: [],
        may: {
          branches: [],
          tags: [],
          environments: [],
          pullRequests: false,
          profiles: [],
          managedPolicies: [],
          onDrift: ["report"],
          maxSessionSeconds: 3600,
        },
      },
    ],
  });
});
