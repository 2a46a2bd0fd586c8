/** JSON texts in which one key stands twice. */

/** An object of one key that stands twice. @param key as it stands in the text, with its quotes */
export const doubled = (key: string): string => `{${key}:0,${key}:1}`;

/**
 * The text of a value in which one key of one object stands twice, the second time in another place, with another
 * value, and perhaps with its characters escaped; undefined if the value has no key.
 * @param pick answers a number below the one that it is given
 */
export function withOneKeyTwice(
  value: unknown,
  pick: (count: number) => number,
): { text: string; pointer: string } | undefined {
  const pointers = keysOf(value, "");
  const pointer = pointers[pick(Math.max(pointers.length, 1))];
  if (pointer === undefined) return undefined;
  const again = (key: string): string => {
    const escaped = [...key]
      .flatMap((character) => character.split(""))
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
    return pick(2) === 0 ? JSON.stringify(key) : `"${escaped.join("")}"`;
  };
  const write = (one: unknown, at: string): string => {
    if (Array.isArray(one)) return `[${one.map((item, index) => write(item, `${at}/${index}`)).join()}]`;
    if (typeof one !== "object" || one === null) return JSON.stringify(one);
    const members = Object.entries(one).map(([key, item]) => {
      return `${JSON.stringify(key)}:${write(item, `${at}/${token(key)}`)}`;
    });
    const key = Object.keys(one).find((name) => `${at}/${token(name)}` === pointer);
    if (key !== undefined) members.splice(pick(members.length + 1), 0, `${again(key)}:0`);
    return `{${members.join()}}`;
  };
  return { text: write(value, ""), pointer };
}

/** The pointers of all keys of all objects in a value. */
function keysOf(value: unknown, at: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => keysOf(item, `${at}/${index}`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const pointer = `${at}/${token(key)}`;
    return [pointer, ...keysOf(item, pointer)];
  });
}

const token = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");
