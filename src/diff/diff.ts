/**
 * What differs between the desired and the observed state. Registration applies it, a dry run shows it, a drift
 * check reports it, a repair applies it again.
 */
import { asObserved, placeOf, repositoryAsObserved, repositoryDetails } from "../desired/desired.ts";
import { inOurVersion, lambdaStatements } from "../desired/lambda.ts";
import { sameLifecycle } from "../desired/lifecycle.ts";
import { pullingFunctions } from "../desired/permissions.ts";
import { sameEncryption } from "../desired/settings.ts";
import type {
  DesiredRole,
  DesiredState,
  ExpectedRepository,
  ExpectedState,
  ObservedRepository,
  ObservedRole,
  ObservedState,
  RepositoryProperties,
  RepositorySettings,
} from "../desired/state.ts";
import type { components } from "../generated/contract.ts";
import { pointerToken } from "../lib/pointer.ts";
import { isNarrower, isNarrowerBesideOthers, samePolicy } from "../policy/compare.ts";

export type Change = components["schemas"]["Change"];
type Effect = Change["effect"];

/**
 * From where to where an effect is judged: `drift` tells what was done behind Rolecall's back (expected →
 * actual), `plan` what applying the change will do (actual → expected).
 */
export type Sense = "drift" | "plan";

/** What is in the place of a policy that is not there. */
const ALLOWS_NOTHING = { Version: "2012-10-17", Statement: [] };

/** The changes that lead from the observed to the desired state; none if it is as desired. */
export function diff(desired: ExpectedState, observed: ObservedState, sense: Sense): Change[] {
  return [
    ...diffProvider(desired, observed, sense),
    ...diffRole(desired.role, observed.role, sense),
    ...diffRepositories(desired, observed, sense),
  ];
}

function diffProvider(
  { provider }: ExpectedState,
  { provider: actual }: ObservedState,
  sense: Sense,
): Change[] {
  const change = (path: string, expected: unknown, found: unknown): Change => ({
    resource: provider.arn,
    path,
    expected,
    actual: found,
    // Without the provider or its audience no token is accepted at all.
    effect: sense === "drift" ? "narrows" : "widens",
    repairable: true,
  });
  if (actual === undefined) return [change("", { url: provider.url, audiences: [provider.audience] }, null)];
  if (actual.audiences.includes(provider.audience)) return [];
  return [change("/audiences", [provider.audience], actual.audiences)];
}

/** The changes of the role alone. */
export function diffRole(desired: DesiredRole, actual: ObservedRole | undefined, sense: Sense): Change[] {
  const change = (
    path: string,
    expected: unknown,
    found: unknown,
    drift: { widens: boolean } | "none",
  ): Change => ({
    resource: desired.arn,
    path,
    expected: expected ?? null,
    actual: found ?? null,
    effect: drift === "none" ? "none" : drift.widens ? "widens" : "narrows",
    repairable: true,
  });
  /** Widens unless the policy that is judged to be the result is shown to be within the other. */
  const policyEffect = (expected: unknown, found: unknown, isWithin = isNarrower) => ({
    widens: sense === "drift" ? !isWithin(expected, found) : !isWithin(found, expected),
  });
  /** Something that gives access is missing from AWS: drift took it away, a plan will give it. */
  const missing = { widens: sense === "plan" };
  /** Something that gives access is in AWS and should not be. */
  const surplus = { widens: sense === "drift" };

  if (actual === undefined) {
    const { trustPolicy, inlinePolicies, attachedPolicyArns, maxSessionSeconds, boundaryArn } = desired;
    const expected = {
      trustPolicy,
      inlinePolicies,
      ...(attachedPolicyArns.length > 0 && { attachedPolicyArns }),
      maxSessionSeconds,
      boundaryArn,
    };
    return [change("", expected, null, missing)];
  }

  const changes: Change[] = [];
  if (desired.roleId !== undefined && actual.roleId !== undefined && desired.roleId !== actual.roleId) {
    // Deleted and made again: what it holds is compared below, its sessions and who names its id are others.
    changes.push(change("/roleId", desired.roleId, actual.roleId, "none"));
  }
  if (actual.boundaryArn !== desired.boundaryArn) {
    // Another boundary cannot be shown to be narrower, in neither direction.
    const widens = sense === "drift" || actual.boundaryArn !== undefined;
    changes.push(change("/boundaryArn", desired.boundaryArn, actual.boundaryArn, { widens }));
  }
  if (!samePolicy(desired.trustPolicy, actual.trustPolicy)) {
    const effect = policyEffect(desired.trustPolicy, actual.trustPolicy);
    changes.push(change("/trustPolicy", desired.trustPolicy, actual.trustPolicy, effect));
  }
  for (const name of union(desired.inlinePolicies, actual.inlinePolicies)) {
    const [expected, found] = [desired.inlinePolicies[name], actual.inlinePolicies[name]];
    if (expected !== undefined && found !== undefined && samePolicy(expected, found)) continue;
    const effect = policyEffect(expected ?? ALLOWS_NOTHING, found ?? ALLOWS_NOTHING, isNarrowerBesideOthers);
    changes.push(change(`/inlinePolicies/${pointerToken(name)}`, expected, found, effect));
  }
  // What a managed policy says is its owner's matter: only that it is attached is compared.
  const isIn = (arns: readonly string[]) => (arn: string) => arns.includes(arn);
  const attachedChange = (expected: string | null, found: string | null, effect: { widens: boolean }) =>
    change(`/attachedPolicies/${pointerToken(expected ?? found ?? "")}`, expected, found, effect);
  for (const arn of desired.attachedPolicyArns.filter((one) => !isIn(actual.attachedPolicyArns)(one))) {
    changes.push(attachedChange(arn, null, missing));
  }
  for (const arn of actual.attachedPolicyArns.filter((one) => !isIn(desired.attachedPolicyArns)(one))) {
    changes.push(attachedChange(null, arn, surplus));
  }
  if (actual.maxSessionSeconds !== desired.maxSessionSeconds) {
    const longer = actual.maxSessionSeconds > desired.maxSessionSeconds;
    const widens = longer === (sense === "drift");
    changes.push(
      change("/maxSessionSeconds", desired.maxSessionSeconds, actual.maxSessionSeconds, { widens }),
    );
  }
  if (actual.description !== desired.description) {
    changes.push(change("/description", desired.description, actual.description, "none"));
  }
  for (const key of Object.keys(desired.tags)) {
    if (desired.tags[key] === actual.tags[key]) continue;
    // A principal tag can open a door elsewhere, so another value of one cannot be shown to be narrower.
    const effect: { widens: boolean } | "none" = key.startsWith("rolecall:")
      ? "none"
      : actual.tags[key] === undefined
        ? missing
        : { widens: true };
    changes.push(change(`/tags/${pointerToken(key)}`, desired.tags[key], actual.tags[key], effect));
  }
  return changes;
}

