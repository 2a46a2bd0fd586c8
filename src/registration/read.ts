import { byName, type EcrItems } from "../converge/expected.ts";
import { ecrNamespace } from "../desired/names.ts";
import { type Failure, failed } from "../lib/errors.ts";
import type { EcrItem, EcrKey, RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Registry } from "../registry/table.ts";
import type { Services } from "../services.ts";

/** Returns the registration with exactly this spelling. Another spelling is another path, and finds nothing. */
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

type Reads = Pick<Services, "registry" | "clients" | "config">;

/**
 * Returns the key of the ECR repository that most registrations use: the one with their own name, in the service's own
 * region. This key is known before anything is read. The items of other ECR repositories cost another read.
 */
const ownEcrKey = ({ clients, config }: Reads, { owner, repo }: RegistrationKey): EcrKey => ({
  account: config.account,
  region: clients.place.region,
  name: ecrNamespace(owner, repo),
});

/** Reads a registration with the items of its ECR repositories. */
export async function findWithEcr(
  services: Reads,
  { owner, repo, role }: RegistrationKey,
): Promise<{ item: RegistrationItem; ecr: EcrItems } | Failure> {
  const { registry } = services;
  const own = ownEcrKey(services, { owner, repo, role });
  const stored = await registry.readAll({ owner, repo, role }, [own]);
  const item = asSpelled({ owner, repo, role }, stored.registration);
  if (failed(item)) return item;
  const keys = ecrKeysOf(item);
  const isOwn = keys.every((key) => keyText(key) === keyText(own));
  return { item, ecr: byName(isOwn ? stored.ecr.slice(0, keys.length) : await registry.readEcr(keys)) };
}

/** Reads the registrations that exist, and the items of all their ECR repositories by `keyText`. */
export async function readWithEcr(
  services: Reads,
  keys: readonly RegistrationKey[],
): Promise<{ items: RegistrationItem[]; ecr: Map<string, EcrItem> }> {
  const { registry } = services;
  const own = new Map(keys.map((key) => ownEcrKey(services, key)).map((key) => [keyText(key), key]));
  const stored = await registry.readMany(keys, [...own.values()]);
  const items = stored.items.filter((item) => item !== undefined);
  const others = items.flatMap(ecrKeysOf).filter((key) => !own.has(keyText(key)));
  const ecr = [...stored.ecr, ...(await registry.readEcr(others))].filter((item) => item !== undefined);
  return { items, ecr: new Map(ecr.map((item) => [keyText(item), item])) };
}

/** Returns a key as text, for comparisons and lookups. */
const keyText = ({ account, region, name }: EcrKey): string => `${account}/${region}/${name}`;

/** Reads the items of a registration's ECR repositories. */
export const readEcrItems = async (registry: Registry, item: RegistrationItem): Promise<EcrItems> =>
  byName(await registry.readEcr(ecrKeysOf(item)));

/** Returns the items of a registration's ECR repositories from items by `keyText`. */
export const ecrItemsFrom = (items: ReadonlyMap<string, EcrItem>, item: RegistrationItem): EcrItems =>
  byName(ecrKeysOf(item).map((key) => items.get(keyText(key))));

/** Returns the keys of the items of a registration's ECR repositories. */
const ecrKeysOf = ({ account, region, desired }: RegistrationItem): EcrKey[] =>
  desired.repositories.map(({ name }) => ({ account, region, name }));
