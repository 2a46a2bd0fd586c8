import type { Issuer } from "../trust/issuer.ts";
import type { NonEmpty, Subject } from "../trust/subjects.ts";
import { POLICY_NAME, ROLE_PATH, roleName } from "./names.ts";
import { ecrPolicy } from "./permissions.ts";
import type {
  DesiredProvider,
  DesiredState,
  ObservedRole,
  ObservedState,
  RegistrationKey,
  RepositorySettings,
  Spec,
} from "./state.ts";
import { type Pin, trustPolicy } from "./trust-policy.ts";

/** A tag that was pushed stays what it was, but for those that are meant to move. */
export const DEFAULT_SETTINGS: RepositorySettings = {
  tagMutability: "IMMUTABLE_WITH_EXCLUSION",
  exclusions: ["latest", "buildcache*"],
  encryption: "AES256",
};

/** Where a registration lives. */
export type Place = { account: string; partition: string; region: string };

/** The provider of an issuer in an account. China's STS has an audience of its own. */
export function providerOf({ url, host }: Issuer, { account, partition }: Place): DesiredProvider {
  return {
    arn: `arn:${partition}:iam::${account}:oidc-provider/${host}`,
    url,
    audience: partition === "aws-cn" ? "sts.amazonaws.com.cn" : "sts.amazonaws.com",
  };
}

export type Asked = RegistrationKey & {
  place: Place;
  issuer: Issuer;
  boundaryArn: string;
  /** The registration's own id; the role carries it, as the proof that it is ours. */
  registrationId: string;
  pin: Pin;
  subjects: NonEmpty<Subject>;
  spec: Spec;
};

/** What AWS is to hold for a registration. The same input always gives the same state, to the byte. */
export function desiredState(asked: Asked): DesiredState {
  const { place, issuer, boundaryArn, owner, repo, role, pin, subjects, spec } = asked;
  const provider = providerOf(issuer, place);
  const name = roleName(owner, repo, role);
  const repositories = spec.ecr.map((grant) => ({
    name: grant.repository,
    access: grant.access,
    arn: `arn:${place.partition}:ecr:${place.region}:${place.account}:repository/${grant.repository}`,
  }));
  const policy = ecrPolicy(repositories);
  return {
    provider,
    subjects,
    role: {
      arn: `arn:${place.partition}:iam::${place.account}:role${ROLE_PATH}${name}`,
      name,
      path: ROLE_PATH,
      description: `GitHub Actions of ${owner}/${repo}, role ${role}`,
      maxSessionSeconds: spec.maxSessionSeconds,
      boundaryArn,
      trustPolicy: trustPolicy(provider, pin, subjects, spec.trust.jobWorkflowRefs),
      inlinePolicies: policy === undefined ? {} : { [POLICY_NAME]: policy },
      tags: { ...spec.tags, ...ownTags(asked) },
    },
    repositories: repositories.map(({ name, arn }) => ({ name, arn })),
  };
}

/** Tags that help to find a role; only `rolecall:id` proves anything. A tag's value holds no `*`. */
function ownTags({ registrationId, owner, repo, role, pin }: Asked): { [key: string]: string } {
  return {
    "rolecall:id": registrationId,
    ...(repo === "*" ? { "rolecall:owner": owner } : { "rolecall:repository": `${owner}/${repo}` }),
    ...(pin.by === "repository" && { "rolecall:repository-id": String(pin.repositoryId) }),
    ...(pin.by === "owner" && { "rolecall:owner-id": String(pin.ownerId) }),
    "rolecall:role": role,
  };
}

/** A desired state as if AWS held it: what there is if nobody touched it since it was written. */
export function asObserved(state: DesiredState): ObservedState & { role: ObservedRole } {
  const { role, provider, repositories } = state;
  return {
    provider: { audiences: [provider.audience] },
    role: {
      arn: role.arn,
      description: role.description,
      maxSessionSeconds: role.maxSessionSeconds,
      boundaryArn: role.boundaryArn,
      trustPolicy: role.trustPolicy,
      inlinePolicies: role.inlinePolicies,
      attachedPolicyArns: [],
      tags: role.tags,
    },
    repositories: Object.fromEntries(
      repositories.map(({ name, settings = DEFAULT_SETTINGS }) => [name, { uri: "", settings }]),
    ),
  };
}
