/** Says in the terms of a registration who gains and who loses a role by a change of its trust policy. */
import { type Condition, parseTrustPolicy, type TrustStatement } from "../policy/parse.ts";
import { starred, stringLike } from "../policy/string-like.ts";
import { type Gains, listed } from "./gains.ts";

/** The runs that one subject and the other conditions of a statement let in. */
type Runs = {
  /** A pattern in which `*` stands for any characters. */
  readonly sub: string;
  /** The accepted values of the other claims. A claim that is missing may have any value. */
  readonly claims: ReadonlyMap<string, string>;
};

/** The statements of a trust policy: runs that get in, and statements that no registration has, in words. */
type Read = {
  readonly runs: readonly Runs[];
  readonly others: readonly string[];
  readonly denied: readonly string[];
};

/** The combinations of values of one statement that are listed one by one. */
const MOST_COMBINATIONS = 200;

/**
 * Returns the gains of a change of a trust policy. A subject that no registration of this repository could have is said
 * as the subject's pattern.
 * @param own the registration's own trust policy, whose subjects tell the repository
 */
export function trustGains(before: unknown, after: unknown, own: unknown): Gains {
  const [had, has, desired] = [before, after, own].map(read);
  if (had === undefined || has === undefined) return {};
  const frames = new Set((desired?.runs ?? []).flatMap(({ sub }) => frameOf(sub) ?? []));
  const shown = claimsThatDiffer([...had.runs, ...has.runs]);
  const text = (runs: Runs) => inWords(runs, frames, shown);
  const added = (from: Read, to: Read) => [
    ...to.runs.filter((runs) => !from.runs.some((other) => covers(other, runs))).map(text),
    ...to.others.filter((other) => !from.others.includes(other)),
    ...from.denied.filter((deny) => !to.denied.includes(deny)),
  ];
  const [gains, loses] = [added(had, has), added(has, had)];
  // The same words on both sides, such as a branch in two forms of the subject, are no change for anyone.
  const both = gains.filter((one) => loses.includes(one));
  const isOneSided = (one: string) => !both.includes(one);
  return listed(gains.filter(isOneSided), loses.filter(isOneSided));
}

function read(policy: unknown): Read | undefined {
  const parsed = parseTrustPolicy(JSON.stringify(policy) ?? "");
  if ("error" in parsed) return undefined;
  const { statements } = parsed.policy;
  const isForRuns = (statement: TrustStatement) =>
    statement.effect === "Allow" && runsOf(statement) !== undefined;
  return {
    runs: statements.flatMap((statement) => (isForRuns(statement) ? (runsOf(statement) ?? []) : [])),
    others: statements
      .filter((statement) => statement.effect === "Allow" && !isForRuns(statement))
      .map(statementInWords),
    denied: statements.filter(({ effect }) => effect === "Deny").map(statementInWords),
  };
}

const claimOf = ({ key }: Condition): string => key.slice(key.lastIndexOf(":") + 1).toLowerCase();

/** Returns the runs of a statement; undefined if its principals or its operators are none of a registration's. */
function runsOf({ principal, conditions, action }: TrustStatement): Runs[] | undefined {
  const isFederated = !principal.not && principal.values.every(({ type }) => type === "Federated");
  const isForTokens =
    !action.not && action.values.some((one) => stringLike(starred(one), "sts:AssumeRoleWithWebIdentity"));
  const claims = conditions.map(claimOf);
  if (!isFederated || !isForTokens || new Set(claims).size < claims.length) return undefined;
  if (conditions.some(({ operator }) => !/^String(Equals|Like)$/.test(operator))) return undefined;
  const subs = conditions.find((condition) => claimOf(condition) === "sub")?.values ?? ["*"];
  const others = conditions.filter((condition) => claimOf(condition) !== "sub");
  return others.reduce<Runs[]>(
    (runs, condition) => {
      const { values } = condition;
      const apart = runs.length * values.length <= MOST_COMBINATIONS ? values : [values.join(" or ")];
      return runs.flatMap(({ sub, claims: known }) =>
        apart.map((value) => ({ sub, claims: new Map([...known, [claimOf(condition), value]]) })),
      );
    },
    subs.map((sub) => ({ sub, claims: new Map() })),
  );
}

