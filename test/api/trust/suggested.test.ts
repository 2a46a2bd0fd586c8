/**
 * The property of the audit's suggestions: every PUT that a migration suggests is accepted as a dry run, or the
 * migration says what the operator must allow first. With that allowed, the PUT is accepted.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import field from "../../audit/field-cases.json" with { type: "json" };
import { migrateCases } from "../../audit/migrate-cases.ts";
import { audit, HOST, type ShortRole } from "../../audit/roles.ts";
import { runs } from "../../harness/properties.ts";
import { type Api, startRolecall } from "../../harness/rolecall.ts";
import { startConfigured } from "./another.ts";

const rolecall = await startRolecall();
const SERVER = "github.acme.example/_services/token";
const NAMES =
  "acme/api acme/Api acme/web acme/* acme/.x Umbrella/api umbrella/api stranger/api acme-corp/api";
const ALLOWED = {
  ROLECALL_OWNERS: "acme,Umbrella,stranger,acme-corp",
  ROLECALL_ALLOW: "any-ref,owner-wide,name-only",
  ROLECALL_ECR_GRANTS: NAMES.split(" ")
    .flatMap((one) =>
      ["acme/*", "umbrella/*", "stranger/*", "shared/*"].map((pattern) => `${one}=${pattern}`),
    )
    .join(","),
};
const ofServer = { ROLECALL_ISSUERS: `https://${SERVER}` };
const start = async (env: Record<string, string>) => (await startConfigured(rolecall, env)).api;
/** For each issuer, a service that allows nothing more than by default, and one whose operator allows everything. */
const services: Record<string, [byDefault: Api, withAll: Api]> = {
  [HOST]: [rolecall.api, await start(ALLOWED)],
  [SERVER]: [await start(ofServer), await start({ ...ofServer, ...ALLOWED })],
};
/** Longer than an answer of GitHub is remembered. */
const GITHUB_FORGOTTEN_MS = 61_000;

const seen = { accepted: 0, allowed: 0 };

async function tryAll(short: ShortRole): Promise<void> {
  const { host = HOST } = short;
  const [api, withAll] = services[host] ?? [];
  const migration = audit(short, [], { issuers: [`https://${host}`] })?.migration;
  if (api === undefined || withAll === undefined || migration === undefined) return;
  const notes = migration.notes.join("\n");
  for (const { path, body } of migration.replacements) {
    const [, , , owner = "", repo = ""] = path.split("/");
    const { repositoryId: id, ownerId } = body.github ?? {};
    const canonical = `${owner}/${repo === "*" ? "any" : repo}`;
    rolecall.repositories.set(canonical, {
      canonical,
      ...(id !== undefined && { id }),
      ...(ownerId !== undefined && { ownerId }),
    });
    rolecall.clock.advance(GITHUB_FORGOTTEN_MS);
    const answer = await api("PUT", `${path}?dryRun=true`, { body });
    const context = `${path} ${JSON.stringify(body)}\n${notes}\n${answer.text}`;
    if (answer.status === 200) {
      seen.accepted++;
      continue;
    }
    const named = answer.text.match(/ROLECALL_[A-Z_]+(?:=[a-z-]+)?/g) ?? [];
    expect(named, context).not.toEqual([]);
    for (const variable of named) expect(notes, context).toContain(variable);
    // The embedded GitHub shows no owners, so a registration of a whole owner needs its id.
    const github = repo === "*" ? { ownerId: 1, ...body.github } : body.github;
    const second = await withAll("PUT", `${path}?dryRun=true`, { body: { ...body, github } });
    expect(second.status, `${context}\n${second.text}`).toBe(200);
    seen.allowed++;
  }
}

describe("a PUT that an audit suggests is accepted, or the audit says what the operator must allow", () => {
  test.each(migrateCases)("$name", async ({ role }) => {
    await tryAll(role);
  });

  test.each(field)("$name", async ({ trust }) => {
    const inline = { push: { Action: ["ecr:PutImage"], Resource: "ECR/acme/shop" } };
    await tryAll({ trustText: JSON.stringify(trust), inline });
  });
});

