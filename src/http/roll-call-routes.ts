import type { Hono } from "hono";
import { namespaceOf } from "../desired/names.ts";
import type { components } from "../generated/contract.ts";
import * as parameters from "../generated/parameters.js";
import { type Failure, failed } from "../lib/errors.ts";
import { rollCallPage } from "../page/roll-call.tsx";
import { shownRollCall } from "../registry/journal.ts";
import { check } from "../roll-call/check.ts";
import { repair } from "../roll-call/repair.ts";
import { report } from "../roll-call/report.ts";
import { REQUESTED, requestRollCall } from "../roll-call/roll-call.ts";
import type { Services } from "../services.ts";
import { htmlAnswer, wantsHtml } from "./html.ts";
import type { Mount } from "./mount.ts";
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
      return isKnown ? c.json(page) : { failure: "not-registered", ...key };
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

  app.get(
    "/v1/roll-calls/:id",
    reply(parameters.getRollCall, async (input, c) => {
      const [latest] = input.id === "latest" ? await registry.rollCalls(1) : [];
      const found = input.id === "latest" ? latest : await registry.readRollCall(input.id);
      if (found === undefined) return noRollCall;
      return wantsHtml(c)
        ? htmlAnswer(c, rollCallPage(await report(registry, found)))
        : c.json(shownRollCall(found));
    }),
  );

  app.get(
    "/v1/audit",
    reply(parameters.getAudit, async (input, c) => {
      // The cursor names its roll call, so that pages of two roll calls do not mix.
      const [, id, page] = /^([A-Za-z0-9-]+)\.(\d{1,6})$/.exec(input.cursor ?? "") ?? [];
      if (input.cursor !== undefined && id === undefined) return { failure: "cursor-invalid" };
      const wanted = id ?? (await lastEnded(registry));
      const rollCall = wanted === undefined ? undefined : await registry.readRollCall(wanted);
      if (rollCall?.finishedAt === undefined) return noRollCall;
      const number = Number(page ?? 0);
      const audit: components["schemas"]["AuditPage"] = {
        rollCall: rollCall.id,
        at: rollCall.finishedAt,
        // Ignore pages after the last one: an invocation that was cut off may have left them.
        items: number < rollCall.auditPages ? ((await registry.readAudit(rollCall.id, number)) ?? []) : [],
        ...(number + 1 < rollCall.auditPages && { nextCursor: `${rollCall.id}.${number + 1}` }),
      };
      return c.json(audit);
    }),
  );
}

/** Returns the id of the last finished roll call. Roll calls of an earlier version have no summary of their own. */
async function lastEnded(registry: Services["registry"]): Promise<string | undefined> {
  const [run] = await registry.runs(1);
  return run?.id ?? (await registry.rollCalls(10)).find(({ status }) => status === "finished")?.id;
}

const noRollCall: Failure = {
  failure: "no-roll-call",
  detail: "No such roll call exists, or none has finished yet. Ask for one with POST /v1/roll-calls.",
};
