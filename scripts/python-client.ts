/**
 * `npx tsx scripts/python-client.ts FOLDER`: part of a release (CONTRIBUTING.md). Makes a Python client of the contract,
 * and compiles it. The generator is the one whose jar npm carries. It reads only OpenAPI 3.0, so this script first brings
 * the contract down to 3.0. It needs Java, Python and a way to npm's registry, so no test runs it.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { asOpenApi30 } from "./openapi-30.ts";

const GENERATOR = "@openapitools/openapi-generator-cli@1.0.18-5.0.0-beta2";
const run = promisify(execFile);

const [, , folder] = process.argv;
if (folder === undefined) throw new Error("Usage: npx tsx scripts/python-client.ts FOLDER");
const contract: object & { info?: unknown } = parse(
  await readFile(new URL("../openapi.yaml", import.meta.url), "utf8"),
);
const { summary: _, license: __, ...info } = Object(contract.info);
const lowered = { ...Object(asOpenApi30({ ...contract, info })), openapi: "3.0.3" };

const work = await mkdtemp(join(tmpdir(), "rolecall-python-"));
try {
  await writeFile(join(work, "openapi.json"), JSON.stringify(lowered));
  await writeFile(join(work, "package.json"), '{"private":true}');
  await run("npm", ["install", "--no-save", "--ignore-scripts", GENERATOR], { cwd: work });
  const jar = join(work, "node_modules/@openapitools/openapi-generator-cli/bin/openapi-generator.jar");
  const input = ["-i", join(work, "openapi.json"), "-g", "python", "-o", folder];
  const named = ["--package-name", "rolecall", "--additional-properties", `packageVersion=${info.version}`];
  // Its stubs of tests pass `lambda` as an argument, which Python reserves.
  const withoutTests = ["--global-property", "apiTests=false,modelTests=false"];
  await run("java", ["-jar", jar, "generate", ...input, ...named, ...withoutTests], { maxBuffer: 1e8 });
  await run("python3", ["-m", "compileall", "-q", folder], { maxBuffer: 1e7 });
  console.log(`The Python client is in ${folder}.`);
} finally {
  await rm(work, { recursive: true });
}
