import { quotas } from "../aws/account.ts";
import { desiredState } from "../desired/desired.ts";
import { claimedNamespace, type Place } from "../desired/names.ts";
import type { DesiredState, Spec } from "../desired/state.ts";
import { policyLength } from "../desired/trust-policy.ts";
import { type Failure, failed, invalid } from "../errors.ts";
import type { components } from "../generated/contract.ts";
import type { ClaimItem, EcrItem, RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { lintTrustPolicy } from "../trust/lint/lint.ts";
import { subjects } from "../trust/subjects.ts";
import { type Scope, scopeOf } from "./scope.ts";
import { givenSettings, missingFaults } from "./settings.ts";
import {
  ecrNames,
  isInNamespace,
  mayChange,
  mayOnlyPull,
  type RegistrationRequest,
  resolveSpec,
} from "./spec.ts";

type Finding = components["schemas"]["Finding"];

/** What a PUT comes to, before anything is written. */
export type Plan = {
  place: Place;
  spec: Spec;
  claim: ClaimItem;
  /** What the registry holds already. */
  stored: Stored;
  /** Whether GitHub has confirmed the repository. */
  confirmed: boolean;
  warnings: Finding[];
  /** The desired state of the registration with that id. */
  desired(registrationId: string): DesiredState;
};

type Stored = {
  registration: RegistrationItem | undefined;
  claim: ClaimItem | undefined;
  ecr: readonly (EcrItem | undefined)[];
};

/** Works out what a request means: asks GitHub, fills in the defaults, and looks for every fault and conflict. */
export async function plan(
  services: Pick<Services, "config" | "clients" | "registry" | "gitHub">,
  key: RegistrationKey,
  request: RegistrationRequest,
): Promise<Plan | Failure> {
  const { config, clients, registry } = services;
  const { owner, repo, role } = key;
  if (!config.owners.some((allowed) => allowed.toLowerCase() === owner.toLowerCase())) {
    return { failure: "owner-not-allowed", owner };
  }
  const namespace = claimedNamespace(owner, repo);
  const own = await clients.place();
  const place = { ...own, region: request.region ?? own.region };
  const { account, region } = place;
  const ecrKeys = ecrNames(owner, repo, request).map((name) => ({ account, region, name }));
  const [scope, stored] = await Promise.all([
    scopeOf(services, { owner, repo, github: request.github }),
    registry.readAll({ owner, repo, role }, ecrKeys, namespace),
  ]);
  if (failed(scope)) return scope;
  const misspelled = spellingConflict(key, scope, stored);
  if (misspelled !== undefined) return misspelled;
  const spec = resolveSpec(request, scope, config, own.region);
  if (failed(spec)) return spec;
  const claim: ClaimItem = { namespace, name: `${owner}/${repo}`, claimant: scope.claimant };
  const conflict = claimConflict(claim, key, stored);
  if (conflict !== undefined) return conflict;
  const accepted = subjects(scope.form, spec.trust);
  if (accepted === undefined) return invalid({ pointer: "/trust", detail: "The trust names nothing." });

  const missing = await missingFaults(
    clients,
    place,
    spec.ecr.map(({ repository }) => repository),
    stored.ecr,
    (name) => mayOnlyPull(config, scope, name),
  );
  if (missing.length > 0) return invalid(...missing);
  const settings = await givenSettings(clients, place, request, stored.ecr);
  if (failed(settings)) return settings;
  const { issuer, pin } = scope;
  const { boundaryArn, profiles } = config;
  const desired = (registrationId: string): DesiredState =>
    desiredState({
      ...key,
      place,
      issuer,
      boundaryArn,
      registrationId,
      pin,
      subjects: accepted,
      spec,
      profiles,
      settings,
    });
  const preview = desired("");
  const tooMuch = await quotaFault(clients, preview.role, spec);
  if (tooMuch !== undefined) return tooMuch;
  const findings = lint(preview, scope, spec, place);
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    return invalid(
      ...errors.map(({ detail, remedy }) => ({ pointer: "/trust", detail: `${detail} ${remedy}` })),
    );
  }
  return {
    place,
    spec,
    claim,
    stored,
    confirmed: scope.isConfirmed,
    warnings: [...confirmation(scope), ...findings],
    desired,
  };
}

