/**
 * Makes a client of the contract with each generator, by its own API, in the folder that is named: a process of its own,
 * because a test runner asks for packages as they are in development, and orval's are not published so.
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
