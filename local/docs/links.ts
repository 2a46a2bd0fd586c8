/** Whether each link of a site leads somewhere in it. Links to elsewhere are not followed. */

/** The links that lead nowhere, as `page → link`. */
export function brokenLinks(site: ReadonlyMap<string, string>): string[] {
  const ids = new Map(
    [...site].map(([name, text]) => [
      name,
      new Set([...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)),
    ]),
  );
  return [...site]
    .filter(([name]) => name.endsWith(".html"))
    .flatMap(([name, text]) =>
      [...text.matchAll(/<a\s[^>]*?href="([^"]*)"/g)]
        .map(([, href = ""]) => href)
        .filter((href) => {
          if (/^https?:\/\//.test(href)) return false;
          const [path = "", anchor] = href.split("#");
          const target = ids.get(path === "" ? name : path);
          return target === undefined || (anchor !== undefined && !target.has(anchor));
        })
        .map((href) => `${name} → ${href}`),
    );
}
