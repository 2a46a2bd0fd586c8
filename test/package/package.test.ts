/** The package as it is deployed: the bundles on Lambda's Node, and the template with what it lets each part do. */
import { readFile } from "node:fs/promises";
import { CreateRepositoryCommand, PutImageTagMutabilityCommand } from "@aws-sdk/client-ecr";
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  DeleteRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import boundary from "../../deploy/boundary.json" with { type: "json" };
import { configurationFault } from "../../scripts/configuration.ts";
import { readConfig } from "../../src/config.ts";
import { ecrPolicy } from "../../src/desired/permissions.ts";
import { identity, provider, trust } from "../local/clients.ts";
import { packageService } from "./build.ts";
import decisions from "./decisions.json" with { type: "json" };
import { deploy } from "./deployed.ts";
import { CALLER } from "./events.ts";
import { decide } from "./iam.ts";

let deployed: Awaited<ReturnType<typeof deploy>>;
beforeAll(async () => {
  deployed = await deploy();
}, 120_000);
afterAll(() => deployed?.close());

const ROLE = "/v1/repos/acme/api/roles/publish";

describe("the functions", () => {
  it("were packaged without a warning, from nothing but the owners", () => {
    expect(deployed.packaged.output).not.toMatch(/warn|deprecat/i);
  });

  it("hold their bundle and nothing else, and run on Node 24", () => {
    const { functions, lambdas } = deployed;
    expect(functions.Api.files).toEqual(["dist/api.mjs"]);
    expect(functions.Drift.files).toEqual(["dist/drift.mjs"]);
    expect(functions.Api.properties).toMatchObject({
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      Timeout: 29,
    });
    expect(functions.Drift.properties).toMatchObject({
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      Timeout: 900,
    });
    expect([lambdas.api.node, lambdas.drift.node]).toEqual([
      expect.stringMatching(/^v24\./),
      expect.stringMatching(/^v24\./),
    ]);
  });

  it.each(["Api", "Drift"] as const)("%s has every variable that the configuration reads", (id) => {
    const { variables } = deployed.functions[id];
    const read = new Set<string>();
    const get = (target: object, name: string) => {
      read.add(name);
      return Reflect.get(target, name);
    };
    readConfig(new Proxy(variables, { get: (target, name) => get(target, String(name)) }));
    expect([...read].sort()).toEqual(Object.keys(variables).sort());
  });

  it("are not packaged without an owner", async () => {
    await expect(packageService({})).rejects.toThrow("ROLECALL_OWNERS");
  });

  it.each([
    ["ROLECALL_OWNERS", " ,"],
    ["ROLECALL_TAG_KEYS", "rolecall:id"],
    ["GITHUB_API_URL", "github"],
  ])("are not packaged with what they would refuse: %s=%j", (name, value) => {
    const { template } = deployed.packaged;
    expect(configurationFault(template)).toBeUndefined();
    const wrong = structuredClone(template);
    Object(wrong.Resources["DriftLambdaFunction"]?.Properties)["Environment"].Variables[name] = value;
    expect(configurationFault(wrong)).toContain(name);
  });

  it("refuse to start without an owner, and say what is missing", async () => {
    await expect(deployed.start("Api", { ROLECALL_OWNERS: "" })).rejects.toThrow(
      "ROLECALL_OWNERS is missing",
    );
  });

  it.each([
    ["/v1/repos/acme/api/../../globex/api/roles/publish"],
    ["/v1/repos/acme/./api/roles/publish"],
    ["/v1/repos/acme/api/roles/publish?dryRun=true"],
    ["/v1/repos/acme/api/roles/pub#lish"],
    ["/v1/repos/acme\\api/roles/publish"],
    ["/v1/repos/acme/%2e%2e/roles/publish"],
    ["/v1/repos/acme//api/roles/publish"],
    ["/v1/repos/acme/api/roles/publish/"],
    ["/v1/repos/acme/a\tpi/roles/publish"],
  ])("refuse %j, which is not in its canonical form", async (path) => {
    const { status, text } = await deployed.request("GET", path);
    expect({ ...JSON.parse(text), status }).toMatchObject({ status: 400, code: "path-not-canonical" });
  });

  it("answer what is open to all without asking AWS", async () => {
    const before = deployed.made.length;
    const health = await deployed.request("GET", "/healthz", { isSigned: false });
    const contract = await deployed.request("GET", "/openapi.yaml", { isSigned: false });
    expect([health.status, health.text]).toEqual([200, '{"status":"ok"}']);
    expect([contract.status, contract.text]).toEqual([200, await readFile("openapi.yaml", "utf8")]);
    expect(deployed.made.slice(before)).toEqual([]);
  });
});

