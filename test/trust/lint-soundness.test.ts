/**
 * If the lint finds no error in a policy, the policy lets in no token of another repository. The tokens belong to an
 * attacker who knows the policy. The attacker owns repositories with similar names and chooses their branches,
 * environments, workflows and subject templates.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseTrustPolicy } from "../../src/policy/parse.ts";
import { evaluateTrust } from "../../src/trust/evaluate-trust.ts";
import { lintTrustPolicy } from "../../src/trust/lint/lint.ts";
import { runs } from "../harness/properties.ts";

const HOST = "token.actions.githubusercontent.com";
const PROVIDER = `arn:aws:iam::123456789012:oidc-provider/${HOST}`;
const CONTEXT = { issuers: [`https://${HOST}`], accountId: "123456789012", partition: "aws" };

// ---- policies around acme/api (owner 1, repository 2) ------------------------------------------------

const pick = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const oneOrMore = (value: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 3, arbitrary: value },
    { weight: 1, arbitrary: fc.array(value, { minLength: 1, maxLength: 3 }) },
  );

const mostly = <T>(weight: number, usual: fc.Arbitrary<T>, otherwise: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: otherwise });

/** Picks one word of a text; `_` stands for the empty word. */
const words = (text: string): fc.Arbitrary<string> =>
  pick(...text.split(/\s+/).map((word) => (word === "_" ? "" : word)));

const oddRepository = words(
  `acme/api* acme/ap? acme/* acme@1/* acme* acme@*/api@* acme@1/api@* * */api acme*/api ?cme/api acme/api@2
   acme/api-* acme/ /api acme _`,
);
const repositoryPart = mostly(2, pick("acme/api", "acme@1/api@2"), oddRepository);
const oddContext = words(
  `* _ :environment:prod :environment:* :pull_request :ref:* :*main ?ref:refs/heads/main :ref:\${gh:ref}
   :environment:\${*} :workflow:*`,
);
const contextPart = mostly(2, pick(":ref:refs/heads/main", ":ref:refs/heads/*", ":*"), oddContext);
const oddStart = words(
  `*repo: repository_visibility:private:repo: workflow:repo: environment:prod:repo: repository_owner:acme:repo:
   repository_owner:acme*:repo: ref:*:repo: rep?:`,
);
const start = mostly(5, fc.constant("repo:"), oddStart);
const fragment = words(
  `repo: acme / api @1 @2 * ? : ref:refs/heads/main environment: prod main workflow: actor: enterprise:acme
   repository_owner:acme repository_owner_id:1 repository_id:2 repository_id: repository_visibility:private
   job_workflow_ref:acme/wf@x \${*} \${gh:repository}`,
);
const otherTemplate = words(
  `repository_id:2* repository_id:2:* repository_id:* repository_owner:acme* repository_owner:acme:*
   repository_owner_id:1* repository_owner_id:1:* repository_owner_id:1:repository_id:2*`,
);
const subject = fc.oneof(
  { weight: 1, arbitrary: otherTemplate },
  { weight: 9, arbitrary: fc.tuple(start, repositoryPart, contextPart).map((parts) => parts.join("")) },
  { weight: 1, arbitrary: fc.array(fragment, { maxLength: 8 }).map((parts) => parts.join("")) },
);
const value: Record<string, fc.Arbitrary<string>> = {
  sub: subject,
  aud: pick("sts.amazonaws.com", "sts.amazonaws.com", "*", "sts.*", "https://github.com/acme"),
  repository_id: pick("2", "2", "2*", "?", "*", "", "x", "${gh:repository_id}"),
  repository_owner_id: pick("1", "1", "1*", "?", "*"),
  repository: pick("acme/api", "acme/api", "acme/*", "*/api", "acme/ap?", "acme*", "*"),
  job_workflow_ref: pick("acme/wf/.github/workflows/ci.yml@refs/heads/main", "acme/*", "*"),
  ref: pick("refs/heads/main", "*"),
  event_name: pick("push", "*"),
};
const comparison = pick("StringEquals", "StringLike", "StringLike", "StringLike", "StringEqualsIgnoreCase");
const anyOperator = fc
  .tuple(
    pick("", "", "", "ForAnyValue:", "ForAllValues:"),
    pick(
      "StringEquals",
      "StringLike",
      "StringNotEquals",
      "StringNotLike",
      "StringEqualsIgnoreCase",
      "ArnLike",
      "Null",
    ),
    pick("", "", "IfExists"),
  )
  .map((parts) => parts.join(""));
const operator = mostly(9, comparison, anyOperator);
const prefix = mostly(
  15,
  fc.constant("gh"),
  pick("GH", "token.actions.githubusercontent.com/acme", "accounts.google.com"),
);

type Entry = { operator: string; key: string; values: string | string[] };
const entryOn = (claim: string): fc.Arbitrary<Entry> =>
  fc
    .record({ operator, prefix, values: oneOrMore(value[claim] ?? fc.string()) })
    .map((one) => ({ operator: one.operator, key: `${one.prefix}:${claim}`, values: one.values }));

