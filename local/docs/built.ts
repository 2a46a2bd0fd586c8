/** Has the documentation built, in a process of its own: VitePress and its compiler are too much for a server. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The path that the site is made for. */
export const BASE = "/docs/";
/** The folder of the site. */
export const SITE = fileURLToPath(new URL("../../dist/docs/", import.meta.url));

const SCRIPT = fileURLToPath(new URL("../../scripts/docs.ts", import.meta.url));

/** Builds the site, if it is not built from these sources. @throws Error with the output if that fails */
export async function builtSite(): Promise<void> {
  await promisify(execFile)(process.execPath, ["--import", import.meta.resolve("tsx"), SCRIPT], {
    env: { ...process.env, NODE_ENV: "production" },
  });
}
