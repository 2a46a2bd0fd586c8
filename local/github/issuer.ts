/** The OIDC issuer of GitHub Actions: it signs tokens and publishes the keys that verify them. */
import { join } from "node:path";
import type { JSONWebKeySet } from "jose";
import { claimsOf, ImpossibleRun, type Run } from "./claims.ts";
import { json, type Reply } from "./reply.ts";
import type { Repositories } from "./repositories.ts";
import { openSigningKey, type SigningKey } from "./signing-key.ts";

export type Issuer = {
  /** The issuer in the tokens. The keys may be served elsewhere: GitHub's own issuer is a public host. */
  issuer: string;
  mint(run: Run): Promise<string>;
  /** Returns the keys that `issuer` publishes. The promise is rejected for any other issuer. */
  keys(issuer: string): Promise<JSONWebKeySet>;
  /** Returns undefined if the path does not belong to the issuer. */
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
  /** The key is made on its first use, because most servers never need one. */
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
    if (of !== issuer) throw new Error(`${of} is not the issuer of the embedded GitHub, which is ${issuer}`);
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

/** The keys are served here, whatever the issuer's name is. */
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
 * Replaces a job's ACTIONS_ID_TOKEN_REQUEST_URL. `/token?repository=acme/api&ref=refs/heads/main` describes the job
 * that asks, with the fields of `Run`. A client such as `@actions/core` adds `&audience=…`.
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
const names = ["repository", "expiresInSeconds", "subjectForm", "refProtected", ...texts];

/** Reads a run from a query. If a name appears twice, the last value counts: clients add the audience at the end. */
function readRun(query: URLSearchParams): Run {
  const given: Partial<Record<string, string>> = Object.fromEntries(query);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new ImpossibleRun(`${unknown} is none of ${names.join(", ")}`);
  const { repository, expiresInSeconds, subjectForm, refProtected } = given;
  if (repository === undefined) throw new ImpossibleRun("the query needs repository=owner/name");

  const run: Run = { repository };
  for (const name of texts) if (given[name] !== undefined) run[name] = given[name];
  if (subjectForm === "name" || subjectForm === "id") run.subjectForm = subjectForm;
  else if (subjectForm !== undefined)
    throw new ImpossibleRun(`subjectForm must be name or id, not ${subjectForm}`);
  if (refProtected === "true" || refProtected === "false") run.refProtected = refProtected === "true";
  else if (refProtected !== undefined)
    throw new ImpossibleRun(`refProtected must be true or false, not ${refProtected}`);
  if (expiresInSeconds !== undefined) {
    if (!/^-?\d{1,9}$/.test(expiresInSeconds))
      throw new ImpossibleRun(`expiresInSeconds must be a whole number, not ${expiresInSeconds}`);
    run.expiresInSeconds = Number(expiresInSeconds);
  }
  return run;
}
