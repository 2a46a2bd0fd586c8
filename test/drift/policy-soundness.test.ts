/**
 * Properties of the comparison of policies. Policies that it calls the same are the same, and a policy that it calls
 * narrower lets in nothing new. The tests evaluate requests that fit the policies, as IAM does.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalText, isNarrower, samePolicy } from "../../src/policy/compare.ts";
import { runs } from "../harness/properties.ts";
import { admits, allows, documentOf, HOST, type Kind, type Request } from "./policy-evaluator.ts";
import { narrowerCases } from "./policy-narrower-cases.ts";
import { sameCases } from "./policy-same-cases.ts";

// ---- policies, and others near to them ---------------------------------------------------------------

type Parts = {
  Effect: string;
  Principal?: unknown;
  NotPrincipal?: unknown;
  Action?: string[];
  NotAction?: string[];
  Resource?: string[];
  NotResource?: string[];
  Conditions: { operator: string; key: string; values: string[] }[];
};

const pick = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const words = (text: string): fc.Arbitrary<string> => pick(...text.trim().split(/\s+/));
const some = (value: fc.Arbitrary<string>) => fc.uniqueArray(value, { minLength: 1, maxLength: 3 });
const mostly = <T>(weight: number, usual: fc.Arbitrary<T>, otherwise: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: otherwise });

const effect = mostly(3, fc.constant("Allow"), fc.constant("Deny"));
const operator = fc
  .tuple(
    mostly(4, fc.constant(""), pick("ForAnyValue:", "ForAllValues:")),
    words(`StringEquals StringEquals StringLike StringLike StringLike StringNotEquals StringNotLike
      StringEqualsIgnoreCase StringNotEqualsIgnoreCase ArnLike ArnNotEquals Bool`),
    mostly(4, fc.constant(""), fc.constant("IfExists")),
  )
  .map((parts) => parts.join(""));
const otherOperator = words("Null Null IpAddress NotIpAddress NumericLessThan stringEquals");
const condition = (key: fc.Arbitrary<string>, value: fc.Arbitrary<string>) =>
  fc.record({ operator: mostly(8, operator, otherOperator), key, values: some(value) });

const SUBJECTS = `repo:a/b:x repo:a/b:* repo:a/* repo:a/b* *:x repo:A/b:x repo:a/?:x repo:a/b:y ? *b* * true false
  arn:aws:s:r:1:x arn:aws:s:*:1:x arn:aws:s:r:*:* \${${HOST}:ref} x\${*} a`;
const trustCondition = condition(
  words(`${HOST}:sub ${HOST}:sub ${HOST.toUpperCase()}:SUB ${HOST}:ref aws:SourceIp ${HOST}:event_name`),
  words(SUBJECTS),
);
const PROVIDER = `arn:aws:iam::123456789012:oidc-provider/${HOST}`;
const principal = pick<unknown>(
  { Federated: PROVIDER },
  { Federated: [PROVIDER, "x"] },
  { Federated: PROVIDER, AWS: "123456789012" },
  { AWS: "arn:aws:iam::123456789012:root" },
  "*",
  { AWS: ["*"] },
  { Federated: "*" },
);

/** An element of a statement, under its name with or without `Not`. */
const element = <T>(name: string, value: fc.Arbitrary<T>) =>
  fc
    .tuple(mostly(5, fc.constant(""), fc.constant("Not")), value)
    .map(([not, one]) => ({ [`${not}${name}`]: one }));

type Field = fc.Arbitrary<Partial<Parts>>;