// ---- random roles ------------------------------------------------------------------------------------

const words = (text: string) => fc.constantFrom(...text.trim().split(/\s+/));
const name = words(`${NAMES} acme/api acme/api`);
const branch = fc.oneof(
  { weight: 3, arbitrary: words("main release/* * a..b v1.x a%3Ab feature/ü x@{y -a a.lock") },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 255 }).map((length) => "b".repeat(length)) },
);
const tail = fc.oneof(
  { weight: 4, arbitrary: branch.map((one) => `:ref:refs/heads/${one}`) },
  { weight: 1, arbitrary: branch.map((one) => `:ref:refs/tags/${one}`) },
  { weight: 2, arbitrary: words("prod a%3Ab p* * 100% prod?").map((one) => `:environment:${one}`) },
  { weight: 2, arbitrary: words(":pull_request :* :ref:* _ *").map((one) => (one === "_" ? "" : one)) },
);
const WORKFLOW = "acme/wf/.github/workflows/ci.yml@refs/heads/main";
const DEMANDS: Record<string, fc.Arbitrary<string | string[]>> = {
  repository_id: fc.constantFrom<string | string[]>("2", ["2", "3"], "0"),
  repository_owner_id: words("1 9"),
  repository: words("acme/api acme/*"),
  ref: words("refs/heads/main refs/heads/* refs/tags/v1"),
  environment: words("prod * a:b"),
  job_workflow_ref: fc.constantFrom<string | string[]>(WORKFLOW, [WORKFLOW, `${WORKFLOW}2`], "acme/*", "*"),
  enterprise_id: words("7"),
};
const role: fc.Arbitrary<ShortRole> = fc
  .record({
    names: fc.uniqueArray(name, { minLength: 1, maxLength: 2 }),
    tails: fc.uniqueArray(tail, { minLength: 1, maxLength: 25 }),
    host: fc.constantFrom(HOST, HOST, HOST, SERVER),
    hasIds: fc.boolean(),
    demands: fc
      .dictionary(fc.constantFrom(...Object.keys(DEMANDS)), fc.nat(2), { maxKeys: 2 })
      .chain((chosen) =>
        fc.record(
          Object.fromEntries(Object.keys(chosen).map((claim) => [claim, DEMANDS[claim] ?? fc.constant("")])),
        ),
      ),
    action: words("ecr:PutImage ecr:BatchGetImage ecr:* s3:GetObject"),
    resources: fc.uniqueArray(
      fc.oneof(
        words(
          "ECR/acme/api * ECR/acme/* ECR/acme/api/x ECR/acme/web ECR/shared/base ECR/umbrella/api ECR/stranger/api",
        ),
        fc.nat(60).map((index) => `ECR/acme/api/r${index}`),
      ),
      { minLength: 1, maxLength: 40 },
    ),
  })
  .map(({ host, names, tails, hasIds, demands, action, resources }) => {
    const forms = names.map((one) => (hasIds ? one.replace(/(.*)\/(.*[^*])$/, "$1@1/$2@2") : one));
    const sub = forms.flatMap((one) => tails.map((end) => `repo:${one}${end}`));
    const more = Object.entries(demands).map(([claim, value]) => [`gh:${claim}`, value]);
    return {
      host,
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringLike: { "gh:sub": sub, ...Object.fromEntries(more) },
      },
      inline: { some: { Action: action, Resource: resources } },
    };
  });

test("every PUT that an audit suggests of a random role is accepted, or the audit says what to allow", async () => {
  Object.assign(seen, { accepted: 0, allowed: 0 });
  const cases = runs(150);
  await fc.assert(fc.asyncProperty(role, tryAll), { numRuns: cases });
  expect(seen.accepted).toBeGreaterThan(cases / 10);
  expect(seen.allowed).toBeGreaterThan(cases / 20);
}, 300_000);
