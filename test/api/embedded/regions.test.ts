/** ECR repositories in another region than the service's: what is there, what is refused, and who disturbs whom. */
import {
  DeleteLifecyclePolicyCommand,
  DeleteRepositoryCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
  PutImageTagMutabilityCommand,
} from "@aws-sdk/client-ecr";
import { expect, test } from "vitest";
import { rollCall } from "../../../src/roll-call/roll-call.ts";
import { awsClients, ecrInAws, existingRole } from "../../harness/aws.ts";
import { accessDenied, namesOf, startEmbedded, writesOf } from "../../harness/embedded.ts";
import { type RegistrationRequest, rolePath, uniqueName } from "../../harness/rolecall.ts";

const OWN = "eu-central-1";
const OTHER = "eu-west-1";
const KEY = `arn:aws:kms:${OTHER}:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const { api, callsOf, clock, services, startAnother, trouble } = await startEmbedded({
  env: { ROLECALL_REGIONS: OTHER, ROLECALL_KMS_KEYS: KEY },
});
const here = awsClients();
const there = { iam: here.iam, ecr: new ECRClient({ region: OTHER }) };

const put = (repo: string, body: RegistrationRequest, role?: string) =>
  api("PUT", rolePath(repo, role), { body });
const arnIn = (region: string, repo: string) => `arn:aws:ecr:${region}:123456789012:repository/acme/${repo}`;
const hostIn = (region: string) => `123456789012.dkr.ecr.${region}.amazonaws.com`;
const HOUR_MS = 60 * 60_000;

/** The regions of the calls of ECR. */
const regionsOf = (calls: Awaited<ReturnType<typeof callsOf>>["calls"]) => [
  ...new Set(calls.filter(({ service }) => service === "ecr").map(({ region }) => region)),
];

/** Returns the role's own policies as one text. */
async function allowedTo(roleArn: string): Promise<string> {
  const { inlinePolicies } = await existingRole(here, roleArn);
  return JSON.stringify(inlinePolicies);
}

test("a registration in another region: all of its ECR is there, by as many calls as in the service's own", async () => {
  const repo = uniqueName();
  await put(uniqueName(), {}); // The provider is there.
  const own = await callsOf(() => put(uniqueName(), {}));
  const { result, calls } = await callsOf(() => put(repo, { region: OTHER }));
  expect(result.status).toBe(201);
  expect(namesOf(calls)).toEqual(namesOf(own.calls));
  expect([regionsOf(own.calls), regionsOf(calls)]).toEqual([[OWN], [OTHER]]);

  const registration = result.registration();
  const arn = arnIn(OTHER, repo);
  const uri = `${hostIn(OTHER)}/acme/${repo}`;
  expect(registration).toMatchObject({ region: OTHER, spec: { region: OTHER }, ecr: [{ arn, uri }] });
  expect(await ecrInAws(there, `acme/${repo}`)).toMatchObject({ repositoryArn: arn, repositoryUri: uri });
  expect(await ecrInAws(here, `acme/${repo}`)).toBeUndefined();
  const policy = await allowedTo(registration.roleArn);
  expect(policy).toContain(arn);
  expect(policy).not.toContain(OWN);
  const { content = "" } = registration.workflow ?? {};
  expect(content).toContain(`aws-region: "${OTHER}"`);
  expect(content).toContain(hostIn(OTHER));
  expect(content).not.toContain(OWN);

  const read = (await api("GET", rolePath(repo))).registration();
  const { changes, ...shown } = registration;
  expect(read).toEqual(shown);
  for (const format of ["cloudformation", "terraform", "cli"]) {
    const { text } = await api("GET", `${rolePath(repo)}/export?format=${format}`);
    expect(text).toContain(OTHER);
    expect(text).not.toContain(OWN);
  }
  const same = await callsOf(() => put(repo, { region: OTHER }));
  expect(same.result.registration()).toMatchObject({ version: 1, changes: [] });
  expect(writesOf(same.calls)).toEqual([]);
  expect((await api("DELETE", rolePath(repo))).removal().stays).toContain(arn);
});

test("the service's own region, named or not, is the same", async () => {
  const repo = uniqueName();
  expect((await put(repo, {})).registration()).toMatchObject({ region: OWN, spec: { region: OWN } });
  expect((await put(repo, { region: OWN })).registration()).toMatchObject({ version: 1, changes: [] });
});

test.each(["us-east-1", "eu-west-2"])("%s, which the operator does not list, is refused", async (region) => {
  const repo = uniqueName();
  const { result, calls } = await callsOf(() => put(repo, { region }));
  expect(result.status).toBe(422);
  expect(result.problem().errors).toEqual([
    { pointer: "/region", detail: expect.stringMatching(/eu-central-1, eu-west-1.*ROLECALL_REGIONS/) },
  ]);
  expect(writesOf(calls)).toEqual([]);
  expect(namesOf(calls, "ecr", "iam")).toEqual([]);
});

test.each(["", "eu-west", "EU-WEST-1", "eu-west-1\n", "*", "eu-west-1/x", "-1"])(
  "%j is no region",
  async (region) => {
    const { status, problem } = await put(uniqueName(), { region });
    expect([status, problem().errors?.map(({ pointer }) => pointer)]).toEqual([422, ["/region"]]);
  },
);

test("a key of KMS is of the registration's region", async () => {
  const repo = uniqueName();
  const keyIn = (region: string) =>
    `arn:aws:kms:${region}:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
  const withKey = (region: string): RegistrationRequest => ({
    region: OTHER,
    ecr: [{ repository: `acme/${repo}`, settings: { encryption: { type: "KMS", kmsKey: keyIn(region) } } }],
  });
  const refused = await put(repo, withKey(OWN));
  expect(refused.problem().errors).toMatchObject([{ pointer: "/ecr/0/settings/encryption/kmsKey" }]);
  expect((await put(repo, withKey(OTHER))).status).toBe(201);
  expect(await ecrInAws(there, `acme/${repo}`)).toMatchObject({
    encryptionConfiguration: { kmsKey: keyIn(OTHER) },
  });
});