const fields: Record<Kind, Field[]> = {
  trust: [
    effect.map((Effect) => ({ Effect })),
    element("Principal", principal),
    element("Action", some(words("sts:AssumeRoleWithWebIdentity sts:assumerole* sts:* * sts:TagSession"))),
    fc.array(trustCondition, { maxLength: 3 }).map((Conditions) => ({ Conditions })),
  ],
  identity: [
    effect.map((Effect) => ({ Effect })),
    element("Action", some(words("a:b a:* a:b* A:B? a:?b* a:c s:b * a:*c *b"))),
    element(
      "Resource",
      some(
        words(`* arn:a:s:r:1:x/y arn:a:s:*:1:x/y arn:a:s:*:x/y arn:a:*1:x/y arn:a:s:r*1:x/* arn:a:s:r:1:x/*
          arn:a:s:r:1:x/\${k} arn:a:s:r:1:x/\${k,'y'} arn:a:s:r:1:?/y arn:a:s:r:?:x/y arn:a:s:r:1:x/\${*} arn:a:**:x/y`),
      ),
    ),
    fc
      .array(condition(words("k K aws:TagKeys aws:TagKeys m"), words(SUBJECTS)), { maxLength: 2 })
      .map((Conditions) => ({ Conditions })),
  ],
};

const statement = (kind: Kind): fc.Arbitrary<Parts> =>
  fc.tuple(...fields[kind]).map((parts) => Object.assign({ Conditions: [] }, ...parts));

/** The same statement, or one with an element, a value or a condition changed, removed or added. */
const near = (kind: Kind, one: Parts): fc.Arbitrary<Parts[]> => {
  const dropped: fc.Arbitrary<Parts> = fc.nat(2).map((index) => ({
    ...one,
    Conditions: one.Conditions.filter((_, at) => at !== index),
  }));
  const added: fc.Arbitrary<Parts> = (fields[kind].at(-1) as Field).map(({ Conditions = [] }) => ({
    ...one,
    Conditions: [...one.Conditions, ...Conditions],
  }));
  const shortened: fc.Arbitrary<Parts> = fc.nat(2).map((index) => ({
    ...one,
    ...(one.Action && { Action: one.Action.filter((_, at) => at !== index || one.Action?.length === 1) }),
    ...(one.Resource && {
      Resource: one.Resource.filter((_, at) => at !== index || one.Resource?.length === 1),
    }),
    Conditions: one.Conditions.map((each) => ({
      ...each,
      values: each.values.filter((_, at) => at !== index || each.values.length === 1),
    })),
  }));
  const other: fc.Arbitrary<Parts> = fc.oneof(...fields[kind]).map((field) => {
    const [name = ""] = Object.keys(field);
    const rest = Object.entries(one).filter(([key]) => key.replace("Not", "") !== name.replace("Not", ""));
    return { ...Object.fromEntries(rest), ...field } as Parts;
  });
  return fc.oneof(
    fc.constant<Parts[]>([one]),
    fc.constant<Parts[]>([]),
    fc.oneof(dropped, added, shortened, other).map((each) => [each]),
    statement(kind).map((more) => [one, more]),
  );
};

const version = mostly(6, fc.constant("2012-10-17"), fc.constant("2008-10-17"));

function toDocument(statements: readonly Parts[], Version: string): Record<string, unknown> {
  const Statement = statements.map(({ Conditions, ...elements }) => {
    const Condition: Record<string, Record<string, unknown>> = {};
    for (const { operator: name, key, values } of Conditions) {
      const block = Condition[name] ?? {};
      Condition[name] = block;
      // Two keys that differ only in letter case would make the policy unreadable.
      for (const other of Object.keys(block))
        if (other.toLowerCase() === key.toLowerCase()) delete block[other];
      block[key] = values;
    }
    return { ...elements, Condition };
  });
  return { Version, Statement };
}

const pairs = (kind: Kind) =>
  fc
    .tuple(fc.array(statement(kind), { minLength: 1, maxLength: 3 }), version)
    .chain(([statements, Version]) =>
      fc
        .tuple(
          fc.tuple(...statements.map((one) => near(kind, one))),
          mostly(9, fc.constant(Version), version),
        )
        .map(([others, otherVersion]) => ({
          before: toDocument(statements, Version),
          after: toDocument(others.flat(), otherVersion),
        })),
    );

// ---- requests made to fit them -----------------------------------------------------------------------

/** Returns every text of a document with wildcards and variables filled in, sometimes with a `:` for a `*`. */
function texts(...documents: unknown[]): string[] {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === "string")
      for (const fill of ["", "x", "y", ":", "b", "r:1"])
        found.add(
          value
            .replaceAll(/\$\{[^}]*\}/g, fill)
            .replaceAll("*", fill)
            .replaceAll("?", fill.charAt(0) || "b"),
        );
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(visit);
  };
  documents.forEach(visit);
  return [...found, "", "other"];
}

