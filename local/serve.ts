import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SQSClient } from "@aws-sdk/client-sqs";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { type Jobs, openJobs } from "../src/aws/jobs.ts";
import { cloudTrail } from "../src/aws/trail.ts";
import { ConfigError, readConfig } from "../src/config.ts";
import { createApp } from "../src/http/app.ts";
import { createSelfApp } from "../src/http/self-app.ts";
import { toProblem } from "../src/lib/errors.ts";
import { answer, answerInvocation } from "../src/roll-call/invocation.ts";
import { REQUESTED, UNLIMITED } from "../src/roll-call/roll-call.ts";
import { type Log, openServices, type Services } from "../src/services.ts";
import { type EmbeddedAws, startEmbeddedAws } from "./aws/server.ts";
import { openEventSource } from "./aws/sqs/event-source.ts";
import { type EmbeddedGitHub, startEmbeddedGitHub } from "./github/server.ts";
import { prepareMember } from "./member.ts";
import { prepare } from "./prepare.ts";
import { profilesFile, profilesJson, readProfilesFile } from "./profiles.ts";
import { prepareQueue } from "./queue.ts";
import { readSelfFile } from "./self.ts";
import { silence } from "./silent.ts";

export type Local = {
  url: string;
  services: Services;
  /** The embedded AWS and GitHub; undefined if the environment names others. */
  aws: EmbeddedAws | undefined;
  github: EmbeddedGitHub | undefined;
  close(): Promise<void>;
};

export type LocalOptions = {
  /** By default a free port. */
  port?: number;
  /** The port of the embedded AWS. By default a free one. */
  awsPort?: number;
  /** The port of the embedded GitHub. By default a free one. */
  gitHubPort?: number;
  /** The folder in which the embedded AWS and GitHub store their state. By default it is in memory. */
  directory?: string;
  log: Log;
  /** The access key id that Rolecall signs with in the embedded AWS. By default that of the environment, or `local`. */
  accessKeyId?: string;
  /** The time after which CloudTrail shows a call in the embedded AWS, in milliseconds. By default 0. */
  trailDelayMs?: number;
  /** Variables that win over those of the process. The AWS SDK reads its own, `AWS_…`, from the process only. */
  env?: Readonly<Record<string, string>>;
  now?: () => number;
  /** Waits for a number of milliseconds. The default is a timer of that time. */
  wait?: Services["wait"];
  /** The URL of a GitHub that stands in for all hosts, unless `GITHUB_API_URL` names one. */
  gitHubUrl?: string;
  /** Fetches the keys of issuers. By default from the embedded GitHub, if there is one. */
  fetchKeys?: Services["fetchKeys"];
  /** Returns the name of a request's caller. The default is `local`. */
  caller?: () => string | undefined;
  /** Answers requests that are not for the API. Returns undefined for those that are. */
  besides?: (request: Request) => Promise<Response | undefined>;
};

/** Returns the member accounts in a variable. @throws ConfigError if one is not an account, or is the home account */
function localAccounts(name: string, text: string | undefined, home?: string): string[] {
  const accounts = (text ?? "").split(",").map((one) => one.trim());
  const named = [...new Set(accounts.filter((one) => one !== ""))];
  if (named.every((one) => /^\d{12}$/.test(one) && one !== home)) return named;
  throw new ConfigError(
    `${name} has "${text}". List member accounts, each with 12 digits, such as 210987654321.${home === undefined ? "" : ` ${home} is the home account.`}`,
  );
}

/** The largest number of jobs at the same time, as in serverless.yml. */
const CONSUMERS = 10;

const isEndpointVariable = (name: string): boolean => name.startsWith("AWS_ENDPOINT_URL");

/**
 * Starts Rolecall on loopback, with an embedded AWS and an embedded GitHub unless the environment names others.
 * `AWS_ENDPOINT_URL` (or the SDK's variable for one service) names another emulator, and `GITHUB_API_URL` another
 * GitHub. `ROLECALL_AWS=real` uses real AWS and GitHub with the caller's credentials.
 */
