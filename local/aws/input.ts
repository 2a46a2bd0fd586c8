/**
 * Reads and checks an action's input once, as AWS does. Every fault is collected, and `finish` refuses them all in
 * one error. Until then a faulty field reads as an empty value, which no action sees.
 *
 * It reads both protocols. In the Query protocol every scalar is a string, and an empty list is an empty string.
 */
export type Problem = { at: string; constraint: string; value?: string; says?: string };

export type TextRule = {
  min?: number;
  max?: number;
  /** The pattern as the service's model writes it. It must match the whole string. */
  pattern?: string;
  oneOf?: readonly string[];
  /** The service's own message for a string that does not match the pattern, if it has one. */
  says?: (field: string) => string;
};

export type NumberRule = { min: number; max: number };

type Fields = Readonly<Record<string, unknown>>;

const compiled = new Map<string, RegExp>();

function matches(pattern: string, text: string): boolean {
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    expression = new RegExp(`^(?:${pattern})$`, "u");
    compiled.set(pattern, expression);
  }
  return expression.test(text);
}

export function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export class Input {
  readonly #fields: Fields;
  readonly #at: string;
  readonly #problems: Problem[];

  constructor(fields: Fields, at = "", problems: Problem[] = []) {
    this.#fields = fields;
    this.#at = at;
    this.#problems = problems;
  }

  /** Refuses all faults that were found, in the service's own words. */
  finish(refuse: (problems: readonly Problem[]) => Error): void {
    if (this.#problems.length > 0) throw refuse(this.#problems);
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined && this.#fields[name] !== null;
  }

  text(name: string, rule: TextRule = {}): string {
    return this.optionalText(name, rule) ?? this.#missing(name, "");
  }

  optionalText(name: string, rule: TextRule = {}): string | undefined {
    const value = this.#fields[name];
    if (value === undefined || value === null) return undefined;
    return this.#checkText(value, this.#path(name), rule);
  }

  optionalInteger(name: string, rule: NumberRule): number | undefined {
    const value = this.#fields[name];
    if (value === undefined || value === null) return undefined;
    const at = this.#path(name);
    const number = typeof value === "string" && /^[+-]?\d+$/.test(value) ? Number(value) : value;
    if (typeof number !== "number" || !Number.isInteger(number)) {
      this.#problem({ at, constraint: "Member must be an integer" });
      return 0;
    }
    if (number < rule.min)
      this.#problem({
        at,
        value: String(number),
        constraint: `Member must have value greater than or equal to ${rule.min}`,
      });
    if (number > rule.max)
      this.#problem({
        at,
        value: String(number),
        constraint: `Member must have value less than or equal to ${rule.max}`,
      });
    return number;
  }

  /** Reads a time, which the JSON protocols send as seconds since 1970. */
  optionalTime(name: string): Date | undefined {
    const value = this.#fields[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === "number" && Number.isFinite(value)) return new Date(value * 1000);
    this.#problem({ at: this.#path(name), constraint: "Member must be a timestamp" });
    return new Date(0);
  }

  optionalFlag(name: string): boolean | undefined {
    const value = this.#fields[name];
    if (value === undefined || value === null) return undefined;
    if (value === true || value === "true") return true;
    if (value === false || value === "false") return false;
    this.#problem({ at: this.#path(name), constraint: "Member must be a boolean" });
    return false;
  }

  texts(name: string, list: { min?: number; max?: number }, rule: TextRule = {}): string[] {
    return this.optionalTexts(name, list, rule) ?? this.#missing(name, []);
  }

  optionalTexts(
    name: string,
    list: { min?: number; max?: number },
    rule: TextRule = {},
  ): string[] | undefined {
    return this.#list(name, list, (item, at) => this.#checkText(item, at, rule));
  }

  structures<T>(name: string, list: { min?: number; max?: number }, read: (item: Input) => T): T[] {
    return this.optionalStructures(name, list, read) ?? this.#missing(name, []);
  }

  optionalStructures<T>(
    name: string,
    list: { min?: number; max?: number },
    read: (item: Input) => T,
  ): T[] | undefined {
    return this.#list(name, list, (item, at) => read(this.#inside(item, at)));
  }

  optionalStructure<T>(name: string, read: (item: Input) => T): T | undefined {
    const value = this.#fields[name];
    if (value === undefined || value === null) return undefined;
    return read(this.#inside(value, this.#path(name)));
  }

  /** Reads a map. @param read reads the value of a key from the map's fields */
  entries<T>(name: string, read: (fields: Input, key: string) => T): [key: string, value: T][] | undefined {
    const value = this.#fields[name];
    if (value === undefined || value === null) return undefined;
    const fields = this.#inside(value, this.#path(name));
    return Object.keys(isRecord(value) ? value : {}).map((key) => [key, read(fields, key)]);
  }

  structure<T>(name: string, read: (item: Input) => T): T {
    if (!this.has(name)) this.#missing(name, undefined);
    return read(this.#inside(this.#fields[name] ?? {}, this.#path(name)));
  }

  /** Adds a fault that the reader of an action found itself. */
  refuse(name: string, constraint: string): void {
    this.#problem({ at: this.#path(name), constraint });
  }

  #list<T>(
    name: string,
    { min, max }: { min?: number; max?: number },
    read: (item: unknown, at: string) => T,
  ): T[] | undefined {
    const value = this.#fields[name];
    if (value === undefined || value === null) return undefined;
    const at = this.#path(name);
    const items: unknown = value === "" ? [] : value;
    if (!Array.isArray(items)) {
      this.#problem({ at, constraint: "Member must be a list" });
      return [];
    }
    if (min !== undefined && items.length < min)
      this.#problem({ at, constraint: `Member must have length greater than or equal to ${min}` });
    if (max !== undefined && items.length > max)
      this.#problem({ at, constraint: `Member must have length less than or equal to ${max}` });
    return items.map((item: unknown, index) => read(item, `${at}.${index + 1}.member`));
  }

  #checkText(value: unknown, at: string, rule: TextRule): string {
    if (typeof value !== "string") {
      this.#problem({ at, constraint: "Member must be a string" });
      return "";
    }
    const { min, max, pattern, oneOf, says } = rule;
    if (oneOf !== undefined && !oneOf.includes(value))
      this.#problem({ at, value, constraint: `Member must satisfy enum value set: [${oneOf.join(", ")}]` });
    if (min !== undefined && value.length < min)
      this.#problem({ at, value, constraint: `Member must have length greater than or equal to ${min}` });
    if (max !== undefined && value.length > max)
      this.#problem({ at, value, constraint: `Member must have length less than or equal to ${max}` });
    if (pattern !== undefined && value !== "" && !matches(pattern, value)) {
      const constraint = `Member must satisfy regular expression pattern: ${pattern}`;
      this.#problem(
        says === undefined ? { at, value, constraint } : { at, value, constraint, says: says(at) },
      );
    }
    return value;
  }

  #inside(value: unknown, at: string): Input {
    if (!isRecord(value)) this.#problem({ at, constraint: "Member must be a structure" });
    return new Input(isRecord(value) ? value : {}, at, this.#problems);
  }

  #missing<T>(name: string, instead: T): T {
    this.#problem({ at: this.#path(name), constraint: "Member must not be null" });
    return instead;
  }

  #problem(problem: Problem): void {
    this.#problems.push(problem);
  }

  /** Returns the path of a field. AWS's errors write it in lower camel case: `roleName`, `tags.1.member.key`. */
  #path(name: string): string {
    const own = name.charAt(0).toLowerCase() + name.slice(1);
    return this.#at === "" ? own : `${this.#at}.${own}`;
  }
}
