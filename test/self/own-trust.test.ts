/** A token may register only a trust that lets in that same run, and no other subject or ref. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { trustBreach } from "../../src/self/own-trust.ts";
import type { SubjectForm, Trust } from "../../src/trust/subjects.ts";
import { runs } from "../harness/properties.ts";
import {
  byId,
  byName,
  claimsOf,
  type Job,
  job,
  letsIn,
  NAMES,
  ownTrust,
  PROVIDER,
  policyOf,
  trusts,
} from "./tokens.ts";

function breachOf(
  job: Job,
  trust: Partial<Trust>,
  more: Partial<Trust> = {},
  form?: SubjectForm,
  pinned = true,
) {
  const policy = policyOf(trust, form, pinned);
  if (policy === undefined) throw new Error("the trust makes no policy");
  return trustBreach(policy, PROVIDER, claimsOf(job), more);
}

const BOTH: SubjectForm = { prefixes: [byId, byName], template: "unread" };
const REF_ENVIRONMENT: SubjectForm = {
  prefixes: [byId],
  template: { keys: ["repo", "environment"], values: {} },
};

type Case = {
  name: string;
  job?: Job;
  trust: Partial<Trust>;
  more?: Partial<Trust>;
  form?: SubjectForm;
  pinned?: false;
};

const MAY: readonly Case[] = [
  { name: "the run's own branch", trust: { branches: ["main"] } },
  {
    name: "the run's own branch from a job in an environment, if the template's subject has the ref instead",
    job: { environment: "prod", template: ["repo", "ref"] },
    trust: { branches: ["main"] },
    form: { prefixes: [byId], template: { keys: ["repo", "ref"], values: {} } },
  },
  { name: "the run's own tag", job: { ref: "refs/tags/v1" }, trust: { tags: ["v1"] } },
  { name: "both forms of the own subject", trust: { branches: ["main"] }, form: BOTH },
  {
    name: "both forms, for a token without ids in its subject",
    job: { form: "name" },
    trust: { branches: ["main"] },
    form: BOTH,
  },
  {
    name: "the run's environment, held to the run's branch",
    job: { environment: "prod" },
    trust: { environments: ["prod"], environmentBranches: ["main"] },
  },
  {
    name: "an environment that the rule lists, from every branch",
    job: { environment: "prod" },
    trust: { environments: ["prod"] },
    more: { environments: ["prod"] },
  },
  { name: "tags that the rule allows", trust: { branches: ["main"], tags: ["v*"] }, more: { tags: ["v*"] } },
  {
    name: "fewer tags than the rule allows",
    trust: { branches: ["main"], tags: ["v1.*"] },
    more: { tags: ["v*"] },
  },
  {
    name: "pull requests that the rule allows",
    trust: { branches: ["main"], pullRequests: true },
    more: { pullRequests: true },
  },
  { name: "a pinned workflow, which only narrows", trust: { branches: ["main"], jobWorkflowRefs: [] } },
];

const MAY_NOT: readonly (Case & { breach: string; claim: string; letsIn?: string })[] = [
  {
    name: "another branch",
    trust: { branches: ["dev"] },
    breach: "shut-out",
    claim: "sub",
    letsIn: `${byId}:ref:refs/heads/dev`,
  },
  {
    name: "one more branch",
    trust: { branches: ["main", "dev"] },
    breach: "other",
    claim: "sub",
    letsIn: `${byId}:ref:refs/heads/dev`,
  },
  { name: "a pattern that the branch matches", trust: { branches: ["ma*"] }, breach: "other", claim: "sub" },
  { name: "every ref", trust: { anyRef: true }, breach: "other", claim: "sub" },
  {
    name: "pull requests as well",
    trust: { branches: ["main"], pullRequests: true },
    breach: "other",
    claim: "sub",
    letsIn: `${byId}:pull_request`,
  },
  {
    name: "a tag of the branch's name",
    job: { ref: "refs/tags/main" },
    trust: { branches: ["main"] },
    breach: "shut-out",
    claim: "sub",
  },
  {
    name: "a new environment from every branch",
    job: { environment: "new" },
    trust: { environments: ["new"] },
    breach: "other",
    claim: "ref",
  },
  {
    name: "a new environment from one more branch",
    job: { environment: "new" },
    trust: { environments: ["new"], environmentBranches: ["main", "dev"] },
    breach: "other",
    claim: "ref",
    letsIn: "refs/heads/dev",
  },
  {
    name: "a new environment, from another branch than the trust names",
    job: { environment: "new", ref: "refs/heads/evil" },
    trust: { environments: ["new"], environmentBranches: ["main"] },
    breach: "shut-out",
    claim: "ref",
    letsIn: "refs/heads/main",
  },
  {
    name: "an environment whose name looks like the run's ref",
    job: { environment: "x:ref:refs/heads/main" },
    trust: { environments: ["x%3Aref%3Arefs/heads/main"] },
    breach: "other",
    claim: "ref",
  },
  {
    name: "another repository of the same name",
    job: { repositoryId: "3" },
    trust: { branches: ["main"] },
    breach: "shut-out",
    claim: "repository_id",
  },
  {
    name: "a trust by name alone",
    trust: { branches: ["main"] },
    form: { prefixes: [byName], template: "default" },
    job: { form: "name" },
    pinned: false,
    breach: "other",
    claim: "repository_id",
  },
  {
    name: "more tags than the rule allows",
    trust: { branches: ["main"], tags: ["*"] },
    more: { tags: ["v*"] },
    breach: "other",
    claim: "sub",
  },
  {
    name: "a template whose subject has the environment and no ref",
    job: { environment: "prod", template: ["repo", "environment"] },
    trust: { environments: ["prod"] },
    form: REF_ENVIRONMENT,
    breach: "other",
    claim: "ref",
  },
];

describe("a token may register", () => {
  test.each(MAY.map((one) => [one.name, one] as const))(
    "%s",
    (_, { job = {}, trust, more, form, pinned }) => {
      expect(breachOf(job, trust, more, form, pinned ?? true)).toBeUndefined();
    },
  );
});

describe("a token may not register", () => {
  test.each(MAY_NOT.map((one) => [one.name, one] as const))("%s", (_, one) => {
    const { job = {}, trust, more, form, pinned, breach, claim, letsIn } = one;
    const found = breachOf(job, trust, more, form, pinned ?? true);
    expect(found).toMatchObject({ breach, claim, ...(letsIn !== undefined && { letsIn }) });
  });
});

test("a trust that a token may register lets in no token of another repository, subject or ref", () => {
  let registered = 0;
  fc.assert(
    fc.property(
      job,
      fc.array(job, { minLength: 20, maxLength: 40 }),
      fc.option(trusts, { nil: {} }),
      fc.boolean(),
      fc.boolean(),
      (own, others, changed, isUnread, isOpen) => {
        const trust = { ...ownTrust(own), ...(isOpen && { environmentBranches: [] }), ...changed };
        const policy = policyOf(trust, isUnread ? BOTH : undefined, true, own.isRaw);
        const claims = claimsOf(own);
        if (policy === undefined || trustBreach(policy, PROVIDER, claims) !== undefined) return;
        registered += 1;
        for (const other of [
          own,
          ...others,
          ...NAMES.map((name) => ({ ...own, ref: `refs/heads/${name}` })),
        ]) {
          const sent = claimsOf(other);
          const allowed = letsIn(policy, sent);
          if (other === own) expect(allowed).toBe(true);
          if (!allowed) continue;
          const swapped = claimsOf({ ...other, form: own.form ?? "id" });
          expect([sent["repository_id"], swapped["sub"], sent["ref"]]).toEqual([
            claims["repository_id"],
            claims["sub"],
            claims["ref"],
          ]);
        }
      },
    ),
    { numRuns: runs(3000) },
  );
  expect(registered).toBeGreaterThan(20);
});
