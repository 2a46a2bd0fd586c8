import type { Hono } from "hono";
import { deleteAccount, getAccount, putAccount, viewAccount } from "../accounts/records.ts";
import { onBehalfOf } from "../aws/sessions.ts";
import * as bodies from "../generated/bodies.js";
import * as parameters from "../generated/parameters.js";
import { failed, invalid } from "../lib/errors.ts";
import type { Services } from "../services.ts";
import { apiOf, htmlAnswer, placeOf, wantsHtml } from "./html.ts";
import { readBody } from "./input.ts";
import type { AppEnv, Reply } from "./reply.ts";

const ACCOUNT = "/v1/accounts/:account";
const PAGE = 50;

/** The routes of the member accounts' records. */
export function accountsRoutes(app: Hono<AppEnv>, services: Services, reply: Reply): void {
  app.put(
    ACCOUNT,
    reply(parameters.putMemberAccount, async ({ account }, c) => {
      const request = await readBody(c, bodies.memberAccountRequest);
      if (failed(request)) return request;
      if (request === undefined)
        return invalid({ pointer: "", detail: "Send the account's `name` and its `repositories`." });
      const caller = c.get("caller");
      const put = await onBehalfOf(caller, () => putAccount(services, account, request, caller));
      if (failed(put)) return put;
      return c.json(viewAccount(put.item), put.isNew ? 201 : 200, {
        ...(put.isNew && { location: `/v1/accounts/${account}` }),
      });
    }),
  );

  app.get(
    ACCOUNT,
    reply(parameters.getMemberAccount, async ({ account }, c) => {
      const item = await onBehalfOf(c.get("caller"), () => getAccount(services, account));
      return failed(item) ? item : viewAccount(item);
    }),
  );

  app.delete(
    ACCOUNT,
    reply(parameters.deleteMemberAccount, async ({ account }, c) => {
      const refused = await deleteAccount(services, account);
      return refused ?? c.body(null, 204);
    }),
  );

  app.get(
    "/v1/accounts",
    reply(parameters.listMemberAccounts, async ({ limit, cursor }, c) => {
      const found = await services.registry.accounts(limit ?? PAGE, cursor);
      if (failed(found)) return found;
      const page = { ...found, items: found.items.map(viewAccount) };
      if (!wantsHtml(c)) return page;
      const { accountsPage } = await import("../page/accounts.tsx");
      return htmlAnswer(
        c,
        accountsPage({
          ...page,
          limit,
          isContinued: cursor !== undefined,
          place: placeOf(services),
          api: apiOf(c, services),
        }),
      );
    }),
  );
}
