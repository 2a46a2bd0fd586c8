/**
 * For any spec and any job on GitHub, the trust policy lets in exactly the jobs that the registration means. `isMeant`
 * decides the meaning from the job, `tokenOf` stands for GitHub and `evaluateTrust` for AWS. The service's own code
 * makes the policy from the request.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Config, readConfig } from "../../src/config.ts";
import type { Place } from "../../src/desired/names.ts";
import type { GitHubFacts } from "../../src/github/github.ts";
import type { TrustPolicy } from "../../src/policy/parse.ts";
import { type SubjectForm, subjectPrefixes, type Trust } from "../../src/trust/subjects.ts";
import { runs } from "../harness/properties.ts";
import { ISSUERS, isLetIn, isServer, type Job, policyFor } from "./jobs.ts";
import { trustOf } from "./trust.ts";

/** A request, and GitHub's answer about it. */
type Asked = {
  issuer: string;
  partition: string;
  pinsOwner: boolean;
  owner: string;
  repo: string;
  ownerId: number;
  repositoryId: number;
  /** `hidden`: GitHub hides the repository and the caller gives the ids. `name-only`: nobody gives the ids. */
  told: "id" | "name" | "neither" | "hidden" | "name-only";
  template: readonly string[];
  trust: Trust;
};

// ---- what it means -----------------------------------------------------------------------------------

function isMeant(asked: Asked, job: Job): boolean {
  const { trust, template } = asked;
  const isWhole = asked.repo === "*";
  const isByName = isServer(asked.issuer) || asked.told === "name-only";
  const sendsName = template.includes("repo");
  // Compare only data that AWS sees: the claims with ids, and the parts of the subject.
  const holdsId = !isWhole && (!isByName || template.includes("repository_id"));
  const holdsOwnerId =
    template.includes("repository_owner_id") ||
    (!isByName && (isWhole || asked.pinsOwner || (sendsName && job.form === "id")));
  const isFormTold = !isWhole && (asked.told === "id" || asked.told === "name");
  return (
    job.issuer === asked.issuer &&
    job.audience === (asked.partition === "aws-cn" ? "sts.amazonaws.com.cn" : "sts.amazonaws.com") &&
    (!sendsName || (job.owner === asked.owner && (isWhole || job.repo === asked.repo))) &&
    (!holdsId || job.repositoryId === asked.repositoryId) &&
    (!holdsOwnerId || job.ownerId === asked.ownerId) &&
    (!sendsName || job.form === (isByName ? "name" : isFormTold ? asked.told : job.form)) &&
    isRunMeant(trust, job) &&
    (trust.jobWorkflowRefs.length === 0 || matches(trust.jobWorkflowRefs, job.workflow))
  );
}

function isRunMeant(trust: Trust, { environment, event, ref }: Job): boolean {
  if (trust.anyRef) return true;
  // In a subject, the environment replaces the ref and `pull_request`.
  if (environment !== undefined) {
    const [, branch] = /^refs\/heads\/(.*)$/s.exec(ref) ?? [];
    const isFromBranch = branch !== undefined && matches(trust.environmentBranches, branch);
    return (
      matches(trust.environments, environment) && (trust.environmentBranches.length === 0 || isFromBranch)
    );
  }
  if (event === "pull_request") return trust.pullRequests;
  if (ref.startsWith("refs/heads/")) return matches(trust.branches, ref.slice("refs/heads/".length));
  if (ref.startsWith("refs/tags/")) return matches(trust.tags, ref.slice("refs/tags/".length));
  return false;
}

