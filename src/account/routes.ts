import type { Hono } from "hono";
import type { AppEnv, Reply } from "../app.ts";
import { quotas } from "../aws/account.ts";
import { observeProvider } from "../aws/observe.ts";
import { githubProvider } from "../desired/desired.ts";
import { failed } from "../errors.ts";
import type { components } from "../generated/contract.ts";
import * as parameters from "../generated/parameters.js";
import { readParameters } from "../input.ts";
import type { Services } from "../services.ts";

/** The route of the account: what the operator sees of it. */
export function accountRoutes(app: Hono<AppEnv>, { clients, config }: Services, reply: Reply): void {
  app.get(
    "/v1/account",
    reply(async (c) => {
      const input = readParameters(c, parameters.getAccount);
      if (failed(input)) return input;
      const place = await clients.place();
      const { arn } = githubProvider(place);
      const [provider, quota] = await Promise.all([observeProvider(clients, arn), quotas(clients)]);
      const account: components["schemas"]["Account"] = {
        ...place,
        owners: [...config.owners],
        provider: { arn, exists: provider !== undefined, audiences: [...(provider?.audiences ?? [])] },
        permissionsBoundary: config.boundaryArn,
        quotas: quota,
      };
      return c.json(account);
    }),
  );
}
