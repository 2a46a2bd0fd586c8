import type { Repository, Run } from "../../../local/github/server.ts";

export type SubjectCase = { what: string; repository: Partial<Repository>; run: Partial<Run>; sub: string };

export const subjects: readonly SubjectCase[] = [
  {
    what: "a push to the default branch, with ids",
    repository: {},
    run: {},
    sub: "repo:acme@1/api@2:ref:refs/heads/main",
  },
  {
    what: "a push to the default branch, by name",
    repository: { immutableSubject: false },
    run: {},
    sub: "repo:acme/api:ref:refs/heads/main",
  },
  {
    what: "ids that the run asks for",
    repository: { immutableSubject: false },
    run: { subjectForm: "id" },
    sub: "repo:acme@1/api@2:ref:refs/heads/main",
  },
  {
    what: "the name that the run asks for",
    repository: {},
    run: { subjectForm: "name" },
    sub: "repo:acme/api:ref:refs/heads/main",
  },
  {
    what: "a prefix that the repository declares",
    repository: { immutableSubject: false, subjectPrefix: "repo:acme@1/api@2" },
    run: {},
    sub: "repo:acme@1/api@2:ref:refs/heads/main",
  },
  {
    what: "the name that the run asks for, although the repository declares a prefix",
    repository: { subjectPrefix: "repo:acme@1/api@2" },
    run: { subjectForm: "name" },
    sub: "repo:acme/api:ref:refs/heads/main",
  },
  {
    what: "another default branch",
    repository: { defaultBranch: "trunk" },
    run: {},
    sub: "repo:acme@1/api@2:ref:refs/heads/trunk",
  },
  { what: "a tag", repository: {}, run: { ref: "refs/tags/v1" }, sub: "repo:acme@1/api@2:ref:refs/tags/v1" },
  {
    what: "an environment, which takes the place of the ref",
    repository: {},
    run: { environment: "prod" },
    sub: "repo:acme@1/api@2:environment:prod",
  },
  {
    what: "an environment, which takes the place of the pull request",
    repository: {},
    run: { event: "pull_request", environment: "prod" },
    sub: "repo:acme@1/api@2:environment:prod",
  },
  {
    what: "a colon in an environment's name",
    repository: {},
    run: { environment: "Production:V1:b" },
    sub: "repo:acme@1/api@2:environment:Production%3AV1%3Ab",
  },
  {
    what: "a pull request",
    repository: {},
    run: { event: "pull_request" },
    sub: "repo:acme@1/api@2:pull_request",
  },
  {
    what: "a pull request from a fork, as for any pull request",
    repository: {},
    run: { fork: "mallory/api" },
    sub: "repo:acme@1/api@2:pull_request",
  },
  {
    what: "pull_request_target from a fork, which has the base branch",
    repository: {},
    run: { fork: "mallory/api", event: "pull_request_target" },
    sub: "repo:acme@1/api@2:ref:refs/heads/main",
  },
  {
    what: "a run that is started by hand",
    repository: {},
    run: { event: "workflow_dispatch", ref: "refs/heads/dev" },
    sub: "repo:acme@1/api@2:ref:refs/heads/dev",
  },
  {
    what: "a template without the repository",
    repository: { template: ["repository_owner", "repository_visibility"], private: true },
    run: {},
    sub: "repository_owner:acme:repository_visibility:private",
  },
  {
    what: "a template that keeps the context, with ids",
    repository: { template: ["repo", "context", "job_workflow_ref"] },
    run: { environment: "a:b", jobWorkflowRef: "acme/ci/.github/workflows/x.yml@refs/heads/main" },
    sub: "repo:acme@1/api@2:environment:a%3Ab:job_workflow_ref:acme/ci/.github/workflows/x.yml@refs/heads/main",
  },
  {
    what: "`repository` in a template, which is written `repo`",
    repository: { template: ["repository", "environment"], immutableSubject: false },
    run: { environment: "a:b" },
    sub: "repo:acme/api:environment:a%3Ab",
  },
  {
    what: "a template with the repository's id alone",
    repository: { template: ["repository_id"] },
    run: {},
    sub: "repository_id:2",
  },
];
