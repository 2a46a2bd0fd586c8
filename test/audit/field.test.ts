/**
 * Roles that people have, and the audit's answer for each: the codes that it finds, those that it must not find, and
 * the replacements that it offers. Each role can push to acme/shop.
 */
import { describe, expect, test } from "vitest";
import cases from "./field-cases.json" with { type: "json" };
import { audit } from "./roles.ts";

type Case = {
  name: string;
  trust: unknown;
  find?: string[];
  never?: string[];
  migrates?: { path: string; trust: object; github?: object }[];
  listed?: boolean;
};

const push = { push: { Action: ["ecr:PutImage"], Resource: "ECR/acme/shop" } };

describe("a role in the field", () => {
  test.each(cases as Case[])("$name", ({ trust, find = [], never = [], migrates, listed }) => {
    const entry = audit({ trustText: JSON.stringify(trust), inline: push });
    const found = entry?.findings.map(({ code }) => code);
    if (listed)
      expect([found, entry?.migration?.retire.ready]).toEqual([["unregistered", "issuer-dead"], true]);
    else expect(found).toEqual(expect.arrayContaining(find));
    expect(found?.filter((code) => never.includes(code))).toEqual([]);
    if (migrates) {
      const offered = entry?.migration?.replacements.map(({ path, body: { trust, github } }) => ({
        path,
        trust,
        ...(github && { github }),
      }));
      expect(offered).toEqual(migrates);
      // Nobody loses access who gets in. The first of several roles only does not push to the other's repository.
      expect(entry?.migration?.lost.filter((line) => !line.includes("in the namespace of another"))).toEqual(
        [],
      );
    }
  });
});
