/** Every body gets an answer of the contract, and never an internal error. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../harness/properties.ts";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const S3_READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
const profile = (path: string) => ({
  description: "a test",
  statements: [{ Action: ["s3:GetObject"], Resource: [`arn:aws:s3:::acme/${path}/*`] }],
});
const { api } = await startRolecall({
  tagKeys: ["team"],
  managedPolicies: [S3_READ],
  profiles: { profiles: { artifacts: profile("artifacts/{owner}/{repo}"), shared: profile("shared") } },
});
const repo = uniqueName();
const path = `${rolePath(repo)}?dryRun=true`;

const nasty = fc.oneof(
  fc.constantFrom(
    "a:b",
    "${aws:x}",
    "?",
    "",
    ".",
    "..",
    "ü",
    "refs/heads/main",
    "acme",
    "a b",
    "*",
    "**",
    "@",
  ),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const wild = fc.oneof(
  nasty,
  fc.jsonValue({ maxDepth: 2 }),
  fc.integer(),
  fc.constantFrom(null, true, 3600, 43_200, -0, 1e21, [], {}, [[]]),
);
/** A value that is mostly right and sometimes wrong. */
const mostly = <T>(arbitrary: fc.Arbitrary<T>, otherwise: fc.Arbitrary<unknown> = wild) =>
  fc.oneof({ weight: 30, arbitrary }, { weight: 1, arbitrary: otherwise });
const oneOf = (...texts: string[]) => mostly(fc.constantFrom(...texts), nasty);
const listOf = (item: fc.Arbitrary<unknown>) => fc.uniqueArray(item, { maxLength: 3 });
/** An object with some of its fields. */
const some = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, mostly(value)])), {
    requiredKeys: [],
  });

const refs = listOf(oneOf("main", "v*", "release/*", "a-b", "ü", "x.y", "feature/a#b", "100%"));
const body = mostly(
  some({
    trust: fc.record(
      {
        branches: mostly(fc.constantFrom(["main"], ["main", "v*"], ["*"])),
        tags: mostly(refs),
        environments: mostly(listOf(oneOf("prod", "a/b", "two words", "*", "für"))),
        jobWorkflowRefs: mostly(listOf(oneOf("acme/ci/.github/workflows/x.yml@refs/heads/main"))),
      },
      { requiredKeys: ["branches"] },
    ),
    ecr: listOf(
      fc.record(
        {
          repository: oneOf(`acme/${repo}`, `acme/${repo}/x`, `acme/${repo}/y.z`),
          access: oneOf("push", "pull", "both"),
        },
        { requiredKeys: ["repository"] },
      ),
    ),
    workflow: some({
      kind: oneOf("docker", "helm"),
      runner: oneOf("ubuntu-latest", "x.y_z"),
      platforms: mostly(fc.constantFrom(["linux/amd64"], ["linux/arm64", "linux/386"])),
      context: oneOf(".", "a/b"),
      chart: oneOf("charts/x"),
    }),
    maxSessionSeconds: fc.integer({ min: 3600, max: 43_200 }),
    tags: fc.record({ team: oneOf("x", "a b", "") }),
    profiles: listOf(oneOf("artifacts", "shared")),
    managedPolicyArns: listOf(oneOf(S3_READ)),
  }),
);

test("is accepted, and then asks for the same again, or is refused with pointers", async () => {
  const statuses: number[] = [];
  await fc.assert(
    fc.asyncProperty(body, async (given) => {
      const headers = { "content-type": "application/json" };
      const answer = await api("PUT", path, { body: JSON.stringify(given), headers });
      expect([200, 422]).toContain(answer.status);
      statuses.push(answer.status);
      if (answer.status === 422) {
        for (const { pointer, detail } of answer.problem().errors ?? []) {
          expect(pointer).toMatch(/^(\/.*)?$/s);
          expect(detail).not.toBe("");
        }
        return;
      }
      const { spec } = answer.registration();
      const again = await api("PUT", path, { body: spec });
      expect(again.registration().spec).toEqual(spec);
      expect(again.headers["etag"]).toBe(answer.headers["etag"]);
    }),
    { numRuns: runs(150) },
  );
  for (const status of [200, 422])
    expect(statuses.filter((each) => each === status).length).toBeGreaterThan(20);
});
