/**
 * Validates input against the contract's schemas. `npm run generate` takes the schemas from openapi.yaml as data, with
 * the few keywords that requests need. As functions, they would be eight times as much code to load at each start.
 */
import type { InputError } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { pointerToken } from "./pointer.ts";

/** A schema with its references resolved. JSON Schema's keywords have their names and their meaning. */
export type Rules = {
  readonly type?: Type;
  /** Choices of different types. */
  readonly oneOf?: readonly Rules[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: RegExp;
  /** The pattern in words, with an example. It completes "The value must be …". */
  readonly form?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** True if a list may contain no string twice. Only strings are compared: the contract needs no more. */
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

/** Tells whether a value matches a schema. */
export const isOf = <T>(schema: Schema<T>, value: unknown): value is T =>
  faultsOf(schema, value, "", 1).length === 0;

/**
 * Returns the faults of a value, each with its place. Returns an empty list if the value matches the schema.
 * @param most the number of faults after which no further field or item is checked
 */
export function faultsOf(
  rules: Rules,
  value: unknown,
  pointer = "",
  most = Number.POSITIVE_INFINITY,
): InputError[] {
  const faults: InputError[] = [];
  const fault = (detail: string) => faults.push({ pointer, detail: `The value must ${detail}.` });
  const { type, enum: allowed, minimum, maximum, minLength, maxLength, pattern, form } = rules;
  const { minItems, maxItems, uniqueItems, items, minProperties, maxProperties } = rules;

  if (rules.oneOf !== undefined) {
    const choice = rules.oneOf.find((one) => one.type === undefined || isOfType(one.type, value));
    if (choice === undefined) fault(`be of the type ${rules.oneOf.map((one) => one.type).join(" or ")}`);
    else faults.push(...faultsOf(choice, value, pointer, most));
  }
  if (type !== undefined && !isOfType(type, value)) fault(`be of the type ${type}`);
  if (allowed !== undefined && !allowed.includes(value)) fault(`be one of ${allowed.join(", ")}`);
  if (typeof value === "number") {
    if (minimum !== undefined && value < minimum) fault(`be at least ${minimum}`);
    if (maximum !== undefined && value > maximum) fault(`be at most ${maximum}`);
  } else if (typeof value === "string") {
    if (minLength !== undefined && !isLonger(value, minLength - 1))
      fault(`have at least ${minLength} characters`);
    if (maxLength !== undefined && isLonger(value, maxLength)) fault(`have at most ${maxLength} characters`);
    if (pattern !== undefined && !pattern.test(value))
      fault(form === undefined ? `match the pattern ${pattern.source}` : `be ${form}`);
  } else if (Array.isArray(value)) {
    if (minItems !== undefined && value.length < minItems) fault(`have at least ${minItems} items`);
    if (maxItems !== undefined && value.length > maxItems) fault(`have at most ${maxItems} items`);
    const texts = value.filter((item) => typeof item === "string");
    if (uniqueItems && new Set(texts).size < texts.length) fault("have no item twice");
    if (items !== undefined) {
      for (const [index, item] of value.entries()) {
        if (faults.length >= most) break;
        faults.push(...faultsOf(items, item, `${pointer}/${index}`, most));
      }
    }
  } else if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value);
    if (minProperties !== undefined && fields.length < minProperties)
      fault(`have at least ${minProperties} fields`);
    if (maxProperties !== undefined && fields.length > maxProperties)
      fault(`have at most ${maxProperties} fields`);
    faults.push(...fieldFaults(rules, fields, pointer, most));
  }
  return faults;
}

/** Tells whether a text has more characters than `limit`. JSON Schema counts code points, not UTF-16 units. */
const isLonger = (text: string, limit: number): boolean =>
  text.length > limit && (text.length > 2 * limit || [...text].length > limit);

function fieldFaults(
  rules: Rules,
  fields: readonly (readonly [name: string, value: unknown])[],
  pointer: string,
  most: number,
): InputError[] {
  const { required = [], properties = {}, propertyNames, additionalProperties = true } = rules;
  const faults: InputError[] = [];
  const place = (name: string) => `${pointer}/${pointerToken(name)}`;
  for (const name of required) {
    if (!fields.some(([other]) => other === name))
      faults.push({ pointer: place(name), detail: "The field is missing." });
  }
  for (const [name, value] of fields) {
    if (faults.length >= most) break;
    if (propertyNames !== undefined) faults.push(...nameFaults(propertyNames, name, pointer));
    const known = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (known === false) faults.push({ pointer: place(name), detail: unknownField(name, properties) });
    else if (typeof known === "object") faults.push(...faultsOf(known, value, place(name), most));
  }
  return faults;
}

/** Says that a field is not known, and names the field that was probably meant: one beside it, or one level below. */
function unknownField(name: string, properties: { readonly [name: string]: Rules }): string {
  const beside = nearest(name, Object.keys(properties));
  const below = Object.entries(properties).find(([, rules]) => Object.hasOwn(rules.properties ?? {}, name));
  const meant = beside ?? (below && `${below[0]}.${name}`);
  return `The contract knows no such field.${meant === undefined ? "" : ` Did you mean \`${meant}\`?`}`;
}

/** Returns the faults of a field's name. Their place is the object that has the field. */
const nameFaults = (rules: Rules, name: string, pointer: string): InputError[] =>
  faultsOf(rules, name, pointer).map(({ detail }) => ({
    pointer,
    detail: detail.replace("The value", () => `The field's name ${JSON.stringify(name)}`),
  }));

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