const tokens = (values: string[]) => {
  const claim = fc.option(pick(...values), { freq: 6, nil: undefined });
  return fc
    .record({ sub: claim, ref: claim, aud: claim })
    .map((claims) =>
      Object.fromEntries(
        Object.entries(claims).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
    );
};

const requests = (values: string[]): fc.Arbitrary<Request> => {
  const resources = values.filter((value) => value.startsWith("arn:a:"));
  const keyValues = fc.array(pick(...values), { maxLength: 2 });
  return fc.record({
    action: words("a:b a:bc a:c s:b a:xbc"),
    resource: pick(...resources, "arn:a:s:r:1:x/y", "arn:a:s:r:1:x/*", "arn:a:s:q:1:x/y", "other"),
    context: fc
      .record({ k: keyValues, "aws:tagkeys": keyValues, m: keyValues }, { requiredKeys: [] })
      .map((context) => ({ ...context })),
    crosses: fc.boolean(),
  });
};

/** Returns requests that `after` lets in and `before` does not. */
function letIn(kind: Kind, before: unknown, after: unknown, sample: readonly unknown[]): unknown[] {
  const decisions = (document: unknown) =>
    (kind === "trust" ? admits(document) : allows(document)) as (request: unknown) => boolean;
  const [shut, open] = [decisions(before), decisions(after)];
  return sample.filter((one) => open(one) && !shut(one));
}

const RUNS = runs(600);

describe.each(["trust", "identity"] as const)("%s policies", (kind) => {
  test("a policy that is called narrower lets in nothing more", () => {
    const seen = { narrower: 0, wider: 0, truly: 0, both: 0 };
    const cases = pairs(kind).chain(({ before, after }) => {
      const values = texts(before, after);
      const sample: fc.Arbitrary<unknown> = kind === "trust" ? tokens(values) : requests(values);
      return fc.record({
        before: fc.constant(before),
        after: fc.constant(after),
        sample: fc.array(sample, { minLength: 30, maxLength: 30 }),
      });
    });
    fc.assert(
      fc.property(cases, ({ before, after, sample }) => {
        const more = letIn(kind, before, after, sample);
        if (isNarrower(before, after)) {
          expect(more).toEqual([]);
          seen.narrower++;
          if (letIn(kind, after, before, sample).length > 0) seen.truly++;
          if (samePolicy(before, after)) seen.both++;
        } else {
          expect(samePolicy(before, after)).toBe(false);
          if (more.length > 0) seen.wider++;
        }
      }),
      { numRuns: RUNS },
    );
    // The property must not be empty: some pairs are narrower, also by their requests, and some are wider.
    expect(seen.narrower).toBeGreaterThan(RUNS / 10);
    expect(seen.truly).toBeGreaterThan(RUNS / 100);
    expect(seen.wider).toBeGreaterThan(RUNS / 50);
  }, 600_000);

  test("narrower is reflexive, and the canonical form is idempotent and means the same", () => {
    fc.assert(
      fc.property(pairs(kind), ({ before, after }) => {
        expect(isNarrower(before, before)).toBe(true);
        const canonical = JSON.parse(canonicalText(before));
        expect(canonicalText(canonical)).toBe(canonicalText(before));
        expect(samePolicy(canonical, before)).toBe(true);
        expect(isNarrower(canonical, before) && isNarrower(before, canonical)).toBe(true);
        expect(isNarrower(canonical, after)).toBe(isNarrower(before, after));
        expect(isNarrower(after, canonical)).toBe(isNarrower(after, before));
      }),
      { numRuns: RUNS / 4 },
    );
  }, 600_000);

  test("harmless rewrites change no answer", () => {
    fc.assert(
      fc.property(pairs(kind), fc.infiniteStream(fc.nat()), ({ before, after }, chance) => {
        const rewritten = rewrite(before, () => Number(chance.next().value));
        expect(canonicalText(rewritten)).toBe(canonicalText(before));
        expect(isNarrower(rewritten, after)).toBe(isNarrower(before, after));
        expect(isNarrower(after, rewritten)).toBe(isNarrower(after, before));
      }),
      { numRuns: RUNS / 4 },
    );
  }, 600_000);
});

/** Returns a document with the same meaning: shuffled, repeated, respelled, with lists for strings and vice versa. */
function rewrite(document: Record<string, unknown>, chance: () => number): unknown {
  const coin = () => chance() % 2 === 0;
  const shuffled = <T>(values: readonly T[]): T[] =>
    values
      .map((value) => [chance(), value] as const)
      .sort(([a], [b]) => a - b)
      .map(([, value]) => value);
  const keys = (object: object, change: (name: string, value: unknown) => [string, unknown]) =>
    Object.fromEntries(shuffled(Object.entries(object)).map(([name, value]) => change(name, value)));
  const respelled = (text: string) => (coin() ? text.toUpperCase() : text.toLowerCase());
  const list = (value: unknown, change: (one: string) => unknown = (one) => one): unknown => {
    const values = (Array.isArray(value) ? value : [value]).map((one) => change(one));
    const [first, ...more] = shuffled(coin() ? [...values, ...values.slice(0, 1)] : values);
    return more.length === 0 && coin() ? first : [first, ...more];
  };
  const scalar = (text: string) => (coin() && (text === "true" || text === "false") ? text === "true" : text);
  const statements = (document["Statement"] as Record<string, unknown>[]).map((one) => ({
    ...(coin() && { Sid: `s${chance()}` }),
    ...keys(one, (name, value) => {
      if (name.endsWith("Principal")) {
        if (value === "*") return [name, coin() ? "*" : { AWS: list("*") }];
        return [
          name,
          keys(value as object, (type, names) => [
            type,
            list(names, (each) =>
              each === "123456789012" && coin() ? "arn:aws:iam::123456789012:root" : each,
            ),
          ]),
        ];
      }
      if (name.endsWith("Action")) return [name, list(value, respelled)];
      if (name === "Effect") return [name, value];
      if (name !== "Condition") return [name, list(value)];
      return [
        name,
        keys(value as object, (operatorName, block) => [
          operatorName,
          keys(block as object, (key, values) => [respelled(key), list(values, scalar)]),
        ]),
      ];
    }),
  }));
  const Statement = list(statements as never);
  return keys({ Version: document["Version"], Statement, ...(coin() && { Id: "x" }) }, (name, value) => [
    name,
    value,
  ]);
}

test("among the documents of the tables, one that is called narrower lets in nothing more", () => {
  const entries = [
    ...narrowerCases.map(({ kind, before, after }) => ({ kind, documents: [before, after] })),
    ...sameCases.map(({ kind, a, b }) => ({ kind, documents: [a, b] })),
  ];
  let compared = 0;
  for (const kind of ["trust", "identity"] as const) {
    const documents = entries
      .filter((one) => one.kind === kind)
      .flatMap((one) => one.documents.map((short) => documentOf(kind, short)))
      .filter((document) => isNarrower(document, document));
    for (const before of documents) {
      for (const after of documents) {
        if (!isNarrower(before, after)) continue;
        compared++;
        const values = texts(before, after);
        const sample =
          kind === "trust" ? fc.sample(tokens(values), { numRuns: runs(10) }) : realRequests(values);
        expect(letIn(kind, before, after, sample), JSON.stringify({ before, after })).toEqual([]);
      }
    }
  }
  expect(compared).toBeGreaterThan(1000);
}, 120_000);

function realRequests(values: string[]): Request[] {
  const resources = values.filter((value) => value.startsWith("arn:"));
  const actions = [
    "ecr:PutImage",
    "ecr:BatchGetImage",
    "ecr:DeleteRepository",
    "iam:PassRole",
    "s3:GetObject",
  ];
  return resources.flatMap((resource) =>
    actions.flatMap((action) =>
      [true, false].map((crosses) => ({ action, resource, context: { "aws:tagkeys": ["a"] }, crosses })),
    ),
  );
}
