/**
 * Makes a client of the contract with each generator, in the given folder. It runs in a process of its own: a test
 * runner resolves packages with the condition `development`, which orval's published packages do not support.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createClient } from "@hey-api/openapi-ts";
import openapiTypescript, { astToString } from "openapi-typescript";
import { generate } from "orval";

const [, , folder = ""] = process.argv;
const contract = fileURLToPath(new URL("../../openapi.yaml", import.meta.url));

await mkdir(join(folder, "openapi-typescript"));
await writeFile(
  join(folder, "openapi-typescript/contract.ts"),
  astToString(await openapiTypescript(pathToFileURL(contract))),
);

await createClient({
  input: contract,
  output: join(folder, "hey-api"),
  logs: { level: "silent", file: false },
  plugins: ["@hey-api/typescript", "@hey-api/sdk", "@hey-api/client-fetch"],
});

await generate(
  {
    input: { target: contract },
    output: {
      target: join(folder, "orval/client.ts"),
      schemas: join(folder, "orval/model"),
      client: "fetch",
      mode: "single",
      headers: true,
      override: { mutator: { path: join(folder, "orval-fetch.ts"), name: "orvalFetch" } },
    },
  },
  folder,
);
