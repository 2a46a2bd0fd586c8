import type { Repository, Run } from "../../../local/github/server.ts";

export type TrustCase = {
  what: string;
  /** Differences from the repository that the role trusts. */
  repository?: Partial<Repository>;
  conditions?: Conditions;
  run: Partial<Run>;
  in: boolean;
};

export type Conditions = Record<string, Record<string, string | string[]>>;

export const cases: readonly TrustCase[] = [
  { what: "the right run", run: {}, in: true },
  { what: "a run by hand on the same branch", run: { event: "workflow_dispatch" }, in: true },
  { what: "another branch", run: { ref: "refs/heads/dev" }, in: false },
  { what: "a branch that begins the same", run: { ref: "refs/heads/main2" }, in: false },
  { what: "a branch in another case", run: { ref: "refs/heads/Main" }, in: false },
  { what: "a tag of the branch's name", run: { ref: "refs/tags/main" }, in: false },
  { what: "the branch, but in an environment", run: { environment: "prod" }, in: false },
  { what: "a pull request", run: { event: "pull_request" }, in: false },
  { what: "a fork's pull request", run: { fork: "mallory/api" }, in: false },
  { what: "a run in the fork itself", run: { repository: "mallory/api" }, in: false },
  {
    what: "pull_request_target from a fork, which runs as the base branch",
    run: { event: "pull_request_target", fork: "mallory/api" },
    in: true,
  },
  { what: "another repository", run: { repository: "acme/web" }, in: false },
  { what: "a repository whose name begins the same", run: { repository: "acme/api-evil" }, in: false },
  { what: "a token in the name form, when only ids are trusted", run: { subjectForm: "name" }, in: false },
  {
    what: "a token in the name form, trusted by name",
    conditions: {
      StringEquals: {
        aud: "sts.amazonaws.com",
        sub: "repo:acme/api:ref:refs/heads/main",
        repository_id: "2",
      },
    },
    run: { subjectForm: "name" },
    in: true,
  },
  {
    what: "a token in the id form, when only the name is trusted",
    conditions: {
      StringEquals: {
        aud: "sts.amazonaws.com",
        sub: "repo:acme/api:ref:refs/heads/main",
        repository_id: "2",
      },
    },
    run: { subjectForm: "id" },
    in: false,
  },
  {
    what: "a token in the name form, when both forms are trusted",
    conditions: {
      StringEquals: {
        aud: "sts.amazonaws.com",
        sub: ["repo:acme/api:ref:refs/heads/main", "repo:acme@1/api@2:ref:refs/heads/main"],
        repository_id: "2",
      },
    },
    run: { subjectForm: "name" },
    in: true,
  },
  {
    what: "a token in the id form, when both forms are trusted",
    conditions: {
      StringEquals: {
        aud: "sts.amazonaws.com",
        sub: ["repo:acme/api:ref:refs/heads/main", "repo:acme@1/api@2:ref:refs/heads/main"],
        repository_id: "2",
      },
    },
    run: { subjectForm: "id" },
    in: true,
  },
  {
    what: "another repository id under the same name, with the id pinned",
    repository: { id: 77 },
    conditions: {
      StringEquals: {
        aud: "sts.amazonaws.com",
        sub: "repo:acme/api:ref:refs/heads/main",
        repository_id: "2",
      },
    },
    run: { subjectForm: "name" },
    in: false,
  },
  {
    what: "another repository id under the same name, trusted by name alone",
    repository: { id: 77 },
    conditions: { StringEquals: { aud: "sts.amazonaws.com", sub: "repo:acme/api:ref:refs/heads/main" } },
    run: { subjectForm: "name" },
    in: true,
  },
  {
    what: "another repository id under the same name, in the id form",
    repository: { id: 77 },
    run: {},
    in: false,
  },
  { what: "a repository's name in another case", repository: { canonical: "acme/Api" }, run: {}, in: false },
  {
    what: "an audience that the provider lists and the policy does not",
    run: { audience: "other" },
    in: false,
  },
  {
    what: "an environment",
    conditions: {
      StringEquals: { aud: "sts.amazonaws.com", sub: "repo:acme@1/api@2:environment:Production%3AV1" },
    },
    run: { environment: "Production:V1", ref: "refs/heads/dev" },
    in: true,
  },
  {
    what: "another environment",
    conditions: {
      StringEquals: { aud: "sts.amazonaws.com", sub: "repo:acme@1/api@2:environment:Production%3AV1" },
    },
    run: { environment: "Production:V2" },
    in: false,
  },
  {
    what: "a pattern",
    conditions: {
      StringEquals: { aud: "sts.amazonaws.com" },
      StringLike: { sub: "repo:acme@1/api@2:ref:refs/heads/release/*" },
    },
    run: { ref: "refs/heads/release/1/2" },
    in: true,
  },
  {
    what: "a pattern under StringEquals",
    conditions: { StringEquals: { aud: "sts.amazonaws.com", sub: "repo:acme@1/api@2:ref:refs/heads/*" } },
    run: {},
    in: false,
  },
  {
    what: "a reusable workflow, with its ref",
    conditions: {
      StringEquals: {
        aud: "sts.amazonaws.com",
        sub: "repo:acme@1/api@2:ref:refs/heads/main",
        job_workflow_ref: "acme/ci/.github/workflows/x.yml@refs/heads/main",
      },
    },
    run: { jobWorkflowRef: "acme/ci/.github/workflows/x.yml@refs/heads/main" },
    in: true,
  },
  {
    what: "a reusable workflow, with another ref",
    conditions: {
      StringEquals: {
        aud: "sts.amazonaws.com",
        sub: "repo:acme@1/api@2:ref:refs/heads/main",
        job_workflow_ref: "acme/ci/.github/workflows/x.yml@refs/heads/main",
      },
    },
    run: { jobWorkflowRef: "acme/ci/.github/workflows/x.yml@refs/heads/dev" },
    in: false,
  },
  {
    what: "a subject of the repository's own template",
    repository: { template: ["repository_owner", "repository_visibility"], private: true },
    conditions: {
      StringEquals: { aud: "sts.amazonaws.com", sub: "repository_owner:acme:repository_visibility:private" },
    },
    run: { ref: "refs/heads/anything" },
    in: true,
  },
  {
    what: "a claim that the token has and AWS does not evaluate",
    conditions: {
      StringEquals: {
        aud: "sts.amazonaws.com",
        sub: "repo:acme@1/api@2:ref:refs/heads/main",
        event_name: "push",
      },
    },
    run: {},
    in: false,
  },
  {
    what: "a condition that no token can decide",
    conditions: {
      StringEquals: { aud: "sts.amazonaws.com", sub: "repo:acme@1/api@2:ref:refs/heads/main" },
      StringNotEquals: { "aws:SourceVpc": "vpc-1" },
    },
    run: {},
    in: false,
  },
];
