import type { Repository } from "../../local/github/server.ts";
import type { FindingCode } from "../../src/trust/lint/codes.ts";

export type Row = { row: number; mistake: string; does: string; role?: string };

/**
 * A PUT and its result. In texts, `{repo}`, `{owner}`, `{id}`, `{ownerId}`, `{byId}` and `{byName}` stand for those of
 * the case's repository, which no other case uses. `gh:` stands for the issuer's prefix.
 */
export type Request = {
  row: number;
  name: string;
  given?: {
    /** The configuration of the service. */
    env?: Record<string, string>;
    /** The repository on GitHub; `hidden` if GitHub does not show it. */
    github?: "hidden" | Partial<Repository>;
    /** The repository's name on GitHub, if it differs from `{repo}`. */
    spelled?: string;
    /** The service uses an App that sees all of the owner's repositories. */
    asks?: "app";
    /** The body of an earlier PUT, for `{repo}` or for another name. */
    registered?: object;
    registeredAs?: string;
    /** A change after the earlier PUT. */
    since?: Since;
  };
  path?: string;
  rawPath?: string;
  role?: string;
  body?: object;
  refused?: { status: number; code?: string; detail?: string; errors?: Record<string, string> };
  accepted?: {
    warnings: string[];
    condition?: object;
    subjects?: string[];
    staysOut?: string[];
    workflow?: string[];
    noWorkflow?: string[];
    allows?: Record<string, string[]>;
  };
  drift?: { path: string; effect: string; remedy?: string }[];
  explains?: { sub: string; failing: string[]; remedy: string };
};

export type Since =
  | "renamed"
  | "taken"
  | Partial<Repository>
  | { statements: object[] }
  | { attached: string }
  | { inline: string };

/** A policy that someone else wrote. `sub` is short for one statement with that subject, the audience and the id. */
export type Policy = {
  row: number;
  name: string;
  sub?: string;
  pins?: Record<string, string>;
  condition?: object;
  statements?: object[];
  principal?: unknown;
  action?: unknown;
  text?: string;
  hasPush?: boolean;
  hints?: boolean;
  /** The lint must find all of these codes; it may find others. */
  finds: FindingCode[];
};

