/** The expected state: the desired state of a registration, with the facts that the registry has recorded since. */
import { DEFAULT_SETTINGS } from "../desired/settings.ts";
import type { DesiredState, ExpectedState, ObservedState } from "../desired/state.ts";
import { type Change, diff, diffRecorded, diffSettings, unite } from "../diff/diff.ts";
import type { Sense } from "../diff/part.ts";
import type { EcrItem, RegistrationItem } from "../registry/items.ts";

/** The items of a registration's ECR repositories by name. A repository without an item was never registered. */
export type EcrItems = ReadonlyMap<string, EcrItem>;

/** Returns the items by name, without those that do not exist. */
export const byName = (items: readonly (EcrItem | undefined)[]): EcrItems =>
  new Map(items.flatMap((item) => (item === undefined ? [] : [[item.name, item]])));

/** Returns the expected state of AWS: the desired state with the role's id and the settings of ECR repositories. */
export function expectedState(item: RegistrationItem, ecr: EcrItems): ExpectedState {
  const desired = withSettings(item.desired, ecr);
  return item.roleId === undefined ? desired : { ...desired, role: { ...desired.role, roleId: item.roleId } };
}

/**
 * Returns a desired state with settings for every managed ECR repository: the given settings, otherwise those of its
 * item.
 */
export function withSettings(desired: DesiredState, ecr: EcrItems): ExpectedState {
  const repositories = desired.repositories.map(({ arn, name, settings: given }) => {
    const item = ecr.get(name);
    if (item === undefined) return { arn, name, settings: given ?? DEFAULT_SETTINGS };
    return item.managed ? { arn, name, settings: given ?? item.settings, id: item.id } : { arn, name };
  });
  return { ...desired, repositories };
}

/** Returns a desired state in the form in which it is recorded: without the settings of ECR repositories. */
export const withoutSettings = (desired: DesiredState): DesiredState => ({
  ...desired,
  repositories: desired.repositories.map(({ name, arn }) => ({ name, arn })),
});

/** Tells whether a desired state has settings of an ECR repository. */
export const givesSettings = ({ repositories }: DesiredState): boolean =>
  repositories.some(({ settings }) => settings !== undefined);

/**
 * Returns the changes that lead to the expected state. Reads nothing. The function also compares with the state that
 * was last recorded, because an observation may not show the last writes yet.
 */
export function diffObservedAndRecorded(
  item: Pick<RegistrationItem, "recorded">,
  expected: ExpectedState,
  observed: ObservedState,
  ecr: EcrItems,
  sense: Sense,
): Change[] {
  const role =
    item.recorded === undefined || observed.role === undefined ? [] : diffRecorded(expected, item.recorded);
  const existing = expected.repositories.filter(({ name }) => observed.repositories[name] !== undefined);
  return unite(diff(expected, observed, sense), [...role, ...diffSettings(existing, [...ecr.values()])]);
}
