import { isErrorFromAlias } from "@zodios/core";
import axios from "axios";
import { ZodError } from "zod";
import type { Connect } from "./consumer.ts";
import { api, createApiClient } from "./openapi-zod-client/client.ts";

export const connect: Connect = (baseUrl, fetch) => {
  const axiosInstance = axios.create({ adapter: "fetch", env: { fetch } });
  const client = createApiClient(baseUrl, { axiosInstance });
  return {
    async register(params, tags) {
      const { etag, roleArn } = await client.putRegistration(
        { trust: { branches: ["main"], tags } },
        { params },
      );
      return { etag, roleArn };
    },
    async update(params, tags, etag) {
      const headers = { "If-Match": etag };
      try {
        await client.putRegistration({ trust: { tags } }, { params, headers });
        return {};
      } catch (error) {
        if (!isErrorFromAlias(api.api, "putRegistration", error)) throw error;
        const { status, data } = error.response;
        return { status, ...(data && { code: data.code }) };
      }
    },
    explain: (params, sub) => client.explainTrust({ sub }, { params }),
    workflow: (params) => client.getWorkflow({ params }),
    async list(limit) {
      const roles: string[] = [];
      let cursor: string | undefined;
      do {
        const queries = cursor === undefined ? { limit } : { limit, cursor };
        const page = await client.listRegistrations({ queries });
        roles.push(...page.items.map(({ role }) => role));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      return roles;
    },
    remove: async (params) => (await client.deleteRegistration(undefined, { params })).removed,
    // The client checks the request with the contract's limits and sends no wrong one.
    async faults(params) {
      try {
        await client.putRegistration({ maxSessionSeconds: 1 }, { params });
        return [];
      } catch (error) {
        const { cause } = Object(error);
        if (!(cause instanceof ZodError)) throw error;
        return cause.issues.map(({ path }) => `/${path.join("/")}`);
      }
    },
  };
};
