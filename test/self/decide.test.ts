/** The ceiling's decision about a token: each refusal names the claim or the field, and the rule. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Spec } from "../../src/desired/state.ts";
import { type AskedRegistration, readDenial, writeDenial } from "../../src/self/decide.ts";
import { readCeiling } from "../../src/self/read-ceiling.ts";
import { runs } from "../harness/properties.ts";
import { claimsOf, PROVIDER, policyOf } from "./tokens.ts";

const PIN = "acme/platform/.github/workflows/register.yml@refs/heads/main";
const OWN = "acme/api/.github/workflows/publish.yml@refs/heads/main";
const RULE = { repositories: ["acme/*"], roles: ["publish", "deploy-*"], access: ["push", "pull"] };
const PINNED = {
  repositories: ["acme/web"],
  roles: ["release"],
  access: ["push"],
  jobWorkflowRefs: [PIN],
  may: { profiles: ["s3-artifacts"], onDrift: ["repair"], maxSessionSeconds: 7200 },
};

const ceilingOf = (...rules: object[]) => {
  const read = readCeiling({ rules });
  if (Array.isArray(read)) throw new Error(read.join("\n"));
  return read;
};

type Claims = Readonly<Record<string, string>>;
const CLAIMS: Claims = {
  iss: PROVIDER.url,
  repository: "acme/api",
  repository_id: "2",
  ref: "refs/heads/main",
  ref_protected: "false",
  event_name: "push",
  runner_environment: "github-hosted",
  job_workflow_ref: OWN,
};
const SPEC: Pick<Spec, "ecr" | "profiles" | "managedPolicyArns" | "onDrift" | "maxSessionSeconds" | "tags"> =
  {
    ecr: [{ repository: "acme/api", access: "push" }],
    profiles: [],
    managedPolicyArns: [],
    onDrift: "report",
    maxSessionSeconds: 3600,
    tags: {},
  };
const ASKED: AskedRegistration = {
  account: "home",
  role: "publish",
  defaultBranch: { branch: "main" },
  spec: SPEC,
};

type Case = { name: string; rules?: object[]; claims?: Claims; asked?: Partial<AskedRegistration> };
const spec = (changed: Partial<typeof SPEC>) => ({ spec: { ...SPEC, ...changed } });
function denialOf({ rules = [RULE, PINNED], claims, asked }: Case) {
  const sent = { ...CLAIMS, ...claims };
  const sub = `repo:${sent["repository"]}:ref:${sent["ref"]}`;
  return writeDenial(ceilingOf(...rules), { sub, ...sent }, { ...ASKED, ...asked });
}

const WEB = { repository: "acme/web", job_workflow_ref: PIN };

const ALLOWED: readonly Case[] = [
  { name: "the default branch, a listed role" },
  { name: "a role that a pattern matches", asked: { role: "deploy-web" } },
  { name: "a repository in another letter case", claims: { repository: "Acme/API" } },
  {
    name: "an owner of a listed id",
    rules: [{ ...RULE, ownerIds: [7, 182_449_634] }],
    claims: { repository_owner_id: "182449634" },
  },
  {
    name: "a repository of a listed id",
    rules: [{ ...RULE, repositoryIds: [7, 2] }],
    claims: { repository_id: "2" },
  },
  { name: "a listed ref", rules: [{ ...RULE, refs: ["refs/tags/v*"] }], claims: { ref: "refs/tags/v1" } },
  {
    name: "a protected ref",
    rules: [{ ...RULE, protectedRefs: true }],
    claims: { ref: "refs/heads/x", ref_protected: "true" },
  },
  {
    name: "the pinned workflow asks for more",
    claims: WEB,
    asked: {
      role: "release",
      ...spec({ profiles: ["s3-artifacts"], onDrift: "repair", maxSessionSeconds: 7200 }),
    },
  },
];

type Refused = Case & { claim: string; accepts?: readonly string[]; rule?: string; remedy?: string };
const REFUSED: readonly Refused[] = [
  { name: "no rule at all", rules: [], claim: "repository", rule: "/rules" },
  {
    name: "another owner",
    claims: { repository: "evil/api" },
    claim: "repository",
    accepts: [],
    rule: "/rules",
  },
  {
    name: "another owner who took over the name",
    rules: [{ ...RULE, ownerIds: [1] }],
    claims: { repository_owner_id: "2" },
    claim: "repository_owner_id",
    accepts: [],
    rule: "/rules",
  },
  {
    name: "another repository that took over the name",
    rules: [{ ...RULE, repositoryIds: [2] }],
    claims: { repository_id: "3" },
    claim: "repository_id",
    accepts: [],
    rule: "/rules",
  },
  {
    name: "an owner whose id is only equal as a number",
    rules: [{ ...RULE, ownerIds: [1] }],
    claims: { repository_owner_id: "01" },
    claim: "repository_owner_id",
  },
  {
    name: "another owner, whose name another rule lists with any id, by that rule",
    rules: [
      { ...RULE, ownerIds: [1] },
      { ...RULE, roles: ["release"] },
    ],
    claims: { repository_owner_id: "2" },
    claim: "/role",
    accepts: ["release"],
    rule: "/rules/1",
  },
  {
    name: "a run, by the rule that lists the role, although another rule refuses less",
    rules: [
      { ...RULE, roles: ["release"] },
      { ...RULE, access: ["pull"], refs: ["refs/heads/x"], runnerEnvironments: ["self-hosted"] },
    ],
    claim: "runner_environment",
    rule: "/rules/1",
  },
  { name: "an owner that begins the same", claims: { repository: "acme-evil/api" }, claim: "repository" },
  { name: "another account", asked: { account: "222222222222" }, claim: "/account", accepts: ["home"] },
  {
    name: "another role",
    asked: { role: "admin" },
    claim: "/role",
    accepts: ["publish", "deploy-*"],
    rule: "/rules/0",
  },
  {
    name: "a pull request",
    claims: { event_name: "pull_request" },
    claim: "event_name",
    rule: "rolecall",
    remedy: "Run the workflow by such an event.",
  },
  {
    name: "an issuer for which AWS evaluates no id and no ref",
    claims: { iss: "https://github.acme.example/_services/token" },
    claim: "iss",
    accepts: [],
    rule: "rolecall",
    remedy:
      "AWS evaluates no id and no ref of this issuer's tokens, so its workflows cannot register roles. Ask the operator to register the role.",
  },
  ...["repo:acme/api:repository_owner:acme", "repository_id:2", "repo:acme/api"].map((sub) => ({
    name: `the subject ${sub}, which names no run`,
    claims: { sub },
    claim: "sub",
    accepts: [],
    rule: "rolecall",
    remedy:
      "The subject names neither the run's ref nor its environment, so no trust can name this run alone. Add `context` to the repository's subject template on GitHub (`include_claim_keys`), or ask the operator to register the role.",
  })),
  {
    name: "pull_request_target, which runs with the base's rights",
    claims: { event_name: "pull_request_target" },
    claim: "event_name",
  },
  {
    name: "workflow_run, which runs with the base's rights",
    claims: { event_name: "workflow_run" },
    claim: "event_name",
  },
  {
    name: "another branch, for the role of the second rule",
    rules: [RULE, { ...RULE, roles: ["release"] }],
    claims: { ref: "refs/heads/dev" },
    asked: { role: "release" },
    claim: "ref",
    rule: "/rules/1",
  },
  {
    name: "another branch than the default one",
    claims: { ref: "refs/heads/dev" },
    claim: "ref",
    accepts: ["refs/heads/main"],
  },
  {
    name: "a branch whose protection only looks true",
    rules: [{ ...RULE, protectedRefs: true }],
    claims: { ref: "refs/heads/x", ref_protected: "True" },
    claim: "ref",
  },
  {
    name: "the default branch, where the rule lists others",
    rules: [{ ...RULE, refs: ["refs/heads/release"] }],
    claim: "ref",
    accepts: ["refs/heads/release"],
  },
  {
    name: "a default branch that GitHub hides",
    asked: { defaultBranch: "hidden" },
    claim: "ref",
    accepts: [],
  },
  {
    name: "a runner of their own",
    rules: [{ ...RULE, runnerEnvironments: ["github-hosted"] }],
    claims: { runner_environment: "self-hosted" },
    claim: "runner_environment",
  },
  {
    name: "the pinned workflow at another ref",
    rules: [PINNED],
    claims: { ...WEB, job_workflow_ref: PIN.replace("main", "evil") },
    asked: { role: "release" },
    claim: "job_workflow_ref",
    accepts: [PIN],
  },
  {
    name: "the default access, where the rule allows to pull",
    rules: [{ ...RULE, access: ["pull"] }],
    claim: "/ecr/0/access",
    accepts: ["pull"],
    rule: "/rules/0",
    remedy: "Send `ecr` with the access pull, or ask the operator to change the rule.",
  },
  {
    name: "less access, where the rule allows only to push",
    rules: [{ ...RULE, access: ["push"] }],
    asked: spec({ ecr: [{ repository: "acme/api", access: "pull" }] }),
    claim: "/ecr/0/access",
    remedy: "Send `ecr` with the access push, or ask the operator to change the rule.",
  },
  {
    name: "both kinds of access, where one is allowed",
    rules: [{ ...RULE, access: ["push"] }],
    asked: spec({ ecr: [{ repository: "acme/api", access: "both" }] }),
    claim: "/ecr/0/access",
  },
  { name: "a profile", asked: spec({ profiles: ["s3-artifacts"] }), claim: "/profiles/0" },
  {
    name: "a managed policy",
    asked: spec({ managedPolicyArns: ["arn:aws:iam::aws:policy/x"] }),
    claim: "/managedPolicyArns/0",
  },
  { name: "repairs", asked: spec({ onDrift: "repair" }), claim: "/onDrift", accepts: ["report"] },
  {
    name: "longer sessions",
    asked: spec({ maxSessionSeconds: 7200 }),
    claim: "/maxSessionSeconds",
    accepts: ["3600"],
  },
  {
    name: "tags, which become the principal's",
    asked: spec({ tags: { team: "web" } }),
    claim: "/tags/team",
    rule: "rolecall",
    remedy: "A workflow may not set tags. Leave them out, or ask the operator to register the role.",
  },
  {
    name: "a tag whose key is not its own JSON pointer",
    asked: spec({ tags: { "a/b~c": "x" } }),
    claim: "/tags/a~1b~0c",
  },
  {
    name: "a default branch of a repository that GitHub does not have",
    asked: { defaultBranch: "missing" },
    claim: "repository",
    accepts: [],
  },
];

describe("the ceiling lets a token register", () => {
  test.each(ALLOWED.map((one) => [one.name, one] as const))("%s", (_, one) => {
    expect(denialOf(one)).toBeUndefined();
  });
});

describe("the ceiling refuses", () => {
  test.each(REFUSED.map((one) => [one.name, one] as const))(
    "%s",
    (_, { claim, accepts, rule, remedy, ...one }) => {
      const denial = denialOf(one);
      expect(denial).toMatchObject({
        claim,
        ...(accepts && { accepts }),
        ...(rule && { rule }),
        ...(remedy && { remedy }),
      });
      expect(denial?.remedy).toMatch(/^[A-Z].+\.$/);
    },
  );
});

describe("a refusal advises", () => {
  const environment = { environment: "prod", sub: claimsOf({ environment: "prod" })["sub"] ?? "" };
  const inEnvironment = (claims: Claims, trust: Parameters<typeof policyOf>[0]): Case => {
    const policy = policyOf(trust);
    if (policy === undefined) throw new Error("the trust has no policy");
    return {
      name: "",
      rules: [{ ...RULE, refs: ["refs/heads/*", "refs/tags/*"] }],
      claims: { repository_owner_id: "1", ...claims },
      asked: { trust: { policy, provider: PROVIDER } },
    };
  };
  const repairs = { ...PINNED, may: { onDrift: ["repair"] } };
  const pinned = { ...WEB, repository: "acme/web" };
  test.each<[string, Case, string]>([
    [
      "a branch's run in an environment to name the branch",
      inEnvironment({ ...environment }, { environments: ["prod"] }),
      "Add `environmentBranches` with only this run's branch",
    ],
    [
      "a tag's run in an environment to come from a branch, because only branches can be named",
      inEnvironment({ ...environment, ref: "refs/tags/v1" }, { environments: ["prod"] }),
      "Register from a run of a branch",
    ],
    [
      "a tag's run in an environment, for one more environment, to come from a branch",
      inEnvironment({ ...environment, ref: "refs/tags/v1" }, { environments: ["prod", "new"] }),
      "Register from a run of a branch",
    ],
    [
      "to set onDrift, where the rule does not list the default",
      { name: "", rules: [repairs], claims: pinned, asked: { role: "release" } },
      "Set it to repair",
    ],
    [
      "to leave onDrift out, where the rule lists the default",
      { name: "", asked: spec({ onDrift: "repair" }) },
      "Leave it out",
    ],
    [
      "the token of another repository id to come from the repository that has the name",
      inEnvironment(
        { sub: claimsOf({ repositoryId: "3" })["sub"] ?? "", repository_id: "3" },
        { branches: ["main"] },
      ),
      "another repository id than the token's",
    ],
  ])("%s", (_, one, advice) => {
    expect(denialOf(one)?.remedy).toContain(advice);
  });
});

test("a token may read whatever its ref and event are, if a rule names its repository", () => {
  const ceiling = ceilingOf(RULE);
  const claims = { ...CLAIMS, ref: "refs/pull/1/merge", event_name: "pull_request" };
  expect(readDenial(ceiling, claims, "home")).toBeUndefined();
  expect(readDenial(ceiling, { ...claims, repository: "evil/api" }, "home")).toMatchObject({
    claim: "repository",
  });
  const pinned = ceilingOf({ ...RULE, ownerIds: [1] });
  expect(readDenial(pinned, { ...claims, repository_owner_id: "1" }, "home")).toBeUndefined();
  expect(readDenial(pinned, { ...claims, repository_owner_id: "2" }, "home")).toMatchObject({
    claim: "repository_owner_id",
  });
  const one = ceilingOf({ ...RULE, repositoryIds: [2] });
  expect(readDenial(one, claims, "home")).toBeUndefined();
  expect(readDenial(one, { ...claims, repository_id: "3" }, "home")).toMatchObject({
    claim: "repository_id",
    accepts: [],
  });
});

test("a claim that is changed as a refusal says is no longer the reason", () => {
  const claims = fc.record({
    repository: fc.constantFrom("acme/api", "acme/web", "evil/api"),
    ref: fc.constantFrom("refs/heads/main", "refs/heads/dev", "refs/tags/v1"),
    ref_protected: fc.constantFrom("true", "false"),
    event_name: fc.constantFrom("push", "pull_request", "workflow_run", "schedule"),
    runner_environment: fc.constantFrom("github-hosted", "self-hosted"),
    job_workflow_ref: fc.constantFrom(PIN, OWN),
  });
  const rule = fc.record(
    {
      repositories: fc.subarray(["acme/*", "acme/web", "evil/api"], { minLength: 1 }),
      roles: fc.subarray(["publish", "release"], { minLength: 1 }),
      access: fc.subarray(["push", "pull"], { minLength: 1 }),
      refs: fc.subarray(["refs/heads/main", "refs/tags/v*"], { minLength: 1 }),
      protectedRefs: fc.boolean(),
      runnerEnvironments: fc.constant(["github-hosted"]),
      jobWorkflowRefs: fc.constant([PIN]),
    },
    { requiredKeys: ["repositories", "roles", "access"] },
  );
  let mended = 0;
  fc.assert(
    fc.property(claims, fc.array(rule, { minLength: 1, maxLength: 3 }), (own, rules) => {
      const ceiling = ceilingOf(...rules);
      const decide = (rules: typeof ceiling.rules, claims: Claims) =>
        writeDenial({ rules }, { iss: PROVIDER.url, sub: `x:ref:${claims["ref"]}`, ...claims }, ASKED);
      const denial = decide(ceiling.rules, own);
      const [accepted] = denial?.accepts ?? [];
      if (denial === undefined || accepted === undefined || !Object.hasOwn(own, denial.claim)) return;
      mended += 1;
      const changed = { ...own, [denial.claim]: accepted.replace("*", "x") };
      const [, at] = /^\/rules\/(\d+)$/.exec(denial.rule) ?? [];
      const those = ceiling.rules.filter((_, index) => at === undefined || index === Number(at));
      expect(decide(those, changed)?.claim).not.toBe(denial.claim);
    }),
    { numRuns: runs(1000) },
  );
  expect(mended).toBeGreaterThan(100);
});
