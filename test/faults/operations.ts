/** The operations that run at a site, and run again after a fault. */
import { PutImageTagMutabilityCommand, PutLifecyclePolicyCommand } from "@aws-sdk/client-ecr";
import {
  AttachRolePolicyCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { AwsFault } from "../../src/aws/fault.ts";
import { toProblem } from "../../src/lib/errors.ts";
import { rollCall } from "../../src/roll-call/roll-call.ts";
import { DENIED } from "./switch.ts";
import { MANAGED, type Process, type Site } from "./world.ts";

/** True if the operation succeeded. Otherwise `detail` has the answer's explanation. */
export type Outcome = { isDone: boolean; detail: string };

export type Operation = {
  name: string;
  /** The minimum number of calls. With fewer, some were not seen. */
  least: number;
  /** Prepares the state before the operation. */
  prepare(site: Site, process: Process): Promise<void>;
  ask(site: Site, process: Process): Promise<Outcome>;
  /** Lines that must be in the final state, among all that is compared. */
  leaves: readonly string[];
};

const READY = [
  '/registrations/first-{n}/status = "ready"',
  "/registrations/first-{n}/isRecorded = true",
  "/registrations/first-{n}/isInAws = true",
];
/** The time is 60 seconds after the last write to IAM, whatever failed before. */
const ENDED = [
  '/registrations/first-{n}/denied/issuedBefore = "{end of sessions}"',
  "/registrations/first-{n}/endsLateEnough = true",
];
const role = ({ pathOf, first }: Site): string => pathOf(first);
const revocations = (site: Site): string => `${role(site)}/revocations`;
const GONE = ["/roles = {}", "/registrations = {}"];
const REPAIRED = ["/trustPolicy", "/inlinePolicies/theirs", "/lifecyclePolicy", "/tagMutability"];

const document = (statement: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [statement] });

async function put(site: Site, { send }: Process, repo: string, body: object = {}): Promise<void> {
  const { status, detail } = await send("PUT", site.pathOf(repo), body);
  if (status !== 201) throw new Error(`${repo} was answered ${status}: ${detail}`);
  site.clock.advance(1_000);
}

/** Changes a role behind Rolecall's back. */
async function open({ clients: { iam }, items }: Site, repo: string): Promise<void> {
  const item = (await items()).registrations.find((each) => each.repo === repo);
  const RoleName = item?.desired.role.name;
  const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  const PolicyDocument = document({ Effect: "Allow", Action: "s3:*", Resource: "*" });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "theirs", PolicyDocument }));
}

/** Changes more of the role, and its ECR repository. */
async function tamper(site: Site, repo: string): Promise<void> {
  await open(site, repo);
  const { ecr, iam } = site.clients;
  const item = (await site.items()).registrations.find((each) => each.repo === repo);
  const RoleName = item?.desired.role.name;
  const Principal = { AWS: "arn:aws:iam::123456789012:root" };
  const PolicyDocument = document({ Effect: "Allow", Principal, Action: "sts:AssumeRole" });
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  const repositoryName = `acme/${repo}`;
  await ecr.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: "MUTABLE" }));
  const selection = { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 };
  const rules = [{ rulePriority: 1, selection, action: { type: "expire" } }];
  await ecr.send(
    new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: JSON.stringify({ rules }) }),
  );
}

/** Returns an operation that is one request. It succeeded if the status is one of `done`. */
const request =
  (method: string, path: (site: Site) => string, done: readonly number[], body?: (repo: string) => object) =>
  async (site: Site, { send }: Process): Promise<Outcome> => {
    const { status, detail } = await send(method, path(site), body?.(site.first));
    return { isDone: done.includes(status), detail };
  };

/** The tokens with which the workflows of sites write. */
const tokens = new WeakMap<Site, Promise<string>>();

/**
 * Returns an operation that is one PUT of the workflow's. It repeats the PUT with the same token, so a fault must not
 * use the token up.
 */
const workflowPut =
  (body: (repo: string) => object) =>
  async (site: Site, { sendAs }: Process): Promise<Outcome> => {
    const token = tokens.get(site) ?? site.mint(site.first);
    tokens.set(site, token);
    const { status, detail } = await sendAs(await token, "PUT", selfPath(site), body(site.first));
    return { isDone: [200, 201].includes(status), detail };
  };
const selfPath = (site: Site): string => role(site).replace("/v1", "/v1/self");

