/** The policies that docs/organization.md offers to an organisation: what each denies, and what it lets be. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { apiPolicy, driftPolicy, type Settings, selfPolicyOf } from "../../deploy/policies.ts";
import { readConfig } from "../../src/config.ts";
import { NO_PROFILES } from "../../src/desired/profiles.ts";
import { readCeiling } from "../../src/self/read-ceiling.ts";
import { decide, type Policy, type Request } from "./iam.ts";
import { table } from "./organization-cases.ts";
import selfJson from "./self.json" with { type: "json" };

const KINDS = [
  { kind: "resource-control-policy", cases: table["resource-control-policy"] },
  { kind: "service-control-policy", cases: table["service-control-policy"] },
];
const read = (kind: string): Policy =>
  JSON.parse(readFileSync(new URL(`../../docs/organization/${kind}.json`, import.meta.url), "utf8"));

describe.each(KINDS)("the $kind", ({ kind, cases }) => {
  const policy = read(kind);

  it.each(cases)(
    "denies ($denied): $case",
    ({ by = [undefined], actions, resource, context = {}, denied }) => {
      for (const principal of by) {
        for (const action of actions) {
          const keys = { ...context, ...(principal !== undefined && { "aws:PrincipalArn": principal }) };
          const request: Request = { action, resource, context: keys };
          expect([principal, action, decide([policy], request) === "denied"]).toEqual([
            principal,
            action,
            denied,
          ]);
        }
      }
    },
  );

  it("has cases of both kinds for each of its statements' actions", () => {
    for (const action of policy.Statement.flatMap((statement) => [statement.Action].flat())) {
      const of = (denied: boolean) =>
        cases.some((one) => one.denied === denied && one.actions.includes(action));
      expect([action, of(true)]).toEqual([action, true]);
    }
    expect(new Set(cases.map(({ denied }) => denied)).size).toBe(2);
  });

  it("denies and allows nothing, and fits into the 5,120 characters of such a policy", () => {
    expect(policy.Statement.map(({ Effect }) => Effect)).toEqual(policy.Statement.map(() => "Deny"));
    expect(JSON.stringify(policy).length).toBeLessThanOrEqual(5120);
    // A resource control policy is about everyone; a service control policy has no principal.
    const everyone = kind === "resource-control-policy" ? "*" : undefined;
    for (const { Principal } of policy.Statement) expect(Principal).toBe(everyone);
  });
});

it("the service control policy withholds every write of a role that the functions have", () => {
  const settings: Settings = {
    ...readConfig({
      ROLECALL_OWNERS: "acme",
      ROLECALL_TABLE: "rolecall",
      ROLECALL_BOUNDARY_ARN: "arn:aws:iam::123456789012:policy/rolecall/boundary",
      ROLECALL_MANAGED_POLICIES: "arn:aws:iam::123456789012:policy/acme-deploy",
    }),
    profiles: NO_PROFILES,
  };
  const actionsOn = ({
    Statement,
  }: {
    Statement: readonly { Action: string | readonly string[]; Resource?: unknown }[];
  }) =>
    Statement.filter(({ Resource }) => String(Resource).includes(":role/rolecall/")).flatMap(({ Action }) =>
      [Action].flat(),
    );
  const ceiling = readCeiling(selfJson);
  if (Array.isArray(ceiling)) throw new Error(ceiling.join("\n"));
  const writes = [
    ...actionsOn(apiPolicy(settings, "/rolecall/")),
    ...actionsOn(driftPolicy(settings, "/rolecall/")),
    ...actionsOn(selfPolicyOf(settings, ceiling, "/rolecall/")),
  ];
  expect(writes.length).toBeGreaterThan(10);
  const [statement] = read("service-control-policy").Statement;
  expect([statement?.Action].flat()).toEqual(expect.arrayContaining([...new Set(writes)]));
});

it("the service control policy lists the role of each function whose role is an output of the stack", () => {
  const templates = ["serverless.yml", "deploy/self.yml"]
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");
  const outputs = [...templates.matchAll(/^ +(\w+Role)Arn:$/gm)].map(([, id]) => id);
  expect(outputs.sort()).toEqual(["ApiRole", "DriftRole", "SelfRole"]);
  const [writers, , guarded] = read("service-control-policy").Statement;
  for (const id of outputs) {
    const arn = `arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-${id}-1A2B3C4D5E6F`;
    expect(writers?.Condition?.["ArnNotEquals"]?.["aws:PrincipalArn"]).toContain(arn);
    expect([guarded?.Resource].flat()).toContain(arn);
  }
});
