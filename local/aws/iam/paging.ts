import { AwsError } from "../errors.ts";
import type { Input } from "../input.ts";
import { page } from "../paging.ts";
import type { Xml } from "../wire/xml.ts";
import type { Iam } from "./state.ts";

/** `Marker` and `MaxItems`. By default a page holds 100 items. */
export type Paging = { marker: string | undefined; maxItems: number };

export function readPaging(input: Input): Paging {
  return {
    marker: input.optionalText("Marker", { min: 1, max: 320, pattern: "[\\u0020-\\u00FF]+" }),
    maxItems: input.optionalInteger("MaxItems", { min: 1, max: 1000 }) ?? 100,
  };
}

/** Returns a page's items, and the fields that say whether more follow. */
export function pageOf<T>(
  iam: Iam,
  list: string,
  all: readonly T[],
  keyOf: (item: T) => string,
  { marker, maxItems }: Paging,
): { items: T[]; end: { IsTruncated: boolean; Marker: Xml } } {
  const { items, next } = page(all, keyOf, {
    list,
    marker,
    size: Math.min(maxItems, iam.quotas.itemsPerPage),
    bogus: () => new AwsError("ValidationError", 400, "Invalid Marker."),
  });
  return { items, end: { IsTruncated: next !== undefined, Marker: next } };
}
