/** `npm run docs`: writes the documentation as a site into `dist/docs/`, for any host of files. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { buildSite } from "../local/docs/site.ts";

const folder = fileURLToPath(new URL("../dist/docs/", import.meta.url));
const site = await buildSite();
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
for (const [name, text] of site) await writeFile(folder + name, text);
console.log(
  `${site.size} files in dist/docs/, every link of them leads somewhere; open dist/docs/index.html`,
);
