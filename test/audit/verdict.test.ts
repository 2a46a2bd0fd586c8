/**
 * The findings, the evaluator and the migration say the same of a trust policy. Policies are random ones over the
 * subjects of acme/api. The tokens are those of many runs: each kind, with names that the policy may contain and with
 * new ones, in both forms and under many templates. The tokens are made here, apart from the grammar that the lint uses.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { starred, stringLike } from "../../src/policy/string-like.ts";
import { admits, type Claims } from "../drift/policy-evaluator.ts";
import { runs } from "../harness/properties.ts";
import { audit, roleOf } from "./roles.ts";

const RUNS = runs(80);
const words = (text: string) => fc.constantFrom(...text.trim().split(/\s+/));

// ---- policies ----------------------------------------------------------------------------------------

const repository = fc.oneof(
  { weight: 6, arbitrary: words("acme/api acme@1/api@2") },
  { weight: 1, arbitrary: words("acme/* acme@1/* acme/web acme*") },
);
const piece =
  words(`ref:refs/heads/main ref:refs/heads/* ref:refs/heads/ma* ref:refs/tags/v* ref:refs/tags/* ref:*
  environment:prod environment:* environment:pr* environment: pull_request pull* workflow:ci workflow:* * *main
  repository_visibility:private job_workflow_ref:acme/wf/.github/workflows/w.yml@* ref:refs/heads/ main *:*`);
const tail = fc.oneof(
  { weight: 4, arbitrary: piece },
  {
    weight: 1,
    arbitrary: fc
      .tuple(piece, piece)
      // A second piece that is no pair could be the beginning of any value, of which the tokens here have few.
      .filter(([one, other]) => one.split(":")[0] !== other.split(":")[0] && /^\w+:/.test(other))
      .map((both) => both.join(":")),
  },
);
const subject = fc.tuple(repository, tail).map(([name, end]) => `repo:${name}:${end}`);
const DEMANDED: Record<string, fc.Arbitrary<string | string[]>> = {
  repository_id: fc.constantFrom<string | string[]>("2", ["2", "3"], "3"),
  repository_owner_id: words("1 9"),
  repository: words("acme/api acme/* acme/web"),
  ref: words("refs/heads/main refs/heads/* refs/tags/* refs/pull/*"),
  environment: words("prod *"),
  job_workflow_ref: words("acme/wf/.github/workflows/w.yml@refs/heads/main acme/wf/*"),
  iss: fc.constant("https://token.actions.githubusercontent.com"),
};
const demand = fc.constantFrom(...Object.keys(DEMANDED)).chain((claim) =>
  fc.record({
    claim: fc.constant(claim),
    set: fc.constantFrom("", "", "", "ForAllValues:", "IfExists"),
    value: DEMANDED[claim] ?? fc.constant(""),
  }),
);

type Policy = {
  readonly subjects: readonly string[];
  readonly condition: Record<string, Record<string, unknown>>;
};
const policy: fc.Arbitrary<Policy> = fc
  .record({
    subjects: fc.oneof(
      { weight: 3, arbitrary: fc.tuple(subject) },
      fc.uniqueArray(subject, { minLength: 2, maxLength: 3 }),
    ),
    operator: fc.constantFrom("StringLike", "StringLike", "StringLike", "StringEquals"),
    demands: fc.uniqueArray(demand, { maxLength: 2, selector: ({ claim }) => claim }),
  })
  .map(({ subjects, operator, demands }) => {
    const condition: Policy["condition"] = {};
    const add = (name: string, claim: string, value: unknown) => {
      condition[name] = { ...condition[name], [`gh:${claim}`]: value };
    };
    add("StringEquals", "aud", "sts.amazonaws.com");
    add(operator, "sub", subjects);
    for (const { claim, set, value } of demands) {
      const like = /\*/.test(String(value)) ? "StringLike" : "StringEquals";
      add(set === "IfExists" ? `${like}IfExists` : `${set}${like}`, claim, value);
    }
    return { subjects, condition };
  });

