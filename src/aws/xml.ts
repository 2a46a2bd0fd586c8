/**
 * Reads the XML of IAM's answers: elements, text and references to characters. IAM sends no other markup. It reads bytes
 * and makes strings only of names and texts, because an answer has megabytes and most of them are read once.
 */

/** An element's content: its text, its `member`s, or its other children by name. An empty element has the text "". */
export type Content = string | readonly Content[] | Fields;
export type Fields = { readonly [name: string]: Content };

/** The text has other markup than this reader knows, or is cut off. */
export class Unread extends Error {
  override name = "Unread";
}

const [TAB, LINE_FEED, RETURN, SPACE, SLASH, LESS, GREATER] = [9, 10, 13, 32, 47, 60, 62];
const NAME = /^[A-Za-z][A-Za-z0-9]*$/;

/**
 * Returns the content of the root element. The root may have attributes, which it leaves out.
 * @throws Unread
 */
export function readXml(xml: Buffer): Content {
  let at = 0;
  skipSpace();
  const { name, isEmpty } = startTag();
  const root = isEmpty ? "" : content(name);
  skipSpace();
  if (at < xml.length) throw unread();
  return root;

  /** Reads a start tag. Only the root's may have attributes. */
  function startTag(): { name: string; isEmpty: boolean } {
    const isRoot = at === 0;
    if (xml[at] !== LESS) throw unread();
    const from = at + 1;
    to(GREATER);
    const isEmpty = xml[at - 1] === SLASH;
    const tag = xml.toString("latin1", from, isEmpty ? at - 1 : at);
    const name = isRoot ? tag.slice(0, tag.search(/\s|$/)) : tag;
    if (!NAME.test(name)) throw unread();
    at++;
    return { name, isEmpty };
  }

  /** Reads the content of an element, and its end tag. */
  function content(name: string): Content {
    const from = at;
    to(LESS);
    if (xml[at + 1] === SLASH) {
      const text = xml.toString("utf8", from, at);
      endTag(name);
      return decoded(text);
    }
    at = from;
    skipSpace();
    const fields: { [name: string]: Content } = {};
    const members: Content[] = [];
    let count = 0;
    while (xml[at + 1] !== SLASH) {
      const child = startTag();
      const value = child.isEmpty ? "" : content(child.name);
      if (child.name === "member") members.push(value);
      else if (Object.hasOwn(fields, child.name)) throw unread();
      else fields[child.name] = value;
      count++;
      skipSpace();
    }
    endTag(name);
    if (members.length === 0) return fields;
    if (members.length < count) throw unread();
    return members;
  }

  function endTag(name: string): void {
    const from = at + 2;
    to(GREATER);
    if (xml.toString("latin1", from, at) !== name) throw unread();
    at++;
  }

  function to(byte: number): void {
    while (xml[at] !== byte) {
      if (at >= xml.length) throw unread();
      at++;
    }
  }

  function skipSpace(): void {
    while (xml[at] === SPACE || xml[at] === LINE_FEED || xml[at] === RETURN || xml[at] === TAB) at++;
  }

  function unread(): Unread {
    return new Unread(`The XML cannot be read at byte ${at}`);
  }
}

const REFERENCE = /&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));|&|\r\n?/g;
const NAMED: { readonly [name: string]: string } = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Replaces references by their characters, and every line end by a line feed. */
function decoded(text: string): string {
  if (!/[&\r]/.test(text)) return text;
  return text.replace(REFERENCE, (found, hex?: string, decimal?: string, named?: string) => {
    if (found.startsWith("\r")) return "\n";
    if (named !== undefined) return NAMED[named] ?? "";
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (found === "&" || code > 0x10ffff) throw new Unread(`The XML has the reference ${found}`);
    return String.fromCodePoint(code);
  });
}
