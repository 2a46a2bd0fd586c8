import { quotas } from "../aws/account.ts";
import { type Config, issuerOf } from "../config.ts";
import { byName, type EcrItems } from "../converge/expected.ts";
import { desiredState } from "../desired/desired.ts";
import { namespaceOf, type Place } from "../desired/names.ts";
import type { DeniedSessions } from "../desired/revocation.ts";
import type { DesiredState, Spec } from "../desired/state.ts";
import { policyLength } from "../desired/trust-policy.ts";
import type { components } from "../generated/contract.ts";
import { type Failure, failed, invalid } from "../lib/errors.ts";
import type { RegistrationItem, RegistrationKey, Reservation } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { lintTrustPolicy } from "../trust/lint/lint.ts";
import { subjects } from "../trust/subjects.ts";
import { givenSettings, missingFaults } from "./given-settings.ts";
import {
  type Applicant,
  applicantOf,
  ecrConflict,
  otherSpelling,
  registrationConflict,
  reserve,
} from "./reservation.ts";
import { type Scope, scopeFault, scopeOf } from "./scope.ts";
import {
  ecrNames,
  faultsBeforeGitHub,
  mayChange,
  mayOnlyPull,
  type RegistrationRequest,
  resolveSpec,
} from "./spec.ts";
import { warningsOf } from "./warnings.ts";

type Finding = components["schemas"]["Finding"];

/** The result of planning a PUT, before anything is written. */
export type Plan = {
  place: Place;
  spec: Spec;
  /** The repository that asks for the namespace. */
  applicant: Applicant;
  /** The issuer of the repository's tokens. */
  issuerUrl: string;
  /** The reservation after this PUT; the stored one if nothing changes. */
  reserved: Reservation;
  /** The items that the registry already holds. */
  stored: Stored;
  warnings: Finding[];
  /** Returns the desired state of the registration with that id, in which these sessions are denied everything. */
  desired(registrationId: string, denied: DeniedSessions | undefined): DesiredState;
};

/** The items that the registry holds: the registration, the reservation of its namespace, and its ECR repositories. */
export type Stored = {
  registration: RegistrationItem | undefined;
  reservation: Reservation | undefined;
  ecr: EcrItems;
};

/**
 * Plans a request: asks GitHub, fills in the defaults, and looks for every fault and conflict. Refuses first what does
 * not depend on GitHub, because all callers share GitHub's rate limit.
 * @param refuse returns why the request is refused given the stored items; undefined if it is not
 */
export async function plan(
  services: Pick<Services, "config" | "clients" | "registry" | "gitHub">,
  key: RegistrationKey,
  request: RegistrationRequest,
  refuse: (stored: Stored) => Promise<Failure | undefined> = async () => undefined,
): Promise<Plan | Failure> {
  const { config, clients, registry } = services;
  const { owner, repo, role } = key;
  if (!config.owners.some((allowed) => allowed.toLowerCase() === owner.toLowerCase())) {
    return { failure: "owner-not-allowed", owner };
  }
  if ((request.profiles ?? []).length > 0 && config.member?.outdatedProfiles !== undefined)
    return {
      failure: "account-outdated",
      account: config.account,
      detail: config.member.outdatedProfiles,
    };
  const namespace = namespaceOf(owner, repo);
  const own = clients.place;
  const place = { ...own, region: request.region ?? own.region };
  const { account, region } = place;
  const ecrKeys = ecrNames(owner, repo, request).map((name) => ({ account, region, name }));
  const outOfScope = scopeFault(config, key);
  if (outOfScope !== undefined) return outOfScope;
  const known = { owner, repo, issuer: issuerOf(config, owner) };
  const faults = faultsBeforeGitHub(request, known, config, own.region);
  if (faults.length > 0) return invalid(...faults);
  const read = await registry.readAll({ owner, repo, role }, ecrKeys, namespace);
  const stored: Stored = { ...read, ecr: byName(read.ecr) };
  const refused = await refuse(stored);
  if (refused !== undefined) return refused;
  const wasConfirmed = stored.registration?.confirmed ?? false;
  const scope = await scopeOf(services, { owner, repo, github: request.github, wasConfirmed });
  if (failed(scope)) return scope;
  const spec = resolveSpec(request, scope, config, own.region);
  if (failed(spec)) return spec;
  const applicant = applicantOf(config, key, scope);
  const reserved = reservedFor(config, key, applicant, scope, spec, stored);
  if (failed(reserved)) return reserved;
  const accepted = subjects(scope.form, spec.trust);
  if (accepted === undefined)
    return invalid({
      pointer: "/trust",
      detail: "The trust names nothing. Name a branch, a tag or an environment.",
    });

  const missing = await missingFaults(
    clients,
    place,
    spec.ecr.map(({ repository }) => repository),
    stored.ecr,
    (name) => mayOnlyPull(config, scope, name),
  );
  if (missing.length > 0) return invalid(...missing);
  const settings = await givenSettings(services, place, request, stored.ecr);
  if (failed(settings)) return settings;
  const { issuer, pin } = scope;
  const { boundaryArn, profiles } = config;
  const desired = (registrationId: string, denied: DeniedSessions | undefined): DesiredState =>
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
      denied,
    });
  // Keep room in every role for the policy that ends its sessions. In an incident there would be no time to make room.
  const preview = desired("", ANY_SESSIONS);
  const tooMuch = await quotaFault(clients, preview.role, spec);
  if (tooMuch !== undefined) return tooMuch;
  const findings = lint(preview, scope, mayChange(spec, config), place);
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    return invalid(
      ...errors.map(({ detail, remedy }) => ({ pointer: "/trust", detail: `${detail} ${remedy}` })),
    );
  }
  return {
    place,
    spec,
    applicant,
    issuerUrl: issuer.url,
    reserved,
    stored,
    warnings: [...warningsOf(scope, spec.trust), ...findings],
    desired,
  };
}

