/** The OIDC issuer of GitHub Actions: its tokens, the keys to verify them with, and where both are had. */
import { join } from "node:path";
import type { JSONWebKeySet } from "jose";
import { claimsOf, ImpossibleRun, type Run } from "./claims.ts";
import { json, type Reply } from "./reply.ts";
import type { Repositories } from "./repositories.ts";
import { openSigningKey, type SigningKey } from "./signing-key.ts";

export type Issuer = {
  /** As it stands in the tokens. It need not be where the keys are served: GitHub's own is a public host. */
  issuer: string;
  mint(run: Run): Promise<string>;
  /** What `issuer` publishes; of another issuer nothing is known. */
  keys(issuer: string): Promise<JSONWebKeySet>;
  /** Undefined when the path is none of the issuer's. */
  get(path: string, query: URLSearchParams, url: string): Promise<Reply | undefined>;
};

type Setting = {
  issuer: string;
  repositories: Repositories;
  directory: string | undefined;
  now: () => number;
};

export function openIssuer({ issuer, repositories, directory, now }: Setting): Issuer {
  let opened: Promise<SigningKey> | undefined;
  /** Made when it is first asked for: most servers never are. */
  function signingKey(): Promise<SigningKey> {
    opened ??= openSigningKey(directory && join(directory, "github", "signing-key.pem"));
    return opened;
  }

  async function mint(run: Run): Promise<string> {
    const repository = repositories.get(run.repository);
    if (repository === undefined) throw new ImpossibleRun(`${run.repository} does not exist`);
    const claims = claimsOf(run, repository, issuer, Math.floor(now() / 1000));
    return (await signingKey()).sign(claims);
  }

  async function keys(of: string): Promise<JSONWebKeySet> {
    if (of !== issuer) throw new Error(`${of} is not the embedded GitHub, which is ${issuer}`);
    return (await signingKey()).published;
  }

  return {
    issuer,
    mint,
    keys,
    async get(path, query, url) {
      switch (path) {
        case "/.well-known/openid-configuration":
          return json(200, configuration(issuer, url));
        case "/.well-known/jwks":
          return json(200, await keys(issuer));
        case "/token":
          return token(query, mint);
        default:
          return undefined;
      }
    },
  };
}

/** The keys are where this server is, whatever the issuer is called. */
function configuration(issuer: string, url: string) {
  return {
    issuer,
    jwks_uri: `${url}/.well-known/jwks`,
    subject_types_supported: ["public", "pairwise"],
    response_types_supported: ["id_token"],
    id_token_signing_alg_values_supported: ["RS256"],
    scopes_supported: ["openid"],
  };
}

/**
 * The stand-in for a job's ACTIONS_ID_TOKEN_REQUEST_URL: `/token?repository=acme/api&ref=refs/heads/main` says
 * which job asks, with the names of `Run`, and a client such as `@actions/core` adds `&audience=…`.
 */
async function token(query: URLSearchParams, mint: Issuer["mint"]): Promise<Reply> {
  try {
    const value = await mint(readRun(query));
    return json(200, { count: value.length, value }, { "cache-control": "no-store" });
  } catch (error) {
    if (error instanceof ImpossibleRun) return json(400, { message: error.message });
    throw error;
  }
}

const texts = ["ref", "event", "environment", "audience", "jobWorkflowRef", "actor", "fork"] as const;
const names = ["repository", "expiresInSeconds", "subjectForm", ...texts];

/** Of a name that stands twice the last counts: clients add the audience at the end. */
function readRun(query: URLSearchParams): Run {
  const given: Partial<Record<string, string>> = Object.fromEntries(query);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new ImpossibleRun(`${unknown} is none of ${names.join(", ")}`);
  const { repository, expiresInSeconds, subjectForm } = given;
  if (repository === undefined) throw new ImpossibleRun("it needs a repository=owner/name");

  const run: Run = { repository };
  for (const name of texts) if (given[name] !== undefined) run[name] = given[name];
  if (subjectForm === "name" || subjectForm === "id") run.subjectForm = subjectForm;
  else if (subjectForm !== undefined)
    throw new ImpossibleRun(`subjectForm is name or id, not ${subjectForm}`);
  if (expiresInSeconds !== undefined) {
    if (!/^-?\d{1,9}$/.test(expiresInSeconds))
      throw new ImpossibleRun(`expiresInSeconds is a whole number, not ${expiresInSeconds}`);
    run.expiresInSeconds = Number(expiresInSeconds);
  }
  return run;
}
