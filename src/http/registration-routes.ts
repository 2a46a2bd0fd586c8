import type { Hono } from "hono";
import { expectedState } from "../converge/expected.ts";
import * as bodies from "../generated/bodies.js";
import * as parameters from "../generated/parameters.js";
import { failed, invalid } from "../lib/errors.ts";
import { explain } from "../registration/explain.ts";
import { entityTag, matchesWeakly } from "../registration/precondition.ts";
import { findWithEcr, readEcrItems } from "../registration/read.ts";
import { register } from "../registration/register.ts";
import { remove } from "../registration/remove.ts";
import { revoke } from "../registration/revoke.ts";
import { revokeAll } from "../registration/revoke-all.ts";
import { view, viewPut } from "../registration/view.ts";
import type { Services } from "../services.ts";
import { apiOf, htmlAnswer, placeOf, wantsHtml } from "./html.ts";
import { readBody, readPrecondition } from "./input.ts";
import { homeOf, type Mount, repositoriesPath } from "./mount.ts";
import type { AppEnv, Reply } from "./reply.ts";
import { workflowAnswer } from "./workflow-answer.ts";

const ROLES = "/repos/:owner/:repo/roles";
const ROLE = `${ROLES}/:role`;

/** The routes of registrations. Each reads its input, does one thing, and shows the result. */
export function registrationRoutes(mount: Mount): void {
  mount({
    method: "PUT",
    path: ROLE,
    home: parameters.putRegistration,
    member: parameters.putRegistrationInAccount,
    use: ({ dryRun }) => (dryRun === true ? "plans" : "registers"),
    handle: async (services, input, c) => {
      const precondition = readPrecondition(c);
      if (failed(precondition)) return precondition;
      const request = await readBody(c, bodies.registrationRequest);
      if (failed(request)) return request;
      const { dryRun = false, revoke = false, origin, owner, repo, role } = input;
      const result = await register(services, {
        key: { owner, repo, role },
        request: request ?? {},
        precondition,
        dryRun,
        revoke,
        caller: c.get("caller"),
        ...(origin === "self" && { origin }),
      });
      if (failed(result)) return result;
      const { item, isNew } = result;
      const location = `${repositoriesPath(services)}/${item.owner}/${item.repo}/roles/${item.role}`;
      return c.json(viewPut(result, dryRun), isNew ? 201 : 200, {
        etag: entityTag(item),
        ...(isNew && { location }),
      });
    },
  });

  mount({
    method: "GET",
    path: ROLE,
    home: parameters.getRegistration,
    member: parameters.getRegistrationInAccount,
    use: "reads",
    handle: async (services, key, c) => {
      const precondition = readPrecondition(c);
      if (failed(precondition)) return precondition;
      const found = await findWithEcr(services, key);
      if (failed(found)) return found;
      const { item, ecr } = found;
      const etag = entityTag(item);
      const isKnown = precondition.ifNoneMatch !== undefined && matchesWeakly(precondition.ifNoneMatch, etag);
      // Always send the page in full: it also shows drift, and the entity tag covers only the registration.
      if (wantsHtml(c)) {
        const { registrationPage } = await import("../page/registration.tsx");
        return htmlAnswer(c, registrationPage(view(item, ecr), homeOf(services), apiOf(c, services)));
      }
      return isKnown ? c.body(null, 304, { etag }) : c.json(view(item, ecr, etag), 200, { etag });
    },
  });

  mount({
    method: "DELETE",
    path: ROLE,
    home: parameters.deleteRegistration,
    member: parameters.deleteRegistrationInAccount,
    use: "removes",
    handle: async (services, key, c) => {
      const precondition = readPrecondition(c);
      if (failed(precondition)) return precondition;
      return remove(services, key, precondition, c.get("caller"));
    },
  });

  mount({
    method: "GET",
    path: `${ROLE}/workflow`,
    home: parameters.getWorkflow,
    member: parameters.getWorkflowInAccount,
    use: "reads",
    handle: async (services, input, c) => {
      const found = await findWithEcr(services, input);
      if (failed(found)) return found;
      return workflowAnswer(c, found, input);
    },
  });

  mount({
    method: "GET",
    path: `${ROLE}/export`,
    home: parameters.exportRegistration,
    member: parameters.exportRegistrationInAccount,
    use: "reads",
    handle: async (services, input, c) => {
      const found = await findWithEcr(services, input);
      if (failed(found)) return found;
      const { item, ecr } = found;
      // Export only a ready registration. Otherwise AWS may differ from the intent, and an import would fail or change
      // AWS.
      if (item.status !== "ready") return { failure: "not-ready", status: item.status };
      const desired = expectedState(item, ecr);
      const { exportAs } = await import("../export/export.ts");
      const { name, type, content } = exportAs(input.format, { ...item, desired });
      return c.body(content, 200, {
        "content-type": `${type}; charset=utf-8`,
        "content-disposition": `attachment; filename="${name}"`,
      });
    },
  });

  mount({
    method: "POST",
    path: `${ROLE}/explanations`,
    home: parameters.explainTrust,
    member: parameters.explainTrustInAccount,
    use: "plans",
    handle: async (services, key, c) => {
      const request = await readBody(c, bodies.explanationRequest);
      if (failed(request)) return request;
      if (request === undefined)
        return invalid({ pointer: "", detail: "Send one of `token`, `claims` and `sub`." });
      return explain(services, key, request);
    },
  });

  mount({
    method: "POST",
    path: `${ROLE}/revocations`,
    home: parameters.revokeSessions,
    member: parameters.revokeSessionsInAccount,
    use: "removes",
    handle: async (services, key, c) => {
      const request = await readBody(c, bodies.revocationRequest);
      if (failed(request)) return request;
      const revoked = await revoke(services, key, request ?? {}, c.get("caller"));
      if (failed(revoked)) return revoked;
      const ecr = await readEcrItems(services.registry, revoked);
      return c.json(view(revoked, ecr), 200, { etag: entityTag(revoked) });
    },
  });

  mount({
    method: "POST",
    path: "/repos/:owner/:repo/revocations",
    home: parameters.revokeRepositorySessions,
    member: parameters.revokeRepositorySessionsInAccount,
    use: "removes",
    handle: async (services, repository, c) => {
      const request = await readBody(c, bodies.revocationRequest);
      if (failed(request)) return request;
      return revokeAll(services, repository, request ?? {}, c.get("caller"));
    },
  });

  mount({
    method: "GET",
    path: ROLES,
    home: parameters.listRepositoryRegistrations,
    member: parameters.listRepositoryRegistrationsInAccount,
    use: "reads",
    handle: async (services, input) => {
      const { owner, repo, limit = PAGE, cursor, status, drift } = input;
      const filter = { ...(status && { status }), ...(drift && { drift }) };
      return services.registry.listRepository(owner, repo, filter, limit, cursor);
    },
  });
}

/** The route that lists the registrations of all accounts. */
export function listRoutes(app: Hono<AppEnv>, services: Services, reply: Reply): void {
  app.get(
    "/v1/roles",
    reply(parameters.listRegistrations, async (input, c) => {
      const { limit, cursor, ...filter } = input;
      const found = await services.registry.list(filter, limit ?? PAGE, cursor);
      if (failed(found) || !wantsHtml(c)) return found;
      const from = { place: placeOf(services), api: apiOf(c, services) };
      const isContinued = cursor !== undefined;
      const { registrationsPage } = await import("../page/registrations.tsx");
      return htmlAnswer(c, registrationsPage({ ...found, filter, limit, isContinued, ...from }));
    }),
  );
}

/** The default number of registrations on a page, as in the contract. */
const PAGE = 50;
