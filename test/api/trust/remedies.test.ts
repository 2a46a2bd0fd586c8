/**
 * The property of remedies: every PUT that an explanation advises is accepted as a dry run, and after it the same
 * question is answered with yes. Registrations follow the fields of the contract's trust.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { claimsOf, ImpossibleRun, type Run } from "../../../local/github/claims.ts";
import type { Repository } from "../../../local/github/server.ts";
import { contract } from "../../harness/contract.ts";
import { runs } from "../../harness/properties.ts";
import { type RegistrationRequest, rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";
import { startConfigured } from "./another.ts";
import type { Explanation } from "./explanations-cases.ts";

const ISSUER = "https://token.actions.githubusercontent.com";
const rolecall = await startRolecall();
const { api: wideApi } = await startConfigured(rolecall, { ROLECALL_ALLOW: "any-ref,owner-wide,name-only" });
/** Longer than an answer of GitHub is remembered. */
const GITHUB_FORGOTTEN_MS = 61_000;
const CASES = runs(90);

// ---- registrations -----------------------------------------------------------------------------------

const mostly = <T>(weight: number, usual: fc.Arbitrary<T>, otherwise: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: otherwise });
const words = (...text: string[]) => fc.constantFrom(...text);
const refs = words("main", "dev", "Main", "release/*", "*", "a%3Ab", "v1", "gh-readonly-queue/main/*");
/** The names of each list of the contract's trust. A new list is generated from the names of refs. */
const NAMES: Record<string, fc.Arbitrary<string>> = {
  environments: words("prod", "Prod", "staging", "p*"),
  jobWorkflowRefs: words(
    "acme/wf/.github/workflows/ci.yml@refs/heads/main",
    "acme/wf/.github/workflows/ci.yml@refs/heads/*",
  ),
};
type TrustSchema = { properties: Record<string, { $ref: string }> };
type ListSchema = { type: string };
const schemas = Object(contract.components["schemas"]) as Record<string, unknown>;
const fields = Object.entries((schemas["TrustRequest"] as TrustSchema).properties).map(([name, { $ref }]) => {
  const schema = schemas[$ref.slice($ref.lastIndexOf("/") + 1)] as ListSchema;
  return { name, isList: schema.type === "array" };
});
const trust = fc
  .subarray(fields, { minLength: 1, maxLength: 2 })
  .chain((chosen) =>
    fc.record(
      Object.fromEntries(
        chosen.map(({ name, isList }) => [
          name,
          isList ? fc.uniqueArray(NAMES[name] ?? refs, { minLength: 1, maxLength: 2 }) : fc.constant(true),
        ]),
      ),
    ),
  );
/** Returns the trust with as many names in each list of refs as the contract permits. */
const filled = (trust: object) =>
  Object.fromEntries(
    Object.entries(trust).map(([name, value]) => [
      name,
      Array.isArray(value) && NAMES[name] === undefined
        ? [...value, ...Array.from({ length: 20 - value.length }, (_, index) => `branch-${index}`)]
        : value,
    ]),
  );

const gitHub = fc.record(
  {
    immutableSubject: fc.boolean(),
    template: fc.constantFrom(
      ["repo", "context", "repository_visibility"],
      ["repository_owner", "repo", "context"],
      ["repository_id", "context"],
      ["repo", "environment"],
      ["repo", "ref"],
      ["repo", "context", "job_workflow_ref"],
    ),
    hidesTemplate: fc.boolean(),
  },
  { requiredKeys: ["immutableSubject"] },
);

// ---- runs and questions ------------------------------------------------------------------------------

const BRANCHES = [
  "main",
  "Main",
  "dev",
  "a%3Ab",
  "проба",
  "refs/heads/main",
  "x".repeat(255),
  "gh-readonly-queue/main/pr-104-6f1e4c0f",
  "gh-readonly-queue/release/1.x/pr-7-0a1b2c",
];
const run = fc.record({
  ref: fc.oneof(
    { weight: 4, arbitrary: words(...BRANCHES).map((name) => `refs/heads/${name}`) },
    { weight: 1, arbitrary: words("v1", "main", "v${x}").map((name) => `refs/tags/${name}`) },
  ),
  environment: fc.option(
    words("prod", "PROD", "eu", "prod:eu", "100%", "prod?", "p*d", " prod", "🚀 prod", "refs/heads/main"),
    { nil: undefined },
  ),
  event: words("push", "push", "push", "merge_group", "pull_request"),
  workflow: fc.option(
    words(
      "acme/wf/.github/workflows/ci.yml@refs/heads/main",
      "acme/wf/.github/workflows/ci.yml@refs/heads/dev",
      "acme/wf/.github/workflows/ci.yml@refs/pull/1/merge",
    ),
    { nil: undefined },
  ),
});
const form = words("sub", "claims", "claims without sub", "sub without ids");

function claimsFor(one: typeof run extends fc.Arbitrary<infer T> ? T : never, repository: Repository) {
  const { ref, environment, event, workflow } = one;
  const asked: Run = {
    repository: repository.canonical,
    event,
    ...(event === "pull_request" ? {} : { ref }),
    ...(environment !== undefined && { environment }),
    ...(workflow !== undefined && { jobWorkflowRef: workflow }),
  };
  try {
    return claimsOf(asked, repository, ISSUER, Math.floor(rolecall.clock.now() / 1000));
  } catch (error) {
    if (error instanceof ImpossibleRun) return undefined;
    throw error;
  }
}

