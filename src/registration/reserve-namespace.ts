/** Reserves the namespace of a PUT, and counts what the PUT adds against the caps of its repository. */
import { type Failure, failed } from "../lib/errors.ts";
import type { Reservation } from "../registry/items.ts";
import type { Services } from "../services.ts";
import type { Put } from "./intent.ts";
import type { Plan } from "./plan.ts";
import { isTakenOver, reserve } from "./reservation.ts";
import {
  type Addition,
  additionOf,
  addsNothing,
  asFound,
  byCountedName,
  type Caps,
  ecrKeyOf,
  NO_SHARE,
  type Share,
  withAddition,
} from "./share.ts";

/**
 * Writes the reservation if it changes, or if the registration is new. The write for a new registration makes a release
 * of the reservation at the same moment fail. Each write counts what the PUT adds, so that many PUTs at once pass no
 * cap.
 */
export function reserveNamespace(
  { registry, newId, now, config }: Services,
  put: Put,
  planned: Plan,
  found: Share | undefined,
): Promise<Reservation | Failure> {
  const id = newId();
  const since = new Date(now()).toISOString();
  const { applicant, stored } = planned;
  const { reservation: known, registration } = stored;
  return registry.changeReservation(applicant.namespace, known, (current) => {
    // If the reservation has changed since it was read, do not take it over. Another registration may use it by now.
    if (isTakenOver(current, applicant) && !isUnchanged(current, known))
      return { failure: "busy", retryAfterSeconds: 1 };
    const reserved = reserve(current, applicant, id);
    if (failed(reserved)) return reserved;
    const before = isUnchanged(current, known) ? found : (current?.share ?? found);
    const at = new Date(now()).toISOString();
    const share =
      before && withAddition(before, additionBy(config, put, planned), capsOf(config, put), at, since);
    if (share !== undefined && failed(share)) return share;
    const counted = share === reserved.share || share === undefined ? reserved : { ...reserved, share };
    // If the reservation is unchanged, write nothing. A new registration needs the write, unless another PUT has just
    // written the reservation.
    if (counted === current && (current !== known || registration !== undefined)) return counted;
    return { ...counted, id: counted.id || id };
  });
}

/**
 * Returns the share of the repository before this PUT, or the cap that the PUT would pass. If the stored share would
 * pass a cap, or no share is stored, counts the registrations and ECR repositories themselves: the stored share may
 * include a PUT that failed. Returns undefined if no share is stored and this PUT adds nothing.
 */
export async function shareOf(
  services: Services,
  put: Put,
  planned: Plan,
): Promise<Share | undefined | Failure> {
  const { config, registry, now } = services;
  const { reservation } = planned.stored;
  const addition = additionBy(config, put, planned);
  const share = reservation === undefined ? NO_SHARE : reservation.share;
  if (addsNothing(addition)) return share;
  const [caps, at] = [capsOf(config, put), new Date(now()).toISOString()];
  if (share !== undefined && !failed(withAddition(share, addition, caps, at))) return share;
  const { account } = planned.place;
  const names = Object.keys(share?.ecr ?? {});
  const [registrations, items] = await Promise.all([
    registry.registrationsOf(put.key.owner, put.key.repo),
    registry.readEcr(names.map((name) => ecrKeyOf(account, name))),
  ]);
  const found = asFound(config, share ?? NO_SHARE, registrations, byCountedName(items), now());
  const added = withAddition(found, addition, caps, at);
  return failed(added) ? added : found;
}

export const additionBy = (
  config: Services["config"],
  { key }: Put,
  { place, spec, stored }: Plan,
): Addition =>
  additionOf(
    config,
    key,
    place.region,
    spec.ecr.map(({ repository }) => repository),
    stored.registration,
  );

/** Returns the caps of a PUT. A PUT that takes a role back asks for what exists already, so no cap refuses it. */
const capsOf = ({ rolesPerRepository, ecrPerRepository }: Services["config"], { id }: Put): Caps =>
  id === undefined
    ? { roles: rolesPerRepository, ecr: ecrPerRepository }
    : { roles: Number.POSITIVE_INFINITY, ecr: Number.POSITIVE_INFINITY };

const isUnchanged = (a: Reservation | undefined, b: Reservation | undefined): boolean =>
  a?.id === b?.id && a?.revision === b?.revision;
