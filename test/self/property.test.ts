/** Random tokens, ceilings and bodies through the whole decision: what it registers, and what its refusals advise. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Spec as WholeSpec } from "../../src/desired/state.ts";
import type { Ceiling, Rule } from "../../src/self/ceiling.ts";
import { type Denial, writeDenial } from "../../src/self/decide.ts";
import { readCeiling } from "../../src/self/read-ceiling.ts";
import type { SubjectForm, Trust } from "../../src/trust/subjects.ts";
import { runs } from "../harness/properties.ts";
import {
  byId,
  byName,
  claimsOf,
  type Job,
  job,
  letsIn,
  ownTrust,
  PROVIDER,
  policyOf,
  trusts,
} from "./tokens.ts";

const PIN = "acme/platform/.github/workflows/register.yml@refs/heads/main";
const POLICIES = ["arn:aws:iam::aws:policy/a", "arn:aws:iam::aws:policy/b"];
const ACCOUNTS = ["home", "222222222222"];

type Texts = Readonly<Record<string, string>>;
type Spec = Pick<
  WholeSpec,
  "ecr" | "profiles" | "managedPolicyArns" | "onDrift" | "maxSessionSeconds" | "tags"
>;
type Body = { role: string; account: string; trust: Partial<Trust>; spec: Spec };
type Run = { job: Job; texts: Texts };
type Case = { run: Run; body: Body; ceiling: Ceiling };

/** Mostly the first value, which is the usual one. */
const mostly = <T>(usual: T, ...others: T[]) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const run: fc.Arbitrary<Run> = fc
  .record({
    job: fc.oneof({ weight: 2, arbitrary: fc.constant<Job>({ ref: "refs/heads/main" }) }, job),
    texts: fc.record({
      repository: mostly("acme/api", "acme/web", "evil/api"),
      event_name: mostly("push", "pull_request", "pull_request_target", "workflow_run", "schedule"),
      ref_protected: mostly("false", "true"),
      runner_environment: mostly("github-hosted", "self-hosted"),
      job_workflow_ref: fc.constantFrom(PIN, PIN.replace("main", "evil")),
      iss: mostly(PROVIDER.url, "https://github.acme.example/_services/token"),
    }),
    isWithoutContext: mostly(false, true),
  })
  // The event decides the subject, so the job and the claim have the same one.
  .map(({ job, texts, isWithoutContext }) => ({
    texts,
    job: { ...job, event: texts.event_name, ...(isWithoutContext && { template: ["repo"] }) },
  }));

const spec: fc.Arbitrary<Spec> = fc.record({
  ecr: fc.array(
    fc.record({
      repository: fc.constant("acme/api"),
      access: mostly<"push" | "pull" | "both">("push", "pull", "both"),
    }),
    { maxLength: 2 },
  ),
  profiles: mostly<string[]>([], ["a"], ["a", "b"]),
  managedPolicyArns: mostly<string[]>([], POLICIES, POLICIES.slice(1)),
  onDrift: mostly<"report" | "repair">("report", "repair"),
  maxSessionSeconds: mostly(3600, 7200, 43_200),
  tags: mostly<Record<string, string>>({}, { team: "web" }),
});

const may = fc.record(
  {
    branches: fc.subarray(["dev", "ma*"]),
    tags: fc.subarray(["v*"]),
    environments: fc.subarray(["prod", "new"]),
    pullRequests: fc.boolean(),
    profiles: fc.subarray(["a", "b"]),
    managedPolicies: fc.subarray(POLICIES),
    onDrift: fc.subarray(["report", "repair"], { minLength: 1 }),
    maxSessionSeconds: fc.constantFrom(3600, 7200),
  },
  { requiredKeys: [] },
);
const base = {
  repositories: mostly(["acme/*"], ["acme/web"], ["evil/api", "ACME/Api"]),
  repositoryIds: mostly<number[] | undefined>(undefined, [2], [1, 3]),
  ownerIds: mostly<number[] | undefined>(undefined, [1], [2, 3]),
  roles: mostly(["publish", "deploy-*"], ["release"]),
  access: mostly(["push", "pull"], ["push"], ["pull"]),
  accounts: mostly(["home"], ACCOUNTS),
  refs: mostly<string[] | undefined>(undefined, ["refs/heads/*"], ["refs/heads/main", "refs/tags/v*"]),
  protectedRefs: mostly(false, true),
  runnerEnvironments: mostly<string[] | undefined>(undefined, ["github-hosted"]),
};
const open = fc.record(base);
const pinned = fc.record({ ...base, jobWorkflowRefs: fc.constant([PIN]), may });
const ceilingOf = (rules: fc.Arbitrary<object>) =>
  fc.array(rules, { maxLength: 3 }).map((some): Ceiling => {
    // JSON has no undefined.
    const read = readCeiling(JSON.parse(JSON.stringify({ rules: some })));
    if (Array.isArray(read)) throw new Error(read.join("\n"));
    return read;
  });