function questionOf(kind: string, claims: object & { sub: string }, { canonical, id, ownerId }: Repository) {
  const { sub, ...others } = claims;
  const [owner, name] = canonical.split("/");
  if (kind === "sub") return { sub };
  if (kind === "sub without ids")
    return { sub: sub.replace(`repo:${owner}@${ownerId}/${name}@${id}`, `repo:${canonical}`) };
  return { claims: kind === "claims" ? claims : others };
}

// ---- the PUT that a remedy advises -------------------------------------------------------------------

type Advised = { add: Record<string, string[]>; github?: object };

/** Reads the additions from the words of a remedy. Returns undefined if it advises no PUT of this registration. */
function advisedBy(remedy: string): Advised | undefined {
  const add: Record<string, string[]> = {};
  for (const [, name = "", list = ""] of remedy.matchAll(/\badd (\S(?:(?!\badd ).)*?) to `trust\.(\w+)`/gis))
    if (name !== "the new name") add[list] = [...(add[list] ?? []), name];
  const [, github] = /Repeat the PUT with `"github": (\{.*?\})`/.exec(remedy) ?? [];
  const isRepeated = /Repeat the PUT, which asks GitHub/.test(remedy);
  if (Object.keys(add).length === 0 && github === undefined && !isRepeated) return undefined;
  return { add, ...(github !== undefined && { github: JSON.parse(github) }) };
}

function withAdvised(body: RegistrationRequest, now: object, { add, github }: Advised): RegistrationRequest {
  const trust: Record<string, unknown> = { ...now };
  for (const [list, names] of Object.entries(add)) trust[list] = [...Object(trust[list] ?? []), ...names];
  return { ...body, trust, ...(github !== undefined && { github }) };
}

test("every PUT that a remedy advises is accepted, and then the same question is answered with yes", async () => {
  const seen = { advised: 0, role: 0, refused: 0, allowed: 0, other: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        trust,
        gitHub,
        isPull: fc.boolean(),
        isWide: fc.boolean(),
        isFull: mostly(5, fc.constant(false), fc.constant(true)),
        since: mostly(2, fc.constant(undefined), gitHub),
        asked: fc.array(fc.tuple(run, form), { minLength: 3, maxLength: 3 }),
      }),
      async ({ trust: few, gitHub: registeredAs, isPull, isWide, isFull, since, asked }) => {
        const api = isWide ? wideApi : rolecall.api;
        const repo = uniqueName();
        rolecall.repositories.set(`acme/${repo}`, registeredAs);
        const trust = isFull ? filled(few) : few;
        const path = rolePath(repo);
        const body: RegistrationRequest = {
          trust,
          ...(isPull && { ecr: [{ repository: `acme/${repo}`, access: "pull" }] }),
        };
        const put = await api("PUT", path, { body });
        if (put.status === 422) return void seen.refused++;
        expect(put.status, put.text).toBe(201);
        const form = since ?? registeredAs;
        const repository = rolecall.repositories.set(`acme/${repo}`, form);
        if (since !== undefined) rolecall.clock.advance(GITHUB_FORGOTTEN_MS);
        const explained = async (at: string, question: object): Promise<Explanation> => {
          const answer = await api("POST", `${at}/explanations`, { body: question });
          expect(answer.status, answer.text).toBe(200);
          return JSON.parse(answer.text);
        };
        for (const [one, kind] of asked) {
          const claims = claimsFor(one, repository);
          if (claims === undefined) continue;
          const question = questionOf(kind, claims, repository);
          const { allowed, remedy } = await explained(path, question);
          const context = JSON.stringify({ trust, registeredAs, since, question, remedy });
          if (allowed) {
            seen.allowed++;
            continue;
          }
          if (remedy.includes("Register another role with access `pull`")) {
            // An explanation does not plan the PUT of another role, so it does not know a later form.
            if (since !== undefined) continue;
            const other = rolePath(repo, "pull-requests");
            const pull = {
              trust: { pullRequests: true },
              ecr: [{ repository: `acme/${repo}`, access: "pull" }],
            };
            expect((await api("PUT", `${other}?dryRun=true`, { body: pull })).status, context).toBe(200);
            expect((await api("PUT", other, { body: pull })).status, context).toBeLessThan(300);
            expect((await explained(other, question)).allowed, context).toBe(true);
            seen.role++;
            continue;
          }
          const advised = advisedBy(remedy);
          if (advised === undefined) {
            seen.other++;
            continue;
          }
          const { spec } = (await api("GET", path)).registration();
          const next = withAdvised(body, spec.trust, advised);
          const dryRun = await api("PUT", `${path}?dryRun=true`, { body: next });
          expect(dryRun.status, `${context} ${dryRun.text}`).toBe(200);
          expect((await api("PUT", path, { body: next })).status, context).toBe(200);
          expect((await explained(path, question)).allowed, context).toBe(true);
          seen.advised++;
        }
      },
    ),
    { numRuns: CASES },
  );
  // Otherwise the property would hold because nothing was advised.
  expect(seen.advised, JSON.stringify(seen)).toBeGreaterThan(CASES / 8);
  expect(seen.role, JSON.stringify(seen)).toBeGreaterThan(0);
}, 300_000);
