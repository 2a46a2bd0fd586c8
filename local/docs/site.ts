/** Builds the documentation as a site of static files, with VitePress. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { brokenAnchors } from "./anchors.ts";
import { BASE, SITE } from "./built.ts";
import { readSite, root } from "./pages.ts";

/** The folder from which VitePress builds. */
const STAGED = join(root, "dist/docs-pages");
const DIGEST = join(SITE, ".digest");

/**
 * Builds the site, unless the folder has it from the same sources.
 * @returns the number of pages
 * @throws Error that names each link within the site that leads nowhere
 */
export async function buildSite(): Promise<number> {
  const { pages, files, groups } = await readSite();
  const own = await Promise.all(
    (await readdir(import.meta.dirname))
      .sort()
      .map((name) => readFile(join(import.meta.dirname, name), "utf8")),
  );
  const digest = createHash("sha256")
    .update(JSON.stringify([[...pages], [...files], own]))
    .digest("hex");
  if ((await readFile(DIGEST, "utf8").catch(() => "")) === digest) return pages.size;
  await rm(STAGED, { recursive: true, force: true });
  await rm(SITE, { recursive: true, force: true });
  const write = async (name: string, text: string) => {
    const file = join(STAGED, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  };
  for (const [name, text] of pages) await write(name, text);
  for (const [name, text] of files) await write(`public/${name}`, text);
  await write(".vitepress/groups.json", JSON.stringify(groups));
  await write(
    ".vitepress/config.ts",
    `import { configured } from "../../../local/docs/vitepress.ts";\nimport groups from "./groups.json";\nexport default configured(groups);\n`,
  );
  await write(".vitepress/theme/index.ts", `export { default } from "../../../../local/docs/theme.ts";\n`);
  const { build } = await import("vitepress");
  await build(STAGED, { outDir: SITE, base: BASE });
  const broken = await brokenAnchors(SITE, BASE);
  if (broken.length > 0)
    throw new Error(`The documentation has links that lead nowhere:\n${broken.join("\n")}`);
  await writeFile(DIGEST, digest);
  return pages.size;
}
