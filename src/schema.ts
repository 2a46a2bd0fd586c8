/**
 * Holds input against the contract's schemas. `npm run generate` takes them out of openapi.yaml as data, with the few
 * keywords that requests need: as functions they would be eight times as much to load at each start.
 */
import type { InputError } from "./errors.ts";
import { pointerToken } from "./pointer.ts";

/** A schema with its references resolved. JSON Schema's keywords have their names and their meaning. */
export type Rules = {
  readonly type?: Type | readonly Type[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: RegExp;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** As far as they are strings: the contract has no other lists without repetition. */
  readonly uniqueItems?: true;
  readonly items?: Rules;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: { readonly [name: string]: Rules };
  readonly propertyNames?: Rules;
  readonly additionalProperties?: boolean | Rules;
};
type Type = "string" | "integer" | "number" | "boolean" | "array" | "object";

declare const shape: unique symbol;
/** The schema of a type. */
export type Schema<T> = Rules & { readonly [shape]?: T };

/** Whether a value is as a schema asks. */
export const isOf = <T>(schema: Schema<T>, value: unknown): value is T =>
  faultsOf(schema, value).length === 0;

/** What is wrong with a value, each with its place; nothing if it is as the schema asks. */
export function faultsOf(rules: Rules, value: unknown, pointer = ""): InputError[] {
  const faults: InputError[] = [];
  const must = (holds: boolean, detail: string) => {
    if (!holds) faults.push({ pointer, detail: `The value must ${detail}.` });
  };
  const { type, enum: allowed, pattern, items } = rules;
  const { minimum = -Infinity, maximum = Infinity, minLength = 0, maxLength = Infinity } = rules;
  const { minItems = 0, maxItems = Infinity, minProperties = 0, maxProperties = Infinity } = rules;

  const types = type === undefined ? [] : [type].flat();
  if (type !== undefined)
    must(
      types.some((one) => isOfType(one, value)),
      `be of the type ${types.join(" or ")}`,
    );
  if (allowed !== undefined) must(allowed.includes(value), `be one of ${allowed.join(", ")}`);
  if (typeof value === "number") {
    must(value >= minimum, `be at least ${minimum}`);
    must(value <= maximum, `be at most ${maximum}`);
  } else if (typeof value === "string") {
    // JSON Schema counts characters, and a string's length its UTF-16 units, which are as many or more.
    must(
      value.length >= minLength && [...value].length >= minLength,
      `have at least ${minLength} characters`,
    );
    must(value.length <= maxLength || [...value].length <= maxLength, `have at most ${maxLength} characters`);
    if (pattern !== undefined) must(pattern.test(value), `match the pattern ${pattern.source}`);
  } else if (Array.isArray(value)) {
    must(value.length >= minItems, `have at least ${minItems} items`);
    must(value.length <= maxItems, `have at most ${maxItems} items`);
    const texts = value.filter((item) => typeof item === "string");
    if (rules.uniqueItems) must(new Set(texts).size === texts.length, "have no item twice");
    if (items !== undefined)
      faults.push(...value.flatMap((item, index) => faultsOf(items, item, `${pointer}/${index}`)));
  } else if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    must(entries.length >= minProperties, `have at least ${minProperties} fields`);
    must(entries.length <= maxProperties, `have at most ${maxProperties} fields`);
    faults.push(...fieldFaults(rules, new Map(entries), pointer));
  }
  return faults;
}

function fieldFaults(rules: Rules, fields: ReadonlyMap<string, unknown>, pointer: string): InputError[] {
  const { required = [], properties = {}, propertyNames, additionalProperties = true } = rules;
  const place = (name: string) => `${pointer}/${pointerToken(name)}`;
  const missing = required
    .filter((name) => !fields.has(name))
    .map((name) => ({ pointer: place(name), detail: "The field is missing." }));
  const wrong = [...fields].flatMap(([name, value]) => {
    const named = propertyNames === undefined ? [] : faultsOf(propertyNames, name, place(name));
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (known !== undefined) return [...named, ...faultsOf(known, value, place(name))];
    if (additionalProperties === true) return named;
    if (additionalProperties === false)
      return [...named, { pointer: place(name), detail: "The contract knows no such field." }];
    return [...named, ...faultsOf(additionalProperties, value, place(name))];
  });
  return [...missing, ...wrong];
}

function isOfType(type: Type, value: unknown): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}
