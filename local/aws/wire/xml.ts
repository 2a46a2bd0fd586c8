/**
 * XML as the AWS Query protocol writes it. The items of a list are `member` elements, those of a map `entry`
 * elements.
 */
export type Xml =
  | string
  | number
  | boolean
  | Date
  | XmlMap
  | undefined
  | readonly Xml[]
  | { readonly [element: string]: Xml };

export class XmlMap {
  readonly entries: Readonly<Record<string, string | number>>;
  constructor(entries: Readonly<Record<string, string | number>>) {
    this.entries = entries;
  }
}

export function element(name: string, value: Xml, attributes = ""): string {
  if (value === undefined) return "";
  return `<${name}${attributes}>${content(value)}</${name}>`;
}

function content(value: Exclude<Xml, undefined>): string {
  if (typeof value === "string") return escapeText(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (value instanceof Date) return `${value.toISOString().slice(0, 19)}Z`;
  if (value instanceof XmlMap)
    return Object.entries(value.entries)
      .map(([key, each]) => element("entry", { key, value: each }))
      .join("");
  if (isList(value)) return value.map((item) => element("member", item)).join("");
  return Object.entries(value)
    .map(([name, child]) => element(name, child))
    .join("");
}

function isList(value: readonly Xml[] | { readonly [element: string]: Xml }): value is readonly Xml[] {
  return Array.isArray(value);
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#xD;",
};

function escapeText(text: string): string {
  return text.replace(/[&<>"\r]/g, (character) => escapes[character] ?? character);
}
