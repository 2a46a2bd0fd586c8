/** A registration's life, from its first PUT to its DELETE, through the packaged functions. */
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateRepositoryCommand, DeleteRepositoryCommand } from "@aws-sdk/client-ecr";
import { describe, expect, it } from "vitest";
import { repositorySettings } from "../../src/desired/settings.ts";
import { clientsOf } from "../local/clients.ts";
import type { Deployed } from "./deployed.ts";
import { busEvent, CALLER, event, SCHEDULED_WITHOUT_INPUT } from "./events.ts";
import { decide, type Statement } from "./iam.ts";
import { change, destroy } from "./tampering.ts";

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

/** Runs everything that the functions do in AWS, in one sequence. Their permissions must be exactly those that it needs. */
export function testLife(deployed: Deployed) {
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

    it.each(["nonsense", '{"rollCall":"zzzz","account":"210987654321"}', '{"start":"roll-call"}'])(
      "the message %s, which names no job, writes nothing and is not delivered again",
      async (body) => {
        await deployed.sendJob(body);
        const from = deployed.made.length;
        expect(await deployed.deliverJobs()).toEqual({ invocations: 1, errors: [] });
        const actions = deployed.made.slice(from).map(({ call }) => call.action);
        expect(actions.filter((action) => !/^(Get|BatchGet)/.test(action))).toEqual([]);
        expect(deployed.lambdas.drift.output()).toContain("ignored");
        expect(await deployed.queuedJobs()).toBe(0);
      },
    );

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
  });
}

/**
 * The actions of Lambda's event source, which uses the function's role, and the one by which a roll call sends jobs.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
 */
const OF_JOBS = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"];

/** Checks the functions' policies after everything that they do has run. */
export function testNeeds(deployed: Deployed) {
  describe("the functions' policies", () => {
    it.each(["ApiRole", "DriftRole", "SelfRole"])("allow every call that the functions of %s make", (by) => {
      const needs = deployed.made.filter((made) => made.by === by).flatMap((made) => made.needs);
      expect(needs.length).toBeGreaterThan(0);
      expect(needs.filter((request) => decide(deployed.policiesOf(by), request) !== "allowed")).toEqual([]);
    });

    it.each(["ApiRole", "DriftRole", "SelfRole"])("needs every action of every statement of %s", (by) => {
      const needs = deployed.made.filter((made) => made.by === by).flatMap((made) => made.needs);
      const isNeeded = (statement: Statement) =>
        needs.some((request) => decide([{ Statement: [statement] }], request) === "allowed");
      const unneeded = deployed
        .policiesOf(by)
        .flatMap(({ Statement }) => Statement)
        .flatMap((statement) => [statement.Action].flat().map((Action) => ({ ...statement, Action })))
        .filter(({ Action }) => !Action.startsWith("logs:") && !OF_JOBS.includes(Action))
        .filter((statement) => !isNeeded(statement))
        .map(({ Action }) => Action);
      expect(unneeded).toEqual([]);
    });
  });
}
