/** Runs the scripts of the steps as GitHub does, with stand-ins for docker and helm that record their calls. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { renderWorkflow, type WorkflowInput } from "../../src/workflow/workflow.ts";
import { jobOf, parseWorkflow, runScript } from "./github.ts";
import { type Ask, HOST, input } from "./inputs.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "rolecall-steps-"));
  write("calls", "");
  write("tags", "");
  write("github_output", "");
  program("docker", 'echo "docker $*" >> "$DIR/calls"; grep -qxF -- "$4" "$DIR/tags"');
  program("helm", 'echo "helm $*" >> "$DIR/calls"; if [ "$1" = show ]; then cat "$DIR/chart"; fi');
});
afterEach(() => rmSync(dir, { recursive: true }));

const write = (name: string, text: string): void => writeFileSync(join(dir, name), text);
const read = (name: string): string => readFileSync(join(dir, name), "utf8");
function program(name: string, body: string): void {
  write(name, `#!/bin/bash\n${body}\n`);
  chmodSync(join(dir, name), 0o755);
}

function runStep(of: WorkflowInput, name: string, env: Record<string, string>) {
  const { steps } = jobOf(parseWorkflow(renderWorkflow(of)?.content ?? ""));
  const step = steps.find((each) => each.name === name);
  return runScript(
    step?.run ?? "",
    {
      ...step?.env,
      PATH: `${dir}:${process.env["PATH"]}`,
      LANG: "C.UTF-8",
      DIR: dir,
      GITHUB_OUTPUT: join(dir, "github_output"),
      RUNNER_TEMP: dir,
      ...env,
    },
    dir,
  );
}

describe("docker", () => {
  const image = `${HOST}/acme/api`;
  const sha = "0123456789012345678901234567890123456789";
  const chosen = (ref: string, ask: Ask = {}): string[] => {
    const name = ref.replace(/^refs\/(heads|tags)\//, "");
    const env = { GITHUB_SHA: sha, GITHUB_REF: ref, GITHUB_REF_NAME: name, DEFAULT_BRANCH: "main" };
    write("github_output", "");
    const of = input({ trust: { branches: ["*"] }, ...ask });
    const { status, stderr } = runStep(of, "Choose the image's tags", env);
    expect([status, stderr]).toEqual([0, ""]);
    const [head, ...lines] = read("github_output").split("\n");
    expect([head, ...lines.splice(-2)]).toEqual(["chosen<<END", "END", ""]);
    return lines.map((line) => line.replace(`${image}:`, ""));
  };

  test("an image gets the commit's id, and latest only on the default branch", () => {
    expect(chosen("refs/heads/develop")).toEqual([sha]);
    expect(chosen("refs/heads/main")).toEqual([sha, "latest"]);
    expect(chosen("refs/tags/main")).toEqual([sha, "main"]);
  });

  test("a tag that exists is not pushed again, except latest", () => {
    write("tags", `${image}:${sha}\n${image}:latest\n${image}:v1\n`);
    expect(chosen("refs/heads/develop")).toEqual([]);
    expect(chosen("refs/heads/main")).toEqual(["latest"]);
    expect(chosen("refs/tags/v1")).toEqual([]);
    expect(chosen("refs/tags/v2")).toEqual(["v2"]);
    expect(chosen("refs/tags/latest")).toEqual([]);
  });

  test("a mutable tag of the settings goes to every image, an immutable one only to the first", () => {
    const ask = { tags: ["stable", "v1", "latest"], movableTags: ["latest", "stab*"] };
    expect(chosen("refs/heads/x", ask)).toEqual([sha, "latest", "stable", "v1"]);
    write("tags", ["stable", "v1", "latest", sha].map((tag) => `${image}:${tag}\n`).join(""));
    expect(chosen("refs/heads/x", ask)).toEqual(["latest", "stable"]);
    expect(chosen("refs/heads/x", { tags: ["stable"] })).toEqual([]);
    expect(chosen("refs/tags/v1", { tags: ["v1"], movableTags: ["*"] })).toEqual(["v1"]);
  });

  test("one push names no tag twice, which ECR would refuse", () => {
    expect(chosen("refs/tags/v1", { tags: ["v1", "v1"] })).toEqual([sha, "v1"]);
    expect(chosen("refs/heads/main", { tags: ["latest"] })).toEqual([sha, "latest"]);
  });

  test("an immutable latest is pushed only once", () => {
    write("tags", `${image}:latest\n`);
    expect(chosen("refs/heads/main", { movableTags: [] })).toEqual([sha]);
    expect(chosen("refs/heads/main", { movableTags: ["*"] })).toEqual([sha, "latest"]);
  });

  test.each([
    ["v1.0.0", "v1.0.0"],
    ["api/v1.0.0", "api-v1.0.0"],
    ["v1.0.0+build.5", "v1.0.0-build.5"],
    ["@scope/pkg@1.0.0", "_scope-pkg-1.0.0"],
    ["$(touch${IFS}canary)", "_-touch--IFS-canary-"],
    ["é", "_-"],
    ["x".repeat(200), "x".repeat(128)],
  ])("the git tag %s becomes the image's tag %s", (tag, safe) => {
    const [own] = chosen(`refs/tags/${tag}`).filter((each) => each !== sha);
    expect(own).toBe(safe);
    expect(own).toMatch(/^\w[\w.-]{0,127}$/);
    expect(read("calls")).not.toContain("canary)");
  });
});

describe("helm", () => {
  const repository = `${HOST}/acme/api`;
  const publish = (chart: string, of = input({ kind: "helm", trust: { branches: ["main"] } })) => {
    write("chart", chart);
    const { status, stdout } = runStep(of, "Package and push the chart", {});
    return { status, stdout, calls: read("calls").trim().split("\n") };
  };
  const CHART =
    "apiVersion: v2\ndependencies:\n- name: redis\n  version: 17.0.0\ndescription: |\n  name: x\nname: api\nversion: 1.2.3\n";

  test("the chart goes to the repository with the chart's name", () => {
    expect(publish(CHART)).toEqual({
      status: 0,
      stdout: "",
      calls: [
        "helm show chart charts/api",
        `docker buildx imagetools inspect ${repository}:1.2.3`,
        `helm package charts/api --dependency-update --destination ${dir}`,
        `helm push ${dir}/api-1.2.3.tgz oci://${HOST}/acme`,
      ],
    });
  });

  test("quoted values are read, and a version with a build has the tag that Helm gives it", () => {
    const { calls } = publish('name: "api"\nversion: "1.2.3+build"\n');
    expect(calls[1]).toBe(`docker buildx imagetools inspect ${repository}:1.2.3_build`);
    expect(calls[3]).toBe(`helm push ${dir}/api-1.2.3+build.tgz oci://${HOST}/acme`);
  });

  test("a chart for a repository without a prefix is pushed to the registry itself", () => {
    const asked = input({ kind: "helm", trust: { branches: ["main"] } });
    const { calls } = publish(CHART, {
      ...asked,
      ecr: [{ repository: "api", access: "push", uri: `${HOST}/api` }],
    });
    expect(calls[3]).toBe(`helm push ${dir}/api-1.2.3.tgz oci://${HOST}`);
  });

  test("a version that exists is not pushed again, and the run succeeds", () => {
    write("tags", `${repository}:1.2.3\n`);
    const { status, stdout, calls } = publish(CHART);
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/^::notice title=Nothing to push::api 1\.2\.3 already exists/),
    ]);
    expect(calls).toHaveLength(2);
  });

  test("a chart with another name is refused before ECR is called", () => {
    const { status, stdout, calls } = publish("name: $(touch canary)\nversion: 1.2.3\n");
    expect([status, stdout]).toEqual([
      1,
      expect.stringMatching(/^::error title=Wrong name::.*\$\(touch canary\).*Name it api\.\n$/),
    ]);
    expect(calls).toEqual(["helm show chart charts/api"]);
  });

  test("a chart that cannot be read fails the run", () => {
    program("helm", "echo 'Error: Chart.yaml file is missing' >&2; exit 1");
    expect(publish("").status).toBe(1);
    expect(read("calls")).toBe("");
  });
});

describe("pull", () => {
  const image = `${HOST}/acme/api`;
  const digest = `sha256:${"0a".repeat(32)}`;
  const pull = (TAG: string) => {
    const { status, stdout } = runStep(
      input({ kind: "pull", trust: { branches: ["main"] } }),
      "Pull the image",
      {
        TAG,
      },
    );
    return { status, stdout, calls: read("calls").split("\n").slice(0, -1), output: read("github_output") };
  };
  beforeEach(() =>
    program(
      "docker",
      `echo "docker $*" >> "$DIR/calls"; printf '%s\\n' 'v1: Pulling from acme/api' 'Digest: ${digest}' 'Status: Downloaded'`,
    ),
  );

  test("the image is pulled, and later steps get its digest", () => {
    const { calls, status, output } = pull("v1.2.3");
    expect([status, output]).toEqual([0, `image=${image}@${digest}\n`]);
    expect(calls).toEqual([`docker pull ${image}:v1.2.3`]);
  });

  test.each([
    "",
    ".x",
    "-x",
    "a b",
    "a\nb",
    "latest\n",
    "\nlatest",
    "a;touch canary",
    "$(touch canary)",
    "*",
    "é",
    "a@sha256:1",
    "a/b",
    "x".repeat(129),
  ])("%j is not a tag: nothing is pulled, and the text is not printed", (tag) => {
    const { status, stdout, calls, output } = pull(tag);
    expect([status, calls, output]).toEqual([1, [], ""]);
    expect(stdout).toMatch(/^::error title=Not a tag::An image tag has only letters, [^\n]+\n$/);
  });

  test.each(["latest", "_", "0", "x".repeat(128), "a-b.c_d"])("%s is a tag", (tag) =>
    expect(pull(tag).calls[0]).toBe(`docker pull ${image}:${tag}`),
  );

  test("an image that does not exist fails the run", () => {
    program("docker", "echo 'manifest unknown' >&2; exit 1");
    expect(pull("v1")).toMatchObject({ status: 1, output: "" });
    program("docker", "true");
    expect(pull("v1")).toMatchObject({ status: 1, output: "" });
  });
});
