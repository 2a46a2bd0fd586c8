/**
 * Bundles programs of this repository for processes of their own. A process that starts from its bundle needs a fifth of
 * the time that tsx and the SDK's many files take.
 */
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, parse } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Returns the directory of the bundles. All processes of a test run share the one that vitest.config.ts makes. */
export function bundlesDirectory(): string {
  process.env["ROLECALL_BUNDLES"] ??= mkdtempSync(join(tmpdir(), "rolecall-bundles-"));
  return process.env["ROLECALL_BUNDLES"];
}

/** The bundles that this process has made, by their programs. */
const bundles = new Map<string, Promise<string>>();

/**
 * Returns the path of a program's bundle, which node runs.
 * @param program the path in this repository, such as `scripts/release.ts`
 */
export function bundled(program: string): Promise<string> {
  const made = bundles.get(program) ?? bundle(program);
  bundles.set(program, made);
  return made;
}

async function bundle(program: string): Promise<string> {
  const { dir, name } = parse(program);
  const outdir = join(bundlesDirectory(), String(process.pid), dir, name);
  mkdirSync(outdir, { recursive: true });
  // For packages that cannot be bundled.
  symlinkSync(join(root, "node_modules"), join(outdir, "node_modules"));
  await build({
    absWorkingDir: root,
    entryPoints: [program],
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    // As in the program itself, code that is imported later is loaded later.
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    mainFields: ["module", "main"],
    external: ["dynalite", "esbuild", "osls", "tsx", "vite", "vitepress"],
    // Packages in CommonJS call `require`, which an ES module does not have.
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
    plugins: [ownPlace],
    logLevel: "error",
  });
  return join(outdir, `${name}.mjs`);
}

/** Lets each module find the files beside it where it was written. */
const ownPlace: Plugin = {
  name: "own-place",
  setup({ onLoad }) {
    onLoad({ filter: /\.tsx?$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8")
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(path))),
      loader: path.endsWith("x") ? "tsx" : "ts",
    }));
  },
};
