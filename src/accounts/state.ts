/** Looks whether Rolecall can use a member account. */
import { quotas } from "../aws/account.ts";
import { settled } from "../aws/fault.ts";
import { readRoleTags } from "../aws/observe.ts";
import {
  MEMBER_TEMPLATE,
  type MemberTags,
  memberRoleArn,
  memberRoleName,
  OLDEST_TEMPLATE,
  readMemberTags,
} from "../desired/member.ts";
import { profilesDigest } from "../desired/profiles-digest.ts";
import type { components } from "../generated/contract.ts";
import { type Failure, failed } from "../lib/errors.ts";
import { isSame } from "../lib/same.ts";
import type { AccountItem } from "../registry/items.ts";
import type { Services } from "../services.ts";

type State = components["schemas"]["MemberState"];

/** Returns the clients of a member account, in the deployment's own region if the record lists it. */
export const clientsOf = (services: Services, { account, regions }: AccountItem): Services["clients"] => {
  const { region } = services.clients.place;
  return services.clientsOf(account, regions.includes(region) ? region : (regions[0] ?? region));
};

/** Reads the tags by which the member tells what it has. @returns undefined if they are missing or are not the member's */
export async function readMember(
  services: Services,
  item: AccountItem,
): Promise<MemberTags | undefined | Failure> {
  const { config: hub } = services;
  const tags = await settled(readRoleTags(clientsOf(services, item), memberRoleName(hub, "reader")));
  return tags === undefined || failed(tags) ? tags : readMemberTags(tags, hub, item.account);
}

/** The longest time for which a record keeps the time of an older look, if the state has not changed (milliseconds). */
const NOTED_MS = 60_000;

/** Looks at the account and records its state. Returns a failure only if AWS did not answer. */
export async function look(
  services: Services,
  item: AccountItem,
): Promise<{ item: AccountItem; member: MemberTags | undefined } | Failure> {
  const member = await readMember(services, item);
  if (failed(member) && member.failure !== "account-unreachable") return member;
  const isReached = !failed(member);
  const writer = isReached && item.writes ? await tryWriter(services, item) : undefined;
  if (writer !== undefined && writer.failure !== "account-unreachable") return writer;
  const quota = isReached ? await settled(quotas(clientsOf(services, item))) : undefined;
  const lookedAt = new Date(services.now()).toISOString();
  const tags = failed(member) ? undefined : member;
  const found: Pick<State, "status" | "causes"> = failed(member)
    ? { status: "unreachable", causes: causes(services, item, "reader") }
    : writer !== undefined
      ? { status: "unreachable", causes: causes(services, item, "writer") }
      : stateOf(services, item, member);
  const { seenAt } = item.state;
  const state: State = {
    ...found,
    ...(tags !== undefined && { template: tags.template }),
    ...(quota !== undefined && !failed(quota) && { roles: quota.roles }),
    lookedAt,
    ...(isReached ? { seenAt: lookedAt } : seenAt !== undefined && { seenAt }),
  };
  const noted = isNoted(item, state)
    ? item
    : await services.registry.changeAccount(item.account, item, (current) => {
        if (current?.id !== item.id) return { failure: "account-unknown", account: item.account };
        // A PUT that has changed the record meanwhile looks at the account itself.
        const isChanged = !isSame([current.writes, current.profiles], [item.writes, item.profiles]);
        return isChanged || isNoted(current, state) ? current : { ...current, state };
      });
  return failed(noted) ? noted : { item: { ...item, state }, member: tags };
}

/**
 * Tells whether a record need not store a state that was found: it has the same one from less than a minute before, or
 * one from a later look. So many looks at once do not wait for each other's writes.
 */
function isNoted({ state: noted }: AccountItem, found: State): boolean {
  const since = Date.parse(found.lookedAt ?? "") - Date.parse(noted.lookedAt ?? "");
  if (since < 0) return true;
  const partsOf = ({ status, causes, template }: State) => [status, causes, template];
  return since < NOTED_MS && isSame(partsOf(noted), partsOf(found));
}

async function tryWriter(services: Services, item: AccountItem): Promise<Failure | undefined> {
  const { sessions } = clientsOf(services, item);
  const tried = sessions && (await settled(sessions.tryWriter()));
  return failed(tried) ? tried : undefined;
}

function stateOf(
  { config }: Services,
  item: AccountItem,
  member: MemberTags | undefined,
): Pick<State, "status" | "causes"> {
  const outdated =
    member === undefined
      ? ["The reader role lacks the tags of the member template. Update the account's stack."]
      : [
          ...(member.template < OLDEST_TEMPLATE
            ? [
                `The account has version ${member.template} of the member template, and this deployment needs at least ${OLDEST_TEMPLATE}. Update the account's stack with the packaged dist/member.yml (version ${MEMBER_TEMPLATE}).`,
              ]
            : []),
          ...(profilesOutdated(config, item, member)
            ? [
                "The account's boundary was packaged with other profiles than the operator has now. Update the account's stack with the packaged dist/member.yml. Until then, registrations with profiles are refused.",
              ]
            : []),
        ];
  if (outdated.length > 0) return { status: "outdated", causes: outdated };
  return { status: item.writes ? "ready" : "read-only", causes: [] };
}

/** Tells whether registrations in the account may have profiles, and its boundary has other ones than the operator. */
export const profilesOutdated = (
  config: Pick<Services["config"], "profiles">,
  { profiles }: AccountItem,
  member: MemberTags,
): boolean => profiles.length > 0 && member.profiles !== profilesDigest(config.profiles);

/** Returns everything that STS's one answer, AccessDenied, can mean. */
function causes(services: Services, { account }: AccountItem, role: "reader" | "writer"): string[] {
  const { config: hub } = services;
  return [
    `The role ${memberRoleArn(hub, account, role)} does not exist. Deploy dist/member.yml in account ${account}.`,
    `The role trusts another deployment. Its stack's parameter HubAccount must be ${hub.account}, and the template must be the one of the stage with the path ${hub.rolePath}.`,
    "The role's stack names an organisation, and the hub's account is not in it. Correct the parameter OrganizationId.",
    `The account is suspended or closed, or an SCP or RCP of its organisation denies sts:AssumeRole. Ask the organisation's administrator.`,
    `The hub's function may not assume the role. Its own role must be under /rolecall-hub/ and allow sts:AssumeRole and sts:SetSourceIdentity on it; deploy this version of the package again.`,
  ];
}
