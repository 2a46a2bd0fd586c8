import { ZodError } from "zod";
import type { Connect } from "./consumer.ts";
import {
  deleteRegistration,
  explainTrust,
  getWorkflow,
  listRegistrations,
  problemSchema,
  putRegistration,
} from "./kubb/index.ts";
import { Refused, use } from "./kubb-fetch.ts";

export const connect: Connect = (baseUrl, fetch) => {
  use(baseUrl, fetch);
  return {
    async register({ owner, repo, role }, tags) {
      const { data, status } = await putRegistration(owner, repo, role, {
        trust: { branches: ["main"], tags },
      });
      return { status, etag: data.etag, roleArn: data.roleArn };
    },
    async update({ owner, repo, role }, tags, etag) {
      const headers = { "If-Match": etag };
      try {
        const { status } = await putRegistration(owner, repo, role, { trust: { tags } }, {}, headers);
        return { status };
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        return { status: error.status, code: problemSchema.parse(error.body).code };
      }
    },
    async explain({ owner, repo, role }, sub) {
      return (await explainTrust(owner, repo, role, { sub })).data;
    },
    async workflow({ owner, repo, role }) {
      return (await getWorkflow(owner, repo, role)).data;
    },
    async list(limit) {
      const roles: string[] = [];
      let cursor: string | undefined;
      do {
        const { data } = await listRegistrations(cursor === undefined ? { limit } : { limit, cursor });
        roles.push(...data.items.map(({ role }) => role));
        cursor = data.nextCursor;
      } while (cursor !== undefined);
      return roles;
    },
    async remove({ owner, repo, role }) {
      return (await deleteRegistration(owner, repo, role)).data.removed;
    },
    // The client checks the request with the contract's limits and sends no wrong one.
    async faults({ owner, repo, role }) {
      try {
        await putRegistration(owner, repo, role, { maxSessionSeconds: 1 });
        return [];
      } catch (error) {
        if (!(error instanceof ZodError)) throw error;
        return error.issues.map(({ path }) => `/${path.join("/")}`);
      }
    },
  };
};