/** Matches a pattern with a name in the form that GitHub sends. `*` stands for any characters. */
function matches(patterns: readonly string[], name: string): boolean {
  const sent = (text: string) => text.replaceAll(":", "%3A");
  return patterns.some((pattern) => {
    const parts = sent(pattern).split("*");
    const source = parts.map((part) =>
      part.replace(/[^A-Za-z0-9]/g, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`),
    );
    return new RegExp(`^${source.join(".*")}$`, "su").test(sent(name));
  });
}

// ---- what is asked and who runs ----------------------------------------------------------------------

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const mostly = <T>(usual: fc.Arbitrary<T>, otherwise: fc.Arbitrary<T>, weight = 6): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: otherwise });

const [GITHUB] = ISSUERS;
const PARTITIONS = ["aws", "aws-cn", "aws-us-gov", "aws-eusc"] as const;

const DEFAULT_TEMPLATE = ["repo", "context"] as const;
/** Templates that can express every context. */
const FOLLOWED = [
  DEFAULT_TEMPLATE,
  ["repository_owner", "repo", "context"],
  ["repo", "context", "repository_visibility"],
  ["repository_id", "context"],
  ["repository_owner_id", "repo", "context"],
];
/** Templates that another owner's repository may choose. */
const anyTemplate = fc.array(
  pick(
    "repo",
    "context",
    "ref",
    "environment",
    "workflow",
    "repository_owner",
    "repository_id",
    "job_workflow_ref",
  ),
  { minLength: 1, maxLength: 4 },
);

const letters = fc.string({ unit: pick(..."ab:%3A*?@/.-$ {}é"), minLength: 1, maxLength: 6 });
const branchName = mostly(
  pick(
    ..."main Main main2 mai m release/1 release/1/2 release feat@1 pull_request environment heads/main a%3Ab x*".split(
      " ",
    ),
  ),
  letters,
);
const environmentName = mostly(
  pick(
    "prod",
    "Prod",
    "prod2",
    "prod:v1",
    "prod%3Av1",
    "a:b:c",
    "ref:refs/heads/main",
    "pull_request",
    "prod eu",
  ),
  letters,
);
/** Names that a registration may have: without a colon, unlike those of a job. */
const registrableEnvironment = mostly(
  pick("prod", "Prod", "prod2", "pull_request", "refs/heads/main", "prod eu"),
  letters,
);
const pattern = (name: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 5, arbitrary: name },
    {
      weight: 2,
      arbitrary: pick("release/*", "m*", "*in", "m*n", "prod*", "*", "*:*", "*3A*", "*A", "prod:*"),
    },
    { weight: 1, arbitrary: fc.tuple(name, name).map((both) => both.join("*")) },
  );
const workflowRef = pick(
  "acme/wf/.github/workflows/ci.yml@refs/heads/main",
  "acme/wf/.github/workflows/ci.yml@refs/heads/dev",
  "acme/wf/.github/workflows/ci.yml@refs/tags/v1",
  "acme/wf/.github/workflows/ci2.yml@refs/heads/main",
  "acme-evil/wf/.github/workflows/ci.yml@refs/heads/main",
);
const several = <T>(one: fc.Arbitrary<T>, maxLength = 3) => fc.uniqueArray(one, { maxLength });
const trust = mostly<Partial<Trust>>(
  fc.record({
    branches: several(pattern(branchName)),
    tags: mostly(fc.constant<string[]>([]), several(pattern(branchName)), 2),
    environments: mostly(fc.constant<string[]>([]), several(pattern(registrableEnvironment)), 1),
    pullRequests: mostly(fc.constant(false), fc.constant(true), 3),
    jobWorkflowRefs: mostly(
      fc.constant<string[]>([]),
      several(mostly(workflowRef, pick("acme/wf/.github/workflows/ci.yml@refs/heads/*"), 3), 2),
      3,
    ),
  }),
  fc.oneof(
    { weight: 2, arbitrary: fc.constant({ anyRef: true }) },
    fc.record({
      environments: fc.uniqueArray(pick("prod", "Prod", "prod eu", "prod*"), { minLength: 1, maxLength: 2 }),
      environmentBranches: fc.uniqueArray(pick("main", "release/*", "m*n", "*"), {
        minLength: 1,
        maxLength: 2,
      }),
      jobWorkflowRefs: several(workflowRef, 1),
    }),
  ),
  6,
).map((named) => trustOf(named));

/** Names that begin alike, differ only in letter case or look like ids. */
const OWNERS = ["acme", "acme2", "acme-evil", "Acme", "acm"] as const;
const REPOS = ["api", "api2", "api-evil", "API", "ap", "api.", "acme", ".github"] as const;

const asked: fc.Arbitrary<Asked> = fc
  .record({
    issuer: mostly(fc.constant<string>(GITHUB), pick<string>(...ISSUERS), 3),
    partition: mostly(fc.constant<string>("aws"), pick<string>(...PARTITIONS), 3),
    pinsOwner: fc.boolean(),
    owner: pick<string>(...OWNERS),
    repo: mostly(pick<string>(...REPOS), fc.constant("*"), 8),
    ownerId: pick(1, 11),
    repositoryId: pick(2, 22),
    told: pick<Asked["told"]>("id", "name", "neither", "hidden", "name-only"),
    template: mostly<readonly string[]>(fc.constant(DEFAULT_TEMPLATE), pick(...FOLLOWED), 3),
    trust,
  })
  .map((one) => ({
    ...one,
    // For a whole owner, each repository has its own form. The service knows a template only if GitHub shows it.
    template:
      one.repo === "*" || one.told === "hidden" || one.told === "name-only" ? DEFAULT_TEMPLATE : one.template,
    told: one.repo === "*" && one.told === "name-only" ? ("hidden" as const) : one.told,
  }));

/** Returns a name that the pattern may match, with its wildcards filled in. */
const filled = (patterns: readonly string[], names: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  patterns.length === 0
    ? names
    : mostly(
        fc
          .tuple(pick(...patterns), pick("", "x", "1/2", ":", "%3A", "main"))
          .map(([one, fill]) => one.replaceAll("*", fill)),
        names,
        2,
      );

/** Jobs that are close to the request: right except for one part, or from another repository. */
function jobs(one: Asked): fc.Arbitrary<Job> {
  const { trust: asks } = one;
  const audience = one.partition === "aws-cn" ? "sts.amazonaws.com.cn" : "sts.amazonaws.com";
  const usualForm = isServer(one.issuer) || one.told === "name" || one.told === "name-only" ? "name" : "id";
  return fc
    .record({
      issuer: mostly(fc.constant(one.issuer), pick<string>(...ISSUERS), 30),
      audience: mostly(
        fc.constant(audience),
        pick("sts.amazonaws.com", "sts.amazonaws.com.cn", "https://github.com/acme"),
        30,
      ),
      owner: mostly(fc.constant(one.owner), pick<string>(...OWNERS), 12),
      ownerId: mostly(fc.constant(one.ownerId), pick(1, 11, 111), 12),
      repo: mostly(fc.constant(one.repo === "*" ? "api" : one.repo), pick<string>(...REPOS), 12),
      repositoryId: mostly(fc.constant(one.repositoryId), pick(2, 22, 222), 12),
      form: mostly<Job["form"]>(fc.constant(usualForm), pick<Job["form"]>("id", "name"), 5),
      ref: fc.oneof(
        {
          weight: 4,
          arbitrary: filled([...asks.branches, ...asks.environmentBranches], branchName).map(
            (name) => `refs/heads/${name}`,
          ),
        },
        { weight: 2, arbitrary: filled(asks.tags, branchName).map((name) => `refs/tags/${name}`) },
        { weight: 1, arbitrary: fc.constant("refs/pull/1/merge") },
      ),
      event: mostly(fc.constant("push"), pick("pull_request", "pull_request_target", "workflow_dispatch"), 3),
      environment: mostly<string | undefined>(
        asks.environments.length === 0 ? fc.constant(undefined) : filled(asks.environments, environmentName),
        fc.option(environmentName, { nil: undefined }),
        3,
      ),
      workflow: mostly(filled(asks.jobWorkflowRefs, workflowRef), workflowRef),
      template: anyTemplate,
    })
    .map((job) => {
      // The registered repository sends the form that GitHub showed. Other repositories choose their own form.
      const isNamesake = job.owner === one.owner && (one.repo === "*" || job.repo === one.repo);
      return isNamesake || job.repositoryId === one.repositoryId ? { ...job, template: one.template } : job;
    })
    .filter(exists);
}

/** Names that git or GitHub does not allow. */
function exists({ ref, issuer, form }: Job): boolean {
  return !/[ :?*~^[\\]|\.\.|\/\//.test(ref) && !(isServer(issuer) && form === "id");
}

// ---- from the request to the policy ------------------------------------------------------------------

const config = ({ issuer, pinsOwner, owner }: Asked): Config =>
  readConfig({
    ROLECALL_OWNERS: owner,
    ROLECALL_ALLOW: "any-ref,owner-wide,name-only",
    ROLECALL_ISSUERS: issuer,
    ROLECALL_PIN_OWNER_ID: String(pinsOwner),
    ROLECALL_TABLE: "rolecall",
    ROLECALL_BOUNDARY_ARN: "arn:aws:iam::123456789012:policy/rolecall/boundary",
  });

const placeOf = ({ partition }: Asked): Place => ({
  account: "123456789012",
  partition,
  region: "eu-central-1",
});

/** Returns GitHub's answer about the repository. */
function factsOf({ owner, repo, ownerId, repositoryId, told, template }: Asked): GitHubFacts {
  const repository = { owner, repo, ownerId, repositoryId };
  const { byId, byName } = subjectPrefixes(repository);
  const prefixes: SubjectForm["prefixes"] =
    told === "id" ? [byId] : told === "name" ? [byName] : [byId, byName];
  const values = {
    repository_owner: owner,
    repository_id: String(repositoryId),
    repository_owner_id: String(ownerId),
    repository_visibility: "private",
  };
  const isCustom = template !== DEFAULT_TEMPLATE;
  const form: SubjectForm = { prefixes, template: isCustom ? { keys: template, values } : "default" };
  return { repository, defaultBranch: "main", archived: false, form };
}

/** Returns the trust policy of a registration; undefined if the request is refused. */
function policyOf(one: Asked): Promise<TrustPolicy | undefined> {
  const { owner, repo, ownerId, repositoryId, told } = one;
  const isHidden = told === "hidden" || told === "name-only";
  return policyFor({
    config: config(one),
    place: placeOf(one),
    owner,
    repo,
    github: told === "hidden" ? { ownerId, ...(repo !== "*" && { repositoryId }) } : {},
    trust: one.trust,
    facts: isHidden ? "hidden" : factsOf(one),
    ofOwner: isHidden ? "hidden" : { owner, ownerId },
  });
}

const RUNS = runs(4_000);
const JOBS = 8;

test("for every spec, exactly the jobs that it means get in", async () => {
  const seen = {
    specs: 0,
    tokens: 0,
    allowed: 0,
    byServer: 0,
    byOwner: 0,
    byWorkflow: 0,
    byBranch: 0,
    byTemplate: 0,
  };
  const property = fc.asyncProperty(
    asked.chain((one) =>
      fc.tuple(fc.constant(one), fc.array(jobs(one), { minLength: JOBS, maxLength: JOBS })),
    ),
    async ([one, runs]) => {
      const policy = await policyOf(one);
      if (policy === undefined) return;
      seen.specs++;
      for (const job of runs) {
        const { allowed, decided, claims } = isLetIn(policy, job, placeOf(one));
        const meant = isMeant(one, job);
        if (allowed !== meant || !decided) {
          const what = `${meant ? "meant" : "not meant"}, and ${allowed ? "let in" : "kept out"}`;
          throw new Error(`${what}: ${JSON.stringify({ one, job, claims, policy }, null, 1)}`);
        }
        seen.tokens++;
        if (!allowed) continue;
        seen.allowed++;
        if (isServer(one.issuer)) seen.byServer++;
        if (one.repo === "*") seen.byOwner++;
        if (one.trust.jobWorkflowRefs.length > 0) seen.byWorkflow++;
        if (one.trust.environmentBranches.length > 0) seen.byBranch++;
        if (one.template !== DEFAULT_TEMPLATE) seen.byTemplate++;
      }
    },
  );
  await fc.assert(property, { numRuns: RUNS });
  // The property must not be empty: specs are registered, and jobs of every kind get in.
  expect(seen.specs).toBeGreaterThan(RUNS / 2);
  expect(seen.allowed).toBeGreaterThan(seen.tokens / 10);
  for (const few of [seen.byServer, seen.byOwner, seen.byWorkflow, seen.byBranch, seen.byTemplate])
    expect(few).toBeGreaterThan(RUNS / 100);
}, 180_000);
