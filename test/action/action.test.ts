/** The action in a job, with the tokens of the embedded GitHub and a real server. */
import { expect, test } from "vitest";
import { rolePath, startRolecall, uniqueName } from "../harness/rolecall.ts";
import { type Job, REQUEST_TOKEN, runAction } from "./runner.ts";

const RULE = { repositories: ["acme/*"], roles: ["publish"], access: ["push", "pull"] };
const { api, url, variables } = await startRolecall({
  self: { rules: [RULE] },
  env: { ROLECALL_SELF_AUDIENCE: "" },
});

/** Returns the address at which a run's job asks for its token. */
function tokenUrl(repository: string, run: Readonly<Record<string, string>> = {}): string {
  return `${variables.GITHUB_API_URL}/token?${new URLSearchParams({ repository, ...run })}`;
}

type Run = Readonly<Record<string, string>>;

/** Runs the action in a job of a repository. */
function act(repo: string, run: Run = {}, { inputs, ...job }: Partial<Job> = {}) {
  const repository = `acme/${repo}`;
  return runAction({
    inputs: { url, role: "publish", ...inputs },
    repository,
    tokenUrl: tokenUrl(repository, run),
    ...job,
  });
}

test("three lines of a workflow register the role, and later steps know its ARN", async () => {
  const repo = uniqueName();
  const { code, outputs, summary, lines } = await act(repo);
  expect(lines.join("\n")).toContain("Registered: `arn:aws:iam::123456789012:role/rolecall/");
  expect(code).toBe(0);
  const { roleArn, providerArn, subjects, status, origin } = (
    await api("GET", rolePath(repo))
  ).registration();
  expect([origin, outputs]).toEqual([
    "self",
    { "role-arn": roleArn, "provider-arn": providerArn, status: "ready" },
  ]);
  expect(status).toBe("ready");
  expect(summary).toContain(`### Rolecall: \`acme/${repo}\`, role \`publish\``);
  expect(summary).toContain(`- Registered: \`${roleArn}\``);
  for (const subject of subjects) expect(summary).toContain(`- Lets in: \`${subject}\``);
});

test("a job of a wrong branch ends with a message that says what to do, and registers nothing", async () => {
  const repo = uniqueName();
  const { code, lines, outputs, summary } = await act(repo, { ref: "refs/heads/dev" });
  expect(code).toBe(1);
  expect(lines.at(-1)).toBe(
    "::error title=Rolecall refused (403)::Rolecall answers: The token's ref is refs/heads/dev, which self.json /rules/0 does not allow. Accepted: refs/heads/main. Run the workflow from the default branch, or ask the operator to change the rule.",
  );
  expect(summary).toContain("Refused: `The token's ref is refs/heads/dev");
  expect(outputs).toEqual({ "role-arn": "", "provider-arn": "", status: "" });
  expect((await api("GET", rolePath(repo))).status).toBe(404);
});

test("a plan shows what would change, and changes nothing", async () => {
  const repo = uniqueName();
  await act(repo);
  const files = { ".github/rolecall.json": JSON.stringify({ trust: { tags: ["v1"] } }) };
  const { code, outputs, lines } = await act(
    repo,
    { event: "pull_request" },
    { files, inputs: { mode: "plan" } },
  );
  expect({ code, status: outputs["status"] }).toEqual({ code: 0, status: "planned" });
  expect(lines).toContainEqual(expect.stringMatching(/^Planned, and nothing is changed: `arn:/));
  expect(lines).toContainEqual(expect.stringMatching(/^Change: `\/trustPolicy` `widens`; gains `tag v1`/));
  expect((await api("GET", rolePath(repo))).registration().spec.trust.tags).toEqual([]);
});

test("an explanation names the condition that refused the job, and what to change", async () => {
  const repo = uniqueName();
  await act(repo);
  const { code, outputs, lines, summary } = await act(
    repo,
    { ref: "refs/heads/dev" },
    { inputs: { mode: "explain" } },
  );
  expect({ code, status: outputs["status"] }).toEqual({ code: 0, status: "refused" });
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^Refused by: `token\.actions\.githubusercontent\.com:sub` must be `.*refs\/heads\/main` .*refs\/heads\/dev`\.$/,
    ),
  );
  expect(lines.at(-1)).toMatch(/^::error title=AWS refuses this job::Rolecall answers: .*dev/);
  expect(summary).toContain("- What to do: `");

  const allowed = await act(repo, {}, { inputs: { mode: "explain" } });
  expect([allowed.code, allowed.outputs["status"]]).toEqual([0, "allowed"]);
  expect(allowed.log).not.toContain("::error");
});

