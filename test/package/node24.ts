import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(import.meta.url);
const VERSION = /^v?24\./;

/**
 * Returns the path of a Node 24, which Lambda runs the functions on. It is the current Node if that is version 24, or
 * else the one that `npm ci` installs beside the package `lambda-node`. That is a package of its own, and the root
 * lists its dependencies as optional peers of another version. So npm installs them inside of it; at the root, their
 * `node` would replace the user's in every script.
 */
export function node24(): string {
  if (VERSION.test(process.version)) return process.execPath;
  const { platform, arch } = process;
  const name = `node-${platform === "darwin" && arch === "arm64" ? "bin-" : ""}${platform}-${arch}`;
  const path = join(require.resolve("lambda-node/package.json"), "../node_modules", name, "bin/node");
  const help = "Run `npm ci` with optional dependencies, or the tests on Node 24.";
  if (!existsSync(path))
    throw new Error(`The service and its package are tested on Node 24, which is not at ${path}. ${help}`);
  const { stdout, error } = spawnSync(path, ["--version"], { encoding: "utf8" });
  if (!VERSION.test(stdout ?? ""))
    throw new Error(`${path} is not a Node 24 that runs here: ${error ?? stdout}. ${help}`);
  return path;
}
