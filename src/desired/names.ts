/** Names that Rolecall gives: the same input always has the same name, and no two inputs share one. */
import { createHash } from "node:crypto";

/**
 * Returns the path of every role that a deployment makes. It is the path of the deployment's permissions boundary, and
 * the functions may write no role under another path.
 * @param boundaryArn such as `arn:aws:iam::123456789012:policy/rolecall/boundary`, whose path is `/rolecall/`
 */
export const rolePathOf = (boundaryArn: string): string =>
  /:policy(\/.*?)[^/]+$/.exec(boundaryArn)?.[1] ?? "/";

/** The inline policy of a role for ECR; each profile is one of its own. */
export const POLICY_NAME = "rolecall-ecr";

/** The inline policy that denies sessions everything. No profile has that name. */
export const REVOCATION_POLICY = "rolecall-revocation";

/**
 * The name of the IAM role of a registration: readable, ended by a hash of the whole, because the parts
 * together can be longer than IAM's 64 characters and could be cut at different places to the same string.
 * Case is folded first: IAM compares role names, and GitHub its names, without case. `repo` is `*` for all of an
 * owner's, which stands in the hash only: no role's name holds it.
 */
export function roleName(owner: string, repo: string, role: string): string {
  const key = `${owner}/${repo}/${role}`.toLowerCase();
  const digest = createHash("sha256").update(key).digest("hex").slice(0, 12);
  const readable = `${owner}-${repo === "*" ? "all" : repo}-${role}`
    .toLowerCase()
    .slice(0, 64 - 1 - digest.length);
  return `${readable}-${digest}`;
}

/**
 * The namespace in ECR of a repository, `{owner}/{repo}` folded to ECR's rules (lower case; parts of letters
 * and digits, joined by one `.`, one or two `_`, or any number of `-`). Two names can fold to one: the
 * reservation of the namespace tells them apart.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
 */
export function ecrNamespace(owner: string, repo: string): string {
  return `${foldPart(owner)}/${foldPart(repo)}`;
}

/** The first part of every namespace in ECR of an owner's repositories. */
export const ecrOwner = (owner: string): string => foldPart(owner);

/** What a registration reserves: its repository's namespace in ECR; for a whole owner, a name that no repository has. */
export const claimedNamespace = (owner: string, repo: string): string =>
  repo === "*" ? `${owner.toLowerCase()}/*` : ecrNamespace(owner, repo);

/** Whether an ECR repository is in a namespace: of that very name, or below it. */
export const isWithin = (namespace: string, name: string): boolean =>
  name === namespace || name.startsWith(`${namespace}/`);

/** Whether an ECR repository is in the namespace of a repository on GitHub. A whole owner (`repo` is `*`) has no namespace. */
export const isInNamespace = (owner: string, repo: string, name: string): boolean =>
  repo !== "*" && isWithin(ecrNamespace(owner, repo), name);

/** Whether ECR spells a repository's name as GitHub does. Only then can no other name fold to the same. */
export const isSpelledAsNamespace = (repo: string): boolean => repo === "*" || foldPart(repo) === repo;

/** Returns what an owner's name folds to; two owners that fold to the same would share every namespace. */
export const foldOwner = (owner: string): string => foldPart(owner);

function foldPart(name: string): string {
  const folded = name
    .toLowerCase()
    .replace(/[^a-z0-9._-]/g, "-")
    .replace(/[._-]*[._][._-]*/g, (run) => (run === "." || run === "_" || run === "__" ? run : "-"))
    .replace(/^[._-]+|[._-]+$/g, "");
  return folded === "" ? "x" : folded;
}

/** Where a registration lives; the region is that of its ECR repositories. */
export type Place = { readonly account: string; readonly partition: string; readonly region: string };

/** The ARN of an ECR repository; the region may be `*`, for a pattern. */
export const repositoryArn = (name: string, { partition, region, account }: Place): string =>
  `arn:${partition}:ecr:${region}:${account}:repository/${name}`;
