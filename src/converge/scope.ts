/** The resources that a change of a registration may write. */
import type { Scope } from "../desired/session-policy.ts";
import type { RegistrationItem } from "../registry/items.ts";
import type { Services } from "../services.ts";

/** Returns the scope of a change, to which a member account's writer session is narrowed. */
export const scopeOf = (
  { config, mayDelete }: Pick<Services, "config" | "mayDelete">,
  item: RegistrationItem,
): Scope => {
  const { owner, repo, account, desired } = item;
  const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  return {
    owner,
    repo,
    desired,
    grants: config.ecrGrants
      .filter((grant) => isSame(grant.owner, owner) && isSame(grant.repo, repo))
      .map(({ pattern }) => pattern),
    mayDelete,
    kmsKeys: config.kmsKeys.filter((arn) => arn.split(":")[4] === account),
  };
};
