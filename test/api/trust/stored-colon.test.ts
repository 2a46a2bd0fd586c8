/** A registration that was stored before environments with a colon in their name were refused. */
import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { awsClients, existingRole } from "../../harness/aws.ts";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const { api, services } = await startRolecall();
const aws = awsClients();

/** Registers the environment `prod-eu`, and makes `prod:eu` of it where an earlier version would have had that. */
async function stored() {
  const repo = uniqueName();
  const path = rolePath(repo);
  const body = { trust: { environments: ["prod-eu"] } };
  const { roleArn } = (await api("PUT", path, { body })).registration();
  const key = { owner: "acme", repo, role: "publish" };
  const renamed = (document: unknown, to: string) =>
    JSON.parse(JSON.stringify(document).replaceAll("prod-eu", to));
  const known = await services.registry.readRegistration(key);
  await services.registry.changeRegistration(key, known, (current) => {
    if (current === undefined) throw new Error("nothing is registered");
    const { spec, desired } = current;
    return { ...current, spec: renamed(spec, "prod:eu"), desired: renamed(desired, "prod%3Aeu") };
  });
  const RoleName = roleArn.split("/").at(-1);
  const { trustPolicy } = await existingRole(aws, roleArn);
  const PolicyDocument = JSON.stringify(renamed(trustPolicy, "prod%3Aeu"));
  await aws.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  return { path, roleArn, RoleName, trustPolicy: JSON.parse(PolicyDocument) };
}

const statusOf = async (path: string) => JSON.parse((await api("POST", `${path}/drift-checks`)).text).status;

test("it is read, and a check finds no drift: the role is as registered", async () => {
  const { path } = await stored();
  const { spec, subjects } = (await api("GET", path)).registration();
  expect(spec.trust.environments).toEqual(["prod:eu"]);
  expect(subjects).toEqual([expect.stringMatching(/:environment:prod%3Aeu$/)]);
  expect(await statusOf(path)).toBe("in-sync");
});

test("a repair restores what is registered", async () => {
  const { path, roleArn, RoleName, trustPolicy } = await stored();
  const wider = JSON.stringify(trustPolicy).replace("environment:prod%3Aeu", "environment:staging");
  await aws.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: wider }));
  expect(await statusOf(path)).toBe("drifted");
  expect((await api("POST", `${path}/repairs`)).status).toBe(200);
  expect((await existingRole(aws, roleArn)).trustPolicy).toEqual(trustPolicy);
});

test("it is explained and exported", async () => {
  const { path } = await stored();
  const [sub = ""] = (await api("GET", path)).registration().subjects;
  const explanation = JSON.parse((await api("POST", `${path}/explanations`, { body: { sub } })).text);
  expect(explanation).toMatchObject({ allowed: true });
  expect((await api("GET", `${path}/export?format=cloudformation`)).text).toContain("prod%3Aeu");
});

test("its next PUT is refused until the environment is renamed, and DELETE removes it", async () => {
  const { path } = await stored();
  const again = await api("PUT", path, { body: { trust: { environments: ["prod:eu"] } } });
  expect(again.problem().errors).toMatchObject([
    { pointer: "/trust/environments/0", detail: expect.stringContaining("Rename the environment") },
  ]);
  expect((await api("PUT", path, { body: { trust: { environments: ["prod-eu"] } } })).status).toBe(200);
  expect((await api("DELETE", path)).status).toBe(200);
});

test("DELETE removes it as it is", async () => {
  const { path } = await stored();
  expect((await api("DELETE", path)).status).toBe(200);
  expect((await api("GET", path)).status).toBe(404);
});
