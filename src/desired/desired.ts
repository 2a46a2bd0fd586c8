import type { GitHubRepository, NonEmpty, Subject } from "../trust/subjects.ts";
import { POLICY_NAME, ROLE_PATH, roleName } from "./names.ts";
import { ecrPolicy } from "./permissions.ts";
import type { DesiredProvider, DesiredState, ObservedRole, ObservedState, RepositorySettings, Spec } from "./state.ts";
import { trustPolicy } from "./trust-policy.ts";

/** A tag that was pushed stays what it was, but for those that are meant to move. */
export const DEFAULT_SETTINGS: RepositorySettings = {
  tagMutability: "IMMUTABLE_WITH_EXCLUSION",
  exclusions: ["latest", "buildcache*"],
};

/** Where a registration lives. */
export type Place = { account: string; partition: string; region: string };

/** GitHub's provider in an account. China's STS has an audience of its own. */
export function githubProvider({ account, partition }: Place): DesiredProvider {
  const issuer = "token.actions.githubusercontent.com";
  return {
    arn: `arn:${partition}:iam::${account}:oidc-provider/${issuer}`,
    url: `https://${issuer}`,
    audience: partition === "aws-cn" ? "sts.amazonaws.com.cn" : "sts.amazonaws.com",
  };
}

export type Asked = {
  place: Place;
  boundaryArn: string;
  /** The registration's own id; the role carries it, as the proof that it is ours. */
  registrationId: string;
  repository: GitHubRepository;
  role: string;
  subjects: NonEmpty<Subject>;
  spec: Spec;
};

/** What AWS is to hold for a registration. The same input always gives the same state, to the byte. */
export function desiredState({ place, boundaryArn, registrationId, repository, role, subjects, spec }: Asked): DesiredState {
  const { owner, repo, repositoryId } = repository;
  const provider = githubProvider(place);
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
      trustPolicy: trustPolicy(provider, repositoryId, subjects),
      inlinePolicies: policy === undefined ? {} : { [POLICY_NAME]: policy },
      tags: {
        ...spec.tags,
        "rolecall:id": registrationId,
        "rolecall:repository": `${owner}/${repo}`,
        "rolecall:repository-id": String(repositoryId),
        "rolecall:role": role,
      },
    },
    repositories: repositories.map(({ name, arn }) => ({ name, arn })),
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