/** Where GitHub does not say how a name is spelled, the registration that stands under it does. */
function spellingConflict(
  { owner, repo }: RegistrationKey,
  { isConfirmed }: Scope,
  { registration }: Stored,
): Failure | undefined {
  if (isConfirmed || registration === undefined) return undefined;
  if (registration.owner === owner && registration.repo === repo) return undefined;
  const detail = `It is registered as ${registration.owner}/${registration.repo}; use that path.`;
  return invalid({ pointer: registration.owner === owner ? "/repo" : "/owner", detail });
}

/** Whether the name, the namespace or the registration belongs to another repository on GitHub. */
function claimConflict(
  { namespace, name, claimant }: ClaimItem,
  { owner, repo }: RegistrationKey,
  { registration, claim, ecr }: Stored,
): Failure | undefined {
  const claimedBy = registration?.claimant ?? claim?.claimant ?? claimant;
  if (claimedBy !== claimant) {
    const isSameName = registration !== undefined || claim?.name.toLowerCase() === name.toLowerCase();
    return isSameName
      ? { failure: "repository-replaced", name, registered: claimedBy, actual: claimant }
      : { failure: "ecr-claimed", repository: namespace, internal: `claimed by ${claim?.name ?? claimedBy}` };
  }
  // What the operator grants may be anybody's.
  const other = ecr.find(
    (item) =>
      item !== undefined &&
      isInNamespace(owner, repo, item.name) &&
      ![claimant, "operator"].includes(item.claimant),
  );
  return (
    other && { failure: "ecr-claimed", repository: other.name, internal: `claimed by ${other.claimant}` }
  );
}

/**
 * Whether the policies are longer, or more, than IAM takes. The account is asked for its own quota only where the
 * default one is exceeded. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
async function quotaFault(
  clients: Services["clients"],
  role: DesiredState["role"],
  { profiles }: Spec,
): Promise<Failure | undefined> {
  const trust = policyLength(role.trustPolicy);
  const inline = Object.values(role.inlinePolicies).reduce((sum, policy) => sum + policyLength(policy), 0);
  const attached = role.attachedPolicyArns.length;
  if (trust <= 2048 && inline <= 10_240 && attached <= 10) return undefined;
  const quota = await quotas(clients);
  const faults = [
    { pointer: "/trust", what: "trust policy", length: trust, limit: quota.trustPolicyCharacters },
    {
      pointer: profiles.length > 0 ? "/profiles" : "/ecr",
      what: profiles.length > 0 ? "role's policies together" : "role's policy",
      length: inline,
      limit: quota.rolePolicyCharacters,
    },
  ]
    .filter(({ length, limit }) => length > limit)
    .map(({ pointer, what, length, limit }) => ({
      pointer,
      detail: `The ${what} would have ${length} characters, and the account's quota is ${limit}; name fewer, or use \`*\`.`,
    }));
  if (attached > quota.attachedPoliciesPerRole) {
    faults.push({
      pointer: "/managedPolicyArns",
      detail: `A role of this account has at most ${quota.attachedPoliciesPerRole} managed policies; name fewer.`,
    });
  }
  return faults.length === 0 ? undefined : invalid(...faults);
}

/** The policy that would be written, held against the known mistakes: the same lint that audits other roles. */
function lint(
  { provider, role }: DesiredState,
  { issuer, owner, repo }: Scope,
  spec: Spec,
  place: Place,
): Finding[] {
  return lintTrustPolicy(JSON.stringify(role.trustPolicy), {
    issuers: [issuer.url],
    accountId: place.account,
    partition: place.partition,
    providerArn: provider.arn,
    hasPush: mayChange(spec),
    ...(repo !== "*" && { repository: { owner, name: repo } }),
    hints: true,
  });
}

/** What GitHub has not confirmed is taken as given, and should be known. */
function confirmation({ isConfirmed }: Scope): Finding[] {
  if (isConfirmed) return [];
  return [
    {
      code: "github-not-asked",
      severity: "warning",
      pointer: "/github",
      detail: "GitHub hides the repository, so its spelling and ids are taken as given.",
      remedy:
        "Check them with `gh api repos/OWNER/REPO`, or give the service access (ROLECALL_GITHUB_SECRET).",
    },
  ];
}
