/** The deployed package: its bundles run on Lambda's Node, and its template gives each part only the permissions it needs. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateRepositoryCommand, DeleteRepositoryCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import boundary from "../../deploy/boundary.json" with { type: "json" };
import { configurationFault, sizeFault, stageFault } from "../../scripts/configuration.ts";
import { readConfig } from "../../src/config.ts";
import { ecrPolicy } from "../../src/desired/permissions.ts";
import { repositorySettings } from "../../src/desired/settings.ts";
import { clientsOf } from "../local/clients.ts";
import { packageService } from "./build.ts";
import decisions from "./decisions.json" with { type: "json" };
import { deploy } from "./deployed.ts";
import { busEvent, CALLER, event, SCHEDULED_WITHOUT_INPUT } from "./events.ts";
import { decide, type Policy, type Statement } from "./iam.ts";
import profiles from "./profiles.json" with { type: "json" };
import { change, destroy } from "./tampering.ts";
import { filledIn } from "./template.ts";

let deployed: Awaited<ReturnType<typeof deploy>>;
beforeAll(async () => {
  deployed = await deploy();
}, 120_000);
afterAll(() => deployed?.close());

const ROLE = "/v1/repos/acme/api/roles/publish";
/** An entry that asks for a roll call. Everyone with `events:PutEvents` may put it. */
const REQUESTED = (id: unknown) => ({
  Source: "rolecall",
  DetailType: "Rolecall Roll Call Requested",
  Detail: JSON.stringify({ id }),
});
const withAuthorizer = (authorizer: object) => {
  const { requestContext, ...rest } = event("DELETE", ROLE, { isSigned: false });
  return { ...rest, requestContext: { ...requestContext, authorizer } };
};

