/**
 * While the service does not know the form of a repository's subjects, the trust policy lets in no run that the
 * registration does not name. That is so for any real template, for any spec that the service accepts and for any job.
 * `isNamed` decides from the job whether the registration names it. A template may let in fewer runs, but no others.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Config, readConfig } from "../../src/config.ts";
import type { Place } from "../../src/desired/names.ts";
import { subjectPrefixes, type Trust } from "../../src/trust/subjects.ts";
import { runs } from "../harness/properties.ts";
import { ISSUERS, isLetIn, isServer, type Job, policyFor } from "./jobs.ts";
import { trustOf } from "./trust.ts";

/** The reason why the template is unknown. `shown`: GitHub shows the repository but not its template. */
const SITUATIONS = ["shown", "hidden", "name-only", "owner"] as const;

type Asked = { situation: (typeof SITUATIONS)[number]; issuer: string; trust: Trust };

// ---- what a registration names -----------------------------------------------------------------------

/** Tells whether the registration names the run by its ref, by its environment or as a pull request. */
function isNamed(trust: Trust, { environment, event, ref }: Job): boolean {
  const [, kind, name = ""] = /^refs\/(heads|tags)\/(.+)$/s.exec(ref) ?? [];
  return (
    trust.anyRef ||
    (trust.pullRequests && event === "pull_request") ||
    (kind === "heads" && matches(trust.branches, name)) ||
    (kind === "tags" && matches(trust.tags, name)) ||
    (environment !== undefined && matches(trust.environments, environment))
  );
}

