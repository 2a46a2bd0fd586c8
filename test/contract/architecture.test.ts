/** Each room imports only the rooms and packages that docs/architecture.md allows it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { roomOf, rooms } from "./rooms.ts";

const root = resolve(import.meta.dirname, "../..");

type Import = {
  /** As it is written. */
  from: string;
  /** Imported, or re-exported, names; `*` for all. */
  names: string[];
  /** Gone after compiling. */
  isType: boolean;
};
type Source = { file: string; ast: ts.SourceFile; imports: Import[] };

function read(file: string): Source {
  const ast = ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      imports.push({ from: node.moduleSpecifier.text, ...importedNames(node.importClause) });
    } else if (
      ts.isExportDeclaration(node) &&
      node.moduleSpecifier &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      imports.push({ from: node.moduleSpecifier.text, names: ["*"], isType: node.isTypeOnly });
    } else if (ts.isCallExpression(node) && isLoader(node.expression)) {
      const [specifier] = node.arguments;
      imports.push({
        from: specifier && ts.isStringLiteralLike(specifier) ? specifier.text : "(computed)",
        names: ["*"],
        isType: false,
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(ast);
  return { file, ast, imports };
}

/** `import(…)`, `require(…)` and their kin. */
const isLoader = (callee: ts.Expression): boolean =>
  callee.kind === ts.SyntaxKind.ImportKeyword ||
  /^(require|createRequire|module\.require)$/.test(callee.getText());

function importedNames(clause: ts.ImportClause | undefined): { names: string[]; isType: boolean } {
  if (clause === undefined) return { names: [], isType: false };
  const { namedBindings } = clause;
  const whole =
    clause.name !== undefined || (namedBindings !== undefined && ts.isNamespaceImport(namedBindings));
  const named =
    namedBindings !== undefined && ts.isNamedImports(namedBindings) ? [...namedBindings.elements] : [];
  const values = named
    .filter(({ isTypeOnly }) => !isTypeOnly)
    .map(({ name, propertyName }) => (propertyName ?? name).text);
  const isType = clause.isTypeOnly || (!whole && named.length > 0 && values.length === 0);
  return { names: whole ? ["*"] : values, isType };
}

const filesIn = (folder: string): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => /\.(ts|js|mts|tsx)$/.test(name) && !name.endsWith(".d.ts"))
        .map((name) => join(folder, name))
        .sort()
    : [];

const src = filesIn("src").filter((file) => !file.startsWith("src/generated/"));
const sources = new Map([...src, ...filesIn("handlers")].map((file) => [file, read(file)]));
const sourceOf = (file: string): Source => sources.get(file) ?? read(file);
const isLocal = (from: string): boolean => from.startsWith(".");
const pathOf = (file: string, from: string): string => relative(root, resolve(root, dirname(file), from));

const pureRooms = rooms.filter(({ isPure }) => isPure).map(({ name }) => name);
/** The files of the pure rooms: what they do follows from what they are given. */
const pure = src.filter((file) => pureRooms.includes(roomOf(file) ?? ""));

/** Everything that still is there after compiling, from a file on, with the way to it. */
function reach(file: string, seen = new Map<string, string[]>(), way: string[] = []): Map<string, string[]> {
  if (seen.has(file)) return seen;
  seen.set(file, [...way, file]);
  for (const { from, isType } of sourceOf(file).imports) {
    const target = pathOf(file, from);
    if (isType || !isLocal(from) || !existsSync(join(root, target))) continue;
    reach(target, seen, [...way, file]);
  }
  return seen;
}

/** Uses of what is different each time or on each machine; a name within a longer expression counts by its whole. */
function impurities({ ast, file }: Source): string[] {
  const found: string[] = [];
  const at = (node: ts.Node) =>
    `${file}:${ast.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${node.getText()}`;
  const AMBIENT = [
    "process",
    "globalThis",
    "performance",
    "fetch",
    "setTimeout",
    "setInterval",
    "setImmediate",
    "queueMicrotask",
    "require",
    "crypto",
    "eval",
    "console",
  ];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && AMBIENT.includes(node.text) && isUse(node)) found.push(at(node));
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
      if (/^(Date\b.*\bnow\b|Math\b.*\brandom\b)/s.test(node.getText())) found.push(at(node));
    }
    const isDate = (callee: ts.Expression) => ts.isIdentifier(callee) && callee.text === "Date";
    if (ts.isNewExpression(node) && isDate(node.expression) && (node.arguments ?? []).length === 0)
      found.push(at(node));
    if (ts.isCallExpression(node) && isDate(node.expression)) found.push(at(node));
    if (ts.isMetaProperty(node)) found.push(at(node));
    ts.forEachChild(node, visit);
  };
  visit(ast);
  return found;
}

