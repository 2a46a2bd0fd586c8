/** Requests whose caller nobody knows: 401 for all but what the contract has open, whatever else is wrong with them. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { openOperations } from "../../src/generated/open.ts";
import { callerArn } from "../../src/http/caller.ts";
import { contract, operations } from "../harness/contract.ts";
import { startEmbedded } from "../harness/embedded.ts";
import { rolePath, uniqueName } from "../harness/rolecall.ts";
import { CALLER, event } from "../package/events.ts";

const { api, aws, startAnother } = await startEmbedded();
const { api: unknown } = await startAnother({ caller: () => undefined });

const isOpen = ({ method, path }: { method: string; path: string }): boolean =>
  JSON.stringify(contract.paths[path]?.[method.toLowerCase()]?.["security"]) === "[]";
/** The calls of a workflow need its token instead. test/api/self has them. */
const isOfWorkflow = ({ path }: { path: string }): boolean => path.startsWith("/v1/self/");
const closed = operations.filter((operation) => !isOpen(operation) && !isOfWorkflow(operation));
const repo = uniqueName();
await api("PUT", rolePath(repo), { body: {} });
const pathOf = (path: string): string =>
  path
    .replace("{owner}", "acme")
    .replace("{repo}", repo)
    .replace("{role}", "publish")
    .replace("{id}", "latest");

describe("without a caller", () => {
  test.each(closed)("$id answers 401 and calls nothing", async ({ method, path, requestContent }) => {
    const bodies = Object.keys(requestContent).length > 0 ? [{ sub: "x" }, "{"] : [];
    const headers = { "if-match": '"x"' };
    for (const sent of [{}, { headers }, ...bodies.map((body) => ({ body }))]) {
      aws.calls.length = 0;
      const answer = await unknown(method, pathOf(path), sent);
      expect(answer.status).toBe(401);
      expect(answer.problem().code).toBe("caller-unknown");
      expect(answer.headers["www-authenticate"]).toBe('AWS4-HMAC-SHA256 service="execute-api"');
      expect(aws.calls).toEqual([]);
    }
  });

  test("the page of the refusal names no account", async () => {
    const { status, text } = await unknown("GET", "/v1/roles", { headers: { accept: "text/html" } });
    expect(status).toBe(401);
    expect(text).toContain("The caller is not known");
    expect(text).not.toContain("123456789012");
  });

  test.each(operations.filter(isOpen))("$id answers", async ({ method, path }) => {
    expect((await unknown(method, path)).status).toBe(200);
    expect((await unknown("HEAD", path)).status).toBe(200);
  });

  test.each([
    ["GET", "/"],
    ["GET", "/v1/nothing"],
    ["PATCH", "/v1/roles"],
    ["POST", "/healthz"],
    ["DELETE", "/openapi.yaml"],
    ["GET", "/healthz/x"],
    ["OPTIONS", "/v1/roles"],
  ])("what the contract does not have is refused: %s %s", async (method, path) => {
    expect((await unknown(method, path)).status).toBe(401);
  });

  test.each([
    "/healthz/../v1/roles",
    "/healthz/%2e%2e/v1/roles",
    "/openapi.yaml/../v1/account",
    "/v1/roles/../../healthz",
    "//healthz",
    "/healthz?x=/v1/roles",
    "/%68ealthz",
    "/v1/roles?/healthz",
    "/v1/roles#/healthz",
  ])("no spelling of an open path serves another operation: %s", async (rawPath) => {
    aws.calls.length = 0;
    const answer = await unknown("GET", "/v1/nothing", { rawPath }).catch(String);
    // The harness throws for a path that is not in the contract. Its message has the status.
    const status = typeof answer === "string" ? Number(/answered (\d+)/.exec(answer)?.[1]) : answer.status;
    expect(status === 200 ? rawPath : status).toSatisfy((one) =>
      [400, 401, "/healthz?x=/v1/roles", "/%68ealthz"].includes(one),
    );
    expect(aws.calls).toEqual([]);
  });
});

test("the operations that the service leaves open, and the template's routes without authorization, are the contract's", () => {
  const ofContract = operations.filter(isOpen).map(({ method, path }) => `${method} ${path}`);
  expect(ofContract).toEqual(["GET /healthz", "GET /openapi.yaml", "GET /openapi.json"]);
  expect(openOperations.map(({ method, path }) => `${method} ${path}`)).toEqual(ofContract);
  const { functions } = parse(readFileSync(new URL("../../serverless.yml", import.meta.url), "utf8"));
  const routes: { httpApi: { method: string; path: string; authorizer?: object } }[] =
    functions[0].api.events;
  const unsigned = routes.filter(({ httpApi }) => httpApi.authorizer === undefined);
  expect(unsigned.map(({ httpApi }) => `${httpApi.method} ${httpApi.path}`)).toEqual(ofContract);
});

describe("the caller of an event", () => {
  const signed = (userArn: unknown) => ({ requestContext: { authorizer: { iam: { userArn } } } });

  test("is the ARN that IAM's authorization has put there", () => {
    expect(callerArn(event("GET", "/v1/roles"))).toBe(CALLER);
    for (const arn of [
      "arn:aws:iam::123456789012:root",
      "arn:aws:iam::123456789012:user/team/alice",
      "arn:aws-cn:sts::123456789012:assumed-role/platform/alice@acme.example",
      "arn:aws-us-gov:sts::123456789012:federated-user/bob",
    ])
      expect(callerArn(signed(arn))).toBe(arn);
  });

  test.each<[what: string, event: unknown]>([
    ["a route without authorization", event("GET", "/v1/roles", { isSigned: false })],
    ["a token's authorizer", { requestContext: { authorizer: { jwt: { claims: { userArn: CALLER } } } } }],
    ["a function's authorizer", { requestContext: { authorizer: { lambda: { userArn: CALLER } } } }],
    ["an authorizer of its own form", { requestContext: { authorizer: { userArn: CALLER } } }],
    ["a REST API", { requestContext: { identity: { userArn: CALLER } } }],
    ["a header", { headers: { userarn: CALLER, authorization: "AWS4-HMAC-SHA256 …" } }],
    ["a load balancer", { requestContext: { elb: { targetGroupArn: CALLER } } }],
    ["a queue", { Records: [{ body: CALLER }] }],
    ["nothing", undefined],
    ["an empty name", signed("")],
    ["null", signed(null)],
    ["a list", signed([CALLER])],
    ["a name that is no ARN", signed("anonymous")],
    ["an ARN of something else", signed("arn:aws:lambda:eu-central-1:123456789012:function:x")],
    ["an ARN with a line end", signed(`${CALLER}\n`)],
    ["an endless ARN", signed(`arn:aws:iam::123456789012:user/${"x".repeat(2_000)}`)],
  ])("is not known from %s", (_, sent) => {
    expect(callerArn(sent)).toBeUndefined();
  });
});
