import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(import.meta.url);
const VERSION = /^v?24\./;

/**
 * The Node that Lambda runs the functions on: our own if it is that, else one that `npm ci` has put beside the
 * package `lambda-node`. That is a package of its own, and the root declares its dependencies as optional peers of
 * another version, so that npm nests them: at the root their `node` would come before the user's in every script.
 */
export function node24(): string {
  if (VERSION.test(process.version)) return process.execPath;
  const { platform, arch } = process;
  const name = `node-${platform === "darwin" && arch === "arm64" ? "bin-" : ""}${platform}-${arch}`;
  const path = join(require.resolve("lambda-node/package.json"), "../node_modules", name, "bin/node");
  const help = "Run `npm ci` with optional dependencies, or the tests on Node 24.";
  if (!existsSync(path))
    throw new Error(`The package is tested on Node 24, which is not at ${path}. ${help}`);
  const { stdout, error } = spawnSync(path, ["--version"], { encoding: "utf8" });
  if (!VERSION.test(stdout ?? ""))
    throw new Error(`${path} is no Node 24 that runs here: ${error ?? stdout}. ${help}`);
  return path;
}