/** Everything that the functions do to AWS, one after another: what is permitted must be what these need. */
describe("a registration's life", () => {
  const put = (body?: unknown, path = ROLE) => deployed.request("PUT", path, { body });
  const json = ({ text }: { text: string }) => JSON.parse(text);
  let roleName = "";

  it("begins with a PUT, by the caller that API Gateway has authenticated", async () => {
    const answer = await put();
    expect({ ...json(answer), status: answer.status }).toMatchObject({ status: 201, updatedBy: CALLER });
    roleName = json(answer).roleArn.split("/").at(-1);
    const [entry] = deployed.lambdas.api.output().trim().split("\n").slice(-1);
    expect(JSON.parse(entry ?? "")).toMatchObject({
      level: "INFO",
      caller: CALLER,
      method: "PUT",
      path: ROLE,
      status: 201,
    });
  });

  it("goes on with changes", async () => {
    const changed = { trust: { tags: ["v*"] }, maxSessionSeconds: 7200, tags: { team: "a" } };
    expect((await put(changed)).status).toBe(200);
    expect(
      (await put({ ...changed, tags: {}, ecr: [{ repository: "acme/api", access: "pull" }] })).status,
    ).toBe(200);
  });

  it("takes back what was done behind its back", async () => {
    const { iam, ecr } = deployed.clients;
    const RoleName = roleName;
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: "other", PolicyDocument: identity("s3:*") }),
    );
    await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: Policy?.Arn }));
    await iam.send(
      new PutRolePolicyCommand({ RoleName, PolicyName: "other", PolicyDocument: identity("s3:*") }),
    );
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust() }));
    const ClientID = "sts.amazonaws.com";
    await iam.send(
      new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: provider, ClientID }),
    );
    await ecr.send(
      new PutImageTagMutabilityCommand({ repositoryName: "acme/api", imageTagMutability: "MUTABLE" }),
    );
    expect(await deployed.rollCall()).toMatchObject({ checked: 1, drifted: 1, failed: 0 });
    expect((await put({ ecr: [{ repository: "acme/api", access: "push" }] })).status).toBe(200);
    expect(await deployed.rollCall()).toMatchObject({ checked: 1, inSync: 1, failed: 0 });
  });

  it("uses an ECR repository of others as it is", async () => {
    await deployed.clients.ecr.send(new CreateRepositoryCommand({ repositoryName: "acme/legacy" }));
    const answer = await put(undefined, "/v1/repos/acme/legacy/roles/publish");
    expect({ ...json(answer), status: answer.status }).toMatchObject({
      status: 201,
      ecr: [{ managed: false }],
    });
  });

  it.each([
    ["GET", ROLE],
    ["GET", `${ROLE}/workflow`],
    ["GET", "/v1/repos/acme/api/roles"],
    ["GET", "/v1/roles"],
    ["GET", "/v1/account"],
    ["DELETE", ROLE],
  ])("%s %s", async (method, path) => {
    expect((await deployed.request(method, path)).status).toBe(200);
  });

  it.each(["ApiRole", "DriftRole"])("needs nothing that %s does not permit", (by) => {
    const policies = deployed.policiesOf(by);
    const needs = deployed.made.filter((made) => made.by === by).flatMap((made) => made.needs);
    expect(needs.length).toBeGreaterThan(0);
    expect(needs.filter((request) => decide(policies, request) !== "allowed")).toEqual([]);
  });

  it.each(["ApiRole", "DriftRole"])("needs everything that %s permits", (by) => {
    const permitted = deployed
      .policiesOf(by)
      .flatMap(({ Statement }) => Statement)
      .flatMap(({ Action }) => Action)
      .filter((action) => !action.startsWith("logs:"));
    const needed = deployed.made
      .filter((made) => made.by === by)
      .flatMap((made) => made.needs.map(({ action }) => action));
    expect([...new Set(permitted)].sort()).toEqual([...new Set(needed)].sort());
  });
});