describe("the functions", () => {
  it("are packaged without a warning", () => {
    expect(deployed.packaged.output).not.toMatch(/warn|deprecat/i);
  });

  it("contain only their bundle, and run on Node 24", () => {
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
    const { NODE_OPTIONS: _, ...variables } = deployed.functions[id].variables;
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
    ["ROLECALL_REGIONS", "eu-west"],
    ["GITHUB_API_URL", "github"],
  ])("are not packaged with a variable that they would refuse: %s=%j", (name, value) => {
    const { template } = deployed.packaged;
    expect(configurationFault(template, {})).toBeUndefined();
    const wrong = structuredClone(template);
    Object(wrong.Resources["DriftLambdaFunction"]?.Properties)["Environment"].Variables[name] = value;
    expect(configurationFault(wrong, {})).toContain(name);
  });

  it("are not packaged with a profile that is the same for repositories of two owners, and the error names two", () => {
    const wrong = structuredClone(deployed.packaged.template);
    for (const id of ["ApiLambdaFunction", "DriftLambdaFunction"]) {
      Object(wrong.Resources[id]?.Properties)["Environment"].Variables.ROLECALL_OWNERS = "acme,globex";
    }
    expect(configurationFault(wrong, profiles)).toMatch(
      /^profiles\.json \/profiles\/lambda-deploy\/.*function:{repo}"; it would be the same for acme\/a and globex\/a:/,
    );
    expect(configurationFault(deployed.packaged.template, profiles)).toBeUndefined();
  });

  it("refuse to start without an owner, and name the missing variable", async () => {
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

  it("read no file on a request", async () => {
    const lambda = await deployed.start("Api");
    const role = "/v1/repos/acme/no-file/roles/publish";
    const page = { headers: { accept: "text/html" } };
    const asked: [number, ...Parameters<typeof event>][] = [
      [200, "GET", "/healthz"],
      [200, "GET", "/v1/roles"],
      [201, "PUT", role],
      [200, "GET", role],
      [200, "GET", role, page],
      [200, "GET", `${role}/export`, { query: "format=terraform" }],
      [200, "POST", `${role}/drift-checks`],
      [200, "GET", "/v1/account"],
      [200, "GET", "/openapi.yaml"],
      [200, "DELETE", role],
    ];
    for (const [status, ...sent] of asked)
      expect(await lambda.invoke(event(...sent)), sent.join(" ")).toMatchObject({ statusCode: status });
    expect(lambda.reads).toEqual([]);
  });

  it("answer the open operations without a call to AWS", async () => {
    const before = deployed.made.length;
    const health = await deployed.request("GET", "/healthz", { isSigned: false });
    const contract = await deployed.request("GET", "/openapi.yaml", { isSigned: false });
    expect([health.status, health.text]).toEqual([200, '{"status":"ok"}']);
    expect([contract.status, contract.text]).toEqual([200, await readFile("openapi.yaml", "utf8")]);
    expect(deployed.made.slice(before)).toEqual([]);
  });
});

/** Runs everything that the functions do in AWS, in one sequence. Their permissions must be exactly those that it needs. */
describe("a registration's life", () => {
  const put = (body?: unknown, path = ROLE) => deployed.request("PUT", path, { body });
  const json = ({ text }: { text: string }) => JSON.parse(text);
  let roleName = "";

  it("begins with a PUT by the caller that API Gateway authenticated", async () => {
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

  it("continues with changes", async () => {
    const changed = { trust: { tags: ["v*"] }, maxSessionSeconds: 7200, tags: { team: "a" } };
    expect((await put(changed)).status).toBe(200);
    expect(
      (await put({ ...changed, tags: {}, ecr: [{ repository: "acme/api", access: "pull" }] })).status,
    ).toBe(200);
  });

  const kmsKey = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  const repositories = ["acme/api", "acme/api/shared"];
  const settings = {
    encryption: { type: "KMS", kmsKey },
    lifecycle: [],
    tags: { team: "a" },
    pull: { accounts: ["210987654321"] },
  };
  const registered = {
    tags: { team: "a" },
    ecr: [
      { repository: "acme/api", access: "push" },
      { repository: "acme/api/shared", access: "pull", settings },
    ],
    onDrift: "report",
    profiles: ["s3-artifacts"],
    managedPolicyArns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
  };
  const tamper = () => change(deployed.clients, roleName, ...repositories);

  it("gives ECR repositories settings, and resets them", async () => {
    expect((await put(registered)).status).toBe(200);
    const [first, second] = registered.ecr;
    for (const settings of [{ lifecycle: [], scanOnPush: false, exclusions: [] }, {}]) {
      expect((await put({ ecr: [first, { ...second, settings }] })).status).toBe(200);
    }
  });
  it("moves to another region and back", async () => {
    const region = "eu-west-1";
    const encryption = { type: "KMS", kmsKey: kmsKey.replace("eu-central-1", region) };
    const elsewhere = [{ repository: "acme/api", settings: { ...settings, encryption } }];
    const moved = await put({ region, ecr: elsewhere });
    expect({ ...json(moved), status: moved.status }).toMatchObject({ status: 200, region });
    const changed = [{ repository: "acme/api", settings: {} }];
    expect((await put({ region, ecr: changed, onDrift: "repair" })).status).toBe(200);
    const { ecr } = clientsOf(deployed.endpoint, region);
    await ecr.send(new DeleteRepositoryCommand({ repositoryName: "acme/api" }));
    expect(await deployed.scheduledRollCall()).toMatchObject({ counts: { repaired: 1, failed: 0 } });
    expect((await put(registered)).status).toBe(200);
  });
  const drifted = (status: string, paths: string[]) => ({
    status,
    changes: expect.arrayContaining(paths.map((path) => expect.objectContaining({ path }))),
  });

  it("has drift after changes in AWS, which the roll call finds and the next PUT repairs", async () => {
    expect((await put(registered)).status).toBe(200);
    await tamper();
    expect(await deployed.scheduledRollCall()).toMatchObject({
      status: "finished",
      counts: { checked: 1, drifted: 1, failed: 0 },
    });
    expect((await put({ ...registered, maxSessionSeconds: 7200 })).status).toBe(200);
  });

  it("is checked and repaired on request", async () => {
    await tamper();
    const paths = ["/boundaryArn", "/trustPolicy", "/tags/team", "/lifecyclePolicy", "/repositoryPolicy"];
    paths.push(
      ...registered.managedPolicyArns.map((arn) => `/attachedPolicies/${arn.replaceAll("/", "~1")}`),
    );
    const checked = await deployed.request("POST", `${ROLE}/drift-checks`);
    expect([checked.status, json(checked)]).toEqual([
      200,
      expect.objectContaining(drifted("drifted", paths)),
    ]);
    const repaired = await deployed.request("POST", `${ROLE}/repairs`);
    expect([repaired.status, json(repaired)]).toEqual([
      200,
      expect.objectContaining(drifted("repaired", paths)),
    ]);
    const again = await deployed.request("POST", `${ROLE}/drift-checks`);
    expect(json(again)).toMatchObject({ status: "in-sync", changes: [] });
  });

  it.each([
    ["changed", change],
    ["deleted", destroy],
  ])("is repaired by the scheduled roll call after everything was %s", async (_, act) => {
    expect((await put({ ...registered, onDrift: "repair" })).status).toBe(200);
    await act(deployed.clients, roleName, ...repositories);
    expect(await deployed.scheduledRollCall()).toMatchObject({ counts: { repaired: 1, failed: 0 } });
    expect(await deployed.scheduledRollCall()).toMatchObject({ counts: { inSync: 1, failed: 0 } });
  });

  it("is completed by the scheduled roll call after a crash", async () => {
    const { dynamodb } = deployed.clients;
    const { TableName } = deployed.table;
    const Key = { pk: { S: "REPO#acme/api" }, sk: { S: "ROLE#publish" } };
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName, Key }));
    const document = JSON.parse(Item?.["document"]?.S ?? "");
    delete document.desired.role.tags.team;
    const given = repositorySettings({ lifecycle: [] }, { type: "KMS", kmsKey });
    document.desired.repositories[1].settings = given;
    const crashed = { S: JSON.stringify({ ...document, status: "provisioning", leases: {} }) };
    await dynamodb.send(new PutItemCommand({ TableName, Item: { ...Item, document: crashed } }));
    expect(await deployed.scheduledRollCall()).toMatchObject({ counts: { waiting: 0, failed: 0 } });
    expect(json(await deployed.request("GET", ROLE))).toMatchObject({ status: "ready" });
    expect((await put(registered)).status).toBe(200);
  });

  it("is checked with all others when the API requests a roll call by an event", async () => {
    await deployed.requestedRollCalls();
    const asked = await deployed.request("POST", "/v1/roll-calls");
    expect([asked.status, json(asked)]).toEqual([202, expect.objectContaining({ status: "requested" })]);
    const { id } = json(asked);
    expect(await deployed.requestedRollCalls()).toEqual([
      expect.objectContaining({ id, status: "finished", counts: expect.objectContaining({ inSync: 1 }) }),
    ]);
    const shown = await deployed.request("GET", asked.headers["location"] ?? "");
    expect([shown.status, json(shown)]).toEqual([200, expect.objectContaining({ id, status: "finished" })]);
  });

  it.each<[what: string, sent: unknown]>([
    ["an id that no roll call has", busEvent(REQUESTED("zzzz"))],
    ["no id", busEvent(REQUESTED(undefined))],
    ["the schedule's own input", busEvent({ ...REQUESTED("x"), Detail: '{"start":"roll-call"}' })],
    ["the event of a schedule without an input", SCHEDULED_WITHOUT_INPUT],
    ["nothing", {}],
  ])("is not checked after an event with %s, which the log reports", async (_, sent) => {
    const latest = async () => (await deployed.request("GET", "/v1/roll-calls/latest")).text;
    const before = await latest();
    const made = deployed.made.length;
    expect(await deployed.invokeDrift(sent)).toBeUndefined();
    expect(deployed.made.slice(made).filter(({ call }) => call.action !== "GetItem")).toEqual([]);
    expect(await latest()).toBe(before);
    const [entry] = deployed.lambdas.drift.output().trim().split("\n").slice(-1);
    expect(JSON.parse(entry ?? "")).toMatchObject({ level: "WARN", message: "event ignored" });
  });

  it.each<[what: string, sent: object]>([
    ["without an authorizer", event("DELETE", ROLE, { isSigned: false })],
    ["with a token's authorizer", withAuthorizer({ jwt: { claims: { sub: CALLER } } })],
    ["with a function's authorizer", withAuthorizer({ lambda: { userArn: CALLER } })],
    ["with IAM's authorizer that names no caller", withAuthorizer({ iam: { userArn: null } })],
  ])("is not changed by a request %s, which is answered with 401", async (_, sent) => {
    const made = deployed.made.length;
    const answer = Object(await deployed.invokeApi(sent));
    expect([answer.statusCode, JSON.parse(answer.body).code]).toEqual([401, "caller-unknown"]);
    expect(deployed.made.length).toBe(made);
  });

  it.each<[what: string, sent: object]>([
    ["a REST API", { httpMethod: "DELETE", path: ROLE, requestContext: { identity: { userArn: CALLER } } }],
    ["a load balancer", { httpMethod: "DELETE", path: ROLE, requestContext: { elb: {} }, headers: {} }],
    ["a queue", { Records: [{ body: ROLE, eventSource: "aws:sqs" }] }],
    ["a bus", busEvent(REQUESTED("x"))],
    ["nothing", {}],
  ])("is not changed by an event of %s", async (_, sent) => {
    const made = deployed.made.length;
    const answer = Object(await deployed.invokeApi(sent).catch(() => ({ statusCode: 500 })));
    expect([401, 500]).toContain(answer.statusCode);
    expect(deployed.made.length).toBe(made);
  });

  it("uses an unmanaged ECR repository as it is", async () => {
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
    ["GET", `${ROLE}/export`, "format=terraform"],
    ["GET", `${ROLE}/history`],
    ["GET", "/v1/repos/acme/api/roles"],
    ["GET", "/v1/roles"],
    ["GET", "/v1/account"],
    ["GET", "/v1/roll-calls/latest"],
    ["GET", "/v1/audit"],
    ["DELETE", ROLE],
  ])("%s %s succeeds", async (method, path, query = "") => {
    expect((await deployed.request(method, path, { query })).status).toBe(200);
  });

  it.each(["ApiRole", "DriftRole"])("needs no permission that %s lacks", (by) => {
    const policies = deployed.policiesOf(by);
    const needs = deployed.made.filter((made) => made.by === by).flatMap((made) => made.needs);
    expect(needs.length).toBeGreaterThan(0);
    expect(needs.filter((request) => decide(policies, request) !== "allowed")).toEqual([]);
  });

  it.each(["ApiRole", "DriftRole"])("needs every action of every statement of %s", (by) => {
    const needs = deployed.made.filter((made) => made.by === by).flatMap((made) => made.needs);
    const isNeeded = (statement: Statement) =>
      needs.some((request) => decide([{ Statement: [statement] }], request) === "allowed");
    const unneeded = deployed
      .policiesOf(by)
      .flatMap(({ Statement }) => Statement)
      .flatMap((statement) => [statement.Action].flat().map((Action) => ({ ...statement, Action })))
      .filter((statement) => !statement.Action.startsWith("logs:") && !isNeeded(statement));
    expect(unneeded).toEqual([]);
  });
});

describe("the template", () => {
  const SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rolecall/github-AbCdEf";
  let plain: Awaited<ReturnType<typeof packageService>>;
  let full: Awaited<ReturnType<typeof packageService>>;
  beforeAll(async () => {
    // Package them one after the other, because both write dist/.
    plain = await packageService({ ROLECALL_OWNERS: "acme,Globex_Labs" }, "--stage", "dev");
    full = await packageService({
      ROLECALL_OWNERS: "acme",
      ROLECALL_ALARM_EMAIL: "platform@acme.example",
      ROLECALL_GITHUB_SECRET: SECRET,
      ROLECALL_ISSUERS: "acme=https://token.actions.acme.ghe.com",
      ROLECALL_ALLOW: "any-ref,owner-wide,name-only",
      ROLECALL_TAG_KEYS: "team,stage",
      ROLECALL_PULL_FROM: "210987654321",
      ROLECALL_MANAGED_POLICIES: "arn:aws:iam::123456789012:policy/acme-deploy",
      ROLECALL_REGIONS: "eu-west-1,us-east-1",
      ROLECALL_ECR_GRANTS: "acme/api=shared/base,acme/web=mirror/*:pull",
      ROLECALL_KMS_KEYS: "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
      ROLECALL_PROFILES: "test/package/profiles.json",
    });
  }, 120_000);
  afterAll(async () => {
    await Promise.all([plain?.close(), full?.close()]);
  });

  const ofType = (type: string): string[] =>
    Object.entries(deployed.packaged.template.Resources).flatMap(([id, { Type }]) =>
      Type === type ? [id] : [],
    );

  it.each(decisions)(
    "$decision for $roles: $case",
    ({ roles, actions, resource, context = {}, decision }) => {
      const decided = roles.flatMap((role) =>
        actions.map((action) => [
          role,
          action,
          // Every request names its region.
          decide(deployed.policiesOf(role), {
            action,
            resource,
            context: { "aws:RequestedRegion": resource.split(":")[3] ?? "", ...context },
          }),
        ]),
      );
      expect(decided).toEqual(roles.flatMap((role) => actions.map((action) => [role, action, decision])));
    },
  );

  it("has the boundary that the decisions above name", () => {
    expect(deployed.boundaryArn).toBe(
      "arn:aws:iam::123456789012:policy/rolecall/rolecall-prod-PermissionsBoundary",
    );
  });

  const repositories = (...names: string[]) =>
    names.map((name) => `arn:aws:ecr:*:123456789012:repository/${name}`);

  /** Returns the boundary of local runs, limited to the repositories of a deployment. */
  const boundaryWith = (own: string[], more: object[] = []) => ({
    ...boundary,
    Statement: [
      ...boundary.Statement.map((statement) =>
        statement.Sid === "EcrData" ? { ...statement, Resource: repositories(...own) } : statement,
      ),
      ...more,
    ],
  });

  it("has the boundary of local runs, limited to the owners and the grants, with the statements of the profiles", () => {
    expect(deployed.resource("PermissionsBoundary").Properties["PolicyDocument"]).toEqual(
      boundaryWith(
        ["acme/*", "shared/base", "tools/*"],
        [
          {
            Sid: "EcrPull",
            Effect: "Allow",
            Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            Resource: repositories("mirror/*"),
          },
          {
            Effect: "Allow",
            Action: ["s3:GetObject", "s3:PutObject"],
            Resource: ["arn:aws:s3:::acme-artifacts/*/*/*"],
          },
          {
            Effect: "Allow",
            Action: ["s3:ListBucket"],
            Resource: ["arn:aws:s3:::acme-artifacts"],
            Condition: { StringLike: { "s3:prefix": ["*/*/*"] } },
          },
          {
            Effect: "Allow",
            Action: ["lambda:UpdateFunctionCode"],
            Resource: ["arn:aws:lambda:*:123456789012:function:*"],
          },
          {
            Effect: "Allow",
            Action: ["sns:Publish"],
            Resource: ["arn:aws:sns:*:123456789012:acme-deployed"],
          },
        ],
      ),
    );
  });

  it("has no permission and no resource for an optional setting that is not set", () => {
    expect(plain.output).not.toMatch(/warn|deprecat/i);
    const fill = filledIn(plain.template, deployed.where);
    const { PolicyDocument } = Object(fill(plain.template.Resources["PermissionsBoundary"]?.Properties));
    expect(PolicyDocument).toEqual(boundaryWith(["acme/*", "globex_labs/*"]));
    const text = JSON.stringify(fill(["ApiRole", "DriftRole"].map((id) => plain.template.Resources[id])));
    expect(text).toContain("iam:DetachRolePolicy");
    for (const action of ["iam:AttachRolePolicy", "ecr:UntagResource", "kms:", "secretsmanager:"])
      expect(text).not.toContain(action);
    expect(plain.template.Resources).not.toHaveProperty("AlarmEmail");
    expect(plain.template).not.toHaveProperty("Conditions");
  });

  it("of another stage has a path of its own, and neither stage changes a role of the other", () => {
    const dev = { ...deployed.where, stack: "rolecall-dev" };
    const fill = filledIn(plain.template, dev);
    expect(fill({ Ref: "PermissionsBoundary" })).toBe(
      "arn:aws:iam::123456789012:policy/rolecall-dev/rolecall-dev-PermissionsBoundary",
    );
    const policiesOf = (id: string) =>
      Object(fill(plain.template.Resources[id]?.Properties)).Policies.map(
        ({ PolicyDocument }: { PolicyDocument: Policy }) => PolicyDocument,
      );
    const decided = (id: string, ofDev: boolean, path: string) => {
      const boundaryArn = String(ofDev ? fill({ Ref: "PermissionsBoundary" }) : deployed.boundaryArn);
      return ["iam:CreateRole", "iam:PutRolePolicy", "iam:TagRole", "iam:UpdateAssumeRolePolicy"].map(
        (action) =>
          decide(ofDev ? policiesOf(id) : deployed.policiesOf(id), {
            action,
            resource: `arn:aws:iam::123456789012:role${path}acme-api-publish-5c3a7f0e9b1d`,
            context: { "iam:PermissionsBoundary": boundaryArn, "aws:TagKeys": ["rolecall:id"] },
          }),
      );
    };
    for (const id of ["ApiRole", "DriftRole"]) {
      expect(new Set(decided(id, true, "/rolecall-dev/"))).toEqual(new Set(["allowed"]));
      expect(new Set(decided(id, true, "/rolecall/"))).toEqual(new Set(["not allowed"]));
      expect(new Set(decided(id, true, "/rolecall-dev-2/"))).toEqual(new Set(["not allowed"]));
      expect(new Set(decided(id, false, "/rolecall/"))).toEqual(new Set(["allowed"]));
      expect(new Set(decided(id, false, "/rolecall-dev/"))).toEqual(new Set(["not allowed"]));
    }
  });

  it.each(["hub", "Member", "a/b", "*", ""])("is not made for the stage %j", async (stage) => {
    expect(stageFault(stage)).toContain(`The stage is "${stage}"; it has letters`);
    expect(stageFault("prod")).toBeUndefined();
  });

  it("has a permission or a resource for each optional setting that is set", () => {
    const fill = filledIn(full.template, deployed.where);
    expect(fill(full.template.Resources["AlarmEmail"])).toMatchObject({
      Type: "AWS::SNS::Subscription",
      Properties: {
        TopicArn: "arn:aws:sns:eu-central-1:123456789012:rolecall-prod-AlarmTopic",
        Protocol: "email",
        Endpoint: "platform@acme.example",
      },
    });
    for (const id of ["ApiRole", "DriftRole"]) {
      const { Policies } = Object(fill(full.template.Resources[id]?.Properties));
      const decideFor = (action: string, resource: string) =>
        decide(
          Policies.map(({ PolicyDocument }: { PolicyDocument: Policy }) => PolicyDocument),
          { action, resource },
        );
      expect(decideFor("secretsmanager:GetSecretValue", SECRET)).toBe("allowed");
      expect(decideFor("secretsmanager:GetSecretValue", SECRET.replace("github", "other"))).toBe(
        "not allowed",
      );
      const provider = "arn:aws:iam::123456789012:oidc-provider/";
      expect(decideFor("iam:CreateOpenIDConnectProvider", `${provider}token.actions.acme.ghe.com`)).toBe(
        "allowed",
      );
      expect(decideFor("iam:CreateOpenIDConnectProvider", `${provider}token.actions.evil.ghe.com`)).toBe(
        "not allowed",
      );
    }
  });

  it.for(["the owners alone", "every optional setting"])(
    "passes cfn-lint with %s",
    { timeout: 120_000 },
    async (settings, { skip }) => {
      const linter = await promisify(execFile)("cfn-lint", ["--version"]).catch(() => undefined);
      if (linter === undefined) return skip("cfn-lint is not on this machine");
      console.info(linter.stdout.trim());
      const directory = await mkdtemp(join(tmpdir(), "rolecall-lint-"));
      onTestFinished(() => rm(directory, { recursive: true }));
      const file = join(directory, "template.json");
      const { template } = settings === "the owners alone" ? plain : full;
      await writeFile(file, JSON.stringify(template));
      const run = promisify(execFile)("cfn-lint", ["--format", "json", file], { maxBuffer: 2 ** 24 });
      // The linter's exit code counts warnings too. osls causes one: it orders resources that CloudFormation orders itself (W3005).
      const { stdout } = await run.catch((error: { stdout: string }) => error);
      const found: { Level: string; Rule: { Id: string }; Message: string }[] = JSON.parse(stdout);
      const wrong = found.filter(({ Level, Rule }) => Level === "Error" || Rule.Id === "W8003");
      expect(wrong.map(({ Rule, Message }) => `${Rule.Id} ${Message}`)).toEqual([]);
    },
  );

  it("is not packaged with more variables than Lambda takes, and the error says how long each is", () => {
    const long = structuredClone(deployed.packaged.template);
    const { Variables } = Object(long.Resources["DriftLambdaFunction"]?.Properties)["Environment"];
    Variables.ROLECALL_OWNERS = Array.from({ length: 200 }, (_, index) => `organisation-${index}`).join(",");
    expect(sizeFault(deployed.packaged.template, "prod")).toBeUndefined();
    const fault = sizeFault(long, "prod") ?? "";
    const [first, ...sizes] = fault.split("\n");
    expect(first).toMatch(
      /^The variables of DriftLambdaFunction have 4\d{3} bytes together, and Lambda takes 4096; shorten the longest:$/,
    );
    expect(sizes[0]).toBe(
      `  ROLECALL_OWNERS ${Variables.ROLECALL_OWNERS.length + '"ROLECALL_OWNERS":"",'.length}`,
    );
    expect(sizes.map((size) => size.split(" ")[2]).sort()).toEqual(Object.keys(Variables).sort());
    const sum = sizes.reduce((total, size) => total + Number(size.split(" ").at(-1)), 0);
    expect(first).toContain(` ${sum + 1} bytes `);
  });

  it("is not packaged with more owners and grants than IAM takes, and the error says both numbers", async () => {
    const grants = Array.from({ length: 90 }, (_, index) => `acme/api=shared/${index}`).join(",");
    await expect(packageService({ ROLECALL_OWNERS: "acme", ROLECALL_ECR_GRANTS: grants })).rejects.toThrow(
      /The inline policies of ApiRole would have \d{5} characters, and IAM takes 10240; list less in ROLECALL_OWNERS, ROLECALL_ECR_GRANTS/,
    );
  }, 120_000);

  it.each([
    ["wrong profiles", { profiles: { x: {} } }],
    ["a profiles file that does not exist", undefined],
  ])("is not packaged with %s", async (_, profiles) => {
    const directory = await mkdtemp(join(tmpdir(), "rolecall-profiles-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const file = join(directory, "profiles.json");
    if (profiles !== undefined) await writeFile(file, JSON.stringify(profiles));
    const made = packageService({ ROLECALL_OWNERS: "acme", ROLECALL_PROFILES: file });
    await expect(made).rejects.toThrow(
      /The configuration is wrong, so there is no package:\n.*profiles\.json/,
    );
  });

  it("is not packaged with a boundary that IAM would refuse, and the error says both numbers", () => {
    const long = structuredClone(deployed.packaged.template);
    const { PolicyDocument } = Object(long.Resources["PermissionsBoundary"]?.Properties);
    const Resource = Array.from({ length: 200 }, (_, index) => `arn:aws:s3:::acme-artifacts-${index}/*`);
    PolicyDocument.Statement.push({ Effect: "Allow", Action: ["s3:GetObject"], Resource });
    expect(sizeFault(long, "prod")).toMatch(
      /^The policy of PermissionsBoundary would have \d{4} characters, and IAM takes 6144; .*profiles\.json$/,
    );
  });

  it("has a boundary that permits everything that the service grants", () => {
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
  ])("lets %s be assumed only by %j", (id, Principal, Condition) => {
    expect(deployed.resource(id).Properties["AssumeRolePolicyDocument"]).toEqual({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole", ...(Condition && { Condition }) }],
    });
  });

  it("says which roles the functions have, for the organisation's policies", () => {
    const { Outputs = {} } = deployed.packaged.template;
    const fill = filledIn(deployed.packaged.template, deployed.where);
    expect(["ApiRoleArn", "DriftRoleArn"].map((name) => fill(Outputs[name]?.Value))).toEqual([
      "arn:aws:iam::123456789012:role/rolecall-prod-ApiRole",
      "arn:aws:iam::123456789012:role/rolecall-prod-DriftRole",
    ]);
  });

  it("gives each function a role of its own, and has no other role but the schedule's", () => {
    expect(ofType("AWS::IAM::Role").sort()).toEqual(["ApiRole", "DriftRole", "RollCallScheduleRole"]);
    expect(deployed.functions.Api.properties["Role"]).toBe(
      "arn:aws:iam::123456789012:role/rolecall-prod-ApiRole",
    );
    expect(deployed.functions.Drift.properties["Role"]).toBe(
      "arn:aws:iam::123456789012:role/rolecall-prod-DriftRole",
    );
  });

  it("starts the roll call only by the schedule, with the schedule's role, and by the rule", () => {
    const drift = "arn:aws:lambda:eu-central-1:123456789012:function:rolecall-prod-drift";
    const { Target, GroupName } = deployed.resource("RollCallSchedule").Properties;
    expect({ ...Object(Target), GroupName }).toMatchObject({
      Arn: drift,
      RoleArn: "arn:aws:iam::123456789012:role/rolecall-prod-RollCallScheduleRole",
      GroupName: "rolecall-prod-RollCallGroup",
    });
    const [rule, ...others] = ofType("AWS::Events::Rule").map((id) => deployed.resource(id).Properties);
    expect(others).toEqual([]);
    expect(rule).toMatchObject({
      Name: "rolecall-prod-drift-rule-1",
      EventPattern: { source: ["rolecall"], "detail-type": ["Rolecall Roll Call Requested"] },
      State: "ENABLED",
      Targets: [{ Arn: drift }],
    });
    // A rule without a bus is on the default bus.
    expect(rule).not.toHaveProperty("EventBusName");
    const permissions = ofType("AWS::Lambda::Permission").filter((id) => id !== "ApiLambdaPermissionHttpApi");
    expect(permissions.map((id) => deployed.resource(id).Properties)).toEqual([
      {
        Action: "lambda:InvokeFunction",
        FunctionName: drift,
        Principal: "events.amazonaws.com",
        SourceArn: "arn:aws:events:eu-central-1:123456789012:rule/rolecall-prod-drift-rule-1",
      },
    ]);
    const api = deployed.packaged.template.Resources["ApiLambdaPermissionHttpApi"]?.Properties;
    expect(api).toMatchObject({
      FunctionName: { "Fn::GetAtt": ["ApiLambdaFunction", "Arn"] },
      Principal: "apigateway.amazonaws.com",
    });
  });

  it("lets DynamoDB delete expired items", () => {
    expect(deployed.resource("Table").Properties["TimeToLiveSpecification"]).toEqual({
      AttributeName: "expiresAt",
      Enabled: true,
    });
  });

  const FOUND = {
    Period: 300,
    EvaluationPeriods: 1,
    Threshold: 0,
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "ignore",
  };
  const WAITED = { ...FOUND, Period: 3600, EvaluationPeriods: 3 };
  const MISSED = {
    Statistic: "Sum",
    Period: 3600,
    EvaluationPeriods: 3,
    Threshold: 1,
    ComparisonOperator: "LessThanThreshold",
    TreatMissingData: "breaching",
  };

  it.each([
    ["DriftFoundAlarm", "Rolecall", "drifted", FOUND],
    ["ContestedAlarm", "Rolecall", "contested", FOUND],
    ["CheckFailedAlarm", "Rolecall", "failed", FOUND],
    ["WaitingAlarm", "Rolecall", "waiting", WAITED],
    ["RollCallFailedAlarm", "AWS/Lambda", "Errors", FOUND],
    ["NoRollCallAlarm", "Rolecall", "finished", MISSED],
  ])("has %s on %s/%s, which notifies the topic", (id, Namespace, MetricName, when) => {
    const topic = ["arn:aws:sns:eu-central-1:123456789012:rolecall-prod-AlarmTopic"];
    expect(deployed.resource(id)).toMatchObject({
      Type: "AWS::CloudWatch::Alarm",
      Properties: { Namespace, MetricName, ...when, AlarmActions: topic, OKActions: topic },
    });
  });

  it("has no other alarm, and each alarm watches a metric that is emitted", () => {
    const alarms = ofType("AWS::CloudWatch::Alarm").map((id) => deployed.resource(id).Properties);
    expect(alarms).toHaveLength(6);
    const watched = alarms.map(({ Namespace, MetricName, Dimensions }) => ({
      Namespace,
      MetricName,
      Dimensions,
    }));
    const { lambdas, functions } = deployed;
    const emitted = lambdas.drift
      .output()
      .split("\n")
      .filter((line) => line.includes('"CloudWatchMetrics"'))
      .map((line) => JSON.parse(line))
      .flatMap((entry) => entry._aws.CloudWatchMetrics.map((set: object) => ({ ...entry, ...set })))
      .flatMap(({ Namespace, Dimensions, Metrics, ...values }) =>
        Metrics.map(({ Name }: { Name: string }) => ({
          Namespace,
          MetricName: Name,
          Dimensions: Dimensions.flat().map((name: string) => ({ Name: name, Value: values[name] })),
        })),
      );
    const ofLambda = {
      Namespace: "AWS/Lambda",
      MetricName: "Errors",
      Dimensions: [{ Name: "FunctionName", Value: functions.Drift.properties["FunctionName"] }],
    };
    expect([...emitted, ofLambda]).toEqual(expect.arrayContaining(watched));
  });

  it("lets only the account's alarms publish to the topic", () => {
    const { PolicyDocument, Topics } = deployed.resource("AlarmTopicPolicy").Properties;
    const topic = "arn:aws:sns:eu-central-1:123456789012:rolecall-prod-AlarmTopic";
    expect(Topics).toEqual([topic]);
    expect(Object(PolicyDocument).Statement).toEqual([
      {
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Resource: topic,
        Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
      },
    ]);
  });

  it("routes exactly the contract's operations, and demands IAM's authorization for all except the open ones", async () => {
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

  it("retains the table and the boundary, and keeps the logs for 90 days", () => {
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