const cases = (rules: fc.Arbitrary<object>): fc.Arbitrary<Case> =>
  fc
    .record({
      run,
      changed: trusts,
      isChanged: mostly(false, true),
      isOpen: fc.boolean(),
      ceiling: ceilingOf(rules),
      spec,
      role: mostly("publish", "deploy-web", "admin", "release"),
      account: mostly("home", "222222222222", "333333333333"),
    })
    .map(({ run, changed, isChanged, isOpen, ceiling, spec, role, account }) => ({
      run,
      ceiling,
      body: {
        ...{ role, account, spec },
        trust: {
          ...ownTrust(run.job),
          ...(isOpen && { environmentBranches: [] }),
          ...(isChanged && changed),
        },
      },
    }));

const claimsIn = ({ job, texts }: Run): Texts => ({ ...claimsOf(job), ...texts });

/** Decides as the API does, with the policy that the body would write; undefined for a body that names no run. */
function decided({ run, body, ceiling }: Case) {
  // Rolecall accepts both forms of a subject if it does not know which one the repository sends.
  const form: SubjectForm | undefined =
    run.job.form === "name" ? { prefixes: [byId, byName], template: "unread" } : undefined;
  const policy = policyOf(body.trust, form, true, run.job.isRaw);
  if (policy === undefined) return undefined;
  const { role, account, spec } = body;
  const trust = { policy, provider: PROVIDER };
  const asked = { role, account, spec, trust, defaultBranch: { branch: "main" } };
  return { policy, denial: writeDenial(ceiling, claimsIn(run), asked) };
}

/** Tokens that could differ from a run's own in each way that matters. */
const others = ({ ref = "", ...own }: Job): Job[] => [
  ...["main", "dev", "ma", "v1"]
    .flatMap((name) => [`refs/heads/${name}`, `refs/tags/${name}`])
    .flatMap((other) => [
      { ...own, ref: other },
      { ref: other, event: "push" },
      { ref: other, environment: "prod" },
      { ref: other, environment: "new" },
    ]),
  { ...own, ref, repositoryId: own.repositoryId === "3" ? "2" : "3" },
  { ref, event: "pull_request" },
];

test("no trust that a token registers without a pinned rule lets in another repository id, subject or ref", () => {
  let registered = 0;
  fc.assert(
    fc.property(cases(open), fc.array(job, { maxLength: 10 }), (one, more) => {
      const result = decided(one);
      if (result === undefined || result.denial !== undefined) return;
      registered += 1;
      const own = claimsOf(one.run.job);
      for (const other of [...others(one.run.job), ...more]) {
        const claims = claimsOf(other);
        if (!letsIn(result.policy, claims)) continue;
        const { sub } = claimsOf({ ...other, form: one.run.job.form ?? "id" });
        expect([claims["repository_id"], sub, claims["ref"]]).toEqual([
          own["repository_id"],
          own["sub"],
          own["ref"],
        ]);
      }
    }),
    { numRuns: runs(1000) },
  );
  expect(registered).toBeGreaterThan(30);
});

/** Matches as the ceiling's patterns do, written again for the test. */
const fits = (patterns: readonly string[], value: string, flags = "s") =>
  patterns.some((pattern) =>
    new RegExp(
      `^${pattern
        .split("*")
        .map((part) => part.replace(/[.]/g, "\\."))
        .join(".*")}$`,
      flags,
    ).test(value),
  );

