import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Clients, connect } from "./aws/clients.ts";
import type { Events } from "./aws/events.ts";
import type { Jobs } from "./aws/jobs.ts";
import type { Pace } from "./aws/pace.ts";
import { secretReader } from "./aws/secret.ts";
import type { Trail } from "./aws/trail.ts";
import type { Config } from "./config.ts";
import { type Credentials, readCredentials } from "./github/credentials.ts";
import { type GitHub, gitHub } from "./github/github.ts";
import { type FetchKeys, keyFetcher } from "./github/keys.ts";
import { openRegistry, type Registry } from "./registry/table.ts";
import type { Issuer } from "./trust/issuer.ts";

/** The interface of the log. The logger of Powertools implements it. */
export type Log = {
  info(message: string, details: Record<string, unknown>): void;
  warn(message: string, details: Record<string, unknown>): void;
  error(message: string, details: Record<string, unknown>): void;
};

/** The services outside of the process that a request uses. */
export type Services = {
  config: Config;
  clients: Clients;
  registry: Registry;
  /** The services of the home account, while these are for a member account. */
  home?: Services;
  /** Returns the clients that act in a member account. A process keeps those that were used last. */
  clientsOf: (member: string, region: string) => Clients;
  /** Returns the registry of a member account's registrations. */
  registryOf: (member: string) => Registry;
  /** Returns the GitHub client of an issuer. */
  gitHub: (issuer: Issuer) => GitHub;
  /** Fetches the keys with which an issuer signs. */
  fetchKeys: FetchKeys;
  events: Events;
  /** False in the process that serves workflows: none of its sessions in member accounts may delete. */
  mayDelete: boolean;
  /** Says who wrote to a resource; undefined in a process that may not ask. */
  trail?: Trail;
  /** Opens the CloudTrail of a member account, by its clients; undefined in a process that may not ask. */
  trailOf?: (clients: Clients) => Trail;
  /** Sends the jobs of a roll call; undefined in a process that has no queue. */
  jobs?: Jobs;
  log: Log;
  /** Returns the current time in milliseconds since 1970. */
  now: () => number;
  /** Waits for a number of milliseconds. */
  wait: (milliseconds: number) => Promise<unknown>;
  /** Returns a unique id on each call. */
  newId: () => string;
};

/** Returns the regions for ECR repositories of registrations: the service's own and those that the operator adds. */
export const allRegions = ({ clients, config }: Pick<Services, "clients" | "config">): string[] => [
  ...new Set([clients.place.region, ...config.regions]),
];

/** The settings from which a process opens its services. */
export type Process = {
  config: Config;
  region: string;
  log: Log;
  openEvents: (clients: Clients) => Events;
  /** False in the process that serves workflows. By default true. */
  mayDelete?: boolean;
  /** Opens CloudTrail, in a process that may ask it. */
  openTrail?: (clients: Clients) => Trail;
  /** Opens the queue of the jobs, in a process that may send them. */
  openJobs?: (clients: Clients, queueUrl: string) => Jobs;
  /** The URL of one REST API that stands in for those of all hosts, for a local run. */
  gitHubUrl?: string | undefined;
  /** Returns the current time in milliseconds since 1970. */
  now?: (() => number) | undefined;
  /** Waits for a number of milliseconds. The default is a timer of that time. The pace of writes always has a timer. */
  wait?: Services["wait"] | undefined;
  /** The rate limit for IAM writes. Set it in processes that change many roles. */
  pace?: Pace;
};

/** The largest number of member accounts whose clients a process keeps. */
const CLIENTS = 20;

/** Opens the services of a process. They live as long as the process. */
export function openServices({
  config,
  region,
  log,
  openEvents,
  mayDelete = true,
  openTrail,
  openJobs,
  gitHubUrl,
  now = Date.now,
  wait = sleep,
  pace,
}: Process): Services {
  const { account, partition } = config;
  const clients = connect({ account, partition, region }, now, pace);
  const registry = openRegistry(clients.dynamodb, config.table, randomUUID, now, wait);
  const members = new Map<string, Clients>();
  const trails = new WeakMap<Clients, Trail>();
  return {
    config,
    clients,
    registry,
    clientsOf(member, at) {
      const name = `${member}/${at}`;
      const place = { account: member, partition, region: at };
      const known = members.get(name) ?? connect(place, now, pace, { hub: config, home: clients });
      // Keep the accounts that were used last, so that memory and connections do not grow with the number of accounts.
      members.delete(name);
      members.set(name, known);
      for (const [oldest, { connections }] of [...members].slice(0, -CLIENTS)) {
        members.delete(oldest);
        connections.end();
      }
      return known;
    },
    registryOf: (account) => openRegistry(clients.dynamodb, config.table, randomUUID, now, wait, account),
    gitHub: gitHubs(
      gitHubUrl === undefined ? configuredApi(config) : () => gitHubUrl,
      config.githubSecret === undefined ? undefined : secretReader(clients, config.githubSecret),
      now,
    ),
    fetchKeys: keyFetcher(now),
    events: openEvents(clients),
    mayDelete,
    ...(openTrail !== undefined && {
      trail: openTrail(clients),
      trailOf(member: Clients) {
        const known = trails.get(member) ?? openTrail(member);
        trails.set(member, known);
        return known;
      },
    }),
    ...(openJobs !== undefined &&
      config.jobsQueueUrl !== undefined && { jobs: openJobs(clients, config.jobsQueueUrl) }),
    log,
    now,
    wait,
    newId: randomUUID,
  };
}

/**
 * Returns one GitHub client for each GitHub host. Each client uses only the credentials of its host.
 * @param apiUrlOf returns the URL of the REST API for an issuer
 * @param secret reads the text with the operator's credentials; without it requests to GitHub are anonymous
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
 * Returns the URL of the API that the operator set for a host, or the host's own API. If an owner's issuer is no
 * longer configured, github.com is asked about the owner, and the API that was set for another host must not get that
 * request.
 */
const configuredApi =
  ({ githubApi }: Config) =>
  ({ gitHubHost, apiUrl }: Issuer): string =>
    githubApi?.host === gitHubHost ? githubApi.url : apiUrl;