/** Tells whether an identifier uses the global of that name: no property, no key, no declaration, no type. */
function isUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return false;
  if (ts.isPropertyAssignment(parent) && parent.name === node) return false;
  if (ts.isPropertySignature(parent) || ts.isTypeReferenceNode(parent) || ts.isQualifiedName(parent))
    return false;
  if (ts.isTypeQueryNode(parent)) return false;
  return true;
}

describe("this test sees what it looks for", () => {
  const parsed = (text: string): Source => {
    const ast = ts.createSourceFile("x.ts", text, ts.ScriptTarget.Latest, true);
    return { file: "x.ts", ast, imports: [] };
  };
  test.each([
    "const a = Date.now();",
    "const a = Date['now']();",
    "const { now } = Date; Date.now;",
    "new Date();",
    "new Date;",
    "Date();",
    "Math.random();",
    "const r = Math['random'];",
    "process.env.X;",
    "const { env } = process;",
    "globalThis.process;",
    "fetch('x');",
    "import.meta.url;",
    "crypto.randomUUID();",
  ])("finds a use of the surroundings in %s", (text) => {
    expect(impurities(parsed(text))).not.toEqual([]);
  });

  test.each([
    "new Date(0);",
    "Math.max(1, 2);",
    "const x = { process: 1 };",
    "a.process;",
    "type T = { fetch: string };",
    "// Date.now()",
    '"process.env"',
  ])("finds nothing in %s", (text) => {
    expect(impurities(parsed(text))).toEqual([]);
  });

  test("there are files to look at", () => {
    expect(pure.length).toBeGreaterThan(50);
    expect(filesIn("handlers").length).toBeGreaterThanOrEqual(2);
  });
});

