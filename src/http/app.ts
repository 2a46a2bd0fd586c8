import type { Context, Hono } from "hono";
import { openOperations } from "../generated/open.ts";
import type { SelfRules } from "../registration/self-caller.ts";
import type { Services } from "../services.ts";
import { accountRoutes } from "./account-routes.ts";
import { accountsRoutes } from "./accounts-routes.ts";
import { openMount } from "./mount.ts";
import { type Origin, openApp } from "./open-app.ts";
import { listRoutes, registrationRoutes } from "./registration-routes.ts";
import type { AppEnv } from "./reply.ts";
import { rollCallRoutes } from "./roll-call-routes.ts";

/**
 * Creates the HTTP API. It checks the caller and the path of each request before it routes the request.
 * @param rules the rules for workflows, which it shows to administrators
 */
export function createApp(
  services: Services,
  originOf: (c: Context) => Origin,
  rules: () => SelfRules,
): Hono<AppEnv> {
  const { app, reply } = openApp(
    services,
    originOf,
    (c, { caller }) => caller !== undefined || isOpen(c.req.method, c.req.path),
  );
  app.get("/healthz", (c) => c.json({ status: "ok" }));
  // The contract is a third of the code, and few requests ask for it.
  app.get("/openapi.yaml", async (c) => {
    const { yaml } = await import("../generated/text.ts");
    return c.body(yaml, 200, { "content-type": "application/yaml" });
  });
  app.get("/openapi.json", async (c) => {
    const { json } = await import("../generated/text.ts");
    return c.body(json, 200, { "content-type": "application/json" });
  });
  const mount = openMount(app, services, reply);
  registrationRoutes(mount);
  listRoutes(app, services, reply);
  rollCallRoutes(app, services, reply, mount);
  accountsRoutes(app, services, reply);
  accountRoutes(app, services, reply, rules);
  return app;
}

/** Tells whether the contract opens an operation to everyone. Unknown operations are not open. */
const isOpen = (method: string, path: string): boolean =>
  openOperations.some((open) => open.path === path && (open.method === method || method === "HEAD"));
