import { createHash } from "node:crypto";
import type { Context, Hono } from "hono";
import * as bodies from "../generated/bodies.js";
import * as parameters from "../generated/parameters.js";
import { failed } from "../lib/errors.ts";
import { entityTag } from "../registration/precondition.ts";
import { explainSelf, readSelf, registerSelf, type SelfRules } from "../registration/self.ts";
import { view, viewPut } from "../registration/view.ts";
import type { Services } from "../services.ts";
import { type Origin, openApp } from "./app.ts";
import { readBody } from "./input.ts";
import type { AppEnv } from "./reply.ts";

const ROLE = "/v1/self/repos/:owner/:repo/roles/:role";
/** The longest token that is read. GitHub's have about 2,000 characters. */
const LONGEST_TOKEN = 8_192;

/**
 * Creates the API for workflows, which send their own GitHub token. It is an app of its own, so that the signed API has
 * no route without a known caller.
 */
export function createSelfApp(
  services: Services,
  originOf: (c: Context) => Origin,
  rules: () => SelfRules,
): Hono<AppEnv> {
  const { app, reply } = openApp(services, originOf, () => true);

  app.put(
    ROLE,
    reply(parameters.putSelfRegistration, async ({ dryRun = false, ...key }, c) => {
      const request = await readBody(c, bodies.registrationRequest);
      if (failed(request)) return request;
      const result = await registerSelf(services, rules(), {
        token: tokenOf(c),
        key,
        request: request ?? {},
        dryRun,
        hash: await hashOf(c),
      });
      if (failed(result)) return result;
      const { item, isNew } = result;
      const location = `/v1/self/repos/${item.owner}/${item.repo}/roles/${item.role}`;
      return c.json(viewPut(result, dryRun), isNew ? 201 : 200, {
        etag: entityTag(item),
        ...(isNew && { location }),
      });
    }),
  );

  app.get(
    ROLE,
    reply(parameters.getSelfRegistration, async (key, c) => {
      const found = await readSelf(services, rules(), { token: tokenOf(c), key });
      if (failed(found)) return found;
      return c.json(view(found.item, found.ecr), 200, { etag: entityTag(found.item) });
    }),
  );

  app.post(
    `${ROLE}/explanations`,
    reply(parameters.explainSelfTrust, (key, c) =>
      explainSelf(services, rules(), { token: tokenOf(c), key }),
    ),
  );
  return app;
}

/** Returns the token of a request; an empty text if there is none, which is no token either. */
function tokenOf(c: Context): string {
  const [, token = ""] = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
  return token.length > LONGEST_TOKEN ? "" : token;
}

/** Returns a hash of everything that a request asks for. */
async function hashOf(c: Context): Promise<string> {
  const { pathname, search } = new URL(c.req.url);
  const body = Buffer.from(await c.req.arrayBuffer()).toString("base64");
  return createHash("sha256")
    .update(JSON.stringify([c.req.method, pathname, search, body]))
    .digest("hex");
}
