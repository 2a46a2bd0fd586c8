/**
 * Finds the changes between the desired and the observed state. A PUT applies them, a dry run shows them, a drift check
 * reports them, and a repair applies them again.
 */
import { asObserved, repositoryAsObserved, repositoryDetails } from "../desired/desired.ts";
import type {
  DesiredRole,
  DesiredState,
  ExpectedRepository,
  ExpectedState,
  ObservedRepository,
  ObservedRole,
  ObservedState,
  RepositorySettings,
} from "../desired/state.ts";
import type { components } from "../generated/contract.ts";
import { pointerToken } from "../lib/pointer.ts";
import { listed } from "./gains.ts";
import { diffParts, type Sense } from "./part.ts";
import type { Path } from "./path.ts";
import { REPOSITORY_PARTS } from "./repository-parts.ts";
import { allOf } from "./role-gains.ts";
import { ROLE_PARTS } from "./role-parts.ts";

/** A change as the table stores it and the contract shows it. */
export type StoredChange = components["schemas"]["Change"];

/** A change that this release found. */
export type Change = StoredChange & { path: Path };

/** Returns the changes that lead from the observed to the desired state; none if the two are the same. */
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
  const change = (path: Path, expected: unknown, found: unknown): Change => ({
    resource: provider.arn,
    path,
    expected,
    actual: found,
    // If the provider or its audience is missing, AWS accepts no token at all.
    effect: sense === "drift" ? "narrows" : "widens",
    repairable: true,
  });
  if (actual === undefined) return [change("", { url: provider.url, audiences: [provider.audience] }, null)];
  if (actual.audiences.includes(provider.audience)) return [];
  return [change("/audiences", [provider.audience], actual.audiences)];
}

/** Returns the changes of the role alone. */
export function diffRole(desired: DesiredRole, actual: ObservedRole | undefined, sense: Sense): Change[] {
  return actual === undefined
    ? [missingRole(desired, sense)]
    : diffParts(ROLE_PARTS, desired.arn, { desired, actual }, sense);
}

function missingRole(
  { arn, trustPolicy, inlinePolicies, attachedPolicyArns, maxSessionSeconds, boundaryArn }: DesiredRole,
  sense: Sense,
): Change {
  const all = allOf({ trustPolicy, inlinePolicies, attachedPolicyArns });
  return {
    resource: arn,
    path: "",
    expected: {
      trustPolicy,
      inlinePolicies,
      ...(attachedPolicyArns.length > 0 && { attachedPolicyArns }),
      maxSessionSeconds,
      boundaryArn,
    },
    actual: null,
    effect: sense === "drift" ? "narrows" : "widens",
    ...(sense === "drift" ? listed([], all) : listed(all, [])),
    repairable: true,
  };
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
  // If the repository is unmanaged, a drift check does not offer a repair. Someone else created that repository and may
  // have deleted it. A PUT asks for the repository, so a plan creates it.
  const repairable = settings !== undefined || sense === "plan";
  const remedy =
    "Rolecall did not create this repository. Create it again where it was created before, or repeat the PUT, which creates one.";
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

/** Returns the changes of a managed repository. */
function diffRepository(
  repository: ExpectedRepository,
  settings: RepositorySettings,
  observed: ObservedRepository,
  sense: Sense,
): Change[] {
  const { details } = observed;
  const wantedDetails = details && repositoryDetails(repository, settings, details.repositoryPolicy);
  const sides = { ...observed, arn: repository.arn, settings, wantedDetails };
  return diffParts(REPOSITORY_PARTS, repository.arn, sides, sense);
}

/**
 * Returns the changes that lead from the last given settings of repositories to the desired ones. This includes tags to
 * remove. In an observed repository, such a tag could belong to someone else.
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
 * Returns the changes that lead from the provider and the role that were last recorded to the desired ones. An
 * observation may lag, so it does not count here. Rolecall wrote every recorded tag, so a tag that is no longer desired
 * is removed. In an observed role, such a tag could belong to someone else.
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

/** Returns two lists of changes as one. If both change the same part, the change of the first list stays. */
export function unite<C extends StoredChange>(first: readonly C[], second: readonly C[]): C[] {
  const part = ({ resource, path }: C) => `${resource} ${path}`;
  const seen = new Set(first.map(part));
  return [...first, ...second.filter((change) => !seen.has(part(change)))];
}
