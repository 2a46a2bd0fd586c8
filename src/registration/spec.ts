import type { Config, EcrGrant } from "../config.ts";
import { ecrNamespace, isInNamespace } from "../desired/names.ts";
import { namesRepository } from "../desired/profiles.ts";
import { settingsFaults, tagFaults } from "../desired/settings.ts";
import type { Spec } from "../desired/state.ts";
import type { components } from "../generated/contract.ts";
import { type Failure, type InputError, invalid } from "../lib/errors.ts";
import { CLAIM_CONDITIONS, CLAIM_FIELDS } from "../trust/claims.ts";
import { hasHostedRunners } from "../trust/issuer.ts";
import { EMPTY_TRUST, templateFaults, trustFaults } from "../trust/subjects.ts";
import type { Scope } from "./scope.ts";

export type RegistrationRequest = components["schemas"]["RegistrationRequest"];

/**
 * Returns the names of the ECR repositories in a request, by default `{owner}/{repo}` as ECR spells it. A whole owner
 * has no default. The names are known before GitHub is asked.
 */
export const ecrNames = (owner: string, repo: string, request: RegistrationRequest): string[] =>
  request.ecr?.map(({ repository }) => repository) ?? (repo === "*" ? [] : [ecrNamespace(owner, repo)]);

/**
 * Returns the spec of a request, with every default filled in, or a failure with all of its faults. The request already
 * matches the contract's schema. This function finds the faults that no schema can express.
 * @param ownRegion the service's own region, which is the default of a registration
 */
export function resolveSpec(
  request: RegistrationRequest,
  scope: Scope,
  config: Config,
  ownRegion: string,
): Spec | Failure {
  const spec = specOf(request, scope, ownRegion);
  const faults = [
    ...trustFaults(spec.trust),
    ...templateFaults(scope.form, spec.trust),
    ...faultsByConfiguration(request, spec, scope, config, ownRegion),
  ];
  return faults.length === 0 ? spec : invalid(...faults);
}

/** Returns the spec of a request, with every default filled in. */
function specOf(
  request: RegistrationRequest,
  scope: Pick<Scope, "owner" | "repo" | "ids" | "defaultBranch" | "issuer">,
  ownRegion: string,
): Spec {
  const { owner, repo, defaultBranch, issuer } = scope;
  const trust = request.trust ?? { branches: defaultBranch === undefined ? [] : [defaultBranch] };
  return {
    trust: { ...EMPTY_TRUST, ...trust },
    ecr: (
      request.ecr ??
      ecrNames(owner, repo, request).map((repository) => ({ repository, access: "push" as const }))
    ).map(({ repository, access = "push" }) => ({ repository, access })),
    workflow: {
      kind: "docker",
      runner: hasHostedRunners(issuer) ? "ubuntu-latest" : "self-hosted",
      platforms: ["linux/amd64", "linux/arm64"],
      context: ".",
      dockerfile: "Dockerfile",
      chart: ".",
      tags: [],
      provenance: false,
      sbom: false,
      ...request.workflow,
    },
    maxSessionSeconds: request.maxSessionSeconds ?? 3600,
    // Sort the tags, so that the same tags give the same spec.
    tags: Object.fromEntries(Object.entries(request.tags ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))),
    onDrift: request.onDrift ?? "report",
    github: scope.ids,
    // Sort both lists for the same reason.
    profiles: [...(request.profiles ?? [])].sort(),
    managedPolicyArns: [...(request.managedPolicyArns ?? [])].sort(),
    // Keep `region` last. The registry adds it there to items that were stored without a region, and specs are compared
    // as text.
    region: request.region ?? ownRegion,
  };
}

/**
 * Returns the faults of a spec that the operator's configuration alone shows. GitHub's answer does not matter for them.
 */
function faultsByConfiguration(
  request: RegistrationRequest,
  spec: Spec,
  scope: Pick<Scope, "owner" | "repo" | "issuer">,
  config: Config,
  ownRegion: string,
): InputError[] {
  return [
    ...accessFaults(spec, scope, config),
    ...ecrFaults(request, spec, scope, config),
    ...profileFaults(request, scope, config),
    ...tagFaults(spec.tags, config.tagKeys, "/tags"),
    ...sessionFaults(spec, config),
    ...regionFaults(spec, config, ownRegion),
  ];
}

/**
 * Returns the faults of a request that are known before GitHub is asked. Report these faults first: requests to GitHub
 * count against a limit that all callers share.
 * @param asked the names in the path, and the owner's issuer
 * @param ownRegion the service's own region
 */
