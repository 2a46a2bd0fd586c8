/** Clients of four more generators. Each one loses something of the contract, for a reason that is named here. */
import { testClients } from "./clients.ts";

await testClients(
  [
    // It writes for a browser's types, and gives `undefined` to fields that may only be missing.
    { name: "oazapfts", compiles: "as-shipped" },
    // Its validators answer `undefined` for fields that may only be missing. Its functions read no error, so the
    // function that sends a request throws it, and the consumer checks it with the generated validator.
    { name: "kubb", compiles: "as-shipped" },
    // Its functions have no parameters for headers, and the caller has to say that a workflow is text.
    { name: "swagger-typescript-api", compiles: "strict" },
    // Its functions answer the body of a success alone: no status, and no header. The entity tag is also in the body.
    { name: "openapi-zod-client", compiles: "as-shipped", hidesStatus: true },
  ],
  (folder) => [
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
  ],
);
