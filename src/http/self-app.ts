import { createHash } from "node:crypto";
import type { Context, Hono } from "hono";
import * as bodies from "../generated/bodies.js";
import * as parameters from "../generated/parameters.js";
import { type Failure, failed } from "../lib/errors.ts";
import type { Schema } from "../lib/schema.ts";
import { entityTag } from "../registration/precondition.ts";
import { explainSelf, readSelf, registerSelf } from "../registration/self.ts";
import type { SelfCall, SelfRules } from "../registration/self-caller.ts";
import { view, viewPut } from "../registration/view.ts";
import type { Services } from "../services.ts";
import { readBody } from "./input.ts";
import { type Origin, openApp } from "./open-app.ts";
import type { AppEnv } from "./reply.ts";
import { workflowAnswer } from "./workflow-answer.ts";

const ROLE = "/repos/:owner/:repo/roles/:role";
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

  const mount: Mount = ({ method, path, home, member, handle }) => {
    app.on(method, `/v1/self${path}`, reply(home, handle));
    app.on(method, `/v1/self/accounts/:account${path}`, reply(member, handle));
  };

  mount({
    method: "PUT",
    path: ROLE,
    home: parameters.putSelfRegistration,
    member: parameters.putSelfRegistrationInAccount,
    handle: async (input, c) => {
      const { dryRun = false } = input;
      const result = await registerSelf(services, rules(), {
        ...callOf(input, c),
        dryRun,
        read: async () => {
          const request = await readBody(c, bodies.registrationRequest);
          return failed(request) ? request : { request: request ?? {}, hash: await hashOf(c) };
        },
      });
      if (failed(result)) return result;
      const { item, isNew } = result;
      const below = input.account === undefined ? "" : `/accounts/${input.account}`;
      const location = `/v1/self${below}/repos/${item.owner}/${item.repo}/roles/${item.role}`;
      return c.json(viewPut(result, dryRun), isNew ? 201 : 200, {
        etag: entityTag(item),
        ...(isNew && { location }),
      });
    },
  });

  mount({
    method: "GET",
    path: ROLE,
    home: parameters.getSelfRegistration,
    member: parameters.getSelfRegistrationInAccount,
    handle: async (input, c) => {
      const found = await readSelf(services, rules(), callOf(input, c));
      if (failed(found)) return found;
      return c.json(view(found.item, found.ecr), 200, { etag: entityTag(found.item) });
    },
  });

  mount({
    method: "GET",
    path: `${ROLE}/workflow`,
    home: parameters.getSelfWorkflow,
    member: parameters.getSelfWorkflowInAccount,
    handle: async (input, c) => {
      const found = await readSelf(services, rules(), callOf(input, c));
      return failed(found) ? found : workflowAnswer(c, found, input);
    },
  });

  mount({
    method: "POST",
    path: `${ROLE}/explanations`,
    home: parameters.explainSelfTrust,
    member: parameters.explainSelfTrustInAccount,
    handle: (input, c) => explainSelf(services, rules(), callOf(input, c)),
  });
  return app;
}

type Named = { owner: string; repo: string; role: string };
type InAccount = { account?: string };

/** A call of a workflow. It is served below `/v1/self`, and there below the path of a member account. */
type Operation<T extends Named> = {
  method: "GET" | "PUT" | "POST";
  path: string;
  home: Schema<T>;
  member: Schema<T & { account: string }>;
  handle(input: T & InAccount, c: Context<AppEnv>): Promise<Response | Failure | object>;
};

type Mount = <T extends Named>(operation: Operation<T>) => void;

const callOf = ({ account, owner, repo, role }: Named & InAccount, c: Context): SelfCall => ({
  token: tokenOf(c),
  key: { owner, repo, role },
  account,
});

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
