/** The content of the workflows, read by a YAML parser of another project. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "../../src/desired/settings.ts";
import { renderReusable, renderWorkflow, type WorkflowInput } from "../../src/workflow/workflow.ts";
import { cases } from "./cases.ts";
import { type Job, jobOf, onlyJob, parseWorkflow, type Step } from "./github.ts";
import { type Ask, input, isOf, KINDS, type Kind, TRUSTS } from "./inputs.ts";

function content(of: WorkflowInput): string {
  const workflow = renderWorkflow(of);
  if (workflow === undefined) throw new Error("no workflow");
  return workflow.content;
}

const stepOf = (job: Job, name: string): Step | undefined => job.steps.find((step) => step.name === name);

test.each(cases)("$name", (asked) => {
  const workflow = parseWorkflow(content(input(asked.ask)));
  const job = jobOf(workflow);
  expect(Object.keys(workflow.jobs)).toEqual([asked.ask.kind === "pull" ? "pull" : "publish"]);
  expect(workflow.on).toEqual(asked.on);
  expect(job.concurrency).toEqual({
    group: `\${{ github.workflow }}-\${{ github.ref }}${asked.group ?? ""}`,
    "cancel-in-progress": false,
  });
  expect(job.if).toBe(asked.if);
  expect(job.environment).toBe(asked.environment);
  expect(job["runs-on"]).toEqual(asked.ask.runner ?? "ubuntu-latest");
  expect(job.steps[0]?.name).toBe(asked.guard ?? "Check out");
  expect(job.steps.flatMap(({ uses }) => uses?.split("@")[0] ?? [])).toEqual(asked.uses);
  expect(stepOf(job, "Choose the image's tags")?.env?.["IMAGE"]).toBe(asked.image);
  expect(stepOf(job, "Build and push")?.with).toEqual(asked.build);
  expect(stepOf(job, "Package and push the chart")?.env).toEqual(asked.chart);
  expect(stepOf(job, "Pull the image")?.env).toEqual(asked.pull);
});

describe("every workflow", () => {
  const inputs = KINDS.flatMap((kind) =>
    Object.values(TRUSTS)
      .filter((trust) => isOf(kind, trust))
      .flatMap((trust) =>
        ["ubuntu-latest", "ubuntu-24.04-arm", "self-hosted"].map((runner, index) => {
          const access = kind === "pull" ? ["pull"] : [["push"], ["both"], ["pull", "push"]][index];
          return input({ kind, trust, access, runner, platforms: ["linux/amd64", "linux/arm64"] } as Ask);
        }),
      ),
  );
  const own = inputs.map(content);
  const shared = inputs.flatMap((of) => renderReusable(of)?.reusable.content ?? []);
  const all = [...own, ...shared];
  const jobs = all
    .map(parseWorkflow)
    .flatMap((workflow) => ("uses" in onlyJob(workflow) ? [] : [jobOf(workflow)]));
  const pins = [
    ...readFileSync("src/workflow/actions.ts", "utf8").matchAll(
      /"([\w-]+\/[\w-]+)": \["(v[\d.]+)", "([0-9a-f]{40})"\]/g,
    ),
  ];

  test("names its registration and requests only the permissions that it needs", () => {
    expect(all.length).toBeGreaterThan(60);
    for (const text of all) {
      expect(text).toMatch(/^# Made by Rolecall for acme\/api, role publish\n/);
      const workflow = parseWorkflow(text);
      const isCall = "uses" in onlyJob(workflow);
      expect(workflow.name).toBe("publish");
      expect(workflow.permissions).toEqual({ "id-token": "write", contents: "read" });
      expect(workflow.defaults).toEqual(isCall ? undefined : { run: { shell: "bash" } });
    }
    for (const job of jobs) expect(stepOf(job, "Check out")?.with).toEqual({ "persist-credentials": false });
  });

  test("assumes the role in its account, for no longer than the job may run", () => {
    for (const job of jobs) {
      expect(stepOf(job, "Assume the role")?.with).toEqual({
        "role-to-assume": "arn:aws:iam::111122223333:role/rolecall/acme-api-publish-0123456789ab",
        "aws-region": "eu-west-1",
        "allowed-account-ids": "111122223333",
        "role-session-name": "${{ github.run_id }}-${{ github.run_attempt }}",
        "role-duration-seconds": job["timeout-minutes"] * 60,
      });
    }
  });

  test("uses only the actions of the table, each by its commit and with its version in a comment", () => {
    expect(pins).toHaveLength(7);
    const lines = new Set(pins.map(([, name, version, commit]) => `uses: ${name}@${commit} # ${version}`));
    for (const text of all) {
      for (const line of text.match(/uses: \w.*/g) ?? []) expect(lines).toContain(line);
    }
  });

  test("pins every container image that an action starts by its digest", () => {
    const images = all.flatMap(
      (text) => text.match(/\S+\/(binfmt|buildkit|buildkit-syft-scanner)[:@]\S+/g) ?? [],
    );
    expect(images.length).toBeGreaterThan(60);
    for (const image of images) expect(image).toMatch(/:[\w.-]+@sha256:[0-9a-f]{64}$/);
    for (const job of jobs) {
      for (const { uses = "", with: inputs = {} } of job.steps) {
        if (uses.startsWith("docker/setup-qemu")) expect(inputs["image"]).toMatch(/binfmt:/);
        if (uses.startsWith("docker/setup-buildx"))
          expect(inputs["driver-opts"]).toMatch(/^image=.*buildkit:/);
        if (uses.startsWith("docker/build-push"))
          expect([inputs["sbom"], inputs["provenance"]]).toEqual([false, false]);
      }
    }
  });

  test("has no white space at the end of a line, no two empty lines and none at its end", () => {
    for (const text of all) {
      expect(text).not.toMatch(/[ \t]$/m);
      expect(text).not.toMatch(/\n\n\n/);
      expect(text).toMatch(/[^\n]\n$/);
    }
  });
});

