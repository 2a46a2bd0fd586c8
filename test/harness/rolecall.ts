/**
 * Starts Rolecall on a loopback port for one test file, with a client that checks every answer against the contract.
 * Rolecall finds AWS through `AWS_ENDPOINT_URL` only. The file has a table of its own. Tests that create roles or ECR
 * repositories use each name once, because another emulator may remember those of other runs.
 */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { type GitHubFaultHook, type Run, startEmbeddedGitHub } from "../../local/github/server.ts";
import { type LocalOptions, startLocal } from "../../local/serve.ts";
import type { components } from "../../src/generated/contract.ts";
import type { Log } from "../../src/services.ts";
import { operationOf, violations, type WireAnswer } from "./contract.ts";
import { note } from "./exercised.ts";
import { openHttp } from "./http.ts";
import { shortWait } from "./wait.ts";

type Schemas = components["schemas"];
export type Registration = Schemas["Registration"];
export type RegistrationRequest = Schemas["RegistrationRequest"];
export type Problem = Schemas["Problem"];
export type Page = Schemas["RegistrationPage"];

/** Every repository of these owners exists. `Umbrella` is spelled with a capital letter. */
export const OWNERS = ["acme", "Umbrella"];
const AUDIENCE = "https://rolecall.example";
/** The clock stands still at this time until a test moves it. */
export const STARTED_AT = Date.parse("2026-11-23T06:00:00.000Z");

export type Sent = {
  /** Sent as JSON. Strings and bytes are sent as they are, without a content type. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** Sent byte for byte instead of the path. The path then only says which operation is meant. */
  rawPath?: string;
};

export type Answer = WireAnswer & {
  /** The body of a success. Its form has been checked against the contract. */
  registration(): Registration;
  page(): Page;
  removal(): Schemas["Removal"];
  account(): Schemas["Account"];
  /** The body of a refusal. */
  problem(): Problem;
};

export type Api = (method: string, path: string, sent?: Sent) => Promise<Answer>;

export type LogEntry = { level: keyof Log; message: string; details: Record<string, unknown> };

/** Returns a name that no other test and no earlier run has used. */
export const uniqueName = (prefix = "r"): string => `${prefix}-${randomUUID().slice(0, 13)}`;

export const rolePath = (repo: string, role = "publish", owner = "acme"): string =>
  `/v1/repos/${owner}/${repo}/roles/${role}`;

/** The operator's configuration of a test's Rolecall. */
export type Decided = {
  tagKeys?: readonly string[];
  managedPolicies?: readonly string[];
  /** The longest session that a registration may ask for. By default IAM's maximum. */
  maxSessionSeconds?: number;
  /** The caps of one repository, and the free roles that all leave. The defaults are too high to be reached. */
  rolesPerRepository?: number;
  ecrPerRepository?: number;
  reservedRoles?: number;
  /** The content of profiles.json. */
  profiles?: unknown;
  /** The content of self.json. By default no workflow may do anything with its own token. */
  self?: unknown;
  /** The issuer of the embedded GitHub's tokens. By default github.com's. */
  issuer?: string;
  /** More variables of the service's environment. */
  env?: Readonly<Record<string, string>>;
};

type Started = Pick<LocalOptions, "caller" | "env" | "wait">;

