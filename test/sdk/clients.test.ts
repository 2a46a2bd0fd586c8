/**
 * Tests generated clients. They compile strictly, unchanged, with a consumer that needs no cast (except in a function
 * that the generator's users write). They work against the server of `npm start`, with signed and unsigned requests.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
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

const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
// Leave out JSX, which only the service uses.
const { jsx: _, jsxImportSource: __, ...compilerOptions } = config.compilerOptions;
const { options } = ts.convertCompilerOptionsFromJson(compilerOptions, root);
const strictly = { ...options, skipLibCheck: false, typeRoots: [join(root, "node_modules/@types")] };
/** The options that some generators write for: `strict`, and a browser's types. */
const asShipped = {
  ...strictly,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  exactOptionalPropertyTypes: false,
};

type Generated = {
  /** The name of the consumer's file. */
  name: string;
  /** `strict` are the options of this repository. */
  compiles: "strict" | "as-shipped";
  /** True if the client shows the body of a success alone, so its caller never learns the status. */
  hidesStatus?: true;
};

const CLIENTS: readonly Generated[] = [
  { name: "openapi-fetch", compiles: "strict" },
  { name: "hey-api", compiles: "as-shipped" },
  { name: "orval", compiles: "strict" },
  // Each of the next four loses something of the contract, for the reason above its line.
  // oazapfts writes for a browser's types, and gives `undefined` to fields that may only be missing.
  { name: "oazapfts", compiles: "as-shipped" },
  // kubb's validators answer `undefined` for fields that may only be missing. Its functions read no error, so the
  // function that sends a request throws it, and the consumer checks it with the generated validator.
  { name: "kubb", compiles: "as-shipped" },
  // The functions of swagger-typescript-api have no parameters for headers, and the caller has to say that a workflow is text.
  { name: "swagger-typescript-api", compiles: "strict" },
  // The functions of openapi-zod-client answer the body of a success alone: no status, and no header. The entity tag is also in the body.
  { name: "openapi-zod-client", compiles: "as-shipped", hidesStatus: true },
];

/** Returns the arguments of each Node process that generates clients in the folder. */
const commandsIn = (folder: string): readonly (readonly string[])[] => [
  ["--import", "tsx", "test/sdk/generate.ts", folder],
  ["test/sdk/kubb.mjs", folder],
  ["node_modules/oazapfts/dist/cli.js", "openapi.yaml", `${folder}/oazapfts/client.ts`],
  [
    "node_modules/swagger-typescript-api/dist/cli.mjs",
    ...["generate", "-p", "openapi.yaml", "-o", `${folder}/swagger-typescript-api`, "-n", "client.ts"],
    ...["--silent", "--disable-throw-on-error", "--enum-style", "union"],
  ],
  [
    "node_modules/openapi-zod-client/bin.js",
    ...["openapi.yaml", "-o", `${folder}/openapi-zod-client/client.ts`],
    // By default it reads `application/json` alone, and loses the problems and the workflow.
    ...["--media-type-expr", "mediaType.endsWith('json') || mediaType === 'text/yaml'"],
  ],
];

const folder = await mkdtemp(join(tmpdir(), "rolecall-sdk-"));
await symlink(join(root, "node_modules"), join(folder, "node_modules"));
await cp(fileURLToPath(new URL("consumers", import.meta.url)), folder, { recursive: true });
await Promise.all(CLIENTS.map(({ name }) => mkdir(join(folder, name), { recursive: true })));
const run = promisify(execFile);
const generated = commandsIn(folder).map((args) => run(process.execPath, [...args], { cwd: root }));
const [server] = await Promise.all([npmStart(), ...generated]);
const gateway = await startGateway(server.url);
afterAll(async () => {
  await gateway.close();
  await server.close();
  await rm(folder, { recursive: true });
});

/** Returns the compiler's errors in consumers and all that they import, except the types of TypeScript and Node. */
function found(consumers: readonly string[], compilerOptions: ts.CompilerOptions): string[] {
  const program = ts.createProgram(
    consumers.map((name) => join(folder, `${name}.ts`)),
    compilerOptions,
  );
  const files = program
    .getSourceFiles()
    .filter((file) => !program.isSourceFileDefaultLibrary(file))
    .filter(({ fileName }) => !/node_modules\/(@types|undici-types)\//.test(fileName));
  // Each generator has a folder of its own.
  const folders = files.map(({ fileName }) => dirname(relative(folder, fileName)).split("/")[0]);
  const generated = new Set(
    folders.filter((name) => name !== "." && name !== ".." && name !== "node_modules"),
  );
  expect(generated.size).toBe(consumers.length);
  return [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...files.flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]),
  ].map(({ file, messageText }) => `${file?.fileName} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
}

test.each([
  ["strict", strictly],
  ["as-shipped", asShipped],
] as const)("the generated clients and their consumers compile: %s", (compiles, compilerOptions) => {
  const names = CLIENTS.filter((client) => client.compiles === compiles).map(({ name }) => name);
  expect(found(names, compilerOptions)).toEqual([]);
});

describe.each(CLIENTS)("$name", ({ name, hidesStatus }) => {
  const connected = async (signed: boolean) => {
    const outfile = join(folder, `${name}.mjs`);
    await build({
      entryPoints: [join(folder, `${name}.ts`)],
      bundle: true,
      format: "esm",
      platform: "node",
      // Packages in CommonJS call `require`, which an ES module does not have.
      banner: {
        js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      },
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
    expect(status).toBe(hidesStatus ? undefined : 201);
    expect(await user.update(path, ["v1.*"], etag)).toEqual(hidesStatus ? {} : { status: 200 });
    expect(await user.update(path, ["v2.*"], etag)).toEqual({ status: 412, code: "precondition-failed" });
    expect(await user.faults(path)).toEqual(["/maxSessionSeconds"]);

    expect(await user.explain(path, "repo:acme/other:ref:refs/heads/main")).toMatchObject({
      allowed: false,
    });
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
  expect(gateway.seen.length).toBeGreaterThan(CLIENTS.length * 10);
  expect(gateway.seen.filter(({ status }) => status === 403)).toEqual([]);
  expect((await fetch(`${gateway.url}/v1/roles`)).status).toBe(403);
});
