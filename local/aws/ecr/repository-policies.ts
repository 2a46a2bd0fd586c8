/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html */
import { type Action, action } from "../action.ts";
import { AwsError } from "../errors.ts";
import { checkDocument } from "../iam/documents.ts";
import type { Json } from "../wire/json.ts";
import { showTarget } from "./repositories.ts";
import { ecrError, invalidParameter } from "./rules.ts";
import { find, put, type Registry, type Repository, readTarget } from "./state.ts";

function checkPolicy({ account }: Registry, text: string): void {
  try {
    checkDocument(text, "resource", { account, principalExists: () => true });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw invalidParameter("PolicyText", `Invalid repository policy provided: ${error.message}`);
  }
}

function policyOf(registry: Registry, repository: Repository): string {
  if (repository.policy !== undefined) return repository.policy;
  throw ecrError(
    "RepositoryPolicyNotFoundException",
    `Repository policy does not exist for the repository with name '${repository.name}' in the registry with id '${registry.account.id}'`,
  );
}

export const SetRepositoryPolicy: Action<Registry, Json> = action(
  (input) => ({
    ...readTarget(input),
    text: input.text("policyText", { max: 10_240 }),
    force: input.optionalFlag("force"),
  }),
  (registry, { text, ...target }) => {
    const repository = find(registry, target);
    checkPolicy(registry, text);
    put(registry, { ...repository, policy: text });
    return { ...showTarget(registry, repository), policyText: text };
  },
);

export const GetRepositoryPolicy: Action<Registry, Json> = action(readTarget, (registry, target) => {
  const repository = find(registry, target);
  return { ...showTarget(registry, repository), policyText: policyOf(registry, repository) };
});

export const DeleteRepositoryPolicy: Action<Registry, Json> = action(readTarget, (registry, target) => {
  const { policy: _, ...repository } = find(registry, target);
  const text = policyOf(registry, find(registry, target));
  put(registry, repository);
  return { ...showTarget(registry, repository), policyText: text };
});
