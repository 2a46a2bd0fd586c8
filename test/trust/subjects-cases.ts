import type { Trust } from "../../src/trust/subjects.ts";

export type Written = { what: string; prefixes?: string[]; trust: Partial<Trust>; subjects: string[] | null };

export type Names = { list: keyof Trust; accepted: string[]; refused: Record<string, string> };

export type Trusts = { what: string; trust: Partial<Trust>; pointers: string[] };

export type Templated = {
  keys: string[];
  trust: Partial<Trust>;
  subjects?: string[];
  refused?: string;
  at?: string;
};

export const table: {
  written: readonly Written[];
  names: readonly Names[];
  trusts: readonly Trusts[];
  templates: readonly Templated[];
} = {
  written: [
    { what: "a branch", trust: { branches: ["main"] }, subjects: ["@:ref:refs/heads/main"] },
    {
      what: "branches, tags, environments and pull requests, in that order",
      trust: { pullRequests: true, environments: ["prod"], tags: ["v1"], branches: ["main", "dev"] },
      subjects: [
        "@:ref:refs/heads/main",
        "@:ref:refs/heads/dev",
        "@:ref:refs/tags/v1",
        "@:environment:prod",
        "@:pull_request",
      ],
    },
    {
      what: "every prefix with every context",
      prefixes: ["repo:acme@1/api@2", "repo:acme/api"],
      trust: { branches: ["main"], tags: ["v*"] },
      subjects: [
        "repo:acme@1/api@2:ref:refs/heads/main",
        "repo:acme@1/api@2:ref:refs/tags/v*",
        "repo:acme/api:ref:refs/heads/main",
        "repo:acme/api:ref:refs/tags/v*",
      ],
    },
    { what: "all that is sent", trust: { anyRef: true }, subjects: ["@:*"] },
    { what: "colons, encoded", trust: { environments: ["a:b:c"] }, subjects: ["@:environment:a%3Ab%3Ac"] },
    {
      what: "names that look like other contexts",
      trust: {
        branches: ["pull_request", "environment"],
        environments: ["ref:refs/heads/main", "pull_request"],
      },
      subjects: [
        "@:ref:refs/heads/pull_request",
        "@:ref:refs/heads/environment",
        "@:environment:ref%3Arefs/heads/main",
        "@:environment:pull_request",
      ],
    },
    { what: "one name twice", trust: { branches: ["main", "main"] }, subjects: ["@:ref:refs/heads/main"] },
    { what: "nothing", trust: {}, subjects: null },
  ],
  names: [
    {
      list: "branches",
      accepted: [
        "main",
        "release/*",
        "*",
        "v1.2.3",
        "a@b",
        "@x",
        "feature/ABC-1_x",
        "100%",
        "a%3Ab",
        "été",
        'a"b',
        "a$b",
        "a{b}",
        "refs",
        "heads/main",
        "a'b",
        "#1",
        "a=b,c+d",
        "lock",
        "x.lockx",
      ],
      refused: {
        "refs/heads/main": "without `refs/heads/`",
        "refs/tags/v1": "without",
        "a b": "Git allows no ref",
        "a:b": "Git allows no ref",
        "a~1": "Git",
        "a^": "Git",
        "a[b": "Git",
        "a\\b": "Git",
        "a..b": "Git",
        "a@{b": "Git",
        "a//b": "Git",
        "/a": "Git",
        "a/": "Git",
        ".a": "Git",
        "a.": "Git",
        "a/.b": "Git",
        "-a": "Git",
        "@": "Git",
        "a.lock": "Git",
        "a.lock/b": "Git",
        "mai?": "any character",
        "${aws:username}": "policy variable",
        "${*}": "policy variable",
        "a${": "policy variable",
        日本: "Latin-1",
        ab̀: "Latin-1",
        "a\u0000": "control",
        "a\n": "control",
        "a": "control",
        "a": "control",
        "😀": "Latin-1",
      },
    },
    {
      list: "tags",
      accepted: ["v1", "v*", "*", "release/2026"],
      refused: { "v 1": "Git", "v?": "any character", "refs/tags/v1": "without", "${x}": "policy variable" },
    },
    {
      list: "environments",
      accepted: [
        "prod",
        "Production EU",
        "prod-*",
        "*",
        "a/b",
        "été",
        'a"b',
        "~^[",
        "refs/heads/main",
        "..",
        "-",
      ],
      refused: {
        "prod%3Av1": "Rename the environment",
        "prod:v1": "Rename the environment, without either character",
        "prod:*": "Rename the environment",
        ":": "Rename the environment",
        "100%": "can look like another",
        "%*": "can look like another",
        " prod": "space",
        "prod ": "space",
        " ": "space",
        "prod?": "any character",
        "a${b": "policy variable",
        生产: "Latin-1",
        "prod\t": "control",
      },
    },
    {
      list: "jobWorkflowRefs",
      accepted: [
        "acme/wf/.github/workflows/ci.yml@refs/heads/main",
        "acme/wf/.github/workflows/ci.yaml@refs/heads/release/*",
        "acme/.github/.github/workflows/ci.yml@refs/tags/v*",
        "acme/wf/.github/workflows/ci.yml@0123456789abcdef0123456789abcdef01234567",
        "other-org/wf/.github/workflows/a.b-c_d.yml@refs/tags/v1",
      ],
      refused: {
        "*": "OWNER/REPO",
        "acme/*": "OWNER/REPO",
        "acme/wf/.github/workflows/*@refs/heads/main": "OWNER/REPO",
        "acme/*/.github/workflows/ci.yml@refs/heads/main": "OWNER/REPO",
        "*/wf/.github/workflows/ci.yml@refs/heads/main": "OWNER/REPO",
        "acme/wf/.github/workflows/ci.yml": "OWNER/REPO",
        "acme/wf/.github/workflows/ci.yml@": "OWNER/REPO",
        "acme/wf/.github/workflows/ci.yml@*": "refs/heads/",
        "acme/wf/.github/workflows/ci.yml@main": "refs/heads/",
        "acme/wf/.github/workflows/ci.yml@refs/heads/": "refs/heads/",
        "acme/wf/.github/workflows/ci.yml@refs/*": "refs/heads/",
        "acme/wf/.github/workflows/ci.yml@0123456789abcdef0123456789abcdef0123456*": "refs/heads/",
        "acme/wf/.github/workflows/ci.yml@0123456": "refs/heads/",
        "acme/wf/.github/workflows/x/ci.yml@refs/heads/main": "OWNER/REPO",
        "acme/wf/.github/workflows/ci.sh@refs/heads/main": "OWNER/REPO",
        "acme/wf/.github/workflows/ci.yml@refs/heads/m?in": "any character",
        "acme/wf/.github/workflows/ci.yml@refs/heads/${x}": "policy variable",
        "https://github.com/acme/wf/.github/workflows/ci.yml@refs/heads/main": "OWNER/REPO",
      },
    },
  ],
  trusts: [
    { what: "nothing named", trust: {}, pointers: ["/trust"] },
    {
      what: "a reusable workflow alone: it is beside the refs",
      trust: { jobWorkflowRefs: ["acme/wf/.github/workflows/ci.yml@refs/heads/main"] },
      pointers: ["/trust"],
    },
    { what: "pull requests alone", trust: { pullRequests: true }, pointers: [] },
    { what: "all, and a branch", trust: { anyRef: true, branches: ["main"] }, pointers: ["/trust/anyRef"] },
    {
      what: "all, and pull requests",
      trust: { anyRef: true, pullRequests: true },
      pointers: ["/trust/anyRef"],
    },
    {
      what: "each fault has its pointer",
      trust: {
        branches: ["main", "a b"],
        tags: ["?"],
        environments: [" x", "ok", "%"],
        jobWorkflowRefs: ["*"],
      },
      pointers: [
        "/trust/branches/1",
        "/trust/tags/0",
        "/trust/environments/0",
        "/trust/environments/2",
        "/trust/jobWorkflowRefs/0",
      ],
    },
  ],
  templates: [
    {
      keys: ["repo", "context"],
      trust: { branches: ["main"], environments: ["a:b"], pullRequests: true },
      subjects: ["@:ref:refs/heads/main", "@:environment:a%3Ab", "@:pull_request"],
    },
    { keys: ["repository", "context"], trust: { branches: ["main"] }, subjects: ["@:ref:refs/heads/main"] },
    { keys: ["repo", "context"], trust: { anyRef: true }, subjects: ["@:*"] },
    {
      keys: ["repo", "ref"],
      trust: { branches: ["main"], tags: ["v*"] },
      subjects: ["@:ref:refs/heads/main", "@:ref:refs/tags/v*"],
    },
    { keys: ["repo", "environment"], trust: { environments: ["prod"] }, subjects: ["@:environment:prod"] },
    {
      keys: ["repository_owner", "repo", "context"],
      trust: { branches: ["main"] },
      subjects: ["repository_owner:acme:@:ref:refs/heads/main"],
    },
    {
      keys: ["repository_visibility", "repository_id", "repository_owner_id", "context"],
      trust: { branches: ["main"] },
      subjects: ["repository_visibility:private:repository_id:2:repository_owner_id:1:ref:refs/heads/main"],
    },
    {
      keys: ["repo", "context", "ref"],
      trust: { branches: ["main"] },
      subjects: ["@:ref:refs/heads/main:ref:refs/heads/main"],
    },
    {
      keys: ["repo", "context", "job_workflow_ref"],
      trust: {
        branches: ["main"],
        environments: ["prod"],
        jobWorkflowRefs: [
          "acme/wf/.github/workflows/ci.yml@refs/tags/v1",
          "acme/wf/.github/workflows/ci.yml@refs/heads/*",
        ],
      },
      subjects: [
        "@:ref:refs/heads/main:job_workflow_ref:acme/wf/.github/workflows/ci.yml@refs/tags/v1",
        "@:ref:refs/heads/main:job_workflow_ref:acme/wf/.github/workflows/ci.yml@refs/heads/*",
        "@:environment:prod:job_workflow_ref:acme/wf/.github/workflows/ci.yml@refs/tags/v1",
        "@:environment:prod:job_workflow_ref:acme/wf/.github/workflows/ci.yml@refs/heads/*",
      ],
    },
    {
      keys: ["repo", "job_workflow_ref"],
      trust: { anyRef: true, jobWorkflowRefs: ["acme/wf/.github/workflows/ci.yml@refs/tags/v1"] },
      subjects: ["@:job_workflow_ref:acme/wf/.github/workflows/ci.yml@refs/tags/v1"],
    },
    { keys: ["repo"], trust: { anyRef: true }, subjects: ["repo:acme@1/api@2"] },
    { keys: ["repository_id"], trust: { anyRef: true }, subjects: ["repository_id:2"] },
    { keys: ["repo", "ref"], trust: { anyRef: true }, subjects: ["@:ref:*"] },
    {
      keys: ["repo", "environment"],
      trust: { branches: ["main"] },
      refused: "can name only `environments` or `anyRef`",
      at: "/trust",
    },
    {
      keys: ["repo", "ref"],
      trust: { branches: ["main"], environments: ["prod"] },
      refused: "can name only `branches`, `tags` or `anyRef`",
      at: "/trust",
    },
    { keys: ["repo", "ref"], trust: { pullRequests: true }, refused: "cannot express", at: "/trust" },
    {
      keys: ["repo", "ref", "environment"],
      trust: { branches: ["main"] },
      refused: "can name only `anyRef`, because a subject holds both",
      at: "/trust",
    },
    {
      keys: ["repo"],
      trust: { branches: ["main"] },
      refused: "can name only `anyRef`, because all runs of the repository send the same subject",
      at: "/trust",
    },
    {
      keys: ["repository_owner", "repository_visibility"],
      trust: { branches: ["main"] },
      refused: "does not name the repository",
    },
    {
      keys: ["repository_owner", "context"],
      trust: { branches: ["main"] },
      refused: "does not name the repository",
    },
    {
      keys: ["repository_owner_id", "context"],
      trust: { branches: ["main"] },
      refused: "does not name the repository",
    },
    { keys: [], trust: { branches: ["main"] }, refused: "does not name the repository" },
    {
      keys: ["repo", "context", "job_workflow_ref"],
      trust: { branches: ["main"] },
      refused: "Name the reusable workflows that the jobs come from in `trust.jobWorkflowRefs`",
      at: "/trust/jobWorkflowRefs",
    },
    {
      keys: ["repo", "actor", "workflow", "context"],
      trust: { branches: ["main"] },
      refused: "actor, workflow have no known value",
    },
    {
      keys: ["repo", "context", "repo_property_team"],
      trust: { branches: ["main"] },
      refused: "repo_property_team",
    },
    { keys: ["repo", "context", "constructor"], trust: { branches: ["main"] }, refused: "constructor" },
    { keys: ["repo", "context", "__proto__"], trust: { branches: ["main"] }, refused: "__proto__" },
    {
      keys: ["repository_owner", "context", "repo"],
      trust: { branches: ["main"] },
      refused: "puts context, a claim that a workflow's author chooses, before the repository",
    },
    {
      keys: ["repository_visibility", "ref", "repository_id"],
      trust: { branches: ["main"] },
      refused: "puts ref, a claim that a workflow's author chooses, before the repository",
    },
    { keys: ["workflow", "repo", "context"], trust: { branches: ["main"] }, refused: "begins with workflow" },
    { keys: ["environment", "repo"], trust: { environments: ["prod"] }, refused: "begins with environment" },
    { keys: ["ref", "repo"], trust: { branches: ["main"] }, refused: "begins with ref" },
    { keys: ["head_ref", "repo", "context"], trust: { branches: ["main"] }, refused: "begins with head_ref" },
    { keys: ["base_ref", "repo", "context"], trust: { branches: ["main"] }, refused: "begins with base_ref" },
    { keys: ["context", "repo"], trust: { branches: ["main"] }, refused: "begins with context" },
  ],
};
