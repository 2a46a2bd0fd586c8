/**
 * Properties of suggested replacements. A replacement lets in no run that the old role shuts out, for any trust policy.
 * The migration reports everything that the old role lets in or allows and no replacement does.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ecrPolicy } from "../../src/desired/permissions.ts";
import { trustPolicy } from "../../src/desired/trust-policy.ts";
import type { components } from "../../src/generated/contract.ts";
import { EMPTY_TRUST, ownerPrefixes, subjectPrefixes, subjects } from "../../src/trust/subjects.ts";
import { admits, allows, type Claims, type Request } from "../drift/policy-evaluator.ts";
import { runs } from "../harness/properties.ts";
import { ACCOUNT, audit, HOST, roleOf } from "./roles.ts";

const RUNS = runs(500);
type Replacement = components["schemas"]["Replacement"];

const words = (text: string) => fc.constantFrom(...text.trim().split(/\s+/));
const some = (value: fc.Arbitrary<string>, most = 3) =>
  fc.oneof(value, fc.uniqueArray(value, { minLength: 1, maxLength: most }));
const mostly = <T>(weight: number, usual: fc.Arbitrary<T>, otherwise: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: otherwise });

// ---- runs of acme/api (owner 1, repository 2), acme/web (3) and others --------------------------------

const prefix = mostly(
  6,
  words("acme/api acme/api acme@1/api@2 acme/*"),
  words("acme/web acme/ap* acme@*/api@* acme@1/* evil/x *"),
);
const context = mostly(
  4,
  words(`:ref:refs/heads/main :ref:refs/heads/* :environment:prod :environment:a%3Ab :ref:refs/tags/v*
    :pull_request :*`),
  words(`_ :ref:* :*main :environment:* :environment:prod:x * :ref:refs/heads/ma?n :ref:refs/*`).map((one) =>
    one === "_" ? "" : one,
  ),
);
const VALUES: Record<string, fc.Arbitrary<string | string[]>> = {
  sub: some(fc.tuple(prefix, context).map(([name, tail]) => `repo:${name}${tail}`)),
  aud: some(words("sts.amazonaws.com sts.amazonaws.com https://github.com/acme")),
  ref: some(words("refs/heads/main refs/heads/* refs/tags/v1 *")),
  environment: some(words("prod a:b p* *")),
  repository: some(words("acme/api acme/api acme/* acme/web")),
  repository_id: some(words("2 2 2 3 *"), 2),
  repository_owner_id: some(words("1 1 1 9"), 2),
  job_workflow_ref: some(
    words(
      "acme/wf/.github/workflows/ci.yml@refs/heads/main acme/wf/.github/workflows/ci.yml@refs/heads/* acme/*",
    ),
  ),
  actor: words("octocat"),
  event_name: words("push"),
};
const operator = mostly(
  9,
  words("StringEquals StringLike StringLike StringLike"),
  words(
    "StringEqualsIgnoreCase StringNotEquals StringLikeIfExists ForAllValues:StringLike ForAnyValue:StringEquals Null",
  ),
);
const claim = mostly(
  5,
  fc.constant("sub"),
  words("repository repository_id repository_owner_id ref environment job_workflow_ref actor event_name aud"),
);
const condition = claim.chain((name) =>
  fc.record({ name: fc.constant(name), operator, value: VALUES[name] ?? fc.constant("") }),
);
const statement = fc
  .record({
    Effect: mostly(19, fc.constant("Allow"), fc.constant("Deny")),
    conditions: fc.array(condition, { minLength: 1, maxLength: 3 }),
  })
  .map(({ Effect, conditions }) => {
    const Condition: Record<string, Record<string, unknown>> = {};
    for (const one of conditions)
      Condition[one.operator] = { ...Condition[one.operator], [`gh:${one.name}`]: one.value };
    return { Effect, Condition };
  });

type Run = { owner: string; ownerId: number; repo: string; id: number; claims: Claims; context: string };
const run: fc.Arbitrary<Run> = fc
  .record({
    repository: mostly<{ owner: string; ownerId: number; repo: string; id: number }>(
      4,
      fc.constant({ owner: "acme", ownerId: 1, repo: "api", id: 2 }),
      fc.constantFrom(
        { owner: "acme", ownerId: 1, repo: "web", id: 3 },
        { owner: "evil", ownerId: 9, repo: "x", id: 8 },
      ),
    ),
    ref: words("refs/heads/main refs/heads/dev refs/tags/v1 refs/heads/a"),
    environment: fc.option(words("prod a:b other"), { nil: undefined }),
    isPullRequest: fc.boolean(),
    workflow: words(
      "acme/wf/.github/workflows/ci.yml@refs/heads/main acme/api/.github/workflows/x.yml@refs/heads/main",
    ),
    actor: words("octocat mallory"),
  })
  .map(({ repository, ref, environment, isPullRequest, workflow, actor }) => ({
    ...repository,
    context:
      environment !== undefined
        ? `environment:${environment.replaceAll(":", "%3A")}`
        : isPullRequest
          ? "pull_request"
          : `ref:${ref}`,
    claims: {
      aud: "sts.amazonaws.com",
      ref,
      ...(environment !== undefined && { environment }),
      repository: `${repository.owner}/${repository.repo}`,
      repository_id: String(repository.id),
      repository_owner_id: String(repository.ownerId),
      job_workflow_ref: workflow,
      actor,
    },
  }));

/** Returns the run's token with each form of the subject. A repository sends only one of the two. */
const tokensOf = ({ owner, ownerId, repo, id, claims, context: tail }: Run): Claims[] => [
  { ...claims, sub: `repo:${owner}/${repo}:${tail}` },
  { ...claims, sub: `repo:${owner}@${ownerId}/${repo}@${id}:${tail}` },
];

