/**
 * An ECR namespace belongs to one repository, whatever is asked for in whatever order. Random sequences go through the
 * wire against the embedded AWS and GitHub; after each step the roles and ECR repositories that AWS holds are looked at.
 *
 * Two things are checked, and neither uses the service's rules:
 * - what AWS holds: the roles with access to an ECR repository let in one repository on GitHub, and its settings change
 *   only by the word of the one whose namespace it is;
 * - who is rightful, by the story so far (`Story`): a request of the rightful repository is accepted, any other refused.
 *
 * The rightful repository of a namespace is the first that GitHub showed when it registered, until the operator releases
 * the namespace. As long as GitHub has shown none, it is the name that spells the namespace itself, with the ids that
 * came with its first request, and only until GitHub shows a repository of that name.
 */

import { DeleteRepositoryCommand, paginateDescribeRepositories } from "@aws-sdk/client-ecr";
import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  paginateGetAccountAuthorizationDetails,
} from "@aws-sdk/client-iam";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedGitHub, startEmbeddedGitHub } from "../../../local/github/server.ts";
import { gitHub } from "../../../src/github/github.ts";
import { parseTrustPolicy } from "../../../src/policy/parse.ts";
import { release } from "../../../src/registry/release.ts";
import { evaluateTrust } from "../../../src/trust/evaluate-trust.ts";
import { type Issuer, parseIssuer } from "../../../src/trust/issuer.ts";
import { awsClients } from "../../harness/aws.ts";
import { startEmbedded } from "../../harness/embedded.ts";
import { runs } from "../../harness/properties.ts";
import { rolePath } from "../../harness/rolecall.ts";

const { api, services, clock } = await startEmbedded();
const aws = awsClients();
const configured = services.config;

const issuerOf = (url: string): Issuer => {
  const issuer = parseIssuer(url);
  if (issuer === undefined) throw new Error(`${url} is no issuer`);
  return issuer;
};
const COM = issuerOf("https://token.actions.githubusercontent.com");
const SERVER = issuerOf("https://github.corp.example/_services/token");
/** The owners, with their ids. The tokens of the last one's issuer carry no ids. */
const OWNERS = { acme: 1, Umbrella: 2, corp: 3 } as const;
type Owner = keyof typeof OWNERS;
const OWNER_NAMES: Owner[] = ["acme", "Umbrella", "corp"];
const hostOf = (owner: Owner): "com" | "server" => (owner === "corp" ? "server" : "com");

const hosts = new Map<"com" | "server", EmbeddedGitHub>();
beforeAll(async () => {
  const options = { owners: [], rateLimit: 100_000_000, now: clock.now };
  hosts.set("com", await startEmbeddedGitHub(options));
  hosts.set("server", await startEmbeddedGitHub({ ...options, issuer: SERVER.url }));
});
afterAll(async () => {
  for (const host of hosts.values()) await host.close();
});

/** Names that fold to one namespace, in the order of how often they are tried. `{n}` is the run's number. */
const FOLDING = ["api{n}", "_api{n}", "API{n}", "api{n}-", "Api{n}"] as const;
const OTHERS = ["web{n}", "_web{n}", "shared{n}"] as const;
const NAMES = [...FOLDING, ...OTHERS];
type Name = (typeof NAMES)[number];
const baseOf = (name: Name): string =>
  FOLDING.some((one) => one === name) ? "api{n}" : name === "_web{n}" ? "web{n}" : name;
/** Registers by the operator's grants alone: it may push to `acme/shared{n}`, and pull from `acme/api{n}`. */
const GRANTED = "ci{n}";

type Ids = "own" | "holder's" | "made-up" | "none";
type Put = {
  kind: "put";
  owner: Owner | "ACME";
  name: Name;
  role: "one" | "two";
  ids: Ids;
  settings: boolean;
  cache: boolean;
};
type Action =
  | Put
  | { kind: "granted"; of: "shared" | "api" }
  /** One of the registrations, by its own path or another spelling of it. */
  | { kind: "delete"; registration: number; isExact: boolean }
  /** One of the reservations. Its registrations are deleted first, or stand. */
  | { kind: "release"; reservation: number; isExact: boolean; isHolder: boolean; isEmptied: boolean }
  | { kind: "rename"; repository: number; owner: Owner; name: Name }
  | { kind: "replace"; repository: number }
  | { kind: "show" | "hide"; repository: number }
  /** The state of the credentials with which Rolecall asks GitHub. */
  | { kind: "show-all" | "hide-all" };

