/** Finds links within a site whose page or anchor does not exist. VitePress checks pages, but no anchors. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Returns the links that lead nowhere, as `page → link`. @param base the path that the site is made for */
export async function brokenAnchors(folder: string, base: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".html"));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  const pages = new Map(names.map((name, index) => [name, texts[index] ?? ""]));
  const files = new Set(await readdir(folder));
  return brokenLinks(pages, files, base);
}

/** Returns the links that lead nowhere. @param files all files of the site, pages or not */
export function brokenLinks(
  pages: ReadonlyMap<string, string>,
  files: ReadonlySet<string>,
  base: string,
): string[] {
  const ids = new Map(
    [...pages].map(([name, text]) => [
      name,
      new Set([...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)),
    ]),
  );
  return [...pages].flatMap(([name, text]) =>
    [...text.matchAll(/<a\s[^>]*?href="([^"]*)"/g)]
      .map(([, href = ""]) => href)
      .filter((href) => {
        if (/^https?:\/\//.test(href)) return false;
        const [path = "", anchor] = href.split("#");
        const file =
          path === "" ? name : path === base ? "index.html" : path.replace(base, "").replace("./", "");
        if (!files.has(file)) return true;
        return (
          anchor !== undefined && anchor !== "" && ids.get(file)?.has(decodeURIComponent(anchor)) !== true
        );
      })
      .map((href) => `${name} → ${href}`),
  );
}
