/** Answers for people: where an operation has a page beside its JSON, which of the two it is to be, and the page. */
import type { Context } from "hono";
import { accepts } from "hono/accepts";
import { POLICY } from "../page/style.ts";

const HTML = "text/html";
const JSON_TYPE = "application/json";

type Range = { type: string; q: number };

/**
 * Whether the caller would rather have a page than JSON (RFC 9110, 12.5.1); as rather, and without a word, it is JSON.
 * The answer then says that it depends on `Accept`.
 */
export function wantsHtml(c: Context): boolean {
  c.header("vary", "Accept");
  const match = (ranges: Range[]) => (quality(ranges, HTML) > quality(ranges, JSON_TYPE) ? HTML : JSON_TYPE);
  return accepts(c, { header: "Accept", supports: [HTML, JSON_TYPE], default: JSON_TYPE, match }) === HTML;
}

/** How much a type is wanted: what the most specific range that has it says. */
function quality(ranges: readonly Range[], type: string): number {
  const [group] = type.split("/");
  for (const wanted of [type, `${group}/*`, "*/*"]) {
    const range = ranges.find((one) => one.type.toLowerCase() === wanted);
    if (range !== undefined) return range.q;
  }
  return 0;
}

/** A page as an answer, which the browser shows and nothing more. */
export const htmlAnswer = (c: Context, page: string): Response =>
  c.body(page, 200, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
  });