describe("the template", () => {
  it.each(decisions)(
    "$decision for $roles: $case",
    ({ roles, actions, resource, context = {}, decision }) => {
      const decided = roles.flatMap((role) =>
        actions.map((action) => [
          role,
          action,
          decide(deployed.policiesOf(role), { action, resource, context: { ...context } }),
        ]),
      );
      expect(decided).toEqual(roles.flatMap((role) => actions.map((action) => [role, action, decision])));
    },
  );

  it("has a boundary that the decisions above mean", () => {
    expect(deployed.boundaryArn).toBe(
      "arn:aws:iam::123456789012:policy/rolecall/rolecall-prod-PermissionsBoundary",
    );
  });

  it("has the boundary of local runs, kept to the account", () => {
    const { PolicyDocument } = deployed.resource("PermissionsBoundary").Properties;
    const anyAccount = JSON.parse(
      JSON.stringify(PolicyDocument).replace("arn:aws:ecr:*:123456789012:", "arn:*:ecr:*:*:"),
    );
    expect(anyAccount).toEqual(boundary);
  });

  it("has a boundary that permits what the service gives", () => {
    const arn = "arn:aws:ecr:eu-central-1:123456789012:repository/acme/api";
    const given = ecrPolicy([
      { arn, access: "push" },
      { arn, access: "pull" },
    ])?.Statement.flatMap(({ Action, Resource }) =>
      [Action]
        .flat()
        .flatMap((action) =>
          [Resource].flat().map((resource) => ({ action: String(action), resource: String(resource) })),
        ),
    );
    const refused = given?.filter(
      (request) => decide(deployed.policiesOf("PermissionsBoundary"), request) !== "allowed",
    );
    expect(refused).toEqual([]);
  });

  it.each([
    ["ApiRole", { Service: "lambda.amazonaws.com" }, undefined],
    ["DriftRole", { Service: "lambda.amazonaws.com" }, undefined],
    [
      "RollCallScheduleRole",
      { Service: "scheduler.amazonaws.com" },
      {
        StringEquals: {
          "aws:SourceAccount": "123456789012",
          "aws:SourceArn":
            "arn:aws:scheduler:eu-central-1:123456789012:schedule-group/rolecall-prod-RollCallGroup",
        },
      },
    ],
  ])("lets %s be assumed by %j alone", (id, Principal, Condition) => {
    expect(deployed.resource(id).Properties["AssumeRolePolicyDocument"]).toEqual({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole", ...(Condition && { Condition }) }],
    });
  });

  it("gives each function its own role, and no other role to anything", () => {
    const { template } = deployed.packaged;
    const ofType = (type: string) =>
      Object.entries(template.Resources).flatMap(([id, { Type }]) => (Type === type ? [id] : []));
    expect(ofType("AWS::IAM::Role").sort()).toEqual(["ApiRole", "DriftRole", "RollCallScheduleRole"]);
    expect(deployed.functions.Api.properties["Role"]).toBe(
      "arn:aws:iam::123456789012:role/rolecall-prod-ApiRole",
    );
    expect(deployed.functions.Drift.properties["Role"]).toBe(
      "arn:aws:iam::123456789012:role/rolecall-prod-DriftRole",
    );
  });

  it("starts the roll call by the schedule, with the schedule's role, and no other way", () => {
    const { Target, GroupName } = deployed.resource("RollCallSchedule").Properties;
    expect({ ...Object(Target), GroupName }).toMatchObject({
      Arn: "arn:aws:lambda:eu-central-1:123456789012:function:rolecall-prod-drift",
      RoleArn: "arn:aws:iam::123456789012:role/rolecall-prod-RollCallScheduleRole",
      GroupName: "rolecall-prod-RollCallGroup",
    });
    const permissions = Object.entries(deployed.packaged.template.Resources)
      .filter(([, { Type }]) => Type === "AWS::Lambda::Permission")
      .map(([, { Properties }]) => Properties?.["FunctionName"]);
    expect(permissions).toEqual([{ "Fn::GetAtt": ["ApiLambdaFunction", "Arn"] }]);
  });

  it("routes the operations of the contract and nothing else, all but the open ones with IAM's authorization", async () => {
    const { paths } = parse(await readFile("openapi.yaml", "utf8"));
    const operations = Object.entries<Record<string, { operationId?: string; security?: unknown[] }>>(
      paths,
    ).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([, { operationId }]) => operationId !== undefined)
        .map(([method, { security }]) => [
          `${method.toUpperCase()} ${path}`,
          security?.length === 0 ? "NONE" : "AWS_IAM",
        ]),
    );
    const routes = Object.values(deployed.packaged.template.Resources)
      .filter(({ Type }) => Type === "AWS::ApiGatewayV2::Route")
      .map(({ Properties = {} }) => [Properties["RouteKey"], Properties["AuthorizationType"] ?? "NONE"]);
    expect(routes.sort()).toEqual(operations.sort());
  });

  it("keeps the table and the boundary, and the logs for a time", () => {
    const { Resources } = deployed.packaged.template;
    const kept = Object.entries(Resources).flatMap(([id, { DeletionPolicy }]) =>
      DeletionPolicy === "Retain" ? [id] : [],
    );
    expect(kept.sort()).toEqual(["PermissionsBoundary", "Table"]);
    expect(deployed.resource("Table").Properties).toMatchObject({
      BillingMode: "PAY_PER_REQUEST",
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
    });
    const logs = Object.values(Resources).filter(({ Type }) => Type === "AWS::Logs::LogGroup");
    expect(logs.map(({ Properties }) => Properties?.["RetentionInDays"])).toEqual([90, 90, 90]);
  });
});
