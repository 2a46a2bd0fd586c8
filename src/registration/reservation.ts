/**
 * The rules for who may use an ECR namespace. Two names on GitHub can fold to one namespace. So one repository reserves
 * the namespace, and every PUT is checked against the reservation. These functions read and write nothing; the registry
 * writes their results.
 */
import type { Config } from "../config.ts";
import type { EcrItems } from "../converge/expected.ts";
import { mayUseItem } from "../converge/namespace-holder.ts";
import { isInNamespace, isSpelledAsNamespace, namespaceOf } from "../desired/names.ts";
import type { RegistrationKey } from "../desired/state.ts";
import { type Failure, invalid } from "../lib/errors.ts";
import type { Claimant, EcrItem, RegistrationItem, Reservation } from "../registry/items.ts";
import type { Scope } from "./scope.ts";
import { hasWritingGrantOfOthers } from "./spec.ts";

/** A repository that asks for a namespace with a PUT. */
export type Applicant = {
  readonly namespace: string;
  /** `owner/repo` as the path spells it. If GitHub shows the repository, this is GitHub's spelling. */
  readonly name: string;
  readonly claimant: Claimant;
  /** True if GitHub has confirmed the name and the claimant for this PUT. */
  readonly confirmed: boolean;
  /** True if AWS evaluates no ids of the issuer, so that only the name identifies the repository. */
  readonly byName: boolean;
  /** The repository's id that GitHub has confirmed, if the claimant is a name. */
  readonly confirmedId: number | undefined;
  /**
   * Says which name is spelled differently elsewhere: `owner` if ROLECALL_OWNERS spells the owner differently, `repo`
   * if only ECR spells the repository's name differently, undefined if neither. The namespace of a name that ECR spells
   * differently may belong to another repository.
   */
  readonly folded: "owner" | "repo" | undefined;
};

export function applicantOf(
  config: Pick<Config, "owners">,
  { owner, repo }: Pick<RegistrationKey, "owner" | "repo">,
  { claimant, isConfirmed, issuer, ids }: Scope,
): Applicant {
  // Configured owners fold to different namespaces, so the configured spelling of one cannot be mistaken for another.
  const isOwnerFolded = !config.owners.includes(owner);
  return {
    namespace: namespaceOf(owner, repo),
    name: `${owner}/${repo}`,
    claimant,
    confirmed: isConfirmed,
    byName: !issuer.hasClaims,
    confirmedId: isConfirmed && !issuer.hasClaims ? ids.repositoryId : undefined,
    folded: isOwnerFolded ? "owner" : isSpelledAsNamespace(repo) ? undefined : "repo",
  };
}

/** Returns the repository's id in a claimant; undefined if the claimant has none. */
const idIn = (claimant: Claimant): number | undefined => {
  const [, id] = /^repository:(\d+)$/.exec(claimant) ?? [];
  return id === undefined ? undefined : Number(id);
};

/** Tells whether two names are the same repository. GitHub compares names without case. */
const isSameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/**
 * Returns the reservation once the applicant has its namespace: a new one, the current one, or the current one changed.
 * Otherwise returns why the applicant cannot have the namespace.
 * @param id the id of the reservation if the reservation is new
 */
export function reserve(
  current: Reservation | undefined,
  applicant: Applicant,
  id: string,
): Reservation | Failure {
  const { namespace, name, claimant, confirmed, byName } = applicant;
  const confirmedId = applicant.confirmedId === undefined ? {} : { confirmedId: applicant.confirmedId };
  if (current === undefined) {
    if (!confirmed && applicant.folded !== undefined) return mustBeSeen(applicant);
    return { id, revision: 0, namespace, name, claimant, confirmed, ...confirmedId, former: [] };
  }
  const isKnownName = isSameName(current.name, name);
  const knownId = current.confirmedId ?? (byName ? idIn(current.claimant) : undefined);
  if (isKnownName && knownId !== undefined && ![undefined, knownId].includes(applicant.confirmedId)) {
    const actual = `repository:${applicant.confirmedId}`;
    return {
      failure: "repository-replaced",
      name,
      actual,
      confirmed,
      internal: heldBy(`repository:${knownId}`),
    };
  }
  if (current.claimant === claimant) {
    if (confirmed) {
      const isUpToDate =
        current.confirmed && current.name === name && current.confirmedId === applicant.confirmedId;
      return isUpToDate ? current : { ...current, id: current.id || id, name, confirmed, ...confirmedId };
    }
    // A caller may write any id, so require that the name is also exactly the reservation's name.
    if (current.name === name) return current;
    return isKnownName ? otherSpelling(current.name, name) : reservedByAnother(current);
  }
  // Earlier versions recorded an id as the claimant for such an issuer. Accept the applicant by its name, because the
  // roles trust the name.
  const isOlderForm = byName && current.revision === 0 && (confirmed ? isKnownName : current.name === name);
  if (isOlderForm || isTakenOver(current, applicant)) {
    const former = [...new Set([...current.former, current.claimant])];
    const withId = knownId === undefined ? confirmedId : { confirmedId: knownId };
    return { ...current, id: current.id || id, name, claimant, confirmed: true, ...withId, former };
  }
  return isKnownName
    ? {
        failure: "repository-replaced",
        name,
        actual: claimant,
        confirmed,
        internal: heldBy(current.claimant),
      }
    : reservedByAnother(current);
}

