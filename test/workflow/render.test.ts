/** What the workflows are, parsed by a YAML parser that is not ours. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { renderWorkflow, type WorkflowInput } from "../../src/workflow/workflow.ts";
import cases from "./cases.json" with { type: "json" };
import { type Job, parseWorkflow, type Step } from "./github.ts";
import { type Ask, input, TRUSTS } from "./inputs.ts";

type Case = {
  name: string;
  ask: Ask;
  on: unknown;
  if?: string;
  environment?: string;
  group?: string;
  runner?: string;
  guard?: string;
  uses: string[];
  image?: string;
  build?: unknown;
  chart?: unknown;
};

function content(of: WorkflowInput): string {
  const workflow = renderWorkflow(of);
  if (workflow === undefined) throw new Error("no workflow");
  return workflow.content;
}

const stepOf = (job: Job, name: string): Step | undefined => job.steps.find((step) => step.name === name);

test.each(cases as Case[])("$name", (asked) => {
  const workflow = parseWorkflow(content(input(asked.ask)));
  const job = workflow.jobs.publish;
  expect(workflow.on).toEqual(asked.on);
  expect(workflow.concurrency.group).toBe(`\${{ github.workflow }}-\${{ github.ref }}${asked.group ?? ""}`);
  expect(job.if).toBe(asked.if);
  expect(job.environment).toBe(asked.environment);
  expect(job["runs-on"]).toBe(asked.runner ?? "ubuntu-latest");
  expect(job.steps[0]?.name).toBe(asked.guard ?? "Check out");
  expect(job.steps.flatMap(({ uses }) => uses?.split("@")[0] ?? [])).toEqual(asked.uses);
  expect(stepOf(job, "Choose the image's tags")?.env?.["IMAGE"]).toBe(asked.image);
  expect(stepOf(job, "Build and push")?.with).toEqual(asked.build);
  expect(stepOf(job, "Package and push the chart")?.env).toEqual(asked.chart);
});

describe("of every workflow", () => {
  const all = (["docker", "helm"] as const).flatMap((kind) =>
    Object.values(TRUSTS).flatMap((trust) =>
      [["push"], ["both"], ["pull", "push"]].flatMap((access) =>
        ["ubuntu-latest", "ubuntu-24.04-arm", "self-hosted"].map((runner) =>
          content(input({ kind, trust, access, runner, platforms: ["linux/amd64", "linux/arm64"] } as Ask)),
        ),
      ),
    ),
  );
  const pins = [
    ...readFileSync("src/workflow/actions.ts", "utf8").matchAll(
      /"([\w-]+\/[\w-]+)": \["(v[\d.]+)", "([0-9a-f]{40})"\]/g,
    ),
  ];

  test("it says where it comes from and asks for no more than it needs", () => {
    expect(all.length).toBeGreaterThan(60);
    for (const text of all) {
      expect(text).toMatch(/^# made by Rolecall for acme\/api, role publish\n/);
      const { name, permissions, concurrency, defaults, jobs } = parseWorkflow(text);
      expect(name).toBe("publish");
      expect(permissions).toEqual({ "id-token": "write", contents: "read" });
      expect(concurrency["cancel-in-progress"]).toBe(false);
      expect(defaults).toEqual({ run: { shell: "bash" } });
      expect(Object.keys(jobs)).toEqual(["publish"]);
      expect(stepOf(jobs.publish, "Check out")?.with).toEqual({ "persist-credentials": false });
    }
  });

  test("it assumes the role, in its account, for no longer than the job may take", () => {
    for (const text of all) {
      const { publish } = parseWorkflow(text).jobs;
      expect(stepOf(publish, "Assume the role")?.with).toEqual({
        "role-to-assume": "arn:aws:iam::111122223333:role/rolecall/acme-api-publish-0123456789ab",
        "aws-region": "eu-west-1",
        "allowed-account-ids": "111122223333",
        "role-session-name": "${{ github.run_id }}-${{ github.run_attempt }}",
        "role-duration-seconds": publish["timeout-minutes"] * 60,
      });
    }
  });

  test("its actions are those of the table, by commit, the version beside it", () => {
    expect(pins).toHaveLength(7);
    const lines = new Set(pins.map(([, name, version, commit]) => `uses: ${name}@${commit} # ${version}`));
    for (const text of all) {
      for (const line of text.match(/uses: .*/g) ?? []) expect(lines).toContain(line);
    }
  });

  test("it reads well: no white space at a line's end, no empty line twice, one at the end of no file", () => {
    for (const text of all) {
      expect(text).not.toMatch(/[ \t]$/m);
      expect(text).not.toMatch(/\n\n\n/);
      expect(text).toMatch(/[^\n]\n$/);
    }
  });
});

test("the session and the job take what the role allows, within what the kind needs and GitHub grants", () => {
  const times = (kind: "docker" | "helm", maxSessionSeconds: number) => {
    const { publish } = parseWorkflow(
      content({ ...input({ kind, trust: { branches: ["main"] } }), maxSessionSeconds }),
    ).jobs;
    return [publish["timeout-minutes"], stepOf(publish, "Assume the role")?.with?.["role-duration-seconds"]];
  };
  expect(times("docker", 3600)).toEqual([60, 3600]);
  expect(times("docker", 5430)).toEqual([90, 5400]);
  expect(times("docker", 43_200)).toEqual([360, 21_600]);
  expect(times("helm", 43_200)).toEqual([15, 900]);
});

test("a Dockerfile's path is taken from the context", () => {
  const asked = input({ trust: { branches: ["main"] } });
  const file = (context: string, dockerfile: string) => {
    const settings = { ...asked.settings, context, dockerfile };
    return stepOf(parseWorkflow(content({ ...asked, settings })).jobs.publish, "Build and push")?.with?.[
      "file"
    ];
  };
  expect(file(".", "Dockerfile")).toBe("Dockerfile");
  expect(file("services/api", "Dockerfile")).toBe("services/api/Dockerfile");
  expect(file("./services/api", "docker/prod.Dockerfile")).toBe("./services/api/docker/prod.Dockerfile");
});

test("China's STS is asked with its own audience", () => {
  const asked = {
    ...input({ trust: { branches: ["main"] } }),
    roleArn: "arn:aws-cn:iam::111122223333:role/rolecall/x",
  };
  expect(stepOf(parseWorkflow(content(asked)).jobs.publish, "Assume the role")?.with?.["audience"]).toBe(
    "sts.amazonaws.com.cn",
  );
});

test("the path is named after the role", () => {
  expect(renderWorkflow({ ...input({ trust: { branches: ["main"] } }), role: "nightly-2" })?.path).toBe(
    ".github/workflows/nightly-2.yml",
  );
});

test.each<[string, Ask]>([
  ["no repository at all", { access: [], trust: { branches: ["main"] } }],
  ["none that may be pushed to", { access: ["pull"], trust: { branches: ["main"] } }],
  ["a trust that names nothing", { access: ["push"] }],
])("there is no workflow for %s", (_, ask) => {
  expect(renderWorkflow(input(ask))).toBeUndefined();
  expect(renderWorkflow(input({ ...ask, kind: "helm" }))).toBeUndefined();
});
