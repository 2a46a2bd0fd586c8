/** Mounts an operation at two paths: below `/v1` for the home account, and below an account's path for a member account. */
import type { Context, Hono } from "hono";
import { openAccount, type Use } from "../accounts/open.ts";
import { onBehalfOf } from "../aws/sessions.ts";
import { type Failure, failed } from "../lib/errors.ts";
import type { Schema } from "../lib/schema.ts";
import type { Services } from "../services.ts";
import type { AppEnv, Reply } from "./reply.ts";

type Named = { owner: string; repo: string };

/** An operation on the registrations of one repository. */
export type Operation<T extends Named> = {
  method: "GET" | "PUT" | "POST" | "DELETE";
  /** The path below `/v1`, such as `/repos/:owner/:repo/roles`. */
  path: string;
  /** The parameters of the operation in the home account. */
  home: Schema<T>;
  /** The parameters of the same operation in a member account. */
  member: Schema<T & { account: string }>;
  /** The kind of work that the operation does in a member account. */
  use: Use | ((input: T) => Use);
  handle(services: Services, input: T, c: Context<AppEnv>): Promise<Response | Failure | object>;
};

export type Mount = <T extends Named>(operation: Operation<T>) => void;

/** Returns the function that mounts an operation. */
export const openMount =
  (app: Hono<AppEnv>, services: Services, reply: Reply): Mount =>
  ({ method, path, home, member, use, handle }) => {
    app.on(
      method,
      `/v1${path}`,
      reply(home, (input, c) => handle(services, input, c)),
    );
    app.on(
      method,
      `/v1/accounts/:account${path}`,
      reply(member, (input, c) =>
        onBehalfOf(c.get("caller"), async () => {
          const needed = typeof use === "function" ? use(input) : use;
          const opened = await openAccount(services, input.account, input, needed);
          return failed(opened) ? opened : handle(opened, input, c);
        }),
      ),
    );
  };

/** Returns the path of the repositories below which an account's registrations are. */
export const repositoriesPath = ({ config }: Services): string =>
  config.member === undefined ? "/v1/repos" : `/v1/accounts/${config.account}/repos`;

/** Returns the id of the deployment's own account. */
export const homeOf = ({ home, config }: Services): string => (home?.config ?? config).account;
