/**
 * Applies a rule of EventBridge to an event, as far as the examples use rules. It throws an error for anything else.
 */

export type Event = { [key: string]: unknown };
type Pattern = { readonly [key: string]: Pattern | readonly unknown[] };
export type InputTransformer = { InputPathsMap: Readonly<Record<string, string>>; InputTemplate: string };

const isObject = (value: unknown): value is { [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Returns true if a pattern matches an event. Each field must have one of the values that the pattern lists. A list
 * of objects counts as all of their fields together.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
export function matches(pattern: Pattern, event: unknown): boolean {
  return Object.entries(pattern).every(([key, expected]) => {
    const found = (Array.isArray(event) ? event : [event]).flatMap((each) =>
      isObject(each) && key in each ? [each[key]] : [],
    );
    if (!Array.isArray(expected)) return found.some((each) => matches(expected as Pattern, each));
    const leaves = found.flat().filter((leaf) => !isObject(leaf));
    return expected.some((value) => {
      if (!isObject(value)) return leaves.includes(value);
      if (Object.keys(value).join() !== "exists")
        throw new Error(`${JSON.stringify(value)} is not known here`);
      return leaves.length > 0 === value["exists"];
    });
  });
}

/** Returns the value at a JSON path of dots and indices; undefined if there is none. */
function at(path: string, event: Event): unknown {
  if (!/^\$(\.[\w-]+|\[\d+\])+$/.test(path)) throw new Error(`${path} is not known here`);
  return (path.match(/[\w-]+/g) ?? []).reduce<unknown>(
    (value, key) => (Array.isArray(value) ? value[Number(key)] : isObject(value) ? value[key] : undefined),
    event,
  );
}

/** Returns the variables of a template, with `isQuoted` true for those inside a JSON string. */
export function variables({
  InputTemplate,
}: InputTransformer): { name: string; isQuoted: boolean; index: number }[] {
  return [...InputTemplate.matchAll(/<([\w.-]+)>/g)].map(({ 0: written, 1: name = "", index }) => ({
    name,
    isQuoted: (InputTemplate.slice(0, index).match(/(?<!\\)"/g) ?? []).length % 2 === 1,
    index: index + written.length,
  }));
}

/**
 * Returns the text that a target is sent. A variable becomes the JSON of its value. Inside a string it becomes the
 * plain text, without escaping, because AWS does not promise any. A variable that the event does not have becomes
 * nothing.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export function render(transformer: InputTransformer, event: Event): string {
  const { InputPathsMap, InputTemplate } = transformer;
  const used = variables(transformer);
  let turn = 0;
  return InputTemplate.replace(/<([\w.-]+)>/g, (_, name: string) => {
    const path = InputPathsMap[name];
    if (path === undefined) throw new Error(`The template has no path for ${name}`);
    const value = at(path, event);
    const isQuoted = used[turn++]?.isQuoted;
    if (value === undefined) return "";
    return isQuoted && typeof value === "string" ? value : JSON.stringify(value);
  });
}
