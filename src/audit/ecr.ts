/** ECR repositories in policies: their ARNs, and who can push to them. */
import { repositoryArn } from "../desired/names.ts";
import type { components } from "../generated/contract.ts";
import { covers, mayMeet } from "./elements.ts";
import { ACTIONS, allowed, type GrantStatement, type NamedPolicy, RESOURCES } from "./permissions.ts";

export type Place = { readonly partition: string; readonly accountId: string };

/** What writes to a repository when an image is pushed. */
const UPLOADS = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"];
const DOWNLOADS = ["ecr:GetDownloadUrlForLayer"];
const MANIFESTS = ["ecr:BatchGetImage"];

/** The account's repositories, or patterns of them, that statements name. */
const named = (statements: readonly GrantStatement[], { partition, accountId }: Place) =>
  statements
    .flatMap(({ resource }) => (resource.not ? [] : resource.values))
    .flatMap((arn) => {
      const [, of, region, account, name] =
        /^arn:([^:]+):ecr:([^:]*):([^:]*):repository\/(.+)$/.exec(arn) ?? [];
      return of === partition && account === accountId && region && name ? [{ region, name }] : [];
    });

export const repositoryNames = (statements: readonly GrantStatement[], place: Place): string[] => [
  ...new Set(named(statements, place).map(({ name }) => name)),
];

/** The regions that statements name. */
export const regionsOf = (statements: readonly GrantStatement[], place: Place): string[] => {
  const regions = named(statements, place).map(({ region }) => region);
  return [...new Set(regions)].filter((region) => /^[a-z0-9-]+$/.test(region)).sort();
};

/** The ARNs that a repository of a name has in the regions that statements name, and in another. */
export const arnsOf = (
  name: string,
  statements: readonly GrantStatement[],
  { partition, accountId }: Place,
): string[] =>
  [...regionsOf(statements, { partition, accountId }), "another-region"].map((region) =>
    repositoryArn(name, { partition, account: accountId, region }),
  );

/** What the statements allow with a repository, whatever else they allow. */
export function accessTo(
  name: string,
  allow: readonly GrantStatement[],
  place: Place,
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

/** Whether something in ECR can be among a statement's resources. */
const reachesEcr = ({ resource }: GrantStatement): boolean =>
  resource.not || resource.values.some((arn) => [undefined, "ecr"].includes(serviceOf(arn)));

/** The service of an ARN; undefined if a wildcard leaves it open. */
export const serviceOf = (arn: string): string | undefined => /^arn:[^:*?$]*:([^:*?$]+):/.exec(arn)?.[1];

/** Whether a role can push; undefined if that is not known. */
export function canPush(policies: readonly NamedPolicy[]): boolean | undefined {
  const can = allowed(policies).some((one) => mayUpload(one) && reachesEcr(one));
  return can || policies.every(({ statements }) => statements !== undefined) ? can : undefined;
}

export const mayCreateRepository = (one: GrantStatement): boolean =>
  mayMeet(one.action, "ecr:CreateRepository", ACTIONS) && reachesEcr(one);

/** What matches a repository of a name that nobody thinks of matches all. */
export const mayPushAnywhere = (one: GrantStatement, place: Place): boolean =>
  mayUpload(one) && arnsOf("0/0--0/0", [one], place).some((arn) => mayMeet(one.resource, arn, RESOURCES));
