/** Rolecall makes no more calls of AWS than a request needs, and none for a refused request. */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { namesOf, startEmbedded, writesOf } from "../../harness/embedded.ts";
import { type RegistrationRequest, rolePath, uniqueName } from "../../harness/rolecall.ts";

const { api, failGitHub, trouble, callsOf, clock, services, startAnother } = await startEmbedded({
  tagKeys: ["team"],
});

const key = (repo: string) => ({ owner: "acme", repo, role: "publish" });
const put = (repo: string, body?: RegistrationRequest) => api("PUT", rolePath(repo), { body });
const PROVIDER_KNOWN_MS = 5 * 60_000;

describe("a new role", () => {
  test("the first of a process and an account: everything once, and of IAM and ECR only how full the account is", async () => {
    const { result, calls } = await callsOf(() => put(uniqueName()));
    expect(result.status).toBe(201);
    expect(namesOf(calls, "iam")).toEqual([
      "iam:CreateOpenIDConnectProvider",
      "iam:CreateRole",
      "iam:GetAccountSummary",
      "iam:PutRolePolicy",
    ]);
    expect(namesOf(calls, "ecr")).toEqual(["ecr:CreateRepository", "ecr:PutLifecyclePolicy"]);
    expect(namesOf(calls, "sts")).toEqual([]);
    expect(namesOf(calls, "dynamodb")).toEqual([
      "dynamodb:BatchGetItem",
      ...Array(6).fill("dynamodb:PutItem"),
    ]);
    expect(calls.filter(({ errorCode }) => errorCode !== undefined)).toEqual([]);
  });

  test("every other makes a role, its policy and its ECR repository", async () => {
    const { result, calls } = await callsOf(() => put(uniqueName()));
    expect(result.status).toBe(201);
    expect(namesOf(calls, "iam", "ecr", "sts")).toEqual([
      "ecr:CreateRepository",
      "ecr:PutLifecyclePolicy",
      "iam:CreateRole",
      "iam:PutRolePolicy",
    ]);
    expect(namesOf(calls, "dynamodb")).toEqual([
      "dynamodb:BatchGetItem",
      ...Array(6).fill("dynamodb:PutItem"),
    ]);
    expect(calls.filter(({ errorCode }) => errorCode !== undefined)).toEqual([]);
  });

  test("a second one of a repository: its ECR repository is known, and its reservation is written once more", async () => {
    const repo = uniqueName();
    await put(repo);
    const { result, calls } = await callsOf(() => api("PUT", rolePath(repo, "second")));
    expect(result.status).toBe(201);
    expect(namesOf(calls, "iam", "ecr", "sts")).toEqual(["iam:CreateRole", "iam:PutRolePolicy"]);
    expect(namesOf(calls, "dynamodb")).toEqual([
      "dynamodb:BatchGetItem",
      ...Array(4).fill("dynamodb:PutItem"),
    ]);
  });

  test("without access to ECR makes a role alone", async () => {
    const { calls } = await callsOf(() => put(uniqueName(), { ecr: [] }));
    expect(namesOf(calls, "iam", "ecr", "sts")).toEqual(["iam:CreateRole"]);
  });

  test("with several ECR repositories makes each once", async () => {
    const repo = uniqueName();
    const names = ["a", "b", "c"].map((name) => `acme/${repo}/${name}`);
    const { calls } = await callsOf(() => put(repo, { ecr: names.map((repository) => ({ repository })) }));
    expect(namesOf(calls, "iam", "ecr", "sts")).toEqual([
      ...Array(3).fill("ecr:CreateRepository"),
      ...Array(3).fill("ecr:PutLifecyclePolicy"),
      "iam:CreateRole",
      "iam:PutRolePolicy",
    ]);
    const made = calls
      .filter(({ action }) => action === "CreateRepository")
      .map(({ request }) => request["repositoryName"]);
    expect(made.toSorted()).toEqual(names);
  });

  test("in a process that does not know the provider: it is made, which says that it is there", async () => {
    const other = await startAnother();
    const { result, calls } = await callsOf(() => other.api("PUT", rolePath(uniqueName())));
    expect(result.status).toBe(201);
    expect(namesOf(calls, "iam", "sts")).toEqual([
      "iam:CreateOpenIDConnectProvider",
      "iam:CreateRole",
      "iam:GetAccountSummary",
      "iam:GetOpenIDConnectProvider",
      "iam:PutRolePolicy",
    ]);
  });

  test("how full the account is, is asked once a minute while it has ample room", async () => {
    await put(uniqueName());
    const known = await callsOf(() => put(uniqueName()));
    expect(namesOf(known.calls, "iam")).not.toContain("iam:GetAccountSummary");
    clock.advance(60_000);
    const later = await callsOf(() => put(uniqueName()));
    expect(namesOf(later.calls, "iam")).toContain("iam:GetAccountSummary");
  });

  test("a process learns how full the account is while GitHub answers", async () => {
    const other = await startAnother();
    const askedGitHub = new Promise<void>((resolve) => {
      failGitHub(() => {
        resolve();
        return undefined;
      });
    });
    const fault = { kind: "hold", until: askedGitHub } as const;
    const end = trouble({ service: "iam", action: "GetAccountSummary", fault });
    const { result, calls } = await callsOf(() => other.api("PUT", rolePath(uniqueName())));
    end();
    failGitHub(undefined);
    expect(result.status).toBe(201);
    expect(calls.filter(({ action }) => action === "GetAccountSummary").map(({ status }) => status)).toEqual([
      200,
    ]);
  });

  test("the provider is not taken to be there for ever", async () => {
    await put(uniqueName());
    clock.advance(PROVIDER_KNOWN_MS);
    const { calls } = await callsOf(() => put(uniqueName()));
    expect(namesOf(calls, "iam")).toContain("iam:CreateOpenIDConnectProvider");
  });

  test("carries the boundary, our path and the id that proves it ours from the start", async () => {
    const repo = uniqueName();
    const { calls } = await callsOf(() => put(repo));
    const { id } = (await services.registry.readRegistration(key(repo))) ?? {};
    expect(id).toBeDefined();
    const created = calls.find(({ action }) => action === "CreateRole");
    expect(JSON.stringify(created?.request)).toContain(services.config.boundaryArn);
    expect(created?.request).toMatchObject({ Path: "/rolecall/" });
    expect(JSON.stringify(created?.request)).toContain(`"${id}"`);
    const repository = calls.find(({ action }) => action === "CreateRepository");
    expect(repository?.request).toMatchObject({ tags: [{ Key: "rolecall:id", Value: expect.any(String) }] });
  });
});

