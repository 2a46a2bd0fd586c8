/** Texts from outside that reach the scripts of the steps: git tags, charts' names and versions, chosen tags. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HOST, input } from "./inputs.ts";
import { createRegistry } from "./registry.ts";

const SHA = "0123456789012345678901234567890123456789";
const main = { ref: "refs/heads/main", sha: SHA };

let ecr: ReturnType<typeof createRegistry>;
beforeEach(() => {
  ecr = createRegistry();
});
afterEach(() => ecr.remove());

describe("docker", () => {
  const chosen = (ref: string) => {
    expect(ecr.job(input({ trust: { branches: ["*"] } }), { ref, sha: SHA })).toMatchObject({
      failed: undefined,
      says: [],
    });
    return Object.keys(ecr.tags()).filter((tag) => tag !== SHA);
  };

  test("only the default branch gets latest, not a git tag with the branch's name", () => {
    expect(chosen("refs/heads/develop")).toEqual([]);
    ecr.forget(`tags/${SHA}`);
    expect(chosen("refs/tags/main")).toEqual(["main"]);
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
    expect(chosen(`refs/tags/${tag}`)).toEqual([safe]);
    expect(safe).toMatch(/^\w[\w.-]{0,127}$/);
    expect(ecr.calls(/canary\)/)).toEqual([]);
  });
});

describe("helm", () => {
  const publish = (chart: string, of = input({ kind: "helm", trust: { branches: ["main"] } })) => {
    ecr.commit("charts/api/Chart.yaml", chart);
    return ecr.job(of, main);
  };
  const pushes = () => ecr.calls(/^helm push/).map((call) => call.replace(/\S+\/temp\//, ""));
  const CHART =
    "apiVersion: v2\ndependencies:\n- name: redis\n  version: 17.0.0\ndescription: |\n  name: x\nname: api\nversion: 1.2.3\n";

  test("the chart goes to the repository with the chart's name", () => {
    expect(publish(CHART)).toMatchObject({ failed: undefined, says: [] });
    expect(pushes()).toEqual([`helm push api-1.2.3.tgz oci://${HOST}/acme`]);
    expect(ecr.calls(/^docker/)).toEqual([`docker buildx imagetools inspect --raw ${HOST}/acme/api:1.2.3`]);
  });

  test("quoted values are read, and a version with a build has the tag that Helm gives it", () => {
    expect(publish('name: "api"\nversion: "1.2.3+build"\n').failed).toBeUndefined();
    expect(Object.keys(ecr.tags())).toEqual(["1.2.3_build"]);
    expect(pushes()).toEqual([`helm push api-1.2.3+build.tgz oci://${HOST}/acme`]);
  });

  test("a chart for a repository without a prefix is pushed to the registry itself", () => {
    const asked = input({ kind: "helm", trust: { branches: ["main"] } });
    publish(CHART, { ...asked, ecr: [{ repository: "api", access: "push", uri: `${HOST}/api` }] });
    expect(pushes()).toEqual([`helm push api-1.2.3.tgz oci://${HOST}`]);
  });

  test("a chart with another name is refused before ECR is called", () => {
    const { failed, log } = publish("name: $(touch canary)\nversion: 1.2.3\n");
    expect(failed).toBe("Package and push the chart");
    expect(log).toMatch(/^::error title=Wrong name::.*\$\(touch canary\).*Name it api\.\n$/);
    expect(ecr.calls()).toEqual(["helm show chart charts/api"]);
  });

  test("a chart that cannot be read fails the run", () => {
    expect(ecr.job(input({ kind: "helm", trust: { branches: ["main"] } }), main)).toMatchObject({
      failed: "Package and push the chart",
      log: "Error: Chart.yaml file is missing\n",
    });
    expect(ecr.calls(/push|docker/)).toEqual([]);
  });
});

describe("pull", () => {
  const pull = (tag: string) =>
    ecr.job(input({ kind: "pull", movableTags: [], trust: { branches: ["main"] } }), { ...main, tag });

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
    const { failed, log } = pull(tag);
    expect([failed, ecr.calls()]).toEqual(["Pull the image", []]);
    expect(log).toMatch(/^::error title=Not a tag::An image tag has only letters, [^\n]+\n$/);
  });

  test.each(["latest", "_", "0", "x".repeat(128), "a-b.c_d"])("%s is a tag", (tag) => {
    pull(tag);
    expect(ecr.calls()).toEqual([`docker pull ${HOST}/acme/api:${tag}`]);
  });
});
