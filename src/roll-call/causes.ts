/**
 * Asks CloudTrail who wrote last to what has drifted. A roll call asks about a limited number of registrations, and only
 * while it has time. An answer never changes the result of a check.
 */
import type { Trail } from "../aws/trail.ts";
import type { TrailRecord } from "../aws/trail-record.ts";
import type { StoredChange } from "../diff/diff.ts";
import { gate } from "../lib/parallel.ts";
import type { Cause, RegistrationItem } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { type CausesAnswer, inSyncBefore, isSameDrift, isSettled } from "./drift-state.ts";

/** The largest number of registrations that a roll call asks about. */
const ASKED_ABOUT = 20;
/** The largest number of pages that are read for one registration. */
const PAGES = 5;
/** The largest number of causes that are stored. */
const STORED = 10;
/** The longest time that a roll call spends on asking, because repairs wait for the answers (milliseconds). */
const ASKING_MS = 60_000;
/** IAM's reads lag. A check may have missed a write that was made this long before it (milliseconds). */
const LAG_MS = 60_000;

/** A drift, with the registration as it was read or noted. */
type Found = { readonly item: RegistrationItem; readonly changes: readonly StoredChange[] };

export type Causes = ReturnType<typeof openCauses>;

/**
 * Opens the questions of one roll call.
 * @param asked the number of registrations that earlier invocations of the roll call asked about
 * @param hasTime tells whether the roll call has time for one more question
 */
export function openCauses(services: Services, asked: number, hasTime: () => boolean) {
  const { trail, now, log } = services;
  const inTurn = gate(1);
  const later: Found[] = [];
  /** The reason to ask no more in this roll call. */
  let ended: "not-allowed" | "failed" | undefined;
  let left = Math.max(0, ASKED_ABOUT - asked);
  let spentMs = 0;

  async function ask({ item, changes }: Found): Promise<CausesAnswer> {
    const readAt = new Date(now()).toISOString();
    if (ended !== undefined) return { status: ended, causes: [], readAt };
    if (trail === undefined || left === 0 || spentMs >= ASKING_MS || !hasTime())
      return { status: "not-asked", causes: [] };
    left--;
    const begunAt = now();
    const isInTime = () => spentMs + now() - begunAt < ASKING_MS && hasTime();
    const found = await writesTo(services, trail, { item, changes }, isInTime);
    spentMs += now() - begunAt;
    if (found.end === "refused") ended = "not-allowed";
    if (found.end === "failed") ended = "failed";
    const { owner, repo, role } = item;
    if (ended !== undefined) log.warn("CloudTrail was not read", { owner, repo, role, ended });
    if (found.causes.length > 0) return { status: "found", causes: found.causes, readAt };
    return {
      status: ended ?? (found.end === "pages-left" ? "pages-left" : "none-found"),
      causes: [],
      readAt,
    };
  }

  return {
    /**
     * Returns the answer about a drift that is new, or that is about to be repaired before its answer is final;
     * undefined for any other.
     */
    async ofNew(found: Found, isRepaired: boolean): Promise<CausesAnswer | undefined> {
      const { item, changes } = found;
      if (resourcesOf(changes).length === 0) return undefined;
      const isNew = !isSameDrift(item.drift, changes);
      return isNew || (isRepaired && !isSettled(item.drift)) ? inTurn(() => ask(found)) : undefined;
    },
    /** Remembers an older drift whose answer is not final, for `ofOlder`. */
    remember(found: Found): void {
      if (resourcesOf(found.changes).length > 0 && !isSettled(found.item.drift)) later.push(found);
    },
    /** Asks about the remembered drifts, the newest first, and passes on each answer. */
    async ofOlder(record: (found: Found, answer: CausesAnswer) => Promise<unknown>): Promise<void> {
      const since = ({ item }: Found) => item.drift.since ?? "";
      for (const found of later.splice(0).sort((a, b) => newer(since(a), since(b)))) {
        const answer = await inTurn(() => ask(found));
        if (answer.status === "not-asked") return;
        await record(found, answer);
      }
    },
    /** Returns the number of registrations that the roll call has asked about. */
    asked: (): number => ASKED_ABOUT - left,
  };
}

