/** The warnings that say what a trust means, where people often expect something else. */
import { expect, test } from "vitest";
import { startEmbedded } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";

const { api } = await startEmbedded();
const BUILD = "acme/automation/.github/workflows/build.yml";

async function warningsOn(trust: object): Promise<Record<string, string>> {
  const answer = await api("PUT", `${rolePath(uniqueName())}?dryRun=true`, { body: { trust, ecr: [] } });
  expect(answer.status, answer.text).toBe(200);
  const { warnings } = answer.registration();
  const meant = ["environment-or-ref", "pin-any-ref", "pin-no-ref"];
  return Object.fromEntries(
    warnings
      .filter(({ code }) => meant.includes(code))
      .map(({ code, pointer, detail }) => [code, `${pointer}: ${detail}`]),
  );
}

test.each<[what: string, trust: object, expected: Record<string, string | RegExp>]>([
  ["a branch alone gives no such warning", { branches: ["main"] }, {}],
  [
    "a branch beside an environment is an alternative to it",
    { branches: ["main"], environments: ["production"] },
    {
      "environment-or-ref":
        /^\/trust\/environments: Either is enough: a run of branch main, or a job in the environment production, which may come from any branch or tag\.$/,
    },
  ],
  [
    "a tag beside environments is an alternative to them",
    { tags: ["v*"], environments: ["eu", "us"] },
    { "environment-or-ref": /a run of tag v\*, or a job in the environment eu or us/ },
  ],
  [
    "an environment that must come from a branch gives no such warning",
    { environments: ["production"], environmentBranches: ["main"] },
    {},
  ],
  [
    "a workflow pinned at every branch is whatever its repository's writers push",
    { branches: ["main"], jobWorkflowRefs: [`${BUILD}@refs/heads/*`] },
    { "pin-any-ref": /^\/trust\/jobWorkflowRefs\/0: .* at every branch of its repository/ },
  ],
  [
    "a workflow pinned at every tag too",
    { branches: ["main"], jobWorkflowRefs: [`${BUILD}@refs/tags/v1`, `${BUILD}@refs/tags/*`] },
    { "pin-any-ref": /^\/trust\/jobWorkflowRefs\/1: .* at every tag of its repository/ },
  ],
  [
    "a workflow pinned at a ref that git does not allow lets nobody in",
    { branches: ["main"], jobWorkflowRefs: [`${BUILD}@refs/heads/a..b`] },
    { "pin-no-ref": /^\/trust\/jobWorkflowRefs\/0: No run can come from .*a\.\.b\. Git allows no ref/ },
  ],
  [
    "a workflow pinned at one branch, a pattern or a commit gives no such warning",
    {
      branches: ["main"],
      jobWorkflowRefs: [
        `${BUILD}@refs/heads/main`,
        `${BUILD}@refs/tags/v1.*`,
        `${BUILD}@0123456789abcdef0123456789abcdef01234567`,
      ],
    },
    {},
  ],
])("%s", async (_, trust, expected) => {
  const found = await warningsOn(trust);
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [code, text] of Object.entries(expected)) expect(found[code]).toMatch(text);
});
