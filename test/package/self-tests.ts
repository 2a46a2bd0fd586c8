/** The packaged function that serves workflows: their calls, its permissions, its routes and its throttle. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { configurationFault } from "../../scripts/configuration.ts";
import { type Package, packageService } from "./build.ts";
import { type Deployed, HIDDEN } from "./deployed.ts";
import { event } from "./events.ts";
import { decide, type Policy } from "./iam.ts";
import ceiling from "./self.json" with { type: "json" };
import { change, destroy } from "./tampering.ts";
import { filledIn, OPEN_ROUTES } from "./template.ts";

const REPO = "self-service";
const ROLE = `/v1/self/repos/acme/${REPO}/roles/publish`;
const MAIN = { repository: `acme/${REPO}` };
const PINNED = {
  ...MAIN,
  jobWorkflowRef: "acme/platform/.github/workflows/register.yml@refs/heads/main",
};
const MEMBER = "210987654321";

/** @param full a package with a ceiling that lists a member account, an audience and a concurrency */
export function testSelf(deployed: Deployed, full: Package) {
  const { resource } = deployed;
  const json = ({ text }: { text: string }) => JSON.parse(text);
  const put = (body?: unknown, run: Parameters<Deployed["selfRequest"]>[2] = MAIN, path = ROLE) =>
    deployed.selfRequest("PUT", path, run, { body });

  describe("a workflow's registration", () => {
    let roleName = "";

    it("begins with a PUT of a run of main, and the log names the run and not the token", async () => {
      const answer = await put();
      expect([answer.status, json(answer).origin]).toEqual([201, "self"]);
      roleName = json(answer).roleArn.split("/").at(-1);
      expect(deployed.lambdas.self.output()).not.toMatch(/eyJ[\w-]+\.eyJ/);
    });

    it("is read, planned and explained", async () => {
      expect((await deployed.selfRequest("GET", ROLE, MAIN)).status).toBe(200);
      const plan = await deployed.selfRequest("PUT", ROLE, MAIN, { query: "dryRun=true", body: { ecr: [] } });
      expect([plan.status, json(plan).dryRun]).toEqual([200, true]);
      const explained = await deployed.selfRequest("POST", `${ROLE}/explanations`, MAIN);
      expect(json(explained)).toMatchObject({ allowed: true, verification: "valid" });
    });

    it("continues with changes, and with a pinned workflow's managed policy and profile", async () => {
      const bodies = [{ ecr: [{ repository: `acme/${REPO}`, access: "pull" }] }, { ecr: [] }, {}];
      for (const body of bodies) expect((await put(body)).status).toBe(200);
      const more = {
        profiles: ["s3-artifacts"],
        managedPolicyArns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
        maxSessionSeconds: 7200,
      };
      const release = ROLE.replace("publish", "release");
      for (const [status, body] of [
        [201, more],
        [200, {}],
      ] as const)
        expect((await put(body, PINNED, release)).status).toBe(status);
    });

    it("is restored by its next PUT after everything was changed, and after everything was deleted", async () => {
      for (const act of [change, destroy]) {
        await act(deployed.clients, roleName, `acme/${REPO}`);
        expect((await put()).status).toBe(200);
        expect(await deployed.scheduledRollCall()).toMatchObject({ counts: { failed: 0 } });
      }
    });

    it("uses an ECR repository that existed before, and changes nothing of it", async () => {
      const repository = "self-legacy";
      await deployed.clients.ecr.send(new CreateRepositoryCommand({ repositoryName: `acme/${repository}` }));
      const answer = await put({}, { repository: `acme/${repository}` }, ROLE.replace(REPO, repository));
      expect([answer.status, json(answer).ecr[0].managed]).toEqual([201, false]);
    });

    it("removes the tags that a signed PUT gave the role, once the registration is handed over", async () => {
      const repository = "self-tagged";
      const path = ROLE.replace(REPO, repository);
      const signed = { query: "origin=self", body: { tags: { team: "a" } } };
      expect((await deployed.request("PUT", path.replace("/self", ""), signed)).status).toBe(201);
      const answer = await put({}, { repository: `acme/${repository}` }, path);
      expect(answer.status, answer.text).toBe(200);
      const RoleName = json(answer).roleArn.split("/").at(-1);
      const { Role } = await deployed.clients.iam.send(new GetRoleCommand({ RoleName }));
      expect(Role?.Tags?.map(({ Key }) => Key)).not.toContain("team");
    });

    const { TableName } = deployed.table;
    type Stored = { [name: string]: unknown };
    /** Stores a changed copy of an item. */
    async function store(pk: string, sk: string, changed: (document: Stored) => Stored, as = pk) {
      const { Item } = await deployed.clients.dynamodb.send(
        new GetItemCommand({ TableName, Key: { pk: { S: pk }, sk: { S: sk } } }),
      );
      const document = changed(JSON.parse(Item?.["document"]?.S ?? ""));
      await deployed.clients.dynamodb.send(
        new PutItemCommand({
          TableName,
          Item: { ...Item, pk: { S: as }, document: { S: JSON.stringify(document) } },
        }),
      );
    }

    it("finishes an ECR repository that a crash left unrecorded", async () => {
      const key = `ECR#123456789012/eu-central-1/acme/${REPO}`;
      await store(key, "REPOSITORY", ({ uri: _, ...crashed }) => crashed);
      const answer = await put({ maxSessionSeconds: 3600 });
      expect([answer.status, json(answer).ecr[0].managed], answer.text).toEqual([200, true]);
    });

    it("is counted anew with the repository's other roles, if an earlier version has not counted them", async () => {
      await store(`NAMESPACE#acme/${REPO}`, "CLAIM", ({ share: _, shares: __, ...uncounted }) => uncounted);
      const answer = await put({}, MAIN, ROLE.replace("publish", "read-only"));
      expect(answer.status, answer.text).toBe(201);
    });

    // A PUT for a repository that GitHub hides writes the registration first, and then the reservation.
    it.each(["self-late", HIDDEN])(
      "of %s is not kept if another repository reserves the namespace at the same moment",
      async (repository) => {
        const namespace = `NAMESPACE#acme/${repository}`;
        const ofAnother = (document: Stored): Stored =>
          JSON.parse(JSON.stringify(document).replaceAll(REPO, repository));
        deployed.interrupt(
          ({ action, request }) =>
            action === "PutItem" && JSON.stringify(request["Item"]).includes(`"${namespace}"`),
          () => store(`NAMESPACE#acme/${REPO}`, "CLAIM", ofAnother, namespace),
        );
        const path = ROLE.replace(REPO, repository);
        const answer = await put({}, { repository: `acme/${repository}` }, path);
        expect([answer.status, json(answer).code]).toEqual([409, "repository-replaced"]);
        expect((await deployed.request("GET", path.replace("/self", ""))).status).toBe(404);
      },
    );

    it("is refused before AWS and GitHub are called, if the token or the ceiling does not allow the request", async () => {
      const sent = async (text: string) => event("PUT", ROLE, { headers: { authorization: text } });
      const before = [deployed.made.length, deployed.gitHubCalls.length];
      for (const text of ["", "Bearer x", `Bearer ${"x".repeat(9000)}`])
        expect(await deployed.invokeSelf(await sent(text))).toMatchObject({ statusCode: 401 });
      for (const [status, run] of [
        [401, { ...MAIN, audience: "sts.amazonaws.com" }],
        [401, { ...MAIN, audience: "https://rolecall.example" }],
        [401, { ...MAIN, expiresInSeconds: -1 }],
        [403, { repository: "acme/other" }],
      ] as const)
        expect((await put({}, run)).status, JSON.stringify(run)).toBe(status);
      const unruled = ROLE.replace("publish", "admin");
      expect((await put({}, MAIN, unruled)).status).toBe(403);
      expect([deployed.made.length, deployed.gitHubCalls.length]).toEqual(before);
    });

    it("reads no file", () => {
      expect(deployed.lambdas.self.reads).toEqual([]);
    });
  });

  describe("the function that serves workflows", () => {
    it.each(["/v1/repos/acme/api/roles/publish", "/v1/roles", "/v1/account", "/healthz", "/openapi.yaml"])(
      "does not serve %s",
      async (path) => {
        expect((await deployed.selfRequest("GET", path, MAIN)).status).toBe(404);
      },
    );

    it("has the ceiling and the audience that the API shows to administrators", async () => {
      const { status, text } = await deployed.request("GET", "/v1/account");
      expect({ status, ...JSON.parse(text) }).toMatchObject({
        status: 200,
        self: {
          audience: deployed.functions.Self.variables["ROLECALL_SELF_AUDIENCE"],
          rules: ceiling.rules,
        },
      });
    });

    it("is the only one that serves the paths of workflows", async () => {
      expect((await deployed.request("GET", ROLE)).status).toBe(404);
    });

    it("leaves out the contract's text, the pages, the roll call and the audit", async () => {
      const { directory } = deployed.functions.Self;
      const text = await readFile(join(directory, "dist/self.mjs"), "utf8");
      const named = [
        "CreateRole",
        "openapi: 3.1",
        "<!doctype",
        "GetAccountAuthorizationDetails",
        "LookupEvents",
      ];
      expect(named.filter((one) => text.includes(one))).toEqual(["CreateRole"]);
    });

    it.each([
      ["no audience", { ROLECALL_SELF_AUDIENCE: "" }, "ROLECALL_SELF_AUDIENCE is missing"],
      ["the audience of STS", { ROLECALL_SELF_AUDIENCE: "sts.amazonaws.com" }, "must not be the audience"],
    ])("does not start with %s", async (_, variables, says) => {
      await expect(deployed.start("Self", variables)).rejects.toThrow(says);
    });

    it("is not packaged with the audience of STS, or with a wrong ceiling, and the error names the place", async () => {
      const { template } = deployed.packaged;
      expect(configurationFault(template, {}, ceiling)).toBeUndefined();
      expect(configurationFault(template, {}, { rules: [{}] })).toContain("self.json /rules/0/repositories");
      const env = { ROLECALL_OWNERS: "acme", ROLECALL_SELF: "test/package/self.json" };
      await expect(packageService({ ...env, ROLECALL_SELF_AUDIENCE: "sts.amazonaws.com" })).rejects.toThrow(
        /there is no package:\nROLECALL_SELF_AUDIENCE has "sts\.amazonaws\.com"/,
      );
      await expect(packageService({ ...env, ROLECALL_SELF: "test/package/profiles.json" })).rejects.toThrow(
        /there is no package:\nself\.json \/rules has/,
      );
      await expect(packageService({ ...env, ROLECALL_SELF: "none.json" })).rejects.toThrow(
        'ROLECALL_SELF has "none.json"',
      );
    }, 120_000);

    it("has the API's own URL as the audience", () => {
      expect(deployed.functions.Self.variables["ROLECALL_SELF_AUDIENCE"]).toBe(
        "https://rolecall-prod-HttpApi.execute-api.eu-central-1.amazonaws.com",
      );
    });

    const routes = Object.entries(deployed.packaged.template.Resources).filter(
      ([, { Type }]) => Type === "AWS::ApiGatewayV2::Route",
    );
    const keyOf = (id: string) => String(resource(id).Properties["RouteKey"]);
    const targetOf = (id: string) =>
      JSON.stringify(deployed.packaged.template.Resources[id]?.Properties?.["Target"]);
    const own = routes.map(([id]) => id).filter((id) => targetOf(id).includes('"HttpApiIntegrationSelf"'));

    const unsigned = routes
      .filter(([, { Properties = {} }]) => (Properties["AuthorizationType"] ?? "NONE") === "NONE")
      .map(([id]) => id);
    const open = unsigned.filter((id) => !own.includes(id));

    it("has all routes without an authorizer, except the open ones of the API function, and no other route", async () => {
      const { paths } = parse(await readFile("openapi.yaml", "utf8"));
      const openPaths = Object.keys(paths).filter((path) => paths[path].get?.security?.length === 0);
      expect(openPaths.map((path) => `GET ${path}`)).toEqual(OPEN_ROUTES);
      expect(open.map(keyOf).sort()).toEqual([...OPEN_ROUTES].sort());
      expect(own.length).toBeGreaterThan(0);
      expect(unsigned).toEqual(expect.arrayContaining(own));
      for (const id of own) expect(keyOf(id)).toMatch(/^(PUT|GET|POST) \/v1\/self\//);
      const { IntegrationUri } = resource("HttpApiIntegrationSelf").Properties;
      expect(IntegrationUri).toBe("arn:aws:lambda:eu-central-1:123456789012:function:rolecall-prod-self");
    });

    it("has a throttle for each of its routes, the open ones have a lower one, and the stage waits for each", () => {
      const { RouteSettings, DefaultRouteSettings } = resource("HttpApiStage").Properties;
      const throttled = (ids: string[], ThrottlingRateLimit: number, ThrottlingBurstLimit: number) =>
        ids.map((id) => [keyOf(id), { ThrottlingRateLimit, ThrottlingBurstLimit }]);
      expect(RouteSettings).toEqual(
        Object.fromEntries([...throttled(own, 10, 20), ...throttled(open, 5, 10)]),
      );
      expect(DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 });
      expect(deployed.packaged.template.Resources["HttpApiStage"]).toMatchObject({
        DependsOn: expect.arrayContaining(unsigned),
      });
    });

    it("reserves no concurrency by default", () => {
      expect(deployed.functions.Self.properties).not.toHaveProperty("ReservedConcurrentExecutions");
    });
  });

  describe("a package with a member account, an audience and a concurrency", () => {
    const propertiesOf = (id: string) =>
      Object(filledIn(full.template, deployed.where)(full.template.Resources[id]?.Properties));

    it("lets the function assume the roles of that member alone, and read its record", () => {
      const policies: Policy[] = propertiesOf("SelfRole").Policies.map(
        ({ PolicyDocument }: { PolicyDocument: Policy }) => PolicyDocument,
      );
      const decided = (account: string) =>
        ["reader", "writer"].map((role) =>
          decide(policies, {
            action: "sts:AssumeRole",
            resource: `arn:aws:iam::${account}:role/rolecall-member/rolecall-${role}`,
          }),
        );
      expect(decided(MEMBER)).toEqual(["allowed", "allowed"]);
      expect(decided("310987654321")).toEqual(["not allowed", "not allowed"]);
      const record = { action: "dynamodb:GetItem", resource: TABLE };
      expect(decide(policies, { ...record, context: { "dynamodb:LeadingKeys": ["ACCOUNTS"] } })).toBe(
        "allowed",
      );
    });

    it("gives the function that audience and that concurrency", () => {
      const { Environment, ReservedConcurrentExecutions } = propertiesOf("SelfLambdaFunction");
      expect([Environment.Variables.ROLECALL_SELF_AUDIENCE, ReservedConcurrentExecutions]).toEqual([
        "https://rolecall.acme.example",
        5,
      ]);
    });

    it("has a self role that the member's template lets in", () => {
      const path = propertiesOf("SelfRole").Path;
      expect(JSON.stringify(full.member.Resources["Writer"])).toContain(`:role${path}*`);
    });
  });
}

const TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/rolecall-prod-Table";
