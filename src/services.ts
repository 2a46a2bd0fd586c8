import { randomUUID } from "node:crypto";
import { type Clients, connect } from "./aws/clients.ts";
import type { Config } from "./config.ts";
import { type AskGitHub, gitHub } from "./github/github.ts";
import { openRegistry, type Registry } from "./registry/table.ts";

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
  gitHub: AskGitHub;
  log: Log;
  /** Milliseconds since 1970. */
  now: () => number;
  /** An id that is never the same twice. */
  newId: () => string;
};

/** The services of a process, which live as long as it does. */
export function openServices(config: Config, region: string, log: Log, now: () => number = Date.now): Services {
  const clients = connect(region, now);
  const registry = openRegistry(clients.dynamodb, config.table, randomUUID);
  return { config, clients, registry, gitHub: gitHub(config.githubApiUrl), log, now, newId: randomUUID };
}
