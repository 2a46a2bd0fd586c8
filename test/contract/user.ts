/**
 * What a user writes with a client made from the contract (openapi-typescript's types, openapi-fetch). It is compiled
 * as it stands by client.test.ts, which also sees to it that it holds no cast.
 */
import createClient from "openapi-fetch";
import type { components, paths } from "../../src/generated/contract.ts";

type Summary = components["schemas"]["RegistrationSummary"];
type Name = { owner: string; repo: string; role: string };

const ROLE = "/v1/repos/{owner}/{repo}/roles/{role}";

/** What programs read: pages for people are not among it. */
type Machine = `application/${string}` | "text/yaml";

export function userOf(baseUrl: string) {
  const client = createClient<paths, Machine>({ baseUrl });

  return {
    /** Registers with the defaults but for the tags that it trusts too. */
    async register(path: Name, tags: string[] = []) {
      const { data, error, response } = await client.PUT(ROLE, {
        params: { path },
        body: { trust: { branches: ["main"], tags } },
      });
      return {
        status: response.status,
        roleArn: data?.roleArn,
        trusted: data?.spec.trust.tags,
        code: error?.code,
      };
    },

    async read(path: Name) {
      const { data, error } = await client.GET(ROLE, { params: { path } });
      return { roleArn: data?.roleArn, status: data?.status, code: error?.code };
    },

    async workflow(path: Name): Promise<string | undefined> {
      const { data } = await client.GET(`${ROLE}/workflow`, { params: { path }, parseAs: "text" });
      return data;
    },

    /** All registrations, page by page. */
    async list(limit: number): Promise<Summary[]> {
      const found: Summary[] = [];
      let cursor: string | undefined;
      do {
        const query = cursor === undefined ? { limit } : { limit, cursor };
        const { data } = await client.GET("/v1/roles", { params: { query } });
        found.push(...(data?.items ?? []));
        cursor = data?.nextCursor;
      } while (cursor !== undefined);
      return found;
    },

    async remove(path: Name): Promise<string[] | undefined> {
      const { data } = await client.DELETE(ROLE, { params: { path } });
      return data?.removed;
    },

    /** The pointers of the faults of a session that is too short. */
    async faults(path: Name): Promise<string[] | undefined> {
      const { error } = await client.PUT(ROLE, { params: { path }, body: { maxSessionSeconds: 1 } });
      return error?.errors?.map(({ pointer }) => pointer);
    },

    /** Changes what is registered only if something is; answers the status. */
    async change(path: Name): Promise<number> {
      const { response } = await client.PUT(ROLE, { params: { path, header: { "If-Match": "*" } } });
      return response.status;
    },
  };
}