const IDS: Record<string, [ownerId: number, repositoryId: number]> = {
  "acme/api": [1, 2],
  "acme/web": [1, 3],
  "acme/*": [1, 0],
  "evil/x": [9, 8],
};

/** Returns the trust policy that the service would write for a request; undefined if the ids contradict GitHub's. */
function registered({ path, body }: Replacement): unknown {
  const [, , , owner = "", repo = ""] = path.split("/");
  const [ownerId, repositoryId] = IDS[`${owner}/${repo}`] ?? [];
  if (ownerId === undefined || repositoryId === undefined) return undefined;
  const repository = { owner, repo, ownerId, repositoryId };
  const { github = {}, trust } = body;
  if (github.ownerId !== undefined && github.ownerId !== repository.ownerId) return undefined;
  if (github.repositoryId !== undefined && github.repositoryId !== repository.repositoryId) return undefined;
  const { byId, byName } = subjectPrefixes(repository);
  const whole = { ...EMPTY_TRUST, ...trust };
  const written = subjects(
    {
      prefixes: repo === "*" ? ownerPrefixes(owner, repository.ownerId) : [byId, byName],
      template: "default",
    },
    whole,
  );
  if (written === undefined) throw new Error("a trust without subjects");
  const provider = {
    arn: `arn:aws:iam::${ACCOUNT}:oidc-provider/${HOST}`,
    url: `https://${HOST}`,
    audience: "sts.amazonaws.com",
  };
  const pin =
    repo === "*"
      ? ({ by: "owner", ownerId: repository.ownerId } as const)
      : ({ by: "repository", repositoryId: repository.repositoryId } as const);
  return trustPolicy(provider, pin, written, whole);
}

test("a replacement lets in no run that the old role shuts out, and the migration reports the runs that it loses", () => {
  const seen = { admitted: 0, lost: 0, replaced: 0 };
  fc.assert(
    fc.property(
      fc.array(statement, { minLength: 1, maxLength: 2 }),
      fc.array(run, { minLength: 25, maxLength: 25 }),
      (statements, runs) => {
        const short = { statements, inline: {} };
        const migration = audit(short)?.migration;
        if (migration === undefined) return;
        const { replacements, lost, notes } = migration;
        const before = admits(JSON.parse(roleOf(short).trustPolicy));
        const after = replacements.flatMap((one) => {
          const document = registered(one);
          return document === undefined ? [] : [admits(document)];
        });
        if (after.length > 0) seen.replaced++;
        for (const one of runs) {
          // A workflow can request any audience.
          const isIn = tokensOf(one).some(
            (token) => before(token) || before({ ...token, aud: "https://github.com/acme" }),
          );
          if (tokensOf(one).some((token) => after.some((admitted) => admitted(token)))) {
            expect(isIn, JSON.stringify(one)).toBe(true);
            seen.admitted++;
          } else if (isIn) {
            expect([...lost, ...notes].length + replacements.length - after.length).toBeGreaterThan(0);
            seen.lost++;
          }
        }
      },
    ),
    { numRuns: RUNS },
  );
  expect(seen.replaced).toBeGreaterThan(RUNS / 10);
  expect(seen.admitted).toBeGreaterThan(RUNS / 10);
  expect(seen.lost).toBeGreaterThan(RUNS / 10);
}, 600_000);

