/**
 * The embedded GitHub. It issues its workflows' tokens, and answers two calls of the REST API: one describes a
 * repository, the other the subjects of its tokens. Answers have ETags and rate-limit headers.
 * https://docs.github.com/en/rest/repos/repos#get-a-repository
 * https://docs.github.com/en/rest/actions/oidc#get-the-customization-template-for-an-oidc-subject-claim-for-a-repository
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { GITHUB_COM } from "../../src/trust/issuer.ts";
import { sendsIds } from "./claims.ts";
import { type Issuer, openIssuer } from "./issuer.ts";
import { json, type Reply } from "./reply.ts";
import { openRepositories, type Repositories, type Repository, subjectPrefixOf } from "./repositories.ts";

export type { Run } from "./claims.ts";
export type { Repositories, Repository } from "./repositories.ts";

export type GitHubFaultPoint = {
  readonly method: string;
  readonly path: string;
  readonly phase: "before" | "after";
};

export type GitHubFault =
  | { kind: "latency"; ms: number }
  | { kind: "error"; status: number; message: string; headers?: Readonly<Record<string, string>> }
  /** A success whose body is not JSON. */
  | { kind: "garbled" }
  /** The connection ends without an answer. */
  | { kind: "drop" };

export type GitHubFaultHook = (point: GitHubFaultPoint) => GitHubFault | undefined;

export type GitHubCall = { method: string; path: string; status: number };

export type EmbeddedGitHub = Pick<Issuer, "issuer" | "mint" | "keys"> & {
  url: string;
  close(): Promise<void>;
  repositories: Repositories;
  /** The last 10,000 calls. */
  calls: GitHubCall[];
};

export type EmbeddedGitHubOptions = {
  /** By default a free port. */
  port?: number;
  /** Every repository of these owners exists; those of other owners do not. */
  owners: readonly string[];
  /** Settings that differ from the defaults, by full name. */
  repositories?: Readonly<Record<string, Partial<Repository>>>;
  /** The `iss` of its tokens. By default that of github.com. */
  issuer?: string;
  /** The folder in which the signing key is stored. By default every server has a key of its own. */
  directory?: string;
  /** Requests per hour. A 304 does not count. By default 5,000. */
  rateLimit?: number;
  now?: () => number;
  fault?: GitHubFaultHook;
};

export async function startEmbeddedGitHub(options: EmbeddedGitHubOptions): Promise<EmbeddedGitHub> {
  const { issuer = GITHUB_COM.url, now = Date.now, directory } = options;
  const repositories = openRepositories(options.owners, sendsIds(issuer));
  for (const [fullName, settings] of Object.entries(options.repositories ?? {}))
    repositories.set(fullName, settings);
  const limit = openLimit(options.rateLimit ?? 5000, now);
  const tokens = openIssuer({ issuer, repositories, directory, now });
  const calls: GitHubCall[] = [];
  const closing = new AbortController();

  const server = createServer((incoming, outgoing) => {
    answer(incoming, url(), {
      repositories,
      tokens,
      limit,
      fault: options.fault,
      closing: closing.signal,
    }).then(
      (reply) => {
        calls.push({
          method: incoming.method ?? "GET",
          path: incoming.url ?? "/",
          status: reply?.status ?? 0,
        });
        if (calls.length > 10_000) calls.shift();
        if (reply === undefined) incoming.socket.destroy();
        else send(outgoing, reply);
      },
      (error: unknown) => {
        console.error(error);
        incoming.socket.destroy();
      },
    );
  });

  function url(): string {
    const address = server.address();
    if (address === null || typeof address === "string")
      throw new Error("the embedded GitHub listens on no port");
    return `http://127.0.0.1:${address.port}`;
  }

  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: url(),
    issuer,
    mint: tokens.mint,
    keys: tokens.keys,
    repositories,
    calls,
    async close() {
      closing.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

type Answering = {
  repositories: Repositories;
  tokens: Issuer;
  limit: Limit;
  fault: GitHubFaultHook | undefined;
  closing: AbortSignal;
};

/** Answers a request. Returns undefined if the connection is to be dropped. */
async function answer(
  incoming: IncomingMessage,
  url: string,
  { repositories, tokens, limit, fault, closing }: Answering,
): Promise<Reply | undefined> {
  const method = incoming.method ?? "GET";
  const { pathname: path, searchParams } = new URL(incoming.url ?? "/", url);
  let reply: Reply | undefined;
  for (const phase of ["before", "after"] as const) {
    if (phase === "after") {
      if (method === "GET") reply = await tokens.get(path, searchParams, url);
      if (reply === undefined) {
        const result = method === "GET" ? route(path, url, repositories) : notFound;
        reply = limit.apply(fresh(result, incoming.headers["if-none-match"]));
      }
    }
    const suffered = fault?.({ method, path, phase });
    switch (suffered?.kind) {
      case "latency":
        if (!(await waited(suffered.ms, closing))) return undefined;
        break;
      case "error":
        return json(suffered.status, { message: suffered.message, documentation_url }, suffered.headers);
      case "garbled":
        return { ...json(200, {}), body: '{"id": 1296' };
      case "drop":
        return undefined;
    }
  }
  return reply;
}

async function waited(ms: number, closing: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal: closing }).catch(() => false);
}