function diffRepositories({ repositories }: ExpectedState, observed: ObservedState, sense: Sense): Change[] {
  return repositories.flatMap((repository) => {
    const actual = observed.repositories[repository.name];
    if (actual === undefined) return [missingRepository(repository, sense)];
    return repository.settings === undefined
      ? []
      : diffRepository(repository, repository.settings, actual, sense);
  });
}

function missingRepository({ arn, settings }: ExpectedRepository, sense: Sense): Change {
  // One that is used as it is was made by somebody else, who may have deleted it; a PUT asks for one all the same.
  const repairable = settings !== undefined || sense === "plan";
  const remedy =
    "It was not Rolecall's: make it again where it was made, or repeat the PUT, which makes one.";
  return {
    resource: arn,
    path: "",
    expected: settings ?? {},
    actual: null,
    effect: sense === "drift" ? "narrows" : "widens",
    repairable,
    ...(!repairable && { remedy }),
  };
}

/** The changes of a repository whose settings are ours. */
function diffRepository(
  repository: ExpectedRepository,
  settings: RepositorySettings,
  { properties: found, details }: ObservedRepository,
  sense: Sense,
): Change[] {
  const changes: Change[] = [];
  const add = (path: string, expected: unknown, actual: unknown, effect: Effect, remedy?: string) =>
    changes.push({
      resource: repository.arn,
      path,
      expected: expected ?? null,
      actual: actual ?? null,
      effect,
      repairable: remedy === undefined,
      ...(remedy !== undefined && { remedy }),
    });
  if (mutabilityText(settings) !== mutabilityText(found)) {
    const { tagMutability, exclusions } = settings;
    const actual = { tagMutability: found.tagMutability, exclusions: found.exclusions };
    add("/tagMutability", { tagMutability, exclusions }, actual, mutabilityEffect(settings, found, sense));
  }
  // Neither lets anybody do more or less; nor does a lifecycle policy, whatever it deletes.
  if (settings.scanOnPush !== found.scanOnPush)
    add("/scanOnPush", settings.scanOnPush, found.scanOnPush, "none");
  if (!sameEncryption(settings.encryption, found.encryption))
    add("/encryption", settings.encryption, found.encryption, "none", ENCRYPTION_REMEDY);
  if (details === undefined) return changes;
  const expected = repositoryDetails(repository, settings, details.repositoryPolicy);
  if (!sameLifecycle(expected.lifecyclePolicy, details.lifecyclePolicy))
    add("/lifecyclePolicy", expected.lifecyclePolicy, details.lifecyclePolicy, "none");
  const [wanted, actual] = [expected.repositoryPolicy, details.repositoryPolicy];
  if (!sameRepositoryPolicy(wanted, actual))
    add("/repositoryPolicy", wanted, actual, policyEffect(wanted, actual, sense));
  // No step of a plan touches such a statement, so only drift tells of it.
  if (sense === "drift" && settings.pull.lambda !== true) {
    const place = placeOf(repository.arn);
    const functions = pullingFunctions(place, settings.pull);
    const unasked = lambdaStatements(actual, place.partition, functions);
    if (unasked.length > 0) add("/repositoryPolicy/lambda", null, unasked, "widens", LAMBDA_REMEDY);
  }
  for (const [key, value] of Object.entries(expected.tags)) {
    if (value === details.tags[key]) continue;
    add(`/tags/${pointerToken(key)}`, value, details.tags[key], tagEffect(key, details.tags[key], sense));
  }
  return changes;
}