describe("only src/aws and src/registry import the AWS SDK", () => {
  test.each(src.filter((file) => !/^src\/(aws|registry)\//.test(file)))("%s does not import it", (file) => {
    const found = sourceOf(file).imports.filter(({ from }) => /^@(aws-sdk|smithy)\//.test(from));
    expect(found).toEqual([]);
  });

  test("handlers do not import it either", () => {
    const found = filesIn("handlers").flatMap((file) =>
      sourceOf(file).imports.filter(({ from }) => /^@(aws-sdk|smithy)\//.test(from)),
    );
    expect(found).toEqual([]);
  });

  test("and clients are made in one place of src/aws, but for those that only the drift function has", () => {
    const makers = src.filter((file) => {
      let makes = false;
      const visit = (node: ts.Node): void => {
        if (ts.isNewExpression(node) && /^\w+Client$/.test(node.expression.getText())) makes = true;
        ts.forEachChild(node, visit);
      };
      visit(sourceOf(file).ast);
      return makes;
    });
    const ofDrift = ["src/aws/jobs.ts", "src/aws/trail.ts"];
    expect(makers).toEqual(["src/aws/clients.ts", ...ofDrift]);
    for (const handler of ["handlers/api.ts", "handlers/self.ts"])
      expect([...reach(handler).keys()].filter((file) => ofDrift.includes(file))).toEqual([]);
  });
});

describe("the table of rooms in docs/architecture.md", () => {
  const names = rooms.map(({ name }) => name);
  const files = [...sources.keys()];
  /** The rooms that the files of a room import from, types included. */
  const usedBy = (room: string): string[] => {
    const targets = files
      .filter((file) => roomOf(file) === room)
      .flatMap((file) =>
        sourceOf(file)
          .imports.filter(({ from }) => isLocal(from))
          .flatMap(({ from }) => roomOf(pathOf(file, from)) ?? []),
      );
    return [...new Set(targets)].filter((target) => target !== room).sort();
  };

  test("has a row for every room, and no row without a file", () => {
    const found = new Set(files.map(roomOf));
    expect([...found, "contract.ts", "generated"].sort()).toEqual([...names].sort());
  });

  test.each(rooms)("names exactly the rooms that $name uses", ({ name, mayUse }) => {
    if (name === "generated" || name === "contract.ts") return;
    expect(usedBy(name)).toEqual([...mayUse].sort());
  });

  test.each(rooms)(
    "lets $name use only rooms above it, so no rooms use each other in a circle",
    ({ name, mayUse }) => {
      const above = names.slice(0, names.indexOf(name));
      expect(mayUse.filter((room) => !above.includes(room))).toEqual([]);
    },
  );

  test.each(rooms.filter(({ isPure }) => isPure))(
    "lets the pure room $name use pure rooms alone",
    ({ mayUse }) => {
      expect(mayUse.filter((room) => !pureRooms.includes(room))).toEqual([]);
    },
  );
});

describe("the pure rooms", () => {
  test.each(pure)("%s reaches nothing that is not pure", (file) => {
    const reached = [...reach(file)];
    const modules = reached.flatMap(([each, way]) =>
      sourceOf(each)
        .imports.filter(({ from, isType, names }) => !isType && !isLocal(from) && !isHash(from, names))
        .map(({ from, names }) => `${way.join(" → ")}: ${names.join(", ")} from ${from}`),
    );
    expect(modules).toEqual([]);
    expect(
      reached.flatMap(([each]) => (each.startsWith("src/generated/") ? [] : impurities(sourceOf(each)))),
    ).toEqual([]);
  });

  /** The one thing of Node that always gives the same for the same. */
  const isHash = (from: string, names: string[]): boolean =>
    from === "node:crypto" && names.join() === "createHash";
});

describe("nothing that is shipped imports what is not", () => {
  const { dependencies = {} }: { dependencies?: Record<string, string> } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const nameOf = (from: string): string =>
    from
      .split("/")
      .slice(0, from.startsWith("@") ? 2 : 1)
      .join("/");

  test.each([...src, ...filesIn("handlers")])("%s imports only what is shipped", (file) => {
    for (const { from, isType } of sourceOf(file).imports) {
      if (isLocal(from)) {
        // The operator's own files are bundled as they are.
        expect(pathOf(file, from)).toMatch(/^(src\/.*\.(tsx?|js)|(profiles|self)\.json)$/);
      } else if (!isType) {
        const isKnown = builtinModules.includes(from.replace(/^node:/, ""))
          ? from.startsWith("node:")
          : Object.hasOwn(dependencies, nameOf(from));
        expect([from, isKnown]).toEqual([from, true]);
      }
    }
  });
});

describe("handlers wire, and decide nothing", () => {
  const DECISIONS: ts.SyntaxKind[] = [
    ts.SyntaxKind.IfStatement,
    ts.SyntaxKind.ConditionalExpression,
    ts.SyntaxKind.SwitchStatement,
    ts.SyntaxKind.ForStatement,
    ts.SyntaxKind.ForOfStatement,
    ts.SyntaxKind.ForInStatement,
    ts.SyntaxKind.WhileStatement,
    ts.SyntaxKind.DoStatement,
    ts.SyntaxKind.TryStatement,
    ts.SyntaxKind.ThrowStatement,
    ts.SyntaxKind.ClassDeclaration,
    ts.SyntaxKind.FunctionDeclaration,
  ];

  test.each(filesIn("handlers"))("%s decides nothing", (file) => {
    const { ast } = sourceOf(file);
    const found: string[] = [];
    const visit = (node: ts.Node): void => {
      if (DECISIONS.includes(node.kind)) found.push(node.getText());
      ts.forEachChild(node, visit);
    };
    visit(ast);
    expect(found).toEqual([]);
    expect(
      ast.statements.every(
        (node) =>
          ts.isImportDeclaration(node) || ts.isVariableStatement(node) || ts.isTypeAliasDeclaration(node),
      ),
    ).toBe(true);
    expect(ast.text.split("\n").length).toBeLessThan(60);
  });
});
