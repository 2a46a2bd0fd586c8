/** The action with a server that answers as the test says: faults, retries, and answers that attack the runner. */
import { readdirSync, rmSync, truncateSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type Reply, startStub } from "../github/stub.ts";
import { type Job, type Ran, root, runAction } from "./runner.ts";

const REGISTERED = {
  roleArn: "arn:aws:iam::123456789012:role/rolecall/acme-api-publish-5c3a7f0e9b1d",
  providerArn: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
  status: "ready",
  subjects: ["repo:acme@1/api@2:ref:refs/heads/main"],
  changes: [],
  warnings: [],
};
const DROP: Reply = { drop: true };
const TOKEN = { status: 200, body: { value: "eyJh.bcd.efg" } };
const DONE = { status: 201, body: REGISTERED };

let replies: Reply[] = [];
/** Runs before each answer. */
let meanwhile = (): void => {};
const stub = await startStub(() => {
  meanwhile();
  return replies.length > 1 ? replies.shift() : replies[0];
});
const { url, asked: seen } = stub;
afterAll(() => stub.close());
beforeEach(() => {
  seen.length = 0;
  meanwhile = () => {};
});

/** Runs the action. GitHub's answer comes first, then Rolecall's; the last answer repeats. */
function act(answers: Reply[], inputs: Job["inputs"] = {}, job: Partial<Job> = {}): Promise<Ran> {
  replies = [TOKEN, ...answers];
  return runAction({
    inputs: { url, role: "publish", ...inputs },
    tokenUrl: `${url}/token?api-version=2`,
    ...job,
  });
}

test("the job's token is for the address without its last slash, and the request has it", async () => {
  await act([DONE], { url: `${url}/` });
  expect(seen.map(({ method, path, headers }) => [method, path, headers["authorization"]])).toEqual([
    ["GET", `/token?api-version=2&audience=${encodeURIComponent(url)}`, "Bearer eyJ0eXAi.request.token"],
    ["PUT", "/v1/self/repos/acme/api/roles/publish", "Bearer eyJh.bcd.efg"],
  ]);
});

test("the input audience replaces the address as the token's audience", async () => {
  await act([DONE], { audience: "https://other.example/a b&c" });
  expect(seen[0]?.path).toBe(
    `/token?api-version=2&audience=${encodeURIComponent("https://other.example/a b&c")}`,
  );
});

test.each([
  [{ account: "210987654321" }, "PUT", "/v1/self/accounts/210987654321/repos/acme/api/roles/publish"],
  [{ mode: "plan" }, "PUT", "/v1/self/repos/acme/api/roles/publish?dryRun=true"],
  [
    { mode: "explain", account: "210987654321" },
    "POST",
    "/v1/self/accounts/210987654321/repos/acme/api/roles/publish/explanations",
  ],
])("%j sends %s %s", async (inputs, method, path) => {
  await act([DONE], inputs);
  expect(seen.slice(1).map((sent) => [sent.method, sent.path])).toEqual([[method, path]]);
});

const SPEC = '{"ecr":[]}';
/** A body of so many bytes. */
const specOf = (bytes: number) => SPEC.replace("{", `{${" ".repeat(bytes - SPEC.length)}`);