// ---- tokens ------------------------------------------------------------------------------------------

type Kind = "branch" | "tag" | "environment" | "pull request";
type Token = {
  readonly kind: Kind;
  /** True if no policy here contains the name of its branch, tag or environment, nor of its ref. */
  readonly isNew: boolean;
  readonly isDefault: boolean;
  readonly repo: string;
  readonly context: string;
  readonly claims: Claims;
};

/** Every template with up to two of these keys behind the repository, in any order. */
const KEYS = ["context", "ref", "environment", "workflow", "repository_visibility", "job_workflow_ref"];
const TEMPLATES = [
  ["repo"],
  ...KEYS.map((key) => ["repo", key]),
  ...KEYS.flatMap((key) => KEYS.filter((other) => other !== key).map((other) => ["repo", key, other])),
].map((keys) => keys.join(" "));
const REFS = ["refs/heads/main", "refs/heads/qqq7", "refs/tags/v1", "refs/tags/qqq7", "refs/pull/7/merge"];

const REPOSITORIES = ["1 api 2", "1 api 3", "9 api 2", "9 api 3", "1 web 3", "9 web 2"].map((one) =>
  one.split(" "),
);

function tokensOf(): Token[] {
  const tokens: Token[] = [];
  for (const [ownerId = "", repo = "", id = ""] of REPOSITORIES)
    for (const name of [`acme/${repo}`, `acme@${ownerId}/${repo}@${id}`])
      for (const template of TEMPLATES)
        for (const ref of REFS)
          for (const environment of ["", "prod", "qqq7"])
            for (const workflow of template.includes(" workflow") ? ["ci", "main"] : ["ci"])
              tokens.push(
                tokenOf({ ownerId, repo: `acme/${repo}`, id, name, template, ref, environment, workflow }),
              );
  return tokens;
}

function tokenOf(
  run: Record<"ownerId" | "repo" | "id" | "name" | "template" | "ref" | "environment" | "workflow", string>,
): Token {
  const { ownerId, repo, id, name, template, ref, environment, workflow } = run;
  const isPull = ref.startsWith("refs/pull/");
  const isTag = ref.startsWith("refs/tags/");
  const kind = environment !== "" ? "environment" : isPull ? "pull request" : isTag ? "tag" : "branch";
  const context = environment !== "" ? `environment:${environment}` : isPull ? "pull_request" : `ref:${ref}`;
  const claims: Record<string, string> = {
    aud: "sts.amazonaws.com",
    repository: repo,
    repository_id: id,
    repository_owner_id: ownerId,
    repository_visibility: "private",
    ref,
    workflow,
    job_workflow_ref: "acme/wf/.github/workflows/w.yml@refs/heads/main",
    ...(environment !== "" && { environment }),
  };
  const pair = (key: string) =>
    key === "repo" ? `repo:${name}` : key === "context" ? context : `${key}:${claims[key] ?? ""}`;
  return {
    kind,
    isNew: ref.endsWith("/qqq7") && environment !== "prod",
    isDefault: template === "repo context",
    repo,
    context,
    claims: { ...claims, sub: template.split(" ").map(pair).join(":") },
  };
}
const TOKENS = tokensOf();

// ---- the claims --------------------------------------------------------------------------------------

const WIDE: Record<Kind, string> = {
  branch: "any-branch",
  tag: "any-tag",
  environment: "any-environment",
  "pull request": "pull-request-push",
};

