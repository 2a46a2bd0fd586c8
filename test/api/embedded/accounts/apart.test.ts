/** A member account that throttles, fails or never answers changes nothing for requests about other accounts. */
import { DefaultRateLimiter } from "@smithy/core/retry";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openAccount } from "../../../../src/accounts/open.ts";
import { SETTINGS } from "../../../../src/aws/clients.ts";
import { underDeadline } from "../../../../src/aws/deadline.ts";
import type { Failure } from "../../../../src/lib/errors.ts";
import { failed } from "../../../../src/lib/errors.ts";
import { register } from "../../../../src/registration/register.ts";
import { openServices, type Services } from "../../../../src/services.ts";
import { rolePath, uniqueName } from "../../../harness/rolecall.ts";
import { MEMBER, memberPath, OTHER, startWithMembers } from "./start.ts";

const embedded = await startWithMembers();
const { callsOf, clock, services, startAnother } = embedded;
const broken = { kind: "error", status: 500, code: "ServiceFailure", message: "It failed" } as const;
const throttled = { kind: "error", status: 400, code: "Throttling", message: "Rate exceeded" } as const;

/** Makes calls fail until the returned function ends it, or until the test ends. */
function trouble(...input: Parameters<typeof embedded.trouble>): () => void {
  const end = embedded.trouble(...input);
  onTestFinished(end);
  return end;
}

/** Lets the attempts of clients that are created from now on wait for an answer until the test ends. */
function waitPatiently(): void {
  const { requestHandler } = SETTINGS;
  const before = { ...requestHandler };
  Object.assign(requestHandler, { requestTimeout: 0, socketTimeout: 0 });
  onTestFinished(() => {
    Object.assign(requestHandler, before);
  });
}

/** Starts a process that has registered a role in each account, so that it has sessions and has seen the providers. */
async function startWarm() {
  const { api } = await startAnother();
  const repo = uniqueName();
  const paths = [rolePath(repo), memberPath(MEMBER, repo), memberPath(OTHER, repo)];
  for (const path of paths) expect((await api("PUT", path)).status).toBe(201);
  return { api, repo };
}

/** Makes all calls in a member account hang, and counts those of IAM. */
function hang(member: string) {
  let isOver = false;
  let release = () => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  let held = 0;
  let reach = () => {};
  let wanted = 0;
  const end = trouble({
    member,
    service: "iam",
    fault: {
      kind: "hold",
      get until() {
        if (!isOver) held++;
        if (held >= wanted) reach();
        return until;
      },
    },
  });
  const endOthers = trouble({ member, fault: { kind: "hold", until } });
  const endAll = () => {
    isOver = true;
    end();
    endOthers();
    release();
  };
  onTestFinished(endAll);
  return {
    held: () => held,
    /** Resolves once so many calls hang. */
    reached: (calls: number) =>
      new Promise<void>((resolve) => {
        [wanted, reach] = [calls, resolve];
        if (held >= wanted) resolve();
      }),
    end: endAll,
  };
}

describe("a member that never answers", () => {
  test("keeps only its own connections busy", async () => {
    waitPatiently();
    const warm = await startWarm();
    const { api } = warm;
    const hanging = hang(MEMBER);
    // A client of the SDK has 50 connections. More requests than that want one to the member.
    const dryRun = `${memberPath(MEMBER, warm.repo)}?dryRun=true`;
    const waiting = Array.from({ length: 60 }, () => api("PUT", dryRun));
    await hanging.reached(50);
    const repo = uniqueName();
    expect((await api("PUT", memberPath(OTHER, repo))).status).toBe(201);
    expect((await api("PUT", rolePath(repo))).status).toBe(201);
    expect((await api("GET", `/v1/roles?repository=acme/${repo}`)).page().items).toHaveLength(2);
    expect(hanging.held()).toBe(50);
    hanging.end();
    for (const { status, text } of await Promise.all(waiting)) expect([200, 503], text).toContain(status);
  });

  test("is given up when the request's time ends", async () => {
    const { local } = await startAnother();
    const hanging = hang(MEMBER);
    const opened = await underDeadline(clock.now() + 3_100, () =>
      openAccount(local.services, MEMBER, { owner: "acme", repo: "api" }, "registers"),
    );
    expect(opened).toMatchObject({ failure: "aws-unavailable", aws: { code: "OutOfTime" } });
    hanging.end();
  });
});