const name = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...FOLDING.slice(0, 3)) },
  { weight: 2, arbitrary: fc.constant<Name>("shared{n}") },
  { weight: 2, arbitrary: fc.constantFrom(...NAMES) },
);
const owner = fc.oneof(
  { weight: 7, arbitrary: fc.constant<Owner>("acme") },
  { weight: 2, arbitrary: fc.constantFrom(...OWNER_NAMES) },
);
const role = fc.constantFrom("one" as const, "two" as const);
const repository = fc.nat({ max: 6 });
/** Which of those that there are, however many. */
const nth = fc.nat({ max: 11 });
const mostly = fc.constantFrom(true, true, true, false);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.record({
      kind: fc.constant("put" as const),
      owner: fc.oneof(
        { weight: 12, arbitrary: owner },
        { weight: 1, arbitrary: fc.constant("ACME" as const) },
      ),
      name,
      role,
      ids: fc.constantFrom<Ids>("own", "own", "none", "holder's", "holder's", "made-up"),
      settings: fc.boolean(),
      cache: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("granted" as const),
      of: fc.constantFrom("shared" as const, "api" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("delete" as const), registration: nth, isExact: mostly }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("release" as const),
      reservation: nth,
      isExact: mostly,
      isHolder: mostly,
      isEmptied: mostly,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("rename" as const), repository, owner, name }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("show-all" as const, "hide-all" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("replace" as const), repository }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom("show" as const, "hide" as const), repository }),
  },
);

/** A repository as it really is, whether GitHub shows it or not. */
type Real = { id: number; owner: Owner; name: Name; isShown: boolean };

const STARTING: [Owner, Name, boolean][] = [
  ["acme", "api{n}", true],
  ["acme", "_api{n}", true],
  ["acme", "API{n}", false],
  ["acme", "web{n}", false],
  ["acme", "shared{n}", false],
  ["Umbrella", "api{n}", true],
  ["corp", "api{n}", true],
  ["corp", "_api{n}", false],
];

/** The identity of a repository: its id if tokens carry one, otherwise its name. */
type Identity = string;

