import type { Hono } from "hono";
import { type EcrItems, expectedState } from "../converge/expected.ts";
import { exportAs } from "../export/export.ts";
import * as bodies from "../generated/bodies.js";
import type { components } from "../generated/contract.ts";
import * as parameters from "../generated/parameters.js";
import { type Failure, failed, invalid } from "../lib/errors.ts";
import { registrationPage } from "../page/registration.tsx";
import { explain } from "../registration/explain.ts";
import { entityTag, matchesWeakly } from "../registration/precondition.ts";
import { findWithEcr, readEcrItems } from "../registration/read.ts";
import { register } from "../registration/register.ts";
import { remove } from "../registration/remove.ts";
import { revoke } from "../registration/revoke.ts";
import { revokeAll } from "../registration/revoke-all.ts";
import { view, viewPut, workflowOf } from "../registration/view.ts";
import type { RegistrationItem } from "../registry/items.ts";
import type { Services } from "../services.ts";
import type { AppEnv, Reply } from "./app.ts";
import { htmlAnswer, wantsHtml } from "./html.ts";
import { readBody, readParameters, readPrecondition } from "./input.ts";

type WorkflowKind = components["schemas"]["WorkflowKind"];

const ROLES = "/v1/repos/:owner/:repo/roles";
const ROLE = `${ROLES}/:role`;