/** Orders times (ISO 8601), the newest first. Equal times keep their order, which is CloudTrail's. */
const newer = (a: string, b: string): number => (a === b ? 0 : a < b ? 1 : -1);

/** Returns the last writes by others to the resources that differ. Never throws. */
async function writesTo(
  services: Services,
  trail: Trail,
  { item, changes }: Found,
  isInTime: () => boolean,
): Promise<{ causes: Cause[]; end: "all-read" | "pages-left" | "refused" | "failed" }> {
  const causes: Cause[] = [];
  let end: "all-read" | "pages-left" = "all-read";
  const newestFirst = () => causes.sort((a, b) => newer(a.at, b.at)).slice(0, STORED);
  try {
    const isOwn = await ownWrites(services);
    const period = { from: Date.parse(inSyncBefore(item)) - LAG_MS, to: services.now() };
    let pages = PAGES;
    for (const { arn, name } of resourcesOf(changes)) {
      // CloudTrail may list the events of an ECR repository under its name or its ARN.
      if (causes.some(({ resource }) => resource === arn)) continue;
      const answer = await trail.writesTo({ resource: { arn, name }, ...period, pages, isInTime });
      pages -= answer.pages;
      causes.push(...answer.writes.filter((write) => !isOwn(write)).map((write) => causeOf(arn, write)));
      if (answer.end === "refused" || answer.end === "failed")
        return { causes: newestFirst(), end: answer.end };
      if (answer.end === "pages-left") end = "pages-left";
    }
    return { causes: newestFirst(), end };
  } catch (error) {
    services.log.error("CloudTrail was not asked", { error: String(error) });
    return { causes: newestFirst(), end: "failed" };
  }
}

/** Returns the resources in AWS that differ, each under every name that CloudTrail may list its events by. */
function resourcesOf(changes: readonly StoredChange[]): { arn: string; name: string }[] {
  const arns = new Set(changes.map(({ resource }) => resource).filter((resource) => /^arn:/.test(resource)));
  return [...arns].flatMap((arn) => {
    const [, type = "", path = ""] = /:(role|oidc-provider|repository)\/(.*)$/.exec(arn) ?? [];
    if (type === "role") return [{ arn, name: path.slice(path.lastIndexOf("/") + 1) }];
    return type === "repository"
      ? [
          { arn, name: arn },
          { arn, name: path },
        ]
      : [{ arn, name: arn }];
  });
}

/**
 * Returns a function that recognises Rolecall's own writes: by the role whose session wrote, or in a local run by the
 * user that this process signs as. In a member account they are the writes of the member's writer role.
 */
async function ownWrites({ clients, config }: Services): Promise<(write: TrailRecord) => boolean> {
  const { sessions } = clients;
  if (sessions !== undefined) return ({ issuer }) => issuer === sessions.writerArn;
  const self = await clients.callerArn();
  const [, , , , account = "", resource = ""] = self.split(":");
  const [type, ownRole] = resource.split("/");
  const roles = [...(type === "assumed-role" ? [ownRole] : []), ...config.apiRoles];
  return ({ by, issuer }) => {
    if (issuer === undefined) return by === self;
    const [, , , , of, role = ""] = issuer.split(":");
    return of === account && roles.includes(role.slice(role.lastIndexOf("/") + 1));
  };
}

const causeOf = (resource: string, write: TrailRecord): Cause => ({
  at: write.at,
  resource,
  action: write.action,
  by: write.by,
  ...(write.invokedBy !== undefined && { invokedBy: write.invokedBy }),
  ...(write.sourceIp !== undefined && { sourceIp: write.sourceIp }),
  ...(write.userAgent !== undefined && { userAgent: write.userAgent }),
  eventId: write.eventId,
});
