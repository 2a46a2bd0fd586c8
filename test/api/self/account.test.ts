/** An administrator reads what the ceiling allows to workflows. */
import { expect, test } from "vitest";
import { startRolecall, uniqueName } from "../../harness/rolecall.ts";

const PIN = "acme/platform/.github/workflows/register.yml@refs/heads/main";
const RULE = { repositories: ["acme/*"], roles: ["publish"], access: ["push", "pull"] };
const FULL = {
  repositories: ["acme/web"],
  repositoryIds: [74_293_321],
  ownerIds: [182_449_634],
  roles: ["release-*"],
  access: ["push"],
  accounts: ["home", "222222222222"],
  refs: ["refs/tags/v*"],
  protectedRefs: true,
  runnerEnvironments: ["github-hosted"],
  jobWorkflowRefs: [PIN],
  may: {
    branches: ["main"],
    tags: ["v*"],
    environments: ["production"],
    pullRequests: true,
    profiles: ["s3-artifacts"],
    managedPolicies: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
    onDrift: ["report", "repair"],
    maxSessionSeconds: 7200,
  },
};
const { api, token, variables } = await startRolecall({ self: { rules: [RULE, FULL] } });

const ceiling = async () => (await api("GET", "/v1/account")).account().self;

test("the account shows each rule in the order of self.json, with its defaults, and the audience", async () => {
  const { audience, rules } = await ceiling();
  expect(audience).toBe(variables.ROLECALL_SELF_AUDIENCE);
  expect(rules).toEqual([
    {
      ...RULE,
      repositoryIds: [],
      ownerIds: [],
      accounts: ["home"],
      refs: [],
      protectedRefs: false,
      runnerEnvironments: [],
      jobWorkflowRefs: [],
      may: {
        branches: [],
        tags: [],
        environments: [],
        pullRequests: false,
        profiles: [],
        managedPolicies: [],
        onDrift: ["report"],
        maxSessionSeconds: 3600,
      },
    },
    FULL,
  ]);
});

test("the rule that a refusal names is the account's rule at that position", async () => {
  const repo = uniqueName();
  const authorization = `Bearer ${await token({ repository: `acme/${repo}`, ref: "refs/heads/dev" })}`;
  const refused = await api("PUT", `/v1/self/repos/acme/${repo}/roles/publish`, {
    headers: { authorization },
  });
  const [, position] = /^self\.json \/rules\/(\d+)$/.exec(refused.problem().denied?.rule ?? "") ?? [];
  expect((await ceiling()).rules[Number(position)]?.roles).toEqual(["publish"]);
});