/** Tells whether a rule allows a registration, as docs/self.md says. The trust is judged by the tokens that it lets in. */
function isWithin(rule: Rule, { run, body }: Case, isLetIn: (claims: Texts) => boolean): boolean {
  const claims = claimsIn(run);
  const text = (claim: string) => claims[claim] ?? "";
  const { spec } = body;
  const accesses = spec.ecr.flatMap(({ access }) => (access === "both" ? ["push", "pull"] : [access]));
  const isOfRef =
    (rule.protectedRefs && text("ref_protected") === "true") ||
    (rule.refs.length > 0 ? fits(rule.refs, text("ref")) : text("ref") === "refs/heads/main");
  const all = (values: readonly string[], allowed: readonly string[]) =>
    values.every((one) => allowed.includes(one));
  const isOpenTo = (values: readonly string[], claim: string) =>
    values.length === 0 || values.includes(text(claim));
  return (
    fits(rule.repositories, text("repository"), "i") &&
    (rule.repositoryIds.length === 0 || rule.repositoryIds.map(String).includes(text("repository_id"))) &&
    (rule.ownerIds.length === 0 || rule.ownerIds.map(String).includes(text("repository_owner_id"))) &&
    fits(rule.roles, body.role) &&
    rule.accounts.includes(body.account) &&
    ["push", "workflow_dispatch", "schedule"].includes(text("event_name")) &&
    isOfRef &&
    isOpenTo(rule.runnerEnvironments, "runner_environment") &&
    isOpenTo(rule.jobWorkflowRefs, "job_workflow_ref") &&
    all(accesses, rule.access) &&
    all(spec.profiles, rule.may.profiles) &&
    all(spec.managedPolicyArns, rule.may.managedPolicies) &&
    all([spec.onDrift], rule.may.onDrift) &&
    spec.maxSessionSeconds <= rule.may.maxSessionSeconds &&
    Object.keys(spec.tags).length === 0 &&
    others(run.job).every((other) => !isLetIn(claimsOf(other)) || isAllowedRun(rule, run.job, other))
  );
}

/** Tells whether a rule lets a job register a trust that lets in another job. */
function isAllowedRun({ may }: Rule, own: Job, other: Job): boolean {
  const [mine, theirs] = [claimsOf(own), claimsOf({ ...other, form: own.form ?? "id" })];
  if (theirs["repository_id"] !== mine["repository_id"]) return false;
  if (theirs["sub"] === mine["sub"] && theirs["ref"] === mine["ref"]) return true;
  if (other.environment !== undefined) return may.environments.includes(other.environment);
  if (other.event === "pull_request") return may.pullRequests;
  const [, kind, name = ""] = /^refs\/(heads|tags)\/(.*)$/.exec(other.ref ?? "") ?? [];
  return fits(kind === "heads" ? may.branches : may.tags, name);
}

test("nothing outside the ceiling is registered", () => {
  let registered = 0;
  fc.assert(
    fc.property(cases(fc.oneof(open, pinned)), (one) => {
      const result = decided(one);
      if (result === undefined || result.denial !== undefined) return;
      registered += 1;
      const { rules } = one.ceiling;
      expect(rules.some((rule) => isWithin(rule, one, (claims) => letsIn(result.policy, claims)))).toBe(true);
    }),
    { numRuns: runs(1000) },
  );
  expect(registered).toBeGreaterThan(30);
});

const isOfTrust = ({ remedy }: Denial) => remedy.startsWith("The trust ");