describe("nothing is written", () => {
  const repo = uniqueName();
  beforeAll(() => put(repo));

  const quiet: [string, () => Promise<{ status: number }>, number][] = [
    ["by the same PUT again", () => put(repo), 200],
    ["by a dry run of it", () => api("PUT", `${rolePath(repo)}?dryRun=true`), 200],
    [
      "by a dry run of a change",
      () =>
        api("PUT", `${rolePath(repo)}?dryRun=true`, {
          body: { trust: { tags: ["v*"] }, maxSessionSeconds: 7200, ecr: [] },
        }),
      200,
    ],
    ["by a dry run of what is new", () => api("PUT", `${rolePath(uniqueName())}?dryRun=true`), 200],
    [
      "by a PUT whose precondition does not hold",
      () => api("PUT", rolePath(repo), { headers: { "if-none-match": "*" } }),
      412,
    ],
    [
      "by a DELETE whose precondition does not hold",
      () => api("DELETE", rolePath(repo), { headers: { "if-match": '"x"' } }),
      412,
    ],
    ["by a DELETE of what is not there", () => api("DELETE", rolePath(uniqueName())), 404],
    ["by a PUT with a fault that only GitHub tells", () => put(uniqueName("missing")), 422],
    ["by reading it", () => api("GET", rolePath(repo)), 200],
  ];

  test.each(quiet)("%s", async (_, request, status) => {
    clock.advance(1_000);
    const before = await services.registry.readRegistration(key(repo));
    const { result, calls } = await callsOf(request);
    expect(result.status).toBe(status);
    expect(namesOf(writesOf(calls))).toEqual([]);
    expect(await services.registry.readRegistration(key(repo))).toEqual(before);
  });
});