export async function startLocal(options: LocalOptions): Promise<Local> {
  const { port = 0, directory, log, now, wait, caller = () => "local", gitHubUrl, besides } = options;
  const env = process.env;
  const variables: Readonly<Record<string, string | undefined>> = { ...env, ...options.env };
  // The locked SDK runs on Node 20. Hide its warning that later versions will not: users cannot act on it.
  env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const realAws = variables["ROLECALL_AWS"] ?? "";
  if (!["", "real"].includes(realAws))
    throw new ConfigError(
      `ROLECALL_AWS has "${realAws}". Set it to real, or remove it to use the embedded AWS.`,
    );
  const isReal = realAws === "real";
  const isElsewhere = Object.keys(env).some((name) => isEndpointVariable(name) && env[name] !== "");
  const owners = variables["ROLECALL_OWNERS"] ?? "acme";
  env["AWS_REGION"] ??= env["AWS_DEFAULT_REGION"] ?? "eu-central-1";
  const region = env["AWS_REGION"];

  const embedsGitHub = variables["GITHUB_API_URL"] === undefined && gitHubUrl === undefined && !isReal;
  const { accessKeyId, awsPort = 0, gitHubPort = 0, trailDelayMs = 0 } = options;
  const kept = { ...(directory !== undefined && { directory }), ...(now && { now }) };
  const github = embedsGitHub
    ? await startEmbeddedGitHub({ port: gitHubPort, owners: owners.split(","), ...kept })
    : undefined;
  // The embedded AWS accepts the tokens that the embedded GitHub signs, as AWS accepts GitHub's.
  const githubKeys = github && { githubKeys: github.keys };
  const silent = localAccounts("ROLECALL_LOCAL_SILENT", variables["ROLECALL_LOCAL_SILENT"]);
  const aws: EmbeddedAws | undefined =
    isReal || isElsewhere
      ? undefined
      : await startEmbeddedAws({
          port: awsPort,
          region,
          ...kept,
          ...githubKeys,
          trailDelayMs: () => trailDelayMs,
          fault: silence(silent, () => aws?.sessions),
        });
  if (aws !== undefined) env["AWS_ENDPOINT_URL"] = aws.url;
  if (aws !== undefined && accessKeyId !== undefined) env["AWS_ACCESS_KEY_ID"] = accessKeyId;
  if (!isReal) {
    // An emulator accepts any credentials, but the SDK needs some to sign with.
    env["AWS_ACCESS_KEY_ID"] ??= "local";
    env["AWS_SECRET_ACCESS_KEY"] ??= "local";
  }

  const table = variables["ROLECALL_TABLE"] ?? "rolecall";
  const profiles = profilesFile(variables);
  const boundaryArn = isReal
    ? variables["ROLECALL_BOUNDARY_ARN"]
    : await prepare(region, table, await readProfilesFile(profiles));
  const [, partition = "aws", , , account = ""] = (boundaryArn ?? "").split(":");
  const queue = isReal ? undefined : await prepareQueue({ account, partition, region }, table);
  const config = readConfig(
    {
      ...env,
      ...options.env,
      ROLECALL_OWNERS: owners,
      ROLECALL_TABLE: table,
      ROLECALL_BOUNDARY_ARN: boundaryArn,
      ...(queue && { ROLECALL_JOBS_QUEUE_URL: queue.url }),
    },
    profilesJson(profiles),
  );
  const members = isReal
    ? []
    : localAccounts("ROLECALL_LOCAL_ACCOUNTS", variables["ROLECALL_LOCAL_ACCOUNTS"], config.account);
  for (const member of members)
    await prepareMember(
      { ...config, profiles: await readProfilesFile(profiles) },
      config.rolePath,
      member,
      { region, partition },
      { hubAccount: config.account },
    );
  // Run the work of the drift function in this process.
  const consumer =
    queue &&
    openEventSource(new SQSClient({ region, maxAttempts: 1, useQueueUrlAsEndpoint: false }), {
      queueUrl: queue.url,
      queueArn: queue.arn,
      batchSize: 1,
      maximumConcurrency: CONSUMERS,
      handler: (event) => answer(services, UNLIMITED, event),
      report: (error) => log.error("job failed", { error: String(error) }),
    });
  /** Opens the queue. The first message starts its consumer, so a process that sends none does not poll. */
  const jobsOf = (clients: Services["clients"], queueUrl: string): Jobs => {
    const jobs = openJobs(clients, queueUrl, now ?? Date.now, wait);
    return {
      async send(messages) {
        consumer?.start();
        await jobs.send(messages);
      },
    };
  };
  const events: Services["events"] = {
    async put(detailType, detail) {
      log.info(detailType, { ...detail });
      if (detailType !== REQUESTED) return;
      const event = { source: "rolecall", "detail-type": detailType, detail };
      handedOver = answerInvocation(services, UNLIMITED, event).catch((error: unknown) => {
        log.error("roll call failed", { error: String(error) });
      });
    },
  };
  let handedOver: Promise<unknown> = Promise.resolve();
  const isNamed = config.githubApi !== undefined && config.githubApi.url !== gitHubUrl;
  const opened = openServices({
    config,
    region,
    log,
    openEvents: () => events,
    openTrail: (clients) => cloudTrail(clients, now ?? Date.now),
    openJobs: jobsOf,
    gitHubUrl: isNamed ? undefined : (github?.url ?? gitHubUrl),
    now,
    wait,
  });
  const fetchKeys = options.fetchKeys ?? (github && (({ url }) => github.keys(url)));
  const services: Services = fetchKeys ? { ...opened, fetchKeys } : opened;
  // A stored queue may have messages that an earlier process left.
  if (directory !== undefined) consumer?.start();
  const ceiling = readSelfFile(variables["ROLECALL_SELF"]);
  const rules = () => ({ ceiling, audience: config.selfAudience ?? url() });
  const app = createApp(
    services,
    (c) => {
      const { incoming }: HttpBindings = c.env;
      const [rawPath = "/"] = (incoming.url ?? "/").split("?");
      return { rawPath, isEncoded: true, caller: caller(), requestId: randomUUID() };
    },
    rules,
  );
  const selfApp = createSelfApp(
    { ...services, mayDelete: false },
    (c) => {
      const { incoming }: HttpBindings = c.env;
      const [rawPath = "/"] = (incoming.url ?? "/").split("?");
      return { rawPath, isEncoded: true, caller: undefined, requestId: randomUUID() };
    },
    rules,
  );
  const isSelf = (request: Request): boolean => new URL(request.url).pathname.startsWith("/v1/self/");
  const server = await new Promise<Server>((resolve, reject) => {
    const starting = createServer(
      getRequestListener(
        async (request, bindings) =>
          (await besides?.(request)) ?? (isSelf(request) ? selfApp : app).fetch(request, bindings),
        { hostname: "127.0.0.1", errorHandler: unreadable },
      ),
    );
    starting.listen(port, "127.0.0.1", () => resolve(starting));
    starting.once("error", reject);
  });
  const address = server.address() as AddressInfo;
  const url = (): string => `http://127.0.0.1:${address.port}`;

  return {
    url: url(),
    services,
    aws,
    github,
    async close() {
      await consumer?.stop();
      await handedOver;
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      });
      await github?.close();
      if (aws !== undefined) {
        await aws.close();
        delete env["AWS_ENDPOINT_URL"];
      }
    },
  };
}

/** Answers a request whose path Node cannot turn into a URL. The app never sees it, and API Gateway refuses it too. */
function unreadable(): Response {
  const problem = toProblem({
    failure: "path-not-canonical",
    detail: "The request's path cannot be part of a URL.",
  });
  const requestId = randomUUID();
  return Response.json(
    { ...problem, requestId },
    {
      status: problem.status,
      headers: { "content-type": "application/problem+json", "x-request-id": requestId },
    },
  );
}