/** Returns the case with the change that a refusal advises; undefined if it advises nothing but another rule. */
function mended(one: Case, denial: Denial): Case | undefined {
  const { run, body } = one;
  const { claim } = denial;
  const [accepted] = denial.accepts;
  if (claim === "repository_id")
    return accepted === undefined
      ? undefined
      : { ...one, run: { ...run, job: { ...run.job, repositoryId: accepted } } };
  if (isOfTrust(denial)) {
    // The tests' subjects and policies are those of acme/api, so no trust lets in a run of another repository alone.
    if (run.texts["repository"] !== "acme/api") return undefined;
    const job = denial.remedy.includes("a run of a branch")
      ? { ...run.job, ref: "refs/heads/main" }
      : run.job;
    return { ...one, run: { ...run, job }, body: { ...body, trust: ownTrust(job) } };
  }
  if (denial.remedy.includes("`context`")) {
    const { template: _, ...job } = run.job;
    return { ...one, run: { ...run, job } };
  }
  const [, field = "", part = ""] = /^\/(\w+)(?:\/([^/]+))?/.exec(claim) ?? [];
  const { spec } = body;
  const without = (values: readonly string[]) => values.filter((_, at) => at !== Number(part));
  const withSpec = (changed: Partial<Spec>): Case => ({
    ...one,
    body: { ...body, spec: { ...spec, ...changed } },
  });
  if (field === "profiles") return withSpec({ profiles: without(spec.profiles) });
  if (field === "managedPolicyArns") return withSpec({ managedPolicyArns: without(spec.managedPolicyArns) });
  if (field === "tags") return withSpec({ tags: {} });
  if (accepted === undefined) return undefined;
  const value = accepted.replaceAll("*", "x");
  switch (field) {
    case "":
      return {
        ...one,
        run: {
          job: claim === "event_name" ? { ...run.job, event: value } : run.job,
          texts: { ...run.texts, [claim]: value },
        },
      };
    case "role":
    case "account":
      return { ...one, body: { ...body, [field]: value } };
    case "ecr":
      return withSpec({
        ecr: spec.ecr.map((grant, at) =>
          at === Number(part) ? { ...grant, access: value === "push" ? "push" : "pull" } : grant,
        ),
      });
    case "onDrift":
      return withSpec({ onDrift: value === "repair" ? "repair" : "report" });
    case "maxSessionSeconds":
      return withSpec({ maxSessionSeconds: Number(value) });
    default:
      throw new Error(`a refusal names ${claim}`);
  }
}

test("a claim or field that is changed as a refusal says is no longer the reason", () => {
  const [seen, byRolecall] = [new Set<string>(), new Set<string>()];
  fc.assert(
    fc.property(cases(fc.oneof(open, pinned)), (one) => {
      const denial = decided(one)?.denial;
      if (denial === undefined) return;
      expect(denial.claim).not.toBe("");
      expect(denial.remedy).toMatch(/^[A-Z].+\.$/);
      const isOfRolecall = denial.rule === "rolecall";
      if (isOfRolecall) byRolecall.add(denial.claim);
      // No change of the operator's rule mends a refusal by Rolecall, and one mends each other refusal.
      if (isOfRolecall) expect(denial.remedy).not.toMatch(/\brules?\b/);
      else expect(denial.remedy).toContain("the operator");
      const rule = one.ceiling.rules[Number(/^\/rules\/(\d+)$/.exec(denial.rule)?.[1])];
      const rules = isOfRolecall ? one.ceiling.rules : rule && [rule];
      const other = mended(one, denial);
      if (rules === undefined || other === undefined) return;
      const advised = denial.remedy.includes("a run of a branch") ? " of a tag" : "";
      seen.add(isOfTrust(denial) ? `trust ${denial.claim}${advised}` : denial.claim);
      const next = decided({ ...other, ceiling: { rules } })?.denial;
      if (next === undefined) return;
      // A list has other entries behind the one that was left out.
      if (/^\/(?:profiles|managedPolicyArns)\//.test(denial.claim))
        expect([next.claim, next.was]).not.toEqual([denial.claim, denial.was]);
      // The repository that the trust lets in may be none that the rule lists.
      else if (denial.claim === "repository_id")
        expect([next.claim, isOfTrust(next)]).not.toEqual([denial.claim, true]);
      else if (isOfTrust(denial)) expect(isOfTrust(next) || next.claim === denial.claim).toBe(false);
      else expect(isOfTrust(next) || next.claim !== denial.claim).toBe(true);
    }),
    { numRuns: runs(3500) },
  );
  const names = [
    "event_name",
    "ref",
    "sub",
    "/role",
    "/account",
    "/ecr/0/access",
    "/onDrift",
    "/tags/team",
    "trust sub",
    "trust ref",
    "trust ref of a tag",
    "trust repository_id",
  ];
  expect([...seen]).toEqual(expect.arrayContaining(names));
  expect([...byRolecall]).toEqual(expect.arrayContaining(["/tags/team", "event_name", "iss", "sub"]));
});