const documentation_url = "https://docs.github.com/rest";

const notFound = json(404, { message: "Not Found", documentation_url, status: "404" });

function route(path: string, url: string, repositories: Repositories): Reply {
  const byId = /^\/repositories\/(\d+)(\/actions\/oidc\/customization\/sub)?$/.exec(path);
  if (byId !== null) return shown(repositories.byId(Number(byId[1])), byId[2]);
  const [, owner, name, rest] =
    /^\/repos\/([^/]+)\/([^/]+)(\/actions\/oidc\/customization\/sub)?$/.exec(path) ?? [];
  if (owner === undefined || name === undefined) return notFound;
  const fullName = decoded(`${owner}/${name}`);
  if (fullName === undefined) return notFound;
  const renamed = repositories.redirect(fullName);
  if (renamed === undefined) return shown(repositories.get(fullName), rest);
  const location = `${url}/repositories/${renamed.id}${rest ?? ""}`;
  return json(301, { message: "Moved Permanently", url: location, documentation_url }, { location });
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function shown(repository: Repository | undefined, rest: string | undefined): Reply {
  if (repository === undefined || (rest !== undefined && repository.hidesTemplate)) return notFound;
  return json(200, rest === undefined ? showRepository(repository) : showSubject(repository));
}

function showRepository(repository: Repository) {
  const { id, ownerId, canonical, defaultBranch, archived } = repository;
  const [login, name] = canonical.split("/");
  return {
    id,
    node_id: `R_${Buffer.from(`repository ${id}`).toString("base64url")}`,
    name,
    full_name: canonical,
    private: repository.private,
    owner: {
      login,
      id: ownerId,
      node_id: `O_${Buffer.from(`owner ${ownerId}`).toString("base64url")}`,
      type: "Organization",
      site_admin: false,
    },
    html_url: `https://github.com/${canonical}`,
    fork: false,
    default_branch: defaultBranch,
    archived,
    disabled: false,
    visibility: repository.private ? "private" : "public",
  };
}

function showSubject(repository: Repository) {
  const { template, immutableSubject } = repository;
  return {
    use_default: template === undefined,
    ...(template === undefined ? {} : { include_claim_keys: template }),
    use_immutable_subject: immutableSubject,
    sub_claim_prefix: subjectPrefixOf(repository),
  };
}

/** Answers a conditional request with 304 and no body if nothing has changed. */
function fresh(reply: Reply, ifNoneMatch: string | undefined): Reply {
  if (reply.status !== 200) return reply;
  const etag = `W/"${createHash("sha256").update(reply.body).digest("hex")}"`;
  const headers = { ...reply.headers, etag, "cache-control": "public, max-age=60, s-maxage=60" };
  const matches = ifNoneMatch?.split(",").some((each) => each.trim() === etag || each.trim() === "*");
  return matches === true ? { status: 304, headers, body: "" } : { ...reply, headers };
}

type Limit = { apply(reply: Reply): Reply };

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function openLimit(limit: number, now: () => number): Limit {
  let used = 0;
  let reset = 0;
  return {
    apply(reply) {
      const seconds = Math.floor(now() / 1000);
      if (seconds >= reset) {
        used = 0;
        reset = seconds + 3600;
      }
      const exceeded = used >= limit;
      if (!exceeded && reply.status !== 304) used += 1;
      const headers = {
        "x-ratelimit-limit": String(limit),
        "x-ratelimit-remaining": String(limit - used),
        "x-ratelimit-used": String(used),
        "x-ratelimit-reset": String(reset),
        "x-ratelimit-resource": "core",
      };
      if (exceeded) return json(403, { message: "API rate limit exceeded", documentation_url }, headers);
      return { ...reply, headers: { ...reply.headers, ...headers } };
    },
  };
}

function send(outgoing: ServerResponse, { status, headers, body }: Reply): void {
  const length = status === 304 ? {} : { "content-length": String(Buffer.byteLength(body)) };
  outgoing.writeHead(status, { ...headers, ...length }).end(body);
}
