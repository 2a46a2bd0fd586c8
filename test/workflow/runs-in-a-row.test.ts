/**
 * Runs of each kind of workflow, one after the other, against one ECR repository. Each row says what the job says and
 * which image each tag names afterwards. Images are numbered in the order in which they were built.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Ask, HOST, input } from "./inputs.ts";
import { createRegistry, type Outcome } from "./registry.ts";

/** Commits of the branch main, the oldest first, and one of another branch. */
const [C1, C2, C3, SIDE] = ["1", "2", "3", "e"].map((digit) => digit.repeat(40)) as [
  string,
  string,
  string,
  string,
];
const MAIN = "refs/heads/main";
const CHART = `{"schemaVersion":2,"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json"}}`;
const IMAGE = `{\n  "schemaVersion": 2,\n  "config": {\n    "digest": "sha256:${"0".repeat(63)}9"\n  }\n}`;

let ecr: ReturnType<typeof createRegistry>;
afterEach(() => ecr.remove());

type Row = {
  run: [ref: string, sha: string];
  /** Something that happens before the run. */
  before?: () => void;
  says?: string[];
  fails?: string;
  /** The image that each tag names after the run. `C1` and so on stand for the commits' ids. */
  tags: Record<string, string>;
};

const NAMES: Record<string, string> = { [C1]: "C1", [C2]: "C2", [C3]: "C3", [SIDE]: "SIDE" };
const named = (tags: Record<string, string>) =>
  Object.fromEntries(Object.entries(tags).map(([tag, image]) => [NAMES[tag] ?? tag, image]));

function check(rows: readonly Row[], ask: Ask): void {
  rows.forEach(({ run: [ref, sha], before, says = [], fails, tags }, index) => {
    before?.();
    const outcome = ecr.job(input({ trust: { branches: ["main"] }, ...ask }), { ref, sha });
    const { failed, log } = outcome;
    expect({ failed, says: outcome.says, tags: named(ecr.tags()) }, `run ${index + 1}:\n${log}`).toEqual({
      failed: fails,
      says,
      tags,
    });
  });
}

const CHOOSE = "Choose the image's tags";
const BUILD = "Build and push";
const EXISTS = "notice Nothing to build";
const STAYS = "warning Tag not moved";
const REFUSED = "error Tag not moved";

