/** The policies that docs/organization.md offers to an organisation: what each denies, and what it lets be. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { apiPolicy, driftPolicy, type Settings } from "../../deploy/policies.ts";
import { readConfig } from "../../src/config.ts";
import { NO_PROFILES } from "../../src/desired/profiles.ts";
import { decide, type Policy, type Request } from "./iam.ts";
import { table } from "./organization-cases.ts";

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
  const writes = [
    ...actionsOn(apiPolicy(settings, "/rolecall/")),
    ...actionsOn(driftPolicy(settings, "/rolecall/")),
  ];
  expect(writes.length).toBeGreaterThan(10);
  const [statement] = read("service-control-policy").Statement;
  expect([statement?.Action].flat()).toEqual(expect.arrayContaining([...new Set(writes)]));
});