/** The events so far and their consequences: the rightful repositories, and the operator's ECR repositories. */
function openStory(number: number) {
  const written = (text: string): string => text.replaceAll("{n}", String(number));
  const namespaceOf = (owner: string, name: Name): string =>
    `${owner.toLowerCase()}/${written(baseOf(name))}`;
  /** No two runs share an id, as all are in one table. */
  const idOf = (id: number): number => 1000 * number + id;
  /** GitHub has one repository of a name, however it is spelled. */
  const isSame = (a: { owner: string; name: string }, b: { owner: string; name: string }): boolean =>
    `${a.owner}/${a.name}`.toLowerCase() === `${b.owner}/${b.name}`.toLowerCase();

  const world: Real[] = [];
  for (const [index, [owner, name, isShown]] of STARTING.entries()) {
    const isTaken = world.some((other) => isSame(other, { owner, name }));
    // Ids of two hosts may be the same.
    const id = idOf(100 + (hostOf(owner) === "server" ? index - 6 : index));
    if (!isTaken) world.push({ id, owner, name, isShown });
  }
  let nextId = idOf(200);

  const holders = new Map<
    string,
    { identity: Identity; name: string; isProven: boolean; provenId: number | undefined; former: Identity[] }
  >();
  const registrations = new Map<
    string,
    { path: string; identity: Identity; ecr: string[]; namespace: string }
  >();
  /** The owner of each ECR repository, as the table should have it. */
  const owned = new Map<string, Identity | "operator">();
  /** The ECR repositories that exist. */
  const made = new Set<string>();
  /** The ECR repositories that a release has left. Nobody may change their settings any more. */
  const left = new Set<string>();

  const identityOf = (owner: string, name: Name, id: number | undefined): Identity =>
    owner === "corp" || id === undefined
      ? `name:${owner}/${written(name)}`.toLowerCase()
      : `repository:${id}`;

  function idIn({ owner, name, ids }: Put): number | undefined {
    const here = world.find((one) => isSame(one, { owner, name }));
    if (ids === "none") return undefined;
    if (ids === "own") return here?.id ?? idOf(999);
    if (ids === "made-up") return idOf(998);
    // The id of whoever holds the namespace, or else of somebody else's repository.
    const [, held] = /^repository:(\d+)$/.exec(holders.get(namespaceOf(owner, name))?.identity ?? "") ?? [];
    return held === undefined
      ? (world.find((one) => one !== here && one.owner === owner)?.id ?? idOf(997))
      : Number(held);
  }

  /** The right answers to a PUT, and its consequences if it is accepted. */
  function judge(put: Put): { isRightful: boolean; accept(): void } {
    const { owner, name, role } = put;
    const id = idIn(put);
    const namespace = namespaceOf(owner, name);
    const path = `${owner}/${written(name)}`;
    const seen = world.find((one) => one.isShown && isSame(one, put));
    const refused = { isRightful: false, accept: () => {} };
    if (seen !== undefined && (seen.owner !== owner || seen.name !== name)) return refused;
    if (seen !== undefined && id !== undefined && id !== seen.id) return refused;
    const isProven = seen !== undefined;
    const identity = identityOf(owner, name, isProven ? seen.id : id);
    const holder = holders.get(namespace);
    const isSameName = holder?.name.toLowerCase() === path.toLowerCase();
    const takesOver =
      isProven && holder !== undefined && holder.identity !== identity && !holder.isProven && isSameName;
    const isHolder =
      holder === undefined
        ? isProven || (owner !== "ACME" && written(baseOf(name)) === written(name))
        : (holder.identity === identity && (isProven || holder.name === path)) || takesOver;
    if (!isHolder) return refused;
    // GitHub tells two repositories of one name apart, also where tokens do not.
    if (isProven && holder?.provenId !== undefined && holder.provenId !== seen.id) return refused;
    const standing = registrations.get(`${path.toLowerCase()} ${role}`);
    if (standing !== undefined && standing.identity !== identity && !takesOver) return refused;
    const ecr = [namespace, ...(put.cache ? [`${namespace}/cache`] : [])];
    const mine = [identity, ...(holder?.former ?? []), ...(takesOver ? [holder.identity] : [])];
    for (const one of ecr) {
      const its = owned.get(one);
      if (its === "operator" && !isProven) return refused;
      if (its === undefined && !isProven && one === written("acme/shared{n}")) return refused;
      if (its !== undefined && its !== "operator" && !mine.includes(its)) return refused;
    }
    if (put.settings && left.has(namespace)) return refused;
    const accept = () => {
      if (takesOver) {
        for (const [key, one] of registrations)
          if (one.path.toLowerCase() === path.toLowerCase()) registrations.delete(key);
      }
      const former = [...(holder?.former ?? []), ...(takesOver ? [holder.identity] : [])];
      holders.set(namespace, {
        identity,
        name: path,
        isProven: isProven || holder?.isProven === true,
        provenId: owner === "corp" ? (seen?.id ?? holder?.provenId) : undefined,
        former,
      });
      registrations.set(`${path.toLowerCase()} ${role}`, { path, identity, ecr, namespace });
      for (const one of ecr) {
        owned.set(one, identity);
        made.add(one);
      }
    };
    return { isRightful: true, accept };
  }

  return {
    written,
    world,
    holders,
    registrations,
    owned,
    made,
    left,
    namespaceOf,
    idOf,
    isSame,
    judge,
    idIn,
    newId: () => nextId++,
  };
}

type Story = ReturnType<typeof openStory>;

const letInBefore = new Map<string, Set<Identity>>();

/** The repositories that a role lets in, as identities, whatever names they have now or later. */
function letIn(trustPolicy: string, story: Story): Set<Identity> {
  const policy = parseTrustPolicy(trustPolicy);
  if ("error" in policy) throw new Error(policy.error);
  const ids = [...new Set([...story.world.map(({ id }) => id), ...[997, 998, 999].map(story.idOf)])];
  const key = `${ids} ${trustPolicy} ${story.written("{n}")}`;
  const known = letInBefore.get(key);
  if (known !== undefined) return known;
  const found = new Set<Identity>();
  letInBefore.set(key, found);
  for (const owner of OWNER_NAMES) {
    const issuer = owner === "corp" ? SERVER : COM;
    for (const one of NAMES) {
      const canonical = `${owner}/${story.written(one)}`;
      const passing = ids.filter((id) => {
        const byId = `repo:${owner}@${OWNERS[owner]}/${story.written(one)}@${id}`;
        return [byId, `repo:${canonical}`].some(
          (prefix) =>
            evaluateTrust(policy.policy, {
              principal: { federated: `arn:aws:iam::123456789012:oidc-provider/${issuer.host}` },
              action: "sts:AssumeRoleWithWebIdentity",
              issuerHost: issuer.host,
              claims: {
                aud: "sts.amazonaws.com",
                sub: `${prefix}:ref:refs/heads/main`,
                ...(issuer.hasClaims && {
                  repository: canonical,
                  repository_id: String(id),
                  repository_owner_id: String(OWNERS[owner]),
                }),
              },
            }).allowed,
        );
      });
      // A role that lets in every id trusts the name alone.
      if (passing.length === ids.length) found.add(`name:${canonical}`.toLowerCase());
      else for (const id of passing) found.add(`repository:${id}`);
    }
  }
  return found;
}

