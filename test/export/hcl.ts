/**
 * Reads the part of Terraform's language that an export uses: blocks, attributes, and values of strings, numbers,
 * booleans, lists, objects, references and `jsonencode`. It is not a full parser of HCL and refuses everything else. It also
 * checks the parts of `terraform fmt`'s style that an export can break. Each level is indented by two spaces.
 * Adjacent attributes of one line each have their `=` in one column. There is no other white space.
 * https://developer.hashicorp.com/terraform/language/syntax/configuration
 * https://developer.hashicorp.com/terraform/language/style
 */
export type Block = {
  type: string;
  labels: string[];
  attributes: { [name: string]: unknown };
  blocks: Block[];
};

/** A value that only Terraform knows. */
export class Reference {
  readonly address: string;
  constructor(address: string) {
    this.address = address;
  }
}

/** The position of an attribute's `=`, to compare it with its neighbours. */
type Attribute = { line: number; endLine: number; nameEnd: number; equals: number };

export function readHcl(text: string): Block[] {
  return new Reader(text).file();
}

const CHARACTERS = new Intl.Segmenter("en");

class Reader {
  readonly #text: string;
  #at = 0;
  #line = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    if (/[ \t]$/m.test(text)) throw new SyntaxError("white space at the end of a line");
    if (/\n\n\n|\n\n$|[^\n]$|\r|\t/.test(text)) throw new SyntaxError("empty lines, or another end of line");
  }

  file(): Block[] {
    const blocks: Block[] = [];
    while (this.#at < this.#text.length) {
      if (this.#takes(/#[^\n]*\n/y) || this.#takes(/\n/y)) continue;
      blocks.push(this.#block());
    }
    return blocks;
  }

  #block(): Block {
    const type = this.#needs(/[a-z_]+/y, "a block's type");
    const labels: string[] = [];
    while (!this.#takes(/ \{\n/y)) {
      this.#needs(/ /y, "one space");
      labels.push(this.#string());
    }
    const block: Block = { type, labels, attributes: {}, blocks: [] };
    const attributes: Attribute[] = [];
    this.#depth++;
    while (!this.#ends("}")) {
      if (this.#takes(/\n/y)) continue;
      this.#indent();
      if (this.#sees(/[a-z_]+ +=/y)) {
        const start = this.#at;
        const name = this.#needs(/[a-z_]+/y, "a name");
        if (Object.hasOwn(block.attributes, name)) throw this.#fault(`${name} is given twice`);
        block.attributes[name] = this.#assigned(start, attributes);
      } else block.blocks.push(this.#block());
    }
    this.#needs(/\n/y, "the end of the line");
    this.#aligned(attributes);
    return block;
  }

  /** Reads `= value` up to the end of the line. */
  #assigned(start: number, attributes: Attribute[]): unknown {
    const nameEnd = this.#column(start);
    this.#needs(/ +/y, "a space");
    const [line, equals] = [this.#line, this.#column(start)];
    this.#needs(/= /y, "`= `");
    const value = this.#value();
    attributes.push({ line, endLine: this.#line, nameEnd, equals });
    this.#needs(/\n/y, "the end of the line");
    return value;
  }

  #value(): unknown {
    if (this.#sees(/"/y)) return this.#string();
    if (this.#takes(/jsonencode\(/y)) {
      const value = this.#value();
      this.#needs(/\)/y, "`)`");
      return value;
    }
    if (this.#takes(/\[/y)) return this.#list();
    if (this.#takes(/\{\n/y)) return this.#object();
    const word = this.#needs(/[a-z0-9_]+(\.[a-z0-9_]+)*/y, "a value");
    if (word === "true" || word === "false") return word === "true";
    if (/^\d+$/.test(word)) return Number(word);
    if (!word.includes(".")) throw this.#fault(`${word} is no reference`);
    return new Reference(word);
  }

  #list(): unknown[] {
    const items: unknown[] = [];
    if (!this.#takes(/\n/y)) {
      items.push(this.#value());
      this.#needs(/\]/y, "`]`, as a list of one line has one item");
      return items;
    }
    this.#depth++;
    while (!this.#ends("]")) {
      this.#indent();
      items.push(this.#value());
      this.#needs(/,\n/y, "`,` and the end of the line");
    }
    return items;
  }

  #object(): { [key: string]: unknown } {
    const members: [string, unknown][] = [];
    const attributes: Attribute[] = [];
    this.#depth++;
    while (!this.#ends("}")) {
      this.#indent();
      const start = this.#at;
      const key = this.#sees(/"/y) ? this.#string() : this.#needs(/[A-Za-z]+/y, "a key");
      if (members.some(([other]) => other === key)) throw this.#fault(`${key} is given twice`);
      members.push([key, this.#assigned(start, attributes)]);
    }
    this.#aligned(attributes);
    return Object.fromEntries(members);
  }

  #string(): string {
    const written = this.#needs(/"(?:[^"\\\n]|\\.)*"/y, "a string").slice(1, -1);
    if (/(?<!\$)\$\{|(?<!%)%\{/.test(written)) throw this.#fault("a template in a string");
    return written.replace(
      /\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|([nrt"\\])|(.))|(?:\$\$|%%)(?=\{)/g,
      (all, short?: string, long?: string, letter?: string, wrong?: string) => {
        if (wrong !== undefined) throw this.#fault(`\\${wrong} is no escape`);
        const code = short ?? long;
        if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
        if (letter === undefined) return all.charAt(0);
        return { n: "\n", r: "\r", t: "\t" }[letter] ?? letter;
      },
    );
  }

  /** If the open bracket ends here, consumes its end and returns true. */
  #ends(bracket: string): boolean {
    if (this.#at >= this.#text.length) throw this.#fault(`no ${bracket}`);
    const end = `${"  ".repeat(this.#depth - 1)}${bracket}`;
    if (!this.#text.startsWith(end, this.#at)) return false;
    this.#at += end.length;
    this.#depth--;
    return true;
  }

  #indent(): void {
    const spaces = this.#needs(/ */y, "spaces");
    if (spaces.length !== this.#depth * 2) throw this.#fault(`${spaces.length} spaces`);
  }

  /**
   * Checks that adjacent attributes of one line each have their `=` in one column, one space after the longest name.
   */
  #aligned(attributes: readonly Attribute[]): void {
    const groups: Attribute[][] = [];
    for (const attribute of attributes) {
      const before = groups.at(-1)?.at(-1);
      const isShort = attribute.line === attribute.endLine;
      const follows =
        before !== undefined && before.line === before.endLine && before.line + 1 === attribute.line;
      if (isShort && follows) groups.at(-1)?.push(attribute);
      else groups.push([attribute]);
    }
    for (const group of groups) {
      const column = Math.max(...group.map(({ nameEnd }) => nameEnd)) + 1;
      const wrong = group.find(({ equals }) => equals !== column);
      if (wrong !== undefined)
        throw this.#fault(`the = of line ${wrong.line + 1} is not in column ${column}`);
    }
  }

  /** Returns the number of visible characters before the current position. */
  #column(from: number): number {
    return [...CHARACTERS.segment(this.#text.slice(from, this.#at))].length;
  }

  #sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  #takes(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    this.#at += found?.length ?? 0;
    this.#line += found?.split("\n").slice(1).length ?? 0;
    return found;
  }

  #needs(pattern: RegExp, what: string): string {
    const found = this.#takes(pattern);
    if (found === undefined) throw this.#fault(`no ${what}`);
    return found;
  }

  #fault(detail: string): SyntaxError {
    const line = this.#text.split("\n")[this.#line];
    return new SyntaxError(`line ${this.#line + 1}: ${detail}: ${line}`);
  }
}