/** Matches a pattern with the plain name, before GitHub encodes it. `*` stands for any characters. */
const matches = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) => {
    const parts = pattern
      .split("*")
      .map((part) => part.replace(/[^A-Za-z0-9]/g, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`));
    return new RegExp(`^${parts.join(".*")}$`, "su").test(name);
  });

// ---- what is asked -----------------------------------------------------------------------------------

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const mostly = <T>(usual: fc.Arbitrary<T>, otherwise: fc.Arbitrary<T>, weight = 4): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: otherwise });
const few = <T>(one: fc.Arbitrary<T>) => fc.uniqueArray(one, { maxLength: 2 });

const letters = fc.string({ unit: pick(..."ab%3A@/.-:"), minLength: 1, maxLength: 4 });
const name = mostly(
  pick("main", "release", "prod", "pull_request", "environment", "ref", "x-release", "prod:eu"),
  letters,
);
/** Patterns with a wildcard at the end, at the beginning, in the middle or alone. */
const pattern = fc.oneof(
  { weight: 3, arbitrary: name },
  { weight: 3, arbitrary: name.map((one) => `${one}*`) },
  { weight: 1, arbitrary: name.map((one) => `*${one}`) },
  { weight: 1, arbitrary: fc.tuple(name, name).map((both) => both.join("*")) },
  { weight: 1, arbitrary: fc.tuple(name, name).map((both) => `${both.join("*")}*`) },
  { weight: 1, arbitrary: pick("*", "**", "*-release", "*:*") },
);
const trust = mostly<Partial<Trust>>(
  fc.record({
    branches: few(pattern),
    tags: mostly(fc.constant<string[]>([]), few(pattern), 2),
    environments: mostly(fc.constant<string[]>([]), few(pattern), 1),
    pullRequests: mostly(fc.constant(false), fc.constant(true)),
  }),
  fc.constant({ anyRef: true }),
  12,
).map((named) => trustOf(named));

const asked: fc.Arbitrary<Asked> = fc.record({
  situation: pick(...SITUATIONS),
  issuer: mostly(pick<string>(ISSUERS[0]), pick<string>(...ISSUERS)),
  trust,
});

// ---- who runs ----------------------------------------------------------------------------------------

/** The keys that a template on GitHub may have (from GitHub's OIDC reference). */
const KEYS = [
  "repo",
  "context",
  "ref",
  "environment",
  "head_ref",
  "base_ref",
  "event_name",
  "workflow",
  "actor",
  "job_workflow_ref",
  "repository_id",
  "repository_owner",
  "repository_visibility",
] as const;
const template = fc.oneof(
  { weight: 1, arbitrary: pick<readonly string[]>(["repo", "context"]) },
  {
    weight: 3,
    arbitrary: pick<readonly string[]>(
      ["repo", "ref"],
      ["repo", "environment"],
      ["repo", "ref", "environment"],
      ["repo", "environment", "ref"],
      ["repo", "context", "environment"],
      ["repo", "ref", "workflow"],
      ["repo", "context", "actor"],
      ["repo", "environment", "job_workflow_ref"],
    ),
  },
  {
    weight: 2,
    arbitrary: fc.array(pick<string>(...KEYS), { maxLength: 3 }).map((keys) => ["repo", ...keys]),
  },
  { weight: 1, arbitrary: fc.array(pick<string>(...KEYS), { minLength: 1, maxLength: 4 }) },
);

/** Names that a pattern matches, and names that have only the beginning or the end of a match. */
function near(patterns: readonly string[]): fc.Arbitrary<string> {
  if (patterns.length === 0) return name;
  return fc.tuple(pick(...patterns), name, pick(0, 1, 2, 3, 4)).map(([one, other, how]) => {
    const parts = one.split("*");
    if (how === 0) return parts.join(other);
    if (how === 1) return `${parts[0] || "evil"}${other}`;
    if (how === 2) return `${other}${parts.at(-1)}`;
    // The name that GitHub sends for the pattern, as a name of its own.
    if (how === 3) return parts.join(other).replaceAll(":", "%3A");
    return other;
  });
}

/** Jobs of the registered repository or of another one. */
function jobs({ issuer, situation, trust: named }: Asked): fc.Arbitrary<Job> {
  const all = [...named.branches, ...named.tags, ...named.environments];
  const one = mostly(near(all), name);
  return fc
    .record({
      repo: mostly(pick("api"), pick("api2", "ap")),
      owner: mostly(pick("acme"), pick("acme2")),
      form:
        isServer(issuer) || situation === "name-only"
          ? pick("name" as const)
          : pick("id" as const, "name" as const),
      template,
      ref: one,
      kind: mostly(pick("heads", "tags"), pick("pull")),
      event: pick("push", "workflow_dispatch", "pull_request_target"),
      environment: fc.option(one, { nil: undefined, freq: 2 }),
    })
    .map(({ repo, owner, kind, ref, event, ...job }) => {
      const isPull = kind === "pull";
      return {
        ...job,
        issuer,
        audience: "sts.amazonaws.com",
        owner,
        ownerId: owner === "acme" ? 1 : 11,
        repo,
        repositoryId: repo === "api" && owner === "acme" ? 2 : 22,
        event: isPull ? "pull_request" : event,
        ref: isPull ? "refs/pull/1/merge" : `refs/${kind}/${ref}`,
        workflow: "acme/wf/.github/workflows/ci.yml@refs/heads/main",
      };
    })
    .filter(({ ref }) => !/[ :?*~^[\\]|\.\.|\/\//.test(ref));
}

// ---- from the request to the policy ------------------------------------------------------------------

const place: Place = { account: "123456789012", partition: "aws", region: "eu-central-1" };
const configs = new Map<string, Config>(
  ISSUERS.map((issuer) => [
    issuer,
    readConfig({
      ROLECALL_OWNERS: "acme",
      ROLECALL_ALLOW: "any-ref,owner-wide,name-only",
      ROLECALL_ISSUERS: issuer,
      ROLECALL_TABLE: "rolecall",
      ROLECALL_BOUNDARY_ARN: "arn:aws:iam::123456789012:policy/rolecall/boundary",
    }),
  ]),
);

function policyOf({ situation, issuer, trust: named }: Asked) {
  const config = configs.get(issuer);
  if (config === undefined) throw new Error(issuer);
  const repository = { owner: "acme", repo: "api", ownerId: 1, repositoryId: 2 };
  const { byId, byName } = subjectPrefixes(repository);
  const isShown = situation === "shown";
  return policyFor({
    config,
    place,
    owner: "acme",
    repo: situation === "owner" ? "*" : "api",
    github: situation === "hidden" ? { ownerId: 1, repositoryId: 2 } : {},
    trust: named,
    facts: isShown
      ? {
          repository,
          defaultBranch: "main",
          archived: false,
          form: { prefixes: [byId, byName], template: "unread" },
        }
      : "hidden",
    ofOwner: { owner: "acme", ownerId: 1 },
  });
}

const RUNS = runs(3_000);
const JOBS = 12;

test("while the template is unknown, only runs that the registration names get in", async () => {
  const seen = { specs: 0, refused: 0, likes: 0, allowed: 0, customised: 0, owner: 0, environments: 0 };
  const property = fc.asyncProperty(
    asked.chain((one) =>
      fc.tuple(fc.constant(one), fc.array(jobs(one), { minLength: JOBS, maxLength: JOBS })),
    ),
    async ([one, all]) => {
      const policy = await policyOf(one);
      if (policy === undefined) {
        seen.refused++;
        return;
      }
      seen.specs++;
      if (JSON.stringify(policy).includes("*")) seen.likes++;
      for (const job of all) {
        const { allowed, claims } = isLetIn(policy, job, place);
        if (!allowed) continue;
        const isOther = job.owner !== "acme" || (one.situation !== "owner" && job.repo !== "api");
        if (isOther || !isNamed(one.trust, job))
          throw new Error(
            `not named, and let in: ${JSON.stringify({ one, job, sub: claims["sub"] }, null, 1)}`,
          );
        seen.allowed++;
        if (job.template.join() !== "repo,context") seen.customised++;
        if (one.situation === "owner") seen.owner++;
        if (job.environment !== undefined) seen.environments++;
      }
    },
  );
  await fc.assert(property, { numRuns: RUNS });
  // The property must not be empty: specs are accepted, and jobs with customised templates get in.
  expect(Math.min(seen.specs, seen.refused)).toBeGreaterThan(RUNS / 10);
  expect(seen.likes).toBeGreaterThan(RUNS / 20);
  for (const several of [seen.allowed, seen.customised, seen.owner, seen.environments])
    expect(several).toBeGreaterThan(RUNS / 20);
}, 180_000);
