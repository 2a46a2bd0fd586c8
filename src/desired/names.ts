/**
 * The names that Rolecall gives. The same input always has the same name. Only namespaces in ECR can be the same for
 * two inputs.
 */
import { createHash } from "node:crypto";

/**
 * Returns the path of every role that a deployment makes. It is the path of the deployment's permissions boundary, and
 * the functions may write no role under another path.
 * @param boundaryArn such as `arn:aws:iam::123456789012:policy/rolecall/boundary`, whose path is `/rolecall/`
 */
export const rolePathOf = (boundaryArn: string): string =>
  /:policy(\/.*?)[^/]+$/.exec(boundaryArn)?.[1] ?? "/";

/** The name of a role's inline policy for ECR. Each profile has an inline policy of its own. */
export const POLICY_NAME = "rolecall-ecr";

/** The name of the inline policy that denies sessions everything. No profile's policy has that name. */
export const REVOCATION_POLICY = "rolecall-revocation";

/**
 * Returns the name of the IAM role of a registration: a readable part, then a hash of all parts. The parts together can
 * exceed IAM's 64 characters, and parts that are cut differently could give the same string. Letter case is folded
 * first, because IAM compares role names without case, and GitHub compares its names without case. If `repo` is `*`
 * (all repositories of an owner), the readable part has `all`, because a role's name cannot contain `*`.
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
 * Returns the namespace in ECR of a repository: `{owner}/{repo}` folded to ECR's rules. ECR allows lower-case letters
 * and digits, joined by one `.`, one or two `_`, or any number of `-`. Two names can fold to one namespace; the
 * reservation of the namespace decides which repository has it.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
 */
export function ecrNamespace(owner: string, repo: string): string {
  return `${foldPart(owner)}/${foldPart(repo)}`;
}

/** Returns the first part of the ECR namespaces of an owner's repositories. */
export const ecrOwner = (owner: string): string => foldPart(owner);

/**
 * Returns the name that a registration reserves: its repository's namespace in ECR or, for a whole owner, a name that
 * no repository has.
 */
export const namespaceOf = (owner: string, repo: string): string =>
  repo === "*" ? `${owner.toLowerCase()}/*` : ecrNamespace(owner, repo);

/** Tells whether an ECR repository is in a namespace: it has the namespace's name, or a name below it. */
export const isWithin = (namespace: string, name: string): boolean =>
  name === namespace || name.startsWith(`${namespace}/`);

/**
 * Tells whether an ECR repository is in the namespace of a repository on GitHub. A whole owner (`repo` is `*`) has no
 * namespace.
 */
export const isInNamespace = (owner: string, repo: string, name: string): boolean =>
  repo !== "*" && isWithin(ecrNamespace(owner, repo), name);

/** Tells whether ECR spells a repository's name as GitHub does. True also for a whole owner (`repo` is `*`). */
export const isSpelledAsNamespace = (repo: string): boolean => repo === "*" || foldPart(repo) === repo;

/** Returns the folded name of an owner. Two owners with the same folded name would share every namespace. */
export const foldOwner = (owner: string): string => foldPart(owner);

function foldPart(name: string): string {
  const folded = name
    .toLowerCase()
    .replace(/[^a-z0-9._-]/g, "-")
    .replace(/[._-]*[._][._-]*/g, (run) => (run === "." || run === "_" || run === "__" ? run : "-"))
    .replace(/^[._-]+|[._-]+$/g, "");
  return folded === "" ? "x" : folded;
}

/** The account, the partition and the region of a registration. The region is that of its ECR repositories. */
export type Place = { readonly account: string; readonly partition: string; readonly region: string };

/** Returns the ARN of an ECR repository. The region may be `*`, for a pattern. */
export const repositoryArn = (name: string, { partition, region, account }: Place): string =>
  `arn:${partition}:ecr:${region}:${account}:repository/${name}`;
