/**
 * Collects the licences of the packages in a bundle, so that the package ships them and only permissive ones get in.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Metafile } from "esbuild";

const PERMISSIVE = [
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "MIT-0",
];

/**
 * Returns the name, version, licence and licence text of every package in a bundle, sorted by name.
 * @param root the directory that the metafile's paths are relative to
 * @throws Error that names the packages whose licence is not in the list of permissive ones
 */
export async function licensesOf({ inputs }: Metafile, root: string): Promise<string> {
  const directories = new Set(
    Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
  );
  const packages = await Promise.all(
    [...directories].map(async (directory) => {
      const { name, version, license } = JSON.parse(
        await readFile(join(root, directory, "package.json"), "utf8"),
      );
      const file = (await readdir(join(root, directory))).find((one) =>
        /^licen[cs]e(\.(md|txt))?$/i.test(one),
      );
      const text = file === undefined ? "" : await readFile(join(root, directory, file), "utf8");
      return { title: `${name} ${version} (${license})`, license: String(license), text: text.trim() };
    }),
  );
  const others = packages.filter(({ license }) => !PERMISSIVE.includes(license));
  if (others.length > 0)
    throw new Error(`These licences are not permissive: ${others.map(({ title }) => title).join(", ")}`);
  const sorted = packages.sort((a, b) => (a.title < b.title ? -1 : 1));
  return sorted
    .map(({ title, text }) => (text === "" ? `${title}\n` : `${title}\n\n${text}\n`))
    .join("\n---\n\n");
}