/** The same runs with an image for one platform, whose manifest is not in an index, and for two platforms. */
describe.each<[string, Ask]>([
  ["docker, one platform", {}],
  ["docker, two platforms", { platforms: ["linux/amd64", "linux/arm64"] }],
])("%s", (_, platforms) => {
  const movable = ["latest", "buildcache*", "stable"];
  beforeEach(() => {
    ecr = createRegistry(movable);
    ecr.write("history", `${C1}\n${C2}\n${C3}\n`);
    ecr.write("denied", "ecr:GetDownloadUrlForLayer\n");
  });

  test.each<[string, Row[], Ask?]>([
    [
      "the first push, the same again, and the next commit",
      [
        { run: [MAIN, C1], tags: { C1: "1", latest: "1" } },
        { run: [MAIN, C1], says: [EXISTS], tags: { C1: "1", latest: "1" } },
        { run: [MAIN, C2], tags: { C1: "1", C2: "2", latest: "2" } },
      ],
    ],
    [
      "a tag on a built commit names its image",
      [
        { run: [MAIN, C1], tags: { C1: "1", latest: "1" } },
        { run: [MAIN, C2], tags: { C1: "1", C2: "2", latest: "2" } },
        { run: ["refs/tags/v1", C1], says: [EXISTS], tags: { C1: "1", C2: "2", latest: "2", v1: "1" } },
        { run: ["refs/tags/v1", C1], says: [EXISTS], tags: { C1: "1", C2: "2", latest: "2", v1: "1" } },
      ],
    ],
    [
      "a tag on a commit that nobody built builds it, and main then builds nothing",
      [
        { run: ["refs/tags/v1", C1], tags: { C1: "1", v1: "1" } },
        { run: [MAIN, C1], says: [EXISTS], tags: { C1: "1", v1: "1", latest: "1" } },
      ],
    ],
    [
      "a moved git tag is an error, with an image and without",
      [
        { run: ["refs/tags/v1", C1], tags: { C1: "1", v1: "1" } },
        { run: ["refs/tags/v1", C2], fails: CHOOSE, says: [REFUSED], tags: { C1: "1", v1: "1" } },
        { run: [MAIN, C2], tags: { C1: "1", v1: "1", C2: "2", latest: "2" } },
        {
          run: ["refs/tags/v1", C2],
          fails: CHOOSE,
          says: [REFUSED],
          tags: { C1: "1", v1: "1", C2: "2", latest: "2" },
        },
      ],
    ],
    [
      "two git tags that fold into one name are an error, unless they name one commit",
      [
        { run: ["refs/tags/api/v1", C1], tags: { C1: "1", "api-v1": "1" } },
        { run: ["refs/tags/api-v1", C1], says: [EXISTS], tags: { C1: "1", "api-v1": "1" } },
        { run: ["refs/tags/api+v1", C2], fails: CHOOSE, says: [REFUSED], tags: { C1: "1", "api-v1": "1" } },
      ],
    ],
    [
      "a commit whose id names another commit's image is not green, although the image exists",
      [
        { run: [MAIN, C1], tags: { C1: "1", latest: "1" } },
        { run: [`refs/tags/${C2}`, C1], says: [EXISTS], tags: { C1: "1", latest: "1", C2: "1" } },
        {
          run: [MAIN, C2],
          fails: CHOOSE,
          says: ["error Another commit's image"],
          tags: { C1: "1", latest: "1", C2: "1" },
        },
      ],
    ],
    [
      "latest never goes back to an older commit, but to a branch of its own",
      [
        { run: [MAIN, C2], tags: { C2: "1", latest: "1" } },
        { run: [MAIN, C1], says: [STAYS], tags: { C2: "1", latest: "1", C1: "2" } },
        { run: [MAIN, C1], says: [STAYS, EXISTS], tags: { C2: "1", latest: "1", C1: "2" } },
        { run: [MAIN, C3], tags: { C2: "1", C1: "2", C3: "3", latest: "3" } },
        { run: [MAIN, C2], says: [STAYS, EXISTS], tags: { C2: "1", C1: "2", C3: "3", latest: "3" } },
        { run: [MAIN, SIDE], tags: { C2: "1", C1: "2", C3: "3", SIDE: "4", latest: "4" } },
      ],
    ],
    [
      "a moving tag of the settings moves forward, and a fixed one stays at its first image with a warning",
      [
        { run: [MAIN, C1], tags: { C1: "1", latest: "1", stable: "1", first: "1" } },
        { run: [MAIN, C1], says: [EXISTS], tags: { C1: "1", latest: "1", stable: "1", first: "1" } },
        { run: [MAIN, C2], says: [STAYS], tags: { C1: "1", C2: "2", latest: "2", stable: "2", first: "1" } },
        {
          run: [MAIN, C1],
          says: [STAYS, STAYS, EXISTS],
          tags: { C1: "1", C2: "2", latest: "2", stable: "2", first: "1" },
        },
      ],
      { tags: ["stable", "first"], movableTags: movable },
    ],
    [
      "a git tag with the name of a moving tag is chosen once",
      [
        { run: [MAIN, C1], tags: { C1: "1", latest: "1", stable: "1" } },
        { run: ["refs/tags/stable", C2], tags: { C1: "1", latest: "1", C2: "2", stable: "2" } },
      ],
      { tags: ["stable"], movableTags: movable },
    ],
    [
      "a build that fails leaves nothing, and the next run builds",
      [
        {
          before: () => ecr.write("Dockerfile.broken", ""),
          run: [MAIN, C1],
          fails: BUILD,
          tags: {},
        },
        { before: () => ecr.forget("Dockerfile.broken"), run: [MAIN, C1], tags: { C1: "1", latest: "1" } },
      ],
    ],
    [
      "a push that fails between two tags is completed by the next run, without another build",
      [
        { before: () => ecr.write("broken", "2"), run: [MAIN, C1], fails: BUILD, tags: { C1: "1" } },
        {
          before: () => ecr.write("broken", "1"),
          run: [MAIN, C1],
          fails: CHOOSE,
          tags: { C1: "1" },
        },
        { run: [MAIN, C1], says: [EXISTS], tags: { C1: "1", latest: "1" } },
      ],
    ],
    [
      "an image is not pushed onto a chart",
      [
        {
          before: () => ecr.push("v1", CHART),
          run: ["refs/tags/v1", C1],
          fails: CHOOSE,
          says: ["error Not an image"],
          tags: { v1: "chart" },
        },
        {
          before: () => ecr.push("latest", CHART),
          run: [MAIN, C1],
          fails: CHOOSE,
          says: ["error Not an image"],
          tags: { v1: "chart", latest: "chart" },
        },
        {
          before: () => ecr.push(C1, CHART),
          run: [MAIN, C1],
          fails: CHOOSE,
          says: ["error Not an image"],
          tags: { v1: "chart", latest: "chart", C1: "chart" },
        },
      ],
    ],
    [
      "an image of unknown commit gives latest away",
      [
        {
          before: () => ecr.push("latest", IMAGE),
          run: [MAIN, C1],
          tags: { C1: "1", latest: "1" },
        },
      ],
    ],
    [
      "a registry that does not answer is no registry without images",
      [
        { run: [MAIN, C1], tags: { C1: "1", latest: "1" } },
        {
          before: () => ecr.write("down", ""),
          run: [MAIN, C2],
          fails: CHOOSE,
          tags: { C1: "1", latest: "1" },
        },
      ],
    ],
    [
      "if GitHub does not answer, latest does not move",
      [
        { run: [MAIN, C1], tags: { C1: "1", latest: "1" } },
        {
          before: () => ecr.write("github-down", ""),
          run: [MAIN, C2],
          fails: CHOOSE,
          says: ["error GitHub did not answer"],
          tags: { C1: "1", latest: "1" },
        },
      ],
    ],
  ])("%s", (_name, rows, ask = {}) => check(rows, { ...platforms, ...ask }));

  test("a new name of an image has the image's digest", () => {
    check([{ run: [MAIN, C1], tags: { C1: "1", latest: "1" } }], platforms);
    check(
      [{ run: ["refs/tags/v1", C1], says: [EXISTS], tags: { C1: "1", latest: "1", v1: "1" } }],
      platforms,
    );
    expect(ecr.manifest("v1")).toBe(ecr.manifest(C1));
  });
});