test("the session and the job last as long as the role allows, up to the limit of the kind", () => {
  const times = (kind: Kind, maxSessionSeconds: number) => {
    const job = jobOf(
      parseWorkflow(content({ ...input({ kind, trust: { branches: ["main"] } }), maxSessionSeconds })),
    );
    return [job["timeout-minutes"], stepOf(job, "Assume the role")?.with?.["role-duration-seconds"]];
  };
  expect(times("docker", 3600)).toEqual([60, 3600]);
  expect(times("docker", 5430)).toEqual([90, 5400]);
  expect(times("docker", 43_200)).toEqual([360, 21_600]);
  expect(times("helm", 43_200)).toEqual([15, 900]);
  expect(times("pull", 43_200)).toEqual([30, 1800]);
});

test("a Dockerfile's path starts at the context", () => {
  const file = (context: string, dockerfile: string) => {
    const text = content(input({ context, dockerfile, trust: { branches: ["main"] } }));
    return stepOf(jobOf(parseWorkflow(text)), "Build and push")?.with?.["file"];
  };
  expect(file(".", "Dockerfile")).toBe("Dockerfile");
  expect(file("services/api", "Dockerfile")).toBe("services/api/Dockerfile");
  expect(file("./services/api", "docker/prod.Dockerfile")).toBe("./services/api/docker/prod.Dockerfile");
});

test("in a repository whose latest cannot move, a pull workflow has no default tag and only manual runs", () => {
  for (const trust of [
    { branches: ["main"] },
    { environments: ["eu", "us"] },
    { tags: ["v*"], pullRequests: true },
  ]) {
    const { on, ...workflow } = parseWorkflow(content(input({ kind: "pull", movableTags: [], trust })));
    expect(Object.keys(on)).toEqual(["workflow_dispatch"]);
    expect(on.workflow_dispatch?.inputs["tag"]).toEqual({
      description: "The image's tag",
      type: "string",
      required: true,
    });
    expect(stepOf(jobOf({ on, ...workflow }), "Pull the image")?.env?.["TAG"]).toBe(
      "${{ github.event.inputs.tag }}",
    );
  }
  expect(
    renderWorkflow(input({ kind: "pull", movableTags: [], trust: { pullRequests: true } })),
  ).toBeUndefined();
});

