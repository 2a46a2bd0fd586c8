import { join, parse, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
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
  const metafiles = await Promise.all(entryPoints.map((entry) => bundleOne(entry, outdir)));
  return {
    inputs: Object.assign({}, ...metafiles.map(({ inputs }) => inputs)),
    outputs: Object.assign({}, ...metafiles.map(({ outputs }) => outputs)),
  };
}

/**
 * Bundles one handler. What the code imports when it is first needed becomes a file of its own, `NAME-….mjs`, which a
 * start does not read.
 */
const bundleOne = async (entry: string, outdir: string): Promise<Metafile> =>
  written(entry, outdir, {
    splitting: true,
    chunkNames: `${parse(entry).name}-[name]-[hash]`,
    plugins: [operatorsFiles, environmentCredentials],
  });

/** Bundles a module as one file, with the SDK's own chain of credentials: the floor of the bench. */
export const bundleFloor = (entry: string, outdir: string): Promise<Metafile> => written(entry, outdir, {});

async function written(entry: string, outdir: string, more: BuildOptions): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
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
    ...more,
    metafile: true,
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

/** Replaces the SDK's chain of credentials, of which Lambda uses one link. */
const environmentCredentials: Plugin = {
  name: "environment-credentials",
  setup({ onResolve }) {
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({
      path: join(root, "src/aws/environment-credentials.ts"),
    }));
  },
};

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