/** The routes of registrations. Each reads its input, does one thing, and shows the result. */
export function registrationRoutes(app: Hono<AppEnv>, services: Services, reply: Reply): void {
  const { registry } = services;

  app.put(
    ROLE,
    reply(async (c) => {
      const input = readParameters(c, parameters.putRegistration);
      if (failed(input)) return input;
      const precondition = readPrecondition(c);
      if (failed(precondition)) return precondition;
      const request = await readBody(c, bodies.registrationRequest);
      if (failed(request)) return request;
      const { dryRun = false, revoke = false, ...key } = input;
      const result = await register(services, {
        key,
        request: request ?? {},
        precondition,
        dryRun,
        revoke,
        caller: c.get("caller"),
      });
      if (failed(result)) return result;
      return c.json(viewPut(result, dryRun), result.isNew ? 201 : 200, { etag: entityTag(result.item) });
    }),
  );

  app.get(
    ROLE,
    reply(async (c) => {
      const key = readParameters(c, parameters.getRegistration);
      if (failed(key)) return key;
      const precondition = readPrecondition(c);
      if (failed(precondition)) return precondition;
      const found = await findWithEcr(services, key);
      if (failed(found)) return found;
      const { item, ecr } = found;
      const etag = entityTag(item);
      const isKnown = precondition.ifNoneMatch !== undefined && matchesWeakly(precondition.ifNoneMatch, etag);
      // Always send the page in full: it also shows drift, and the entity tag covers only the registration.
      if (wantsHtml(c)) return htmlAnswer(c, registrationPage(view(item, ecr)));
      return isKnown ? c.body(null, 304, { etag }) : c.json(view(item, ecr), 200, { etag });
    }),
  );

  app.delete(
    ROLE,
    reply(async (c) => {
      const key = readParameters(c, parameters.deleteRegistration);
      if (failed(key)) return key;
      const precondition = readPrecondition(c);
      if (failed(precondition)) return precondition;
      const removal = await remove(services, key, precondition, c.get("caller"));
      return failed(removal) ? removal : c.json(removal);
    }),
  );

  app.get(
    `${ROLE}/workflow`,
    reply(async (c) => {
      const input = readParameters(c, parameters.getWorkflow);
      if (failed(input)) return input;
      const found = await findWithEcr(services, input);
      if (failed(found)) return found;
      const { item, ecr } = found;
      const workflow = workflowOf(item, ecr, input);
      if (workflow === undefined) return noWorkflow(item, ecr, input.kind);
      const name = workflow.path.split("/").at(-1);
      const { revocation } = view(item, ecr);
      // Explain in the file why its jobs will fail while the sessions are suspended.
      const note = revocation?.suspended ? `# ${revocation.detail}\n` : "";
      return c.body(`${note}${workflow.content}`, 200, {
        "content-type": "text/yaml; charset=utf-8",
        "content-disposition": `attachment; filename="${name}"`,
      });
    }),
  );

  app.get(
    `${ROLE}/export`,
    reply(async (c) => {
      const input = readParameters(c, parameters.exportRegistration);
      if (failed(input)) return input;
      const found = await findWithEcr(services, input);
      if (failed(found)) return found;
      const { item, ecr } = found;
      // Export only a ready registration. Otherwise AWS may differ from the intent, and an import would fail or change
      // AWS.
      if (item.status !== "ready") return { failure: "not-ready", status: item.status };
      const desired = expectedState(item, ecr);
      const { name, type, content } = exportAs(input.format, { ...item, desired });
      return c.body(content, 200, {
        "content-type": `${type}; charset=utf-8`,
        "content-disposition": `attachment; filename="${name}"`,
      });
    }),
  );

  app.post(
    `${ROLE}/explanations`,
    reply(async (c) => {
      const key = readParameters(c, parameters.explainTrust);
      if (failed(key)) return key;
      const request = await readBody(c, bodies.explanationRequest);
      if (failed(request)) return request;
      if (request === undefined)
        return invalid({ pointer: "", detail: "Send one of `token`, `claims` and `sub`." });
      const explanation = await explain(services, key, request);
      return failed(explanation) ? explanation : c.json(explanation);
    }),
  );

  app.post(
    `${ROLE}/revocations`,
    reply(async (c) => {
      const key = readParameters(c, parameters.revokeSessions);
      if (failed(key)) return key;
      const request = await readBody(c, bodies.revocationRequest);
      if (failed(request)) return request;
      const revoked = await revoke(services, key, request ?? {}, c.get("caller"));
      if (failed(revoked)) return revoked;
      const ecr = await readEcrItems(registry, revoked);
      return c.json(view(revoked, ecr), 200, { etag: entityTag(revoked) });
    }),
  );

  app.post(
    "/v1/repos/:owner/:repo/revocations",
    reply(async (c) => {
      const repository = readParameters(c, parameters.revokeRepositorySessions);
      if (failed(repository)) return repository;
      const request = await readBody(c, bodies.revocationRequest);
      if (failed(request)) return request;
      const revoked = await revokeAll(services, repository, request ?? {}, c.get("caller"));
      return failed(revoked) ? revoked : c.json(revoked);
    }),
  );

  app.get(
    ROLES,
    reply(async (c) => {
      const input = readParameters(c, parameters.listRepositoryRegistrations);
      if (failed(input)) return input;
      const { owner, repo, limit = PAGE, cursor, ...filter } = input;
      const page = await registry.listRepository(owner, repo, filter, limit, cursor);
      return failed(page) ? page : c.json(page);
    }),
  );

  app.get(
    "/v1/roles",
    reply(async (c) => {
      const input = readParameters(c, parameters.listRegistrations);
      if (failed(input)) return input;
      const { limit = PAGE, cursor, ...filter } = input;
      const page = await registry.list(filter, limit, cursor);
      return failed(page) ? page : c.json(page);
    }),
  );
}

/** The default number of registrations on a page, as in the contract. */
const PAGE = 50;

/** Returns the reason why a registration has no workflow of a kind, or none in the requested form. */
function noWorkflow(item: RegistrationItem, ecr: EcrItems, kind: WorkflowKind | undefined): Failure {
  const { status } = item;
  if (status !== "ready") return { failure: "not-ready", status };
  if (workflowOf(item, ecr, { ...(kind && { kind }) }) !== undefined) {
    return invalid({
      pointer: "/form",
      detail:
        "The trust names no reusable workflow that can be called, so the workflow is one file: name one in trust.jobWorkflowRefs, in another file and at one ref; or leave `form` out.",
    });
  }
  return invalid({
    pointer: "/kind",
    detail:
      "The registration may not push to any ECR repository (or pull, for that kind), or each of its jobWorkflowRefs is a pattern that no workflow can call.",
  });
}
