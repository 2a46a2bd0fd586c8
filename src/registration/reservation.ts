/**
 * Who may use an ECR namespace. Two names on GitHub can fold to one namespace, so one repository reserves it, and every
 * PUT is held against the reservation. These rules are pure; the registry writes what they decide.
 */
import type { Config } from "../config.ts";
import type { EcrItems } from "../converge/expected.ts";
import { mayUseItem } from "../converge/namespace-holder.ts";
import { claimedNamespace, isInNamespace, isSpelledAsNamespace } from "../desired/names.ts";
import type { RegistrationKey } from "../desired/state.ts";
import { type Failure, invalid } from "../lib/errors.ts";
import type { Claimant, EcrItem, RegistrationItem, Reservation } from "../registry/items.ts";
import type { Scope } from "./scope.ts";
import { hasWritingGrantOfOthers } from "./spec.ts";

/** A repository that asks for a namespace with a PUT. */
export type Applicant = {
  readonly namespace: string;
  /** `owner/repo` as the path spells it, which is GitHub's spelling where GitHub shows the repository. */
  readonly name: string;
  readonly claimant: Claimant;
  /** Whether GitHub has confirmed name and claimant for this PUT. */
  readonly confirmed: boolean;
  /** Whether the issuer's tokens carry no ids, so that the name is all that identifies the repository. */
  readonly byName: boolean;
  /** The id by GitHub's word, where the claimant is a name. */
  readonly confirmedId: number | undefined;
  /** The part of the path that ECR spells otherwise, so that another repository's name could fold to the same. */
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
    namespace: claimedNamespace(owner, repo),
    name: `${owner}/${repo}`,
    claimant,
    confirmed: isConfirmed,
    byName: !issuer.hasClaims,
    confirmedId: isConfirmed && !issuer.hasClaims ? ids.repositoryId : undefined,
    folded: isOwnerFolded ? "owner" : isSpelledAsNamespace(repo) ? undefined : "repo",
  };
}

/** The id in a claimant that has one. */
const idIn = (claimant: Claimant): number | undefined => {
  const [, id] = /^repository:(\d+)$/.exec(claimant) ?? [];
  return id === undefined ? undefined : Number(id);
};

/** GitHub compares names without case: two spellings that differ in nothing else are one repository. */
const isSameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/**
 * Returns the reservation as it stands once the applicant has its namespace: a new one, the current one, or the current
 * one changed. Otherwise returns why the applicant cannot have the namespace.
 * @param id of the reservation if it is new
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
      internal: reservedFor(`repository:${knownId}`),
    };
  }
  if (current.claimant === claimant) {
    if (confirmed) {
      const isUpToDate =
        current.confirmed && current.name === name && current.confirmedId === applicant.confirmedId;
      return isUpToDate ? current : { ...current, id: current.id || id, name, confirmed, ...confirmedId };
    }
    // An id that a caller writes proves nothing, so the name must also be the reservation's, to the letter.
    if (current.name === name) return current;
    return isKnownName ? otherSpelling(current.name, name) : reservedByAnother(current);
  }
  // Before the claimant was the name on such an issuer, it was an id. The name is what its roles trust.
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
        internal: reservedFor(current.claimant),
      }
    : reservedByAnother(current);
}

/**
 * Whether the applicant takes the reservation over from another claimant: GitHub confirms that the name is the
 * applicant's, and has never confirmed that it was the other's.
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

/** Why a registration that stands under the applicant's name is another repository's; undefined if it is not. */
export function registrationConflict(
  { name, claimant, confirmed, byName }: Applicant,
  registration: Pick<RegistrationItem, "claimant" | "confirmed" | "desired"> | undefined,
  issuerUrl: string,
): Failure | undefined {
  if (registration === undefined || registration.claimant === claimant) return undefined;
  if (confirmed && !registration.confirmed) return undefined;
  // The name is what such a role trusts; an earlier version has written an id as its claimant.
  if (byName && registration.desired.provider.url === issuerUrl) return undefined;
  return {
    failure: "repository-replaced",
    name,
    actual: claimant,
    confirmed,
    internal: reservedFor(registration.claimant),
  };
}

/** The ECR repository in the applicant's namespace that belongs to another, or to the operator; undefined if none does. */
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

const reservedFor = (claimant: string): string => `held by ${claimant}`;

const reservedByAnother = ({ namespace, name, claimant }: Reservation): Failure => ({
  failure: "ecr-claimed",
  repository: namespace,
  internal: `reserved by ${name} (${claimant})`,
});

/** While GitHub hides a repository, the registered spelling is the only one that is known to be right. */
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
