export type Case = {
  name: string;
  /** Of the path; `repo` is what its unique name begins with, `exactRepo` the whole. */
  owner?: string;
  repo?: string;
  exactRepo?: string;
  role?: string;
  query?: string;
  headers?: Record<string, string>;
  /** `{namespace}` is the repository's own in ECR, `{nx200}` is 200 times n, `"{ownerId}"` the number that GitHub says. */
  body?: unknown;
  /** The body as it is, where JSON.stringify would not write it so. */
  text?: string;
  pointers: string[];
  /** Texts that the details must also contain. */
  detail?: string;
};

export const cases: readonly Case[] = [
  { name: "null", text: "null", pointers: [""] },
  { name: "a list", text: "[]", pointers: [""] },
  { name: "a string", text: '"main"', pointers: [""] },
  { name: "a number", text: "3", pointers: [""] },
  { name: "nesting as deep as a body can be", text: "{[x30000}{]x30000}", pointers: [""] },
  { name: "an unknown field", body: { surprise: 1 }, pointers: ["/surprise"] },
  {
    name: "unknown fields with every character that a pointer escapes",
    body: { "a/b": 1, "c~d": 1, "~1": 1 },
    pointers: ["/a~1b", "/c~0d", "/~01"],
  },
  {
    name: "an unknown field in the trust",
    body: { trust: { branches: ["main"], branch: "main" } },
    pointers: ["/trust/branch"],
  },
  {
    name: "an unknown field in ecr",
    body: { ecr: [{ repository: "{namespace}", acess: "pull" }] },
    pointers: ["/ecr/0/acess"],
  },
  {
    name: "an unknown field in the workflow",
    body: { workflow: { os: "linux" } },
    pointers: ["/workflow/os"],
  },
  {
    name: "an unknown field in github",
    body: { github: { repositoryId: 1, ownerId: 1, id: 1 } },
    pointers: ["/github/id"],
  },
  { name: "a prototype", text: '{"__proto__": {"maxSessionSeconds": 3600}}', pointers: ["/__proto__"] },
  {
    name: "a prototype of the trust",
    text: '{"trust": {"branches": ["main"], "__proto__": {}}}',
    pointers: ["/trust/__proto__"],
  },
  {
    name: "the name of a method",
    text: '{"constructor": 1, "toString": 1}',
    pointers: ["/constructor", "/toString"],
  },
  {
    name: "fields that a registration answers",
    body: { version: 1, status: "ready", roleArn: "x", dryRun: true },
    pointers: ["/dryRun", "/roleArn", "/status", "/version"],
  },
  { name: "an empty trust", body: { trust: {} }, pointers: ["/trust"] },
  {
    name: "a trust of empty lists",
    body: { trust: { branches: [], tags: [], environments: [] } },
    pointers: ["/trust"],
  },
  { name: "no trust", body: { trust: null }, pointers: ["/trust"] },
  { name: "a trust that is a list", body: { trust: ["main"] }, pointers: ["/trust"] },
  { name: "branches: a string", body: { trust: { branches: "main" } }, pointers: ["/trust/branches"] },
  { name: "branches: null", body: { trust: { branches: null } }, pointers: ["/trust/branches"] },
  { name: "branches: a number", body: { trust: { branches: ["main", 1] } }, pointers: ["/trust/branches/1"] },
  { name: "branches: an empty name", body: { trust: { branches: [""] } }, pointers: ["/trust/branches/0"] },
  {
    name: "branches: the same twice",
    body: { trust: { branches: ["a", "a"] } },
    pointers: ["/trust/branches"],
  },
  {
    name: "branches: one too many",
    body: {
      trust: {
        branches: [
          "n0",
          "n1",
          "n2",
          "n3",
          "n4",
          "n5",
          "n6",
          "n7",
          "n8",
          "n9",
          "n10",
          "n11",
          "n12",
          "n13",
          "n14",
          "n15",
          "n16",
          "n17",
          "n18",
          "n19",
          "n20",
        ],
      },
    },
    pointers: ["/trust/branches"],
  },
  {
    name: "branches: a name too long",
    body: { trust: { branches: ["{nx256}"] } },
    pointers: ["/trust/branches/0"],
  },
  {
    name: "branches: a policy variable",
    body: { trust: { branches: ["${aws:username}"] } },
    pointers: ["/trust/branches/0"],
  },
  {
    name: "branches: a policy variable inside",
    body: { trust: { branches: ["ok", "a${*}b"] } },
    pointers: ["/trust/branches/1"],
  },
  {
    name: "branches: a question mark",
    body: { trust: { branches: ["v?"] } },
    pointers: ["/trust/branches/0"],
  },
  { name: "branches: a bell", body: { trust: { branches: ["a\u0007"] } }, pointers: ["/trust/branches/0"] },
  {
    name: "branches: a line break",
    body: { trust: { branches: ["a\nb"] } },
    pointers: ["/trust/branches/0"],
  },
  { name: "branches: NUL", body: { trust: { branches: ["\u0000"] } }, pointers: ["/trust/branches/0"] },
  { name: "branches: DEL", body: { trust: { branches: ["a"] } }, pointers: ["/trust/branches/0"] },
  {
    name: "branches: a control character of Latin-1",
    body: { trust: { branches: ["a"] } },
    pointers: ["/trust/branches/0"],
  },
  {
    name: "branches: letters that a policy cannot hold",
    body: { trust: { branches: ["ёлка"] } },
    pointers: ["/trust/branches/0"],
  },
  { name: "branches: an emoji", body: { trust: { branches: ["🚀"] } }, pointers: ["/trust/branches/0"] },
  {
    name: "branches: a zero-width space",
    body: { trust: { branches: ["ma​in"] } },
    pointers: ["/trust/branches/0"],
  },
  {
    name: "branches: half a character",
    text: '{"trust": {"branches": ["a\\ud83d"]}}',
    pointers: ["/trust/branches/0"],
  },
  { name: "tags: a string", body: { trust: { tags: "main" } }, pointers: ["/trust/tags"] },
  { name: "tags: null", body: { trust: { tags: null } }, pointers: ["/trust/tags"] },
  { name: "tags: a number", body: { trust: { tags: ["main", 1] } }, pointers: ["/trust/tags/1"] },
  { name: "tags: an empty name", body: { trust: { tags: [""] } }, pointers: ["/trust/tags/0"] },
  { name: "tags: the same twice", body: { trust: { tags: ["a", "a"] } }, pointers: ["/trust/tags"] },
  {
    name: "tags: one too many",
    body: {
      trust: {
        tags: [
          "n0",
          "n1",
          "n2",
          "n3",
          "n4",
          "n5",
          "n6",
          "n7",
          "n8",
          "n9",
          "n10",
          "n11",
          "n12",
          "n13",
          "n14",
          "n15",
          "n16",
          "n17",
          "n18",
          "n19",
          "n20",
        ],
      },
    },
    pointers: ["/trust/tags"],
  },
  { name: "tags: a name too long", body: { trust: { tags: ["{nx256}"] } }, pointers: ["/trust/tags/0"] },
  {
    name: "tags: a policy variable",
    body: { trust: { tags: ["${aws:username}"] } },
    pointers: ["/trust/tags/0"],
  },
  {
    name: "tags: a policy variable inside",
    body: { trust: { tags: ["ok", "a${*}b"] } },
    pointers: ["/trust/tags/1"],
  },
  { name: "tags: a question mark", body: { trust: { tags: ["v?"] } }, pointers: ["/trust/tags/0"] },
  { name: "tags: a bell", body: { trust: { tags: ["a\u0007"] } }, pointers: ["/trust/tags/0"] },
  { name: "tags: a line break", body: { trust: { tags: ["a\nb"] } }, pointers: ["/trust/tags/0"] },
  { name: "tags: NUL", body: { trust: { tags: ["\u0000"] } }, pointers: ["/trust/tags/0"] },
  { name: "tags: DEL", body: { trust: { tags: ["a"] } }, pointers: ["/trust/tags/0"] },
  {
    name: "tags: a control character of Latin-1",
    body: { trust: { tags: ["a"] } },
    pointers: ["/trust/tags/0"],
  },
  {
    name: "tags: letters that a policy cannot hold",
    body: { trust: { tags: ["ёлка"] } },
    pointers: ["/trust/tags/0"],
  },
  { name: "tags: an emoji", body: { trust: { tags: ["🚀"] } }, pointers: ["/trust/tags/0"] },
  { name: "tags: a zero-width space", body: { trust: { tags: ["ma​in"] } }, pointers: ["/trust/tags/0"] },
  { name: "tags: half a character", text: '{"trust": {"tags": ["a\\ud83d"]}}', pointers: ["/trust/tags/0"] },
  {
    name: "environments: a string",
    body: { trust: { environments: "main" } },
    pointers: ["/trust/environments"],
  },
  { name: "environments: null", body: { trust: { environments: null } }, pointers: ["/trust/environments"] },
  {
    name: "environments: a number",
    body: { trust: { environments: ["main", 1] } },
    pointers: ["/trust/environments/1"],
  },
  {
    name: "environments: an empty name",
    body: { trust: { environments: [""] } },
    pointers: ["/trust/environments/0"],
  },
  {
    name: "environments: the same twice",
    body: { trust: { environments: ["a", "a"] } },
    pointers: ["/trust/environments"],
  },
  {
    name: "environments: one too many",
    body: {
      trust: {
        environments: [
          "n0",
          "n1",
          "n2",
          "n3",
          "n4",
          "n5",
          "n6",
          "n7",
          "n8",
          "n9",
          "n10",
          "n11",
          "n12",
          "n13",
          "n14",
          "n15",
          "n16",
          "n17",
          "n18",
          "n19",
          "n20",
        ],
      },
    },
    pointers: ["/trust/environments"],
  },
  {
    name: "environments: a name too long",
    body: { trust: { environments: ["{nx256}"] } },
    pointers: ["/trust/environments/0"],
  },
  {
    name: "environments: a policy variable",
    body: { trust: { environments: ["${aws:username}"] } },
    pointers: ["/trust/environments/0"],
  },
  {
    name: "environments: a policy variable inside",
    body: { trust: { environments: ["ok", "a${*}b"] } },
    pointers: ["/trust/environments/1"],
  },
  {
    name: "environments: a question mark",
    body: { trust: { environments: ["v?"] } },
    pointers: ["/trust/environments/0"],
  },
  {
    name: "environments: a bell",
    body: { trust: { environments: ["a\u0007"] } },
    pointers: ["/trust/environments/0"],
  },
  {
    name: "environments: a line break",
    body: { trust: { environments: ["a\nb"] } },
    pointers: ["/trust/environments/0"],
  },
  {
    name: "environments: NUL",
    body: { trust: { environments: ["\u0000"] } },
    pointers: ["/trust/environments/0"],
  },
  {
    name: "environments: DEL",
    body: { trust: { environments: ["a"] } },
    pointers: ["/trust/environments/0"],
  },
  {
    name: "environments: a control character of Latin-1",
    body: { trust: { environments: ["a"] } },
    pointers: ["/trust/environments/0"],
  },
  {
    name: "environments: letters that a policy cannot hold",
    body: { trust: { environments: ["ёлка"] } },
    pointers: ["/trust/environments/0"],
  },
  {
    name: "environments: an emoji",
    body: { trust: { environments: ["🚀"] } },
    pointers: ["/trust/environments/0"],
  },
  {
    name: "environments: a zero-width space",
    body: { trust: { environments: ["ma​in"] } },
    pointers: ["/trust/environments/0"],
  },
  {
    name: "environments: half a character",
    text: '{"trust": {"environments": ["a\\ud83d"]}}',
    pointers: ["/trust/environments/0"],
  },
  { name: "no ref of git: a b", body: { trust: { branches: ["a b"] } }, pointers: ["/trust/branches/0"] },
  { name: "no ref of git: a..b", body: { trust: { branches: ["a..b"] } }, pointers: ["/trust/branches/0"] },
  { name: "no ref of git: a~b", body: { trust: { branches: ["a~b"] } }, pointers: ["/trust/branches/0"] },
  { name: "no ref of git: a^b", body: { trust: { branches: ["a^b"] } }, pointers: ["/trust/branches/0"] },
  { name: "no ref of git: a:b", body: { trust: { branches: ["a:b"] } }, pointers: ["/trust/branches/0"] },
  { name: "no ref of git: a[b", body: { trust: { branches: ["a[b"] } }, pointers: ["/trust/branches/0"] },
  { name: "no ref of git: a\\b", body: { trust: { branches: ["a\\b"] } }, pointers: ["/trust/branches/0"] },
  { name: "no ref of git: a@{b", body: { trust: { branches: ["a@{b"] } }, pointers: ["/trust/branches/0"] },
  { name: "no ref of git: /a", body: { trust: { branches: ["/a"] } }, pointers: ["/trust/branches/0"] },
  { name: "no ref of git: a/", body: { trust: { branches: ["a/"] } }, pointers: ["/trust/branches/0"] },
  {
    name: "no ref of git: a.lock",
    body: { trust: { branches: ["a.lock"] } },
    pointers: ["/trust/branches/0"],
  },
  {
    name: "no ref of git: a.lock/b",
    body: { trust: { branches: ["a.lock/b"] } },
    pointers: ["/trust/branches/0"],
  },
  {
    name: "no ref of git: refs/heads/main",
    body: { trust: { branches: ["refs/heads/main"] } },
    pointers: ["/trust/branches/0"],
  },
  {
    name: "no ref of git: refs/tags/v1",
    body: { trust: { branches: ["refs/tags/v1"] } },
    pointers: ["/trust/branches/0"],
  },
  { name: "no ref of git: -a", body: { trust: { branches: ["-a"] } }, pointers: ["/trust/branches/0"] },
  { name: "no ref of git: a//b", body: { trust: { branches: ["a//b"] } }, pointers: ["/trust/branches/0"] },
  { name: "no ref of git: .a", body: { trust: { branches: [".a"] } }, pointers: ["/trust/branches/0"] },
  { name: "no ref of git: a/.b", body: { trust: { branches: ["a/.b"] } }, pointers: ["/trust/branches/0"] },
  { name: "no ref of git: @", body: { trust: { branches: ["@"] } }, pointers: ["/trust/branches/0"] },
  { name: "no ref of git: a.", body: { trust: { branches: ["a."] } }, pointers: ["/trust/branches/0"] },
  { name: "no tag of git", body: { trust: { tags: ["v1 beta"] } }, pointers: ["/trust/tags/0"] },
  {
    name: "an environment that begins with a space",
    body: { trust: { environments: [" prod"] } },
    pointers: ["/trust/environments/0"],
  },
  {
    name: "an environment that ends with one",
    body: { trust: { environments: ["prod "] } },
    pointers: ["/trust/environments/0"],
  },
  {
    name: "an environment of spaces",
    body: { trust: { environments: ["  "] } },
    pointers: ["/trust/environments/0"],
  },
  {
    name: "every fault of a trust at once",
    body: { trust: { branches: ["${x}", "main", "a b"], tags: ["v1", "v?"], environments: ["\u0000"] } },
    pointers: ["/trust/branches/0", "/trust/branches/2", "/trust/environments/0", "/trust/tags/1"],
  },
  {
    name: "an ECR name with capitals",
    body: { ecr: [{ repository: "Acme/Api" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name with a space",
    body: { ecr: [{ repository: "{namespace}/a b" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name with a slash in front",
    body: { ecr: [{ repository: "/{namespace}" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name with a slash at the end",
    body: { ecr: [{ repository: "{namespace}/" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name with two slashes",
    body: { ecr: [{ repository: "{namespace}//x" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name with one character",
    body: { ecr: [{ repository: "a" }] },
    pointers: ["/ecr/0/repository"],
  },
  { name: "an ECR name with nothing", body: { ecr: [{ repository: "" }] }, pointers: ["/ecr/0/repository"] },
  {
    name: "an ECR name with dots",
    body: { ecr: [{ repository: "{namespace}/.." }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name with a dot in front",
    body: { ecr: [{ repository: "{namespace}/.x" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name with three underscores",
    body: { ecr: [{ repository: "{namespace}/a___b" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name with a mark at the end",
    body: { ecr: [{ repository: "{namespace}/a-" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name with a tag",
    body: { ecr: [{ repository: "{namespace}:latest" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name with a registry's host",
    body: { ecr: [{ repository: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/{namespace}" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name with a star",
    body: { ecr: [{ repository: "{namespace}/*" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name with 257 characters",
    body: { ecr: [{ repository: "{namespace}/{ax250}" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name of another repository",
    body: { ecr: [{ repository: "acme/other" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name of another owner",
    body: { ecr: [{ repository: "umbrella/x" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name of the owner alone",
    body: { ecr: [{ repository: "acme" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name that only begins like its own",
    body: { ecr: [{ repository: "{namespace}x" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name that begins like its own with a dash",
    body: { ecr: [{ repository: "{namespace}-x" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name above its own",
    body: { ecr: [{ repository: "library/{namespace}" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name of nobody",
    body: { ecr: [{ repository: "mirror/base" }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "an ECR name outside, as the second",
    body: { ecr: [{ repository: "{namespace}" }, { repository: "other/x" }] },
    pointers: ["/ecr/1/repository"],
  },
  {
    name: "an ECR name twice",
    body: {
      ecr: [
        { repository: "{namespace}", access: "push" },
        { repository: "{namespace}", access: "pull" },
      ],
    },
    pointers: ["/ecr/1/repository"],
  },
  { name: "no ECR name", body: { ecr: [{ access: "pull" }] }, pointers: ["/ecr/0/repository"] },
  {
    name: "another access",
    body: { ecr: [{ repository: "{namespace}", access: "admin" }] },
    pointers: ["/ecr/0/access"],
  },
  { name: "ecr that is a string", body: { ecr: "{namespace}" }, pointers: ["/ecr"] },
  { name: "ecr of strings", body: { ecr: ["{namespace}"] }, pointers: ["/ecr/0"] },
  {
    name: "too many ECR names",
    body: {
      ecr: [
        { repository: "{namespace}/n0" },
        { repository: "{namespace}/n1" },
        { repository: "{namespace}/n2" },
        { repository: "{namespace}/n3" },
        { repository: "{namespace}/n4" },
        { repository: "{namespace}/n5" },
        { repository: "{namespace}/n6" },
        { repository: "{namespace}/n7" },
        { repository: "{namespace}/n8" },
        { repository: "{namespace}/n9" },
        { repository: "{namespace}/n10" },
        { repository: "{namespace}/n11" },
        { repository: "{namespace}/n12" },
        { repository: "{namespace}/n13" },
        { repository: "{namespace}/n14" },
        { repository: "{namespace}/n15" },
        { repository: "{namespace}/n16" },
        { repository: "{namespace}/n17" },
        { repository: "{namespace}/n18" },
        { repository: "{namespace}/n19" },
        { repository: "{namespace}/n20" },
      ],
    },
    pointers: ["/ecr"],
  },
  { name: "a session of 3599", body: { maxSessionSeconds: 3599 }, pointers: ["/maxSessionSeconds"] },
  { name: "a session of 43201", body: { maxSessionSeconds: 43201 }, pointers: ["/maxSessionSeconds"] },
  { name: "a session of 0", body: { maxSessionSeconds: 0 }, pointers: ["/maxSessionSeconds"] },
  { name: "a session of -1", body: { maxSessionSeconds: -1 }, pointers: ["/maxSessionSeconds"] },
  { name: "a session of 3600.5", body: { maxSessionSeconds: 3600.5 }, pointers: ["/maxSessionSeconds"] },
  { name: 'a session of "3600"', body: { maxSessionSeconds: "3600" }, pointers: ["/maxSessionSeconds"] },
  { name: "a session of null", body: { maxSessionSeconds: null }, pointers: ["/maxSessionSeconds"] },
  { name: "a session of true", body: { maxSessionSeconds: true }, pointers: ["/maxSessionSeconds"] },
  { name: "a session of [3600]", body: { maxSessionSeconds: [3600] }, pointers: ["/maxSessionSeconds"] },
  { name: "an endless session", text: '{"maxSessionSeconds": 1e999}', pointers: ["/maxSessionSeconds"] },
  {
    name: "a tag that the operator does not list",
    body: { tags: { owner: "x" } },
    pointers: ["/tags/owner"],
  },
  { name: "a tag that is listed, in capitals", body: { tags: { Team: "x" } }, pointers: ["/tags/Team"] },
  {
    name: "a tag of Rolecall's own",
    body: { tags: { "rolecall:id": "x" } },
    pointers: ["/tags/rolecall:id"],
  },
  { name: "a tag of AWS's own", body: { tags: { "aws:x": "x" } }, pointers: ["/tags/aws:x"] },
  {
    name: "a tag with what a pointer escapes",
    body: { tags: { "a/b~c": "x" } },
    pointers: ["/tags/a~1b~0c"],
  },
  {
    name: "a tag's value with a character that IAM refuses",
    body: { tags: { team: "<x>" } },
    pointers: ["/tags/team"],
  },
  { name: "a tag's value with a line break", body: { tags: { team: "a\nb" } }, pointers: ["/tags/team"] },
  { name: "a tag's value too long", body: { tags: { team: "{xx257}" } }, pointers: ["/tags/team"] },
  { name: "a tag's value that is a number", body: { tags: { team: 1 } }, pointers: ["/tags/team"] },
  { name: "tags in a list", body: { tags: [{ Key: "team", Value: "x" }] }, pointers: ["/tags"] },
  { name: "a tag without a key", body: { tags: { "": "x" } }, pointers: ["/tags"] },
  { name: "a prototype of the tags", text: '{"tags": {"__proto__": "x"}}', pointers: ["/tags/__proto__"] },
  { name: "another kind", body: { workflow: { kind: "npm" } }, pointers: ["/workflow/kind"] },
  {
    name: "a runner with an expression",
    body: { workflow: { runner: "${{ github.actor }}" } },
    pointers: ["/workflow/runner"],
  },
  {
    name: "a list of labels with an expression",
    body: { workflow: { runner: ["self-hosted", "${{ github.actor }}"] } },
    pointers: ["/workflow/runner/1"],
  },
  {
    name: "an empty list of labels",
    body: { workflow: { runner: [] } },
    pointers: ["/workflow/runner"],
  },
  {
    name: "a runner group without a name, and with another field",
    body: { workflow: { runner: { labels: ["x"], size: "big" } } },
    pointers: ["/workflow/runner/group", "/workflow/runner/size"],
  },
  {
    name: "a runner group with an expression",
    body: { workflow: { runner: { group: "${{ github.actor }}" } } },
    pointers: ["/workflow/runner/group"],
  },
  {
    name: "a runner with a space",
    body: { workflow: { runner: "ubuntu latest" } },
    pointers: ["/workflow/runner"],
  },
  { name: "a runner with nothing", body: { workflow: { runner: "" } }, pointers: ["/workflow/runner"] },
  {
    name: "a runner with a line break",
    body: { workflow: { runner: "ubuntu\n" } },
    pointers: ["/workflow/runner"],
  },
  { name: "a runner with quotes", body: { workflow: { runner: 'a"b' } }, pointers: ["/workflow/runner"] },
  { name: "no platforms", body: { workflow: { platforms: [] } }, pointers: ["/workflow/platforms"] },
  {
    name: "a platform that docker does not build for",
    body: { workflow: { platforms: ["linux/amd64", "windows/amd64"] } },
    pointers: ["/workflow/platforms/1"],
  },
  {
    name: "a platform twice",
    body: { workflow: { platforms: ["linux/amd64", "linux/amd64"] } },
    pointers: ["/workflow/platforms"],
  },
  { name: "a context above", body: { workflow: { context: "../x" } }, pointers: ["/workflow/context"] },
  {
    name: "a context above, inside",
    body: { workflow: { context: "a/../b" } },
    pointers: ["/workflow/context"],
  },
  {
    name: "a context of the machine",
    body: { workflow: { context: "/etc" } },
    pointers: ["/workflow/context"],
  },
  { name: "a context with a space", body: { workflow: { context: "a b" } }, pointers: ["/workflow/context"] },
  {
    name: "a context with a command",
    body: { workflow: { context: "$(id)" } },
    pointers: ["/workflow/context"],
  },
  {
    name: "a context with an expression",
    body: { workflow: { context: "${{ x }}" } },
    pointers: ["/workflow/context"],
  },
  {
    name: "a context with a line break",
    body: { workflow: { context: "a\nb" } },
    pointers: ["/workflow/context"],
  },
  {
    name: "a context that is an option",
    body: { workflow: { context: "-x" } },
    pointers: ["/workflow/context"],
  },
  {
    name: "a dockerfile above",
    body: { workflow: { dockerfile: "../x" } },
    pointers: ["/workflow/dockerfile"],
  },
  {
    name: "a dockerfile above, inside",
    body: { workflow: { dockerfile: "a/../b" } },
    pointers: ["/workflow/dockerfile"],
  },
  {
    name: "a dockerfile of the machine",
    body: { workflow: { dockerfile: "/etc" } },
    pointers: ["/workflow/dockerfile"],
  },
  {
    name: "a dockerfile with a space",
    body: { workflow: { dockerfile: "a b" } },
    pointers: ["/workflow/dockerfile"],
  },
  {
    name: "a dockerfile with a command",
    body: { workflow: { dockerfile: "$(id)" } },
    pointers: ["/workflow/dockerfile"],
  },
  {
    name: "a dockerfile with an expression",
    body: { workflow: { dockerfile: "${{ x }}" } },
    pointers: ["/workflow/dockerfile"],
  },
  {
    name: "a dockerfile with a line break",
    body: { workflow: { dockerfile: "a\nb" } },
    pointers: ["/workflow/dockerfile"],
  },
  {
    name: "a dockerfile that is an option",
    body: { workflow: { dockerfile: "-x" } },
    pointers: ["/workflow/dockerfile"],
  },
  { name: "a chart above", body: { workflow: { chart: "../x" } }, pointers: ["/workflow/chart"] },
  { name: "a chart above, inside", body: { workflow: { chart: "a/../b" } }, pointers: ["/workflow/chart"] },
  { name: "a chart of the machine", body: { workflow: { chart: "/etc" } }, pointers: ["/workflow/chart"] },
  { name: "a chart with a space", body: { workflow: { chart: "a b" } }, pointers: ["/workflow/chart"] },
  { name: "a chart with a command", body: { workflow: { chart: "$(id)" } }, pointers: ["/workflow/chart"] },
  {
    name: "a chart with an expression",
    body: { workflow: { chart: "${{ x }}" } },
    pointers: ["/workflow/chart"],
  },
  { name: "a chart with a line break", body: { workflow: { chart: "a\nb" } }, pointers: ["/workflow/chart"] },
  { name: "a chart that is an option", body: { workflow: { chart: "-x" } }, pointers: ["/workflow/chart"] },
  {
    name: "a repository id that GitHub contradicts",
    body: { github: { repositoryId: 1, ownerId: "{ownerId}" } },
    pointers: ["/github/repositoryId"],
  },
  {
    name: "an owner id that GitHub contradicts",
    body: { github: { repositoryId: "{repositoryId}", ownerId: 1 } },
    pointers: ["/github/ownerId"],
  },
  {
    name: "two ids that GitHub contradicts",
    body: { github: { repositoryId: 1, ownerId: 1 } },
    pointers: ["/github/ownerId", "/github/repositoryId"],
  },
  {
    name: "an id of 0",
    body: { github: { repositoryId: 0, ownerId: "{ownerId}" } },
    pointers: ["/github/repositoryId"],
  },
  {
    name: "an id of -1",
    body: { github: { repositoryId: -1, ownerId: "{ownerId}" } },
    pointers: ["/github/repositoryId"],
  },
  {
    name: "an id of 1.5",
    body: { github: { repositoryId: 1.5, ownerId: "{ownerId}" } },
    pointers: ["/github/repositoryId"],
  },
  {
    name: "an id of 9007199254740992",
    body: { github: { repositoryId: 9007199254740992, ownerId: "{ownerId}" } },
    pointers: ["/github/repositoryId"],
  },
  {
    name: 'an id of "815"',
    body: { github: { repositoryId: "815", ownerId: "{ownerId}" } },
    pointers: ["/github/repositoryId"],
  },
  { name: "a repository that GitHub hides, without ids", repo: "missing-", body: {}, pointers: ["/repo"] },
  {
    name: "a repository that GitHub hides, with one of its ids",
    repo: "missing-",
    body: { github: { repositoryId: 815 } },
    pointers: ["/repo"],
  },
  { name: "a role with a capital", role: "Publish", body: {}, pointers: ["/role"] },
  { name: "a role with an underscore", role: "a_b", body: {}, pointers: ["/role"] },
  { name: "a role that begins with a dash", role: "-a", body: {}, pointers: ["/role"] },
  { name: "a role that ends with one", role: "a-", body: {}, pointers: ["/role"] },
  { name: "a role with two", role: "a--b", body: {}, pointers: ["/role"] },
  { name: "a role with a dot", role: "a.b", body: {}, pointers: ["/role"] },
  { name: "a role of 33 characters", role: "{ax33}", body: {}, pointers: ["/role"] },
  { name: "a role with a letter that is not ASCII", role: "%C3%BC", body: {}, pointers: ["/role"] },
  { name: "a role with a space", role: "a%20b", body: {}, pointers: ["/role"] },
  { name: "a role with a star", role: "*", body: {}, pointers: ["/role"] },
  { name: "an owner that begins with a dash", owner: "-acme", body: {}, pointers: ["/owner"] },
  { name: "an owner of 40 characters", owner: "{ax40}", body: {}, pointers: ["/owner"] },
  { name: "an owner with a dot", owner: "ac.me", body: {}, pointers: ["/owner"] },
  { name: "an owner with a letter that is not ASCII", owner: "%C3%A4cme", body: {}, pointers: ["/owner"] },
  { name: "an owner with a star", owner: "ac*", body: {}, pointers: ["/owner"] },
  { name: "a repository with a space", exactRepo: "a%20b", body: {}, pointers: ["/repo"] },
  { name: "a repository of 101 characters", exactRepo: "{ax101}", body: {}, pointers: ["/repo"] },
  {
    name: "a repository with a letter that is not ASCII",
    exactRepo: "%C3%BC",
    body: {},
    pointers: ["/repo"],
  },
  { name: "a repository with a colon", exactRepo: "a:b", body: {}, pointers: ["/repo"] },
  { name: "a repository with a plus", exactRepo: "a+b", body: {}, pointers: ["/repo"] },
  { name: "a repository with an at sign", exactRepo: "a@1", body: {}, pointers: ["/repo"] },
  { name: "a repository with a star", exactRepo: "a*", body: {}, pointers: ["/repo"] },
  { name: "a repository of two stars", exactRepo: "**", body: {}, pointers: ["/repo"] },
  { name: "a repository with a tilde", exactRepo: "a~b", body: {}, pointers: ["/repo"] },
  {
    name: "all repositories of an owner, which the operator does not allow",
    exactRepo: "*",
    body: { ecr: [] },
    pointers: ["/repo"],
  },
  {
    name: "every name in the path",
    owner: "-",
    exactRepo: "%20",
    role: "A",
    body: {},
    pointers: ["/owner", "/repo", "/role"],
  },
  { name: "an unknown query parameter", query: "verbose=1", body: {}, pointers: ["/verbose"] },
  { name: "dryRun in another case", query: "dryrun=true", body: {}, pointers: ["/dryrun"] },
  { name: "dryRun=yes", query: "dryRun=yes", body: {}, pointers: ["/dryRun"] },
  { name: "dryRun=1", query: "dryRun=1", body: {}, pointers: ["/dryRun"] },
  { name: "dryRun=", query: "dryRun=", body: {}, pointers: ["/dryRun"] },
  { name: "dryRun=TRUE", query: "dryRun=TRUE", body: {}, pointers: ["/dryRun"] },
  { name: "dryRun=true%20", query: "dryRun=true%20", body: {}, pointers: ["/dryRun"] },
  { name: "dryRun twice", query: "dryRun=true&dryRun=false", body: {}, pointers: ["/dryRun"] },
  { name: "dryRun twice the same", query: "dryRun=true&dryRun=true", body: {}, pointers: ["/dryRun"] },
  {
    name: "a query parameter named as a part of the path",
    query: "owner=evil",
    body: {},
    pointers: ["/owner"],
  },
  {
    name: "all parts of the path in the query",
    query: "owner=acme&repo=x&role=publish",
    body: {},
    pointers: ["/owner", "/repo", "/role"],
  },
  { name: "a prototype in the query", query: "__proto__=1", body: {}, pointers: ["/__proto__"] },
  { name: "If-Match too long", headers: { "if-match": '"{xx1100}"' }, body: {}, pointers: ["/If-Match"] },
  {
    name: "If-None-Match too long",
    headers: { "if-none-match": '"{xx1100}"' },
    body: {},
    pointers: ["/If-None-Match"],
  },
  {
    name: "a trust policy over the quota",
    detail: "\\b[3-9]\\d{3}\\b.*\\b2048\\b",
    body: {
      trust: {
        branches: [
          "00{nx200}",
          "01{nx200}",
          "02{nx200}",
          "03{nx200}",
          "04{nx200}",
          "05{nx200}",
          "06{nx200}",
          "07{nx200}",
          "08{nx200}",
          "09{nx200}",
          "10{nx200}",
          "11{nx200}",
          "12{nx200}",
          "13{nx200}",
          "14{nx200}",
          "15{nx200}",
          "16{nx200}",
          "17{nx200}",
          "18{nx200}",
          "19{nx200}",
        ],
      },
    },
    pointers: ["/trust"],
  },
  {
    name: "a role's policy over the quota",
    detail: "\\b1\\d{4}\\b.*\\b10240\\b",
    body: {
      ecr: [
        { repository: "{namespace}/00{nx200}", access: "both" },
        { repository: "{namespace}/01{nx200}", access: "both" },
        { repository: "{namespace}/02{nx200}", access: "both" },
        { repository: "{namespace}/03{nx200}", access: "both" },
        { repository: "{namespace}/04{nx200}", access: "both" },
        { repository: "{namespace}/05{nx200}", access: "both" },
        { repository: "{namespace}/06{nx200}", access: "both" },
        { repository: "{namespace}/07{nx200}", access: "both" },
        { repository: "{namespace}/08{nx200}", access: "both" },
        { repository: "{namespace}/09{nx200}", access: "both" },
        { repository: "{namespace}/10{nx200}", access: "both" },
        { repository: "{namespace}/11{nx200}", access: "both" },
        { repository: "{namespace}/12{nx200}", access: "both" },
        { repository: "{namespace}/13{nx200}", access: "both" },
        { repository: "{namespace}/14{nx200}", access: "both" },
        { repository: "{namespace}/15{nx200}", access: "both" },
        { repository: "{namespace}/16{nx200}", access: "both" },
        { repository: "{namespace}/17{nx200}", access: "both" },
        { repository: "{namespace}/18{nx200}", access: "both" },
        { repository: "{namespace}/19{nx200}", access: "both" },
      ],
    },
    pointers: ["/ecr"],
  },
  {
    name: "faults of several fields at once",
    body: { trust: { branches: ["a b"] }, ecr: [{ repository: "other/x" }], tags: { x: "y" } },
    pointers: ["/ecr/0/repository", "/tags/x", "/trust/branches/0"],
  },
  {
    name: "faults of form in several fields at once",
    body: { maxSessionSeconds: 1, surprise: 1, workflow: { kind: "x" } },
    pointers: ["/maxSessionSeconds", "/surprise", "/workflow/kind"],
  },
  {
    name: "settings: an unknown field",
    body: { ecr: [{ repository: "{namespace}", settings: { scan: true } }] },
    pointers: ["/ecr/0/settings/scan"],
  },
  {
    name: "settings: null",
    body: { ecr: [{ repository: "{namespace}", settings: null }] },
    pointers: ["/ecr/0/settings"],
  },
  {
    name: "settings: tag mutability as ECR writes it with exclusions",
    body: { ecr: [{ repository: "{namespace}", settings: { tagMutability: "IMMUTABLE_WITH_EXCLUSION" } }] },
    pointers: ["/ecr/0/settings/tagMutability"],
  },
  {
    name: "settings: six exclusions",
    body: { ecr: [{ repository: "{namespace}", settings: { exclusions: ["a", "b", "c", "d", "e", "f"] } }] },
    pointers: ["/ecr/0/settings/exclusions"],
  },
  {
    name: "settings: an exclusion with three wildcards",
    body: { ecr: [{ repository: "{namespace}", settings: { exclusions: ["a*b*c*"] } }] },
    pointers: ["/ecr/0/settings/exclusions/0"],
  },
  {
    name: "settings: an exclusion that is no tag",
    body: { ecr: [{ repository: "{namespace}", settings: { exclusions: ["feature/x"] } }] },
    pointers: ["/ecr/0/settings/exclusions/0"],
  },
  {
    name: "settings: an empty exclusion",
    body: { ecr: [{ repository: "{namespace}", settings: { exclusions: [""] } }] },
    pointers: ["/ecr/0/settings/exclusions/0"],
  },
  {
    name: "settings: scanning as text",
    body: { ecr: [{ repository: "{namespace}", settings: { scanOnPush: "true" } }] },
    pointers: ["/ecr/0/settings/scanOnPush"],
  },
  {
    name: "settings: an encryption without a type",
    body: { ecr: [{ repository: "{namespace}", settings: { encryption: {} } }] },
    pointers: ["/ecr/0/settings/encryption/type"],
  },
  {
    name: "settings: an unknown encryption",
    body: { ecr: [{ repository: "{namespace}", settings: { encryption: { type: "ROT13" } } }] },
    pointers: ["/ecr/0/settings/encryption/type"],
  },
  {
    name: "settings: a key with AES256",
    body: {
      ecr: [
        {
          repository: "{namespace}",
          settings: {
            encryption: { type: "AES256", kmsKey: "arn:aws:kms:eu-central-1:123456789012:key/1234abcd" },
          },
        },
      ],
    },
    pointers: ["/ecr/0/settings/encryption/kmsKey"],
    detail: "KMS",
  },
  {
    name: "settings: an alias of a key",
    body: {
      ecr: [
        {
          repository: "{namespace}",
          settings: {
            encryption: { type: "KMS", kmsKey: "arn:aws:kms:eu-central-1:123456789012:alias/images" },
          },
        },
      ],
    },
    pointers: ["/ecr/0/settings/encryption/kmsKey"],
  },
  {
    name: "settings: a key that the operator does not list",
    body: {
      ecr: [
        {
          repository: "{namespace}",
          settings: {
            encryption: { type: "KMS", kmsKey: "arn:aws:kms:eu-central-1:123456789012:key/1234abcd" },
          },
        },
      ],
    },
    pointers: ["/ecr/0/settings/encryption/kmsKey"],
    detail: "ROLECALL_KMS_KEYS: none",
  },
  {
    name: "settings: a key of another region",
    body: {
      ecr: [
        {
          repository: "{namespace}",
          settings: {
            encryption: { type: "KMS", kmsKey: "arn:aws:kms:us-east-1:123456789012:key/1234abcd" },
          },
        },
      ],
    },
    pointers: ["/ecr/0/settings/encryption/kmsKey"],
    detail: "begins with",
  },
  {
    name: "lifecycle: tagged images without tags",
    body: {
      ecr: [{ repository: "{namespace}", settings: { lifecycle: [{ images: "tagged", keepLast: 5 }] } }],
    },
    pointers: ["/ecr/0/settings/lifecycle/0/tags"],
  },
  {
    name: "lifecycle: no tags in the list",
    body: {
      ecr: [
        { repository: "{namespace}", settings: { lifecycle: [{ images: "tagged", tags: [], keepLast: 5 }] } },
      ],
    },
    pointers: ["/ecr/0/settings/lifecycle/0/tags"],
  },
  {
    name: "lifecycle: tags of untagged images",
    body: {
      ecr: [
        {
          repository: "{namespace}",
          settings: { lifecycle: [{ images: "untagged", tags: ["v*"], keepLast: 5 }] },
        },
      ],
    },
    pointers: ["/ecr/0/settings/lifecycle/0/tags"],
  },
  {
    name: "lifecycle: tags of any image",
    body: {
      ecr: [
        {
          repository: "{namespace}",
          settings: { lifecycle: [{ images: "any", tags: ["v*"], keepLast: 5 }] },
        },
      ],
    },
    pointers: ["/ecr/0/settings/lifecycle/0/tags"],
  },
  {
    name: "lifecycle: any before another",
    body: {
      ecr: [
        {
          repository: "{namespace}",
          settings: {
            lifecycle: [
              { images: "any", keepLast: 5 },
              { images: "untagged", expireAfterDays: 1 },
            ],
          },
        },
      ],
    },
    pointers: ["/ecr/0/settings/lifecycle/0/images"],
    detail: "last",
  },
  {
    name: "lifecycle: any twice",
    body: {
      ecr: [
        {
          repository: "{namespace}",
          settings: {
            lifecycle: [
              { images: "any", keepLast: 5 },
              { images: "any", expireAfterDays: 1 },
            ],
          },
        },
      ],
    },
    pointers: ["/ecr/0/settings/lifecycle/1"],
  },
  ...["", "dryRun=true"].flatMap((query) =>
    [
      {
        name: "two rules for untagged images",
        lifecycle: [
          { images: "untagged", expireAfterDays: 1 },
          { images: "untagged", keepLast: 10 },
        ],
      },
      {
        name: "two rules for untagged images, one of which archives",
        lifecycle: [
          { images: "untagged", archiveUnpulledAfterDays: 30 },
          { images: "untagged", expireAfterDays: 90 },
        ],
      },
      {
        name: "two rules for archived untagged images",
        lifecycle: [
          { images: "untagged", expireArchivedAfterDays: 90 },
          { images: "untagged", expireArchivedAfterDays: 180 },
        ],
      },
      {
        name: "the same tags in another order",
        lifecycle: [
          { images: "tagged", tags: ["v*", "*-rc"], keepLast: 5 },
          { images: "tagged", tags: ["*-rc", "v*"], expireAfterDays: 30 },
        ],
      },
    ].map(({ name, lifecycle }) => ({
      name: `lifecycle: ${name}${query === "" ? "" : ", in a dry run"}`,
      query,
      body: { ecr: [{ repository: "{namespace}", settings: { lifecycle } }] },
      pointers: ["/ecr/0/settings/lifecycle/1"],
      detail: "only one such rule",
    })),
  ),
  {
    name: "lifecycle: archived images expire within 90 days",
    body: {
      ecr: [
        {
          repository: "{namespace}",
          settings: { lifecycle: [{ images: "any", expireArchivedAfterDays: 89 }] },
        },
      ],
    },
    pointers: ["/ecr/0/settings/lifecycle/0/expireArchivedAfterDays"],
  },
  {
    name: "lifecycle: a rule that archives and expires",
    body: {
      ecr: [
        {
          repository: "{namespace}",
          settings: {
            lifecycle: [{ images: "any", archiveUnpulledAfterDays: 30, expireArchivedAfterDays: 90 }],
          },
        },
      ],
    },
    pointers: ["/ecr/0/settings/lifecycle/0"],
    detail: "exactly one",
  },
  {
    name: "lifecycle: a rule that says nothing",
    body: { ecr: [{ repository: "{namespace}", settings: { lifecycle: [{ images: "untagged" }] } }] },
    pointers: ["/ecr/0/settings/lifecycle/0"],
    detail: "exactly one",
  },
  {
    name: "lifecycle: a rule that says both",
    body: {
      ecr: [
        {
          repository: "{namespace}",
          settings: { lifecycle: [{ images: "untagged", keepLast: 5, expireAfterDays: 1 }] },
        },
      ],
    },
    pointers: ["/ecr/0/settings/lifecycle/0"],
    detail: "exactly one",
  },
  {
    name: "lifecycle: none is kept",
    body: {
      ecr: [{ repository: "{namespace}", settings: { lifecycle: [{ images: "untagged", keepLast: 0 }] } }],
    },
    pointers: ["/ecr/0/settings/lifecycle/0/keepLast"],
  },
  {
    name: "lifecycle: half a day",
    body: {
      ecr: [
        {
          repository: "{namespace}",
          settings: { lifecycle: [{ images: "untagged", expireAfterDays: 0.5 }] },
        },
      ],
    },
    pointers: ["/ecr/0/settings/lifecycle/0/expireAfterDays"],
  },
  {
    name: "lifecycle: five wildcards",
    body: {
      ecr: [
        {
          repository: "{namespace}",
          settings: { lifecycle: [{ images: "tagged", tags: ["*1*2*3*4*"], keepLast: 1 }] },
        },
      ],
    },
    pointers: ["/ecr/0/settings/lifecycle/0/tags/0"],
  },
  {
    name: "lifecycle: twenty-one rules",
    body: {
      ecr: [
        {
          repository: "{namespace}",
          settings: {
            lifecycle: [
              { images: "untagged", keepLast: 1 },
              { images: "untagged", keepLast: 2 },
              { images: "untagged", keepLast: 3 },
              { images: "untagged", keepLast: 4 },
              { images: "untagged", keepLast: 5 },
              { images: "untagged", keepLast: 6 },
              { images: "untagged", keepLast: 7 },
              { images: "untagged", keepLast: 8 },
              { images: "untagged", keepLast: 9 },
              { images: "untagged", keepLast: 10 },
              { images: "untagged", keepLast: 11 },
              { images: "untagged", keepLast: 12 },
              { images: "untagged", keepLast: 13 },
              { images: "untagged", keepLast: 14 },
              { images: "untagged", keepLast: 15 },
              { images: "untagged", keepLast: 16 },
              { images: "untagged", keepLast: 17 },
              { images: "untagged", keepLast: 18 },
              { images: "untagged", keepLast: 19 },
              { images: "untagged", keepLast: 20 },
              { images: "untagged", keepLast: 21 },
            ],
          },
        },
      ],
    },
    pointers: ["/ecr/0/settings/lifecycle"],
  },
  {
    name: "settings: a tag that the operator does not allow",
    body: { ecr: [{ repository: "{namespace}", settings: { tags: { owner: "x" } } }] },
    pointers: ["/ecr/0/settings/tags/owner"],
    detail: "ROLECALL_TAG_KEYS",
  },
  {
    name: "settings: our own tag",
    body: { ecr: [{ repository: "{namespace}", settings: { tags: { "rolecall:id": "x" } } }] },
    pointers: ["/ecr/0/settings/tags/rolecall:id"],
  },
  {
    name: "settings: a tag's value that ECR refuses",
    body: { ecr: [{ repository: "{namespace}", settings: { tags: { team: "a*b" } } }] },
    pointers: ["/ecr/0/settings/tags/team"],
  },
  {
    name: "pull: an account of eleven digits",
    body: { ecr: [{ repository: "{namespace}", settings: { pull: { accounts: ["12345678901"] } } }] },
    pointers: ["/ecr/0/settings/pull/accounts/0"],
  },
  {
    name: "pull: everybody",
    body: { ecr: [{ repository: "{namespace}", settings: { pull: { accounts: ["*"] } } }] },
    pointers: ["/ecr/0/settings/pull/accounts/0"],
  },
  {
    name: "pull: an account's ARN",
    body: {
      ecr: [
        { repository: "{namespace}", settings: { pull: { accounts: ["arn:aws:iam::123456789012:root"] } } },
      ],
    },
    pointers: ["/ecr/0/settings/pull/accounts/0"],
  },
  {
    name: "pull: an account twice",
    body: {
      ecr: [
        { repository: "{namespace}", settings: { pull: { accounts: ["210987654321", "210987654321"] } } },
      ],
    },
    pointers: ["/ecr/0/settings/pull/accounts"],
  },
  {
    name: "pull: any organisation",
    body: { ecr: [{ repository: "{namespace}", settings: { pull: { organization: "o-*" } } }] },
    pointers: ["/ecr/0/settings/pull/organization"],
  },
  {
    name: "pull: an organisation that is a policy variable",
    body: {
      ecr: [{ repository: "{namespace}", settings: { pull: { organization: "${aws:PrincipalOrgID}" } } }],
    },
    pointers: ["/ecr/0/settings/pull/organization"],
  },
  {
    name: "settings of a repository of somebody else's",
    body: { ecr: [{ repository: "acme/other", settings: {} }] },
    pointers: ["/ecr/0/repository"],
  },
  {
    name: "several faults of settings at once",
    body: {
      maxSessionSeconds: 3600,
      ecr: [
        { repository: "{namespace}" },
        {
          repository: "{namespace}/x",
          settings: {
            encryption: { type: "AES256", kmsKey: "arn:aws:kms:eu-central-1:123456789012:key/1234abcd" },
            lifecycle: [{ images: "any" }],
            tags: { x: "y" },
          },
        },
      ],
    },
    pointers: ["/ecr/1/settings/encryption/kmsKey", "/ecr/1/settings/lifecycle/0", "/ecr/1/settings/tags/x"],
  },
  {
    name: "others that pull, whom the operator has not listed",
    body: {
      ecr: [
        {
          repository: "{namespace}",
          settings: { pull: { accounts: ["666666666666"], organization: "o-attacker0000" } },
        },
      ],
    },
    pointers: ["/ecr/0/settings/pull/accounts/0", "/ecr/0/settings/pull/organization"],
  },
];
