import type { Hono } from "hono";
import { namespaceOf } from "../desired/names.ts";
import type { components } from "../generated/contract.ts";
import * as parameters from "../generated/parameters.js";
import { type Failure, failed } from "../lib/errors.ts";
import { together } from "../lib/parallel.ts";
import { shownRollCall } from "../registry/journal.ts";
import { check } from "../roll-call/check.ts";
import { accountsOf, viewRollCall } from "../roll-call/finish.ts";
import { auditOverview, readAudit, SHOWN_BYTES } from "../roll-call/read-audit.ts";
import { repair } from "../roll-call/repair.ts";
import { REQUESTED, requestRollCall } from "../roll-call/roll-call.ts";
import type { Services } from "../services.ts";
import { apiOf, htmlAnswer, placeOf, wantsHtml } from "./html.ts";
import { homeOf, type Mount } from "./mount.ts";
import type { AppEnv, Reply } from "./reply.ts";

const ROLE = "/repos/:owner/:repo/roles/:role";
const PAGE = 50;

/** The routes of drift: check, repair and history of one registration, roll calls, and the audit. */
export function rollCallRoutes(app: Hono<AppEnv>, services: Services, reply: Reply, mount: Mount): void {
  const { registry, events } = services;

  mount({
    method: "POST",
    path: `${ROLE}/drift-checks`,
    home: parameters.checkDrift,
    member: parameters.checkDriftInAccount,
    use: "reads",
    handle: (services, key) => check(services, key),
  });

  mount({
    method: "POST",
    path: `${ROLE}/repairs`,
    home: parameters.repairRegistration,
    member: parameters.repairRegistrationInAccount,
    use: "registers",
    handle: (services, key, c) => repair(services, key, c.get("caller")),
  });

  mount({
    method: "GET",
    path: `${ROLE}/history`,
    home: parameters.getHistory,
    member: parameters.getHistoryInAccount,
    use: "reads",
    handle: async (services, input, c) => {
      const { limit = PAGE, cursor, owner, repo, role } = input;
      const [key, { registry }] = [{ owner, repo, role }, services];
      const namespace = namespaceOf(key.owner, key.repo);
      const { registration, reservation } = await registry.readAll(key, [], namespace);
      const claimant = registration?.claimant ?? reservation?.claimant;
      const page = await registry.history(key, claimant, limit, cursor);
      if (failed(page)) return page;
      const isKnown = registration !== undefined || page.items.length > 0 || cursor !== undefined;
      if (!isKnown) return { failure: "not-registered", ...key };
      if (!wantsHtml(c)) return c.json(page);
      const place = placeOf(services);
      const { historyPage } = await import("../page/history.tsx");
      return htmlAnswer(
        c,
        historyPage({ ...key, ...page, limit: input.limit, place, home: homeOf(services) }),
      );
    },
  });

  app.post(
    "/v1/roll-calls",
    reply(parameters.startRollCall, async (_, c) => {
      const asked = await requestRollCall(services);
      // The drift function does the work, because a Lambda function freezes once it has answered. Publish the event
      // again while the roll call has not begun, because an earlier event may have been lost.
      if (asked.status === "requested") await events.put(REQUESTED, { id: asked.id });
      return c.json(shownRollCall(asked), 202, { location: `/v1/roll-calls/${asked.id}` });
    }),
  );

  const findRollCall = async (id: string) =>
    id === "latest" ? (await registry.rollCalls(1))[0] : await registry.readRollCall(id);

  app.get(
    "/v1/roll-calls/:id/accounts",
    reply(parameters.listRollCallAccounts, async ({ id, cursor }, c) => {
      // The cursor names its roll call, so that pages of two roll calls do not mix.
      const [, of, number] = /^([A-Za-z0-9-]{1,64})\.(\d{1,4})$/.exec(cursor ?? "") ?? [];
      if (cursor !== undefined && of === undefined) return { failure: "cursor-invalid" };
      const found = await findRollCall(of ?? id);
      if (found === undefined) return missing(of ?? id);
      const page = Number(number ?? 0);
      const { items = [], hasMore = false } = (await accountsOf(services, found, page)) ?? {};
      const accounts: components["schemas"]["RollCallAccountPage"] = {
        items,
        ...(hasMore && { nextCursor: `${found.id}.${page + 1}` }),
      };
      return c.json(accounts);
    }),
  );

  app.get(
    "/v1/roll-calls/:id",
    reply(parameters.getRollCall, async (input, c) => {
      const found = await findRollCall(input.id);
      if (found === undefined) return missing(input.id);
      if (!wantsHtml(c)) return c.json(await viewRollCall(services, found));
      const [{ report }, { rollCallPage }] = await Promise.all([
        import("../roll-call/report.ts"),
        import("../page/roll-call.tsx"),
      ]);
      return htmlAnswer(c, rollCallPage({ ...(await report(services, found)), api: apiOf(c, services) }));
    }),
  );

  app.get(
    "/v1/audit",
    reply(parameters.getAudit, async ({ account, finding, cursor }, c) => {
      const filter = { account, codes: finding === undefined ? undefined : [finding] };
      const most = wantsHtml(c) ? SHOWN_BYTES : undefined;
      const [last, page] = await together([
        lastFinished(registry),
        readAudit(services, filter, cursor, most),
      ]);
      if (failed(page)) return page;
      if (last === undefined) return noneYet;
      const audit: components["schemas"]["AuditPage"] = { ...last, ...page };
      if (most === undefined) return c.json(audit);
      const { auditPage } = await import("../page/audit.tsx");
      const overview = await auditOverview(services, account);
      const from = { place: placeOf(services), api: apiOf(c, services) };
      const isContinued = cursor !== undefined;
      return htmlAnswer(
        c,
        auditPage({ audit, overview, filter: { account, finding }, isContinued, ...from }),
      );
    }),
  );
}

/** Returns the last finished roll call. Roll calls of an earlier version have no summary of their own. */
async function lastFinished(
  registry: Services["registry"],
): Promise<{ rollCall: string; at: string } | undefined> {
  const [run] = await registry.runs(1);
  const found = run ?? (await registry.rollCalls(10)).find(({ status }) => status === "finished");
  return found?.finishedAt === undefined ? undefined : { rollCall: found.id, at: found.finishedAt };
}

const noRollCall: Failure = {
  failure: "no-roll-call",
  detail: "No roll call has this id. GET /v1/roll-calls/latest has the last one.",
};
const noneYet: Failure = {
  failure: "no-roll-call",
  detail: "No roll call has finished yet. Ask for one with POST /v1/roll-calls.",
};

const missing = (id: string): Failure => (id === "latest" ? noneYet : noRollCall);