/** Starts Rolecall for this test file and stops it after the file's last test. */
export async function startRolecall({
  tagKeys = [],
  managedPolicies = [],
  profiles = {},
  maxSessionSeconds = 43_200,
  rolesPerRepository = 1000,
  ecrPerRepository = 1000,
  reservedRoles = 0,
  self,
  issuer,
  env = {},
}: Decided = {}) {
  exercise();
  let now = STARTED_AT;
  const clock = {
    now: () => now,
    advance: (milliseconds: number) => {
      now += milliseconds;
    },
  };
  let gitHubFault: GitHubFaultHook | undefined;
  const github = await startEmbeddedGitHub({
    owners: OWNERS,
    fault: (point) => gitHubFault?.(point),
    ...(issuer !== undefined && { issuer }),
    ...(self !== undefined && { now: clock.now }),
  });
  const directory = await mkdtemp(join(tmpdir(), "rolecall-profiles-"));
  const profilesFile = join(directory, "profiles.json");
  await writeFile(profilesFile, JSON.stringify(profiles));
  const selfFile = join(directory, "self.json");
  await writeFile(selfFile, JSON.stringify(self ?? { rules: [] }));
  const variables = {
    ROLECALL_SELF: selfFile,
    ROLECALL_SELF_AUDIENCE: AUDIENCE,
    GITHUB_API_URL: github.url,
    ROLECALL_OWNERS: OWNERS.join(","),
    ROLECALL_TAG_KEYS: tagKeys.join(","),
    ROLECALL_PULL_FROM: "210987654321,310987654321,o-a1b2c3d4e5",
    ROLECALL_MANAGED_POLICIES: managedPolicies.join(","),
    ROLECALL_MAX_SESSION_SECONDS: String(maxSessionSeconds),
    ROLECALL_ROLES_PER_REPOSITORY: String(rolesPerRepository),
    ROLECALL_ECR_PER_REPOSITORY: String(ecrPerRepository),
    ROLECALL_RESERVED_ROLES: String(reservedRoles),
    ROLECALL_PROFILES: profilesFile,
    ROLECALL_TABLE: `rolecall-${randomUUID()}`,
    ...(issuer !== undefined && { ROLECALL_ISSUERS: issuer }),
    ...env,
  };

  const logged: LogEntry[] = [];
  const logger = (level: keyof Log) => (message: string, details: Record<string, unknown>) => {
    logged.push({ level, message, details });
  };
  const log = { info: logger("info"), warn: logger("warn"), error: logger("error") };
  /** Starts the same service again: another process on the same table, or the same process after a crash. */
  const another = async ({ env = {}, ...started }: Started = {}) => {
    const local = await startLocal({
      log,
      now: clock.now,
      wait: shortWait,
      gitHubUrl: github.url,
      ...(self !== undefined && { fetchKeys: ({ url }) => github.keys(url) }),
      env: { ...variables, ...env },
      ...started,
    });
    const http = openHttp(local.url);
    const close = async () => {
      http.close();
      await local.close();
    };
    return { local, api: apiOf(http, logged), url: local.url, close };
  };
  const first = await another();
  const others: { close(): Promise<void> }[] = [];
  afterAll(async () => {
    for (const other of others) await other.close();
    await first.close();
    await github.close();
    await rm(directory, { recursive: true });
  });

  return {
    api: first.api,
    url: first.url,
    services: first.local.services,
    clock,
    /** The variables of the service's environment, for a process of its own. */
    variables: variables as Readonly<Record<keyof typeof variables, string>>,
    /** Changes the configuration of services that are started from now on. */
    decide: async ({ managedPolicies, profiles }: Decided) => {
      if (managedPolicies) variables.ROLECALL_MANAGED_POLICIES = managedPolicies.join(",");
      if (profiles) await writeFile(profilesFile, JSON.stringify(profiles));
    },
    log: logged,
    repositories: github.repositories,
    /** Returns the token of a run, for the audience of this service. The service must have a ceiling. */
    token: (run: Run) => github.mint({ audience: AUDIENCE, ...run }),
    gitHubCalls: github.calls,
    /** Makes GitHub fail; with undefined, lets it answer again. */
    failGitHub: (fault: GitHubFaultHook | undefined) => {
      gitHubFault = fault;
    },
    /** Starts it again; `env` has variables that differ from those of the first. */
    startAnother: async (started: Started = {}) => {
      const other = await another(started);
      others.push(other);
      return other;
    },
  };
}

/** Records an answer at once, so that it counts even if the run is cut short. */
const exercised = new Set<string>();
function exercise(...answers: string[]): void {
  if (answers.length > 0 && answers.every((answer) => exercised.has(answer))) return;
  for (const answer of answers) exercised.add(answer);
  note(expect.getState().testPath ?? "", exercised);
}

/** Returns a client of a Rolecall that runs elsewhere. It checks every answer against the contract. */
export function connectTo(url: string) {
  const http = openHttp(url);
  return { api: apiOf(http, []), close: http.close };
}

function apiOf(http: ReturnType<typeof openHttp>, logged: readonly LogEntry[]): Api {
  return async (method, path, { body, headers = {}, rawPath } = {}) => {
    const isJson = body !== undefined && typeof body !== "string" && !Buffer.isBuffer(body);
    const bytes =
      body === undefined || Buffer.isBuffer(body)
        ? body
        : Buffer.from(isJson ? JSON.stringify(body) : String(body));
    const sent = {
      method,
      path: rawPath ?? path,
      headers: { ...(isJson && { "content-type": "application/json" }), ...headers },
      body: bytes,
    };
    const answer = await (rawPath === undefined ? http.send(sent) : http.sendRaw(sent));
    if (rawPath !== undefined && isParserRefusal(answer)) return withBody(answer);
    const operation = operationOf(method, path);
    const faults = violations(operation, method, answer);
    if (faults.length > 0) {
      const internal = answer.status < 500 ? [] : logged.filter(({ level }) => level === "error").slice(-1);
      const request = `${method} ${rawPath ?? path}`;
      throw new Error(
        [
          `${request} answered ${answer.status} outside of the contract:`,
          ...faults,
          ...internal.map((entry) => JSON.stringify(entry)),
        ].join("\n"),
      );
    }
    if (operation !== undefined && method !== "HEAD") exercise(`${operation.id} ${answer.status}`);
    return withBody(answer);
  };
}

/** True if Node's own parser answered, with nothing but the status. Rolecall never sees a request that is not HTTP. */
const isParserRefusal = ({ status, headers, text }: WireAnswer): boolean =>
  status === 400 && text === "" && Object.keys(headers).join() === "connection";

/**
 * Adds typed access to the body. The contract has been checked, so the status and the operation determine the body's
 * form.
 */
function withBody(answer: WireAnswer): Answer {
  const read =
    <T>(isRefusal: boolean) =>
    (): T => {
      if (answer.status >= 400 !== isRefusal) throw new Error(`Answered ${answer.status}: ${answer.text}`);
      return JSON.parse(answer.text);
    };
  return {
    ...answer,
    registration: read(false),
    page: read(false),
    removal: read(false),
    account: read(false),
    problem: read(true),
  };
}
