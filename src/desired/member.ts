/**
 * A member account: another AWS account that the deployment serves, with the roles that `dist/member.yml` makes there.
 * The functions of the deployment (the hub) assume those roles.
 */
import { rolePathOf } from "./names.ts";

/** The path of the member's own roles. The writer may change roles under Rolecall's path only, so not these. */
export const MEMBER_PATH = "/rolecall-member/";
/** The path of the roles of the hub's functions, which a member trusts. */
export const HUB_PATH = "/rolecall-hub/";

/** The version of the member's template that this deployment packages, and the oldest one that it can use. */
export const MEMBER_TEMPLATE = 1;
export const OLDEST_TEMPLATE = 1;

/** The tags of the reader role, by which the member tells the hub what it has. */
export const TEMPLATE_TAG = "rolecall:template";
export const BOUNDARY_TAG = "rolecall:boundary";
export const PROFILES_TAG = "rolecall:profiles";

/** The parts of a deployment that name the roles of its members. */
export type Hub = { readonly account: string; readonly partition: string; readonly rolePath: string };

export type MemberRole = "reader" | "writer";

/** Returns the name of a member's role: `rolecall-reader`, or `rolecall-STAGE-reader` in another stage than `prod`. */
export const memberRoleName = ({ rolePath }: Pick<Hub, "rolePath">, role: MemberRole): string =>
  `${rolePath.replaceAll("/", "")}-${role}`;

export const memberRoleArn = (hub: Hub, account: string, role: MemberRole): string =>
  `arn:${hub.partition}:iam::${account}:role${MEMBER_PATH}${memberRoleName(hub, role)}`;

/**
 * Returns the external id that a member's roles ask for. It names the deployment and the member, so that no other
 * deployment in the hub's account, and no request about another member, can use the roles.
 */
export const externalIdOf = ({ account, rolePath }: Omit<Hub, "partition">, member: string): string =>
  `${rolePath.replaceAll("/", "")}:${account}:${member}`;

/** The content of the reader's tags. */
export type MemberTags = {
  readonly template: number;
  readonly boundaryArn: string;
  /** The digest of the profiles that the member's boundary allows. */
  readonly profiles: string;
};

/**
 * Reads the reader's tags. Returns undefined if a tag is missing, or if the boundary is not one of the member's own
 * account under Rolecall's path. The member's owner can write any text into the tags.
 */
export function readMemberTags(
  tags: Readonly<Record<string, string>>,
  hub: Hub,
  account: string,
): MemberTags | undefined {
  const { [TEMPLATE_TAG]: template = "", [BOUNDARY_TAG]: boundaryArn = "", [PROFILES_TAG]: profiles } = tags;
  const isOwn =
    boundaryArn.startsWith(`arn:${hub.partition}:iam::${account}:policy${hub.rolePath}`) &&
    /^arn:[a-z-]+:iam::\d{12}:policy\/[\w+=,.@-]+\/[\w+=,.@-]+$/.test(boundaryArn) &&
    rolePathOf(boundaryArn) === hub.rolePath;
  if (!/^\d{1,6}$/.test(template) || !isOwn || profiles === undefined) return undefined;
  return { template: Number(template), boundaryArn, profiles };
}

/**
 * Returns a caller in the form of a source identity, which has at most 64 characters of a few kinds. A workflow's has the
 * ids of repository, run and actor, because names can be too long.
 */
export function sourceIdentityOf(caller: string | undefined): string {
  if (caller === undefined) return "rolecall-schedule";
  const [, ...run] = /^github:[^@]+@(\d+) run (\d+) attempt (\d+) by .*\((\d+)\)$/.exec(caller) ?? [];
  if (run.length > 0) return `gh-${run.join("-")}`.slice(0, 64);
  const [, name = caller] = /^arn:[^:]*:[^:]*:[^:]*:[^:]*:(?:assumed-role\/|user\/)?(.+)$/.exec(caller) ?? [];
  const folded = name.replace(/[^\w+=,.@-]+/g, "-").slice(-64);
  return folded.length < 2 ? `caller-${folded}` : folded;
}
