/** Files of the operator's ceiling: the changes to the one rule of an otherwise right file, or all of it. */
export type Case = { name: string } & ({ json: unknown; rule?: never } | { rule: object; json?: never });

const PIN = "acme/platform/.github/workflows/register.yml@refs/heads/main";

/** `says`: each error that the reader reports contains one of these texts, in this order. */
export const table: { right: readonly Case[]; wrong: readonly (Case & { says: readonly string[] })[] } = {
  right: [
    { name: "no rule", json: { rules: [] } },
    { name: "one rule", rule: {} },
    {
      name: "every option",
      rule: {
        repositoryIds: [74_293_321],
        ownerIds: [1, 182_449_634],
        accounts: ["home", "222222222222"],
        refs: ["refs/heads/main", "refs/tags/v*"],
        protectedRefs: true,
        runnerEnvironments: ["github-hosted"],
        jobWorkflowRefs: [PIN],
      },
    },
    {
      name: "a pinned workflow that may ask for nothing more",
      rule: {
        jobWorkflowRefs: [PIN],
        may: { branches: [], tags: [], environments: [], profiles: [], managedPolicies: [] },
      },
    },
    {
      name: "a workflow that is pinned by its commit",
      rule: { jobWorkflowRefs: [PIN.replace(/@.*/, `@${"0a".repeat(20)}`)] },
    },
    {
      name: "a pinned workflow that may ask for more",
      rule: {
        jobWorkflowRefs: [PIN],
        may: {
          branches: ["release/*"],
          tags: ["v*"],
          environments: ["production"],
          pullRequests: true,
          profiles: ["s3-artifacts"],
          managedPolicies: ["arn:aws:iam::123456789012:policy/acme-deploy"],
          onDrift: ["report", "repair"],
          maxSessionSeconds: 7200,
        },
      },
    },
  ],
  wrong: [
    { name: "a list instead of an object", json: [], says: ["self.json  has []."] },
    { name: "no list of rules", json: {}, says: ["self.json /rules has nothing."] },
    {
      name: "another field beside the rules",
      json: { rules: [], version: 1 },
      says: ["self.json /version has 1."],
    },
    { name: "a rule that is no object", json: { rules: ["acme/*"] }, says: ['/rules/0 has "acme/*".'] },
    {
      name: "a field that is misspelt",
      rule: { role: ["publish"] },
      says: ['/rules/0/role has ["publish"].'],
    },
    {
      name: "no repositories",
      rule: { repositories: undefined },
      says: ["/rules/0/repositories has nothing."],
    },
    {
      name: "a repository's name for its id",
      rule: { repositoryIds: ["acme/api"] },
      says: ['/rules/0/repositoryIds has ["acme/api"].'],
    },
    {
      name: "an empty list of repositories' ids",
      rule: { repositoryIds: [] },
      says: ["/rules/0/repositoryIds has []."],
    },
    {
      name: "an owner's name for its id",
      rule: { ownerIds: ["acme"] },
      says: ['/rules/0/ownerIds has ["acme"].'],
    },
    {
      name: "an owner's id as a text",
      rule: { ownerIds: ["182449634"] },
      says: ['/rules/0/ownerIds has ["182449634"].'],
    },
    {
      name: "an owner's id that no owner has",
      rule: { ownerIds: [0] },
      says: ["/rules/0/ownerIds has [0]."],
    },
    { name: "a fraction of an id", rule: { ownerIds: [1.5] }, says: ["/rules/0/ownerIds has [1.5]."] },
    { name: "an empty list of owners", rule: { ownerIds: [] }, says: ["/rules/0/ownerIds has []."] },
    { name: "one owner's id without a list", rule: { ownerIds: 1 }, says: ["/rules/0/ownerIds has 1."] },
    { name: "an empty list of roles", rule: { roles: [] }, says: ["/rules/0/roles has []."] },
    ...["accounts", "refs", "runnerEnvironments", "jobWorkflowRefs"].map((list) => ({
      name: `an empty list for ${list}`,
      rule: { [list]: [] },
      says: [
        `/rules/0/${list} has []. It must be a list of at least one text. Leave it out for the default.`,
      ],
    })),
    {
      name: "no answer to drift at all",
      rule: { jobWorkflowRefs: [PIN], may: { onDrift: [] } },
      says: [
        "/rules/0/may/onDrift has []. It must be a list of at least one text. Leave it out for the default.",
      ],
    },
    {
      name: "a wildcard for the owner",
      rule: { repositories: ["*/api"] },
      says: ['/rules/0/repositories/0 has "*/api".'],
    },
    {
      name: "a repository without its owner",
      rule: { repositories: ["api"] },
      says: ['/rules/0/repositories/0 has "api".'],
    },
    {
      name: "a role with a capital letter",
      rule: { roles: ["Publish"] },
      says: ['/rules/0/roles/0 has "Publish".'],
    },
    { name: "access to everything", rule: { access: ["both"] }, says: ['/rules/0/access/0 has "both".'] },
    { name: "an account's alias", rule: { accounts: ["prod"] }, says: ['/rules/0/accounts/0 has "prod".'] },
    { name: "a branch's short name", rule: { refs: ["main"] }, says: ['/rules/0/refs/0 has "main".'] },
    { name: "the text true", rule: { protectedRefs: "true" }, says: ['/rules/0/protectedRefs has "true".'] },
    {
      name: "an unknown kind of runner",
      rule: { runnerEnvironments: ["hosted"] },
      says: ['/rules/0/runnerEnvironments/0 has "hosted".'],
    },
    {
      name: "a workflow at any branch",
      rule: { jobWorkflowRefs: [PIN.replace("main", "*")] },
      says: ["/rules/0/jobWorkflowRefs/0 has"],
    },
    {
      name: "a workflow without its ref",
      rule: { jobWorkflowRefs: [PIN.replace(/@.*/, "")] },
      says: ["/rules/0/jobWorkflowRefs/0 has"],
    },
    {
      name: "more for a workflow that is not pinned",
      rule: { may: { tags: ["v*"] } },
      says: ["/rules/0/may has"],
    },
    {
      name: "more, but no object",
      rule: { jobWorkflowRefs: [PIN], may: true },
      says: ["/rules/0/may has true."],
    },
    {
      name: "more of what nobody may have",
      rule: { jobWorkflowRefs: [PIN], may: { anyRef: true } },
      says: ["/rules/0/may/anyRef has true."],
    },
    {
      name: "sessions that are too long",
      rule: { jobWorkflowRefs: [PIN], may: { maxSessionSeconds: 86_400 } },
      says: ["/rules/0/may/maxSessionSeconds has 86400."],
    },
    {
      name: "an environment that can look like another",
      rule: { jobWorkflowRefs: [PIN], may: { environments: ["a:b"] } },
      says: ['/rules/0/may/environments/0 has "a:b".'],
    },
    {
      name: "a managed policy by a pattern",
      rule: { jobWorkflowRefs: [PIN], may: { managedPolicies: ["arn:aws:iam::aws:policy/*"] } },
      says: ["/rules/0/may/managedPolicies/0 has"],
    },
  ],
};