/** Any time. The policy has the same length with every time, and is shorter if it denies all sessions. */
const ANY_SESSIONS: DeniedSessions = { issuedBefore: "2026-11-23T06:01:00Z" };

/**
 * Returns the reservation that the applicant gets, or why the registration, the namespace or an ECR repository belongs
 * to another.
 */
function reservedFor(
  config: Config,
  key: RegistrationKey,
  applicant: Applicant,
  { issuer }: Scope,
  { ecr }: Spec,
  stored: Stored,
): Reservation | Failure {
  const { registration, reservation } = stored;
  const conflict = registrationConflict(applicant, registration, issuer.url);
  if (conflict !== undefined) return conflict;
  const reserved = reserve(reservation, applicant, "");
  if (failed(reserved)) return reserved;
  // If there is no reservation, compare with the registration's spelling. A crash may have left a registration without
  // a reservation.
  if (registration !== undefined && reservation === undefined && !applicant.confirmed) {
    const { owner, repo } = registration;
    if (`${owner}/${repo}` !== applicant.name) return otherSpelling(`${owner}/${repo}`, applicant.name);
  }
  const names = ecr.map(({ repository }) => repository);
  return ecrConflict(config, key, reserved, applicant, names, stored.ecr) ?? reserved;
}

/**
 * Returns a failure if the policies are longer, or more, than IAM accepts. Asks the account for its own quotas only if
 * a default quota is exceeded.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 * https://docs.aws.amazon.com/general/latest/gr/iam-service.html
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
    {
      pointer: "/trust",
      what: "trust policy",
      length: trust,
      limit: quota.trustPolicyCharacters,
      remedy:
        "Ask the operator to raise IAM's quota `Role trust policy length` (L-C07B4B0D) in Service Quotas, or name fewer values. Replace values by a pattern with `*` only if every value that it matches may use the role.",
    },
    {
      pointer: profiles.length > 0 ? "/profiles" : "/ecr",
      what: profiles.length > 0 ? "role's policies together" : "role's policy",
      length: inline,
      limit: quota.rolePolicyCharacters,
      remedy:
        "AWS does not raise IAM's quota of a role's inline policies. Name fewer ECR repositories or profiles, or register another role for some of them.",
    },
  ]
    .filter(({ length, limit }) => length > limit)
    .map(({ pointer, what, length, limit, remedy }) => ({
      pointer,
      detail: `The ${what} would have ${length} characters, and the account's quota is ${limit}. ${remedy}`,
    }));
  if (attached > quota.attachedPoliciesPerRole) {
    faults.push({
      pointer: "/managedPolicyArns",
      detail: `A role of this account has at most ${quota.attachedPoliciesPerRole} managed policies. Ask the operator to raise IAM's quota \`Managed policies per role\` (L-0DA4ABF3) in Service Quotas, or name fewer.`,
    });
  }
  return faults.length === 0 ? undefined : invalid(...faults);
}

/** Returns the findings on the trust policy that the PUT would write. The lint is the same that audits other roles. */
function lint(
  { provider, role }: DesiredState,
  { issuer, owner, repo, form }: Scope,
  hasPush: boolean,
  place: Place,
): Finding[] {
  return lintTrustPolicy(JSON.stringify(role.trustPolicy), {
    issuers: [issuer.url],
    accountId: place.account,
    partition: place.partition,
    providerArn: provider.arn,
    hasPush,
    ...(repo !== "*" && { repository: { owner, name: repo } }),
    isTemplateRead: form.template !== "unread",
    hints: true,
  });
}
