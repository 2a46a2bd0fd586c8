import { ecrNamespace } from "../desired/names.ts";
import { type Failure, failed } from "../errors.ts";
import type { EcrItem, EcrKey, RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Registry } from "../registry/table.ts";
import type { Services } from "../services.ts";

/** A registration, by the name as it is spelled: another spelling is another path, and finds nothing. */
export async function find(
  registry: Registry,
  { owner, repo, role }: RegistrationKey,
): Promise<RegistrationItem | Failure> {
  return asSpelled({ owner, repo, role }, await registry.readRegistration({ owner, repo, role }));
}

const asSpelled = (
  { owner, repo, role }: RegistrationKey,
  item: RegistrationItem | undefined,
): RegistrationItem | Failure =>
  item !== undefined && item.owner === owner && item.repo === repo
    ? item
    : { failure: "not-registered", owner, repo, role };

/**
 * A registration with the items of its ECR repositories, in the order of its desired state. Most use the one of their
 * own name in the service's own region, whose key is known before anything is read; any other costs another read.
 */
export async function findWithEcr(
  { registry, clients, config }: Pick<Services, "registry" | "clients" | "config">,
  { owner, repo, role }: RegistrationKey,
): Promise<{ item: RegistrationItem; ecr: readonly (EcrItem | undefined)[] } | Failure> {
  const own: EcrKey = { account: config.account, region: clients.region, name: ecrNamespace(owner, repo) };
  const stored = await registry.readAll({ owner, repo, role }, [own]);
  const item = asSpelled({ owner, repo, role }, stored.registration);
  if (failed(item)) return item;
  const keys = ecrKeysOf(item);
  const isOwn = keys.every((key) => keyText(key) === keyText(own));
  return { item, ecr: isOwn ? stored.ecr.slice(0, keys.length) : await registry.readEcr(keys) };
}

/** A key as text, to compare and to look up by. */
export const keyText = ({ account, region, name }: EcrKey): string => `${account}/${region}/${name}`;

/** The keys of the items of a registration's ECR repositories, in the order of its desired state. */
export const ecrKeysOf = ({ account, region, desired }: RegistrationItem): EcrKey[] =>
  desired.repositories.map(({ name }) => ({ account, region, name }));
