/** Opens the services with which a request acts in a member account. */
import type { MemberTags } from "../desired/member.ts";
import { OLDEST_TEMPLATE } from "../desired/member.ts";
import { type Failure, failed, invalid } from "../lib/errors.ts";
import type { AccountItem } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { findAccount } from "./records.ts";
import { clientsOf, profilesOutdated, readMember } from "./state.ts";

/**
 * The kind of work that a request does in the account:
 * - `reads`: nothing there depends on the account's template.
 * - `reads-own`: a workflow reads its repository's registration, so the record must list the repository.
 * - `plans`: makes a desired state, and writes nothing.
 * - `removes`: writes to AWS, and only takes access away. The record need not list the repository any more.
 * - `registers`: writes to AWS what gives access.
 */
export type Use = "reads" | "reads-own" | "plans" | "removes" | "registers";

/** The time for which a process relies on the tags that it has read (milliseconds). */
const KNOWN_MS = 5 * 60_000;

const known = new WeakMap<Services["clients"], { member: MemberTags; at: number }>();

/**
 * Returns the services for a member account: its clients, its registrations, and the configuration that its record
 * allows. Returns why the account's record or its template forbids the request.
 */
export async function openAccount(
  services: Services,
  account: string,
  { owner, repo }: { owner: string; repo: string },
  use: Use,
): Promise<Services | Failure> {
  // A grant such as `API/*/v1/accounts/*/repos/acme/*` would also match an owner of that name.
  if (owner.toLowerCase() === "repos")
    return invalid({
      pointer: "/owner",
      detail: "An owner of this name cannot be served in a member account. Use the paths below /v1/repos.",
    });
  const item = await findAccount(services, account);
  if (failed(item)) return item;
  if ((gives(use) || use === "reads-own") && !isListed(item, owner, repo))
    return { failure: "account-not-allowed", account, repository: `${owner}/${repo}` };
  return openRecorded(services, item, use);
}

/**
 * Returns the services for a member account whose record the caller has read, for work that concerns no single
 * repository.
 */
export async function openRecorded(
  services: Services,
  item: AccountItem,
  use: Use,
): Promise<Services | Failure> {
  const { account, writes } = item;
  if (!writes && (use === "removes" || use === "registers")) return { failure: "account-read-only", account };
  const member = gives(use) ? await tagsOf(services, item) : undefined;
  if (member !== undefined && failed(member)) return member;
  const clients = clientsOf(services, item);
  const trail = services.trailOf?.(clients);
  return {
    ...services,
    home: services,
    clients,
    registry: services.registryOf(account),
    config: configOf(services, item, member),
    ...(trail && { trail }),
  };
}

/** Tells whether the work makes a desired state, which depends on the account's template. */
const gives = (use: Use): boolean => use === "plans" || use === "registers";

/**
 * Returns the services with which a registration can be removed, whose account may be another one than that of
 * `services`.
 */
export async function servicesToRemove(
  services: Services,
  item: { account: string; owner: string; repo: string },
): Promise<Services | Failure> {
  const home = services.home ?? services;
  return item.account === home.config.account ? home : openAccount(home, item.account, item, "removes");
}

/** Tells whether a record lists a repository. Names are compared without case, as GitHub does. */
const isListed = ({ repositories }: AccountItem, owner: string, repo: string): boolean =>
  repositories.some((one) =>
    [`${owner}/${repo}`, `${owner}/*`].map((name) => name.toLowerCase()).includes(one.toLowerCase()),
  );

async function tagsOf(services: Services, item: AccountItem): Promise<MemberTags | Failure> {
  const clients = clientsOf(services, item);
  const last = known.get(clients);
  if (last !== undefined && services.now() - last.at < KNOWN_MS) return last.member;
  const member = await readMember(services, item);
  const { account } = item;
  if (member === undefined) {
    const detail = `The reader role in account ${account} lacks the tags of the member template.`;
    return { failure: "account-outdated", account, detail };
  }
  if (failed(member)) return member;
  if (member.template < OLDEST_TEMPLATE) {
    const detail = `Account ${account} has version ${member.template} of the member template, and this deployment needs at least ${OLDEST_TEMPLATE}.`;
    return { failure: "account-outdated", account, detail };
  }
  known.set(clients, { member, at: services.now() });
  return member;
}

/** Returns the configuration in a member account: the operator's, narrowed to what the record allows. */
function configOf(
  { config }: Services,
  item: AccountItem,
  member: MemberTags | undefined,
): Services["config"] {
  const { account, regions, profiles, managedPolicies } = item;
  const isOutdated = member !== undefined && profilesOutdated(config, item, member);
  return {
    ...config,
    account,
    regions,
    managedPolicies,
    profiles: new Map([...config.profiles].filter(([name]) => profiles.includes(name))),
    member: {
      outdatedProfiles: isOutdated
        ? `The boundary in account ${account} was packaged with other profiles than the operator has now.`
        : undefined,
      writes: item.writes,
    },
    ...(member !== undefined && { boundaryArn: member.boundaryArn }),
  };
}