describe("runs-on", () => {
  const runsOn = (runner: NonNullable<Ask["runner"]>, hasHostedRunners = true) =>
    jobOf(parseWorkflow(content({ ...input({ runner, trust: { branches: ["main"] } }), hasHostedRunners })))[
      "runs-on"
    ];

  test.each<[NonNullable<Ask["runner"]>]>([
    ["ubuntu-latest"],
    [["self-hosted", "linux"]],
    [{ group: "org/big machines" }],
    [{ group: "big", labels: ["linux", "x64"] }],
  ])("%j is a label, a list of labels or a group", (runner) => expect(runsOn(runner)).toEqual(runner));

  test.each<[NonNullable<Ask["runner"]>, unknown]>([
    ["ubuntu-latest", "self-hosted"],
    ["ubuntu-24.04-arm", "self-hosted"],
    ["Windows-2025", "self-hosted"],
    ["macos-15", "self-hosted"],
    ["ubuntu", "ubuntu"],
    ["build-box", "build-box"],
    [
      ["ubuntu-latest", "x64"],
      ["self-hosted", "x64"],
    ],
    [["ubuntu-latest", "macos-15"], ["self-hosted"]],
    [
      ["self-hosted", "ubuntu-latest"],
      ["self-hosted", "ubuntu-latest"],
    ],
    [
      ["Self-Hosted", "ubuntu-22.04"],
      ["Self-Hosted", "ubuntu-22.04"],
    ],
    [
      { group: "big", labels: ["x64"] },
      { group: "big", labels: ["x64"] },
    ],
    [
      { group: "big", labels: ["ubuntu-latest"] },
      { group: "big", labels: ["ubuntu-latest"] },
    ],
  ])("on Enterprise Server, %j becomes %j: no hosted runner is there", (runner, own) =>
    expect(runsOn(runner, false)).toEqual(own),
  );

  test("the emulators are left out if a label or the group's name says that the runner has the platform", () => {
    const emulates = (runner: NonNullable<Ask["runner"]>) =>
      content(input({ runner, platforms: ["linux/arm64"], trust: { branches: ["main"] } })).includes(
        "setup-qemu",
      );
    expect(
      [["self-hosted", "ARM64"], { group: "arm64 boxes" }, { group: "x", labels: ["arm"] }].map(emulates),
    ).toEqual([false, false, false]);
    expect([["self-hosted", "linux"], { group: "charm" }].map(emulates)).toEqual([true, true]);
  });
});

test("a workflow in China requests the audience of STS in China", () => {
  const asked = {
    ...input({ trust: { branches: ["main"] } }),
    roleArn: "arn:aws-cn:iam::111122223333:role/rolecall/x",
  };
  expect(stepOf(jobOf(parseWorkflow(content(asked))), "Assume the role")?.with?.["audience"]).toBe(
    "sts.amazonaws.com.cn",
  );
});

test("the path is named after the role", () => {
  expect(renderWorkflow({ ...input({ trust: { branches: ["main"] } }), role: "nightly-2" })?.path).toBe(
    ".github/workflows/nightly-2.yml",
  );
});

test.each<[string, Ask, readonly Kind[]]>([
  ["no repository at all", { access: [], trust: { branches: ["main"] } }, KINDS],
  [
    "no repository that the role may push to",
    { access: ["pull"], trust: { branches: ["main"] } },
    ["docker", "helm"],
  ],
  [
    "no repository that the role may pull from",
    { access: ["push"], trust: { branches: ["main"] } },
    ["pull"],
  ],
  ["a trust that names nothing", { access: ["both"] }, KINDS],
  ["pull requests that push", { access: ["both"], trust: { pullRequests: true } }, ["docker", "helm"]],
])("there is no workflow for %s", (_, ask, kinds) => {
  for (const kind of kinds) {
    expect(renderWorkflow(input({ ...ask, kind }))).toBeUndefined();
    expect(renderReusable(input({ ...ask, kind }))).toBeUndefined();
  }
});