export const OPERATIONS: readonly Operation[] = [
  {
    name: "register",
    least: 13,
    prepare: async () => {},
    ask: request("PUT", role, [200, 201], () => ({})),
    leaves: [...READY, "history: written"],
  },
  {
    name: "update",
    least: 16,
    prepare: (site, process) => put(site, process, site.first),
    ask: request("PUT", role, [200], (repo) => ({
      trust: { branches: ["main", "release/*"] },
      ecr: [{ repository: `acme/${repo}`, access: "pull" }, { repository: `acme/${repo}/more` }],
      maxSessionSeconds: 7200,
    })),
    leaves: [...READY, "/registrations/first-{n}/specVersion = 2", "history: written"],
  },
  {
    name: "register by a workflow",
    least: 15,
    prepare: async () => {},
    ask: workflowPut(() => ({})),
    leaves: [...READY, "history: written"],
  },
  {
    name: "update by a workflow",
    least: 17,
    async prepare(site, { sendAs }) {
      const { status, detail } = await sendAs(await site.mint(site.first), "PUT", selfPath(site), {});
      if (status !== 201) throw new Error(`${site.first} was answered ${status}: ${detail}`);
      site.clock.advance(1_000);
    },
    ask: workflowPut((repo) => ({
      ecr: [{ repository: `acme/${repo}` }, { repository: `acme/${repo}/more` }],
    })),
    leaves: [...READY, "/registrations/first-{n}/specVersion = 2", "history: written"],
  },
  {
    name: "update of profiles and managed policies",
    least: 12,
    prepare: (site, process) =>
      put(site, process, site.first, { profiles: ["artifacts"], managedPolicyArns: [MANAGED[0]] }),
    ask: request("PUT", role, [200], () => ({ profiles: ["shared"], managedPolicyArns: [MANAGED[1]] })),
    leaves: [...READY, "/registrations/first-{n}/specVersion = 2", "history: written"],
  },
  {
    name: "update that ends sessions",
    least: 12,
    async prepare(site, process) {
      await put(site, process, site.first, { trust: { branches: ["main", "release/*"] } });
    },
    ask: request(
      "PUT",
      (site) => `${role(site)}?revoke=true`,
      [200],
      () => ({}),
    ),
    leaves: [...READY, ...ENDED, "history: written"],
  },
  {
    name: "end of sessions",
    least: 8,
    prepare: (site, process) => put(site, process, site.first),
    ask: request("POST", revocations, [200]),
    leaves: [...READY, ...ENDED, "history: revoked"],
  },
  {
    name: "suspension",
    least: 8,
    prepare: (site, process) => put(site, process, site.first),
    ask: request("POST", revocations, [200], () => ({ suspend: true })),
    leaves: [...READY, '/registrations/first-{n}/denied = "all"', "history: suspended"],
  },
  {
    name: "end of a suspension",
    least: 8,
    async prepare(site, process) {
      await put(site, process, site.first);
      await process.send("POST", revocations(site), { suspend: true });
      site.clock.advance(1_000);
    },
    ask: request("POST", revocations, [200], () => ({ suspend: false })),
    leaves: [...READY, ...ENDED, "history: resumed"],
  },
  {
    name: "delete",
    least: 9,
    prepare: (site, process) => put(site, process, site.first),
    // A repeated DELETE may find nothing left to delete.
    ask: request("DELETE", role, [200, 404]),
    leaves: [...GONE, "history: removed"],
  },
  {
    name: "delete of what failed",
    least: 9,
    async prepare(site, { send }) {
      site.faults.on({ point: "iam:PutRolePolicy first #1", fault: DENIED });
      await send("PUT", role(site), {});
      site.faults.off();
    },
    ask: request("DELETE", role, [200, 404]),
    leaves: [...GONE, "history: removed"],
  },
  {
    name: "check",
    least: 8,
    async prepare(site, process) {
      await put(site, process, site.first);
      await tamper(site, site.first);
    },
    ask: request("POST", (site) => `${role(site)}/drift-checks`, [200]),
    leaves: [
      '/registrations/first-{n}/drift/status = "drifted"',
      '/registrations/first-{n}/drift/paths/4 = "/trustPolicy"',
      '/events/first/0 = "in-sync → drifted"',
    ],
  },
  {
    name: "repair",
    least: 22,
    async prepare(site, process) {
      await put(site, process, site.first);
      await tamper(site, site.first);
    },
    ask: request("POST", (site) => `${role(site)}/repairs`, [200]),
    leaves: [
      ...READY,
      '/events/first/0 = "in-sync → repaired"',
      ...REPAIRED.map((path) => `history: repaired ${path}`),
    ],
  },
  {
    name: "roll call",
    least: 60,
    async prepare(site, process) {
      await put(site, process, site.first, { onDrift: "report" });
      await put(site, process, site.second, { onDrift: "repair" });
      await open(site, site.first);
      await tamper(site, site.second);
    },
    async ask(_, { services }) {
      try {
        const { status, counts, drifted } = await rollCall(services);
        const open = drifted.filter((each) => each.status === "failed" || each.status === "waiting");
        const isDone = status === "finished" && counts.failed + counts.waiting === 0;
        return { isDone, detail: open.map(({ detail }) => detail).join() };
      } catch (error) {
        // The drift function fails with this error; its log and alarm report it.
        const detail = error instanceof AwsFault ? toProblem(error.failure).detail : String(error);
        return { isDone: false, detail };
      }
    },
    leaves: [
      ...READY.map((line) => line.replace("first", "second")),
      '/events/first/0 = "in-sync → drifted"',
      '/events/second/0 = "in-sync → repaired"',
      ...REPAIRED.map((path) => `history: repaired ${path}`),
    ],
  },
];
