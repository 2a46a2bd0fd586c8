import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { builtSite, SITE } from "./built.ts";

const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  yaml: "text/plain; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  woff2: "font/woff2",
};

/** A name of a file of the site. No part of it begins with a dot, so it leads to no other folder. */
const NAME = /^(?:[\w@-][\w.@-]*\/)*[\w@-][\w.@-]*$/;

/**
 * Serves the documentation below a path. It is built when it is first asked for, unless `npm run docs` has built it.
 * @returns undefined for any other path
 */
export function docsBelow(base: string): (request: Request) => Promise<Response | undefined> {
  let building: Promise<void> | undefined;
  return async ({ method, url }) => {
    const { pathname } = new URL(url);
    if (method !== "GET" && method !== "HEAD") return undefined;
    if (pathname === base) return new Response(null, { status: 301, headers: { location: `${base}/` } });
    if (!pathname.startsWith(`${base}/`)) return undefined;
    const name = decodeURIComponent(pathname.slice(base.length + 1)) || "index.html";
    const type = TYPES[name.slice(name.lastIndexOf(".") + 1)];
    if (type === undefined || !NAME.test(name)) return undefined;
    building ??= builtSite();
    await building;
    const text = await readFile(join(SITE, name)).catch(() => undefined);
    return text && new Response(text, { headers: { "content-type": type } });
  };
}
