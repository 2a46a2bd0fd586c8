import { createHash } from "node:crypto";
import type { Context, Hono } from "hono";
import * as bodies from "../generated/bodies.js";
import * as parameters from "../generated/parameters.js";
import { type Failure, failed } from "../lib/errors.ts";
import type { Schema } from "../lib/schema.ts";
import { entityTag } from "../registration/precondition.ts";
import { explainSelf, readSelf, registerSelf } from "../registration/self.ts";
import { type SelfCall, type SelfRules, verifiedCaller } from "../registration/self-caller.ts";
import { view, viewPut } from "../registration/view.ts";
import type { Services } from "../services.ts";
import { readBody, readPrecondition } from "./input.ts";
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
    // Verify the caller before anything else, because reading a body takes long.
    const verified = async (input: Parameters<typeof handle>[0], c: Context<AppEnv>) => {
      const { account, owner, repo, role } = input;
      const called = { key: { owner, repo, role }, account };
      const caller = await verifiedCaller(services, rules(), tokenOf(c), called);
      return failed(caller) ? caller : handle(input, c, { ...called, caller });
    };
    app.on(method, `/v1/self${path}`, reply(home, verified));
    app.on(method, `/v1/self/accounts/:account${path}`, reply(member, verified));
  };

  mount({
    method: "PUT",
    path: ROLE,
    home: parameters.putSelfRegistration,
    member: parameters.putSelfRegistrationInAccount,
    handle: async (input, c, call) => {
      const precondition = readPrecondition(c);
      if (failed(precondition)) return precondition;
      const { dryRun = false } = input;
      const result = await registerSelf(services, rules(), {
        ...call,
        dryRun,
        precondition,
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
    handle: async (_, c, call) => {
      const found = await readSelf(services, call);
      if (failed(found)) return found;
      return c.json(view(found.item, found.ecr), 200, { etag: entityTag(found.item) });
    },
  });

  mount({
    method: "GET",
    path: `${ROLE}/workflow`,
    home: parameters.getSelfWorkflow,
    member: parameters.getSelfWorkflowInAccount,
    handle: async (input, c, call) => {
      const found = await readSelf(services, call);
      return failed(found) ? found : workflowAnswer(c, found, input);
    },
  });

  mount({
    method: "POST",
    path: `${ROLE}/explanations`,
    home: parameters.explainSelfTrust,
    member: parameters.explainSelfTrustInAccount,
    handle: (_input, _c, call) => explainSelf(services, call),
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
  handle(input: T & InAccount, c: Context<AppEnv>, call: SelfCall): Promise<Response | Failure | object>;
};

type Mount = <T extends Named>(operation: Operation<T>) => void;

/** Returns the token of a request; an empty text if there is none, which is no token either. */
function tokenOf(c: Context): string {
  const [, token = ""] = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
  return token.length > LONGEST_TOKEN ? "" : token;
}

/**
 * Returns a hash of everything that a request asks for. A precondition is no part of that: it can only stop a write, and
 * a token writes once with or without one.
 */
async function hashOf(c: Context): Promise<string> {
  const { pathname, search } = new URL(c.req.url);
  const body = Buffer.from(await c.req.arrayBuffer()).toString("base64");
  return createHash("sha256")
    .update(JSON.stringify([c.req.method, pathname, search, body]))
    .digest("hex");
}
