import type { PolicyDocument } from "../policy/document.ts";
import { type Issuer, stsAudience } from "../trust/issuer.ts";
import type { NonEmpty, Subject } from "../trust/subjects.ts";
import { type LifecyclePolicy, lifecyclePolicy } from "./lifecycle.ts";
import { type Place, POLICY_NAME, repositoryArn, roleName, rolePathOf } from "./names.ts";
import { ecrPolicy, pullPolicy } from "./permissions.ts";
import { type Profiles, profilePolicy, profilePolicyName } from "./profiles.ts";
import { type DeniedSessions, revocationPolicies } from "./revocation.ts";
import type {
  DesiredProvider,
  DesiredState,
  ObservedRepository,
  ObservedRole,
  ObservedState,
  RegistrationKey,
  RepositoryDetails,
  RepositorySettings,
  Spec,
} from "./state.ts";
import { type Pin, trustPolicy } from "./trust-policy.ts";

/** Returns the OIDC provider of an issuer in an account. */
export function providerOf({ url, host }: Issuer, { account, partition }: Place): DesiredProvider {
  return {
    arn: `arn:${partition}:iam::${account}:oidc-provider/${host}`,
    url,
    audience: stsAudience(partition),
  };
}

export type Asked = RegistrationKey & {
  place: Place;
  issuer: Issuer;
  boundaryArn: string;
  /** The registration's own id. The role has it as a tag, which proves that the role belongs to the registration. */
  registrationId: string;
  pin: Pin;
  subjects: NonEmpty<Subject>;
  spec: Spec;
  /** The operator's profiles, including those that the spec names. */
  profiles: Profiles["profiles"];
  /** The settings that the request gives to ECR repositories, by name. */
  settings?: ReadonlyMap<string, RepositorySettings>;
  /** The sessions that are denied everything; undefined if there are none. */
  denied?: DeniedSessions | undefined;
};

/** Returns the desired state of a registration. The same input always gives the same state, to the byte. */
export function desiredState(asked: Asked): DesiredState {
  const { place, issuer, boundaryArn, owner, repo, role, pin, subjects, spec, profiles, settings } = asked;
  const provider = providerOf(issuer, place);
  const name = roleName(owner, repo, role);
  const path = rolePathOf(boundaryArn);
  const repositories = spec.ecr.map((grant) => ({
    name: grant.repository,
    access: grant.access,
    arn: repositoryArn(grant.repository, place),
  }));
  const policy = ecrPolicy(repositories);
  return {
    provider,
    subjects,
    role: {
      arn: `arn:${place.partition}:iam::${place.account}:role${path}${name}`,
      name,
      path,
      description: `GitHub Actions of ${owner}/${repo}, role ${role}`,
      maxSessionSeconds: spec.maxSessionSeconds,
      boundaryArn,
      trustPolicy: trustPolicy(provider, pin, subjects, spec.trust),
      inlinePolicies: {
        ...(policy !== undefined && { [POLICY_NAME]: policy }),
        ...Object.fromEntries(
          spec.profiles.map((name) => [
            profilePolicyName(name),
            profilePolicy(profiles.get(name)?.statements ?? [], { ...place, owner, repo }),
          ]),
        ),
        ...revocationPolicies(asked.denied),
      },
      tags: { ...spec.tags, ...ownTags(asked) },
      attachedPolicyArns: spec.managedPolicyArns,
    },
    repositories: repositories.map(({ name, arn }) => {
      const given = settings?.get(name);
      return { name, arn, ...(given !== undefined && { settings: given }) };
    }),
  };
}

/**
 * Returns the tags by which a role can be found. Only `rolecall:id` proves anything. A whole owner has a tag of its
 * own, because the value of a tag cannot contain `*`.
 */
function ownTags({ registrationId, owner, repo, role, pin }: Asked): { [key: string]: string } {
  return {
    "rolecall:id": registrationId,
    ...(repo === "*" ? { "rolecall:owner": owner } : { "rolecall:repository": `${owner}/${repo}` }),
    ...(pin.by === "repository" && { "rolecall:repository-id": String(pin.repositoryId) }),
    ...(pin.by === "owner" && { "rolecall:owner-id": String(pin.ownerId) }),
    "rolecall:role": role,
  };
}

/** Returns the observed state of the provider and the role if nobody has changed them since they were written. */
export function asObserved({ role, provider }: DesiredState): ObservedState & { role: ObservedRole } {
  return {
    provider: { audiences: [provider.audience] },
    role: {
      arn: role.arn,
      description: role.description,
      maxSessionSeconds: role.maxSessionSeconds,
      boundaryArn: role.boundaryArn,
      trustPolicy: role.trustPolicy,
      inlinePolicies: role.inlinePolicies,
      attachedPolicyArns: role.attachedPolicyArns,
      tags: role.tags,
    },
    repositories: {},
  };
}

/** Returns the observed state of an ECR repository that has these settings. */
export const repositoryAsObserved = (
  repository: { arn: string; id?: string },
  settings: RepositorySettings,
): ObservedRepository => ({
  uri: "",
  properties: settings,
  details: repositoryDetails(repository, settings),
});

/**
 * Returns the details of an ECR repository that has these settings: its policies and tags.
 * @param held the repository policy that ECR holds, parsed from JSON. Lambda's own statements in it stay
 */
export const repositoryDetails = (
  { arn, id }: { arn: string; id?: string },
  { lifecycle, pull, tags }: RepositorySettings,
  held: unknown = null,
): RepositoryDetails & {
  lifecyclePolicy: LifecyclePolicy | null;
  repositoryPolicy: PolicyDocument | null;
} => ({
  lifecyclePolicy: lifecyclePolicy(lifecycle) ?? null,
  repositoryPolicy: pullPolicy(pull, placeOf(arn), held) ?? null,
  tags: { ...tags, ...(id !== undefined && { "rolecall:id": id }) },
});

/** Returns the region in an ARN. */
export const regionOf = (arn: string): string => arn.split(":")[3] ?? "";

/** Returns the account, the partition and the region in an ARN. */
export function placeOf(arn: string): Place {
  const [, partition = "", , region = "", account = ""] = arn.split(":");
  return { account, partition, region };
}
