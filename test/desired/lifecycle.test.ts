/** Lifecycle policies: what rules come to, which are refused, and which mean the same. ECR has the last word. */
import { CreateRepositoryCommand, PutLifecyclePolicyCommand } from "@aws-sdk/client-ecr";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { startEmbeddedAws } from "../../local/aws/server.ts";
import { lifecycleFaults, lifecyclePolicy, sameLifecycle } from "../../src/desired/lifecycle.ts";
import type { components } from "../../src/generated/contract.ts";
import { contract, schemaFaults } from "../harness/contract.ts";
import { clientsOf } from "../local/clients.ts";

type Rule = components["schemas"]["EcrLifecycleRule"];

const expire = { type: "expire" };
const archive = { type: "transition", targetStorageClass: "archive" };
const untagged = (countNumber: number) => ({
  tagStatus: "untagged",
  countType: "sinceImagePushed",
  countUnit: "days",
  countNumber,
});
const newest = (countNumber: number, ...tagPatternList: string[]) => ({
  tagStatus: "tagged",
  tagPatternList,
  countType: "imageCountMoreThan",
  countNumber,
});

test.each<[string, Rule[], object | undefined]>([
  ["no rule", [], undefined],
  [
    "untagged images by age",
    [{ images: "untagged", expireAfterDays: 14 }],
    { rules: [{ rulePriority: 1, selection: untagged(14), action: expire }] },
  ],
  [
    "the newest of some tags, then any by number",
    [
      { images: "tagged", tags: ["v*", "*-rc"], keepLast: 5 },
      { images: "any", keepLast: 100 },
    ],
    {
      rules: [
        { rulePriority: 1, selection: newest(5, "v*", "*-rc"), action: expire },
        {
          rulePriority: 2,
          selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 100 },
          action: expire,
        },
      ],
    },
  ],
  [
    "images that nobody pulls are archived, and expire in the archive",
    [
      { images: "untagged", archiveAfterDays: 7 },
      { images: "tagged", tags: ["v*"], archiveExceptLast: 20 },
      { images: "any", archiveUnpulledAfterDays: 60 },
      { images: "any", expireArchivedAfterDays: 365 },
    ],
    {
      rules: [
        { rulePriority: 1, selection: untagged(7), action: archive },
        { rulePriority: 2, selection: newest(20, "v*"), action: archive },
        {
          rulePriority: 3,
          selection: { tagStatus: "any", countType: "sinceImagePulled", countUnit: "days", countNumber: 60 },
          action: archive,
        },
        {
          rulePriority: 4,
          selection: {
            tagStatus: "any",
            storageClass: "archive",
            countType: "sinceImageTransitioned",
            countUnit: "days",
            countNumber: 365,
          },
          action: expire,
        },
      ],
    },
  ],
])("rules become ECR's policy: %s", (_, rules, policy) => {
  expect(lifecyclePolicy(rules)).toEqual(policy);
  expect(lifecycleFaults(rules, "")).toEqual([]);
});

