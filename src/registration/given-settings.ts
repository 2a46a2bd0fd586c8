/** The settings that a request gives to ECR repositories, checked against the repositories that exist. */
import { observeRepository } from "../aws/observe.ts";
import { observeDetails } from "../aws/repository-settings.ts";
import type { EcrItems } from "../converge/expected.ts";
import { type Place, repositoryArn } from "../desired/names.ts";
import { repositorySettings, sameEncryption } from "../desired/settings.ts";
import type { RepositorySettings } from "../desired/state.ts";
import { type Failure, type InputError, invalid } from "../lib/errors.ts";
import type { EcrItem } from "../registry/items.ts";
import type { Services } from "../services.ts";
import type { RegistrationRequest } from "./spec.ts";

/**
 * Returns the settings that a request gives, by the repository's name, or why ECR or the repository cannot have them.
 */
export async function givenSettings(
  { clients, config }: Pick<Services, "clients" | "config">,
  place: Place,
  request: RegistrationRequest,
  stored: EcrItems,
): Promise<ReadonlyMap<string, RepositorySettings> | Failure> {
  const given = new Map<string, RepositorySettings>();
  const faults: InputError[] = [];
  for (const [index, { repository, settings }] of (request.ecr ?? []).entries()) {
    if (settings === undefined) continue;
    const pointer = `/ecr/${index}/settings`;
    const full = await settingsOf(
      { clients, config },
      place,
      repository,
      settings,
      stored.get(repository),
      pointer,
    );
    if ("detail" in full) faults.push(full);
    else given.set(repository, full);
  }
  return faults.length === 0 ? given : invalid(...faults);
}

/**
 * Returns a fault for each ECR repository that does not exist and from which the registration may only pull. A
 * registration never creates such a repository.
 */
export async function missingFaults(
  clients: Services["clients"],
  place: Place,
  names: readonly string[],
  stored: EcrItems,
  mayOnlyPull: (name: string) => boolean,
): Promise<InputError[]> {
  const faults = await Promise.all(
    names.map(async (name, index): Promise<InputError[]> => {
      if (!mayOnlyPull(name) || stored.get(name)?.uri !== undefined) return [];
      const arn = repositoryArn(name, place);
      if ((await observeRepository(clients, { name, arn })) !== undefined) return [];
      const detail = `There is no ECR repository ${name}, and who may only pull from it does not make it; have its owner or the operator make it first.`;
      return [{ pointer: `/ecr/${index}/repository`, detail }];
    }),
  );
  return faults.flat();
}

/**
 * Returns the fault of a KMS key that the operator does not list. Rolecall creates the repository with the key, and may
 * use only the operator's keys.
 */
function unlisted(pointer: string, key: string, { kmsKeys }: Services["config"]): InputError {
  const listed = kmsKeys.length === 0 ? "none" : kmsKeys.join(", ");
  const detail = `The operator does not list the key ${key} (ROLECALL_KMS_KEYS: ${listed}). Name a listed key, leave \`kmsKey\` out for the key that AWS manages for ECR, or have the operator list it.`;
  return { pointer: `${pointer}/encryption/kmsKey`, detail };
}

/**
 * Returns the settings of one repository, or their fault. Asks AWS only if the item does not record the repository yet,
 * or records a different encryption than the request.
 */
async function settingsOf(
  { clients, config }: Pick<Services, "clients" | "config">,
  place: Place,
  name: string,
  request: NonNullable<NonNullable<RegistrationRequest["ecr"]>[number]["settings"]>,
  item: EcrItem | undefined,
  pointer: string,
): Promise<RepositorySettings | InputError> {
  const { encryption } = request;
  const { account, partition, region } = place;
  const keys = `arn:${partition}:kms:${region}:${account}:key/`;
  if (encryption?.kmsKey !== undefined && !encryption.kmsKey.startsWith(keys)) {
    const detail = `ECR takes a key of its own region, and Rolecall one of its own account: an ARN that begins with ${keys}.`;
    return { pointer: `${pointer}/encryption/kmsKey`, detail };
  }
  const isMade = item?.uri !== undefined;
  if (isMade && !item.managed) return notOurs(pointer, name);
  if (isMade && (encryption === undefined || sameEncryption(encryption, item.settings.encryption)))
    return repositorySettings(request, item.settings.encryption);
  const arn = repositoryArn(name, place);
  const found = await observeRepository(clients, { name, arn });
  if (found === undefined) {
    const settings = repositorySettings(request, isMade ? item.settings.encryption : undefined);
    const { kmsKey } = settings.encryption;
    return kmsKey === undefined || config.kmsKeys.includes(kmsKey)
      ? settings
      : unlisted(pointer, kmsKey, config);
  }
  if (!isMade) {
    const { tags } = await observeDetails(clients, { name, arn });
    if (item === undefined || tags["rolecall:id"] !== item.id) return notOurs(pointer, name);
  }
  const made = found.properties.encryption;
  if (encryption === undefined || sameEncryption(encryption, made)) return repositorySettings(request, made);
  const detail = `ECR fixes the encryption when it makes a repository, and ${name} has ${made.kmsKey ?? made.type}. Leave \`encryption\` out, or delete the repository with its images (aws ecr delete-repository --force) and repeat the PUT.`;
  return { pointer: `${pointer}/encryption`, detail };
}

const notOurs = (pointer: string, name: string): InputError => ({
  pointer,
  detail: `${name} existed before, so Rolecall never changes it: leave its settings out, and change them where it is managed.`,
});
