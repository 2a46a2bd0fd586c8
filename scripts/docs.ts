/** `npm run docs`: writes the documentation as a static site to `dist/docs/`. It fails on a link that leads nowhere. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { buildSite } from "../local/docs/site.ts";

const folder = fileURLToPath(new URL("../dist/docs/", import.meta.url));
const site = await buildSite();
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
for (const [name, text] of site) await writeFile(folder + name, text);
console.log(`Wrote ${site.size} files to dist/docs/ and checked their links. Open dist/docs/index.html.`);