export function faultsBeforeGitHub(
  request: RegistrationRequest,
  asked: Pick<Scope, "owner" | "repo" | "issuer">,
  config: Config,
  ownRegion: string,
): InputError[] {
  const spec = specOf(request, { ...asked, ids: {}, defaultBranch: undefined }, ownRegion);
  const faults = faultsByConfiguration(request, spec, asked, config, ownRegion);
  return request.trust === undefined ? faults : [...trustFaults(spec.trust), ...faults];
}

/**
 * Tells whether a role may change something: it may push, or has managed policies or profiles that do not only read.
 */
export const mayChange = ({ ecr, ...spec }: Spec, config: Pick<Config, "profiles">): boolean =>
  ecr.some(({ access }) => access !== "pull") || hasWritingPolicies(spec, config);

const hasWritingPolicies = (
  { profiles, managedPolicyArns }: Pick<Spec, "profiles" | "managedPolicyArns">,
  config: Pick<Config, "profiles">,
): boolean =>
  managedPolicyArns.length > 0 || profiles.some((name) => config.profiles.get(name)?.readOnly !== true);

/** Returns the faults of a trust that is too wide for the access of the role, or that AWS does not evaluate. */
function accessFaults(spec: Spec, { issuer }: Pick<Scope, "issuer">, config: Config): InputError[] {
  const { allow } = config;
  const { trust, ecr } = spec;
  const faults: InputError[] = [];
  const mayPush = ecr.some(({ access }) => access !== "pull");
  if (trust.pullRequests && mayPush) {
    faults.push({
      pointer: "/trust/pullRequests",
      detail:
        "A pull request runs code that nobody has reviewed, so it may not push. Register another role with access `pull` for pull requests.",
    });
  }
  if (trust.pullRequests && hasWritingPolicies(spec, config)) {
    faults.push({
      pointer: "/trust/pullRequests",
      detail:
        "A pull request runs code that nobody has reviewed, so it may have no managed policies, and only profiles that the operator marks as read-only. Register another role for pull requests.",
    });
  }
  if (trust.anyRef && mayChange(spec, config) && !allow.anyRef) {
    const access = mayPush ? "access to push" : "profiles or managed policies";
    faults.push({
      pointer: "/trust/anyRef",
      detail: `\`anyRef\` lets in every branch and pull request. With ${access} the operator must allow it (ROLECALL_ALLOW=any-ref).`,
    });
  }
  for (const field of CLAIM_FIELDS) {
    if (trust[field].length === 0 || issuer.hasClaims) continue;
    faults.push({
      pointer: `/trust/${field}`,
      detail: `AWS does not evaluate ${CLAIM_CONDITIONS[field].claim} of ${issuer.host}.`,
    });
  }
  return faults;
}

/**
 * Returns the faults of the profiles and managed policies in a request. The operator defines them, and a request may
 * name only those.
 */
function profileFaults(
  { profiles = [], managedPolicyArns = [] }: RegistrationRequest,
  { repo }: Pick<Scope, "repo">,
  config: Config,
): InputError[] {
  const few = (names: readonly string[]) => (names.length === 0 ? "none" : [...names].sort().join(", "));
  return [
    ...profiles.flatMap((name, index) => {
      const pointer = `/profiles/${index}`;
      const profile = config.profiles.get(name);
      if (profile === undefined) {
        const known = few([...config.profiles.keys()]);
        const detail =
          config.member === undefined
            ? `The operator has these profiles: ${known} (profiles.json).`
            : `In this account a registration may have these profiles: ${known} (PUT /v1/accounts/${config.account}).`;
        return [{ pointer, detail }];
      }
      if (repo !== "*" || !namesRepository(profile)) return [];
      const detail = "The profile is about one repository; register the repositories that are to have it.";
      return [{ pointer, detail }];
    }),
    ...managedPolicyArns.flatMap((arn, index) =>
      config.managedPolicies.includes(arn)
        ? []
        : [
            {
              pointer: `/managedPolicyArns/${index}`,
              detail: `The operator allows these managed policies: ${few(config.managedPolicies)} (${config.member === undefined ? "ROLECALL_MANAGED_POLICIES" : `PUT /v1/accounts/${config.account}`}).`,
            },
          ],
    ),
  ];
}