describe("a refusal that the request itself gives costs no call", () => {
  const json = { "content-type": "application/json" };
  const requests: [string, () => Promise<{ status: number }>, number][] = [
    ["400, no JSON", () => api("PUT", rolePath("x"), { body: "{", headers: json }), 400],
    ["400, path", () => api("PUT", rolePath("x"), { rawPath: "/v1/repos/acme/x/../y/roles/publish" }), 400],
    ["400, cursor", () => api("GET", "/v1/roles?cursor=x"), 400],
    ["403", () => api("PUT", rolePath("x", "publish", "other")), 403],
    ["404, no path", () => api("GET", "/v1/nothing"), 404],
    ["405", () => api("POST", "/v1/roles"), 405],
    ["413", () => api("PUT", rolePath("x"), { body: " ".repeat(70_000), headers: json }), 413],
    ["415", () => api("PUT", rolePath("x"), { body: "{}" }), 415],
    ["422, form", () => put("x", { maxSessionSeconds: 1 }), 422],
    ["422, path", () => api("GET", rolePath("x", "Role")), 422],
    ["liveness", () => api("GET", "/healthz"), 200],
    ["the contract", () => api("GET", "/openapi.yaml"), 200],
  ];

  test.each(requests)("%s", async (_, request, status) => {
    const { result, calls } = await callsOf(request);
    expect(result.status).toBe(status);
    expect(namesOf(calls)).toEqual([]);
  });
});

describe("reading asks the table once, and once more for ECR repositories of another name", () => {
  const [repo, other] = [uniqueName(), uniqueName()];
  beforeAll(() => Promise.all([put(repo), put(other, { ecr: [{ repository: `acme/${other}/x` }] })]));

  test.each([
    ["a registration", rolePath(repo), ["BatchGetItem"]],
    ["its workflow", `${rolePath(repo)}/workflow`, ["BatchGetItem"]],
    ["one of another name", rolePath(other), ["BatchGetItem", "BatchGetItem"]],
    ["its export", `${rolePath(repo)}/export?format=cli`, ["BatchGetItem"]],
    // Beside the page, when everything was last checked.
    ["a repository's list", `/v1/repos/acme/${repo}/roles`, ["GetItem", "Query"]],
    ["the list", "/v1/roles?limit=1", ["GetItem", "Query"]],
  ])("%s is read in those calls", async (_, path, actions) => {
    const { calls } = await callsOf(() => api("GET", path));
    expect(namesOf(calls).sort()).toEqual(actions.map((action) => `dynamodb:${action}`));
  });
});

describe("a change writes what differs and nothing else", () => {
  const changes: [string, (repo: string) => RegistrationRequest, string[]][] = [
    ["the trust", () => ({ trust: { branches: ["b"] } }), ["iam:UpdateAssumeRolePolicy"]],
    ["the session", () => ({ maxSessionSeconds: 7200 }), ["iam:UpdateRole"]],
    ["a tag", () => ({ tags: { team: "x" } }), ["iam:TagRole"]],
    ["access", (repo) => ({ ecr: [{ repository: `acme/${repo}`, access: "pull" }] }), ["iam:PutRolePolicy"]],
    ["no access", () => ({ ecr: [] }), ["iam:DeleteRolePolicy"]],
    [
      "one ECR repository more",
      (repo) => ({ ecr: [{ repository: `acme/${repo}` }, { repository: `acme/${repo}/more` }] }),
      ["ecr:CreateRepository", "ecr:PutLifecyclePolicy", "iam:PutRolePolicy"],
    ],
    ["the workflow", () => ({ workflow: { kind: "helm" } }), []],
  ];

  test.each(changes)("a change of %s makes exactly its own writes", async (_, body, writes) => {
    const repo = uniqueName();
    await put(repo);
    const { result, calls } = await callsOf(() => put(repo, body(repo)));
    expect(result.status).toBe(200);
    const made = writesOf(calls);
    expect(namesOf(made, "iam", "ecr")).toEqual(writes);
    expect(
      made.filter(({ service, errorCode }) => service !== "dynamodb" && errorCode !== undefined),
    ).toEqual([]);
  });
});

test("a DELETE removes the policy, then the role, notes it in the history, takes it out of the count, then removes the item", async () => {
  const repo = uniqueName();
  await put(repo);
  const { calls } = await callsOf(() => api("DELETE", rolePath(repo)));
  expect(writesOf(calls).map(({ service, action }) => `${service}:${action}`)).toEqual([
    "dynamodb:PutItem",
    "iam:DeleteRolePolicy",
    "iam:DeleteRole",
    "dynamodb:PutItem",
    "dynamodb:PutItem",
    "dynamodb:DeleteItem",
  ]);
});

test("16 PUTs at once do not spend their time on each other: at most 20 calls of the table for each", async () => {
  const path = rolePath(uniqueName());
  // In full: with a tenth of the patience, the PUTs of a busy machine would give up waiting for the first one.
  const { api } = await startAnother({ wait: sleep });
  const puts = () => Promise.all(Array.from({ length: 16 }, () => api("PUT", path)));
  const { calls } = await callsOf(puts);
  expect(namesOf(calls, "dynamodb").length).toBeLessThanOrEqual(16 * 20);
});