const ENCRYPTION_REMEDY =
  "ECR fixes the encryption when a repository is made: PUT settings with the encryption that it has, or delete the repository with its images and repair.";

const LAMBDA_REMEDY =
  "By this statement Lambda fetches the images of the account's functions, so no repair removes it. PUT settings with `pull.lambda: true` to keep it; or take it out of the repository's policy (aws ecr set-repository-policy) when no function has an image from here.";

/** Whether a repository holds the policy that it is to have; null is none. Exported for repositories that are taken back. */
export const sameRepositoryPolicy = (wanted: unknown, actual: unknown): boolean =>
  wanted === null || actual === null ? wanted === actual : samePolicy(wanted, inOurVersion(actual));

/** Whether a repository policy lets in fewer, as far as that can be shown. */
function policyEffect(wanted: unknown, actual: unknown, sense: Sense): Effect {
  const [before, after] = sense === "drift" ? [wanted, actual] : [actual, wanted];
  return isNarrower(before ?? ALLOWS_NOTHING, after ?? ALLOWS_NOTHING) ? "narrows" : "widens";
}

/** A tag can open a door elsewhere, so another value of one cannot be shown to be narrower; ours prove only whose it is. */
function tagEffect(key: string, actual: string | undefined, sense: Sense): Effect {
  if (key.startsWith("rolecall:")) return "none";
  return actual === undefined && sense === "drift" ? "narrows" : "widens";
}

const mutabilityText = ({ tagMutability, exclusions }: RepositoryProperties): string =>
  [tagMutability, ...[...exclusions].sort()].join("\n");

/** Whether fewer tags may move afterwards, as far as the exclusions show it. */
function mutabilityEffect(desired: RepositoryProperties, found: RepositoryProperties, sense: Sense): Effect {
  const [before, after] = sense === "drift" ? [desired, found] : [found, desired];
  const [fixesAll, movesAll] = [
    after.tagMutability === "IMMUTABLE" && after.exclusions.length === 0,
    before.tagMutability === "MUTABLE" && before.exclusions.length === 0,
  ];
  const isWithin = (a: RepositoryProperties, b: RepositoryProperties) =>
    a.exclusions.every((tag) => b.exclusions.includes(tag));
  const isStricter =
    after.tagMutability === before.tagMutability &&
    (after.tagMutability === "IMMUTABLE" ? isWithin(after, before) : isWithin(before, after));
  return fixesAll || movesAll || isStricter ? "narrows" : "widens";
}

/**
 * What leads from the settings that repositories were last given to those that are desired, tags that are to go among
 * them: in an observed repository they may be another's.
 */
export function diffSettings(
  desired: readonly ExpectedRepository[],
  given: readonly (Pick<ExpectedRepository, "name" | "settings"> | undefined)[],
): Change[] {
  return desired.flatMap((repository) => {
    const before = given.find((other) => other?.name === repository.name)?.settings;
    if (repository.settings === undefined || before === undefined) return [];
    const dropped = Object.entries(before.tags).filter(
      ([key]) => repository.settings?.tags[key] === undefined,
    );
    const found = repositoryAsObserved(repository, before);
    return [
      ...diffRepository(repository, repository.settings, found, "plan").filter(
        ({ repairable }) => repairable,
      ),
      ...dropped.map(([key, value]) => droppedTag(repository.arn, key, value)),
    ];
  });
}

const droppedTag = (resource: string, key: string, value: string): Change => ({
  resource,
  path: `/tags/${pointerToken(key)}`,
  expected: null,
  actual: value,
  effect: "narrows",
  repairable: true,
});

/**
 * What leads from provider and role as they were last recorded to the desired ones, whatever an observation (which may
 * lag behind) says. Every recorded tag is ours, so one that is no longer desired goes; in an observed role it may be
 * another's.
 */
export function diffRecorded(desired: ExpectedState, recorded: DesiredState): Change[] {
  const before = asObserved(recorded);
  const dropped = Object.entries(recorded.role.tags).filter(([key]) => desired.role.tags[key] === undefined);
  return [
    ...diffProvider(desired, before, "plan"),
    ...diffRole(desired.role, before.role, "plan"),
    ...dropped.map(([key, value]) => droppedTag(desired.role.arn, key, value)),
  ];
}

/** Two lists of changes as one; of two changes of the same part the first stays. */
export function unite(first: readonly Change[], second: readonly Change[]): Change[] {
  const part = ({ resource, path }: Change) => `${resource} ${path}`;
  const seen = new Set(first.map(part));
  return [...first, ...second.filter((change) => !seen.has(part(change)))];
}

const union = (a: object, b: object): string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
