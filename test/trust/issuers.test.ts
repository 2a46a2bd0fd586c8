/** GitHub's issuers, the audiences of AWS's partitions, and the configuration that names them. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ConfigError, issuerOf, readConfig } from "../../src/config.ts";
import { providerOf } from "../../src/desired/desired.ts";
import { GITHUB_COM, parseIssuer } from "../../src/trust/issuer.ts";
import { type Accepted, type Environment, type Refused, table } from "./issuers-cases.ts";

/** The required variables with the changes of a case; null removes a variable. */
function environment(changed: Environment): Record<string, string> {
  const whole = {
    ROLECALL_OWNERS: "acme",
    ROLECALL_TABLE: "rolecall",
    ROLECALL_BOUNDARY_ARN: "arn:aws:iam::123456789012:policy/rolecall/boundary",
    ...changed,
  };
  const entries = Object.entries(whole).filter((entry): entry is [string, string] => entry[1] !== null);
  return Object.fromEntries(entries);
}

describe("an issuer's URL", () => {
  test.each(Object.entries(table.urls))("%j is read as the table says", (url, expected) => {
    expect(parseIssuer(url)).toEqual(expected === null ? undefined : { url, ...expected });
  });
});

describe("the provider of a partition", () => {
  test.each(Object.entries(table.audiences))("%s: %s", (partition, audience) => {
    const place = { account: "123456789012", partition, region: "r" };
    expect(providerOf(GITHUB_COM, place)).toEqual({
      arn: `arn:${partition}:iam::123456789012:oidc-provider/token.actions.githubusercontent.com`,
      url: "https://token.actions.githubusercontent.com",
      audience,
    });
  });
});

describe("the configuration", () => {
  const reads = table.config.read.map((one): [string, Accepted] => [one.what, one]);
  const refusals = table.config.refused;

  test.each(reads)("%s", (_, { env, config = {}, issuers = {} }) => {
    const read = readConfig(environment(env));
    expect(read).toMatchObject(config);
    if (env["GITHUB_API_URL"] === "") expect(read.githubApi).toBeUndefined();
    for (const [owner, url] of Object.entries(issuers)) expect(issuerOf(read, owner).url, owner).toBe(url);
  });

  test.each(refusals.map((one): [string, Refused] => [JSON.stringify(one.env), one]))(
    "%s: refused",
    (_, one) => {
      const read = () => readConfig(environment(one.env));
      expect(read).toThrow(ConfigError);
      try {
        read();
      } catch (error) {
        // Each fault has one line, with the variable, its value and the right form.
        const lines = (error as Error).message.split("\n");
        expect(lines).toHaveLength(one.says.length);
        for (const [index, says] of one.says.entries()) expect(lines[index]).toContain(says);
      }
    },
  );

  test("every variable that is read has its cases", () => {
    const source = readFileSync(new URL("../../src/config.ts", import.meta.url), "utf8");
    const known = new Set(
      [...source.matchAll(/"(ROLECALL_[A-Z_]+|GITHUB_[A-Z_]+)"/g)].map(([, name]) => name),
    );
    const named = new Set(reads.flatMap(([, { env }]) => Object.keys(env)));
    const refused = new Set(refusals.flatMap(({ env }) => Object.keys(env)));
    const required = ["ROLECALL_TABLE", "ROLECALL_BOUNDARY_ARN"];
    expect(known.size).toBeGreaterThan(9);
    expect([...known].filter((name) => !named.has(name ?? "") && !required.includes(name ?? ""))).toEqual([]);
    // A variable that accepts any text is never refused.
    const free = ["ROLECALL_API_ROLES", "ROLECALL_GITHUB_SECRET"];
    expect([...known].filter((name) => !refused.has(name ?? "")).sort()).toEqual(free);
  });
});
