/** The drift of a registered repository on GitHub: the changes that are reported, and those that are not. */
import { describe, expect, test } from "vitest";
import type { GitHubFacts } from "../../src/github/github.ts";
import { diffGitHub, type ExpectedOnGitHub } from "../../src/roll-call/github.ts";
import { type SubjectForm, subjectPrefixes, subjects, type Template } from "../../src/trust/subjects.ts";
import { trustOf } from "../trust/trust.ts";

const acmeApi = { owner: "acme", repo: "api", ownerId: 1, repositoryId: 2 };
const { byId, byName } = subjectPrefixes(acmeApi);
const KNOWN: SubjectForm = { prefixes: [byId], template: "default" };
const NAMED: SubjectForm = { prefixes: [byName], template: "default" };
/** GitHub does not name the prefix that it sends. */
const UNTOLD: SubjectForm = { prefixes: [byId, byName], template: "default" };
/** GitHub does not show the form of the subjects. */
const UNREAD: SubjectForm = { prefixes: [byId, byName], template: "unread" };
const values = { repository_owner: "acme", repository_visibility: "private" };
const templated = (keys: readonly string[], known: Template["values"] = values): SubjectForm => ({
  prefixes: [byId],
  template: { keys, values: known },
});

const facts = (form: SubjectForm, changed: Partial<GitHubFacts> = {}): GitHubFacts => ({
  repository: acmeApi,
  defaultBranch: "main",
  archived: false,
  form,
  ...changed,
});
const registered = (
  form: SubjectForm,
  changed: Partial<ExpectedOnGitHub> = {},
  trust = trustOf({}),
): ExpectedOnGitHub => ({
  owner: "acme",
  repo: "api",
  ids: { repositoryId: 2, ownerId: 1 },
  subjects: subjects(form, trust) ?? [],
  confirmed: true,
  ...changed,
});

type Case = [
  what: string,
  registered: ExpectedOnGitHub,
  answer: Parameters<typeof diffGitHub>[1],
  found: [path: string, effect: string, remedy: RegExp][],
];

const renamed = facts(KNOWN, { repository: { ...acmeApi, repo: "service" } });
const transferred = facts(KNOWN, { repository: { ...acmeApi, owner: "globex", ownerId: 9 } });
const taken = facts(KNOWN, { repository: { ...acmeApi, repositoryId: 77 } });

const reported: Case[] = [
  ["renamed", registered(KNOWN), renamed, [["/full_name", "narrows", /register it as acme\/service/]]],
  [
    "transferred",
    registered(KNOWN),
    transferred,
    [["/full_name", "narrows", /register it as globex\/api and delete this/]],
  ],
  [
    "renamed by letter case",
    registered(KNOWN),
    facts(KNOWN, { repository: { ...acmeApi, repo: "API" } }),
    [["/full_name", "narrows", /acme\/API/]],
  ],
  [
    "the name taken by another",
    registered(KNOWN),
    taken,
    [["/id", "none", /taken by another.*stays shut out/]],
  ],
  ["not shown any more", registered(KNOWN), "hidden", [["", "narrows", /deleted.*became private/]]],
  ["gone", registered(KNOWN), "missing", [["", "narrows", /delete the registration/]]],
  [
    "gone, and never seen before",
    registered(UNTOLD, { confirmed: false }),
    "missing",
    [["", "narrows", /delete the registration/]],
  ],
  ["archived", registered(KNOWN), facts(KNOWN, { archived: true }), [["/archived", "none", /no workflows/]]],
  [
    "subjects with ids since",
    registered(NAMED),
    facts(KNOWN),
    [["/sub_claim_prefix", "narrows", /another form.*repeat the PUT/]],
  ],
  [
    "subjects by name again",
    registered(KNOWN),
    facts(NAMED),
    [["/sub_claim_prefix", "narrows", /repeat the PUT/]],
  ],
  [
    "the owner's name taken, the repository with it",
    registered(KNOWN),
    facts({ prefixes: [subjectPrefixes({ ...acmeApi, ownerId: 9 }).byId], template: "default" }),
    [["/sub_claim_prefix", "narrows", /repeat the PUT/]],
  ],
  [
    "a template since",
    registered(KNOWN),
    facts(templated(["repo", "context", "repository_visibility"])),
    [["/include_claim_keys", "narrows", /repeat the PUT/]],
  ],
  [
    "a template since, whose values are not known",
    registered(KNOWN),
    facts(templated(["repo", "context", "job_workflow_ref"])),
    [["/include_claim_keys", "narrows", /repeat the PUT/]],
  ],
  [
    "another template",
    registered(templated(["repo", "context", "repository_visibility"])),
    facts(templated(["repo", "context", "repository_owner"])),
    [["/include_claim_keys", "narrows", /repeat the PUT/]],
  ],
  [
    "a template that GitHub shows for the first time",
    registered(UNREAD),
    facts(templated(["repo", "ref", "environment"])),
    [["/include_claim_keys", "narrows", /repeat the PUT/]],
  ],
  [
    "no template any more",
    registered(templated(["repo", "context", "repository_visibility"])),
    facts(KNOWN),
    [["/sub_claim_prefix", "narrows", /repeat the PUT/]],
  ],
  [
    "another visibility, which the template names",
    registered(templated(["repo", "context", "repository_visibility"])),
    facts(templated(["repo", "context", "repository_visibility"], { repository_visibility: "public" })),
    [["/include_claim_keys", "narrows", /repeat the PUT/]],
  ],
  [
    "a template in whose keys a name of JavaScript's own stands",
    registered(KNOWN),
    facts(templated(["repo", "context", "constructor"])),
    [["/include_claim_keys", "narrows", /repeat the PUT/]],
  ],
  [
    "subjects otherwise, and archived",
    registered(NAMED),
    facts(KNOWN, { archived: true }),
    [
      ["/sub_claim_prefix", "narrows", /repeat/],
      ["/archived", "none", /archived/],
    ],
  ],
];