test("an explanation of a role that nobody registered says so", async () => {
  const { code, lines } = await act(uniqueName(), {}, { inputs: { mode: "explain" } });
  expect(code).toBe(1);
  expect(lines.at(-1)).toMatch(/^::error title=Rolecall refused \(404\)::Rolecall answers: .*publish/);
});

test("the spec is the named file, else .github/rolecall.json, else the defaults", async () => {
  const repo = uniqueName();
  const files = {
    ".github/rolecall.json": JSON.stringify({ ecr: [] }),
    "aws/$(touch canary) @.json": JSON.stringify({ ecr: [{ repository: `acme/${repo}`, access: "pull" }] }),
  };
  const ecr = async () => (await api("GET", rolePath(repo))).registration().spec.ecr;
  await act(repo, {}, { files });
  expect(await ecr()).toEqual([]);
  const named = await act(repo, {}, { files, inputs: { spec: "aws/$(touch canary) @.json" } });
  expect(await ecr()).toMatchObject([{ access: "pull" }]);
  expect(named.left).toEqual([]);
  await act(repo);
  expect(await ecr()).toMatchObject([{ access: "push" }]);
});

test("no argument of a program and no line of the log has the token, except the line that masks it", async () => {
  for (const mode of ["register", "plan", "explain"]) {
    const {
      token = "none",
      log,
      argv,
      summary,
      outputs,
      left,
    } = await act(uniqueName(), {}, { inputs: { mode } });
    expect(token).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/);
    const [, , signature = token] = token.split(".");
    expect(log.split(`::add-mask::${token}\n`)).toHaveLength(2);
    for (const seen of [log.replace(`::add-mask::${token}`, ""), argv, summary, JSON.stringify(outputs)]) {
      expect(seen).not.toContain(signature);
      expect(seen).not.toContain(REQUEST_TOKEN);
    }
    expect(argv).toContain("--config -");
    expect(left).toEqual([]);
  }
});

test("a job without the permission is told to add it", async () => {
  const { code, lines } = await act(uniqueName(), {}, { tokenUrl: undefined });
  expect({ code, lines }).toEqual({
    code: 1,
    lines: [
      '::error title=No token::GitHub gives this job no token. Add "id-token: write" to the permissions of the job. A pull request from a fork gets no token.',
    ],
  });
});

test.each(["curl", "jq", "realpath"])("a runner without %s is told to install it", async (program) => {
  const programs = ["bash", "curl", "jq", "realpath"].filter((one) => one !== program);
  const { code, lines } = await act(uniqueName(), {}, { programs });
  expect({ code, lines }).toEqual({
    code: 1,
    lines: [`::error title=Missing program::This action needs ${program}. Install ${program} on the runner.`],
  });
});

test("a branch whose name is a command or a line of a script is text", async () => {
  const repo = uniqueName();
  const ref = "refs/heads/x';touch${IFS}canary;echo`touch${IFS}canary`##[error]%0A::error::y";
  const { code, lines, left, summary } = await act(repo, { ref });
  expect({ code, left }).toEqual({ code: 1, left: [] });
  expect(lines.filter((line) => line.includes("::error"))).toHaveLength(1);
  expect(lines.at(-1)).toMatch(/^::error title=Rolecall refused \(403\)::.*%250A::error::y/);
  expect(lines.at(-1)).not.toContain("##[");
  expect(summary).toContain("'touch${IFS}canary'");
});