describe("the file of the spec", () => {
  const sent = () => seen.find(({ method }) => method === "PUT")?.body;
  test.each<[string, string, Partial<Job>]>([
    ["of 65,536 bytes", "a.json", { files: { "a.json": specOf(65_536) } }],
    [
      "that a link inside the workspace names",
      "b.json",
      { files: { "a.json": SPEC }, links: { "b.json": "a.json" } },
    ],
    [
      "in a folder that a link inside the workspace names",
      "b/a.json",
      { files: { "a/a.json": SPEC }, links: { b: "a" } },
    ],
  ])("%s is sent", async (_, spec, job) => {
    expect((await act([DONE], { spec }, job)).code).toBe(0);
    expect(sent()).toBe(Object.values(job.files ?? {})[0]);
  });

  test.each([
    String.raw`D\a\_temp`,
    String.raw`\n\"t`,
    'a "b" c',
    "it's $HOME `id` %s",
    "a=b#c:@{1,2}[3]*?",
    "-o é",
  ])("is sent as it is if the runner's folder for temporary files is named %j", async (temp) => {
    const { code, outputs, left } = await act(
      [DONE],
      { spec: "a.json" },
      { files: { "a.json": SPEC }, temp },
    );
    expect([code, sent(), outputs["status"], left]).toEqual([0, SPEC, "ready", []]);
  });

  test.each<[string, (body: string) => void]>([
    ["removes", (body) => rmSync(body)],
    ["empties", (body) => truncateSync(body)],
  ])("is never replaced by the defaults if another program %s the copy", async (_, change) => {
    const temp = await mkdtemp(join(tmpdir(), "rolecall-action-"));
    meanwhile = () => {
      for (const folder of readdirSync(temp)) change(join(temp, folder, "body.json"));
    };
    const job = { files: { "a.json": SPEC }, env: { RUNNER_TEMP: temp } };
    const { code, lines } = await act([DONE], { spec: "a.json" }, job);
    await rm(temp, { recursive: true });
    expect([code, lines.at(-1), sent()]).toEqual([
      1,
      "::error title=No body::The body of the request cannot be read in RUNNER_TEMP. Nothing was sent; remove the step that changes that folder.",
      undefined,
    ]);
  });

  const CANNOT = "cannot be read. Check out the repository before this step, and name a file of it as spec.";
  test.each<[string, string, Partial<Job>, string]>([
    [
      "of 65,537 bytes",
      "a.json",
      { files: { "a.json": specOf(65_537) } },
      "is longer than 65536 bytes. Write only the body of a registration into it.",
    ],
    ["outside of the workspace", "../script.sh", {}, CANNOT],
    ["that an absolute path names outside of the workspace", join(root, "package.json"), {}, CANNOT],
    [
      "that a link names outside of the workspace",
      "a.json",
      { links: { "a.json": join(root, "package.json") } },
      CANNOT,
    ],
    [
      "in a folder that a link names outside of the workspace",
      "a/package.json",
      { links: { a: root } },
      CANNOT,
    ],
    ["without an end", "a.json", { links: { "a.json": "/dev/zero" } }, CANNOT],
  ])("%s is not sent", async (_, spec, job, says) => {
    const { code, lines } = await act([DONE], { spec }, job);
    expect([code, lines, seen]).toEqual([1, [`::error title=Wrong input::The file ${spec} ${says}`], []]);
  });

  test("that nobody named is not read outside of the workspace either", async () => {
    const linked = await act(
      [DONE],
      {},
      { files: { ".github/x": "" }, links: { ".github/rolecall.json": "/dev/zero" } },
    );
    expect([linked.lines, seen]).toEqual([
      [`::error title=Wrong input::The file .github/rolecall.json ${CANNOT}`],
      [],
    ]);
  });
});

describe("a request is sent again", () => {
  test.each<[string, Reply[], number[]]>([
    ["after the time that Rolecall names", [{ status: 503, headers: { "retry-after": "7" } }, DONE], [7]],
    ["after 429 without a time", [{ status: 429, body: { message: "Too Many Requests" } }, DONE], [2]],
    ["if the connection ends, each time later", [DROP, DROP, DROP, DONE], [2, 4, 8]],
    ["after 409 with a time", [{ status: 409, headers: { "retry-after": "3" } }, DONE], [3]],
  ])("%s", async (_, answers, slept) => {
    const ran = await act(answers);
    expect([ran.code, ran.slept]).toEqual([0, slept]);
    const [, first, ...others] = seen;
    for (const other of others) expect(other).toEqual(first);
    expect(others).toHaveLength(slept.length);
  });

  test("at most three times", async () => {
    const unavailable = { status: 503, body: { detail: "GitHub did not answer." } };
    const ran = await act([unavailable]);
    expect([ran.code, ran.slept, seen.length]).toEqual([1, [2, 4, 8], 5]);
    expect(ran.lines.at(-1)).toBe(
      "::error title=Rolecall refused (503)::Rolecall answers: GitHub did not answer.",
    );
  });

  test.each<[string, Reply]>([
    ["the time is long", { status: 429, headers: { "retry-after": "3600" } }],
    ["the answer is a refusal", { status: 403, body: { message: "Forbidden" } }],
    ["the answer is a fault of AWS", { status: 502 }],
  ])("not if %s", async (_, answer) => {
    const ran = await act([answer]);
    expect([ran.code, ran.slept, seen.length]).toEqual([1, [], 2]);
  });

  test("the same holds for GitHub's answer to the request for a token", async () => {
    replies = [{ status: 500 }];
    const job = { inputs: { url, role: "publish" }, tokenUrl: `${url}/token?x=1` };
    const { code, lines } = await runAction(job);
    expect({ code, lines }).toEqual({
      code: 1,
      lines: ["::error title=No token::GitHub gave this job no token (500). Run the job again."],
    });
    replies = [DROP, TOKEN, DONE];
    expect((await runAction(job)).slept).toEqual([2]);
  });
});

