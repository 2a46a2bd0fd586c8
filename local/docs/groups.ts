/** The documents of the site, grouped for their readers. A test fails if a document is in no group. */
export type Group = { readonly name: string; readonly documents: readonly { path: string; name: string }[] };

export const GROUPS: readonly Group[] = [
  { name: "Start", documents: [{ path: "README.md", name: "Rolecall" }] },
  {
    name: "Register roles",
    documents: [
      { path: "docs/trust.md", name: "Trust" },
      { path: "docs/ecr.md", name: "ECR repositories" },
      { path: "docs/profiles.md", name: "Access to more than ECR" },
      { path: "docs/workflows.md", name: "Workflows" },
      { path: "docs/self.md", name: "Self-registration" },
      { path: "docs/errors.md", name: "Errors" },
      { path: "examples/README.md", name: "Examples" },
      { path: "examples/platform-repository/README.md", name: "A platform team's list" },
    ],
  },
  {
    name: "Operate",
    documents: [
      { path: "docs/operating.md", name: "Deploy and operate" },
      { path: "docs/organization.md", name: "Policies of the organisation" },
      { path: "docs/misconfigurations.md", name: "Misconfigurations" },
      { path: "docs/leaving.md", name: "Leaving" },
    ],
  },
  { name: "Security", documents: [{ path: "SECURITY.md", name: "Security" }] },
  {
    name: "Contribute",
    documents: [
      { path: "docs/architecture.md", name: "Architecture" },
      { path: "docs/storage.md", name: "Storage" },
      { path: "CONTRIBUTING.md", name: "How to work on it" },
      { path: "CHANGELOG.md", name: "Changelog" },
    ],
  },
];