const exactAudience: Entry = { operator: "StringEquals", key: "gh:aud", values: "sts.amazonaws.com" };
const entries = fc
  .tuple(
    mostly(8, fc.constant(exactAudience), entryOn("aud")),
    fc.option(entryOn("sub"), { freq: 12 }),
    fc.array(pick(...Object.keys(value)).chain(entryOn), { maxLength: 2 }),
  )
  .map(([audience, sub, others]) => [audience, ...(sub === null ? [] : [sub]), ...others]);

const statement = fc
  .record({
    effect: mostly(9, fc.constant("Allow"), fc.constant("Deny")),
    principal: mostly<unknown>(
      15,
      fc.constant({ Federated: PROVIDER }),
      pick<unknown>("*", { Federated: [PROVIDER, "*"] }, { AWS: "*" }),
    ),
    action: mostly<unknown>(
      9,
      fc.constant("sts:AssumeRoleWithWebIdentity"),
      pick<unknown>("sts:*", ["sts:TagSession"], "*"),
    ),
    entries,
  })
  .map((one) => {
    const Condition: Record<string, Record<string, unknown>> = {};
    for (const { operator: name, key, values } of one.entries)
      Condition[name] = { ...Condition[name], [key]: values };
    return { Effect: one.effect, Principal: one.principal, Action: one.action, Condition };
  });

const policy = fc
  .record({
    Version: pick("2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17"),
    Statement: fc.oneof(
      { weight: 4, arbitrary: fc.array(statement, { minLength: 1, maxLength: 1 }) },
      fc.array(statement, { maxLength: 3 }),
    ),
  })
  .map((one) =>
    JSON.stringify(one).replaceAll(/gh:/gi, (found) =>
      found === "gh:" ? `${HOST}:` : `${HOST.toUpperCase()}:`,
    ),
  );

// ---- tokens ------------------------------------------------------------------------------------------

type Repository = { owner: string; ownerId: number; repo: string; id: number };

/** Repositories of other owners, with similar names. */
const foreign = fc.record({
  owner: pick("evil", "acme-evil", "acm", "acmee", "xacme", "ecme"),
  ownerId: pick(9, 11, 12, 21),
  repo: pick("api", "api-evil", "apix", "ap", "acme", "x"),
  id: pick(3, 12, 20, 22),
});
const sibling = fc.record({
  owner: fc.constant("acme"),
  ownerId: fc.constant(1),
  repo: pick("web", "api-evil", "apix", "ap", "xapi"),
  id: pick(3, 12, 20, 22),
});
/** Other repositories with the right names, which were taken after a rename. */
const taken = fc.record({
  owner: fc.constant("acme"),
  ownerId: pick(1, 9, 11),
  repo: fc.constant("api"),
  id: pick(3, 12, 20, 22),
});

const chosenText = words(
  `prod main acme/api x/acme/api repo:acme/api:ref:refs/heads/main * ? a@1/api@2 x:repo:acme/api :repo:acme/api:
   acme@1/api@2:ref:refs/heads/main _`,
);
const template = fc.array(
  words(
    `repo context environment workflow ref repository_owner repository_visibility job_workflow_ref repository_id
     actor`,
  ),
  { minLength: 1, maxLength: 4 },
);

function tokenOf(
  repository: Repository,
  chosen: { text: string; template: string[]; byId: boolean; event: string },
): Record<string, string> {
  const { owner, ownerId, repo, id } = repository;
  const name = chosen.byId ? `${owner}@${ownerId}/${repo}@${id}` : `${owner}/${repo}`;
  const ref = `refs/heads/${chosen.text}`;
  const encode = (text: string): string => text.replaceAll(":", "%3A");
  const context: Record<string, string> = {
    push: `ref:${encode(ref)}`,
    main: "ref:refs/heads/main",
    environment: `environment:${encode(chosen.text)}`,
    pull_request: "pull_request",
  };
  const claims: Record<string, string> = {
    aud: "sts.amazonaws.com",
    repository: `${owner}/${repo}`,
    repository_id: String(id),
    repository_owner_id: String(ownerId),
    repository_owner: owner,
    repository_visibility: "private",
    ref: chosen.event === "main" ? "refs/heads/main" : ref,
    workflow: chosen.text,
    environment: chosen.text,
    actor: "mallory",
    event_name: "push",
    // Every repository can call a public workflow of the right owner.
    job_workflow_ref: "acme/wf/.github/workflows/ci.yml@refs/heads/main",
  };
  const pair = (key: string): string => {
    if (key === "repo") return `repo:${name}`;
    if (key === "context") return context[chosen.event] ?? "";
    return `${key}:${encode(claims[key] ?? "")}`;
  };
  return { ...claims, sub: chosen.template.map(pair).join(":") };
}

const chosen = fc.record({
  text: chosenText,
  template: mostly(2, fc.constant<string[]>(["repo", "context"]), template),
  byId: fc.boolean(),
  event: pick("push", "main", "environment", "pull_request"),
});
const tokensOf = (repository: fc.Arbitrary<Repository>) =>
  fc.array(
    fc.tuple(repository, chosen).map(([one, how]) => tokenOf(one, how)),
    { minLength: 12, maxLength: 12 },
  );