test("an image with attestations names its commit in its index", () => {
  ecr = createRegistry();
  check([{ run: [MAIN, C1], tags: { C1: "1", latest: "1" } }], { sbom: true });
  expect(ecr.manifest("latest")).toMatch(
    new RegExp(`image\\.index[\\s\\S]*"org.opencontainers.image.revision": "${C1}"`),
  );
});

describe("docker, in a repository whose tags never move", () => {
  beforeEach(() => {
    ecr = createRegistry([]);
  });

  test("latest is never used, not even if it is a git tag or a tag of the settings", () => {
    check(
      [
        { run: [MAIN, C1], tags: { C1: "1" } },
        { run: [MAIN, C1], says: [EXISTS], tags: { C1: "1" } },
        { run: [MAIN, C2], tags: { C1: "1", C2: "2" } },
        { run: ["refs/tags/latest", C3], tags: { C1: "1", C2: "2", C3: "3" } },
      ],
      { movableTags: [], tags: ["latest"] },
    );
  });
});

describe("helm", () => {
  beforeEach(() => {
    ecr = createRegistry();
    chart("1.0.0", "replicas: 1\n");
  });
  const chart = (version: string, values: string): void => {
    ecr.commit("charts/api/Chart.yaml", `apiVersion: v2\nname: api\nversion: ${version}\n`);
    ecr.commit("charts/api/values.yaml", values);
  };
  const PUSH = "Package and push the chart";
  const SAME = "notice Nothing to push";
  const OTHER = "warning Not pushed";

  test.each<[string, Row[]]>([
    [
      "the first push, the same again, a tag on the commit, and a commit that changes something else",
      [
        { run: [MAIN, C1], tags: { "1.0.0": "chart" } },
        { run: [MAIN, C1], says: [SAME], tags: { "1.0.0": "chart" } },
        { run: ["refs/tags/v1", C1], says: [SAME], tags: { "1.0.0": "chart" } },
        {
          before: () => ecr.commit("README.md", "changed"),
          run: [MAIN, C2],
          says: [SAME],
          tags: { "1.0.0": "chart" },
        },
      ],
    ],
    [
      "a changed chart with the same version is a warning, and with a new version it is pushed",
      [
        { run: [MAIN, C1], tags: { "1.0.0": "chart" } },
        {
          before: () => chart("1.0.0", "replicas: 2\n"),
          run: [MAIN, C2],
          says: [OTHER],
          tags: { "1.0.0": "chart" },
        },
        { run: ["refs/tags/v1", C2], says: [OTHER], tags: { "1.0.0": "chart" } },
        {
          before: () => chart("1.0.1+b.5", "replicas: 2\n"),
          run: [MAIN, C3],
          tags: { "1.0.0": "chart", "1.0.1_b.5": "chart" },
        },
        { run: [MAIN, C3], says: [SAME], tags: { "1.0.0": "chart", "1.0.1_b.5": "chart" } },
      ],
    ],
    [
      "a push that fails is repeated by the next run",
      [
        { before: () => ecr.write("broken", "1"), run: [MAIN, C1], fails: PUSH, tags: {} },
        { run: [MAIN, C1], tags: { "1.0.0": "chart" } },
      ],
    ],
    [
      "a chart is not pushed onto an image",
      [
        {
          before: () => ecr.push("1.0.0", IMAGE),
          run: [MAIN, C1],
          fails: PUSH,
          says: ["error Not a chart"],
          tags: { "1.0.0": "9" },
        },
      ],
    ],
    [
      "a registry that does not answer is no registry without charts",
      [{ before: () => ecr.write("down", ""), run: [MAIN, C1], fails: PUSH, tags: {} }],
    ],
  ])("%s", (_name, rows) => check(rows, { kind: "helm" }));
});

