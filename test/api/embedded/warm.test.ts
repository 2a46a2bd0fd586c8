/** A request in a warm process makes only the calls that it needs, on connections that are open already. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { expect, test } from "vitest";
import { startEmbedded } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";

const { api, aws } = await startEmbedded();

/** The calls of AWS that some work makes. */
async function callsOf(work: () => Promise<unknown>): Promise<string[]> {
  aws.calls.length = 0;
  await work();
  return aws.calls.map(({ service, action }) => `${service}:${action}`);
}

test("reading a registration is one read of the table", async () => {
  const path = rolePath(uniqueName());
  await api("PUT", path);
  expect(await callsOf(() => api("GET", path))).toEqual(["dynamodb:BatchGetItem"]);
  expect(await callsOf(() => api("GET", `${path}/workflow`))).toEqual(["dynamodb:BatchGetItem"]);
});

test("whether the provider is there is not asked again for minutes", async () => {
  await api("PUT", rolePath(uniqueName()));
  const calls = await callsOf(() => api("PUT", rolePath(uniqueName())));
  expect(calls).toContain("iam:CreateRole");
  expect(calls.filter((call) => call.includes("OpenIDConnectProvider"))).toEqual([]);
});

test("a check asks for the provider again", async () => {
  const path = rolePath(uniqueName());
  await api("PUT", path);
  expect(await callsOf(() => api("POST", `${path}/drift-checks`))).toContain("iam:GetOpenIDConnectProvider");
});

test("a second request makes no connection", async () => {
  const path = rolePath(uniqueName());
  await api("PUT", path);
  await api("GET", path);
  let made = 0;
  const count = () => made++;
  subscribe("net.client.socket", count);
  try {
    expect((await api("GET", path)).status).toBe(200);
  } finally {
    unsubscribe("net.client.socket", count);
  }
  expect(made).toBe(0);
});