describe("if the trust pins a workflow", () => {
  const render = (jobWorkflowRefs: string[], ask: Ask = {}) => {
    const of = input({ ...ask, trust: { branches: ["main"], ...ask.trust, jobWorkflowRefs } });
    return { committed: renderWorkflow(of), ...renderReusable(of) };
  };

  test("the committed workflow only calls the pinned one", () => {
    const { committed, caller } = render(["acme/workflows/.github/workflows/x.yml@refs/heads/main"]);
    expect(committed).toEqual(caller);
    expect(caller).toEqual({
      path: ".github/workflows/publish.yml",
      content: `\
# Made by Rolecall for acme/api, role publish
# The role lets in only what is registered. If you change triggers or the environment, also change the registration.

name: "publish"

on:
  push:
    branches:
      - "main"
  workflow_dispatch:

permissions:
  id-token: write # to get the token that AWS trusts
  contents: read

jobs:
  publish:
    uses: "acme/workflows/.github/workflows/x.yml@main"
`,
    });
  });

  test.each<[string, Ask]>(
    Object.entries({
      docker: {},
      helm: { kind: "helm" },
      pull: { kind: "pull", trust: { pullRequests: true } },
      environments: { trust: { environments: ["staging", "eu"] } },
    } satisfies Record<string, Ask>),
  )("the reusable workflow does the same as a whole one: %s", (_, ask) => {
    const { reusable } = render(["acme/workflows/.github/workflows/x.yml@refs/tags/v1"], ask);
    expect(reusable?.path).toBe(".github/workflows/x.yml");
    expect(reusable?.content).toContain("\n# Commit this file in acme/workflows, at v1: ");
    const { on, ...rest } = parseWorkflow(reusable?.content ?? "");
    expect(on).toEqual({ workflow_call: null });
    const { on: _triggers, ...whole } = parseWorkflow(
      content(input({ ...ask, trust: { branches: ["main"], ...ask.trust } })),
    );
    expect(rest).toEqual(whole);
  });

  test.each([
    ["acme/workflows/.github/workflows/x.yml@refs/heads/main", "acme/workflows/.github/workflows/x.yml@main"],
    ["acme/w.f/.github/workflows/x.yaml@refs/tags/v1.2+3", "acme/w.f/.github/workflows/x.yaml@v1.2+3"],
    ["acme/w/.github/workflows/x.yml@refs/heads/release/2", "acme/w/.github/workflows/x.yml@release/2"],
    [
      `acme/w/.github/workflows/x.yml@${"0a".repeat(20)}`,
      `acme/w/.github/workflows/x.yml@${"0a".repeat(20)}`,
    ],
    ["acme/api/.github/workflows/x.yml@refs/heads/main", "./.github/workflows/x.yml"],
    ["acme/api/.github/workflows/x.yml@refs/heads/dev", "acme/api/.github/workflows/x.yml@dev"],
    ["acme/api/.github/workflows/x.yml@refs/tags/main", "acme/api/.github/workflows/x.yml@main"],
  ])("%s is called as %s", (pin, uses) => {
    expect(render([pin]).caller?.content).toContain(`    uses: ${JSON.stringify(uses)}\n`);
  });

  test("of several pins, the first without a pattern is called", () => {
    const { caller } = render([
      "acme/w/.github/workflows/a.yml@refs/heads/*",
      "acme/w/.github/workflows/b.yml@refs/tags/v1",
      "acme/w/.github/workflows/c.yml@refs/tags/v1",
    ]);
    expect(caller?.content).toContain('uses: "acme/w/.github/workflows/b.yml@v1"');
  });

  test.each([
    "acme/w/.github/workflows/x.yml@refs/heads/*",
    "acme/w/.github/workflows/x.yml@refs/tags/v1@2",
    "acme/w/.github/workflows/x.yml@refs/heads/it's",
    "acme/w/.github/workflows/x.yml@main",
    "acme/w/.github/workflows/x.yml@refs/pull/1/merge",
    "acme/w/.github/workflows/x.txt@refs/heads/main",
    "acme/w/.github/workflows/a/x.yml@refs/heads/main",
    "acme/w/x.yml@refs/heads/main",
    "acme/*/.github/workflows/x.yml@refs/heads/main",
    "nonsense",
  ])("%s cannot be called, so there is no workflow", (pin) => {
    expect(render([pin])).toEqual({ committed: undefined });
  });

  test("a pin of the committed file itself gives the whole workflow, which does not call itself", () => {
    const pin = "acme/api/.github/workflows/publish.yml@refs/heads/main";
    const { committed, caller } = render([pin]);
    expect(caller).toBeUndefined();
    expect(
      jobOf(parseWorkflow(committed?.content ?? ""))
        .steps.map(({ name }) => name)
        .slice(0, 3),
    ).toEqual([
      "Check that the role trusts this ref",
      "Check that the role trusts this workflow",
      "Check out",
    ]);
  });
});

test("the default mutable tags are the exclusions of a new repository", () => {
  const fixed = (tags: readonly string[], movableTags?: readonly string[]) => {
    const ask = { tags, trust: { branches: ["main"] }, ...(movableTags && { movableTags }) };
    const env = stepOf(jobOf(parseWorkflow(content(input(ask)))), "Choose the image's tags")?.env ?? {};
    return { moved: env["MOVING"], fixed: env["FIXED"] };
  };
  const tags = [
    ...DEFAULT_SETTINGS.exclusions.map((filter) => filter.replaceAll("*", "x")),
    "other",
    "xlatest",
  ];
  expect(fixed(tags)).toEqual(fixed(tags, DEFAULT_SETTINGS.exclusions));
  expect(fixed(tags)).toEqual({ moved: "latest buildcachex", fixed: "other xlatest" });
  expect(fixed(["stable", "v1.x", "v12x"], ["*able", "v1.*"])).toEqual({
    moved: "stable v1.x",
    fixed: "v12x",
  });
  expect(fixed(["stable"], ["*"])).toEqual({ moved: "stable", fixed: undefined });
  // A latest that cannot move is not used.
  expect(fixed(["latest"], [])).toEqual({ moved: undefined, fixed: undefined });
  expect(fixed([])).toEqual({ moved: undefined, fixed: undefined });
});