export const table: {
  rows: readonly Row[];
  requests: readonly Request[];
  policies: readonly Policy[];
} = {
  rows: [
    {
      row: 1,
      mistake:
        "No condition names the repository that the token is for. Without a condition on `sub`, all of GitHub gets in.",
      does: "Every policy has at least one bounded subject, and a trust that names nothing is refused. The lint finds a role without a subject.",
    },
    {
      row: 2,
      mistake: "An object has the same JSON key twice, and the first one is lost silently.",
      does: "Rolecall writes policies from data, so no key appears twice. The lint reads the text itself and finds the second key.",
    },
    {
      row: 3,
      mistake: "The subject is only `*`, or an empty variable left out the repository's name.",
      does: "A path cannot contain an empty name, and the repository is never a pattern. The lint finds both mistakes.",
    },
    {
      row: 4,
      mistake: "A wildcard directly behind the organisation's name lets in longer names.",
      does: "The owner is never a pattern, and a longer name is another owner. The lint finds the wildcard.",
    },
    {
      row: 5,
      mistake: "Every repository of an organisation is trusted, present and future.",
      does: "Rolecall refuses this until the operator allows it. Then it pins the owner's id and gives a warning. The lint distinguishes trust by name from trust by id.",
    },
    {
      row: 6,
      mistake: "A wildcard (also `?`) directly behind the repository's name lets in longer names.",
      does: "The repository is never a pattern, and no name contains a `?`. The lint finds the wildcard.",
    },
    {
      row: 7,
      mistake: "A wildcard replaces an id, so the ids no longer restrict anything.",
      does: "Ids are GitHub's own numbers, written in full, and none comes from the path. The lint finds such a wildcard.",
    },
    {
      row: 8,
      mistake: "`ForAllValues:` is also true for a token without the claim.",
      does: "Policies use only StringEquals and StringLike, and a body has no field for conditions. The lint finds this operator and similar ones.",
    },
    {
      row: 9,
      mistake: "No condition checks the audience.",
      does: "Each policy names the exact audience, and a body has no field for it. The lint finds an audience that is missing or a pattern.",
    },
    {
      row: 10,
      mistake: "A repository is trusted by name, and someone else can take the name.",
      does: "The repository's id is in the same statement, and someone who took the name gets 409. Without ids, Rolecall refuses the request, or gives a warning if the operator allows trust by name. The lint finds a name without an id.",
    },
    {
      row: 11,
      mistake: "The repository does not exist, so anyone who creates it gets the role.",
      does: "Rolecall refuses the request if an App that sees all of the owner's repositories finds none. Otherwise it asks for the ids, because the repository may be private.",
      role: "A policy does not show whether its repository exists.",
    },
    {
      row: 12,
      mistake: "After a rename or a transfer, tokens contain another name, although clones still work.",
      does: "The roll call reports the new name. Rolecall refuses the old path and answers with the new name. The lint finds trust by name, which would break.",
    },
    {
      row: 13,
      mistake: "Everything that a repository sends is trusted, including pull requests.",
      does: "Possible only with `anyRef`, and with push only if the operator allows it. Rolecall gives a warning, as for every branch. The lint finds it.",
    },
    {
      row: 14,
      mistake: "Pull requests may push.",
      does: "Rolecall refuses pull requests with any access except `pull`. The lint finds them on a role that can push.",
    },
    {
      row: 15,
      mistake: "A `pull_request_target` run has the base branch's ref, but may run other people's code.",
      does: "Rolecall gives a warning for every branch, unless the trust also requires a reusable workflow. No rendered workflow uses that event. The lint adds the hint on request.",
    },
    {
      row: 16,
      mistake: "An environment accepts any branch, because it has no rules.",
      does: "Rolecall gives a warning for every environment. The lint adds the hint on request, and finds a wildcard for all environments.",
    },
    {
      row: 17,
      mistake:
        "The job names an environment, but the policy names a branch. The run stays out, and someone widens the policy.",
      does: "Rolecall renders the workflow from the same trust, and an explanation says which of the two to change.",
      role: "A policy does not show what its workflows name.",
    },
    {
      row: 18,
      mistake: "A `*` under StringEquals is a plain star, so nobody gets in.",
      does: "Rolecall chooses the operator by the value. The lint finds a wildcard under StringEquals.",
    },
    {
      row: 19,
      mistake: "The name is right except for its letter case, and IAM compares letter case.",
      does: "The spelling is GitHub's: Rolecall refuses another one and answers with the right one. If GitHub hides the repository, Rolecall gives a warning. The lint finds the mistake if it knows the right spelling.",
    },
    {
      row: 20,
      mistake: "GitHub treats `Prod` and `prod` as the same environment, but IAM does not.",
      does: "Rolecall gives a warning for every environment. The lint adds the hint on request.",
    },
    {
      row: 21,
      mistake: "GitHub sends a `:` in a name as `%3A`.",
      does: "Rolecall refuses a name that contains a `:` or a `%`, because one subject would then stand for two environments; the remedy is to rename it. The lint finds a plain colon, which never matches, and an encoded one.",
    },
    {
      row: 22,
      mistake: "A customised template gives subjects another form.",
      does: "Rolecall reads the template from GitHub and follows it if every value is known; otherwise it refuses the request and shows the template. A later template is drift. While Rolecall may not read the template, it gives a warning, and refuses a pattern that subjects of another template could match. The lint finds a form that GitHub does not send by default.",
    },
    {
      row: 23,
      mistake: "The subject begins with a claim that a workflow's author chooses.",
      does: "Rolecall refuses every such template, even if the repository follows. The lint finds such a subject.",
    },
    {
      row: 24,
      mistake: "A condition that should narrow the trust is in its own statement, where it widens it.",
      does: "All conditions are in one statement. The lint finds statements that do not have the same conditions.",
    },
    {
      row: 25,
      mistake: "Every tag is trusted, but a tag can point to any commit.",
      does: "Rolecall gives a warning. The lint finds it.",
    },
    {
      row: 26,
      mistake: "IAM reads `${…}` in a name as a policy variable.",
      does: "Rolecall refuses it in every list. The lint finds a variable.",
    },
    {
      row: 27,
      mistake: "Someone other than GitHub also gets in: an account, another provider, another action.",
      does: "A policy of Rolecall has one principal and one action. Everything added to it is drift that widens access. The lint finds it.",
    },
    {
      row: 28,
      mistake: "The policy is longer than the account's quota.",
      does: "Rolecall refuses it before it writes anything, and names both numbers.",
      role: "A policy that AWS already has was not too long.",
    },
    {
      row: 29,
      mistake: "A pipeline may do everything in ECR, or in the account.",
      does: "Access is push, pull or both, to repositories by name. A policy that someone attaches is drift that widens access.",
      role: "This is not part of the trust policy; the drift check finds it on registered roles.",
    },
    {
      row: 30,
      mistake:
        "A policy cannot contain a name, the name is too long, or folding makes it equal to another name.",
      does: "Rolecall refuses such a name. If two names fold into one, the second gets 409.",
      role: "AWS accepts no such policy.",
    },
  ],
  requests: [
    {
      row: 1,
      name: "a trust that names nothing is refused",
      body: { trust: {} },
      refused: { status: 422, errors: { "/trust": "names no branch, tag or environment" } },
    },
    {
      row: 1,
      name: "empty lists are refused",
      body: { trust: { branches: [], tags: [], environments: [], jobWorkflowRefs: [] } },
      refused: { status: 422, errors: { "/trust": "names no branch" } },
    },
    {
      row: 1,
      name: "a trust in only a reusable workflow is refused, because every repository may call it",
      body: { trust: { jobWorkflowRefs: ["acme/wf/.github/workflows/ci.yml@refs/heads/main"] } },
      refused: { status: 422, errors: { "/trust": "names no branch" } },
    },
    {
      row: 2,
      name: "a written policy contains each key once",
      body: {
        trust: {
          branches: ["main"],
          tags: ["v*"],
          jobWorkflowRefs: ["acme/wf/.github/workflows/ci.yml@refs/heads/main"],
        },
      },
      accepted: {
        warnings: [],
        condition: {
          StringEquals: {
            "gh:aud": "sts.amazonaws.com",
            "gh:repository_id": "{id}",
            "gh:job_workflow_ref": ["acme/wf/.github/workflows/ci.yml@refs/heads/main"],
          },
          StringLike: { "gh:sub": ["{byId}:ref:refs/heads/main", "{byId}:ref:refs/tags/v*"] },
        },
      },
    },
    {
      row: 3,
      name: "an empty repository has no path",
      rawPath: "/v1/repos/acme//roles/publish",
      refused: { status: 400, code: "path-not-canonical" },
    },
    {
      row: 3,
      name: "an empty branch is refused",
      body: { trust: { branches: [""] } },
      refused: { status: 422, errors: { "/trust/branches/0": "" } },
    },
    {
      row: 3,
      name: "a body has no field for a subject",
      body: { trust: { subjects: ["*"] } },
      refused: { status: 422, errors: { "/trust/subjects": "knows no such field" } },
    },
    {
      row: 4,
      name: "an owner with a wildcard is refused",
      path: "/v1/repos/acme*/api/roles/publish",
      refused: { status: 422, errors: { "/owner": "" } },
    },
    {
      row: 4,
      name: "an owner with a longer name is another owner",
      path: "/v1/repos/acme-evil/api/roles/publish",
      refused: { status: 403, code: "owner-not-allowed" },
    },
    {
      row: 5,
      name: "a whole owner is refused unless the operator allows it",
      path: "/v1/repos/acme/*/roles/publish",
      body: { ecr: [], trust: { branches: ["main"] } },
      refused: { status: 422, errors: { "/repo": "present and future.*ROLECALL_ALLOW=owner-wide" } },
    },
    {
      row: 5,
      name: "a whole owner is pinned to the owner's id, with a warning",
      given: { env: { ROLECALL_ALLOW: "owner-wide" } },
      path: "/v1/repos/acme/*/roles/wide",
      body: { ecr: [], trust: { branches: ["main"] }, github: { ownerId: 1 } },
      accepted: {
        warnings: ["github-not-asked", "hint-pull-request-target", "owner-wide", "template-not-read"],
        condition: {
          StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository_owner_id": "1" },
          StringLike: { "gh:sub": ["repo:acme@1/*:ref:refs/heads/main", "repo:acme/*:ref:refs/heads/main"] },
        },
      },
    },
    {
      row: 5,
      name: "a whole owner names its ECR repositories",
      given: { env: { ROLECALL_ALLOW: "owner-wide" } },
      path: "/v1/repos/acme/*/roles/wide",
      body: { trust: { branches: ["main"] }, github: { ownerId: 1 } },
      refused: { status: 422, errors: { "/ecr": "no default" } },
    },
    {
      row: 5,
      name: "a whole owner gets only ECR repositories that the operator has granted",
      given: { env: { ROLECALL_ALLOW: "owner-wide" } },
      path: "/v1/repos/acme/*/roles/wide",
      body: { trust: { branches: ["main"] }, ecr: [{ repository: "acme/api" }], github: { ownerId: 1 } },
      refused: { status: 422, errors: { "/ecr/0/repository": "ROLECALL_ECR_GRANTS" } },
    },
    {
      row: 5,
      name: "a whole owner without an id is refused",
      given: { env: { ROLECALL_ALLOW: "owner-wide" } },
      path: "/v1/repos/acme/*/roles/wide",
      body: { ecr: [], trust: { branches: ["main"] } },
      refused: { status: 422, errors: { "/owner": "github.ownerId" } },
    },
    {
      row: 5,
      name: "a whole owner on a server without ids is refused",
      given: {
        env: {
          ROLECALL_ALLOW: "owner-wide,name-only",
          ROLECALL_ISSUERS: "https://github.acme.example/_services/token",
        },
      },
      path: "/v1/repos/acme/*/roles/wide",
      body: { ecr: [], trust: { branches: ["main"] }, github: { ownerId: 1 } },
      refused: { status: 422, errors: { "/repo": "cannot be held to its owner" } },
    },
    {
      row: 5,
      name: "pull requests of a whole owner are refused, because an environment can have that name",
      given: { env: { ROLECALL_ALLOW: "owner-wide" } },
      path: "/v1/repos/acme/*/roles/wide",
      body: { ecr: [], trust: { pullRequests: true }, github: { ownerId: 1 } },
      refused: { status: 422, errors: { "/trust/pullRequests": "also matches a colon" } },
    },
    {
      row: 6,
      name: "a repository with a wildcard is refused",
      path: "/v1/repos/acme/api*/roles/publish",
      refused: { status: 422, errors: { "/repo": "" } },
    },
    {
      row: 6,
      name: "a repository with an encoded ? is refused",
      rawPath: "/v1/repos/acme/ap%3F/roles/publish",
      refused: { status: 400, code: "path-not-canonical" },
    },
    {
      row: 6,
      name: "a ? in any name is refused",
      body: { trust: { branches: ["mai?"], tags: ["v?"], environments: ["pro?"] } },
      refused: {
        status: 422,
        errors: {
          "/trust/branches/0": "any character",
          "/trust/tags/0": "any character",
          "/trust/environments/0": "any character",
        },
      },
    },
    {
      row: 7,
      name: "no id comes from the path",
      path: "/v1/repos/acme@1/api@2/roles/publish",
      refused: { status: 422, errors: { "/owner": "", "/repo": "" } },
    },
    {
      row: 7,
      name: "ids that contradict GitHub's are refused",
      body: { github: { repositoryId: 1, ownerId: 2 } },
      refused: {
        status: 422,
        errors: { "/github/repositoryId": "GitHub says that it is {id}", "/github/ownerId": "{ownerId}" },
      },
    },
    {
      row: 7,
      name: "the subject contains the ids in full",
      body: { trust: { branches: ["*"] } },
      accepted: {
        warnings: ["any-branch", "hint-pull-request-target"],
        subjects: ["repo:{owner}@{ownerId}/{repo}@{id}:ref:refs/heads/*"],
      },
    },
    {
      row: 8,
      name: "a body has no field for conditions",
      body: { trust: { branches: ["main"], condition: { "ForAllValues:StringEquals": {} } } },
      refused: { status: 422, errors: { "/trust/condition": "knows no such field" } },
    },
    {
      row: 9,
      name: "a body has no field for an audience",
      body: { audience: "*", trust: { branches: ["main"], aud: "*" } },
      refused: { status: 422, errors: { "/audience": "no such field", "/trust/aud": "no such field" } },
    },
    {
      row: 9,
      name: "the audience is exact",
      accepted: {
        warnings: ["hint-pull-request-target"],
        condition: {
          StringEquals: {
            "gh:aud": "sts.amazonaws.com",
            "gh:repository_id": "{id}",
            "gh:sub": ["{byId}:ref:refs/heads/main"],
          },
        },
      },
    },
    {
      row: 10,
      name: "the id is pinned with either form of the subject",
      given: { github: { immutableSubject: false } },
      accepted: {
        warnings: ["hint-pull-request-target"],
        condition: {
          StringEquals: {
            "gh:aud": "sts.amazonaws.com",
            "gh:repository_id": "{id}",
            "gh:sub": ["{byName}:ref:refs/heads/main"],
          },
        },
      },
    },
    {
      row: 10,
      name: "the owner's id is also pinned if the operator asks for it",
      given: { env: { ROLECALL_PIN_OWNER_ID: "true" } },
      accepted: {
        warnings: ["hint-pull-request-target"],
        condition: {
          StringEquals: {
            "gh:aud": "sts.amazonaws.com",
            "gh:repository_id": "{id}",
            "gh:repository_owner_id": "{ownerId}",
            "gh:sub": ["{byId}:ref:refs/heads/main"],
          },
        },
      },
    },
    {
      row: 10,
      name: "someone who has taken the name gets 409",
      given: { registered: {}, since: "taken" },
      refused: { status: 409, code: "repository-replaced", detail: "release its reservation" },
    },
    {
      row: 10,
      name: "someone who has taken the name also gets 409 for another role",
      given: { registered: {}, since: "taken" },
      role: "deploy",
      refused: { status: 409, code: "repository-replaced" },
    },
    {
      row: 10,
      name: "a name without ids is refused",
      given: { github: "hidden" },
      refused: { status: 422, errors: { "/repo": "give both of its ids" } },
    },
    {
      row: 10,
      name: "one id of the two is not enough",
      given: { github: "hidden" },
      body: { github: { repositoryId: 2 } },
      refused: { status: 422, errors: { "/repo": "give both of its ids" } },
    },
    {
      row: 10,
      name: "one id of the two is kept if names are allowed",
      given: { github: "hidden", env: { ROLECALL_ALLOW: "name-only" } },
      body: { github: { repositoryId: 2 } },
      refused: { status: 422, errors: { "/github/repositoryId": "give both of its ids, or neither" } },
    },
    {
      row: 10,
      name: "a name without ids gives a warning if the operator allows it",
      given: { github: "hidden", env: { ROLECALL_ALLOW: "name-only" } },
      accepted: {
        warnings: ["github-not-asked", "hint-pull-request-target", "name-only", "template-not-read"],
        condition: {
          StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:sub": ["{byName}:ref:refs/heads/main"] },
        },
      },
    },
    {
      row: 10,
      name: "the ids that the caller gives are pinned, with both forms of the subject",
      given: { github: "hidden" },
      body: { github: { repositoryId: 2, ownerId: 1 } },
      accepted: {
        warnings: ["github-not-asked", "hint-pull-request-target", "template-not-read"],
        condition: {
          StringEquals: {
            "gh:aud": "sts.amazonaws.com",
            "gh:repository_id": "2",
            "gh:sub": ["repo:acme@1/{repo}@2:ref:refs/heads/main", "{byName}:ref:refs/heads/main"],
          },
        },
      },
    },
    {
      row: 11,
      name: "a repository that does not exist is refused",
      given: { github: "hidden", asks: "app" },
      body: { github: { repositoryId: 2, ownerId: 1 } },
      refused: { status: 422, errors: { "/repo": "GitHub has no repository .*whoever created it" } },
    },
    {
      row: 11,
      name: "Rolecall asks for the ids of a repository that may be private",
      given: { github: "hidden" },
      refused: { status: 422, errors: { "/repo": "If it is private, give both of its ids" } },
    },
    {
      row: 12,
      name: "a rename is drift, with the new name",
      given: { registered: {}, since: "renamed" },
      drift: [{ path: "/full_name", effect: "narrows", remedy: "register it as acme/{repo}-new" }],
    },
    {
      row: 12,
      name: "a name taken by another repository is also drift",
      given: { registered: {}, since: "taken" },
      drift: [{ path: "/id", effect: "none", remedy: "stays shut out" }],
    },
    {
      row: 12,
      name: "the old name is refused, and the answer names the new one",
      given: { registered: {}, since: "renamed" },
      refused: { status: 422, errors: { "/repo": "GitHub spells it acme/{repo}-new" } },
    },
    {
      row: 13,
      name: "trust in everything that is sent may not push",
      body: { trust: { anyRef: true } },
      refused: { status: 422, errors: { "/trust/anyRef": "ROLECALL_ALLOW=any-ref" } },
    },
    {
      row: 13,
      name: "trust in everything that is sent gives a warning with access pull",
      body: { trust: { anyRef: true }, ecr: [{ repository: "acme/{repo}", access: "pull" }] },
      accepted: { warnings: ["any-ref"], subjects: ["{byId}:*"] },
    },
    {
      row: 13,
      name: "trust in everything that is sent gives a warning if the operator allows it to push",
      given: { env: { ROLECALL_ALLOW: "any-ref" } },
      body: { trust: { anyRef: true } },
      accepted: { warnings: ["any-ref"], subjects: ["{byId}:*"] },
    },
    {
      row: 13,
      name: "trust in every branch gives a warning, and includes no tag, environment or pull request",
      body: { trust: { branches: ["*"] } },
      accepted: {
        warnings: ["any-branch", "hint-pull-request-target"],
        subjects: ["{byId}:ref:refs/heads/*"],
        staysOut: ["{byId}:ref:refs/tags/any-tag", "{byId}:environment:any", "{byId}:pull_request"],
      },
    },
    {
      row: 14,
      name: "pull requests may not push",
      body: { trust: { pullRequests: true } },
      refused: { status: 422, errors: { "/trust/pullRequests": "may not push" } },
    },
    {
      row: 14,
      name: "pull requests may not push with access `both` either",
      body: { trust: { pullRequests: true }, ecr: [{ repository: "acme/{repo}", access: "both" }] },
      refused: { status: 422, errors: { "/trust/pullRequests": "may not push" } },
    },
    {
      row: 14,
      name: "pull requests may pull",
      body: { trust: { pullRequests: true }, ecr: [{ repository: "acme/{repo}", access: "pull" }] },
      accepted: { warnings: [], subjects: ["{byId}:pull_request"] },
    },
    {
      row: 15,
      name: "a branch gives a warning, and the workflow has no pull_request_target",
      accepted: { warnings: ["hint-pull-request-target"], workflow: ["push:"], noWorkflow: ["pull_request"] },
    },
    {
      row: 15,
      name: "a branch with a required reusable workflow gives no such warning",
      body: {
        trust: { branches: ["main"], jobWorkflowRefs: ["acme/wf/.github/workflows/ci.yml@refs/heads/main"] },
      },
      accepted: {
        warnings: [],
        condition: {
          StringEquals: {
            "gh:aud": "sts.amazonaws.com",
            "gh:repository_id": "{id}",
            "gh:sub": ["{byId}:ref:refs/heads/main"],
            "gh:job_workflow_ref": ["acme/wf/.github/workflows/ci.yml@refs/heads/main"],
          },
        },
      },
    },
    {
      row: 16,
      name: "an environment gives a warning about its rules",
      body: { trust: { environments: ["prod"] } },
      accepted: {
        warnings: ["hint-environment-case", "hint-environment-rules"],
        subjects: ["{byId}:environment:prod"],
      },
    },
    {
      row: 16,
      name: "trust in every environment gives a warning",
      body: { trust: { environments: ["*"] } },
      accepted: { warnings: ["any-environment", "hint-environment-case", "hint-environment-rules"] },
    },
    {
      row: 17,
      name: "the workflow names the trusted environment",
      body: { trust: { environments: ["prod"] } },
      accepted: {
        warnings: ["hint-environment-case", "hint-environment-rules"],
        workflow: ['environment: "?prod"?\\n'],
      },
    },
    {
      row: 17,
      name: "an explanation says which of the two to change",
      given: { registered: {} },
      explains: {
        sub: "{byId}:environment:prod",
        failing: ["sub"],
        remedy:
          "names the environment prod.*Add prod to `trust.environments`, or remove `environment:` from the job",
      },
    },
    {
      row: 18,
      name: "the value decides the operator",
      body: {
        trust: { branches: ["main"], jobWorkflowRefs: ["acme/wf/.github/workflows/ci.yml@refs/heads/*"] },
      },
      accepted: {
        warnings: ["pin-any-ref"],
        condition: {
          StringEquals: {
            "gh:aud": "sts.amazonaws.com",
            "gh:repository_id": "{id}",
            "gh:sub": ["{byId}:ref:refs/heads/main"],
          },
          StringLike: { "gh:job_workflow_ref": ["acme/wf/.github/workflows/ci.yml@refs/heads/*"] },
        },
      },
    },
    {
      row: 19,
      name: "another letter case is refused, and the answer gives the right one",
      given: { spelled: "API-{repo}" },
      path: "/v1/repos/acme/api-{repo}/roles/publish",
      refused: { status: 422, errors: { "/repo": "GitHub spells it acme/API-{repo}" } },
    },
    {
      row: 19,
      name: "another letter case of the owner is also refused",
      path: "/v1/repos/ACME/{repo}/roles/publish",
      refused: { status: 422, errors: { "/owner": "GitHub spells it acme/{repo}" } },
    },
    {
      row: 19,
      name: "the subject has GitHub's spelling",
      given: { spelled: "API-{repo}" },
      path: "/v1/repos/acme/API-{repo}/roles/publish",
      accepted: {
        warnings: ["hint-pull-request-target"],
        subjects: ["repo:acme@{ownerId}/API-{repo}@{id}:ref:refs/heads/main"],
      },
    },
    {
      row: 19,
      name: "a spelling that GitHub does not confirm gives a warning",
      given: { github: "hidden" },
      body: { github: { repositoryId: 2, ownerId: 1 } },
      accepted: { warnings: ["github-not-asked", "hint-pull-request-target", "template-not-read"] },
    },
    {
      row: 20,
      name: "an environment gives a warning about its letter case",
      body: { trust: { environments: ["Prod"] } },
      accepted: {
        warnings: ["hint-environment-case", "hint-environment-rules"],
        subjects: ["{byId}:environment:Prod"],
      },
    },
    {
      row: 21,
      name: "a name with a colon is refused, with the remedy to rename it",
      body: { trust: { environments: ["production", "Production:V1"] } },
      refused: {
        status: 422,
        errors: { "/trust/environments/1": "sends a `:` as `%3A`.*Rename the environment" },
      },
    },
    {
      row: 21,
      name: "a name that is already encoded is refused",
      body: { trust: { environments: ["Production%3AV1"] } },
      refused: {
        status: 422,
        errors: { "/trust/environments/0": "Rename the environment, without either character" },
      },
    },
    {
      row: 21,
      name: "an explanation of a job in such an environment says to rename it",
      given: { registered: { trust: { environments: ["prod"] } } },
      explains: {
        sub: "{byId}:environment:prod%3Aeu",
        failing: ["sub"],
        remedy: "environment prod:eu.*Rename the environment.*add the new name to",
      },
    },
    {
      row: 22,
      name: "a template with known values is followed",
      given: {
        github: { template: ["repository_owner", "repo", "context", "repository_visibility"], private: true },
      },
      accepted: {
        warnings: ["hint-pull-request-target"],
        subjects: ["repository_owner:acme:{byId}:ref:refs/heads/main:repository_visibility:private"],
      },
    },
    {
      row: 22,
      name: "a template with unknown values is refused, and the answer shows it",
      given: { github: { template: ["repo", "context", "actor"] } },
      refused: {
        status: 422,
        errors: { "/repo": '\\["repo","context","actor"\\].*actor has no known value' },
      },
    },
    {
      row: 22,
      name: "a template with the reusable workflow asks for the workflows that the jobs come from",
      given: { github: { template: ["repo", "context", "job_workflow_ref"] } },
      refused: {
        status: 422,
        errors: { "/trust/jobWorkflowRefs": "Name the reusable workflows that the jobs come from" },
      },
    },
    {
      row: 22,
      name: "a template with the reusable workflow is followed, with every context and every pinned workflow",
      given: { github: { template: ["repo", "context", "job_workflow_ref"] } },
      body: {
        trust: {
          branches: ["main"],
          jobWorkflowRefs: ["acme/automation/.github/workflows/build.yml@refs/tags/v1"],
        },
      },
      accepted: {
        warnings: [],
        subjects: [
          "{byId}:ref:refs/heads/main:job_workflow_ref:acme/automation/.github/workflows/build.yml@refs/tags/v1",
        ],
      },
    },
    {
      row: 22,
      name: "a template with the repository alone is followed where every run is trusted",
      given: { github: { template: ["repo"] } },
      body: { trust: { anyRef: true }, ecr: [] },
      accepted: { warnings: ["any-ref"], subjects: ["{byId}"] },
    },
    {
      row: 22,
      name: "a template that does not name the repository is refused",
      given: { github: { template: ["repository_owner", "repository_visibility"] } },
      refused: { status: 422, errors: { "/repo": "does not name the repository" } },
    },
    {
      row: 22,
      name: "a template that cannot be read gives a warning",
      given: { github: { hidesTemplate: true } },
      body: { trust: { branches: ["release/*"] } },
      accepted: {
        warnings: ["hint-pull-request-target", "template-not-read"],
        subjects: ["{byId}:ref:refs/heads/release/*", "{byName}:ref:refs/heads/release/*"],
      },
    },
    {
      row: 22,
      name: "a branch with a wildcard that is not at the end is refused while the template is unknown",
      given: { github: { hidesTemplate: true } },
      body: { trust: { branches: ["main", "*-release"] } },
      refused: {
        status: 422,
        errors: {
          "/trust/branches/1":
            "not read the repository's subject template.*\\*-release could match.*ROLECALL_GITHUB_SECRET",
        },
      },
    },
    {
      row: 22,
      name: "a tag and an environment with such a wildcard are also refused",
      given: { github: { hidesTemplate: true } },
      body: { trust: { tags: ["v*-rc", "v*"], environments: ["*-eu", "prod-*", "a*b*"] } },
      refused: {
        status: 422,
        errors: {
          "/trust/tags/0": "v\\*-rc could match",
          "/trust/environments/0": "\\*-eu could match",
          "/trust/environments/2": "a\\*b\\* could match",
        },
      },
    },
    {
      row: 22,
      name: "such a wildcard is refused if only the caller's ids are known",
      given: { github: "hidden" },
      body: { github: { repositoryId: 2, ownerId: 1 }, trust: { branches: ["*-release"] } },
      refused: { status: 422, errors: { "/trust/branches/0": "\\*-release could match" } },
    },
    {
      row: 22,
      name: "such a wildcard is refused for a whole owner, whose repositories may each have a template",
      given: { env: { ROLECALL_ALLOW: "owner-wide" } },
      path: "/v1/repos/acme/*/roles/{repo}",
      body: { trust: { branches: ["*-release"] }, ecr: [], github: { ownerId: 1 } },
      refused: { status: 422, errors: { "/trust/branches/0": "Each repository of the owner" } },
    },
    {
      row: 22,
      name: "such a wildcard is accepted if the template is known",
      body: { trust: { branches: ["*-release"] } },
      accepted: { warnings: ["hint-pull-request-target"], subjects: ["{byId}:ref:refs/heads/*-release"] },
    },
    {
      row: 22,
      name: "trust in every environment is refused while the template is unknown, because an empty one would match",
      given: { github: { hidesTemplate: true } },
      body: { trust: { environments: ["*"] } },
      refused: {
        status: 422,
        errors: { "/trust/environments/0": "a job without one sends an empty value, which \\* matches" },
      },
    },
    {
      row: 22,
      name: "trust in every environment is refused if the template names the environment",
      given: { github: { template: ["repo", "environment"] } },
      body: { trust: { environments: ["prod", "**"] } },
      refused: {
        status: 422,
        errors: { "/trust/environments/1": '\\["repo","environment"\\].*which \\*\\* matches' },
      },
    },
    {
      row: 22,
      name: "a template that becomes visible later is drift",
      given: {
        github: { hidesTemplate: true },
        registered: { trust: { branches: ["release/*"] } },
        since: { hidesTemplate: false, template: ["repo", "ref", "environment"] },
      },
      drift: [{ path: "/include_claim_keys", effect: "narrows", remedy: "repeat the PUT" }],
    },
    {
      row: 22,
      name: "a template that comes later is drift",
      given: { registered: {}, since: { template: ["repo", "context", "repository_visibility"] } },
      drift: [{ path: "/include_claim_keys", effect: "narrows", remedy: "repeat the PUT" }],
    },
    {
      row: 22,
      name: "subjects with ids that come later are drift",
      given: { github: { immutableSubject: false }, registered: {}, since: { immutableSubject: true } },
      drift: [{ path: "/sub_claim_prefix", effect: "narrows", remedy: "repeat the PUT" }],
    },
    {
      row: 23,
      name: "a template that begins with `workflow` is refused",
      given: { github: { template: ["workflow", "repo", "context"] } },
      refused: { status: 422, errors: { "/repo": "begins with workflow" } },
    },
    {
      row: 23,
      name: "a template that begins with `environment` is refused",
      given: { github: { template: ["environment", "repo"] } },
      body: { trust: { environments: ["prod"] } },
      refused: { status: 422, errors: { "/repo": "begins with environment" } },
    },
    {
      row: 23,
      name: "a template that begins with `ref` is refused",
      given: { github: { template: ["ref", "repo"] } },
      refused: { status: 422, errors: { "/repo": "begins with ref" } },
    },
    {
      row: 23,
      name: "a template that begins with `head_ref` is refused",
      given: { github: { template: ["head_ref", "repo", "context"] } },
      refused: { status: 422, errors: { "/repo": "begins with head_ref" } },
    },
    {
      row: 23,
      name: "a template that begins with `base_ref` is refused",
      given: { github: { template: ["base_ref", "repo", "context"] } },
      refused: { status: 422, errors: { "/repo": "begins with base_ref" } },
    },
    {
      row: 23,
      name: "a template that begins with `context` is refused",
      given: { github: { template: ["context", "repo"] } },
      refused: { status: 422, errors: { "/repo": "begins with context" } },
    },
    {
      row: 23,
      name: "a template with a chosen claim before the repository is refused",
      given: { github: { template: ["repository_owner", "context", "repo"] } },
      refused: { status: 422, errors: { "/repo": "puts context, .*before the repository" } },
    },
    {
      row: 24,
      name: "one statement contains all conditions",
      body: {
        ecr: [],
        trust: {
          branches: ["main"],
          tags: ["v*"],
          environments: ["prod"],
          pullRequests: true,
          jobWorkflowRefs: ["acme/wf/.github/workflows/ci.yml@refs/heads/main"],
        },
      },
      accepted: {
        warnings: ["environment-or-ref", "hint-environment-case", "hint-environment-rules"],
        condition: {
          StringEquals: {
            "gh:aud": "sts.amazonaws.com",
            "gh:repository_id": "{id}",
            "gh:job_workflow_ref": ["acme/wf/.github/workflows/ci.yml@refs/heads/main"],
          },
          StringLike: {
            "gh:sub": [
              "{byId}:ref:refs/heads/main",
              "{byId}:ref:refs/tags/v*",
              "{byId}:environment:prod",
              "{byId}:pull_request",
            ],
          },
        },
      },
    },
    {
      row: 25,
      name: "trust in every tag gives a warning",
      body: { trust: { tags: ["*"] } },
      accepted: { warnings: ["any-tag"], subjects: ["{byId}:ref:refs/tags/*"] },
    },
    {
      row: 26,
      name: "a policy variable is refused in every list",
      body: {
        trust: {
          branches: ["${aws:username}"],
          tags: ["v${*}"],
          environments: ["${gh:sub}"],
          jobWorkflowRefs: ["acme/wf/.github/workflows/ci.yml@refs/heads/${x}"],
        },
      },
      refused: {
        status: 422,
        errors: {
          "/trust/branches/0": "policy variable",
          "/trust/tags/0": "policy variable",
          "/trust/environments/0": "policy variable",
          "/trust/jobWorkflowRefs/0": "policy variable",
        },
      },
    },
    {
      row: 27,
      name: "a body has no field for principals",
      body: { trust: { branches: ["main"], principals: ["*"] } },
      refused: { status: 422, errors: { "/trust/principals": "knows no such field" } },
    },
    {
      row: 27,
      name: "another account beside GitHub is drift that widens",
      given: {
        registered: {},
        since: {
          statements: [
            {
              Effect: "Allow",
              Principal: { AWS: "arn:aws:iam::210987654321:root" },
              Action: "sts:AssumeRole",
            },
          ],
        },
      },
      drift: [{ path: "/trustPolicy", effect: "widens" }],
    },
    {
      row: 27,
      name: "a second provider is drift that widens",
      given: {
        registered: {},
        since: {
          statements: [
            {
              Effect: "Allow",
              Principal: { Federated: "accounts.google.com" },
              Action: "sts:AssumeRoleWithWebIdentity",
              Condition: { StringEquals: { "accounts.google.com:aud": "1" } },
            },
          ],
        },
      },
      drift: [{ path: "/trustPolicy", effect: "widens" }],
    },
    {
      row: 28,
      name: "a policy that is too long is refused, with both numbers",
      body: {
        trust: {
          branches: [
            "release/a-rather-long-name-of-a-branch-that-somebody-has-made-up-for-a-test-of-the-quota-01",
            "release/a-rather-long-name-of-a-branch-that-somebody-has-made-up-for-a-test-of-the-quota-02",
            "release/a-rather-long-name-of-a-branch-that-somebody-has-made-up-for-a-test-of-the-quota-03",
            "release/a-rather-long-name-of-a-branch-that-somebody-has-made-up-for-a-test-of-the-quota-04",
            "release/a-rather-long-name-of-a-branch-that-somebody-has-made-up-for-a-test-of-the-quota-05",
            "release/a-rather-long-name-of-a-branch-that-somebody-has-made-up-for-a-test-of-the-quota-06",
            "release/a-rather-long-name-of-a-branch-that-somebody-has-made-up-for-a-test-of-the-quota-07",
            "release/a-rather-long-name-of-a-branch-that-somebody-has-made-up-for-a-test-of-the-quota-08",
            "release/a-rather-long-name-of-a-branch-that-somebody-has-made-up-for-a-test-of-the-quota-09",
            "release/a-rather-long-name-of-a-branch-that-somebody-has-made-up-for-a-test-of-the-quota-10",
            "release/a-rather-long-name-of-a-branch-that-somebody-has-made-up-for-a-test-of-the-quota-11",
            "release/a-rather-long-name-of-a-branch-that-somebody-has-made-up-for-a-test-of-the-quota-12",
          ],
        },
      },
      refused: {
        status: 422,
        errors: { "/trust": "would have 2\\d\\d\\d characters, and the account's quota is 2048" },
      },
    },
    {
      row: 29,
      name: "the only kinds of access are push, pull and both",
      body: { ecr: [{ repository: "acme/{repo}", access: "admin" }] },
      refused: { status: 422, errors: { "/ecr/0/access": "push, pull, both" } },
    },
    {
      row: 29,
      name: "a pattern is refused as an ECR repository",
      body: { ecr: [{ repository: "*" }] },
      refused: { status: 422, errors: { "/ecr/0/repository": "" } },
    },
    {
      row: 29,
      name: "another namespace is refused",
      body: { ecr: [{ repository: "globex/{repo}" }] },
      refused: { status: 422, errors: { "/ecr/0/repository": "ROLECALL_ECR_GRANTS" } },
    },
    {
      row: 29,
      name: "push allows only the images of one repository",
      accepted: {
        warnings: ["hint-pull-request-target"],
        allows: {
          "*": ["ecr:GetAuthorizationToken"],
          "repository/acme/{repo}": [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:CompleteLayerUpload",
            "ecr:InitiateLayerUpload",
            "ecr:PutImage",
            "ecr:UploadLayerPart",
          ],
        },
      },
    },
    {
      row: 29,
      name: "an attached administrator's policy is drift that widens",
      given: { registered: {}, since: { attached: "arn:aws:iam::aws:policy/AdministratorAccess" } },
      drift: [{ path: "/attachedPolicies/arn:aws:iam::aws:policy~1AdministratorAccess", effect: "widens" }],
    },
    {
      row: 29,
      name: "an inline policy for all of ECR is drift that widens",
      given: { registered: {}, since: { inline: "ecr:*" } },
      drift: [{ path: "/inlinePolicies/extra", effect: "widens" }],
    },
    {
      row: 30,
      name: "letters that a policy cannot contain are refused",
      body: { trust: { branches: ["日本"], environments: ["生产"] } },
      refused: {
        status: 422,
        errors: { "/trust/branches/0": "Latin-1", "/trust/environments/0": "Latin-1" },
      },
    },
    {
      row: 30,
      name: "a control character is refused",
      body: { trust: { environments: ["prod\u0007"] } },
      refused: { status: 422, errors: { "/trust/environments/0": "control character" } },
    },
    {
      row: 30,
      name: "a name that is too long for GitHub is refused",
      path: "/v1/repos/acme/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/roles/publish",
      refused: { status: 422, errors: { "/repo": "" } },
    },
    {
      row: 30,
      name: "the second of two names that fold into one gets 409",
      given: { spelled: "{repo}-.x", registeredAs: "{repo}-x" },
      path: "/v1/repos/acme/{repo}-.x/roles/publish",
      refused: { status: 409, code: "ecr-claimed" },
    },
  ],
  policies: [
    {
      row: 1,
      name: "only the audience",
      condition: { StringEquals: { "gh:aud": "sts.amazonaws.com" } },
      finds: ["sub-missing"],
    },
    { row: 1, name: "no condition at all", condition: {}, finds: ["aud-missing", "sub-missing"] },
    {
      row: 1,
      name: "a subject that is only excluded",
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringNotLike: { "gh:sub": "repo:evil/*" },
      },
      finds: ["negated-condition", "sub-missing"],
    },
    {
      row: 1,
      name: "a claim that AWS does not evaluate",
      condition: { StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository_owner": "acme" } },
      finds: ["key-not-evaluated"],
    },
    {
      row: 2,
      name: "StringLike twice: the subject is gone",
      text: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"{provider}"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringLike":{"gh:sub":"repo:acme/api:*"},"StringLike":{"gh:aud":"sts.amazonaws.com"}}}}',
      finds: ["duplicate-key", "sub-missing"],
    },
    { row: 3, name: "any subject", sub: "*", finds: ["sub-any"] },
    { row: 3, name: "an empty repository", sub: "repo::*", finds: ["sub-empty-repository"] },
    { row: 3, name: "an empty name behind the owner", sub: "repo:acme/:*", finds: ["sub-empty-repository"] },
    {
      row: 4,
      name: "a wildcard directly behind the owner",
      sub: "repo:acme*",
      finds: ["owner-wildcard"],
      pins: {},
    },
    {
      row: 4,
      name: "a wildcard directly behind the owner, then a repository",
      sub: "repo:acme*/api:ref:refs/heads/main",
      finds: ["owner-wildcard"],
      pins: {},
    },
    {
      row: 5,
      name: "all repositories of an owner, by name",
      sub: "repo:acme/*",
      finds: ["owner-wide-by-name"],
      pins: {},
    },
    {
      row: 5,
      name: "all repositories of an owner, by id",
      sub: "repo:acme/*",
      pins: { repository_owner_id: "1" },
      finds: ["owner-wide"],
    },
    {
      row: 6,
      name: "a wildcard directly behind the repository",
      sub: "repo:acme/api*",
      finds: ["repository-wildcard"],
      pins: {},
    },
    {
      row: 6,
      name: "a ? in the repository",
      sub: "repo:acme/ap?:ref:refs/heads/main",
      finds: ["repository-wildcard"],
      pins: {},
    },
    {
      row: 7,
      name: "wildcards for both ids",
      sub: "repo:acme@*/api@*",
      finds: ["immutable-wildcard"],
      pins: {},
    },
    {
      row: 7,
      name: "a wildcard for the repository's id",
      sub: "repo:acme@1/api@*:ref:refs/heads/main",
      finds: ["immutable-wildcard"],
      pins: {},
    },
    {
      row: 8,
      name: "ForAllValues on the subject",
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        "ForAllValues:StringLike": { "gh:sub": "repo:acme/api:*" },
      },
      finds: ["for-all-values", "any-ref"],
    },
    {
      row: 8,
      name: "IfExists on the subject",
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com" },
        StringLikeIfExists: { "gh:sub": "repo:acme/api:*" },
      },
      finds: ["if-exists", "any-ref"],
    },
    {
      row: 9,
      name: "no audience",
      condition: { StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" } },
      finds: ["aud-missing"],
    },
    {
      row: 9,
      name: "an audience that is a pattern",
      condition: {
        StringEquals: { "gh:sub": "repo:acme/api:ref:refs/heads/main" },
        StringLike: { "gh:aud": "sts.*" },
      },
      finds: ["aud-not-exact"],
    },
    {
      row: 10,
      name: "a name without an id",
      sub: "repo:acme/api:ref:refs/heads/main",
      pins: {},
      finds: ["name-only"],
    },
    {
      row: 10,
      name: "a name within an owner's id",
      sub: "repo:acme/api:ref:refs/heads/main",
      pins: { repository_owner_id: "1" },
      finds: ["name-within-owner"],
    },
    {
      row: 12,
      name: "a name that a rename would shut out",
      sub: "repo:acme/api:environment:prod",
      pins: {},
      finds: ["name-only"],
    },
    { row: 13, name: "everything that a repository sends", sub: "repo:acme/api:*", finds: ["any-ref"] },
    { row: 13, name: "every branch", sub: "repo:acme/api:ref:refs/heads/*", finds: ["any-branch"] },
    {
      row: 14,
      name: "pull requests that may push",
      sub: "repo:acme/api:pull_request",
      hasPush: true,
      finds: ["pull-request-push"],
    },
    {
      row: 14,
      name: "pull requests, on a role with unknown access",
      sub: "repo:acme/api:pull_request",
      finds: ["pull-request"],
    },
    {
      row: 15,
      name: "a branch, with hints",
      sub: "repo:acme/api:ref:refs/heads/main",
      hints: true,
      finds: ["hint-pull-request-target"],
    },
    {
      row: 16,
      name: "an environment, with hints",
      sub: "repo:acme/api:environment:prod",
      hints: true,
      finds: ["hint-environment-rules"],
    },
    { row: 16, name: "every environment", sub: "repo:acme/api:environment:*", finds: ["any-environment"] },
    {
      row: 18,
      name: "a wildcard under StringEquals",
      condition: {
        StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:repository_id": "2", "gh:sub": "repo:acme/api:*" },
      },
      finds: ["literal-wildcard"],
    },
    {
      row: 19,
      name: "another letter case",
      sub: "repo:Acme/API:ref:refs/heads/main",
      finds: ["letter-case"],
    },
    {
      row: 20,
      name: "an environment's letter case, with hints",
      sub: "repo:acme/api:environment:Prod",
      hints: true,
      finds: ["hint-environment-case"],
    },
    {
      row: 21,
      name: "a plain colon",
      sub: "repo:acme/api:environment:prod:v1",
      finds: ["colon-not-encoded"],
    },
    {
      row: 21,
      name: "an encoded colon",
      sub: "repo:acme/api:environment:prod%3Av1",
      finds: ["colon-ambiguous"],
    },
    {
      row: 22,
      name: "a form that GitHub does not send",
      sub: "repo:acme/api:branch:main",
      finds: ["sub-form"],
    },
    {
      row: 22,
      name: "no repository",
      sub: "repository_visibility:private",
      pins: {},
      finds: ["sub-not-repository"],
    },
    {
      row: 23,
      name: "a subject that begins with the workflow",
      sub: "workflow:release:repo:acme/api",
      finds: ["sub-user-controlled"],
    },
    {
      row: 23,
      name: "a subject that begins with the environment",
      sub: "environment:prod",
      finds: ["sub-user-controlled"],
    },
    {
      row: 23,
      name: "a subject that begins with the ref",
      sub: "ref:refs/heads/main:repo:acme/api",
      finds: ["sub-user-controlled"],
    },
    {
      row: 23,
      name: "a subject that begins with the head ref",
      sub: "head_ref:main",
      finds: ["sub-user-controlled"],
    },
    {
      row: 23,
      name: "a subject that begins with the base ref",
      sub: "base_ref:main",
      finds: ["sub-user-controlled"],
    },
    {
      row: 23,
      name: "a subject that begins with the context",
      sub: "context:main",
      finds: ["sub-user-controlled"],
    },
    {
      row: 24,
      name: "a claim in a second statement",
      statements: [
        {
          StringEquals: {
            "gh:aud": "sts.amazonaws.com",
            "gh:repository_id": "2",
            "gh:sub": "repo:acme/api:ref:refs/heads/main",
          },
        },
        {
          StringEquals: { "gh:aud": "sts.amazonaws.com", "gh:ref": "refs/heads/main" },
          StringLike: { "gh:sub": "repo:acme/api:*" },
        },
      ],
      finds: ["split-conditions"],
    },
    { row: 25, name: "every tag", sub: "repo:acme/api:ref:refs/tags/*", finds: ["any-tag"] },
    {
      row: 26,
      name: "a policy variable",
      sub: "repo:acme/api:environment:${aws:PrincipalTag/env}",
      finds: ["policy-variable"],
    },
    {
      row: 27,
      name: "everyone",
      principal: "*",
      sub: "repo:acme/api:ref:refs/heads/main",
      finds: ["principal-wildcard"],
    },
    {
      row: 27,
      name: "an account as well as the provider",
      principal: { Federated: "{provider}", AWS: "210987654321" },
      sub: "repo:acme/api:ref:refs/heads/main",
      finds: ["other-account", "other-principal"],
    },
    {
      row: 27,
      name: "a second provider",
      principal: { Federated: ["{provider}", "arn:aws:iam::123456789012:oidc-provider/gitlab.com"] },
      sub: "repo:acme/api:ref:refs/heads/main",
      finds: ["other-provider"],
    },
    {
      row: 27,
      name: "another account's provider",
      principal: { Federated: "arn:aws:iam::210987654321:oidc-provider/token.actions.githubusercontent.com" },
      sub: "repo:acme/api:ref:refs/heads/main",
      finds: ["other-account"],
    },
    {
      row: 27,
      name: "another action",
      action: ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRole"],
      sub: "repo:acme/api:ref:refs/heads/main",
      finds: ["other-action"],
    },
  ],
};
