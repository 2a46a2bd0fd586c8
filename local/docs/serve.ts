const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  yaml: "text/plain; charset=utf-8",
  txt: "text/plain; charset=utf-8",
};

/** What serves the documentation below a path, made when it is first asked for; undefined for any other path. */
export function docsBelow(base: string): (request: Request) => Promise<Response | undefined> {
  let site: Promise<ReadonlyMap<string, string>> | undefined;
  return async ({ method, url }) => {
    const { pathname } = new URL(url);
    if (method !== "GET" && method !== "HEAD") return undefined;
    // Its links are relative to the folder.
    if (pathname === base) return new Response(null, { status: 301, headers: { location: `${base}/` } });
    if (!pathname.startsWith(`${base}/`)) return undefined;
    site ??= import("./site.ts").then(({ buildSite }) => buildSite());
    const name = pathname.slice(base.length + 1) || "index.html";
    const text = (await site).get(name);
    const type = TYPES[name.slice(name.lastIndexOf(".") + 1)];
    if (text === undefined || type === undefined) return undefined;
    return new Response(text, { headers: { "content-type": type } });
  };
}