test("a PUT that changes the region: the policy goes over, the repository is made there, the former one stays", async () => {
  const repo = uniqueName();
  const { roleArn } = (await put(repo, {})).registration();
  const before = await ecrInAws(here, `acme/${repo}`);
  const foretold = await api("PUT", `${rolePath(repo)}?dryRun=true`, { body: { region: OTHER } });
  const moved = (await put(repo, { region: OTHER })).registration();
  expect(moved.changes?.map(({ resource, path }) => [resource, path])).toEqual([
    [roleArn, "/inlinePolicies/rolecall-ecr"],
    [arnIn(OTHER, repo), ""],
  ]);
  expect(foretold.registration()).toMatchObject({ region: OTHER, changes: moved.changes });
  expect(foretold.registration().workflow).toBeUndefined();
  expect(moved).toMatchObject({ region: OTHER, version: 2, roleArn, ecr: [{ arn: arnIn(OTHER, repo) }] });
  expect(await allowedTo(roleArn)).not.toContain(OWN);
  expect(await ecrInAws(here, `acme/${repo}`)).toEqual(before);
  expect(await ecrInAws(there, `acme/${repo}`)).toBeDefined();

  const { result, calls } = await callsOf(() => put(repo, {}));
  expect(result.registration()).toMatchObject({ region: OWN, version: 3, ecr: [{ managed: true }] });
  expect(namesOf(writesOf(calls), "ecr")).toEqual([]);
  expect(await allowedTo(roleArn)).not.toContain(OTHER);
});

test("where the new region's repository cannot be made, no workflow names the former one", async () => {
  const repo = uniqueName();
  await put(repo, {});
  const end = trouble({ service: "ecr", action: "CreateRepository", mentions: repo, fault: accessDenied });
  expect((await put(repo, { region: OTHER })).status).toBe(502);
  const failed = (await api("GET", rolePath(repo))).registration();
  expect(failed).toMatchObject({ status: "failed", region: OTHER });
  expect(failed.workflow).toBeUndefined();
  end();
  expect((await put(repo, { region: OTHER })).registration().workflow?.content).toContain(hostIn(OTHER));
});

