/** A registration's life in a member account, and what the member's roles may do. */
import { DeleteRolePolicyCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, it } from "vitest";
import { decisions } from "./decisions-cases.ts";
import { type Deployed, MEMBER } from "./deployed.ts";
import { decide, type Policy, type Statement } from "./iam.ts";
import { memberOf, type Trust } from "./member.ts";

const ACCOUNT = `/v1/accounts/${MEMBER.account}`;
const ROLE = `${ACCOUNT}/repos/acme/api/roles/publish`;
const HUB = "123456789012";
const OPEN = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
});
const isRead = (action: string): boolean => /^(Get|List|Describe|Lookup)/.test(action);

export function testMember(deployed: Deployed) {
  const { member, madeInMember } = deployed;
  const json = ({ text }: { text: string }) => JSON.parse(text);

  describe("a registration's life in a member account", () => {
    let roleName = "";

    it("begins with the account's record, which is ready", async () => {
      const body = {
        name: "staging",
        repositories: ["acme/*"],
        regions: ["eu-central-1", "eu-west-1"],
        profiles: ["s3-artifacts"],
        managedPolicies: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
      };
      const answer = await deployed.request("PUT", ACCOUNT, { body });
      expect({ status: answer.status, state: json(answer).state }).toMatchObject({
        status: 201,
        state: { status: "ready", causes: [], template: 1 },
      });
    });

    it("continues with everything that a registration can have", async () => {
      const full = {
        tags: { team: "a" },
        ecr: [
          {
            repository: "acme/api",
            access: "push",
            settings: { tags: { team: "a" }, pull: { accounts: ["310987654321"] } },
          },
        ],
        profiles: ["s3-artifacts"],
        managedPolicyArns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
      };
      for (const body of [
        full,
        { ...full, maxSessionSeconds: 7200 },
        {
          trust: { tags: ["v*"] },
          ecr: [
            {
              repository: "acme/api",
              settings: { lifecycle: [], scanOnPush: false, tagMutability: "MUTABLE" },
            },
          ],
        },
        { region: "eu-west-1" },
        {},
      ]) {
        const answer = await deployed.request("PUT", ROLE, { body });
        expect([200, 201], answer.text).toContain(answer.status);
        roleName = json(answer).roleArn.split("/").at(-1);
      }
    });

    it("is checked, repaired and revoked", async () => {
      await member.iam.send(
        new PutRolePolicyCommand({ RoleName: roleName, PolicyName: "mine", PolicyDocument: OPEN }),
      );
      expect(json(await deployed.request("POST", `${ROLE}/drift-checks`)).status).toBe("drifted");
      expect(json(await deployed.request("POST", `${ROLE}/repairs`)).status).toBe("repaired");
      await expect(
        member.iam.send(new DeleteRolePolicyCommand({ RoleName: roleName, PolicyName: "mine" })),
      ).rejects.toThrow();
      expect(
        (await deployed.request("POST", `${ROLE}/revocations`, { body: { suspend: true } })).status,
      ).toBe(200);
      expect(
        (await deployed.request("POST", `${ROLE}/revocations`, { body: { suspend: false } })).status,
      ).toBe(200);
    });

    it("is checked and repaired by the scheduled roll call, in a job of its account", async () => {
      expect((await deployed.request("PUT", ROLE, { body: { onDrift: "repair" } })).status).toBe(200);
      await member.iam.send(
        new PutRolePolicyCommand({ RoleName: roleName, PolicyName: "mine", PolicyDocument: OPEN }),
      );
      await deployed.scheduledRollCall();
      const { invocations, errors } = await deployed.deliverJobs();
      expect([invocations > 0, errors]).toEqual([true, []]);
      const latest = json(await deployed.request("GET", "/v1/roll-calls/latest"));
      expect(latest).toMatchObject({ status: "finished", counts: { repaired: 1, failed: 0 } });
      const accounts = await deployed.request("GET", `/v1/roll-calls/${latest.id}/accounts`);
      expect([accounts.status, json(accounts).items]).toEqual([
        200,
        expect.arrayContaining([expect.objectContaining({ account: MEMBER.account, status: "checked" })]),
      ]);
    });

    it("is registered, read and explained by a workflow with its own token", async () => {
      const repository = "acme/self-service";
      const path = `/repos/${repository}/roles/publish`;
      const self = `/v1/self/accounts/${MEMBER.account}${path}`;
      const send = (method: string, below = "", sent = {}) =>
        deployed.selfRequest(method, `${self}${below}`, { repository }, sent);
      const registered = await send("PUT");
      expect([registered.status, json(registered).origin], registered.text).toEqual([201, "self"]);
      expect(json(registered).roleArn).toContain(`::${MEMBER.account}:role/rolecall/`);
      expect(json(await send("PUT", "", { query: "dryRun=true" }))).toMatchObject({ dryRun: true });
      expect(json(await send("GET")).roleArn).toBe(json(registered).roleArn);
      expect((await send("GET", "/workflow")).text).toContain(json(registered).roleArn);
      expect(json(await send("POST", "/explanations"))).toMatchObject({ allowed: true });
      expect((await send("PUT", "", { body: { ecr: [] } })).status).toBe(200);
      expect((await deployed.request("DELETE", `${ACCOUNT}${path}`)).status).toBe(200);
    });

    it("ends with the registration's DELETE and the record's", async () => {
      expect((await deployed.request("DELETE", ROLE)).status).toBe(200);
      expect((await deployed.request("DELETE", ACCOUNT)).status).toBe(204);
    });

    it("made every call with a session whose role and session policy allow the call", () => {
      expect(madeInMember.length).toBeGreaterThan(50);
      for (const { by, call, needs } of madeInMember) {
        const id = by.roleArn === member.arnOf("Reader") ? "Reader" : "Writer";
        expect(isRead(call.action), `${id} calls ${call.action}`).toBe(id === "Reader");
        const policies: Policy[][] = [[member.policyOf(id)]];
        if (by.policy !== undefined) policies.push([JSON.parse(by.policy)]);
        expect(policies).toHaveLength(id === "Reader" ? 1 : 2);
        for (const request of needs)
          for (const each of policies)
            expect(decide(each, request), `${id}: ${request.action} on ${request.resource}`).toBe("allowed");
      }
    });

    it("named each writer session by its lease, and the caller as its source identity", () => {
      const writers = new Set(madeInMember.map(({ by }) => by).filter(({ policy }) => policy !== undefined));
      expect(writers.size).toBeGreaterThan(5);
      for (const { arn } of writers) {
        expect(arn).toMatch(/:assumed-role\/rolecall-writer\/[0-9a-f-]{36}$/);
      }
      const identities = [...writers].map(({ sourceIdentity = "" }) => sourceIdentity.replace(RUN, "a run"));
      expect(new Set(identities)).toEqual(new Set(["platform-alice", "rolecall-schedule", "a run"]));
      expect(new Set([...writers].map(({ arn }) => arn)).size).toBe(writers.size);
    });

    it("needs every action of every statement of the writer", () => {
      const needs = madeInMember.flatMap((made) => made.needs);
      const unneeded = member
        .policyOf("Writer")
        .Statement.flatMap((statement) =>
          [statement.Action].flat().map((Action) => ({ ...statement, Action })),
        )
        .filter(
          (statement) =>
            !needs.some((request) => decide([{ Statement: [statement] }], request) === "allowed"),
        )
        .map(({ Action }) => Action);
      // The life in the home account needs these, and its policy has the same statements.
      expect(unneeded.sort()).toEqual(UNUSED_HERE);
    });
  });

  describe("a member's roles", () => {
    const writer = member.policyOf("Writer");
    const reader = member.policyOf("Reader");
    const boundary = Object(member.properties("PermissionsBoundary"))["PolicyDocument"] as Policy;
    const iam = (resource: string) => `arn:aws:iam::${MEMBER.account}:${resource}`;

    it("never let the reader write", () => {
      const actions = reader.Statement.flatMap(({ Action }) => Action);
      expect(actions.filter((action) => !/^\w+:(Get|List|Describe|Lookup)\w+$/.test(action))).toEqual([]);
    });

    it.each([
      ["itself", member.arnOf("Writer")],
      ["the reader", member.arnOf("Reader")],
      ["a role elsewhere", iam("role/admin")],
      ["a role of the hub's path", iam("role/rolecall-hub/api")],
    ])("never let the writer change %s", (_, resource) => {
      for (const action of WRITES)
        for (const boundary of [member.boundaryArn, iam("policy/other"), undefined]) {
          const context = boundary === undefined ? {} : { "iam:PermissionsBoundary": boundary };
          expect(decide([writer], { action, resource, context }), action).toBe("not allowed");
        }
    });

    it("never let the writer write a policy, a user, a key or anything without the boundary", () => {
      for (const action of ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicy"])
        expect(decide([writer], { action, resource: member.boundaryArn })).toBe("not allowed");
      for (const action of ["iam:CreateUser", "iam:CreateAccessKey", "iam:PassRole", "sts:AssumeRole"])
        expect(decide([writer], { action, resource: iam("user/x") })).toBe("not allowed");
      const resource = iam("role/rolecall/acme-api-publish-000000000000");
      expect(decide([writer], { action: "iam:CreateRole", resource })).toBe("not allowed");
      const context = { "iam:PermissionsBoundary": member.boundaryArn };
      expect(decide([writer], { action: "iam:CreateRole", resource, context })).toBe("allowed");
      expect(decide([writer], { action: "iam:DeleteOpenIDConnectProvider", resource: "*" })).toBe(
        "not allowed",
      );
    });

    const inMember = (text: string): string =>
      text
        // The other account of the table is this member, so the two change places. The keys of KMS stay where they are.
        .replace(/^(?!arn:aws:kms:)(.*):(123456789012|210987654321):/, (_, before: string, of: string) => {
          const account = of === HUB ? MEMBER.account : HUB;
          return `${before}:${account}:`;
        })
        .replace(
          "policy/rolecall/rolecall-prod-PermissionsBoundary",
          member.boundaryArn.split(":").at(-1) ?? "",
        );
    const alike = decisions.flatMap(({ case: name, roles, actions, resource, context = {}, decision }) =>
      actions
        .filter((action) => /^(iam|ecr|kms):/.test(action) && !BULK_READS.includes(action))
        .flatMap((action) =>
          roles.flatMap((role) => {
            const policy =
              role === "ApiRole" ? [reader, writer] : role === "PermissionsBoundary" ? [boundary] : undefined;
            const values = Object.entries(context).map(
              ([key, value]) => [key, moved(value, inMember)] as const,
            );
            const request = {
              action,
              resource: inMember(resource),
              context: { "aws:RequestedRegion": resource.split(":")[3] ?? "", ...Object.fromEntries(values) },
            };
            return policy === undefined ? [] : [{ name: `${role}: ${name}`, policy, request, decision }];
          }),
        ),
    );

    it("decide together as the hub's API role decides in its account, and the boundary as the hub's boundary", () => {
      expect(alike.length).toBeGreaterThan(100);
      for (const { name, policy, request, decision } of alike)
        expect(decide(policy, request), `${name}: ${request.action} on ${request.resource}`).toBe(decision);
    });

    it("let the writer change and delete a role that has the boundary of an earlier stack", () => {
      const resource = iam("role/rolecall/acme-api-publish-000000000000");
      for (const action of WRITES.filter(
        (one) => !["iam:TagRole", "iam:UntagRole", "iam:AttachRolePolicy"].includes(one),
      )) {
        const decided = (boundary: string) =>
          decide([writer], { action, resource, context: { "iam:PermissionsBoundary": boundary } });
        expect(decided(iam("policy/rolecall/rolecall-member-PermissionsBoundary-BEFORE")), action).toBe(
          "allowed",
        );
        for (const other of ["policy/rolecall-dev/x", "policy/x", "policy/other/rolecall/x"])
          expect(decided(iam(other)), `${action} with ${other}`).toBe("not allowed");
        expect(decided("arn:aws:iam::310987654321:policy/rolecall/x"), action).toBe("not allowed");
      }
    });

    it("tell the stack's outputs and its version", () => {
      const { Outputs = {} } = deployed.packaged.member;
      const outputs = Object.entries(Outputs).map(([id, { Value }]) => [id, member.fill(Value)]);
      expect(Object.fromEntries(outputs)).toEqual({
        ReaderArn: iam("role/rolecall-member/rolecall-reader"),
        WriterArn: iam("role/rolecall-member/rolecall-writer"),
        PermissionsBoundaryArn: member.boundaryArn,
      });
      expect(member.properties("Reader")["Tags"]).toEqual([
        { Key: "rolecall:template", Value: "1" },
        { Key: "rolecall:boundary", Value: member.boundaryArn },
        { Key: "rolecall:profiles", Value: expect.stringMatching(/^[0-9a-f]+$/) },
      ]);
    });

    describe.each(["", "o-a1b2c3d4e5"])("with the organisation '%s'", (organization) => {
      const { trustOf } = memberOf(deployed.packaged.member, MEMBER, {
        HubAccount: HUB,
        OrganizationId: organization,
      });
      const right = {
        "aws:PrincipalArn": deployed.functions.Api.properties["Role"],
        "sts:ExternalId": `rolecall:${HUB}:${MEMBER.account}`,
        ...(organization !== "" && { "aws:PrincipalOrgID": organization }),
      };
      const ask = (context: Record<string, unknown>, account = HUB) =>
        (["Reader", "Writer"] as const).map((id) => assumes(trustOf(id), account, context));
      const askToName = (context: Record<string, unknown>, account = HUB) =>
        (["Reader", "Writer"] as const).map((id) =>
          assumes(trustOf(id), account, context, "sts:SetSourceIdentity"),
        );

      it("let the hub's functions in", () => {
        expect(ask(right)).toEqual([true, true]);
        for (const { properties } of [deployed.functions.Drift, deployed.functions.Self])
          expect(ask({ ...right, "aws:PrincipalArn": properties["Role"] })).toEqual([true, true]);
      });

      it.each<[string, Record<string, unknown>]>([
        ["a role outside /rolecall-hub/", { "aws:PrincipalArn": `arn:aws:iam::${HUB}:role/admin` }],
        ["a path that begins alike", { "aws:PrincipalArn": `arn:aws:iam::${HUB}:role/rolecall-hubs/x` }],
        ["a user", { "aws:PrincipalArn": `arn:aws:iam::${HUB}:user/rolecall-hub/x` }],
        ["the external id of another member", { "sts:ExternalId": `rolecall:${HUB}:310987654321` }],
        ["the external id of another stage", { "sts:ExternalId": `rolecall-test:${HUB}:${MEMBER.account}` }],
        ["no external id", { "sts:ExternalId": undefined }],
      ])("keep out %s", (_, other) => {
        expect(ask({ ...right, ...other })).toEqual([false, false]);
      });

      it("name the hub's account alone, and let it do nothing but assume them and name its caller", () => {
        for (const id of ["Reader", "Writer"] as const) {
          const { Statement } = trustOf(id);
          const principals = Statement.map(({ Effect, Principal }) => ({ Effect, Principal }));
          const one = { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${HUB}:root` } };
          expect(principals).toEqual([one, one]);
          expect(Statement.map(({ Action }) => Action)).toEqual(["sts:AssumeRole", "sts:SetSourceIdentity"]);
        }
      });

      it("take a source identity from the hub's functions alone, and without an external id", () => {
        const { "sts:ExternalId": _, ...unasked } = right;
        expect(askToName(unasked)).toEqual([true, true]);
        for (const name of ["role/admin", "user/rolecall-hub/x", "role/rolecall-hubs/x"])
          expect(askToName({ ...unasked, "aws:PrincipalArn": `arn:aws:iam::${HUB}:${name}` })).toEqual([
            false,
            false,
          ]);
        const other = { ...unasked, "aws:PrincipalArn": "arn:aws:iam::310987654321:role/rolecall-hub/api" };
        expect(askToName(other, "310987654321")).toEqual([false, false]);
        if (organization !== "")
          expect(askToName({ ...unasked, "aws:PrincipalOrgID": "o-zzzzzzzzzz" })).toEqual([false, false]);
      });

      it("keep out every other account, also of the organisation", () => {
        const other = { ...right, "aws:PrincipalArn": "arn:aws:iam::310987654321:role/rolecall-hub/api" };
        expect(ask(other, "310987654321")).toEqual([false, false]);
        if (organization !== "")
          expect(ask({ ...right, "aws:PrincipalOrgID": "o-zzzzzzzzzz" })).toEqual([false, false]);
      });
    });

    it("let only the hub's functions assume them, and no other role of a member", () => {
      for (const id of ["ApiRole", "DriftRole", "SelfRole"]) {
        const policies = deployed.policiesOf(id);
        for (const resource of [member.arnOf("Reader"), member.arnOf("Writer")])
          expect(decide(policies, { action: "sts:AssumeRole", resource })).toBe("allowed");
        for (const resource of [iam("role/admin"), iam("role/rolecall/acme-api-publish-000000000000")])
          expect(decide(policies, { action: "sts:AssumeRole", resource })).toBe("not allowed");
      }
    });

    it("stay apart from the boundary when the stack is deleted", () => {
      const { Resources } = deployed.packaged.member;
      const retained = Object.entries(Resources).filter(([, one]) => one.DeletionPolicy === "Retain");
      expect(retained.map(([id]) => id)).toEqual(["PermissionsBoundary"]);
      expect(Resources["PermissionsBoundary"]?.Properties).not.toHaveProperty("ManagedPolicyName");
    });
  });
}

/** Returns the values of a condition key as they are in the member account. */
const moved = (value: string | readonly string[], inMember: (text: string) => string) =>
  typeof value === "string" ? inMember(value) : value.map(inMember);

/** Tells whether a trust policy lets a principal assume the role, or do another action. */
function assumes(
  { Statement }: Trust,
  account: string,
  context: Record<string, unknown>,
  action = "sts:AssumeRole",
): boolean {
  const given = Object.fromEntries(
    Object.entries(context).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
  return Statement.some(({ Principal, Action, Condition }) => {
    if (Principal.AWS !== `arn:aws:iam::${account}:root`) return false;
    const statement: Statement = { Effect: "Allow", Action, Resource: "*", Condition };
    const request = { action, resource: "*", context: given };
    return decide([{ Statement: [statement] }], request) === "allowed";
  });
}

/** The reads of a roll call, which the API's role has not. */
const BULK_READS = ["iam:GetAccountAuthorizationDetails", "iam:ListRoles"];

const WRITES = [
  "iam:AttachRolePolicy",
  "iam:CreateRole",
  "iam:DeleteRole",
  "iam:DeleteRolePolicy",
  "iam:DetachRolePolicy",
  "iam:PutRolePermissionsBoundary",
  "iam:PutRolePolicy",
  "iam:TagRole",
  "iam:UntagRole",
  "iam:UpdateAssumeRolePolicy",
  "iam:UpdateRole",
];

/** The source identity of a workflow's change: the repository's id, the run, its attempt and its actor. */
const RUN = /^gh-\d+-\d+-1-\d+$/;

/** The actions that the registration of these tests does not need. */
const UNUSED_HERE = [
  "iam:AddClientIDToOpenIDConnectProvider",
  "iam:PutRolePermissionsBoundary",
  "kms:CreateGrant",
  "kms:DescribeKey",
];
