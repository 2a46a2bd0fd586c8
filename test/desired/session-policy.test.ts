/** The session policy of a change in a member account, and the names that its session has. */
import { describe, expect, test } from "vitest";
import { externalIdOf, readMemberTags, sourceIdentityOf } from "../../src/desired/member.ts";
import { type Scope, sessionPolicy } from "../../src/desired/session-policy.ts";

const ACCOUNT = "210987654321";
const registry = `arn:aws:ecr:eu-central-1:${ACCOUNT}:repository/`;
const role = `arn:aws:iam::${ACCOUNT}:role/rolecall/acme-api-publish-5c3a7f0e9b1d`;
const provider = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`;

function scope(names: readonly string[], more: Partial<Scope> = {}): Scope {
  const repositories = names.map((name) => ({ name, arn: `${registry}${name}` }));
  const desired: Pick<Scope, "desired"> = JSON.parse(
    JSON.stringify({ desired: { role: { arn: role }, provider: { arn: provider }, repositories } }),
  );
  return { owner: "acme", repo: "api", ...desired, grants: [], mayDelete: true, kmsKeys: [], ...more };
}
const resources = (of: Scope) => sessionPolicy(of).Statement.map(({ Resource }) => Resource);

test("it is one statement on the role, the provider and the ECR repositories", () => {
  expect(sessionPolicy(scope(["acme/api"]))).toEqual({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "*", Resource: [role, provider, `${registry}acme/api`] }],
  });
});

test("it denies deleting, and letting others pull, if a workflow asked for the change", () => {
  const [allow, deny, ...others] = sessionPolicy(scope(["acme/api"], { mayDelete: false })).Statement;
  expect(allow).toEqual(sessionPolicy(scope(["acme/api"])).Statement[0]);
  expect(others).toEqual([]);
  expect(deny).toEqual({
    Effect: "Deny",
    Action: [
      "iam:DeleteRole",
      "ecr:BatchDelete*",
      "ecr:Delete*",
      "ecr:SetRepositoryPolicy",
      "ecr:UntagResource",
    ],
    Resource: "*",
  });
});

test("KMS keys have a statement of their own", () => {
  const key = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1`;
  expect(sessionPolicy(scope(["acme/api"], { kmsKeys: [key] })).Statement[1]).toEqual({
    Effect: "Allow",
    Action: "kms:*",
    Resource: [key],
  });
});

test("20 names of 256 characters become the namespace and the grants that are used", () => {
  const long = (prefix: string, index: number) => `${prefix}/${index}`.padEnd(256, "a");
  const names = Array.from({ length: 20 }, (_, index) => long(index % 2 ? "acme/api" : "shared", index));
  const wide = scope(names, { grants: ["shared/*", "unused/*"] });
  expect(JSON.stringify(sessionPolicy(wide)).length).toBeLessThanOrEqual(2048);
  expect(resources(wide)).toEqual([
    [role, provider, `${registry}acme/api`, `${registry}acme/api/*`, `${registry}shared/*`],
  ]);
});

describe("the source identity", () => {
  test.each([
    [undefined, "rolecall-schedule"],
    ["arn:aws:sts::123456789012:assumed-role/platform/alice", "platform-alice"],
    ["arn:aws:iam::123456789012:user/bob", "bob"],
    ["arn:aws:iam::123456789012:root", "root"],
    ["local", "local"],
    ["x", "caller-x"],
    [`github:acme/payments@123 run 456 attempt 2 by ${"a".repeat(39)}(789)`, "gh-123-456-2-789"],
    ["github:acme/api@1 run 2 attempt 3 by dependabot[bot](4)", "gh-1-2-3-4"],
    [`arn:aws:sts::123456789012:assumed-role/deploy/${"s".repeat(64)}`, "s".repeat(64)],
  ])("of %s is %s", (caller, identity) => {
    expect(sourceIdentityOf(caller)).toBe(identity);
    expect(identity).toMatch(/^[\w+=,.@-]{2,64}$/);
  });
});

describe("a member's tags", () => {
  const hub = { account: "123456789012", partition: "aws", rolePath: "/rolecall/" };
  const tags = (boundary: string, template = "1") => ({
    "rolecall:template": template,
    "rolecall:boundary": boundary,
    "rolecall:profiles": "0123456789abcdef",
  });
  const own = `arn:aws:iam::${ACCOUNT}:policy/rolecall/boundary`;
  test("name the boundary of the account", () => {
    expect(readMemberTags(tags(own), hub, ACCOUNT)?.boundaryArn).toBe(own);
  });
  test.each([
    ["of another account", tags("arn:aws:iam::310987654321:policy/rolecall/boundary")],
    ["under another path", tags(`arn:aws:iam::${ACCOUNT}:policy/admin/boundary`)],
    ["below the path", tags(`arn:aws:iam::${ACCOUNT}:policy/rolecall/x/boundary`)],
    ["of AWS", tags("arn:aws:iam::aws:policy/AdministratorAccess")],
    ["with a version that is no number", tags(own, "new")],
    ["that are missing", {}],
  ])("%s are not read", (_, given) => {
    expect(readMemberTags(given, hub, ACCOUNT)).toBeUndefined();
  });
  test("come with an external id that names the deployment and the member", () => {
    expect(externalIdOf(hub, ACCOUNT)).toBe(`rolecall:123456789012:${ACCOUNT}`);
    expect(externalIdOf({ ...hub, rolePath: "/rolecall-test/" }, ACCOUNT)).not.toBe(
      externalIdOf(hub, ACCOUNT),
    );
  });
});