test.each(reported)("%s is reported", (_, onGitHub, answer, found) => {
  const changes = diffGitHub(onGitHub, answer);
  expect(changes.map(({ path, effect }) => [path, effect])).toEqual(
    found.map(([path, effect]) => [path, effect]),
  );
  for (const [index, change] of changes.entries()) {
    expect(change).toMatchObject({ resource: "github:acme/api", repairable: false });
    expect(change.remedy).toMatch(found[index]?.[2] ?? /./);
  }
});

const trusts = [
  trustOf({}),
  trustOf({ branches: ["release/*"], tags: ["v*"], environments: ["a b:c"], pullRequests: true }),
  trustOf({ branches: ["*"] }),
];
const forms = [
  KNOWN,
  NAMED,
  UNTOLD,
  UNREAD,
  templated(["repo", "context"]),
  templated(["repository", "context", "repository_visibility"]),
  templated(["repository_owner", "repo", "context"]),
];

const silent: [what: string, registered: ExpectedOnGitHub, answer: Parameters<typeof diffGitHub>[1]][] = [
  ...trusts.flatMap((trust) =>
    forms.map((form): [string, ExpectedOnGitHub, GitHubFacts] => [
      `${JSON.stringify(form)} of ${JSON.stringify(trust)}`,
      registered(form, {}, trust),
      facts(form),
    ]),
  ),
  ["all that is sent", registered(KNOWN, {}, trustOf({ branches: [], anyRef: true })), facts(KNOWN)],
  ["both forms, of which GitHub now says one", registered(UNTOLD), facts(NAMED)],
  [
    "a template, which GitHub no longer shows",
    registered(templated(["repo", "context", "repository_visibility"])),
    facts(UNREAD),
  ],
  ["one form, of which GitHub now says nothing", registered(KNOWN), facts(UNTOLD)],
  ["the name alone, of which GitHub now says nothing", registered(NAMED), facts(UNTOLD)],
  ["never shown, and still not", registered(UNTOLD, { confirmed: false }), "hidden"],
  ["by name alone", registered(NAMED, { ids: {}, confirmed: false }), facts(NAMED)],
  ["another default branch", registered(KNOWN), facts(KNOWN, { defaultBranch: "trunk" })],
];

describe("no drift", () => {
  test.each(silent)("%s: nothing is reported", (_, onGitHub, answer) => {
    expect(onGitHub.subjects.length).toBeGreaterThan(0);
    expect(diffGitHub(onGitHub, answer)).toEqual([]);
  });
});