describe("pull", () => {
  beforeEach(() => {
    ecr = createRegistry();
  });
  const pull = (tag?: string): Outcome =>
    ecr.job(input({ kind: "pull", trust: { branches: ["main"] } }), {
      ref: MAIN,
      sha: C1,
      ...(tag !== undefined && { tag }),
    });

  test("a run pulls latest or the chosen tag, and again after the tag moved", () => {
    check([{ run: [MAIN, C1], tags: { C1: "1", latest: "1" } }], {});
    expect(pull()).toMatchObject({ failed: undefined, log: expect.stringMatching(/^image=.*@sha256:/m) });
    check([{ run: [MAIN, C2], tags: { C1: "1", C2: "2", latest: "2" } }], {});
    const [latest, chosen] = [pull(), pull(C1)].map(({ log }) => /^image=(.*)$/m.exec(log)?.[1]);
    expect(latest).toMatch(new RegExp(`^${HOST}/acme/api@sha256:[0-9a-f]{64}$`));
    expect(chosen).not.toBe(latest);
    expect(pull().log).toContain(`image=${latest}`);
  });

  test("a tag that does not exist, or names a chart, fails the run", () => {
    expect(pull("v1").failed).toBe("Pull the image");
    ecr.push("v1", CHART);
    expect(pull("v1")).toMatchObject({
      failed: "Pull the image",
      log: expect.stringContaining("unsupported media type"),
    });
  });
});
