/** The embedded AWS and GitHub of a test file with many sites, and the requests to Rolecall there. */
import type { Context } from "hono";
import { afterAll } from "vitest";
import {
  type EmbeddedAwsOptions,
  type Fault,
  type FaultPoint,
  startEmbeddedAws,
} from "../../local/aws/server.ts";
import { type GitHubFault, type GitHubFaultPoint, startEmbeddedGitHub } from "../../local/github/server.ts";
import { prepare } from "../../local/prepare.ts";
import { readConfig } from "../../src/config.ts";
import { NO_PROFILES } from "../../src/desired/profiles.ts";
import { createApp } from "../../src/http/app.ts";
import { createSelfApp } from "../../src/http/self-app.ts";
import { readCeiling } from "../../src/self/read-ceiling.ts";
import type { Services } from "../../src/services.ts";
import { STARTED_AT } from "../harness/rolecall.ts";

export const HOME = "123456789012";
export const silent = { info: () => {}, warn: () => {}, error: () => {} };

type Hooks = Pick<EmbeddedAwsOptions, "now" | "delivery"> & {
  /** Decides about a call of the site in a region. */
  fault(region: string, point: FaultPoint): Fault | undefined;
  /** Decides about a call to GitHub of the site with a number. */
  gitHubFault(number: string, point: GitHubFaultPoint): GitHubFault | undefined;
};

/** Starts the embedded AWS and GitHub for this test file, with the boundary of the home account. */
export async function startPlace({ fault, gitHubFault, ...hooks }: Hooks) {
  const aws = await startEmbeddedAws({
    ...hooks,
    quotas: { rolesPerAccount: 100_000, providersPerAccount: 100_000 },
    fault(point) {
      if (point.service !== "cloudtrail") return fault(point.region ?? "", point);
      // CloudTrail is asked in us-east-1 for every site, about a resource whose name has the site's number.
      const [, number] = /"AttributeValue":"[^"]*-(\d{5})\b/.exec(JSON.stringify(point.request)) ?? [];
      return fault(regionOf(number), point);
    },
  });
  const gitHub = await startEmbeddedGitHub({
    owners: ["acme"],
    now: () => STARTED_AT,
    rateLimit: 1_000_000,
    fault(point) {
      const [, number = ""] = /-(\d+)(\/|$)/.exec(point.path) ?? [];
      return gitHubFault(number, point);
    },
  });
  process.env["AWS_ENDPOINT_URL"] = aws.url;
  process.env["AWS_ACCESS_KEY_ID"] ??= "local";
  process.env["AWS_SECRET_ACCESS_KEY"] ??= "local";
  afterAll(async () => {
    await gitHub.close();
    await aws.close();
  });
  const boundaryArn = await prepare("eu-central-1", "faults", NO_PROFILES);
  const settings = readConfig({
    ROLECALL_OWNERS: "acme",
    ROLECALL_TABLE: "faults",
    ROLECALL_BOUNDARY_ARN: boundaryArn,
  });
  return { aws, gitHub, boundaryArn, settings };
}

/** Returns the region of a site's number, which is spelled with letters because the contract allows no other regions. */
export const regionOf = (number = ""): string =>
  `eu-${number.replace(/\d/g, (digit) => "abcdefghij"[Number(digit)] ?? "")}-1`;

/** The audience of workflows' tokens. */
export const AUDIENCE = "test";

/** Returns a function that sends requests to a process, as a caller of the home account. */
export function requestsTo(services: Services) {
  const app = createApp(services, originOf(`arn:aws:iam::${HOME}:user/alice`), () => ({
    ceiling: { rules: [] },
    audience: AUDIENCE,
  }));
  return (method: string, path: string, body?: object): Promise<Answered> =>
    answered(app.request(path, requestOf(method, body)));
}

/** Returns a function that sends a workflow's requests to a process, with the workflow's token. */
export function workflowRequestsTo(services: Services) {
  const ceiling = readCeiling({
    rules: [{ repositories: ["acme/*"], roles: ["publish"], access: ["push"] }],
  });
  if ("length" in ceiling) throw new Error(ceiling.join());
  const app = createSelfApp({ ...services, mayDelete: false }, originOf(undefined), () => ({
    ceiling,
    audience: AUDIENCE,
  }));
  return (token: string, method: string, path: string, body?: object): Promise<Answered> =>
    answered(app.request(path, requestOf(method, body, { authorization: `Bearer ${token}` })));
}

type Answered = { status: number; detail: string };

const originOf = (caller: string | undefined) => (c: Context) => ({
  rawPath: new URL(c.req.url).pathname,
  isEncoded: true,
  caller,
  requestId: "request",
});

const requestOf = (method: string, body?: object, headers: Readonly<Record<string, string>> = {}) => ({
  method,
  headers: { ...headers, ...(body && { "content-type": "application/json" }) },
  ...(body && { body: JSON.stringify(body) }),
});

async function answered(answer: Response | Promise<Response>): Promise<Answered> {
  const { status } = await answer;
  const text = await (await answer).text();
  const { detail = "" }: { detail?: string } = Object(text === "" ? {} : JSON.parse(text));
  return { status, detail };
}
