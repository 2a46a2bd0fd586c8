/**
 * No request body leads to a trust policy without an exact audience and a bounded subject. The bodies come from the
 * contract's schema, with values that have caused mistakes elsewhere, and go through the code of a PUT.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { desiredState, providerOf } from "../../src/desired/desired.ts";
import { registrationRequest } from "../../src/generated/bodies.js";
import type { GitHubFacts } from "../../src/github/github.ts";
import { failed } from "../../src/lib/errors.ts";
import { readJson } from "../../src/lib/json.ts";
import { isOf } from "../../src/lib/schema.ts";
import type { PolicyDocument } from "../../src/policy/document.ts";
import { scopeOf } from "../../src/registration/scope.ts";
import { type RegistrationRequest, resolveSpec } from "../../src/registration/spec.ts";
import { lintTrustPolicy } from "../../src/trust/lint/lint.ts";
import { subjectPrefixes, subjects, type Template } from "../../src/trust/subjects.ts";
import { contract } from "../harness/contract.ts";
import { runs } from "../harness/properties.ts";

// ---- bodies ------------------------------------------------------------------------------------------

type Schema = {
  $ref?: string;
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  oneOf?: Schema[];
  enum?: string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  additionalProperties?: boolean | Schema;
};

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const mostly = <T>(usual: fc.Arbitrary<T>, otherwise: fc.Arbitrary<T>, weight = 9): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: otherwise });

const usualRef = pick("main", "release/*", "v*", "*", "refs", "m*n", "pull_request", "heads/main");
const usualEnvironment = pick("prod", "a b", "*", "Production EU", "prod-*", "refs/heads/main");
const hostile = pick(
  "?",
  "**",
  "*:*",
  "*/*",
  "ma?n",
  "${aws:username}",
  "${*}",
  "${token.actions.githubusercontent.com:sub}",
  "$",
  "{}",
  "refs/heads/main",
  "..",
  ".",
  "/",
  "@",
  "a:b:ref:refs/heads/main",
  "%3A",
  "%3a",
  "x:pull_request",
  "pull_request",
  "environment:prod",
  "repo:evil/x:ref:refs/heads/main",
  '","Effect":"Allow","x":"',
  '"',
  "\\",
  "\u0000",
  "\u001f",
  "\u007f",
  "\u0085",
  "\u200b",
  "\u2028",
  "\ud800",
  "日本",
  "é",
  " ",
  "a ",
  "-x",
  "constructor",
  "__proto__",
  "a".repeat(255),
);
const workflow = pick(
  ...Array(9).fill("acme/wf/.github/workflows/ci.yml@refs/heads/main"),
  ...Array(9).fill("acme/wf/.github/workflows/ci.yml@refs/heads/*"),
  "acme/wf/.github/workflows/ci.yml@*",
  "*/*/.github/workflows/ci.yml@refs/heads/main",
  "acme/wf/.github/workflows/ci.yml@refs/heads/${x}",
  "*",
);
const odd = fc.oneof(
  { weight: 6, arbitrary: hostile },
  { weight: 3, arbitrary: workflow },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ unit: pick(...'ab*?:/@%3A${}.-"\\ '), maxLength: 12 }) },
  { weight: 1, arbitrary: fc.tuple(hostile, hostile).map((both) => both.join("")) },
);

const text = (name: string): fc.Arbitrary<string> =>
  mostly(name === "environments" ? usualEnvironment : usualRef, odd, 8);

function bodyOf(schema: Schema, name = ""): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return bodyOf(resolved(schema.$ref), name);
  const right = rightOf(schema, name);
  // Sometimes a value of another type, which the contract must refuse.
  return mostly(right, fc.jsonValue({ maxDepth: 1 }), 400);
}

