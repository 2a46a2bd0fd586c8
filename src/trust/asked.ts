/**
 * Reads a question about a run: which subject the run has, where the question does not say it exactly.
 */
import { acceptedValues, CLAIM_CONDITIONS, CLAIM_FIELDS, type Claims } from "./claims.ts";
import { contexts, subjectPrefixes, type Trust } from "./subjects.ts";

/** The parts of a registration with which a token is compared. */
export type RegisteredTrust = {
  owner: string;
  repo: string;
  /** The audience that the role accepts. */
  provider: { readonly audience: string };
  ids: { repositoryId?: number; ownerId?: number };
  trust: Trust;
  subjects: readonly string[];
  /**
   * True if the service read the repository's subject template from GitHub; false if it assumed the default template.
   */
  isTemplateRead: boolean;
};

/** The claims of a run, with those that are assumed, and a note about its subject. */
export type Asked = { assumed: Claims; note?: string };

/** The text around the context of a registered subject. A template may add claims on both sides. */
type Frame = { readonly before: string; readonly after: string };

/** Returns the text around the context in each of a registration's subjects. */
export function framesOf({ trust, subjects }: Pick<RegisteredTrust, "trust" | "subjects">): Frame[] {
  const frames = subjects.flatMap((subject) =>
    contexts(trust).flatMap((context): Frame[] => {
      const at = `${subject}:`.lastIndexOf(`:${context}:`);
      return at < 0
        ? []
        : [{ before: subject.slice(0, at + 1), after: subject.slice(at + 1 + context.length) }];
    }),
  );
  return frames.filter(
    ({ before, after }, index) =>
      frames.findIndex((other) => other.before === before && other.after === after) === index,
  );
}

/**
 * Returns the claims that the registration's own runs would have, for those that the caller did not give. If the caller
 * gave no subject, derives it from the other claims. If the subject has the form without ids and the repository sends
 * ids, returns the subject that the same run really has. Returns undefined if no subject can be derived.
 */
export function assumedClaims(registered: RegisteredTrust, given: Claims): Asked | undefined {
  const { owner, repo, provider, ids, trust } = registered;
  const sub = String(given["sub"] ?? "");
  const derived = sub === "" ? derivedSubject(registered, given) : withIds(registered, sub);
  if (sub === "" && derived === undefined) return undefined;
  const own: Claims = {
    aud: provider.audience,
    ...(repo !== "*" && { repository: `${owner}/${repo}` }),
    ...(ids.repositoryId !== undefined && { repository_id: String(ids.repositoryId) }),
    ...(ids.ownerId !== undefined && { repository_owner_id: String(ids.ownerId) }),
    ...Object.fromEntries(
      CLAIM_FIELDS.flatMap((field) => {
        // The value may be a pattern. That is fine as a claim, because a pattern matches itself.
        const [first] = acceptedValues(field, trust);
        return first === undefined ? [] : [[CLAIM_CONDITIONS[field].claim, first]];
      }),
    ),
  };
  const missing = Object.fromEntries(Object.entries(own).filter(([name]) => given[name] === undefined));
  if (derived === undefined) return { assumed: missing };
  const note =
    sub === ""
      ? `The claims have no \`sub\`. Rolecall assumed ${derived}, which GitHub would send for them.`
      : `The repository sends its ids in every subject, so Rolecall read ${sub} as ${derived}. If a job really sent the form without ids, repeat the PUT, which asks GitHub for the form again.`;
  return { assumed: { ...missing, sub: derived }, note };
}

/**
 * Returns the subject with the repository's ids; undefined if the subject has ids already, belongs to another
 * repository, or if the repository sends no ids.
 */
function withIds({ owner, repo, ids, subjects }: RegisteredTrust, sub: string): string | undefined {
  const { repositoryId, ownerId } = ids;
  if (repo === "*" || repositoryId === undefined || ownerId === undefined) return undefined;
  const { byName, byId } = subjectPrefixes({ owner, repo, repositoryId, ownerId });
  const holds = (text: string, prefix: string) => `:${text}:`.includes(`:${prefix}:`);
  const isSent = (prefix: string) => subjects.some((subject) => holds(subject, prefix));
  if (!holds(sub, byName) || isSent(byName) || !isSent(byId)) return undefined;
  return `:${sub}:`.replace(`:${byName}:`, () => `:${byId}:`).slice(1, -1);
}

/** Returns the subject that GitHub would send for these claims; undefined if they do not determine it. */
function derivedSubject(registered: RegisteredTrust, given: Claims): string | undefined {
  const context = contextOf(given);
  if (context === undefined) return undefined;
  const { owner, repo, subjects } = registered;
  const named = given["repository"];
  if (named !== undefined && (repo === "*" || named !== `${owner}/${repo}`))
    return otherPrefix(given, String(named), subjects, context);
  if (repo === "*") return undefined;
  const frames = framesOf(registered).map(({ before, after }) => `${before}${context}${after}`);
  return frames.find((sub) => subjects.includes(sub)) ?? frames[0];
}

/** Returns the default subject of a repository that the claims name. */
function otherPrefix(given: Claims, name: string, subjects: readonly string[], context: string) {
  const [owner = "", repo = ""] = name.split("/");
  if (repo === "") return undefined;
  const [ownerId, repositoryId] = [given["repository_owner_id"], given["repository_id"]].map(Number);
  const sendsIds = subjects.some((subject) => /(?:^|:)repo:[^/:]+@\d+\//.test(subject));
  if (!sendsIds || !ownerId || !repositoryId) return `repo:${owner}/${repo}:${context}`;
  return `${subjectPrefixes({ owner, repo, ownerId, repositoryId }).byId}:${context}`;
}

/** Returns the end of a default subject for these claims; undefined if they name no environment, event or ref. */
function contextOf({ environment, event_name: event, ref }: Claims): string | undefined {
  if (environment !== undefined && environment !== "")
    return `environment:${String(environment).replaceAll(":", "%3A")}`;
  // Only a pull request has such a ref. The event `pull_request_target` has the ref of its base branch.
  if (event === "pull_request" || String(ref).startsWith("refs/pull/")) return "pull_request";
  return /^refs\/./.test(String(ref)) ? `ref:${String(ref)}` : undefined;
}
