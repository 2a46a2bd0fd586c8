import type { Connect } from "./consumer.ts";
import {
  deleteRegistration,
  explainTrust,
  getWorkflow,
  listRegistrations,
  putRegistration,
} from "./orval/client.ts";
import type { Problem } from "./orval/model/index.ts";
import { use } from "./orval-fetch.ts";

const failed = ({ code, detail }: Problem) => new Error(`${code}: ${detail}`);

export const connect: Connect = (baseUrl, fetch) => {
  use(baseUrl, fetch);
  return {
    async register({ owner, repo, role }, tags) {
      const { data, status, headers } = await putRegistration(owner, repo, role, {
        trust: { branches: ["main"], tags },
      });
      if (status !== 200 && status !== 201) throw failed(data);
      return { status, etag: headers.get("etag") ?? "", roleArn: data.roleArn };
    },
    async update({ owner, repo, role }, tags, etag) {
      const { data, status } = await putRegistration(owner, repo, role, { trust: { tags } }, undefined, {
        "If-Match": etag,
      });
      return { status, ...(status !== 200 && status !== 201 && { code: data.code }) };
    },
    async explain({ owner, repo, role }, sub) {
      const { data, status } = await explainTrust(owner, repo, role, { sub });
      if (status !== 200) throw failed(data);
      return data;
    },
    async workflow({ owner, repo, role }) {
      const { data, status } = await getWorkflow(owner, repo, role);
      if (status !== 200) throw failed(data);
      return data;
    },
    async list(limit) {
      const roles: string[] = [];
      let cursor: string | undefined;
      do {
        const { data, status } = await listRegistrations(
          cursor === undefined ? { limit } : { limit, cursor },
        );
        if (status !== 200) throw failed(data);
        roles.push(...data.items.map(({ role }) => role));
        cursor = data.nextCursor;
      } while (cursor !== undefined);
      return roles;
    },
    async remove({ owner, repo, role }) {
      const { data, status } = await deleteRegistration(owner, repo, role);
      if (status !== 200) throw failed(data);
      return data.removed;
    },
    async faults({ owner, repo, role }) {
      const { data, status } = await putRegistration(owner, repo, role, { maxSessionSeconds: 1 });
      return status === 422 ? (data.errors?.map(({ pointer }) => pointer) ?? []) : [];
    },
  };
};
