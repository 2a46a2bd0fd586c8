/** A registry's login token lasts 12 hours. This token opens nothing, because there is no registry behind it. */
import { randomUUID } from "node:crypto";
import { type Action, action } from "../action.ts";
import type { Json } from "../wire/json.ts";
import { registryId } from "./rules.ts";
import { type Registry, registryHost } from "./state.ts";

export const GetAuthorizationToken: Action<Registry, Json> = action(
  (input) => input.optionalTexts("registryIds", { min: 1, max: 10 }, registryId),
  (registry, ids) => ({
    authorizationData: (ids ?? [registry.account.id]).map((id) => ({
      authorizationToken: Buffer.from(`AWS:${randomUUID()}`).toString("base64"),
      expiresAt: registry.now().getTime() / 1000 + 12 * 3600,
      proxyEndpoint: `https://${registryHost({ ...registry, account: { ...registry.account, id } })}`,
    })),
  }),
);
