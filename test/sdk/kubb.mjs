/** Makes Kubb's types, validators and client of the contract, in the given folder. Kubb's own command is another package. */
import { fileURLToPath } from "node:url";
import { build } from "@kubb/core";
import { pluginClient } from "@kubb/plugin-client";
import { pluginOas } from "@kubb/plugin-oas";
import { pluginTs } from "@kubb/plugin-ts";
import { pluginZod } from "@kubb/plugin-zod";

const [, , folder] = process.argv;
if (folder === undefined) throw new Error("Usage: node test/sdk/kubb.mjs FOLDER");
// Kubb writes below the working directory too, whatever its root is.
process.chdir(folder);

const { error, failedPlugins } = await build({
  config: {
    root: ".",
    input: { path: fileURLToPath(new URL("../../openapi.yaml", import.meta.url)) },
    output: { path: "kubb", extension: { ".ts": ".ts" }, format: false, lint: false },
    plugins: [
      pluginOas({ generators: [], validate: false }),
      pluginTs({ output: { path: "types" } }),
      pluginZod({ output: { path: "zod" }, typed: false }),
      pluginClient({
        output: { path: "clients" },
        importPath: "../../kubb-fetch.ts",
        dataReturnType: "full",
        parser: "zod",
      }),
    ],
  },
});
if (error !== undefined) throw error;
if (failedPlugins.size > 0) throw new Error(`Kubb failed: ${JSON.stringify([...failedPlugins])}`);
