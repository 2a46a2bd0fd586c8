/**
 * The session policy of a change in a member account. It narrows the member's writer role to the resources of one
 * registration.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
 */
import type { PolicyDocument, Statement } from "../policy/document.ts";
import { ecrNamespace } from "./names.ts";
import type { DesiredState } from "./state.ts";

/** The resources that one change may write. */
export type Scope = {
  readonly owner: string;
  readonly repo: string;
  readonly desired: Pick<DesiredState, "role" | "provider" | "repositories">;
  /** The names of ECR repositories outside the own namespace that the operator lets the repository use; may end in `*`. */
  readonly grants: readonly string[];
  /** False if a workflow asked for the change with its own token. */
  readonly mayDelete: boolean;
  /** The ARNs of the KMS keys of the account that the operator lists. */
  readonly kmsKeys: readonly string[];
};

/**
 * The actions that no call of a workflow needs: they delete, or let others pull. Neither the role of the function that
 * serves workflows nor its sessions in member accounts may call them.
 */
export const NEVER_FOR_WORKFLOWS: readonly string[] = [
  "iam:DeleteRole",
  "ecr:BatchDelete*",
  "ecr:Delete*",
  "ecr:SetRepositoryPolicy",
  "ecr:UntagResource",
];

/** The longest session policy that STS accepts, in characters. */
const LONGEST_SESSION_POLICY = 2048;

/**
 * Returns the session policy of a change. If the ECR repositories are too many to name, the namespace and the operator's
 * grants stand for them. The writer's own policy still limits what the session may do.
 */
export function sessionPolicy(scope: Scope): PolicyDocument {
  const { owner, repo, desired, grants } = scope;
  const arns = desired.repositories.map(({ arn }) => arn);
  const named = policyFor(scope, arns);
  if (JSON.stringify(named).length <= LONGEST_SESSION_POLICY) return named;
  const prefix = arns[0]?.replace(/:repository\/.*$/, ":repository/") ?? "";
  const namespace = repo === "*" ? [] : [ecrNamespace(owner, repo), `${ecrNamespace(owner, repo)}/*`];
  const used = (grant: string): boolean =>
    desired.repositories.some(({ name }) =>
      grant.endsWith("*") ? name.startsWith(grant.slice(0, -1)) : name === grant,
    );
  const patterns = [...namespace, ...grants.filter(used)].map((name) => `${prefix}${name}`);
  const wide = policyFor(scope, patterns);
  if (JSON.stringify(wide).length <= LONGEST_SESSION_POLICY) return wide;
  // The writer's own policy allows no ECR repository that the operator does not.
  return policyFor({ ...scope, kmsKeys: [] }, [`${prefix}*`]);
}

function policyFor({ desired, mayDelete, kmsKeys }: Scope, repositories: readonly string[]): PolicyDocument {
  const { role, provider } = desired;
  const own: Statement = {
    Effect: "Allow",
    Action: "*",
    Resource: [role.arn, provider.arn, ...repositories],
  };
  const keys: Statement[] = kmsKeys.length === 0 ? [] : [{ ...own, Action: "kms:*", Resource: kmsKeys }];
  const never: Statement[] = mayDelete
    ? []
    : [{ Effect: "Deny", Action: NEVER_FOR_WORKFLOWS, Resource: "*" }];
  return { Version: "2012-10-17", Statement: [own, ...keys, ...never] };
}
