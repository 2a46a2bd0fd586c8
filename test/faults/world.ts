/**
 * One embedded AWS and GitHub with many sites on them. A site has a region, a table, an issuer and repositories of
 * its own. So its calls can be told apart from those of other sites, and many sites run at once.
 */
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { ECRClient } from "@aws-sdk/client-ecr";
import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import type { Pluggable } from "@smithy/types";
import { openIssuer } from "../../local/github/issuer.ts";
import { prepareMember } from "../../local/member.ts";
import { makeTable } from "../../local/prepare.ts";
import { eventBridge } from "../../src/aws/events.ts";
import { cloudTrail } from "../../src/aws/trail.ts";
import { readConfig } from "../../src/config.ts";
import { NO_PROFILES } from "../../src/desired/profiles.ts";
import type { EcrItem, HistoryEntry, RegistrationItem, Reservation } from "../../src/registry/items.ts";
import { openServices, type Services } from "../../src/services.ts";
import { GITHUB_COM } from "../../src/trust/issuer.ts";
import { isAsAsked, ONCE, providerAudiences, roleArnsWith, roleInAws } from "../harness/aws.ts";
import { rolePath, STARTED_AT } from "../harness/rolecall.ts";
import { shortWait } from "../harness/wait.ts";
import { mortal } from "./mortal.ts";
import { AUDIENCE, HOME, regionOf, requestsTo, silent, startPlace, workflowRequestsTo } from "./place.ts";
import { comparable, endOf, publishedAbout, repositoryInAws, shown, shownRepository } from "./state.ts";
import { openSwitch } from "./switch.ts";

export type Site = Awaited<ReturnType<Awaited<ReturnType<typeof startWorld>>["openSite"]>>;
export type Process = ReturnType<Site["start"]>;

/** A member account. */
export const MEMBER = "210987654321";

/** The operator's configuration. */
export const MANAGED = [
  "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
  "arn:aws:iam::aws:policy/AmazonS3FullAccess",
] as const;
const profile = (path: string) => ({
  description: "a test",
  statements: [{ Action: ["s3:GetObject"], Resource: [`arn:aws:s3:::acme/${path}/*`] }],
});
const PROFILES = {
  profiles: { artifacts: profile("artifacts/{owner}/{repo}"), shared: profile("shared") },
};