function statementInWords({ principal, effect, action, conditions }: TrustStatement): string {
  const who = principal.values.map(({ value }) => value).join(", ");
  const what = action.values.join(", ");
  const subs = conditions.flatMap(({ operator, key, values }) => [
    `${key} ${operator} ${values.join(" or ")}`,
  ]);
  const when = subs.length === 0 ? "" : ` if ${subs.join(" and ")}`;
  return `${effect === "Deny" ? "those denied by the statement for" : "principals"} ${principal.not ? "other than " : ""}${who} (${what})${when}`;
}

/** Tells whether the first runs include the second ones. */
function covers(wide: Runs, narrow: Runs): boolean {
  if (!stringLike(starred(wide.sub), narrow.sub)) return false;
  return [...wide.claims].every(([claim, value]) => {
    const own = narrow.claims.get(claim);
    return own !== undefined && stringLike(starred(value), own);
  });
}

/** Returns the claims that not all runs have with the same value. */
function claimsThatDiffer(runs: readonly Runs[]): string[] {
  const names = [...new Set(runs.flatMap(({ claims }) => [...claims.keys()]))];
  return names.filter((name) => new Set(runs.map(({ claims }) => claims.get(name))).size > 1);
}

const CONTEXT = /^(.*?):(ref:refs\/(?:heads|tags)\/[^:]+|environment:[^:]+|pull_request|\*)((?::.*)?)$/s;

/** Returns the text around the context of a subject, without ids; undefined if the subject has another form. */
function frameOf(sub: string): string | undefined {
  const [, beginning, , end] = CONTEXT.exec(sub) ?? [];
  return beginning === undefined ? undefined : `${beginning}…${end}`;
}

const withoutIds = (frame: string): string => frame.replace(/(repo:[^/@:]+)@\d+(\/[^/@:]+)@\d+/, "$1$2");

function inWords({ sub, claims }: Runs, frames: ReadonlySet<string>, shown: readonly string[]): string {
  const frame = frameOf(sub);
  const [, , context = ""] = CONTEXT.exec(sub) ?? [];
  // A repository may send its subjects with and without its ids. Other ids belong to another repository.
  const isOwn =
    frame !== undefined &&
    (frames.has(frame) || [...frames].some((own) => frame === withoutIds(own) || withoutIds(frame) === own));
  const who = isOwn ? contextInWords(context) : sub === "*" ? "any subject" : `subject ${sub}`;
  // The subject of a branch or tag names its ref.
  const said = shown.filter((claim) => claim !== "ref" || claims.has("ref") || !context.startsWith("ref:"));
  return [who, ...said.map((claim) => claimInWords(claim, claims.get(claim)))].join(" ");
}

function contextInWords(context: string): string {
  if (context === "*") return "every run of the repository";
  if (context === "pull_request") return "pull requests";
  const [kind, name] = [context.slice(0, context.indexOf(":")), context.slice(context.indexOf(":") + 1)];
  if (kind === "environment") return `environment ${name.replaceAll("%3A", ":")}`;
  return name.startsWith("refs/tags/")
    ? `tag ${name.slice("refs/tags/".length)}`
    : `branch ${name.slice("refs/heads/".length)}`;
}

function claimInWords(claim: string, value: string | undefined): string {
  if (value === undefined) return claim === "ref" ? "from any branch or tag" : `with any ${claim}`;
  if (claim === "ref")
    return `from ${value.replace(/^refs\/heads\//, "branch ").replace(/^refs\/tags\//, "tag ")}`;
  return claim === "job_workflow_ref" ? `through ${value}` : `with ${claim} ${value}`;
}
