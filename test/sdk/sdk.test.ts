/**
 * Generated clients compile strictly, unchanged, with a consumer that needs no cast (except in the function that
 * orval's users write). They work against the server of `npm start`, with signed and unsigned requests.
 */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import ts from "typescript";
import { afterAll, describe, expect, test } from "vitest";
import { signedFetch } from "../../examples/typescript-client/signed-fetch.ts";
import { CREDENTIALS, IDENTITY, startGateway } from "../harness/gateway.ts";
import { npmStart } from "../harness/npm-start.ts";
import type { Connect } from "./consumers/consumer.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "rolecall-sdk-"));
await symlink(join(root, "node_modules"), join(folder, "node_modules"));
await cp(fileURLToPath(new URL("consumers", import.meta.url)), folder, { recursive: true });
const names = ["openapi-fetch", "hey-api", "orval"] as const;
const generated = promisify(execFile)(process.execPath, ["--import", "tsx", "test/sdk/generate.ts", folder], {
  cwd: root,
});
const [server] = await Promise.all([npmStart(), generated]);
const gateway = await startGateway(server.url);
afterAll(async () => {
  await gateway.close();
  await server.close();
  await rm(folder, { recursive: true });
});

const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
// Leave out JSX, which only the service uses.
const { jsx: _, jsxImportSource: __, ...compilerOptions } = config.compilerOptions;
const { options } = ts.convertCompilerOptionsFromJson(compilerOptions, root);
const strictly = { ...options, skipLibCheck: false, typeRoots: [join(root, "node_modules/@types")] };
/** The options that the runtime in @hey-api/openapi-ts's clients is written for: `strict`, and a browser's types. */
const asShipped = {
  ...strictly,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  exactOptionalPropertyTypes: false,
};

/**
 * Returns the compiler's errors in a consumer and everything that it imports, except the types of TypeScript and
 * Node.
 */
function found(consumer: string, compilerOptions: ts.CompilerOptions): string[] {
  const program = ts.createProgram([join(folder, `${consumer}.ts`)], compilerOptions);
  const files = program
    .getSourceFiles()
    .filter((file) => !program.isSourceFileDefaultLibrary(file))
    .filter(({ fileName }) => !/node_modules\/(@types|undici-types)\//.test(fileName));
  expect(files.length).toBeGreaterThan(3);
  return [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...files.flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]),
  ].map(({ file, messageText }) => `${file?.fileName} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
}

describe("the generated client and its consumer compile", () => {
  test.each([
    ["openapi-fetch", strictly],
    ["hey-api", asShipped],
    ["orval", strictly],
  ])("%s", (consumer, compilerOptions) => {
    expect(found(consumer, compilerOptions)).toEqual([]);
  });
});

describe.each(names)("%s", (name) => {
  const connected = async (signed: boolean) => {
    const outfile = join(folder, `${name}.mjs`);
    await build({
      entryPoints: [join(folder, `${name}.ts`)],
      bundle: true,
      format: "esm",
      platform: "node",
      outfile,
    });
    const { connect }: { connect: Connect } = await import(pathToFileURL(outfile).href);
    return signed
      ? connect(gateway.url, signedFetch(CREDENTIALS.AWS_REGION, IDENTITY))
      : connect(server.url, fetch);
  };

  test.each([
    ["unsigned", false],
    ["signed", true],
  ])("a client registers, updates, explains, lists all pages and deletes: %s", async (_, isSigned) => {
    const user = await connected(isSigned);
    const path = { owner: "acme", repo: isSigned ? `${name}-signed` : name, role: "publish" };

    const { status, etag, roleArn } = await user.register(path, ["v*"]);
    expect(status).toBe(201);
    expect(await user.update(path, ["v1.*"], etag)).toEqual({ status: 200 });
    expect(await user.update(path, ["v2.*"], etag)).toEqual({ status: 412, code: "precondition-failed" });
    expect(await user.faults(path)).toEqual(["/maxSessionSeconds"]);

    expect(await user.explain(path, "repo:acme/other:ref:refs/heads/main")).toMatchObject({ allowed: false });
    expect(await user.workflow(path)).toContain(roleArn);

    const roles = ["a", "b", "c", "d"];
    for (const role of roles) await user.register({ ...path, role }, []);
    expect(await user.list(2)).toEqual([...roles, "publish"]);
    for (const role of roles) await user.remove({ ...path, role });
    expect(await user.remove(path)).toEqual([roleArn]);
    expect(await user.list(2)).toEqual([]);
  });
});

test("the gateway accepts a signed client's requests, and refuses an unsigned one", async () => {
  expect(gateway.seen.length).toBeGreaterThan(names.length * 10);
  expect(gateway.seen.filter(({ status }) => status === 403)).toEqual([]);
  expect((await fetch(`${gateway.url}/v1/roles`)).status).toBe(403);
});

/** Passes each answer on as the type that its caller expects. Orval leaves this function to its user. */
const MUTATOR = "orval-fetch.ts";

test("no consumer has a cast, except orval's mutator", async () => {
  const files = (await readdir(new URL("consumers", import.meta.url))).filter((file) => file.endsWith(".ts"));
  expect(files.length).toBe(names.length + 2);
  for (const file of files) {
    const text = ts.sys.readFile(fileURLToPath(new URL(`consumers/${file}`, import.meta.url))) ?? "";
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
    const casts: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node))
        casts.push(node.type.getText(source));
      if (ts.isNonNullExpression(node)) casts.push("!");
      if (node.kind === ts.SyntaxKind.AnyKeyword) casts.push("any");
      ts.forEachChild(node, visit);
    };
    visit(source);
    expect(casts, file).toEqual(file === MUTATOR ? ["T"] : []);
  }
});
