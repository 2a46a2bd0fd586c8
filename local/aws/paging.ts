/** A page of a list. The list is ordered by a key, so that a page's end stays valid while others write. */
export type Page<T> = { items: T[]; next?: string };

export type PageRequest = {
  /** The list that a marker belongs to. A marker of another list is refused. */
  list: string;
  marker: string | undefined;
  size: number;
  /** The service's error for a marker that it never gave. */
  bogus: () => Error;
};

export function page<T>(all: readonly T[], keyOf: (item: T) => string, request: PageRequest): Page<T> {
  const keyed = all.map((item) => ({ key: keyOf(item), item }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const after = request.marker === undefined ? undefined : readMarker(request.marker, request);
  const rest = after === undefined ? keyed : keyed.filter(({ key }) => key > after);
  const shown = rest.slice(0, request.size);
  const last = shown.at(-1);
  const items = shown.map(({ item }) => item);
  if (last === undefined || rest.length <= shown.length) return { items };
  return { items, next: writeMarker(request.list, last.key) };
}

function writeMarker(list: string, after: string): string {
  return Buffer.from(JSON.stringify([list, after])).toString("base64url");
}

function readMarker(marker: string, { list, bogus }: PageRequest): string {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(marker, "base64url").toString());
  } catch {
    throw bogus();
  }
  if (!Array.isArray(parts) || parts.length !== 2) throw bogus();
  const [of, after]: unknown[] = parts;
  if (of !== list || typeof after !== "string") throw bogus();
  return after;
}
