import createClient from "openapi-fetch";
import type { Connect } from "./consumer.ts";
import type { components, paths } from "./openapi-typescript/contract.ts";

const ROLE = "/v1/repos/{owner}/{repo}/roles/{role}";

const failed = ({ code, detail }: components["schemas"]["Problem"]) => new Error(`${code}: ${detail}`);

export const connect: Connect = (baseUrl, fetch) => {
  const client = createClient<paths>({ baseUrl, fetch });
  return {
    async register(path, tags) {
      const { data, error, response } = await client.PUT(ROLE, {
        params: { path },
        body: { trust: { branches: ["main"], tags } },
      });
      if (error) throw failed(error);
      return { status: response.status, etag: response.headers.get("etag") ?? "", roleArn: data.roleArn };
    },
    async update(path, tags, etag) {
      const { error, response } = await client.PUT(ROLE, {
        params: { path, header: { "If-Match": etag } },
        body: { trust: { tags } },
      });
      return { status: response.status, ...(error && { code: error.code }) };
    },
    async explain(path, sub) {
      const { data, error } = await client.POST(`${ROLE}/explanations`, { params: { path }, body: { sub } });
      if (error) throw failed(error);
      return data;
    },
    async workflow(path) {
      const { data, error } = await client.GET(`${ROLE}/workflow`, { params: { path }, parseAs: "text" });
      if (error) throw failed(error);
      return data;
    },
    async list(limit) {
      const roles: string[] = [];
      let cursor: string | undefined;
      do {
        const query = cursor === undefined ? { limit } : { limit, cursor };
        const { data, error } = await client.GET("/v1/roles", { params: { query } });
        if (error) throw failed(error);
        roles.push(...data.items.map(({ role }) => role));
        cursor = data.nextCursor;
      } while (cursor !== undefined);
      return roles;
    },
    async remove(path) {
      const { data, error } = await client.DELETE(ROLE, { params: { path } });
      if (error) throw failed(error);
      return data.removed;
    },
    async faults(path) {
      const { error } = await client.PUT(ROLE, { params: { path }, body: { maxSessionSeconds: 1 } });
      return error?.errors?.map(({ pointer }) => pointer) ?? [];
    },
  };
};