type InAws = {
  /** By ECR repository: who is let in by roles with access to it, except by the operator's grant. */
  access: Map<string, Set<Identity>>;
  mutability: Map<string, string>;
};

const arnsIn = (document: string): string[] =>
  [...decodeURIComponent(document).matchAll(/:repository\/([^"]+)/g)].map(([, name = ""]) => name);

async function lookAtAws(story: Story): Promise<InAws> {
  const access = new Map<string, Set<Identity>>();
  for await (const { RoleDetailList = [] } of paginateGetAccountAuthorizationDetails(
    { client: aws.iam },
    { Filter: ["Role"] },
  )) {
    for (const one of RoleDetailList) {
      const repository = one.Tags?.find(({ Key }) => Key === "rolecall:repository")?.Value ?? "";
      // The operator's grant is what lets it in.
      if (repository === `acme/${story.written(GRANTED)}`) continue;
      const who = letIn(decodeURIComponent(one.AssumeRolePolicyDocument ?? ""), story);
      for (const name of (one.RolePolicyList ?? []).flatMap((policy) => arnsIn(policy.PolicyDocument ?? "")))
        access.set(name, new Set([...(access.get(name) ?? []), ...who]));
    }
  }
  const mutability = new Map<string, string>();
  for await (const { repositories = [] } of paginateDescribeRepositories({ client: aws.ecr }, {}))
    for (const { repositoryName = "", imageTagMutability = "" } of repositories)
      mutability.set(repositoryName, imageTagMutability);
  return { access, mutability };
}

/** Leaves nothing of a run in AWS, so that the next one does not read it. */
async function cleanUp(): Promise<void> {
  for await (const { RoleDetailList = [] } of paginateGetAccountAuthorizationDetails(
    { client: aws.iam },
    { Filter: ["Role"] },
  )) {
    for (const { RoleName, RolePolicyList = [] } of RoleDetailList) {
      for (const { PolicyName } of RolePolicyList)
        await aws.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
      await aws.iam.send(new DeleteRoleCommand({ RoleName }));
    }
  }
  for await (const { repositories = [] } of paginateDescribeRepositories({ client: aws.ecr }, {}))
    for (const { repositoryName } of repositories)
      await aws.ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
}

const GITHUB_FORGOTTEN_MS = 61_000;
let number = 0;
const counts: Record<string, number> = {};
const count = (what: string) => {
  counts[what] = (counts[what] ?? 0) + 1;
};

async function play(actions: readonly Action[]): Promise<void> {
  const story = openStory(++number);
  const { written, world, holders, registrations } = story;
  services.config = {
    ...configured,
    owners: OWNER_NAMES,
    issuers: new Map([
      ["*", COM],
      ["corp", SERVER],
    ]),
    allow: { ...configured.allow, nameOnly: true },
    ecrGrants: [
      { owner: "acme", repo: written(GRANTED), pattern: written("acme/shared{n}"), pullOnly: false },
      { owner: "acme", repo: written(GRANTED), pattern: written("acme/api{n}"), pullOnly: true },
    ],
  };
  const clients = new Map(
    [...hosts].map(([host, { url }]) => [host, gitHub(url, async () => ({ kind: "none" }), clock.now)]),
  );
  services.gitHub = ({ hasClaims }) => {
    const client = clients.get(hasClaims ? "com" : "server");
    if (client === undefined) throw new Error("no such GitHub");
    return client;
  };
  const fullName = ({ owner, name }: { owner: Owner; name: Name }) => `${owner}/${written(name)}`;
  const publish = (one: Real): void => {
    const repositories = hosts.get(hostOf(one.owner))?.repositories;
    const [canonical, ownerId] = [fullName(one), OWNERS[one.owner]];
    if (one.isShown)
      repositories?.set(canonical, { id: one.id, ownerId, canonical, immutableSubject: false });
    else repositories?.remove(canonical);
  };
  const unpublish = (one: Real) => hosts.get(hostOf(one.owner))?.repositories.remove(fullName(one));
  for (const one of world) publish(one);
  hosts.get("com")?.repositories.set(`acme/${written(GRANTED)}`, { id: story.idOf(190), ownerId: 1 });

  let before = await lookAtAws(story);
  for (const [index, step] of actions.entries()) {
    clock.advance(GITHUB_FORGOTTEN_MS);
    const shown = `step ${index + 1}, ${JSON.stringify(step)}, after ${JSON.stringify(actions.slice(0, index))}`;
    /** The repositories whose settings this step may change. */
    let mayChange: string | undefined;
    switch (step.kind) {
      case "put": {
        const { isRightful, accept } = story.judge(step);
        const id = story.idIn(step);
        const namespace = story.namespaceOf(step.owner, step.name);
        const settings = { tagMutability: index % 2 === 0 ? ("MUTABLE" as const) : ("IMMUTABLE" as const) };
        const body = {
          ecr: [
            { repository: namespace, ...(step.settings && { settings }) },
            ...(step.cache ? [{ repository: `${namespace}/cache` }] : []),
          ],
          ...(id !== undefined && {
            github: { repositoryId: id, ownerId: OWNERS[step.owner === "ACME" ? "acme" : step.owner] },
          }),
        };
        const path = rolePath(written(step.name), step.role, step.owner);
        const foretold = await api("PUT", `${path}?dryRun=true`, { body });
        const answer = await api("PUT", path, { body });
        count(`put ${isRightful ? "accepted" : "refused"}`);
        expect([foretold.status < 300, answer.status < 300], `${shown}: ${answer.text}`).toEqual([
          isRightful,
          isRightful,
        ]);
        if (isRightful) {
          mayChange = namespace;
          accept();
        } else expect([409, 422], `${shown}: ${answer.text}`).toContain(answer.status);
        break;
      }
      case "granted": {
        const target = written(step.of === "shared" ? "acme/shared{n}" : "acme/api{n}");
        const isThere = before.mutability.has(target) || step.of === "shared";
        const access = step.of === "shared" ? ("push" as const) : ("pull" as const);
        const body = { ecr: [{ repository: target, access }] };
        const answer = await api("PUT", rolePath(written(GRANTED), step.of), { body });
        expect(answer.status < 300, `${shown}: ${answer.text}`).toBe(isThere);
        if (!isThere) break;
        if (!story.owned.has(target)) story.owned.set(target, "operator");
        story.made.add(target);
        const path = `acme/${written(GRANTED)}`;
        registrations.set(`${path} ${step.of}`, {
          path,
          identity: `repository:${story.idOf(190)}`,
          ecr: [target],
          namespace: path,
        });
        break;
      }
      case "delete": {
        const [key, one] = [...registrations][step.registration % Math.max(1, registrations.size)] ?? [];
        if (key === undefined || one === undefined) break;
        const [owner = "", name = ""] = one.path.split("/");
        const [, role] = key.split(" ");
        const spelled = step.isExact
          ? name
          : name === name.toUpperCase()
            ? name.toLowerCase()
            : name.toUpperCase();
        const answer = await api("DELETE", rolePath(spelled, role, owner));
        expect(answer.status, `${shown}: ${answer.text}`).toBe(step.isExact ? 200 : 404);
        if (step.isExact) registrations.delete(key);
        break;
      }
      case "release": {
        const [namespace, holder] = [...holders][step.reservation % Math.max(1, holders.size)] ?? [];
        if (namespace === undefined || holder === undefined) break;
        const within = (one: string) => one === namespace || one.startsWith(`${namespace}/`);
        const claimants = [holder.identity, ...holder.former];
        const inUse = () =>
          [...registrations].filter(
            ([, one]) =>
              claimants.includes(one.identity) || one.namespace === namespace || one.ecr.some(within),
          );
        for (const [key, { path }] of step.isEmptied ? inUse() : []) {
          const [[owner = "", name = ""], [, role]] = [path.split("/"), key.split(" ")];
          const answer = await api("DELETE", rolePath(name, role, owner));
          expect(answer.status, `${shown}: ${answer.text}`).toBe(200);
          registrations.delete(key);
        }
        const isInUse = inUse().length > 0;
        const [owner = ""] = holder.name.split("/");
        const folding = FOLDING.map((one) => `${owner}/${written(one)}`).find((one) => one !== holder.name);
        const name = step.isExact ? holder.name : (folding ?? "");
        const claimant = step.isHolder ? holder.identity : `repository:${story.idOf(996)}`;
        const isReleased = holder.identity === claimant && holder.name === name && !isInUse;
        const result = await release(services.clients.dynamodb, services.config.table, {
          namespace,
          name,
          claimant,
        });
        expect(result.outcome === "released", `${shown}: ${JSON.stringify(result)}`).toBe(isReleased);
        if (!isReleased) break;
        count("released");
        holders.delete(namespace);
        for (const [one, identity] of story.owned) {
          if (!within(one) || ![holder.identity, ...holder.former].includes(identity)) continue;
          story.owned.delete(one);
          story.left.add(one);
        }
        break;
      }
      case "rename": {
        const one = world[step.repository % world.length];
        const isTaken = world.some((other) => other !== one && story.isSame(other, step));
        if (one === undefined || isTaken || hostOf(one.owner) !== hostOf(step.owner)) break;
        unpublish(one);
        Object.assign(one, { owner: step.owner, name: step.name });
        publish(one);
        break;
      }
      case "replace": {
        const one = world[step.repository % world.length];
        if (one === undefined) break;
        one.id = story.newId();
        publish(one);
        break;
      }
      case "show-all":
      case "hide-all": {
        for (const one of world) {
          one.isShown = step.kind === "show-all";
          publish(one);
        }
        break;
      }
      default: {
        const one = world[step.repository % world.length];
        if (one === undefined) break;
        one.isShown = step.kind === "show";
        publish(one);
      }
    }

    const now = await lookAtAws(story);
    for (const [ecr, who] of now.access)
      expect([...who].length, `${shown}: ${ecr} is open to ${[...who].join(", ")}`).toBeLessThanOrEqual(1);
    for (const [ecr, value] of before.mutability) {
      if (ecr === mayChange) continue;
      expect(now.mutability.get(ecr), `${shown}: the settings of ${ecr} changed`).toBe(value);
    }
    before = now;
    await nobodyIsLockedOut(story, index, shown);
  }
  await cleanUp();
}

/** Looks at one real repository after each step: if it is rightful, a dry run as its owner would send it is accepted. */
async function nobodyIsLockedOut(
  { world, judge, written }: Story,
  index: number,
  shown: string,
): Promise<void> {
  const one = world[index % world.length];
  if (one === undefined) return;
  const { owner, name, id } = one;
  const put: Put = { kind: "put", owner, name, role: "one", ids: "own", settings: false, cache: false };
  if (!judge(put).isRightful) return;
  count("rightful ones asked");
  const body = { github: { repositoryId: id, ownerId: OWNERS[owner] } };
  const answer = await api("PUT", `${rolePath(written(name), "one", owner)}?dryRun=true`, { body });
  expect(answer.status, `${shown}: ${owner}/${name} is locked out: ${answer.text}`).toBe(200);
}

const asked = (name: Name, role: Put["role"], ids: Ids, settings = false): Put => ({
  kind: "put",
  owner: "acme",
  name,
  role,
  ids,
  settings,
  cache: role === "two",
});
/** Sequences that random ones rarely come to. */
const EXAMPLES: Action[][] = [
  // Wrong ids, until GitHub shows the repository.
  [
    { kind: "hide-all" },
    asked("api{n}", "two", "made-up"),
    asked("api{n}", "one", "made-up"),
    { kind: "show-all" },
    asked("api{n}", "one", "own"),
    asked("api{n}", "two", "own"),
  ],
  // The owner of a namespace asks for an ECR repository there that the operator has granted to others.
  [
    { kind: "hide-all" },
    asked("shared{n}", "one", "made-up", true),
    { kind: "granted", of: "shared" },
    asked("shared{n}", "one", "own", true),
    { kind: "show-all" },
    asked("shared{n}", "one", "own", true),
  ],
];

test("a namespace belongs to one repository, and the rightful one is never locked out", async () => {
  const sequences = fc.array(action, { minLength: 18, maxLength: 24, size: "max" });
  try {
    await fc.assert(fc.asyncProperty(sequences, play), {
      examples: EXAMPLES.map((example): [Action[]] => [example]),
      numRuns: runs(20),
      endOnFailure: runs(1) > 1,
    });
  } finally {
    console.log(counts);
  }
}, 3_600_000);