test("an address where nothing answers is named", async () => {
  const { code, lines } = await act([DROP]);
  expect(code).toBe(1);
  expect(lines.at(-1)).toMatch(/^::error title=Rolecall does not answer::Nothing answers at http:.* curl: /);
});

test.each([
  { detail: "a\n".repeat(5000) },
  { errors: [1, 2, 3].map(() => ({ detail: "a\n".repeat(5000) })) },
])("only the first 4,000 characters of a long answer are shown", async (body) => {
  const { code, lines } = await act([{ status: 403, body }]);
  expect(code).toBe(1);
  expect(lines.at(-1)?.length).toBeLessThan(4100);
});

test.each([
  ["with its length", { "content-length": "1000001" }],
  ["without its length", {}],
])("an answer of more than 1,000,000 bytes, %s, ends the step", async (_, headers) => {
  const { code, lines, slept } = await act([{ status: 403, text: "x".repeat(1_000_001), headers }]);
  expect({ code, slept, lines: lines.slice(1) }).toEqual({
    code: 1,
    slept: [],
    lines: ["::error title=Wrong answer::The answer is longer than 1000000 bytes. Check the input url."],
  });
});

test("an answer of 1,000,000 bytes is shown as any other", async () => {
  const [head, tail] = ['{"detail":"Refused.","more":"', '"}'];
  const text = `${head}${"x".repeat(1_000_000 - head.length - tail.length)}${tail}`;
  const { lines } = await act([{ status: 403, text }]);
  expect(lines.at(-1)).toBe("::error title=Rolecall refused (403)::Rolecall answers: Refused.");
});

const NL =
  "\n::set-output name=role-arn::evil\r\n::add-mask::x\n##[error]y%0A::warning::z | `touch canary` $(touch canary) <img>";