test("two registrations with the same ECR name in two regions do not disturb each other", async () => {
  const repo = uniqueName();
  const settings = { tagMutability: "MUTABLE" as const, lifecycle: [] };
  await put(repo, {}, "here");
  await put(repo, { region: OTHER, ecr: [{ repository: `acme/${repo}`, settings }] }, "there");
  const repositoryName = `acme/${repo}`;
  expect(await ecrInAws(here, repositoryName)).toMatchObject({
    imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
  });
  expect(await ecrInAws(there, repositoryName)).toMatchObject({ imageTagMutability: "MUTABLE" });
  const settingsOf = async (role: string) =>
    (await api("GET", rolePath(repo, role))).registration().ecr[0]?.settings;
  expect(await settingsOf("here")).toMatchObject({ tagMutability: "IMMUTABLE" });
  expect(await settingsOf("there")).toMatchObject({ tagMutability: "MUTABLE" });

  clock.advance(24 * HOUR_MS);
  const called = await rollCall(services);
  expect(called.counts).toMatchObject({ drifted: 0, failed: 0 });
  // Each is compared with its own item: nothing has to be looked at once more.
  const again = await callsOf(() => rollCall(services));
  expect(namesOf(again.calls, "ecr")).toEqual(Array(2).fill("ecr:DescribeRepositories"));
  await there.ecr.send(new DeleteRepositoryCommand({ repositoryName }));
  await rollCall(services);
  const driftOf = async (role: string) => (await api("GET", rolePath(repo, role))).registration().drift;
  expect(await driftOf("here")).toMatchObject({ status: "in-sync" });
  expect(await driftOf("there")).toMatchObject({
    status: "drifted",
    changes: [{ resource: arnIn(OTHER, repo), path: "" }],
  });
  expect((await api("POST", `${rolePath(repo, "there")}/repairs`)).status).toBe(200);
  expect((await put(repo, {}, "there")).registration()).toMatchObject({ region: OWN });
});

test("the roll call finds drift in the other region and puts it right, by a page for each region", async () => {
  const repo = uniqueName();
  const repositoryName = `acme/${repo}`;
  await put(repo, { region: OTHER, onDrift: "repair" });
  await rollCall(services);
  const quiet = await callsOf(() => rollCall(services));
  const pages = quiet.calls.filter(
    ({ action, request }) => action === "DescribeRepositories" && request["repositoryNames"] === undefined,
  );
  expect(pages.map(({ region }) => region).sort()).toEqual([OWN, OTHER]);
  expect(namesOf(quiet.calls, "ecr")).toHaveLength(2);

  clock.advance(24 * HOUR_MS);
  await there.ecr.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: "MUTABLE" }));
  await there.ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName }));
  const called = await rollCall(services);
  expect(called.counts).toMatchObject({ repaired: 1, failed: 0 });
  expect(await ecrInAws(there, repositoryName)).toMatchObject({
    imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
  });
  const { lifecyclePolicyText } = await there.ecr.send(new GetLifecyclePolicyCommand({ repositoryName }));
  expect(lifecyclePolicyText).toContain("untagged");
  const checked = await api("POST", `${rolePath(repo)}/drift-checks`);
  expect(checked.text).toContain('"status":"in-sync"');
});

test("a region that is taken off the list: its registrations are checked still, and no PUT asks for it", async () => {
  const repo = uniqueName();
  await put(repo, { region: OTHER });
  const { api: unlisted, local } = await startAnother({ env: { ROLECALL_REGIONS: "" } });
  expect((await rollCall(local.services)).counts).toMatchObject({ drifted: 0, failed: 0 });
  expect((await unlisted("GET", rolePath(repo))).registration()).toMatchObject({ region: OTHER });
  expect((await unlisted("PUT", rolePath(repo), { body: { region: OTHER } })).status).toBe(422);
  expect((await unlisted("PUT", rolePath(repo))).registration()).toMatchObject({ region: OWN });
});
