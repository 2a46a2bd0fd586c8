/** Chooses between JSON and an HTML page for operations that have both, and builds the page's response. */
import type { Context } from "hono";
import { accepts } from "hono/accepts";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Api } from "../page/command.tsx";
import type { Place } from "../page/document.tsx";
import type { Services } from "../services.ts";

const HTML = "text/html";
const JSON_TYPE = "application/json";

type Range = { type: string; q: number };

/**
 * Tells whether the caller prefers HTML to JSON (RFC 9110, 12.5.1). With equal preference or without `Accept`, the
 * response is JSON. Sets `Vary: Accept` on the response.
 */
export function wantsHtml(c: Context): boolean {
  c.header("vary", "Accept");
  const match = (ranges: Range[]) => (quality(ranges, HTML) > quality(ranges, JSON_TYPE) ? HTML : JSON_TYPE);
  return accepts(c, { header: "Accept", supports: [HTML, JSON_TYPE], default: JSON_TYPE, match }) === HTML;
}

/** Returns the quality value of a type, from the most specific range that matches the type; 0 if none matches. */
function quality(ranges: readonly Range[], type: string): number {
  const [group] = type.split("/");
  for (const wanted of [type, `${group}/*`, "*/*"]) {
    const range = ranges.find((one) => one.type.toLowerCase() === wanted);
    if (range !== undefined) return range.q;
  }
  return 0;
}

/** Returns a page as a response. The pages are loaded when the first one is asked for. */
export async function htmlAnswer(
  c: Context,
  page: string,
  status: ContentfulStatusCode = 200,
): Promise<Response> {
  const { PAGE_HEADERS } = await import("../page/style.ts");
  return c.body(page, status, PAGE_HEADERS);
}

/** Returns the account and the region that a page is about. */
export const placeOf = ({ config, clients }: Pick<Services, "config" | "clients">): Place => ({
  account: config.account,
  region: clients.place.region,
});

/** Returns the API for the commands on a page. */
export const apiOf = (c: Context, { clients }: Pick<Services, "clients">): Api => ({
  origin: new URL(c.req.url).origin,
  region: clients.place.region,
});