// ---- access ------------------------------------------------------------------------------------------

const ECR = `arn:aws:ecr:eu-west-1:${ACCOUNT}:repository`;
const actions = some(
  words(`ecr:PutImage ecr:BatchGetImage ecr:GetDownloadUrlForLayer ecr:GetAuthorizationToken ecr:*Layer* ecr:Put*
    ecr:* ecr:DeleteRepository ecr:InitiateLayerUpload * s3:GetObject s3:* iam:PassRole *:*`),
);
const resources = some(
  words(`* ${ECR}/acme/api ${ECR}/acme/* ${ECR}/* ${ECR}/shared/base arn:aws:ecr:*:${ACCOUNT}:repository/acme/api
    arn:aws:s3:::b/* arn:aws:s3:::b arn:aws:ecr:eu-west-1:210987654321:repository/acme/api`),
);
const grant = fc
  .record({
    Effect: mostly(9, fc.constant("Allow"), fc.constant("Deny")),
    not: mostly(9, fc.constant(""), fc.constant("Not")),
    notResource: mostly(9, fc.constant(""), fc.constant("Not")),
    actions,
    resources,
    Condition: mostly(9, fc.constant({}), fc.constant({ StringEquals: { "aws:PrincipalTag/team": "core" } })),
  })
  .map(({ Effect, not, notResource, actions: names, resources: arns, Condition }) => ({
    Effect,
    [`${not}Action`]: names,
    [`${notResource}Resource`]: arns,
    Condition,
  }));
const requests: Request[] = [
  "ecr:PutImage",
  "ecr:BatchGetImage",
  "ecr:GetDownloadUrlForLayer",
  "ecr:UploadLayerPart",
  "ecr:DeleteRepository",
  "ecr:GetAuthorizationToken",
  "s3:GetObject",
  "s3:PutObject",
  "iam:PassRole",
].flatMap((action) =>
  [
    `${ECR}/acme/api`,
    `${ECR}/acme/web`,
    `${ECR}/shared/base`,
    "arn:aws:s3:::b/x",
    "arn:aws:iam::1:role/x",
  ].flatMap((resource) =>
    [{}, { "aws:principaltag/team": ["core"] }].flatMap((context) =>
      [true, false].map((crosses): Request => ({ action, resource, context, crosses })),
    ),
  ),
);

test("the migration reports all access of the old role, the access that is lost and the access that is added", () => {
  const seen = { allowed: 0, lost: 0, gained: 0, kept: 0 };
  const mentions = (lines: readonly string[] = [], { action }: Request) => {
    const [service = ""] = action.split(":");
    return lines.some((line) => line.startsWith(`${service}: `) || /^(?:everything|\*: )/.test(line));
  };
  fc.assert(
    fc.property(fc.array(grant, { minLength: 1, maxLength: 3 }), (statements) => {
      const entry = audit({ inline: { p: statements } });
      const migration = entry?.migration;
      const { ecr = [] } = migration?.replacements[0]?.body ?? {};
      const before = allows({ Version: "2012-10-17", Statement: statements });
      const policy = ecrPolicy(
        ecr.map(({ repository, access = "push" }) => ({ arn: `${ECR}/${repository}`, access })),
      );
      const after = policy === undefined ? () => false : allows(policy);
      for (const request of requests) {
        const [was, is] = [before(request), after(request)];
        if (was) expect(mentions(entry?.access, request), JSON.stringify(request)).toBe(true);
        if (was && !is) expect(mentions(migration?.lost, request), JSON.stringify(request)).toBe(true);
        if (is && !was)
          expect(migration?.notes.join(), JSON.stringify(request)).toContain("would also allow");
        seen.allowed += Number(was);
        seen.lost += Number(was && !is);
        seen.gained += Number(is && !was);
        seen.kept += Number(was && is);
      }
    }),
    { numRuns: runs(160) },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS / 5);
}, 600_000);
