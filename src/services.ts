import { randomUUID } from "node:crypto";
import { type Clients, connect } from "./aws/clients.ts";
import type { Events } from "./aws/events.ts";
import type { Pace } from "./aws/pace.ts";
import { secretReader } from "./aws/secret.ts";
import type { Config } from "./config.ts";
import { type Credentials, readCredentials } from "./github/credentials.ts";
import { type GitHub, gitHub } from "./github/github.ts";
import { type FetchKeys, keyFetcher } from "./github/keys.ts";
import { openRegistry, type Registry } from "./registry/table.ts";
import type { Issuer } from "./trust/issuer.ts";

/** What the log takes; Powertools' logger is one. */
export type Log = {
  info(message: string, details: Record<string, unknown>): void;
  warn(message: string, details: Record<string, unknown>): void;
  error(message: string, details: Record<string, unknown>): void;
};

/** Everything outside of the process that a request works with. */
export type Services = {
  config: Config;
  clients: Clients;
  registry: Registry;
  /** The GitHub of an issuer. */
  gitHub: (issuer: Issuer) => GitHub;
  /** The keys with which an issuer signs. */
  fetchKeys: FetchKeys;
  events: Events;
  log: Log;
  /** Milliseconds since 1970. */
  now: () => number;
  /** An id that is never the same twice. */
  newId: () => string;
};

/** The regions that registrations' ECR repositories may be in: the service's own, and those that the operator adds. */
export const allRegions = ({ clients, config }: Pick<Services, "clients" | "config">): string[] => [
  ...new Set([clients.region, ...config.regions]),
];

/** What a process brings along for its services. */
export type Process = {
  config: Config;
  region: string;
  log: Log;
  openEvents: (clients: Clients) => Events;
  /** The URL of one REST API that stands in for those of all hosts, for a local run. */
  gitHubUrl?: string | undefined;
  /** Milliseconds since 1970. */
  now?: (() => number) | undefined;
  /** At which IAM is written to, for a process that does much at once. */
  pace?: Pace;
};

/** The services of a process, which live as long as it does. */
export function openServices({
  config,
  region,
  log,
  openEvents,
  gitHubUrl,
  now = Date.now,
  pace,
}: Process): Services {
  const clients = connect(region, now, pace);
  const registry = openRegistry(clients.dynamodb, config.table, randomUUID, now);
  return {
    config,
    clients,
    registry,
    gitHub: gitHubs(
      gitHubUrl === undefined ? configuredApi(config) : () => gitHubUrl,
      config.githubSecret === undefined ? undefined : secretReader(clients, config.githubSecret),
      now,
    ),
    fetchKeys: keyFetcher(now),
    events: openEvents(clients),
    log,
    now,
    newId: randomUUID,
  };
}

/**
 * One GitHub for each host of the issuers, asked with that host's credentials alone.
 * @param apiUrlOf the URL of the REST API at which an issuer's repositories are asked about
 * @param secret reads the text with the operator's credentials; without it GitHub is asked as nobody
 */
function gitHubs(
  apiUrlOf: (issuer: Issuer) => string,
  secret: (() => Promise<string>) | undefined,
  now: () => number,
): Services["gitHub"] {
  const known = new Map<string, GitHub>();
  return (issuer) => {
    const { gitHubHost } = issuer;
    const credentials = async (): Promise<Credentials> =>
      secret === undefined ? { kind: "none" } : readCredentials(await secret(), gitHubHost);
    const asked = known.get(gitHubHost) ?? gitHub(apiUrlOf(issuer), credentials, now);
    known.set(gitHubHost, asked);
    return asked;
  };
}

/**
 * The API that the operator has named for a host, or the host's own. An owner whose issuer is no longer configured is
 * asked about at github.com, so what the operator has named for another host must not get that question.
 */
const configuredApi =
  ({ githubApi }: Config) =>
  ({ gitHubHost, apiUrl }: Issuer): string =>
    githubApi?.host === gitHubHost ? githubApi.url : apiUrl;
