import type { Connect } from "./consumer.ts";
import { createClient } from "./hey-api/client/index.ts";
import {
  deleteRegistration,
  explainTrust,
  getWorkflow,
  listRegistrations,
  type Problem,
  putRegistration,
} from "./hey-api/index.ts";

const failed = ({ code, detail }: Problem) => new Error(`${code}: ${detail}`);

export const connect: Connect = (baseUrl, fetch) => {
  const client = createClient({ baseUrl, fetch });
  return {
    async register(path, tags) {
      const { data, error, response } = await putRegistration({
        client,
        path,
        body: { trust: { branches: ["main"], tags } },
      });
      if (error) throw failed(error);
      return { status: response.status, etag: response.headers.get("etag") ?? "", roleArn: data.roleArn };
    },
    async update(path, tags, etag) {
      const { error, response } = await putRegistration({
        client,
        path,
        headers: { "If-Match": etag },
        body: { trust: { tags } },
      });
      if (response === undefined) throw error;
      return { status: response.status, ...(error && { code: error.code }) };
    },
    async explain(path, sub) {
      const { data, error } = await explainTrust({ client, path, body: { sub } });
      if (error) throw failed(error);
      return data;
    },
    async workflow(path) {
      const { data, error } = await getWorkflow({ client, path });
      if (error) throw failed(error);
      return data;
    },
    async list(limit) {
      const roles: string[] = [];
      let cursor: string | undefined;
      do {
        const query = cursor === undefined ? { limit } : { limit, cursor };
        const { data, error } = await listRegistrations({ client, query });
        if (error) throw failed(error);
        roles.push(...data.items.map(({ role }) => role));
        cursor = data.nextCursor;
      } while (cursor !== undefined);
      return roles;
    },
    async remove(path) {
      const { data, error } = await deleteRegistration({ client, path });
      if (error) throw failed(error);
      return data.removed;
    },
    async faults(path) {
      const { error } = await putRegistration({ client, path, body: { maxSessionSeconds: 1 } });
      return error?.errors?.map(({ pointer }) => pointer) ?? [];
    },
  };
};