/**
 * Tells whether the applicant takes the reservation over from another claimant. GitHub must confirm that the name is
 * the applicant's, and must never have confirmed the other claimant.
 */
export const isTakenOver = (
  current: Reservation | undefined,
  { name, claimant, confirmed }: Applicant,
): boolean =>
  current !== undefined &&
  confirmed &&
  !current.confirmed &&
  current.claimant !== claimant &&
  isSameName(current.name, name);

/**
 * Returns a failure if the registration under the applicant's name belongs to another repository; undefined otherwise.
 */
export function registrationConflict(
  { name, claimant, confirmed, byName }: Applicant,
  registration: Pick<RegistrationItem, "claimant" | "confirmed" | "desired"> | undefined,
  issuerUrl: string,
): Failure | undefined {
  if (registration === undefined || registration.claimant === claimant) return undefined;
  if (confirmed && !registration.confirmed) return undefined;
  // Accept the applicant, because a role of this issuer trusts the name. An earlier version recorded an id as its
  // claimant.
  if (byName && registration.desired.provider.url === issuerUrl) return undefined;
  return {
    failure: "repository-replaced",
    name,
    actual: claimant,
    confirmed,
    internal: heldBy(registration.claimant),
  };
}

/**
 * Returns a failure for the first ECR repository in the applicant's namespace that belongs to another claimant or to
 * the operator; undefined if there is none.
 */
export function ecrConflict(
  config: Config,
  { owner, repo }: Pick<RegistrationKey, "owner" | "repo">,
  reservation: Reservation,
  { confirmed }: Applicant,
  names: readonly string[],
  items: EcrItems,
): Failure | undefined {
  for (const name of names) {
    if (!isInNamespace(owner, repo, name)) continue;
    const item = items.get(name);
    const isFree =
      item === undefined
        ? confirmed || !hasWritingGrantOfOthers(config, owner, repo, name)
        : mayUseItem(reservation, confirmed, item);
    if (!isFree) return { failure: "ecr-claimed", repository: name, internal: holderOf(item) };
  }
  return undefined;
}

const holderOf = (item: EcrItem | undefined): string =>
  item === undefined ? "granted by the operator" : `reserved by ${item.claimant}`;

const heldBy = (claimant: string): string => `held by ${claimant}`;

const reservedByAnother = ({ namespace, name, claimant }: Reservation): Failure => ({
  failure: "ecr-claimed",
  repository: namespace,
  internal: `reserved by ${name} (${claimant})`,
});

/**
 * Returns the failure of a PUT that spells a registered name differently. While GitHub hides a repository, only the
 * registered spelling is known to be right.
 */
export function otherSpelling(registered: string, asked: string): Failure {
  const isOwnerSame = registered.split("/")[0] === asked.split("/")[0];
  return invalid({
    pointer: isOwnerSame ? "/repo" : "/owner",
    detail: `It is registered as ${registered}. Use that path.`,
  });
}

function mustBeSeen({ namespace, name, folded }: Applicant): Failure {
  const detail = `GitHub does not show ${name}, and ECR spells the name ${namespace}, which may be another repository's. Use the spelling of ROLECALL_OWNERS for the owner, and have the operator give the service access to the repository (ROLECALL_GITHUB_SECRET).`;
  return invalid({ pointer: `/${folded ?? "repo"}`, detail });
}