function rightOf(schema: Schema, name: string): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return pick(...schema.enum);
  if (schema.oneOf !== undefined) return fc.oneof(...schema.oneOf.map((choice) => bodyOf(choice, name)));
  switch (schema.type) {
    case "boolean":
      return mostly(fc.constant(false), fc.constant(true), 5);
    case "integer":
      if (name === "repositoryId" || name === "ownerId") return pick(name === "ownerId" ? 1 : 2, 1, 2);
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 100, 2 ** 53 - 1) });
    case "array": {
      const list = fc.uniqueArray(bodyOf(schema.items ?? {}, name), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 3, 3),
        selector: (one) => JSON.stringify(one),
      });
      // This field excludes most others, so it would make most bodies wrong.
      return name === "environmentBranches" ? mostly<unknown>(fc.constant([]), list, 9) : list;
    }
    case "object": {
      const known = Object.entries(schema.properties ?? {}).map(([key, one]) => [key, bodyOf(one, key)]);
      const object = fc.record(Object.fromEntries(known), {
        requiredKeys: (schema.required ?? []) as never[],
      });
      return mostly(
        object,
        fc.tuple(object, unknownKey, odd).map(([one, key, value]) => ({ ...one, [key]: value })),
        100,
      );
    }
    default:
      if (name === "repository")
        return mostly(pick("acme/api", "acme/api/base", "acme/other"), pick("acme/api*", "*", "evil/x"), 20);
      if (name === "profiles") return mostly(pick("artifacts", "shared"), pick("other"), 20);
      if (name === "managedPolicyArns") return mostly(pick(MANAGED), pick(`${MANAGED}s`), 20);
      if (name === "region") return mostly(pick("eu-central-1", "eu-west-1"), pick("us-east-1", "eu"), 40);
      if (schema.pattern !== undefined)
        return mostly(fc.stringMatching(new RegExp(schema.pattern)), odd, 200);
      return name === "jobWorkflowRefs" ? workflow : text(name);
  }
}

const unknownKey = pick(
  "sub",
  "subjects",
  "aud",
  "audience",
  "condition",
  "Condition",
  "principal",
  "trustPolicy",
  "issuer",
  "role",
  "owner",
  "__proto__",
  "constructor",
  "toJSON",
);

function resolved(reference: string): Schema {
  const name = reference.replace("#/components/schemas/", "");
  const { schemas } = contract.components as { schemas: Record<string, Schema> };
  const found = schemas[name];
  if (found === undefined) throw new Error(`the contract has no ${reference}`);
  return found;
}

// ---- the way of a PUT --------------------------------------------------------------------------------

const place = { account: "123456789012", partition: "aws", region: "eu-central-1" };
const SERVER = "https://github.acme.example/_services/token";
const situations = ["repository", "owner", "name", "hidden", "server"] as const;
type Situation = (typeof situations)[number];

const MANAGED = "arn:aws:iam::123456789012:policy/acme-deploy";
const statement = (Resource: string) => ({ Action: ["s3:GetObject"], Resource: [Resource] });
const PROFILES = {
  profiles: {
    artifacts: {
      description: "each repository's artifacts",
      statements: [statement("arn:{partition}:s3:::acme-artifacts/{owner}/{repo}/*")],
    },
    shared: { description: "shared by all", statements: [statement("arn:aws:s3:::acme-shared/*")] },
  },
};

const config = (situation: Situation) =>
  readConfig(
    {
      ROLECALL_MANAGED_POLICIES: MANAGED,
      ROLECALL_OWNERS: "acme",
      ROLECALL_ALLOW: "any-ref,owner-wide,name-only",
      ROLECALL_TAG_KEYS: "main,prod",
      ROLECALL_ECR_GRANTS: "acme/*=acme/*",
      ROLECALL_REGIONS: "eu-west-1",
      ROLECALL_MAX_SESSION_SECONDS: "43200",
      ROLECALL_TABLE: "rolecall",
      ROLECALL_BOUNDARY_ARN: "arn:aws:iam::123456789012:policy/rolecall/boundary",
      ...(situation === "server" && { ROLECALL_ISSUERS: SERVER }),
    },
    PROFILES,
  );
const configs = Object.fromEntries(situations.map((one) => [one, config(one)]));

const repository = { owner: "acme", repo: "api", ownerId: 1, repositoryId: 2 };
const prefixes = subjectPrefixes(repository);

const TEMPLATE_KEYS = [
  "repo",
  "context",
  "ref",
  "environment",
  "repository_owner",
  "repository_id",
  "workflow",
  "constructor",
];
const template = fc.option(
  fc.record<Template>({
    keys: mostly(
      pick(["repo", "context"], ["repository_owner", "repo", "context"], ["repository_id", "context"]),
      fc.array(pick(...TEMPLATE_KEYS), { maxLength: 4 }),
      1,
    ),
    values: fc.constant({ repository_owner: "acme", repository_id: "2" }),
  }),
  { nil: undefined, freq: 3 },
);

