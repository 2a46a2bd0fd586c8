/**
 * JSON text, read so that keys which stand twice in one object are found. `JSON.parse` keeps the later one and says
 * nothing, and another reader of the same text may keep the first.
 */
import { pointerToken } from "./pointer.ts";

/** Why a text cannot be read, and where. */
export class Malformed extends Error {
  constructor(pointer: string, why: string) {
    super(pointer === "" ? why : `${pointer}: ${why}`);
  }
}

class TooDeep extends Malformed {}

/** An object is a Map: no key is special (`__proto__`), and the order is that of the text. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

const DEEPEST = 32;
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

/**
 * The pointers of the keys that stand more than once in one object, each once.
 * @param text what `JSON.parse` has read
 */
export function repeatedKeys(text: string): string[] | "too-deep" {
  try {
    return [...new Set(readJson(text).duplicates)];
  } catch (error) {
    if (error instanceof TooDeep) return "too-deep";
    throw error;
  }
}

/**
 * Reads what `JSON.parse` reads, up to a bounded depth, and keeps the pointers of repeated keys.
 * @throws Malformed if the text is not JSON, or nested deeper
 */
export function readJson(text: string): { value: Json; duplicates: string[] } {
  const duplicates: string[] = [];
  let at = 0;

  const value = readValue("", 0);
  skipSpace();
  if (at < text.length) throw unexpected();
  return { value, duplicates };

  function readValue(pointer: string, depth: number): Json {
    if (depth > DEEPEST) throw new TooDeep(pointer, `nested deeper than ${DEEPEST}`);
    skipSpace();
    if (text[at] === "{") return readObject(pointer, depth);
    if (text[at] === "[") return readArray(pointer, depth);
    if (text[at] === '"') return readString();
    const token = take(NUMBER) ?? take(WORD);
    if (token === null) throw unexpected();
    return JSON.parse(token);
  }

  function readObject(pointer: string, depth: number): JsonObject {
    const object = new Map<string, Json>();
    at += 1;
    for (let first = true; !takeChar("}"); first = false) {
      if (!first) expect(",");
      skipSpace();
      const key = readString();
      const member = `${pointer}/${pointerToken(key)}`;
      if (object.has(key)) duplicates.push(member);
      expect(":");
      object.set(key, readValue(member, depth + 1));
    }
    return object;
  }

  function readArray(pointer: string, depth: number): Json[] {
    const array: Json[] = [];
    at += 1;
    while (!takeChar("]")) {
      if (array.length > 0) expect(",");
      array.push(readValue(`${pointer}/${array.length}`, depth + 1));
    }
    return array;
  }

  /** `JSON.parse` decodes the escapes, and refuses wrong ones and control characters. */
  function readString(): string {
    const start = at;
    const token = take(STRING);
    if (token === null) throw unexpected();
    try {
      return JSON.parse(token);
    } catch {
      throw new Malformed("", `not a JSON string at position ${start}`);
    }
  }

  function take(pattern: RegExp): string | null {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return null;
    const token = text.slice(at, pattern.lastIndex);
    at = pattern.lastIndex;
    return token;
  }

  function takeChar(char: string): boolean {
    skipSpace();
    if (text[at] !== char) return false;
    at += 1;
    return true;
  }

  function expect(char: string): void {
    if (!takeChar(char)) throw unexpected();
  }

  function skipSpace(): void {
    while (at < text.length && " \t\n\r".includes(text.charAt(at))) at += 1;
  }

  function unexpected(): Malformed {
    return new Malformed("", at < text.length ? `not JSON at position ${at}` : "the JSON ends too early");
  }
}
