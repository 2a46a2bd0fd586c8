import type { Connect } from "./consumer.ts";
import {
  deleteRegistration,
  explainTrust,
  getWorkflow,
  listRegistrations,
  type Problem,
  putRegistration,
} from "./oazapfts/client.ts";

const failed = ({ code, detail }: Problem) => new Error(`${code}: ${detail}`);

export const connect: Connect = (baseUrl, fetch) => {
  const opts = { baseUrl, fetch };
  return {
    async register({ owner, repo, role }, tags) {
      const request = { trust: { branches: ["main"], tags } };
      const { status, data } = await putRegistration(owner, repo, role, request, {}, opts);
      if (status !== 200 && status !== 201) throw failed(data);
      return { status, etag: data.etag, roleArn: data.roleArn };
    },
    async update({ owner, repo, role }, tags, etag) {
      const request = { trust: { tags } };
      const { status, data } = await putRegistration(owner, repo, role, request, { ifMatch: etag }, opts);
      return { status, ...(status !== 200 && status !== 201 && { code: data.code }) };
    },
    async explain({ owner, repo, role }, sub) {
      const { status, data } = await explainTrust(owner, repo, role, { sub }, opts);
      if (status !== 200) throw failed(data);
      return data;
    },
    async workflow({ owner, repo, role }) {
      const { status, data } = await getWorkflow(owner, repo, role, {}, opts);
      if (status !== 200) throw failed(data);
      return data;
    },
    async list(limit) {
      const roles: string[] = [];
      let cursor: string | undefined;
      do {
        const query = cursor === undefined ? { limit } : { limit, cursor };
        const { status, data } = await listRegistrations(query, opts);
        if (status !== 200) throw failed(data);
        roles.push(...data.items.map(({ role }) => role));
        cursor = data.nextCursor;
      } while (cursor !== undefined);
      return roles;
    },
    async remove({ owner, repo, role }) {
      const { status, data } = await deleteRegistration(owner, repo, role, {}, opts);
      if (status !== 200) throw failed(data);
      return data.removed;
    },
    async faults({ owner, repo, role }) {
      const { status, data } = await putRegistration(owner, repo, role, { maxSessionSeconds: 1 }, {}, opts);
      return status === 422 ? (data.errors?.map(({ pointer }) => pointer) ?? []) : [];
    },
  };
};
