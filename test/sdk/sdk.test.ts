/** Clients of three generators that write TypeScript for `fetch`. */
import { testClients } from "./clients.ts";

await testClients(
  [
    { name: "openapi-fetch", compiles: "strict" },
    { name: "hey-api", compiles: "as-shipped" },
    { name: "orval", compiles: "strict" },
  ],
  (folder) => [["--import", "tsx", "test/sdk/generate.ts", folder]],
);
