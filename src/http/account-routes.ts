import type { Hono } from "hono";
import { quotas } from "../aws/account.ts";
import { observeProvider } from "../aws/observe.ts";
import { providerOf } from "../desired/desired.ts";
import type { components } from "../generated/contract.ts";
import * as parameters from "../generated/parameters.js";
import type { SelfRules } from "../registration/self-caller.ts";
import type { Services } from "../services.ts";
import type { AppEnv, Reply } from "./reply.ts";

/** The same type, of which nothing may be changed. */
type Unchanged<T> = { readonly [K in keyof T]: Unchanged<T[K]> };

/** The route that shows the account and its configuration. */
export function accountRoutes(
  app: Hono<AppEnv>,
  { clients, config }: Services,
  reply: Reply,
  rules: () => SelfRules,
): void {
  app.get(
    "/v1/account",
    reply(parameters.getAccount, async () => {
      const { place } = clients;
      const arns = [...new Set([...config.issuers.values()].map((issuer) => providerOf(issuer, place).arn))];
      const provider = async (arn: string) => {
        const found = await observeProvider(clients, arn);
        return { arn, exists: found !== undefined, audiences: [...(found?.audiences ?? [])] };
      };
      const [providers, quota] = await Promise.all([Promise.all(arns.map(provider)), quotas(clients)]);
      const {
        audience,
        ceiling: { rules: allowed },
      } = rules();
      const account: Unchanged<components["schemas"]["Account"]> = {
        ...place,
        owners: [...config.owners],
        providers,
        permissionsBoundary: config.boundaryArn,
        quotas: quota,
        self: { audience, rules: allowed },
      };
      return account;
    }),
  );
}
