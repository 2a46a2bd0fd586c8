/** Finds ECR repositories in policies, and the access that policies give to them. */
import { repositoryArn } from "../desired/names.ts";
import type { components } from "../generated/contract.ts";
import { covers, mayMeet } from "../policy/elements.ts";
import { ACTIONS, allowed, type GrantStatement, type NamedPolicy, RESOURCES } from "./permissions.ts";

export type AuditedAccount = {
  readonly partition: string;
  readonly accountId: string;
  /** True if the account is not the deployment's own. */
  readonly isMember?: boolean;
};

/** The actions that write to a repository when an image is pushed. */
const UPLOADS = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"];
const DOWNLOADS = ["ecr:GetDownloadUrlForLayer"];
const MANIFESTS = ["ecr:BatchGetImage"];

/** Returns the account's repositories that statements name, as names or patterns. */
const named = (statements: readonly GrantStatement[], { partition, accountId }: AuditedAccount) =>
  statements
    .flatMap(({ resource }) => (resource.not ? [] : resource.values))
    .flatMap((arn) => {
      const [, of, region, account, name] =
        /^arn:([^:]+):ecr:([^:]*):([^:]*):repository\/(.+)$/.exec(arn) ?? [];
      return of === partition && account === accountId && region && name ? [{ region, name }] : [];
    });

export const repositoryNames = (statements: readonly GrantStatement[], place: AuditedAccount): string[] => [
  ...new Set(named(statements, place).map(({ name }) => name)),
];

/** Returns the regions that statements name in full, in alphabetical order. */
export const regionsOf = (statements: readonly GrantStatement[], place: AuditedAccount): string[] => {
  const regions = named(statements, place).map(({ region }) => region);
  return [...new Set(regions)].filter((region) => /^[a-z0-9-]+$/.test(region)).sort();
};

/** Returns the ARNs of a repository in every region that statements name, and in one region that they do not name. */
export const arnsOf = (
  name: string,
  statements: readonly GrantStatement[],
  { partition, accountId }: AuditedAccount,
): string[] =>
  [...regionsOf(statements, { partition, accountId }), "another-region"].map((region) =>
    repositoryArn(name, { partition, account: accountId, region }),
  );

/** Returns the access that statements give to a repository; undefined if they give none. */
export function accessTo(
  name: string,
  allow: readonly GrantStatement[],
  place: AuditedAccount,
): components["schemas"]["EcrAccess"] | undefined {
  const arns = arnsOf(name, allow, place);
  const can = (actions: readonly string[]) =>
    allow.some((one) =>
      actions.some(
        (action) =>
          covers(one.action, action, ACTIONS) && arns.some((arn) => covers(one.resource, arn, RESOURCES)),
      ),
    );
  const pushes = can(UPLOADS);
  const pulls = can(DOWNLOADS) || (!pushes && can(MANIFESTS));
  if (pushes) return pulls ? "both" : "push";
  return pulls ? "pull" : undefined;
}

const mayUpload = ({ action }: GrantStatement): boolean =>
  UPLOADS.some((upload) => mayMeet(action, upload, ACTIONS));

/** Tells whether a statement's resources can include something in ECR. */
const reachesEcr = ({ resource }: GrantStatement): boolean =>
  resource.not || resource.values.some((arn) => [undefined, "ecr"].includes(serviceOf(arn)));

/** Returns the service of an ARN; undefined if a wildcard leaves the service open. */
export const serviceOf = (arn: string): string | undefined => /^arn:[^:*?$]*:([^:*?$]+):/.exec(arn)?.[1];

/** Tells whether a role can push; undefined if a policy that cannot be read leaves that open. */
export function canPush(policies: readonly NamedPolicy[]): boolean | undefined {
  const can = allowed(policies).some((one) => mayUpload(one) && reachesEcr(one));
  return can || policies.every(({ statements }) => statements !== undefined) ? can : undefined;
}

export const mayCreateRepository = (one: GrantStatement): boolean =>
  mayMeet(one.action, "ecr:CreateRepository", ACTIONS) && reachesEcr(one);

/** Tells whether a statement may allow pushing to every repository. It tries a name that nobody would choose. */
export const mayPushAnywhere = (one: GrantStatement, place: AuditedAccount): boolean =>
  mayUpload(one) && arnsOf("0/0--0/0", [one], place).some((arn) => mayMeet(one.resource, arn, RESOURCES));