test("the findings, the evaluator and the migration agree", () => {
  const seen = { admitted: 0, wide: 0, nobody: 0, exact: 0, byTemplate: 0 };
  fc.assert(
    fc.property(policy, ({ subjects, condition }) => {
      const short = {
        condition,
        inline: { push: { Action: ["ecr:PutImage"], Resource: "ECR/acme/api" } },
      };
      const entry = audit(short);
      if (entry?.migration === undefined) throw new Error("no entry");
      const { replacements, lost } = entry.migration;
      const notes = entry.migration.notes.filter(
        (note) => !/would also allow|^The ECR repositories/.test(note),
      );
      const codes = entry.findings.map(({ code }) => code);
      const isFound = (...any: string[]) => any.some((code) => codes.includes(code));
      const isIn = admits(JSON.parse(roleOf(short).trustPolicy));
      const admitted = TOKENS.filter(({ claims }) => isIn(claims));
      seen.admitted += Number(admitted.length > 0);

      // A run that gets in is of a kind that the findings name.
      for (const { kind, isNew, isDefault, claims } of admitted) {
        if (kind !== "pull request" && !isNew) continue;
        const named = [
          WIDE[kind],
          "any-ref",
          ...(isDefault ? [] : ["mixed-context", "any-branch", "any-tag"]),
        ];
        expect(isFound(...named), `${kind} ${JSON.stringify(claims)} but ${codes}`).toBe(true);
        seen.byTemplate += Number(!isDefault);
      }
      // A kind that the findings name gets in.
      for (const [kind, code] of Object.entries(WIDE)) {
        if (!isFound(code, "any-ref")) continue;
        const some = admitted.some((one) => one.kind === kind && (one.isNew || kind === "pull request"));
        expect(some, `${code} but no ${kind}`).toBe(true);
        seen.wide++;
      }
      // Nobody gets in where something says so, and then nothing says that anybody gets in.
      const said = [...entry.findings.map(({ detail }) => detail), ...notes].join("\n");
      if (subjects.length === 1 && said.includes("nobody gets in")) {
        expect(admitted, said).toEqual([]);
        expect(replacements, said).toEqual([]);
        expect(codes.filter((code) => /^any-|^name-|^owner-|^pull-|^mixed-|^sub-missing/.test(code))).toEqual(
          [],
        );
        seen.nobody++;
      }
      // The replacements let in the runs of default templates that the policy lets in, and no others.
      const isReplaced = ({ repo, context, claims }: Token) =>
        replacements.some(({ path, body: { trust = {}, github = {} } }) => {
          const like = (names: readonly string[] | undefined, before: string) =>
            names?.some((name) => stringLike(starred(`${before}${name}`), context)) === true;
          const isRun =
            trust.anyRef === true ||
            like(trust.branches, "ref:refs/heads/") ||
            like(trust.tags, "ref:refs/tags/") ||
            like(trust.environments, "environment:") ||
            (trust.pullRequests === true && context === "pull_request");
          const branches = trust.environmentBranches ?? [];
          const isOnBranch =
            branches.length === 0 ||
            branches.some((one) => stringLike(starred(`refs/heads/${one}`), String(claims["ref"])));
          const workflow = String(claims["job_workflow_ref"]);
          return (
            (path.startsWith(`/v1/repos/${repo}/`) || path.startsWith("/v1/repos/acme/*/")) &&
            (github.repositoryId === undefined || String(github.repositoryId) === claims["repository_id"]) &&
            (github.ownerId === undefined || String(github.ownerId) === claims["repository_owner_id"]) &&
            (trust.jobWorkflowRefs?.some((one) => stringLike(starred(one), workflow)) ?? true) &&
            isOnBranch &&
            isRun
          );
        });
      const byDefault = TOKENS.filter(({ isDefault }) => isDefault);
      for (const token of byDefault) {
        const own = (one: Token) =>
          ["repository", "repository_id", "repository_owner_id", "ref", "environment"].every(
            (claim) => one.claims[claim] === token.claims[claim],
          );
        if (isReplaced(token))
          expect(
            admitted.some((one) => one.isDefault && own(one)),
            JSON.stringify(token.claims),
          ).toBe(true);
        else if (isIn(token.claims))
          expect(lost.length + notes.length, JSON.stringify(token.claims)).toBeGreaterThan(0);
      }
      seen.exact += Number(replacements.length > 0 && lost.length + notes.length === 0);
    }),
    { numRuns: RUNS },
  );
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(RUNS / 30);
}, 600_000);
