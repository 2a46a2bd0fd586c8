/** A GitHub server for tests. It gives the answers that a test sets, and records the requests. */
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { gitHub } from "../../src/github/github.ts";

export type Asked = {
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string;
};

export type Reply = {
  /** The status of the answer, 200 by default. */
  status?: number;
  /** The body, which is sent as JSON. `text` is sent unchanged. */
  body?: unknown;
  text?: string;
  headers?: Readonly<Record<string, string>>;
  afterMs?: number;
  /** The connection ends without an answer. */
  drop?: true;
};

export type Routes = (asked: Asked) => Reply | undefined;

/** Starts a stub. It answers 404 to every request for which it has no reply. */
export async function startStub(routes: Routes) {
  const asked: Asked[] = [];
  const closing = new AbortController();
  const server = createServer(async (incoming, outgoing) => {
    let body = "";
    for await (const chunk of incoming) body += chunk;
    const one: Asked = {
      body,
      method: incoming.method ?? "GET",
      path: incoming.url ?? "/",
      headers: Object.fromEntries(
        Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
      ),
    };
    asked.push(one);
    const reply = routes(one) ?? { status: 404, body: { message: "Not Found" } };
    if (reply.afterMs !== undefined)
      await sleep(reply.afterMs, undefined, { signal: closing.signal }).catch(() => {});
    if (reply.drop === true) {
      incoming.socket.destroy();
      return;
    }
    const text = reply.status === 304 ? "" : (reply.text ?? JSON.stringify(reply.body ?? {}));
    outgoing.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers });
    outgoing.end(text);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the stub listens on no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    paths: () => asked.map(({ method, path }) => `${method} ${path}`),
    async close() {
      closing.abort();
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export type Stub = Awaited<ReturnType<typeof startStub>>;

/** A clock that moves only when a test moves it. */
export function standingClock(at = Date.parse("2026-11-23T06:00:00Z")) {
  let now = at;
  return {
    now: () => now,
    advance: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

/** A client of a stub. The stub ends with the test. */
export async function startClient(
  routes: Routes,
  credentials: Parameters<typeof gitHub>[1] = async () => ({ kind: "none" }),
) {
  const stub = await startStub(routes);
  onTestFinished(() => stub.close());
  const clock = standingClock();
  return { stub, clock, client: gitHub(stub.url, credentials, clock.now) };
}

/** The path of the answer with the form of a repository's subjects. */
export const CUSTOMIZATION = "/actions/oidc/customization/sub";

/** GitHub's answer about acme/api. */
export const REPOSITORY = {
  id: 2,
  name: "api",
  full_name: "acme/api",
  private: false,
  owner: { login: "acme", id: 1, type: "Organization" },
  default_branch: "trunk",
  archived: false,
  visibility: "public",
};

export const DEFAULT_SUBJECT = {
  use_default: true,
  use_immutable_subject: true,
  sub_claim_prefix: "repo:acme@1/api@2",
};

/** The replies for acme/api, with the changes of a test. */
export function acmeApi({
  about = {},
  subject = { body: DEFAULT_SUBJECT },
}: {
  about?: Partial<Reply>;
  subject?: Reply;
} = {}): Routes {
  return ({ path }) => {
    if (path === "/repos/acme/api") return { body: REPOSITORY, ...about };
    if (path === `/repos/acme/api${CUSTOMIZATION}`) return subject;
    return undefined;
  };
}
