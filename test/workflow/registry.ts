/**
 * Runs whole jobs against one ECR repository. The scripts of the steps run under bash, with stand-ins for docker, helm
 * and curl that keep the repository's manifests and tags in a folder. Actions that only set something up are skipped.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderWorkflow, type WorkflowInput } from "../../src/workflow/workflow.ts";
import { interpolate, jobOf, parseWorkflow, runScript, type Step } from "./github.ts";

/** The state of a run: its ref and commit, and the tag that somebody chose by hand. */
export type Trigger = { ref: string; sha: string; tag?: string };

export type Outcome = {
  /** The name of the step that failed; undefined if the job succeeded. */
  failed: string | undefined;
  /** The annotations in GitHub's log, each as `LEVEL TITLE`. */
  says: string[];
  /** Everything that the steps printed. */
  log: string;
};

const STAND_INS = join(import.meta.dirname, "stand-ins");

/** Makes an empty ECR repository. @param movable patterns of the tags that may move */
export function createRegistry(movable: readonly string[] = ["latest", "buildcache*"]) {
  const root = mkdtempSync(join(tmpdir(), "rolecall-registry-"));
  const at = (...names: string[]) => join(root, ...names);
  for (const name of ["registry/tags", "registry/manifests", "workspace", "temp"]) {
    mkdirSync(at(name), { recursive: true });
  }
  const write = (name: string, text: string) => writeFileSync(at("registry", name), text);
  const read = (name: string) => readFileSync(at("registry", name), "utf8");
  let checkouts = 1_700_000_000;
  write("movable", movable.map((pattern) => `${pattern}\n`).join(""));
  write("calls", "");
  write("history", "");
  const env = (more: Record<string, string>) => ({
    ...more,
    PATH: `${STAND_INS}:${process.env["PATH"]}`,
    LANG: "C.UTF-8",
    REGISTRY: at("registry"),
    RUNNER_TEMP: at("temp"),
    GITHUB_OUTPUT: at("temp", "output"),
  });

  /** Does what docker/build-push-action does with its inputs. */
  const build = (inputs: Record<string, string>) =>
    spawnSync(
      "docker",
      [
        ...[
          "buildx",
          "build",
          "--platform",
          inputs["platforms"] ?? "",
          "--annotation",
          inputs["annotations"] ?? "",
        ],
        ...[inputs["provenance"], inputs["sbom"]].flatMap((value) =>
          value === "false" ? [] : ["--attest", value ?? ""],
        ),
        ...(inputs["tags"] ?? "").split("\n").flatMap((tag) => (tag === "" ? [] : ["--tag", tag])),
      ],
      { cwd: at("workspace"), env: env({}), encoding: "utf8" },
    );

  /** Runs a step as the runner does. Returns undefined for a step that only sets something up. */
  function step({ run, uses = "", ...step }: Step, context: Record<string, string>) {
    const texts = (values: Record<string, unknown> = {}) =>
      Object.fromEntries(
        Object.entries(values).map(([key, value]) => [key, interpolate(String(value), context)]),
      );
    if (uses.startsWith("docker/build-push-action@")) return build(texts(step.with));
    if (run === undefined || step.name.startsWith("Check that")) return undefined;
    const github = Object.entries(context).flatMap(([key, value]) =>
      /^github\.[a-z_]+$/.test(key) ? [[key.replace(".", "_").toUpperCase(), value]] : [],
    );
    return runScript(run, env({ ...Object.fromEntries(github), ...texts(step.env) }), at("workspace"));
  }

  /** Runs the job of a workflow from its first step to the first that fails. */
  function job(input: WorkflowInput, { ref, sha, tag = "" }: Trigger): Outcome {
    const content = renderWorkflow(input)?.content;
    if (content === undefined) throw new RangeError("no workflow");
    const context: Record<string, string> = {
      "github.ref": ref,
      "github.ref_name": ref.replace(/^refs\/(heads|tags)\//, ""),
      "github.sha": sha,
      "github.token": "ghs_token",
      "github.repository": "acme/api",
      "github.api_url": "https://api.github.com",
      "github.event.repository.default_branch": "main",
      "github.event.inputs.tag": tag,
    };
    write("calls", "");
    // A checkout gives the files new times.
    checkouts += 1;
    runScript(`find . -exec touch -h -d @${checkouts} {} +`, {}, at("workspace"));
    let log = "";
    let failed: string | undefined;
    for (const each of jobOf(parseWorkflow(content)).steps) {
      if (each.if !== undefined && interpolate(`\${{${each.if}}}`, context) !== "true") continue;
      writeFileSync(at("temp", "output"), "");
      const result = step(each, context);
      if (result === undefined) continue;
      log += result.stdout + result.stderr;
      const output = readFileSync(at("temp", "output"), "utf8");
      for (const [, name = "", value = ""] of output.matchAll(/^(\w+)<<END\n([\s\S]*?)\nEND$/gm)) {
        context[`steps.${each.id}.outputs.${name}`] = value;
      }
      if (result.status !== 0) {
        failed = each.name;
        break;
      }
    }
    const says = [...log.matchAll(/^::(\w+) title=([^:]+)::/gm)].map(
      ([, level, title]) => `${level} ${title}`,
    );
    return { failed, says, log };
  }

  return {
    job,
    /** Writes a file of the checked-out repository. */
    commit: (path: string, text: string) => {
      mkdirSync(join(at("workspace", path), ".."), { recursive: true });
      writeFileSync(at("workspace", path), text);
    },
    /** Writes a file that the stand-ins read: `denied`, `broken`, `down`, `history`. */
    write,
    forget: (name: string) => rmSync(at("registry", name), { force: true }),
    /** Returns the calls of the last job that match a pattern. */
    calls: (pattern = /(?:)/) =>
      read("calls")
        .split("\n")
        .filter((call) => call !== "" && pattern.test(call)),
    /** Returns the tags with short names for the images: `1` for the first image that somebody built, and so on. */
    tags: (): Record<string, string> =>
      Object.fromEntries(
        readdirSync(at("registry", "tags")).map((tag) => {
          const manifest = read(`manifests/${read(`tags/${tag}`).trim()}`);
          const image = /"digest": "sha256:0*([1-9]\d*)"/.exec(manifest)?.[1];
          return [tag, manifest.includes("helm.config") ? "chart" : (image ?? "unknown")];
        }),
      ),
    /** Returns the manifest that a tag names. */
    manifest: (tag: string) => read(`manifests/${read(`tags/${tag}`).trim()}`),
    /** Pushes a chart or an image from elsewhere. */
    push: (tag: string, manifest: string) => {
      write("manifests/foreign", manifest);
      write(`tags/${tag}`, "foreign");
    },
    remove: () => rmSync(root, { recursive: true }),
  };
}
