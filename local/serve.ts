import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { createApp } from "../src/app.ts";
import { ConfigError, readConfig } from "../src/config.ts";
import { rollCall, UNLIMITED } from "../src/drift/roll-call.ts";
import { toProblem } from "../src/errors.ts";
import { type Log, openServices, type Services } from "../src/services.ts";
import { type EmbeddedAws, startEmbeddedAws } from "./aws/server.ts";
import { type EmbeddedGitHub, startEmbeddedGitHub } from "./github/server.ts";
import { prepare } from "./prepare.ts";
import { profilesJson, readProfilesFile } from "./profiles.ts";

export type Local = {
  url: string;
  services: Services;
  /** The embedded AWS and GitHub, unless something else stands in their place. */
  aws: EmbeddedAws | undefined;
  github: EmbeddedGitHub | undefined;
  close(): Promise<void>;
};

export type LocalOptions = {
  /** A free one without it. */
  port?: number;
  /** Where the embedded AWS keeps its state; in memory without it. */
  directory?: string;
  log: Log;
  now?: () => number;
  /** Answers what is no matter of the API's; undefined for all that is. */
  besides?: (request: Request) => Promise<Response | undefined>;
};

const isEndpointVariable = (name: string): boolean => name.startsWith("AWS_ENDPOINT_URL");

/**
 * Starts Rolecall on loopback, with an embedded AWS and an embedded GitHub where the environment names no others:
 * `AWS_ENDPOINT_URL` (or the SDK's variable of a service) names another emulator, `ROLECALL_AWS=real` means real
 * AWS with the caller's credentials, `GITHUB_API_URL` another GitHub.
 */
export async function startLocal({ port = 0, directory, log, now, besides }: LocalOptions): Promise<Local> {
  const env = process.env;
  // The locked SDK works on Node 20; that a later one will not is no concern of who runs this one.
  env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const realAws = env["ROLECALL_AWS"] ?? "";
  if (!["", "real"].includes(realAws))
    throw new ConfigError(`ROLECALL_AWS has "${realAws}"; it is real, or not there for the embedded AWS`);
  const isReal = realAws === "real";
  const isElsewhere = Object.keys(env).some((name) => isEndpointVariable(name) && env[name] !== "");
  const owners = env["ROLECALL_OWNERS"] ?? "acme";
  env["AWS_REGION"] ??= env["AWS_DEFAULT_REGION"] ?? "eu-central-1";
  const region = env["AWS_REGION"];

  const embedsGitHub = env["GITHUB_API_URL"] === undefined && !isReal;
  const kept = { ...(directory !== undefined && { directory }), ...(now && { now }) };
  const github = embedsGitHub ? await startEmbeddedGitHub({ owners: owners.split(","), ...kept }) : undefined;
  // The embedded AWS trusts the tokens that the embedded GitHub signs, as AWS trusts GitHub's.
  const githubKeys = github && { githubKeys: github.keys };
  const aws = isReal || isElsewhere ? undefined : await startEmbeddedAws({ region, ...kept, ...githubKeys });
  if (aws !== undefined) env["AWS_ENDPOINT_URL"] = aws.url;
  if (!isReal) {
    // An emulator takes any credentials, but the SDK signs with some.
    env["AWS_ACCESS_KEY_ID"] ??= "local";
    env["AWS_SECRET_ACCESS_KEY"] ??= "local";
  }

  const table = env["ROLECALL_TABLE"] ?? "rolecall";
  const boundaryArn = isReal
    ? env["ROLECALL_BOUNDARY_ARN"]
    : await prepare(region, table, readProfilesFile());
  const config = readConfig(
    {
      ...env,
      ROLECALL_OWNERS: owners,
      ROLECALL_TABLE: table,
      ROLECALL_BOUNDARY_ARN: boundaryArn,
      ...(github && { GITHUB_API_URL: github.url }),
    },
    profilesJson(),
  );
  // The drift function's work is handed over in this process.
  const events: Services["events"] = {
    async put(detailType, detail) {
      log.info(detailType, { ...detail });
      if (detailType !== "Rolecall Roll Call Requested" || !("id" in detail)) return;
      handedOver = rollCall(services, UNLIMITED, String(detail.id)).catch((error: unknown) => {
        log.error("roll call failed", { error: String(error) });
      });
    },
  };
  let handedOver: Promise<unknown> = Promise.resolve();
  const opened = openServices({ config, region, log, openEvents: () => events, now });
  const services: Services = github ? { ...opened, fetchKeys: ({ url }) => github.keys(url) } : opened;
  const app = createApp(services, (c) => {
    const { incoming }: HttpBindings = c.env;
    const [rawPath = "/"] = (incoming.url ?? "/").split("?");
    return { rawPath, isEncoded: true, caller: "local", requestId: randomUUID() };
  });
  const server = await new Promise<Server>((resolve, reject) => {
    const starting = createServer(
      getRequestListener(
        async (request, bindings) => (await besides?.(request)) ?? app.fetch(request, bindings),
        { hostname: "127.0.0.1", errorHandler: unreadable },
      ),
    );
    starting.listen(port, "127.0.0.1", () => resolve(starting));
    starting.once("error", reject);
  });
  const address = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${address.port}`,
    services,
    aws,
    github,
    async close() {
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

/** A request that the server cannot make a URL of never reaches the app; API Gateway refuses it as well. */
function unreadable(): Response {
  const problem = toProblem({
    failure: "path-not-canonical",
    detail: "The request's path is none that a URL can hold.",
  });
  return Response.json(problem, {
    status: problem.status,
    headers: { "content-type": "application/problem+json" },
  });
}