/** Starts the embedded AWS and GitHub for this test file. */
export async function startWorld() {
  /** The switches by region. */
  const switches = new Map<string, ReturnType<typeof openSwitch>>();
  const { aws, gitHub, boundaryArn, settings } = await startPlace({
    now: () => STARTED_AT,
    fault: (region, { phase, ...call }) => switches.get(region)?.aws(call, phase),
    gitHubFault: (number, { path, phase }) => switches.get(regionOf(number))?.gitHub(path, phase),
  });
  const place = { region: "eu-central-1", partition: "aws" };
  // Each site has an issuer of its own, and the member's writer may make the providers of all of them.
  const issuers = new Map([["*", { ...GITHUB_COM, url: `${GITHUB_COM.url}/run-*` }]]);
  await prepareMember({ ...settings, issuers, profiles: NO_PROFILES }, settings.rolePath, MEMBER, place, {
    hubAccount: HOME,
  });

  /** @param account the account of the site's roles and ECR repositories */
  async function openSite(account: string = HOME) {
    const isMember = account !== HOME;
    // Somebody else changes roles behind Rolecall's back.
    const accessKeyId = isMember ? `${account}-mallory` : "mallory";
    const credentials = { accessKeyId, secretAccessKey: "x" };
    // All numbers have the same length, and none is a part of an account's id. Everything that belongs to the site contains its number or its region, so that
    // both can be replaced before sites are compared.
    const number = String(90_000 + switches.size);
    const region = regionOf(number);
    const faults = openSwitch();
    switches.set(region, faults);
    const table = `faults-${number}`;
    await makeTable(region, table);
    const issuerUrl = `https://token.actions.githubusercontent.com/run-${number}`;
    const config = readConfig(
      {
        ROLECALL_OWNERS: "acme",
        ROLECALL_MANAGED_POLICIES: MANAGED.join(","),
        ROLECALL_MAX_SESSION_SECONDS: "7200",
        ROLECALL_TABLE: table,
        ROLECALL_BOUNDARY_ARN: boundaryArn,
        ROLECALL_ISSUERS: issuerUrl,
        GITHUB_API_URL: gitHub.url,
      },
      PROFILES,
    );
    for (const [index, name] of ["first", "second"].entries())
      gitHub.repositories.set(`acme/${name}-${number}`, { id: Number(`77${index}9${number}`) });
    let now = STARTED_AT;
    const issuer = openIssuer({
      issuer: issuerUrl,
      repositories: gitHub.repositories,
      directory: undefined,
      now: () => now,
    });
    const iam = new IAMClient({ ...ONCE, region: "eu-central-1", credentials });
    const clients = {
      iam,
      ecr: new ECRClient({ ...ONCE, region, credentials }),
      dynamodb: new DynamoDBClient({ ...ONCE, region }),
    };
    const started: Services[] = [];
    /** The clients of the site's account. */
    const clientsOf = (services: Services): Services["clients"] =>
      isMember ? services.clientsOf(account, region) : services.clients;
    const traffic = { underWay: 0 };
    /** The time of the last write to IAM, by the site's clock. */
    let lastIamWriteAt = Number.NEGATIVE_INFINITY;

    /** Starts a process that makes no more calls once it is killed. */
    function start() {
      const services = openServices({
        config,
        region,
        log: silent,
        openEvents: eventBridge,
        openTrail: (clients) => cloudTrail(clients, () => now),
        now: () => now,
        wait: shortWait,
      });
      const life = faults.begin();
      const { iam, ecr } = clientsOf(services);
      const { dynamodb, events } = services.clients;
      iam.middlewareStack.use(mortal(life, traffic));
      iam.middlewareStack.use(timed());
      ecr(region).middlewareStack.use(mortal(life, traffic));
      dynamodb.middlewareStack.use(mortal(life, traffic));
      events.middlewareStack.use(mortal(life, traffic));
      started.push(services);
      const fetchKeys: Services["fetchKeys"] = ({ url }) => issuer.keys(url);
      const sendAs = workflowRequestsTo({ ...services, fetchKeys });
      return { services, send: requestsTo(services), sendAs };
    }

    /** Records the time of each attempt to write. */
    const timed = <I extends object, O extends object>(): Pluggable<I, O> => ({
      applyToStack: (stack) =>
        stack.add(
          (next, { commandName = "" }) =>
            (args) => {
              if (!/^(Get|List)/.test(commandName)) lastIamWriteAt = now;
              return next(args);
            },
          { step: "finalizeRequest", priority: "low", name: "timed" },
        ),
    });

    /** Reads the site's table, by kind of item. */
    async function items() {
      const { Items = [] } = await clients.dynamodb.send(
        new ScanCommand({ TableName: table, ConsistentRead: true }),
      );
      const of = <T>(kind: string): T[] =>
        Items.flatMap(({ pk, document }) =>
          pk?.S?.startsWith(`${kind}#`) ? [JSON.parse(document?.S ?? "null")] : [],
        );
      return {
        registrations: of<RegistrationItem>("REPO"),
        repositories: of<EcrItem>("ECR"),
        reservations: of<Reservation>("NAMESPACE"),
        history: of<{ entry: HistoryEntry }>("HISTORY").map(({ entry }) => entry),
      };
    }

    /** Returns the state of the site, in AWS and in the table. */
    async function look() {
      const all = await items();
      const { registrations, repositories, reservations } = all;
      const arns = await roleArnsWith(clients, `-${number}-`);
      const roles = await Promise.all(arns.map((arn) => roleInAws(clients, arn)));
      const names = ["first", "second"].flatMap((name) => [
        `acme/${name}-${number}`,
        `acme/${name}-${number}/more`,
      ]);
      const ecr = await Promise.all(names.map((name) => repositoryInAws(clients, name)));
      const issuer = `token.actions.githubusercontent.com/run-${number}`;
      const seen = {
        roles: Object.fromEntries(roles.map((role) => [role?.arn, role])),
        ecr: Object.fromEntries(names.map((name, index) => [name, ecr[index] ?? "none"])),
        provider: await providerAudiences(clients, `arn:aws:iam::${account}:oidc-provider/${issuer}`),
        registrations: Object.fromEntries(
          registrations.map((item) => [
            item.repo,
            {
              ...shown(item, now),
              isInAws: roles.some((role) => role && isAsAsked(role, item)),
              endsLateEnough:
                endOf(item) === undefined || Date.parse(endOf(item) ?? "") - lastIamWriteAt >= 60_000,
            },
          ]),
        ),
        repositories: Object.fromEntries(repositories.map((item) => [item.name, shownRepository(item, now)])),
        reservations: Object.fromEntries(
          reservations.map(({ namespace, name, claimant, confirmed, former }) => [
            namespace,
            { name, claimant, confirmed, former },
          ]),
        ),
        events: Object.fromEntries(
          ["first", "second"].map((name) => [name, publishedAbout(aws.events, `${name}-${number}`)]),
        ),
      };
      return comparable(seen, all, [
        ...registrations.flatMap((item) => {
          const end = endOf(item);
          return end === undefined ? [] : [[end, "{end of sessions}"] as const];
        }),
        ...repositories.map((item) => [item.id, `{id of ${item.name}}`] as const),
        [number, "{n}"],
        [region, "{region}"],
      ]);
    }

    if (isMember) {
      const body = { name: "member", repositories: ["acme/*"], regions: [region] };
      const { status, detail } = await start().send("PUT", `/v1/accounts/${account}`, body);
      if (status !== 201) throw new Error(`the account's record was answered ${status}: ${detail}`);
    }

    return {
      isMember,
      clients,
      faults,
      start,
      /** Returns the path of a repository's registration. */
      pathOf: (repo: string): string =>
        isMember ? rolePath(repo).replace("/v1", `/v1/accounts/${account}`) : rolePath(repo),
      items,
      look,
      /** Returns the token of a new run of a repository's workflow. */
      mint: (repo: string): Promise<string> =>
        issuer.mint({ repository: `acme/${repo}`, audience: AUDIENCE }),
      first: `first-${number}`,
      second: `second-${number}`,
      clock: {
        now: () => now,
        advance: (milliseconds: number) => {
          now += milliseconds;
        },
      },
      /** Waits until no call is in progress. Everything that was sent has then taken effect or never will. */
      async quiet(): Promise<void> {
        while (traffic.underWay > 0) await new Promise((resolve) => setTimeout(resolve, 5));
      },
      /** Removes the roles, so that the bulk reads of other sites stay short. */
      async close(): Promise<void> {
        for (const arn of await roleArnsWith(clients, `-${number}-`)) {
          const role = await roleInAws(clients, arn);
          const RoleName = arn.slice(arn.lastIndexOf("/") + 1);
          for (const PolicyName of Object.keys(role?.inlinePolicies ?? {}))
            await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
          for (const PolicyArn of role?.attachedPolicyArns ?? [])
            await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
          await iam.send(new DeleteRoleCommand({ RoleName }));
        }
        for (const services of started) {
          const { iam, ecr } = clientsOf(services);
          const { dynamodb, events } = services.clients;
          for (const client of [iam, ecr(region), dynamodb, events]) client.destroy();
        }
        iam.destroy();
        clients.ecr.destroy();
        clients.dynamodb.destroy();
      },
    };
  }

  return { openSite };
}