describe("what is accepted here ECR accepts, and what it refuses is refused here", async () => {
  const aws = await startEmbeddedAws({ region: "eu-central-1", accountId: "123456789012" });
  afterAll(() => aws.close());
  const { ecr } = clientsOf(aws.url, "eu-central-1");
  const repositoryName = "acme/api";
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const accepts = (policy: unknown): Promise<boolean> =>
    ecr
      .send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: JSON.stringify(policy) }))
      .then(
        () => true,
        () => false,
      );
  const SCHEMA = { $ref: "#/components/schemas/EcrLifecycle" };
  const tag = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom("v*", "latest", "a*b*c*d*", "*", "x".repeat(128)) },
    { weight: 1, arbitrary: fc.constantFrom("a*b*c*d*e*", "") },
  );
  const count = fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 3 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, -1, 1.5) },
  );
  const days = fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 90, max: 92 }) },
    { weight: 1, arbitrary: fc.constantFrom(89, 1, 0, 90.5) },
  );
  const oneCount = fc.oneof(
    fc.record({ expireAfterDays: count }),
    fc.record({ keepLast: count }),
    fc.record({ archiveAfterDays: count }),
    fc.record({ archiveUnpulledAfterDays: count }),
    fc.record({ archiveExceptLast: count }),
    { weight: 3, arbitrary: fc.record({ expireArchivedAfterDays: days }) },
  );
  const images = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        images: fc.constant<Rule["images"]>("tagged"),
        tags: fc.uniqueArray(tag, { minLength: 1, maxLength: 2 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ images: fc.constantFrom<Rule["images"]>("untagged", "untagged", "any") }),
    },
    {
      weight: 1,
      arbitrary: fc.record(
        {
          images: fc.constantFrom<Rule["images"]>("untagged", "tagged", "any"),
          tags: fc.uniqueArray(tag, { maxLength: 3 }),
        },
        { requiredKeys: ["images"] },
      ),
    },
  );
  const rule = fc.tuple(images, oneCount).map(([one, other]): Rule => ({ ...one, ...other }));
  const isFine = (rules: Rule[]): boolean =>
    schemaFaults(SCHEMA, rules).length === 0 && lifecycleFaults(rules, "").length === 0;

  test("ECR and this check agree on any rules of the contract's form", async () => {
    const seen = { accepted: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(rule, { minLength: 1, maxLength: 4 }), async (rules) => {
        const accepted = isFine(rules);
        seen[accepted ? "accepted" : "refused"]++;
        expect([rules, await accepts(lifecyclePolicy(rules))]).toEqual([rules, accepted]);
      }),
      { numRuns: 1000, seed: 7 },
    );
    expect(seen.accepted).toBeGreaterThan(250);
    expect(seen.refused).toBeGreaterThan(250);
  });

  test("a rule without exactly one number is refused", () => {
    expect(isFine([{ images: "untagged" }])).toBe(false);
    expect(isFine([{ images: "untagged", keepLast: 1, expireAfterDays: 1 }])).toBe(false);
  });

  test("ECR accepts the longest policy that the contract lets through", async () => {
    const { maxItems } = Object(contract.components["schemas"]).EcrLifecycle;
    const rules: Rule[] = Array.from({ length: maxItems }, (_, rule) => ({
      images: "tagged",
      tags: Array.from({ length: 10 }, (_, at) => `${rule}.${at}`.padEnd(128, "x")),
      expireArchivedAfterDays: 3650,
    }));
    expect(isFine(rules)).toBe(true);
    expect(schemaFaults(SCHEMA, [...rules, ...rules])).not.toEqual([]);
    expect(await accepts(lifecyclePolicy(rules))).toBe(true);
  });
});

describe("the same", () => {
  const policy = (...rules: object[]) => ({
    rules: rules.map((selection, index) => ({ rulePriority: index + 1, selection, action: expire })),
  });
  const base = policy(newest(5, "v*", "w*"), untagged(14));
  const [first, second] = base.rules;

  test.each([
    ["itself", base],
    [
      "other priorities in the same order",
      {
        rules: [
          { ...first, rulePriority: 10 },
          { ...second, rulePriority: 20 },
        ],
      },
    ],
    [
      "the storage class that is the default",
      {
        rules: base.rules.map(({ selection, ...rule }) => ({
          ...rule,
          selection: { ...selection, storageClass: "standard" },
        })),
      },
    ],
    ["rules in another order of the list", { rules: [second, first] }],
    ["descriptions", { rules: base.rules.map((rule) => ({ ...rule, description: "x" })) }],
    ["patterns in another order", policy(newest(5, "w*", "v*"), untagged(14))],
    ["a pattern twice", policy(newest(5, "v*", "w*", "v*"), untagged(14))],
    [
      "properties in another order",
      { rules: base.rules.map((rule) => Object.fromEntries(Object.entries(rule).reverse())) },
    ],
    [
      "prefixes in place of patterns",
      policy(
        { tagStatus: "tagged", tagPrefixList: ["v", "w"], countType: "imageCountMoreThan", countNumber: 5 },
        untagged(14),
      ),
    ],
  ])("%s is the same", (_, other) => {
    expect(sameLifecycle(base, other)).toBe(true);
    expect(sameLifecycle(other, base)).toBe(true);
  });

  test.each([
    ["none", null],
    ["another number", policy(newest(6, "v*", "w*"), untagged(14))],
    ["another age", policy(newest(5, "v*", "w*"), untagged(15))],
    ["a pattern less", policy(newest(5, "v*"), untagged(14))],
    ["a literal for a pattern", policy(newest(5, "v", "w*"), untagged(14))],
    ["a rule less", policy(newest(5, "v*", "w*"))],
    ["the rules the other way round", policy(untagged(14), newest(5, "v*", "w*"))],
    ["priorities the other way round", { rules: [{ ...first, rulePriority: 3 }, second] }],
    ["another action", { rules: [{ ...first, action: { type: "transition" } }, second] }],
    [
      "archiving",
      { rules: [{ ...first, action: { type: "transition", targetStorageClass: "archive" } }, second] },
    ],
    [
      "the archive",
      { rules: [{ ...first, selection: { ...first?.selection, storageClass: "archive" } }, second] },
    ],
    ["what nobody knows", { rules: [{ ...first, more: 1 }, second] }],
    ["what cannot be read", "rules"],
  ])("%s is not the same", (_, other) => {
    expect(sameLifecycle(base, other)).toBe(false);
    expect(sameLifecycle(other, base)).toBe(false);
  });

  test("none is none", () => {
    expect(sameLifecycle(null, null)).toBe(true);
  });
});
