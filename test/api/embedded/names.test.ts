/** Names at the edge of ECR's own rule, which some emulators know narrower. */
import { expect, test } from "vitest";
import { awsClients, ecrInAws } from "../../harness/aws.ts";
import { startEmbedded } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";

const { api, repositories } = await startEmbedded();
const aws = awsClients();
const unique = uniqueName("");

test.each([
  ["two underscores, a dot and dashes", "a__b.c--d", "a__b.c--d"],
  ["three underscores, which ECR does not take", "b___b", "b-b"],
  ["many dashes", "c----c", "c----c"],
  ["a dash beside a dot", "d.-d", "d-d"],
  ["a dot beside an underscore", "e._e", "e-e"],
  ["one character", "f", "f"],
])("%s: %s is %s", async (_, name, folded) => {
  const repo = `${name}${unique}`;
  repositories.set(`acme/${repo}`);
  const { ecr } = (await api("PUT", rolePath(repo))).registration();
  expect(ecr).toMatchObject([{ repository: `acme/${folded}${unique}`, managed: true }]);
  expect(await ecrInAws(aws, `acme/${folded}${unique}`)).toBeDefined();
});
