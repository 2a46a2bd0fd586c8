import { fileURLToPath } from "node:url";
import { build, type Metafile } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Bundles handlers with all they use, the SDK too: that of the runtime is older, and slower to load. `module` before
 * `main` lets esbuild leave out what is not used: half the import time.
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
  });
  return metafile;
}
