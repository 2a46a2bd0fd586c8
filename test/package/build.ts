import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parse } from "yaml";
import type { Template } from "./template.ts";
import { unzip } from "./unzip.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Runs `npm run package` in a directory of its own, without `npm run generate`, which has run before.
 * @param more further arguments, such as `--stage`
 * @throws Error with the output if no package is made
 */
export async function packageService(variables: Record<string, string>, ...more: string[]) {
  const directory = await mkdtemp(join(tmpdir(), "rolecall-package-"));
  const { PATH = "" } = process.env;
  const made = promisify(execFile)(
    process.execPath,
    ["--import", "tsx", "scripts/package.ts", "--package", directory, ...more],
    // Pass nothing else of this environment: packaging needs neither credentials nor a region.
    { cwd: root, env: { PATH, HOME: directory, ...variables } },
  );
  const close = () => rm(directory, { recursive: true, force: true });
  const { stdout, stderr } = await made.catch(async (error) => {
    await close();
    throw new Error(`There is no package: ${error.stdout}${error.stderr}`);
  });
  const template: Template = JSON.parse(
    await readFile(join(directory, "cloudformation-template-update-stack.json"), "utf8"),
  );
  const member: Template = parse(await readFile(join(directory, "member.yml"), "utf8"));
  return {
    template,
    /** The template of member accounts. */
    member,
    output: stdout + stderr,
    /** Unpacks a function's artefact. Returns its directory and the names of its files. */
    async unpack(name: string) {
      const unpacked = join(directory, `unpacked-${name}`);
      return { directory: unpacked, files: await unzip(join(directory, `${name}.zip`), unpacked) };
    },
    close,
  };
}
