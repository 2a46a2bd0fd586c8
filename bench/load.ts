/**
 * The load of the soak. A fixed number of workers share a few hundred registrations. Each worker sends one request
 * after another to a service of its own, as each caller reaches its own Lambda.
 */
import { PutImageTagMutabilityCommand } from "@aws-sdk/client-ecr";
import {
  AttachRolePolicyCommand,
  DeleteRolePolicyCommand,
  PutRolePolicyCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import type { AwsClients } from "../test/harness/aws.ts";
import { openHttp } from "../test/harness/http.ts";
import type { Tally } from "./tally.ts";

/** The body of a PUT. The load does not know which roles and repositories exist; only the service does. */
type Body = object;
type Name = { repo: string; role: string };
type Sent = { status: number; text: string };

const ROLES = ["publish", "deploy"];

const pick = <T>(values: readonly [T, ...T[]]): T =>
  values[Math.floor(Math.random() * values.length)] ?? values[0];

const document = (statement: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [statement] });

/** The relative frequency of each kind of request. */
const SHARES = {
  "PUT new or changed": 18,
  "PUT same": 12,
  GET: 24,
  "GET workflow": 4,
  "GET history": 4,
  "GET roles of a repository": 5,
  "GET roles": 6,
  "POST drift-checks": 9,
  "POST repairs": 7,
  DELETE: 6,
  tamper: 5,
};

/** Returns a random kind, weighted by its share. */
function nextKind(): string {
  let left = Math.random() * Object.values(SHARES).reduce((sum, share) => sum + share, 0);
  for (const [kind, share] of Object.entries(SHARES)) {
    left -= share;
    if (left < 0) return kind;
  }
  return "GET";
}

/**
 * Opens the load.
 * @param apart the URL of a service that no worker uses, because the drift function is another Lambda than the API's
 * @param urls the URLs of the workers' services
 */
export function openLoad(
  apart: string,
  urls: readonly string[],
  repositories: number,
  aws: AwsClients,
  tally: Tally,
) {
  const own = urls.map(openHttp);
  const names: Name[] = Array.from({ length: repositories }, (_, index) =>
    ROLES.map((role) => ({ repo: `soak-${String(index).padStart(3, "0")}`, role })),
  ).flat();
  /** The body of the last successful PUT, by path. */
  const registered = new Map<string, Body>();
  const pathOf = ({ repo, role }: Name): string => `/v1/repos/acme/${repo}/roles/${role}`;

  async function send(
    worker: number,
    kind: string,
    method: string,
    path: string,
    body?: Body,
  ): Promise<Sent> {
    const client = own[worker];
    if (client === undefined) throw new Error(`worker ${worker} has no service`);
    const startedAt = performance.now();
    const answer = await client
      .send({
        method,
        path,
        headers: body === undefined ? {} : { "content-type": "application/json" },
        body: body && Buffer.from(JSON.stringify(body)),
      })
      .catch((error: unknown) => ({ status: 0, text: String(error) }));
    tally.add({ kind, ...answer, milliseconds: performance.now() - startedAt });
    return answer;
  }

  async function put(worker: number, name: Name, body: Body, kind: string): Promise<void> {
    const { status } = await send(worker, kind, "PUT", pathOf(name), body);
    if (status < 300) registered.set(pathOf(name), body);
  }

  const newBody = ({ repo }: Name): Body => ({
    trust: { branches: [pick(["main", "release/*", "next"])] },
    ecr: [{ repository: `acme/${repo}`, access: pick(["push", "pull", "both"]) }],
    maxSessionSeconds: pick([3600, 7200, 10_800]),
    onDrift: pick(["report", "repair"]),
  });

  /** Changes a role or its ECR repository as a person would who does not know Rolecall. */
  async function tamper({ repo, role }: Name): Promise<void> {
    const { iam, ecr } = aws;
    const item = JSON.parse((await ask(pathOf({ repo, role }))).text);
    if (typeof item.roleArn !== "string") return;
    const RoleName = item.roleArn.slice(item.roleArn.lastIndexOf("/") + 1);
    const Principal = { AWS: "arn:aws:iam::123456789012:root" };
    const everything = document({ Effect: "Allow", Action: "s3:*", Resource: "*" });
    const opened = document({ Effect: "Allow", Principal, Action: "sts:AssumeRole" });
    const ways: readonly [() => Promise<unknown>, ...(() => Promise<unknown>)[]] = [
      () =>
        iam.send(
          new AttachRolePolicyCommand({ RoleName, PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }),
        ),
      () =>
        iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "theirs", PolicyDocument: everything })),
      () => iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: opened })),
      () => iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 43_200, Description: "theirs" })),
      () => iam.send(new UntagRoleCommand({ RoleName, TagKeys: ["rolecall:id"] })),
      () => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "rolecall" })),
      () =>
        ecr.send(
          new PutImageTagMutabilityCommand({ repositoryName: `acme/${repo}`, imageTagMutability: "MUTABLE" }),
        ),
    ];
    // The role or the repository may be gone by now. Then there is nothing to tamper with.
    await pick(ways)().catch(() => {});
  }

  /**
   * Sends a request to the service that no worker uses, and does not count it. Each request opens its own connection,
   * because requests are so rare here that a kept connection would be closed.
   */
  async function ask(path: string, method = "GET", body?: Body): Promise<Sent> {
    const client = openHttp(apart);
    try {
      return await client.send({
        method,
        path,
        headers: body === undefined ? {} : { "content-type": "application/json" },
        body: body && Buffer.from(JSON.stringify(body)),
      });
    } finally {
      client.close();
    }
  }

  async function once(worker: number): Promise<void> {
    const [first = { repo: "", role: "" }, ...others] = names;
    const name = pick([first, ...others]);
    const path = pathOf(name);
    const kind = nextKind();
    switch (kind) {
      case "PUT new or changed":
        await put(worker, name, newBody(name), registered.has(path) ? "PUT changed" : "PUT new");
        return;
      case "PUT same":
        await put(
          worker,
          name,
          registered.get(path) ?? newBody(name),
          registered.has(path) ? kind : "PUT new",
        );
        return;
      case "GET":
        await send(worker, kind, "GET", path);
        return;
      case "GET workflow":
        await send(worker, kind, "GET", `${path}/workflow`);
        return;
      case "GET history":
        await send(worker, kind, "GET", `${path}/history`);
        return;
      case "GET roles of a repository":
        await send(worker, kind, "GET", `/v1/repos/acme/${name.repo}/roles`);
        return;
      case "GET roles":
        await send(
          worker,
          kind,
          "GET",
          pick(["/v1/roles", "/v1/roles?drift=drifted", "/v1/roles?status=failed"]),
        );
        return;
      case "POST drift-checks":
        await send(worker, kind, "POST", `${path}/drift-checks`);
        return;
      case "POST repairs":
        await send(worker, kind, "POST", `${path}/repairs`);
        return;
      case "DELETE": {
        const { status } = await send(worker, kind, "DELETE", path);
        if (status === 200) registered.delete(path);
        return;
      }
      case "tamper":
        await tamper(name);
    }
  }

  return {
    ask,
    pathOf,
    /** Works until `isOver` returns true. */
    async run(workers: number, isOver: () => boolean): Promise<void> {
      await Promise.all(
        Array.from({ length: workers }, async (_, worker) => {
          while (!isOver()) await once(worker);
        }),
      );
    },
    close(): void {
      for (const client of own) client.close();
    },
  };
}
