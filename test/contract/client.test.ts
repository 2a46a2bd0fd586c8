/**
 * A TypeScript client made from the contract (openapi-typescript's types, openapi-fetch), as a user would have it:
 * it does the main job, and the compiler takes this file as it stands, without a single cast.
 */
import { fileURLToPath } from "node:url";
import createClient from "openapi-fetch";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import type { components, paths } from "../../src/generated/contract.ts";
import { startRolecall, uniqueName } from "../harness/rolecall.ts";

const { url } = await startRolecall();
const client = createClient<paths>({ baseUrl: url });
const ROLE = "/v1/repos/{owner}/{repo}/roles/{role}";

describe("a client made from the contract", () => {
  test("registers, reads, lists all pages and deletes", async () => {
    const repo = uniqueName();
    const path = { owner: "acme", repo, role: "publish" };

    const put = await client.PUT(ROLE, {
      params: { path },
      body: { trust: { branches: ["main"], tags: ["v*"] } },
    });
    expect(put.response.status).toBe(201);
    expect(put.data?.spec.trust.tags).toEqual(["v*"]);
    const roleArn: string | undefined = put.data?.roleArn;

    const get = await client.GET(ROLE, { params: { path } });
    expect(get.data?.roleArn).toBe(roleArn);
    expect(get.data?.status).toBe("ready");

    for (const role of ["a", "b", "c", "d"]) {
      const more = await client.PUT(ROLE, { params: { path: { ...path, role } } });
      expect(more.response.status).toBe(201);
    }
    const found: components["schemas"]["RegistrationSummary"][] = [];
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? { limit: 2 } : { limit: 2, cursor };
      const { data } = await client.GET("/v1/roles", { params: { query } });
      found.push(...(data?.items ?? []));
      cursor = data?.nextCursor;
    } while (cursor !== undefined);
    expect(found.map(({ role }) => role)).toEqual(["a", "b", "c", "d", "publish"]);

    const workflow = await client.GET(`${ROLE}/workflow`, { params: { path }, parseAs: "text" });
    expect(workflow.data).toContain(roleArn);

    const gone = await client.DELETE(ROLE, { params: { path } });
    expect(gone.data?.removed).toEqual([roleArn]);
    const missing = await client.GET(ROLE, { params: { path } });
    expect(missing.response.status).toBe(404);
    expect(missing.error?.code).toBe("not-registered");
  });

  test("tells a fault by its pointer, and a precondition by its header", async () => {
    const path = { owner: "acme", repo: uniqueName(), role: "publish" };
    const { data, error } = await client.PUT(ROLE, { params: { path }, body: { maxSessionSeconds: 1 } });
    expect(data).toBeUndefined();
    expect(error?.errors?.map(({ pointer }) => pointer)).toEqual(["/maxSessionSeconds"]);
    const refused = await client.PUT(ROLE, { params: { path, header: { "If-Match": "*" } } });
    expect(refused.response.status).toBe(412);
  });
});

describe("the compiler, as strict as it is here", () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const file = fileURLToPath(import.meta.url);
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);

  test("takes this file", () => {
    expect(options.strict).toBe(true);
    const program = ts.createProgram([file], options);
    const found = ts
      .getPreEmitDiagnostics(program)
      .filter((diagnostic) => diagnostic.file?.fileName === file);
    expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
  });

  test("without a cast", () => {
    const source = ts.createSourceFile(file, ts.sys.readFile(file) ?? "", ts.ScriptTarget.Latest);
    const casts: string[] = [];
    const visit = (node: ts.Node): void => {
      const isConst = ts.isAsExpression(node) && node.type.getText(source) === "const";
      if (
        (ts.isAsExpression(node) && !isConst) ||
        ts.isTypeAssertionExpression(node) ||
        ts.isNonNullExpression(node)
      ) {
        casts.push(node.getText(source));
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    expect(casts).toEqual([]);
  });
});
