/** A roll call over five accounts as `npm start` runs it: over HTTP, through the queue and its consumers. */
import { AttachRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import type { components } from "../../src/generated/contract.ts";
import { accessDenied, startEmbedded } from "../harness/embedded.ts";

type RollCall = components["schemas"]["RollCall"];

const CLOSED = "510987654321";
const SILENT = "610987654321";
const GOOD = ["210987654321", "310987654321", "410987654321"];
const ALL = [...GOOD, CLOSED, SILENT];

const { api, services, startAnother, trouble } = await startEmbedded({
  env: { ROLECALL_LOCAL_ACCOUNTS: ALL.join(",") },
});
const pathOf = (account: string) => `/v1/accounts/${account}/repos/acme/api/roles/publish`;

test("one account cannot be assumed and one never answers; the others are checked, repaired and audited", async () => {
  for (const account of ALL) {
    const body = { name: account, repositories: ["acme/*"] };
    expect((await api("PUT", `/v1/accounts/${account}`, { body })).status).toBe(201);
    expect((await api("PUT", pathOf(account), { body: { onDrift: "repair" } })).status).toBe(201);
    const key = { owner: "acme", repo: "api", role: "publish" };
    const item = await services.registryOf(account).readRegistration(key);
    const credentials = { accessKeyId: account, secretAccessKey: "local" };
    await new IAMClient({ region: services.clients.place.region, credentials }).send(
      new AttachRolePolicyCommand({
        RoleName: item?.desired.role.name ?? "",
        PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
      }),
    );
  }
  // Another process has no sessions yet.
  const { api: other } = await startAnother();
  trouble({ service: "sts", action: "AssumeRole", mentions: CLOSED, fault: accessDenied });
  let release = () => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  trouble({ service: "sts", action: "AssumeRole", mentions: SILENT, fault: { kind: "hold", until } });
  const { location = "" } = (await other("POST", "/v1/roll-calls")).headers;
  const read = async (): Promise<RollCall> => JSON.parse((await api("GET", String(location))).text);
  await expect.poll(async () => (await read()).status, { timeout: 60_000, interval: 200 }).toBe("finished");
  release();
  const { accounts, counts } = await read();
  expect(accounts).toMatchObject({ total: 6, checked: 4, failed: 2, missed: 0 });
  expect(accounts?.listed.slice(0, 2).map(({ account }) => account)).toEqual([CLOSED, SILENT]);
  expect(counts.repaired).toBe(3);
  const page = (await api("GET", String(location), { headers: { accept: "text/html" } })).text;
  expect(page).toContain("2 of 6 accounts were not checked");
  for (const { account, detail = "-" } of accounts?.listed.slice(0, 2) ?? []) {
    expect(page).toContain(account);
    expect(page).toContain(detail.slice(0, 30));
  }
  for (const account of GOOD) {
    expect((await api("GET", pathOf(account))).registration().drift.status).toBe("repaired");
    const { items } = JSON.parse((await api("GET", `/v1/audit?account=${account}`)).text);
    expect(items).not.toEqual([]);
  }
}, 90_000);