type Outcome =
  | "refused by the contract"
  | "refused"
  | { policy: PolicyDocument; situation: Situation; isMore: boolean };

async function put(body: unknown, situation: Situation, custom: Template | undefined): Promise<Outcome> {
  if (!isOf(registrationRequest, body)) return "refused by the contract";
  const settings = configs[situation] ?? config(situation);
  const facts: GitHubFacts = {
    repository,
    defaultBranch: "main",
    archived: false,
    form: { prefixes: [prefixes.byId, prefixes.byName], template: custom ?? "default" },
  };
  const isHidden = situation === "hidden" || situation === "name";
  const gitHub = () => ({
    repository: async () => (isHidden ? ("hidden" as const) : facts),
    owner: async () => ({ owner: "acme", ownerId: 1 }),
  });
  const repo = situation === "owner" ? "*" : "api";
  const given: Partial<Record<Situation, RegistrationRequest["github"]>> = {
    hidden: { repositoryId: 2, ownerId: 1 },
    name: {},
  };
  const github = given[situation] ?? body.github;
  const scope = await scopeOf({ config: settings, gitHub }, { owner: "acme", repo, github });
  if (failed(scope)) return "refused";
  const spec = resolveSpec(body, scope, settings, place.region);
  if (failed(spec)) return "refused";
  const accepted = subjects(scope.form, spec.trust);
  if (accepted === undefined) return "refused";
  const { role } = desiredState({
    owner: "acme",
    repo,
    role: "publish",
    place: { ...place, region: spec.region },
    issuer: scope.issuer,
    boundaryArn: settings.boundaryArn,
    registrationId: "1",
    pin: scope.pin,
    subjects: accepted,
    spec,
    profiles: settings.profiles,
  });
  const mayPush = spec.ecr.some(({ access }) => access !== "pull");
  expect(pushes(role.inlinePolicies)).toBe(mayPush);
  const others = Object.keys(role.inlinePolicies).filter((name) => name !== "rolecall-ecr");
  const isMore = others.length + role.attachedPolicyArns.length > 0;
  expect(isMore && spec.trust.pullRequests).toBe(false);
  expect(situation === "owner" && others.includes("rolecall-artifacts")).toBe(false);
  const findings = lintTrustPolicy(JSON.stringify(role.trustPolicy), {
    issuers: [scope.issuer.url],
    accountId: place.account,
    partition: place.partition,
    providerArn: providerOf(scope.issuer, place).arn,
    hasPush: mayPush || isMore,
  });
  expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  return { policy: role.trustPolicy, situation, isMore };
}

const pushes = (policies: object): boolean => JSON.stringify(policies).includes("ecr:PutImage");

// ---- the shape of a policy ---------------------------------------------------------------------------

const CONTEXT = String.raw`(ref:refs/(heads|tags)/[^:?]+|environment:([^:?%]|%3A)+|pull_request|\*)`;
const IDS = { repository_id: "2" };

/** The conditions that bind a role to its repository, in each situation. */
const HELD: Record<Situation, { host: string; pins: Record<string, string>; start: string }> = {
  repository: { host: "token.actions.githubusercontent.com", pins: IDS, start: "repo:acme(@1/api@2|/api)" },
  hidden: { host: "token.actions.githubusercontent.com", pins: IDS, start: "repo:acme(@1/api@2|/api)" },
  name: { host: "token.actions.githubusercontent.com", pins: {}, start: "repo:acme/api" },
  server: { host: "github.acme.example/_services/token", pins: {}, start: "repo:acme/api" },
  owner: {
    host: "token.actions.githubusercontent.com",
    pins: { repository_owner_id: "1" },
    start: String.raw`repo:acme(@1)?/\*`,
  },
};

