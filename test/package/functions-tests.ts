/** The packaged functions run on Lambda's Node, with the variables that the configuration reads. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { configurationFault } from "../../scripts/configuration.ts";
import { readConfig } from "../../src/config.ts";
import { packageService } from "./build.ts";
import type { Deployed } from "./deployed.ts";
import { event } from "./events.ts";
import profiles from "./profiles.json" with { type: "json" };
import ceiling from "./self.json" with { type: "json" };

export function testFunctions(deployed: Deployed) {
  describe("the functions", () => {
    it("are packaged without a warning", () => {
      expect(deployed.packaged.output).not.toMatch(/warn|deprecat/i);
    });

    it("contain only their bundle, and run on Node 24", () => {
      const { functions, lambdas } = deployed;
      for (const [id, name] of [
        ["Api", "api"],
        ["Drift", "drift"],
        ["Self", "self"],
      ] as const) {
        // The handler, and a file for each part that is loaded when it is first needed.
        expect(functions[id].files).toContain(`dist/${name}.mjs`);
        for (const file of functions[id].files)
          expect(file).toMatch(new RegExp(`^dist/${name}(-[\\w-]+)?\\.mjs$`));
      }
      for (const { properties } of [functions.Api, functions.Self])
        expect(properties).toMatchObject({ Runtime: "nodejs24.x", Architectures: ["arm64"], Timeout: 29 });
      expect(functions.Drift.properties).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        Timeout: 900,
      });
      for (const { node } of Object.values(lambdas)) expect(node).toMatch(/^v24\./);
    });

    it.each(["Api", "Drift", "Self"] as const)(
      "the first file of %s has the environment's credentials alone, and neither contract nor pages",
      async (id) => {
        const { directory } = deployed.functions[id];
        const text = await readFile(join(directory, `dist/${id.toLowerCase()}.mjs`), "utf8");
        const named = [
          "AWS_SECRET_ACCESS_KEY",
          // Profiles, SSO, and the metadata of containers.
          ...["sso_start_url", "credential_process", "AWS_CONTAINER_CREDENTIALS_FULL_URI"],
          ...["openapi: 3.1", "<!doctype"],
        ];
        expect(named.filter((one) => text.includes(one))).toEqual(["AWS_SECRET_ACCESS_KEY"]);
      },
    );

    it.each(["Api", "Drift", "Self"] as const)("%s has every variable that it needs", (id) => {
      const { NODE_OPTIONS: _, ...variables } = deployed.functions[id].variables;
      const read = new Set<string>();
      const get = (target: object, name: string) => {
        read.add(name);
        return Reflect.get(target, name);
      };
      readConfig(new Proxy(variables, { get: (target, name) => get(target, String(name)) }));
      // Only the roll call tells the writes of requests from those of others, and it does nothing for workflows.
      if (id !== "Drift") for (const name of ["API_ROLES", "JOBS_QUEUE_URL"]) read.delete(`ROLECALL_${name}`);
      if (id === "Drift") read.delete("ROLECALL_SELF_AUDIENCE");
      expect([...read].sort()).toEqual(Object.keys(variables).sort());
    });

    it("are not packaged without an owner", async () => {
      await expect(packageService({})).rejects.toThrow("ROLECALL_OWNERS");
    });

    it.each([
      ["ROLECALL_OWNERS", " ,"],
      ["ROLECALL_TAG_KEYS", "rolecall:id"],
      ["ROLECALL_REGIONS", "eu-west"],
      ["GITHUB_API_URL", "github"],
    ])("are not packaged with a variable that they would refuse: %s=%j", (name, value) => {
      const { template } = deployed.packaged;
      expect(configurationFault(template, {}, ceiling)).toBeUndefined();
      const wrong = structuredClone(template);
      Object(wrong.Resources["DriftLambdaFunction"]?.Properties)["Environment"].Variables[name] = value;
      expect(configurationFault(wrong, {}, ceiling)).toContain(name);
    });

    it("are not packaged with a profile that is the same for repositories of two owners, and the error names two", () => {
      const wrong = structuredClone(deployed.packaged.template);
      for (const id of ["ApiLambdaFunction", "DriftLambdaFunction", "SelfLambdaFunction"]) {
        Object(wrong.Resources[id]?.Properties)["Environment"].Variables.ROLECALL_OWNERS = "acme,globex";
      }
      expect(configurationFault(wrong, profiles, ceiling)).toMatch(
        /^profiles\.json \/profiles\/lambda-deploy\/.*function:{repo}"\. It would be the same for acme\/a and globex\/a\./,
      );
      expect(configurationFault(deployed.packaged.template, profiles, ceiling)).toBeUndefined();
    });

    it("refuse to start without an owner, and name the missing variable", async () => {
      await expect(deployed.start("Api", { ROLECALL_OWNERS: "" })).rejects.toThrow(
        "ROLECALL_OWNERS is missing",
      );
    });

    it.each([
      ["/v1/repos/acme/api/../../globex/api/roles/publish"],
      ["/v1/repos/acme/./api/roles/publish"],
      ["/v1/repos/acme/api/roles/publish?dryRun=true"],
      ["/v1/repos/acme/api/roles/pub#lish"],
      ["/v1/repos/acme\\api/roles/publish"],
      ["/v1/repos/acme/%2e%2e/roles/publish"],
      ["/v1/repos/acme//api/roles/publish"],
      ["/v1/repos/acme/api/roles/publish/"],
      ["/v1/repos/acme/a\tpi/roles/publish"],
    ])("refuse %j, which is not in its canonical form", async (path) => {
      const { status, text } = await deployed.request("GET", path);
      expect({ ...JSON.parse(text), status }).toMatchObject({ status: 400, code: "path-not-canonical" });
    });

    it("read on a request only a part of their own code, and each part once", async () => {
      const lambda = await deployed.start("Api");
      const role = "/v1/repos/acme/no-file/roles/publish";
      const page = { headers: { accept: "text/html" } };
      const asked: [number, ...Parameters<typeof event>][] = [
        [200, "GET", "/healthz"],
        [200, "GET", "/v1/roles"],
        [201, "PUT", role],
        [200, "GET", role],
        [200, "GET", role, page],
        [200, "GET", `${role}/export`, { query: "format=terraform" }],
        [200, "POST", `${role}/drift-checks`],
        [200, "GET", "/v1/account"],
        [200, "GET", "/openapi.yaml"],
        [200, "GET", "/openapi.json"],
        [200, "DELETE", role],
      ];
      const askAll = async () => {
        for (const [status, ...sent] of asked)
          expect(await lambda.invoke(event(...sent)), sent.join(" ")).toMatchObject({ statusCode: status });
      };
      await askAll();
      const { length } = lambda.reads;
      expect(lambda.reads.filter((path) => !/\/dist\/api-[\w-]+\.mjs$/.test(path))).toEqual([]);
      await askAll();
      expect(lambda.reads).toHaveLength(length);
    });

    it("answer the open operations without a call to AWS", async () => {
      const before = deployed.made.length;
      const health = await deployed.request("GET", "/healthz", { isSigned: false });
      const contract = await deployed.request("GET", "/openapi.yaml", { isSigned: false });
      expect([health.status, health.text]).toEqual([200, '{"status":"ok"}']);
      expect([contract.status, contract.text]).toEqual([200, await readFile("openapi.yaml", "utf8")]);
      expect(deployed.made.slice(before)).toEqual([]);
    });
  });
}