/**
 * Subjects that match the policy: its patterns with the wildcards filled in, if GitHub could send the result for
 * another repository.
 */
function forged(text: string, fills: readonly string[]): string[] {
  const patterns = [...text.matchAll(/"([^"]*[*?][^"]*)"/g)].map(([, pattern = ""]) => pattern);
  return patterns
    .flatMap((pattern) => fills.map((fill) => pattern.replaceAll("*", fill).replaceAll("?", "x")))
    .filter(isForeignSubject);
}

const KEYS = [
  ...["ref", "environment", "workflow", "repository_owner", "repository_owner_id", "repository_id"],
  ...["repository_visibility", "job_workflow_ref", "actor"],
];

function isForeignSubject(sub: string): boolean {
  const parts = sub.split(":");
  for (let index = 0; index < parts.length; ) {
    const key = parts[index] ?? "";
    const part = parts[index + 1];
    if (key === "pull_request") {
      index += 1;
      continue;
    }
    if (part === undefined) return false;
    if (key === "repo" && (!/^[\w.-]+(@\d+)?\/[\w.-]+(@\d+)?$/.test(part) || /^acme[/@]/.test(part)))
      return false;
    if (key === "repository_owner" && part === "acme") return false;
    if (key === "repository_owner_id" && !/^(?!1$)\d+$/.test(part)) return false;
    if (key === "repository_id" && !/^(?!2$)\d+$/.test(part)) return false;
    if (key === "repository_visibility" && !/^(private|public|internal)$/.test(part)) return false;
    if (key !== "repo" && !KEYS.includes(key)) return false;
    index += 2;
  }
  return true;
}

const fill = words(
  `_ x 1 7:ref:refs/heads/main evil/x -evil/api evil/x:ref:refs/heads/x repo:evil/x:ref:refs/heads/ 9/evil@3:ref:refs/heads/x
   -evil/x:ref:refs/heads/x evil/x:environment: workflow repo:evil/api -evil evil/x:pull_request`,
);

// ---- the claim ---------------------------------------------------------------------------------------

function admitted(text: string, tokens: readonly Record<string, string>[]): Record<string, string>[] {
  const parsed = parseTrustPolicy(text);
  if ("error" in parsed) throw new Error(parsed.error);
  return tokens.filter((claims) => {
    const request = {
      principal: { federated: PROVIDER },
      action: "sts:AssumeRoleWithWebIdentity",
      issuerHost: HOST,
      claims,
    } as const;
    return evaluateTrust(parsed.policy, request).allowed;
  });
}

const RUNS = runs(1500);
const right = tokenOf(
  { owner: "acme", ownerId: 1, repo: "api", id: 2 },
  { text: "prod", template: ["repo", "context"], byId: false, event: "main" },
);

test(
  "no finding of severity error: nobody else gets in",
  () => {
    const seen = { clean: 0, cleanAndOpen: 0, flagged: 0, flaggedAndOpen: 0 };
    const property = fc.property(
      policy,
      tokensOf(foreign),
      tokensOf(sibling),
      tokensOf(taken),
      foreign,
      fc.array(fill, { minLength: 6, maxLength: 6 }),
      (text, foreigners, siblings, takers, somebody, fills) => {
        const found = new Set(
          lintTrustPolicy(text, CONTEXT).map(({ code, severity }) => `${severity} ${code}`),
        );
        const base = tokenOf(somebody, {
          text: "prod",
          template: ["repo", "context"],
          byId: false,
          event: "main",
        });
        const forgers = forged(text, fills).map((sub) => ({ ...base, sub }));
        const others = admitted(text, [...foreigners, ...forgers]);
        if ([...found].some((one) => one.startsWith("error"))) {
          seen.flagged += 1;
          if (others.length > 0) seen.flaggedAndOpen += 1;
          return;
        }
        seen.clean += 1;
        if (admitted(text, [right]).length > 0) seen.cleanAndOpen += 1;
        expect(others).toEqual([]);
        const ownerWide = found.has("warning owner-wide");
        const byName = found.has("warning name-only");
        const withinOwner = byName || ownerWide || found.has("info name-within-owner");
        if (!ownerWide) expect(admitted(text, siblings)).toEqual([]);
        if (!byName)
          expect(
            admitted(
              text,
              takers.filter((one) => one.repository_owner_id !== "1"),
            ),
          ).toEqual([]);
        if (!withinOwner) expect(admitted(text, takers)).toEqual([]);
      },
    );
    fc.assert(property, { numRuns: RUNS });
    // The property must not be empty: some policies without errors let the right token in, and some errors are real.
    expect(seen.clean).toBeGreaterThan(RUNS / 20);
    expect(seen.cleanAndOpen).toBeGreaterThan(RUNS / 100);
    expect(seen.flaggedAndOpen).toBeGreaterThan(RUNS / 100);
  },
  Math.max(60_000, RUNS * 10),
);
