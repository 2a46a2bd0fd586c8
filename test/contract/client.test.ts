/** A TypeScript client made from the contract: it does the main job, and the compiler takes it without a cast. */
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { startRolecall, uniqueName } from "../harness/rolecall.ts";
import { userOf } from "./user.ts";

const { url } = await startRolecall();
const user = userOf(url);

test("registers, reads, lists all pages and deletes", async () => {
  const path = { owner: "acme", repo: uniqueName(), role: "publish" };
  const { status, roleArn, trusted } = await user.register(path, ["v*"]);
  expect({ status, trusted }).toEqual({ status: 201, trusted: ["v*"] });
  expect(await user.read(path)).toEqual({ roleArn, status: "ready", code: undefined });
  expect(await user.workflow(path)).toContain(roleArn);

  for (const role of ["a", "b", "c", "d"]) expect((await user.register({ ...path, role })).status).toBe(201);
  expect((await user.list(2)).map(({ role }) => role)).toEqual(["a", "b", "c", "d", "publish"]);

  expect(await user.remove(path)).toEqual([roleArn]);
  expect((await user.read(path)).code).toBe("not-registered");
});

test("tells a fault by its pointer, and sends a precondition as a header", async () => {
  const path = { owner: "acme", repo: uniqueName(), role: "publish" };
  expect(await user.faults(path)).toEqual(["/maxSessionSeconds"]);
  expect(await user.change(path)).toBe(412);
});

describe("the compiler, as strict as it is here", () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const file = fileURLToPath(new URL("user.ts", import.meta.url));
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);

  test("takes it", () => {
    expect(options.strict).toBe(true);
    const found = ts.getPreEmitDiagnostics(ts.createProgram([file], options));
    expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
  });

  test("without a cast", () => {
    const source = ts.createSourceFile(file, ts.sys.readFile(file) ?? "", ts.ScriptTarget.Latest);
    const casts: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node) || ts.isNonNullExpression(node)) {
        casts.push(node.getText(source));
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    expect(source.statements.length).toBeGreaterThan(3);
    expect(casts).toEqual([]);
  });
});