/** Returns the fault of a session that is longer than the operator allows; none otherwise. */
function sessionFaults(
  { maxSessionSeconds: asked }: Spec,
  { maxSessionSeconds: most }: Config,
): InputError[] {
  if (asked <= most) return [];
  const detail = `The registration asks for sessions of ${asked} seconds, and the operator allows ${most} (ROLECALL_MAX_SESSION_SECONDS). Ask for at most ${most}, or have the operator raise the limit.`;
  return [{ pointer: "/maxSessionSeconds", detail }];
}

/** Returns the fault of a region that the operator does not allow; none otherwise. */
function regionFaults(
  { region }: Spec,
  { regions, member, account }: Config,
  ownRegion: string,
): InputError[] {
  const allowed = [...new Set([ownRegion, ...regions])];
  if (allowed.includes(region)) return [];
  const where = member === undefined ? "ROLECALL_REGIONS" : `PUT /v1/accounts/${account}`;
  const detail = `ECR repositories may be in ${allowed.join(", ")}: name one of them, or leave \`region\` out for ${ownRegion}. The operator allows others (${where}).`;
  return [{ pointer: "/region", detail }];
}

function ecrFaults(
  request: RegistrationRequest,
  { ecr }: Spec,
  { owner, repo }: Pick<Scope, "owner" | "repo">,
  config: Config,
): InputError[] {
  if (repo === "*" && request.ecr === undefined) {
    return [
      {
        pointer: "/ecr",
        detail:
          "A registration for a whole owner has no default ECR repository. Name the repositories in `ecr`.",
      },
    ];
  }
  return ecr.flatMap(({ repository, access }, index) => {
    const pointer = `/ecr/${index}/repository`;
    const grants = grantsFor(config, owner, repo, repository);
    const isOwn = isInNamespace(owner, repo, repository);
    if (!isOwn && grants.length === 0) {
      const own =
        repo === "*" ? "what the operator grants" : `${ecrNamespace(owner, repo)} and what is below it`;
      return [
        {
          pointer,
          detail: `This registration may use ${own}. To use another, ask the operator for a grant (ROLECALL_ECR_GRANTS).`,
        },
      ];
    }
    if (access !== "pull" && mayOnlyPull(config, { owner, repo }, repository)) {
      const detail = `The operator grants pulling from ${repository} alone (ROLECALL_ECR_GRANTS); say \`"access": "pull"\`.`;
      return [{ pointer: `/ecr/${index}/access`, detail }];
    }
    const isRepeated = ecr.findIndex((other) => other.repository === repository) < index;
    if (isRepeated)
      return [
        {
          pointer,
          detail:
            "The repository is named twice. Name it once, with access `both` if it needs push and pull.",
        },
      ];
    const settings = request.ecr?.[index]?.settings;
    if (settings === undefined) return [];
    const at = `/ecr/${index}/settings`;
    // Refuse settings for an ECR repository that the operator grants. Other registrations may use that repository too,
    // and their grants may not include changing it.
    return isOwn
      ? settingsFaults(settings, config, at)
      : [
          {
            pointer: at,
            detail:
              "The operator grants this ECR repository, so it does not belong to this registration. Leave its settings out; the operator sets them when creating it.",
          },
        ];
  });
}

/**
 * Tells whether a registration may only pull from an ECR repository: the repository is outside its namespace, and no
 * grant of the operator allows more.
 */
export function mayOnlyPull(
  config: Config,
  { owner, repo }: Pick<Scope, "owner" | "repo">,
  name: string,
): boolean {
  const grants = grantsFor(config, owner, repo, name);
  return !isInNamespace(owner, repo, name) && grants.every(({ pullOnly }) => pullOnly);
}

/** Tells whether the operator grants another repository on GitHub more than pulling from an ECR repository. */
export const hasWritingGrantOfOthers = (
  { ecrGrants }: Pick<Config, "ecrGrants">,
  owner: string,
  repo: string,
  name: string,
): boolean =>
  ecrGrants.some((grant) => !grant.pullOnly && grantMatches(grant, name) && !isGrantedTo(grant, owner, repo));

const isGrantedTo = (grant: EcrGrant, owner: string, repo: string): boolean =>
  grant.owner.toLowerCase() === owner.toLowerCase() && grant.repo.toLowerCase() === repo.toLowerCase();

const grantMatches = ({ pattern }: EcrGrant, name: string): boolean =>
  pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

/** Returns the operator's grants of an ECR repository to a repository on GitHub. */
function grantsFor({ ecrGrants }: Config, owner: string, repo: string, name: string): EcrGrant[] {
  return ecrGrants.filter((grant) => grantMatches(grant, name) && isGrantedTo(grant, owner, repo));
}