test("a member whose calls fail until its retry budget is used up leaves the other accounts theirs", async () => {
  const { api } = await startWarm();
  const attempts = async (): Promise<number> => {
    const { calls } = await callsOf(() => api("GET", `/v1/accounts/${MEMBER}`));
    return calls.filter(({ action }) => action === "GetRole").length;
  };
  const end = trouble({ member: MEMBER, action: "GetRole", fault: broken });
  expect(await attempts()).toBe(4);
  await Promise.all(Array.from({ length: 45 }, () => api("GET", `/v1/accounts/${MEMBER}`)));
  expect(await attempts()).toBe(1);
  end();
  const repo = uniqueName();
  for (const path of [memberPath(OTHER, repo), rolePath(repo)]) {
    trouble({ action: "CreateRole", mentions: repo, times: 1, fault: broken });
    expect((await api("PUT", path)).status).toBe(201);
  }
});

test("a STS that fails is tried four times, and not four times for each attempt of the call that needs a session", async () => {
  const { api } = await startAnother();
  const end = trouble({ member: MEMBER, action: "AssumeRole", fault: broken });
  const { result, calls } = await callsOf(() => api("PUT", memberPath(MEMBER, uniqueName())));
  end();
  expect(result.problem()).toMatchObject({ status: 503, code: "aws-unavailable" });
  expect(calls.filter(({ action }) => action === "AssumeRole")).toHaveLength(4);
});

test("each account has a rate of its own, which falls when AWS throttles that account", async () => {
  const { api } = await startWarm();
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  const asked = vi.spyOn(DefaultRateLimiter.prototype, "getSendToken");
  const slowed = vi.spyOn(DefaultRateLimiter.prototype, "updateClientSendingRate");
  const limiters = async (path: string) => {
    asked.mockClear();
    expect((await api("PUT", path)).status).toBe(201);
    return new Set(asked.mock.contexts);
  };
  const repo = uniqueName();
  trouble({ member: MEMBER, action: "CreateRole", mentions: repo, times: 1, fault: throttled });
  const ofMember = await limiters(memberPath(MEMBER, repo));
  const throttledAt = slowed.mock.calls.findIndex(([{ errorType }]) => errorType === "THROTTLING");
  expect(ofMember).toContain(slowed.mock.contexts[throttledAt]);
  const ofOther = await limiters(memberPath(OTHER, repo));
  const ofHome = await limiters(rolePath(repo));
  for (const set of [ofMember, ofOther, ofHome]) expect(set.size).toBeGreaterThan(0);
  expect(new Set([...ofMember, ...ofOther, ...ofHome]).size).toBe(ofMember.size + ofOther.size + ofHome.size);
});

test("each account has a pace of its own", async () => {
  await startWarm();
  const opened = openServices({
    config: services.config,
    region: services.clients.place.region,
    log: services.log,
    openEvents: () => services.events,
    now: clock.now,
    // A process's first role in an account is three writes. The next write there would wait for an hour.
    pace: { atOnce: 3, perSecond: 1 / 3600 },
  });
  const paced: Services = { ...opened, gitHub: services.gitHub };
  const put = async (within: Services | Failure) =>
    failed(within)
      ? within
      : register(within, {
          key: { owner: "acme", repo: uniqueName(), role: "publish" },
          request: {},
          precondition: {},
          dryRun: false,
          caller: "test",
        });
  const open = (of: string) => openAccount(paced, of, { owner: "acme", repo: "api" }, "registers");
  // The deadline ends a write that waits for the pace of another account.
  for (const within of [await open(MEMBER), await open(OTHER), paced])
    expect(await underDeadline(clock.now() + 20_000, () => put(within))).toMatchObject({
      item: { status: "ready" },
    });
  const soon = await underDeadline(clock.now() + 5_000, async () => put(await open(MEMBER)));
  expect(soon).toMatchObject({ failure: "aws-unavailable", aws: { service: "iam", code: "OutOfTime" } });
});