/** Returns the faults of a policy; none if the policy is bounded. */
function faults(policy: PolicyDocument, situation: Situation, isCustom: boolean): string[] {
  const { host, pins, start } = HELD[situation];
  const found: string[] = [];
  const check = (what: string, isRight: boolean) => {
    if (!isRight) found.push(what);
  };
  const raw = JSON.stringify(policy);
  check("keys stand once", readJson(raw).duplicates.length === 0);
  check("Latin-1", /^[\u0020-\u00ff]*$/.test(raw));
  check("no policy variable", !raw.includes("${"));
  const [statement, ...others] = policy.Statement;
  check("one statement", statement !== undefined && others.length === 0);
  check("nothing beside it", Object.keys(policy).join() === "Version,Statement");
  if (statement === undefined) return found;
  check("its elements", Object.keys(statement).join() === "Sid,Effect,Principal,Action,Condition");
  check("Allow", statement.Effect === "Allow");
  check("one action", statement.Action === "sts:AssumeRoleWithWebIdentity");
  const principal = { Federated: `arn:aws:iam::123456789012:oidc-provider/${host}` };
  check("one principal", JSON.stringify(statement.Principal) === JSON.stringify(principal));

  const { StringEquals = {}, StringLike = {}, ...operators } = statement.Condition ?? {};
  check("no other operator", Object.keys(operators).length === 0);
  check("the audience, exact", StringEquals[`${host}:aud`] === "sts.amazonaws.com");
  for (const [claim, value] of Object.entries(pins))
    check(`${claim}, exact`, StringEquals[`${host}:${claim}`] === value);
  const known = ["aud", "sub", "job_workflow_ref", "ref", ...Object.keys(pins)].map(
    (claim) => `${host}:${claim}`,
  );
  const keys = [...Object.keys(StringEquals), ...Object.keys(StringLike)];
  check("no key twice", new Set(keys).size === keys.length);
  check(
    "no other key",
    keys.every((key) => known.includes(key)),
  );

  const exact = [StringEquals[`${host}:sub`] ?? []].flat();
  const like = [StringLike[`${host}:sub`] ?? []].flat();
  check("a subject", exact.length + like.length > 0);
  check(
    "no wildcard under StringEquals",
    exact.every((subject) => !subject.includes("*")),
  );
  const form = new RegExp(`^${start}:${CONTEXT}$`, "s");
  for (const subject of [...exact, ...like]) {
    // Subjects of a template have other forms. The lint and the id bound them.
    if (isCustom)
      check(`no open beginning: ${subject}`, /^(repo|repository_owner|repository_id):[^*?]/.test(subject));
    else check(`bounded: ${subject}`, form.test(subject));
  }
  const refs = [StringEquals[`${host}:ref`] ?? [], StringLike[`${host}:ref`] ?? []].flat();
  for (const ref of refs) check(`a branch: ${ref}`, /^refs\/heads\/[^?]+$/s.test(ref));
  for (const ref of [
    StringEquals[`${host}:job_workflow_ref`] ?? [],
    StringLike[`${host}:job_workflow_ref`] ?? [],
  ].flat())
    check(`bounded: ${ref}`, /^[^*?]+@(refs\/(heads|tags)\/[^?]+|[0-9a-f]{40})$/s.test(ref));
  return found;
}

const RUNS = runs(8_000);

test("every body is refused or leads to a bounded policy", async () => {
  const seen = { policies: 0, contract: 0, refused: 0, custom: 0, like: 0, more: 0 };
  const situation = mostly<Situation>(fc.constant("repository"), pick(...situations), 1);
  const property = fc.asyncProperty(
    bodyOf({ $ref: "#/components/schemas/RegistrationRequest" }),
    situation,
    template,
    async (body, where, custom) => {
      const isCustom = custom !== undefined && (where === "repository" || where === "server");
      const outcome = await put(body, where, custom);
      if (outcome === "refused by the contract") seen.contract++;
      else if (outcome === "refused") seen.refused++;
      else {
        seen.policies++;
        if (isCustom) seen.custom++;
        if (outcome.isMore) seen.more++;
        if ("StringLike" in (outcome.policy.Statement[0]?.Condition ?? {})) seen.like++;
        expect(faults(outcome.policy, where, isCustom)).toEqual([]);
      }
    },
  );
  await fc.assert(property, { numRuns: RUNS });
  // Both results must be frequent.
  expect(Math.min(seen.policies, seen.contract, seen.refused)).toBeGreaterThan(RUNS / 20);
  expect(Math.min(seen.custom, seen.like, seen.more)).toBeGreaterThan(RUNS / 200);
}, 180_000);