describe("an answer injects nothing", () => {
  test.each<[string, Job["inputs"], Reply]>([
    ["a problem's detail", {}, { status: 403, body: { detail: NL } }],
    ["a problem's errors", {}, { status: 422, body: { errors: [{ pointer: NL, detail: NL }, 1, null] } }],
    ["a gateway's message", {}, { status: 403, body: { message: NL } }],
    ["a message of another type", {}, { status: 403, body: { detail: { [NL]: [NL] } } }],
    ["a text that is not JSON", {}, { status: 500, text: NL }],
    ["a role's ARN", {}, { status: 200, body: { ...REGISTERED, roleArn: `arn${NL}` } }],
    ["a status", {}, { status: 200, body: { ...REGISTERED, status: NL } }],
    ["subjects", {}, { status: 200, body: { ...REGISTERED, subjects: [NL] } }],
    [
      "changes",
      {},
      {
        status: 200,
        body: { ...REGISTERED, changes: [{ path: NL, effect: NL, gains: [NL], loses: [NL] }] },
      },
    ],
    ["warnings", {}, { status: 200, body: { ...REGISTERED, warnings: [{ detail: NL }] } }],
    ["another form", {}, { status: 200, body: { ...REGISTERED, subjects: { [NL]: NL } } }],
    ["a list", {}, { status: 200, body: [NL] }],
    [
      "an explanation",
      { mode: "explain" },
      {
        status: 200,
        body: {
          allowed: false,
          remedy: NL,
          note: NL,
          conditions: [{ key: NL, operator: NL, expected: [NL], actual: [NL], holds: false }],
        },
      },
    ],
    [
      "an explanation of another form",
      { mode: "explain" },
      { status: 200, body: { allowed: NL, remedy: NL } },
    ],
  ])("%s", async (_, inputs, answer) => {
    const { code, log, lines, outputs, summary, left } = await act([answer], inputs);
    expect(log).toContain("::add-mask::eyJh.bcd.efg\n");
    // The runner reads a command at the beginning of a line, and an old one anywhere.
    const commands = lines.filter((line) => /^\s*::/.test(line) || line.includes("##["));
    for (const command of commands) expect(command).toMatch(/^::(?:add-mask::eyJh|error title=[\w ()]+::\w)/);
    expect(commands.length).toBeLessThanOrEqual(2);
    expect(commands.join()).not.toContain("%0A");
    expect(log).not.toContain("\r");
    expect(JSON.stringify(outputs)).not.toContain("evil");
    for (const line of summary.split("\n").filter((one) => one !== ""))
      expect(line).toMatch(/^(?:### Rolecall: |Refused: `|- [A-Z])/);
    expect(summary.replace(/`[^`]*`/g, "")).not.toMatch(/<img>|canary/);
    expect(left).toEqual([]);
    expect(code === 0 || code === 1).toBe(true);
  });
});

describe("an input injects nothing, and nothing is sent", () => {
  const hostile = `x"; touch canary; $(touch canary) \`touch canary\`\nurl = "http://evil.example"`;
  test.each<[string, Job["inputs"]]>([
    ["role", { role: hostile }],
    ["role", { role: "../../x" }],
    ["role", { role: "a?dryRun=true" }],
    ["account", { account: hostile }],
    ["mode", { mode: hostile }],
    ["url", { url: hostile }],
    ["url", { url: `${url}\nurl = "http://evil.example"` }],
    ["url", { url: "http://rolecall.example.com" }],
    ["url", { url: "https://rolecall.example.com?x=" }],
    ["url", { url: "http://127.0.0.1@evil.example" }],
    ["url", { url: "file:///etc/passwd" }],
    ["file", { spec: hostile }],
    ["file", { spec: "-" }],
    ["file", { spec: "." }],
    ["file", { spec: "not.json" }],
    ["file", { spec: "two.json" }],
  ])("%s %j", async (input, inputs) => {
    const files = { "not.json": "::error::x", "two.json": "{} {}" };
    const { code, lines, left } = await act([DONE], inputs, { files });
    expect(lines).toEqual([
      expect.stringMatching(
        input === "file"
          ? /^::error title=Wrong input::The file .* (?:is not a JSON object|cannot be read)\. [A-Z].*\.$/
          : new RegExp(`^::error title=Wrong input::The input ${input} is not .*\\. [A-Z].*\\.$`),
      ),
    ]);
    expect({ code, left, seen }).toEqual({ code: 1, left: [], seen: [] });
  });

  test("a repository or a token's address that GitHub would not set", async () => {
    const repository = await act([DONE], {}, { repository: 'acme/api"\nurl = "http://evil.example' });
    expect(repository.lines).toEqual([expect.stringMatching(/^::error title=No repository::/)]);
    const address = await act([DONE], {}, { tokenUrl: `${url}/token?"\nurl = "http://evil.example` });
    expect(address.lines).toEqual([expect.stringMatching(/^::error title=No token::/)]);
    expect(seen).toEqual([]);
  });

  test("an audience reaches GitHub as one value of the query", async () => {
    await act([DONE], { audience: hostile });
    expect(new URL(seen[0]?.path ?? "", url).searchParams.getAll("audience")).toEqual([hostile]);
  });
});

test("a token of another form is not sent", async () => {
  replies = [{ status: 200, body: { value: 'x"\nurl = "http://evil.example' } }];
  const { code, lines } = await runAction({ inputs: { url, role: "publish" }, tokenUrl: `${url}/token?x=1` });
  expect([code, lines, seen.length]).toEqual([
    1,
    ["::error title=No token::GitHub answered without a token. Run the job again."],
    1,
  ]);
});

test("a redirect is not followed, because the token would go to another host", async () => {
  const { code } = await act([{ status: 307, headers: { location: `${url}/elsewhere` } }]);
  expect([code, seen.length]).toEqual([1, 2]);
});
