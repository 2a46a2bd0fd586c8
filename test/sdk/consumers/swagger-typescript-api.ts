import type { Connect } from "./consumer.ts";
import { Api, type Problem } from "./swagger-typescript-api/client.ts";

const failed = ({ code, detail }: Problem) => new Error(`${code}: ${detail}`);

export const connect: Connect = (baseUrl, customFetch) => {
  const { v1 } = new Api({ baseUrl, customFetch });
  return {
    async register({ owner, repo, role }, tags) {
      const request = { trust: { branches: ["main"], tags } };
      const { ok, status, data, error } = await v1.putRegistration(owner, repo, role, {}, request);
      if (!ok) throw failed(error);
      return { status, etag: data.etag, roleArn: data.roleArn };
    },
    async update({ owner, repo, role }, tags, etag) {
      // The generated function has no parameters for headers, so `If-Match` goes with the request's settings.
      const settings = { headers: { "If-Match": etag } };
      const { ok, status, error } = await v1.putRegistration(
        owner,
        repo,
        role,
        {},
        { trust: { tags } },
        settings,
      );
      return { status, ...(!ok && { code: error.code }) };
    },
    async explain({ owner, repo, role }, sub) {
      const { ok, data, error } = await v1.explainTrust(owner, repo, role, { sub });
      if (!ok) throw failed(error);
      return data;
    },
    async workflow({ owner, repo, role }) {
      // The generated function does not know that the answer is text.
      const { ok, status, data } = await v1.getWorkflow(owner, repo, role, {}, { format: "text" });
      if (!ok) throw new Error(`status ${status}`);
      return data;
    },
    async list(limit) {
      const roles: string[] = [];
      let cursor: string | undefined;
      do {
        const query = cursor === undefined ? { limit } : { limit, cursor };
        const { ok, data, error } = await v1.listRegistrations(query);
        if (!ok) throw failed(error);
        roles.push(...data.items.map(({ role }) => role));
        cursor = data.nextCursor;
      } while (cursor !== undefined);
      return roles;
    },
    async remove({ owner, repo, role }) {
      const { ok, data, error } = await v1.deleteRegistration(owner, repo, role);
      if (!ok) throw failed(error);
      return data.removed;
    },
    async faults({ owner, repo, role }) {
      const { error } = await v1.putRegistration(owner, repo, role, {}, { maxSessionSeconds: 1 });
      return error.errors?.map(({ pointer }) => pointer) ?? [];
    },
  };
};
