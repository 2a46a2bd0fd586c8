import type { Failure } from "../errors.ts";
import type { EcrKey, RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Registry } from "../registry/table.ts";

/** A registration, by the name as it is spelled: another spelling is another path, and finds nothing. */
export async function find(
  registry: Registry,
  { owner, repo, role }: RegistrationKey,
): Promise<RegistrationItem | Failure> {
  const item = await registry.readRegistration({ owner, repo, role });
  const isThere = item !== undefined && item.owner === owner && item.repo === repo;
  return isThere ? item : { failure: "not-registered", owner, repo, role };
}

/** The keys of the items of a registration's ECR repositories, in the order of its desired state. */
export const ecrKeysOf = ({ account, region, desired }: RegistrationItem): EcrKey[] =>
  desired.repositories.map(({ name }) => ({ account, region, name }));
