import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile, type Plugin } from "esbuild";
import { profilesFile } from "../local/profiles.ts";
import { selfJson } from "../local/self.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Bundles handlers with everything they use, for the package and for the bench. The AWS SDK is included because the
 * one in Lambda's runtime is older and loads more slowly. With `module` before `main`, esbuild can leave out unused
 * code, which halves the import time. The profiles and the ceiling come from the files that `ROLECALL_PROFILES` and
 * `ROLECALL_SELF` name, by default `profiles.json` and `self.json`.
 */
export async function bundle(entryPoints: string[], outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    legalComments: "none",
    sourcemap: "external",
    logLevel: "warning",
    metafile: true,
    plugins: [operatorsFiles],
  });
  return metafile;
}

/**
 * Bundles `deploy/resources.ts` into `resources.cjs`. osls calls it while it resolves `serverless.yml`, and knows neither
 * TypeScript nor where the operator's files are.
 */
export async function bundleResources(outdir: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: ["deploy/resources.ts"],
    outdir,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    logLevel: "warning",
    plugins: [operatorsFiles],
  });
}

/** Puts the operator's files in place of the imports of `profiles.json` and `self.json`. */
const operatorsFiles: Plugin = {
  name: "operators-files",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\.\/profiles\.json$/ }, () => ({ path: resolve(profilesFile()) }));
    onResolve({ filter: /^\.\.\/self\.json$/ }, () => ({ path: "self.json", namespace: "ceiling" }));
    onLoad({ filter: /.*/, namespace: "ceiling" }, () => ({
      contents: JSON.stringify(selfJson()),
      loader: "json",
    }));
  },
};
