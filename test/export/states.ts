/** Registrations to export: a plain one, one with everything, and one whose texts look like code. */
import { desiredState } from "../../src/desired/desired.ts";
import type { Place } from "../../src/desired/names.ts";
import { DEFAULT_SETTINGS, repositorySettings } from "../../src/desired/settings.ts";
import type { RepositorySettings, Spec } from "../../src/desired/state.ts";
import type { Exported } from "../../src/export/exported.ts";
import { GITHUB_COM, type Issuer } from "../../src/trust/issuer.ts";
import { subjectPrefixes, subjects } from "../../src/trust/subjects.ts";
import { trustOf } from "../trust/trust.ts";

const PLACE: Place = { account: "123456789012", partition: "aws", region: "eu-central-1" };
const KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

const PROFILES = new Map([
  [
    "s3-artifacts",
    {
      readOnly: false,
      statements: [
        {
          Action: ["s3:GetObject"],
          Resource: ["arn:{partition}:s3:::acme-artifacts/{owner}/{repo}/*"],
          Condition: { Bool: { "aws:SecureTransport": ["true"] } },
        },
      ],
    },
  ],
]);

export type Asked = {
  place?: Place;
  issuer?: Issuer;
  repo?: string;
  spec?: Partial<Omit<Spec, "trust">> & { trust?: Partial<Spec["trust"]> };
  /** The settings of each ECR repository; null for one that is used as it is. */
  settings?: readonly (RepositorySettings | null)[];
};

/** Returns a registration with its items, as the registry would return it. */
export function exported({
  place = PLACE,
  issuer = GITHUB_COM,
  repo = "api",
  spec = {},
  settings = [],
}: Asked): Exported {
  const { byName, byId } = subjectPrefixes({ owner: "acme", repo, ownerId: 1, repositoryId: 2 });
  const whole: Spec = {
    ecr: [{ repository: `acme/${repo}`, access: "push" }],
    workflow: {
      kind: "docker",
      runner: "ubuntu-latest",
      platforms: ["linux/amd64"],
      context: ".",
      dockerfile: "Dockerfile",
      chart: ".",
      tags: [],
      provenance: false,
      sbom: false,
    },
    maxSessionSeconds: 3600,
    tags: {},
    onDrift: "report",
    github: { repositoryId: 2, ownerId: 1 },
    profiles: [],
    managedPolicyArns: [],
    region: place.region,
    ...spec,
    trust: trustOf(spec.trust ?? {}),
  };
  const accepted = subjects({ prefixes: [byId, byName], template: "default" }, whole.trust);
  if (accepted === undefined) throw new RangeError("a trust that names nothing");
  const desired = desiredState({
    owner: "acme",
    repo,
    role: "publish",
    place,
    issuer,
    boundaryArn: `arn:${place.partition}:iam::${place.account}:policy/rolecall/rolecall-boundary`,
    registrationId: "7d3f0a52-6f0e-4f36-9a54-0c7b8f1f2f11",
    pin: issuer.hasClaims ? { by: "repository", repositoryId: 2, ownerId: 1 } : { by: "name" },
    subjects: accepted,
    spec: whole,
    profiles: PROFILES,
  });
  const repositories = desired.repositories.map(({ name, arn }, index) => {
    const of = settings[index] === undefined ? DEFAULT_SETTINGS : settings[index];
    return of === null ? { name, arn } : { name, arn, settings: of, id: `0000000${index}-ecr` };
  });
  const { account, region } = place;
  return {
    owner: "acme",
    repo,
    role: "publish",
    account,
    region,
    desired: { ...desired, repositories },
  };
}

/** Names that GitHub allows and that something that evaluates text could take for code. */
const NAMES = [
  "'; touch canary; '",
  '"; touch canary; "',
  "$(touch canary)",
  "`touch canary`",
  "a\\",
  "\\n",
  "%{ if true }x",
  "%%{",
  "{{resolve}}",
  "# x: y",
  "- &a *a",
  "<<EOF",
  "file://etc",
  "!Ref Role",
  "}) }",
  "ü ñ",
];

/** The same for the characters that tags allow: letters of all scripts, and invisible separators. */
const TAGS = {
  for: "each",
  null: ".",
  true: "yes",
  größe: "1e3",
  "a b": "-x",
  "@x": "= a",
  "no.1": "0x10",
  "team:x/y": "a\u00a0b\u2028c\u3000d",
  漢字: "文字",
  zwo: "",
};

const EVERYTHING: RepositorySettings = {
  tagMutability: "MUTABLE",
  exclusions: ["v*", "release-*"],
  scanOnPush: false,
  encryption: { type: "KMS", kmsKey: KEY },
  lifecycle: [
    { images: "tagged", tags: ["pr-*", "*-rc"], expireAfterDays: 30 },
    { images: "untagged", expireAfterDays: 7 },
    { images: "any", archiveUnpulledAfterDays: 60 },
    { images: "any", expireArchivedAfterDays: 365 },
  ],
  tags: { stage: "prod", team: "payments" },
  pull: { accounts: ["210987654321", "310987654321"], organization: "o-a1b2c3d4e5", lambda: true },
};

const repositories = (...names: string[]): Spec["ecr"] =>
  names.map((repository, index) => ({
    repository,
    access: (["push", "pull", "both"] as const)[index % 3] ?? "push",
  }));

const MUCH = {
  spec: {
    trust: {
      branches: ["main", "release/*"],
      tags: ["v*"],
      environments: ["production"],
      jobWorkflowRefs: ["acme/workflows/.github/workflows/x.yml@refs/tags/v1"],
    },
    ecr: repositories("acme/api", "acme/api/base", "acme/api/charts", "acme/api/plain"),
    maxSessionSeconds: 43_200,
    tags: { team: "payments" },
    profiles: ["s3-artifacts"],
    managedPolicyArns: [
      "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
      "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    ],
  },
  settings: [
    EVERYTHING,
    null,
    DEFAULT_SETTINGS,
    repositorySettings({ exclusions: [], lifecycle: [], pull: { accounts: ["210987654321"] } }),
  ],
} satisfies Asked;

export const CASES: { readonly [name: string]: Exported } = {
  "the defaults": exported({}),
  "no repositories": exported({ spec: { ecr: [] } }),
  "everything, and a repository of others": exported(MUCH),
  "only repositories of others": exported({ settings: [null] }),
  "encryption without a key of one's own": exported({
    settings: [repositorySettings({ tagMutability: "MUTABLE", encryption: { type: "KMS_DSSE" } })],
  }),
  "texts that try to be something else": exported({
    spec: { trust: { branches: ["x"], environments: NAMES }, tags: TAGS },
    settings: [{ ...DEFAULT_SETTINGS, tags: TAGS }],
  }),
  "a name with dots, and an Enterprise Server": exported({
    repo: "api.v2_x",
    issuer: {
      url: "https://github.corp.example/_services/token",
      host: "github.corp.example/_services/token",
      gitHubHost: "github.corp.example",
      apiUrl: "https://github.corp.example/api/v3",
      hasClaims: false,
    },
    spec: { ecr: repositories("acme/api.v2_x") },
  }),
  China: exported({ place: { account: "123456789012", partition: "aws-cn", region: "cn-north-1" } }),
};

/** Everything, with texts that look like code: one script with every command and every option. */
export const EVERYTHING_AND_TEXTS: Exported = exported({
  ...MUCH,
  spec: { ...MUCH.spec, trust: { ...MUCH.spec.trust, environments: NAMES }, tags: TAGS },
  settings: [{ ...EVERYTHING, tags: TAGS }, ...MUCH.settings.slice(1)],
});
