import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile } from "esbuild";
import { profilesFile } from "../local/profiles.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Bundles handlers with all they use, the SDK too: that of the runtime is older, and slower to load. `module` before
 * `main` lets esbuild leave out what is not used: half the import time. The operator's profiles are those of
 * the file that the environment names.
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
    plugins: [
      {
        name: "profiles",
        setup: ({ onResolve }) =>
          onResolve({ filter: /^\.\.\/profiles\.json$/ }, () => ({ path: resolve(profilesFile()) })),
      },
    ],
  });
  return metafile;
}
