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

import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedGitHub, startEmbeddedGitHub } from "../../../local/github/server.ts";
import { gitHub } from "../../../src/github/github.ts";
import { release } from "../../../src/registry/release.ts";
import { awsClients } from "../../harness/aws.ts";
import { startEmbedded } from "../../harness/embedded.ts";
import { runs } from "../../harness/properties.ts";
import { rolePath } from "../../harness/rolecall.ts";
import {
  type Action,
  action,
  COM,
  EXAMPLES,
  FOLDING,
  GRANTED,
  hostOf,
  type Name,
  OWNER_NAMES,
  OWNERS,
  type Owner,
  type Put,
  SERVER,
} from "./namespaces-actions.ts";
import { cleanUp, lookAtAws } from "./namespaces-aws.ts";
import { openStory, type Real, type Story } from "./namespaces-story.ts";

const { api, services, clock } = await startEmbedded();
const aws = awsClients();
const configured = services.config;

const hosts = new Map<"com" | "server", EmbeddedGitHub>();
beforeAll(async () => {
  const options = { owners: [], rateLimit: 100_000_000, now: clock.now };
  hosts.set("com", await startEmbeddedGitHub(options));
  hosts.set("server", await startEmbeddedGitHub({ ...options, issuer: SERVER.url }));
});
afterAll(async () => {
  for (const host of hosts.values()) await host.close();
});

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

  let before = await lookAtAws(aws, story);
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

    const now = await lookAtAws(aws, story);
    for (const [ecr, who] of now.access)
      expect([...who].length, `${shown}: ${ecr} is open to ${[...who].join(", ")}`).toBeLessThanOrEqual(1);
    for (const [ecr, value] of before.mutability) {
      if (ecr === mayChange) continue;
      expect(now.mutability.get(ecr), `${shown}: the settings of ${ecr} changed`).toBe(value);
    }
    before = now;
    await nobodyIsLockedOut(story, index, shown);
  }
  await cleanUp(aws);
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
