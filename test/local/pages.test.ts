/** Lists in pages are complete and without repetition, whatever is written between two pages. */
import { CreateRepositoryCommand, paginateDescribeRepositories } from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "vitest";
import { account, identity, type Running, refused, start, trust } from "./clients.ts";

let aws: Running;
const names = Array.from({ length: 7 }, (_, index) => `role-${index}`);

beforeAll(async () => {
  aws = await start();
  for (const RoleName of [...names].reverse())
    await aws.iam.send(
      new iam.CreateRoleCommand({ RoleName, Path: "/rolecall/", AssumeRolePolicyDocument: trust() }),
    );
  await aws.iam.send(new iam.CreateRoleCommand({ RoleName: "elsewhere", AssumeRolePolicyDocument: trust() }));
  for (const name of names) {
    const PolicyDocument = identity("ecr:*");
    await aws.iam.send(
      new iam.PutRolePolicyCommand({ RoleName: "role-0", PolicyName: name, PolicyDocument }),
    );
    await aws.iam.send(new iam.CreatePolicyCommand({ PolicyName: name, PolicyDocument }));
    const PolicyArn = `arn:aws:iam::${account}:policy/${name}`;
    await aws.iam.send(new iam.AttachRolePolicyCommand({ RoleName: "role-0", PolicyArn }));
    await aws.iam.send(new iam.TagRoleCommand({ RoleName: "role-0", Tags: [{ Key: name, Value: "" }] }));
    await aws.ecr.send(new CreateRepositoryCommand({ repositoryName: `acme/${name}` }));
  }
});
afterAll(() => aws.close());

async function all<Page>(pages: AsyncIterable<Page>, items: (page: Page) => unknown[] | undefined) {
  const found: unknown[] = [];
  let count = 0;
  for await (const page of pages) {
    found.push(...(items(page) ?? []));
    count += 1;
  }
  return { found, count };
}

const setting = () => ({ client: aws.iam, pageSize: 3 });
const RoleName = "role-0";

test("roles under a path are listed in the order of their names", async () => {
  const pages = iam.paginateListRoles(setting(), { PathPrefix: "/rolecall/" });
  const { found, count } = await all(pages, ({ Roles }) => Roles?.map((role) => role.RoleName));
  expect(found).toEqual(names);
  expect(count).toBe(3);
});

test.each([
  [
    "inline policies",
    () => all(iam.paginateListRolePolicies(setting(), { RoleName }), (page) => page.PolicyNames),
  ],
  [
    "attached policies",
    () => all(iam.paginateListAttachedRolePolicies(setting(), { RoleName }), (page) => page.AttachedPolicies),
  ],
  ["tags", () => all(iam.paginateListRoleTags(setting(), { RoleName }), (page) => page.Tags)],
  ["policies", () => all(iam.paginateListPolicies(setting(), { Scope: "Local" }), (page) => page.Policies)],
])("%s are listed completely, each once", async (_, read) => {
  const { found, count } = await read();
  expect(new Set(found).size).toBe(7);
  expect(count).toBe(3);
});

test("the account's details list roles, then policies", async () => {
  const Filter: iam.EntityType[] = ["Role", "LocalManagedPolicy"];
  const pages = iam.paginateGetAccountAuthorizationDetails(setting(), { Filter });
  const { found, count } = await all(pages, ({ RoleDetailList, Policies }) => [
    ...(RoleDetailList ?? []).map((role) => role.RoleName),
    ...(Policies ?? []).map((policy) => policy.PolicyName),
  ]);
  expect(found).toEqual(["elsewhere", ...names, ...names]);
  expect(count).toBe(5);
});

test("ECR repositories are listed completely, in the order of their names", async () => {
  const pages = paginateDescribeRepositories({ client: aws.ecr, pageSize: 3 }, {});
  const { found, count } = await all(pages, ({ repositories }) =>
    repositories?.map((each) => each.repositoryName),
  );
  expect(found).toEqual(names.map((name) => `acme/${name}`));
  expect(count).toBe(3);
});

test("a page's end stays valid while others write", async () => {
  const list = (Marker?: string) =>
    aws.iam.send(new iam.ListRolesCommand({ PathPrefix: "/rolecall/", MaxItems: 3, Marker }));
  const first = await list();
  expect(first.IsTruncated).toBe(true);
  await aws.iam.send(new iam.DeleteRoleCommand({ RoleName: "role-2" }));
  await aws.iam.send(
    new iam.CreateRoleCommand({ RoleName: "role-00", Path: "/rolecall/", AssumeRolePolicyDocument: trust() }),
  );
  const second = await list(first.Marker);
  expect(second.Roles?.map((role) => role.RoleName)).toEqual(["role-3", "role-4", "role-5"]);
});

test("a marker of another list is refused", async () => {
  const { Marker } = await aws.iam.send(new iam.ListRolesCommand({ PathPrefix: "/rolecall/", MaxItems: 1 }));
  const other = aws.iam.send(new iam.ListRolesCommand({ MaxItems: 1, Marker }));
  expect(await refused(other)).toMatchObject({ name: "ValidationError", message: "Invalid Marker." });
});

test("a page may hold fewer items than were asked for", async () => {
  const small = await start({ quotas: { itemsPerPage: 1 } });
  for (const name of ["a1", "b1"]) {
    await small.iam.send(new iam.CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust() }));
  }
  const { found, count } = await all(
    iam.paginateListRoles({ client: small.iam }, { MaxItems: 100 }),
    ({ Roles }) => Roles?.map((role) => role.RoleName),
  );
  expect(found).toEqual(["a1", "b1"]);
  expect(count).toBe(2);
  await small.close();
});

test("without MaxItems a page holds 100 items, and a role above the quota is refused", async () => {
  const many = await start({ quotas: { rolesPerAccount: 101 } });
  for (let index = 0; index < 101; index += 1)
    await many.iam.send(
      new iam.CreateRoleCommand({ RoleName: `r${index}`, AssumeRolePolicyDocument: trust() }),
    );
  const { Roles, IsTruncated } = await many.iam.send(new iam.ListRolesCommand({}));
  expect(Roles).toHaveLength(100);
  expect(IsTruncated).toBe(true);
  const more = many.iam.send(
    new iam.CreateRoleCommand({ RoleName: "more", AssumeRolePolicyDocument: trust() }),
  );
  expect(await refused(more)).toMatchObject({
    name: "LimitExceededException",
    status: 409,
    message: "Cannot exceed quota for RolesPerAccount: 101",
  });
  await many.close();
});
