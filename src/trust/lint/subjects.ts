/**
 * Finds rows 1, 3–7, 10, 13, 14, 21–23 and 25 of docs/misconfigurations.md, which are about the repositories that the
 * subject lets in, and the runs of each.
 */
import { anyText, both, either, type Language, matching } from "../../policy/language.ts";
import type { TrustStatement } from "../../policy/parse.ts";
import { ANY, isLiteral, type Pattern } from "../../policy/string-like.ts";
import { type Demands, isPossible, OPEN } from "../grammar.ts";
import { codes, type Finding, type FindingCode, finding } from "./codes.ts";
import { exactValues, type Guard, guards, isExact } from "./guard.ts";
import type { LintContext } from "./lint.ts";
import { type Beside, beside, isNobody, nobodyCode, runCodes, runsOf } from "./runs.ts";
import { type Reach, reach } from "./subject.ts";

/** Tells for each of these claims whether a condition fixes its value. */
type Pins = {
  readonly repositoryId: boolean;
  readonly ownerId: boolean;
  readonly enterpriseId: boolean;
  readonly repositoryName: boolean;
};

/**
 * Finds faults of the repositories and runs that a statement lets in.
 * @param demands the values that the statement demands of the claims other than `sub` and `aud`; undefined if it demands a
 * claim that AWS never has
 */
export function subjectFindings(
  statement: TrustStatement,
  host: string,
  version: string,
  demands: Demands | undefined,
  context: LintContext,
): Finding[] {
  // Nobody gets in, so nothing is too wide. The condition that shuts everyone out has a finding of its own.
  if (demands === undefined || !isPossible(demands)) return [];
  const on = (claim: string): readonly Guard[] => guards(statement, host, claim, version);
  const holdsAll = (claim: string, form: RegExp): boolean =>
    on(claim).some((guard) => isExact(guard) && exactValues(guard).every((value) => form.test(value)));
  const pins: Pins = {
    repositoryId: holdsAll("repository_id", /^\d+$/),
    ownerId: holdsAll("repository_owner_id", /^\d+$/),
    enterpriseId: holdsAll("enterprise_id", /^\d+$/),
    repositoryName: holdsAll("repository", /^[^/]+\/[^/]+$/),
  };

  // IAM combines conditions with AND. So report only the findings of the narrowest condition on `sub`.
  const subjects = on("sub");
  const [narrowest] = subjects
    .map((guard) => guardFindings(guard, pins, beside(demands, othersThan(guard, subjects)), context))
    .sort((one, other) => weight(one) - weight(other));
  if (narrowest !== undefined) return narrowest;
  return withoutSubject(statement, on("job_workflow_ref"), pins, host);
}

/** Returns the subjects that all guards but one match; undefined if there are no others. */
function othersThan(guard: Guard, all: readonly Guard[]): Language | undefined {
  const others = all.filter((one) => one !== guard).map(languageOf);
  return others.length === 0 ? undefined : others.reduce(both);
}

const languageOf = ({ patterns, ignoresCase }: Guard): Language =>
  either(...patterns.map((pattern) => (pattern === null ? anyText : matching(pattern, ignoresCase))));

/** Returns the findings of a statement without a condition on `sub`. AWS accepts it if it checks `job_workflow_ref`. */
function withoutSubject(
  statement: TrustStatement,
  onWorkflow: readonly Guard[],
  pins: Pins,
  host: string,
): Finding[] {
  const found = (code: FindingCode) =>
    finding(code, statement.pointer, `No condition compares ${host}:sub with a value.`);
  const isOnWorkflow = onWorkflow.some(({ patterns }) => patterns.every((one) => one?.some(isNotAny)));
  if (isOnWorkflow && (pins.repositoryId || pins.repositoryName))
    return [
      found("any-ref"),
      ...(pins.repositoryId ? [] : [nameFinding(pins, statement.pointer, "The claim repository")]),
    ];
  if (isOnWorkflow && pins.ownerId) return [found("owner-wide"), found("any-ref")];
  if (isOnWorkflow && pins.enterpriseId) return [found("enterprise-wide"), found("any-ref")];
  return [found("sub-missing")];
}

function weight(findings: readonly Finding[]): number {
  return findings.reduce((sum, { severity }) => sum + (severity === "error" ? 1000 : 1), 0);
}

function isNotAny(token: unknown): boolean {
  return token !== ANY;
}

function guardFindings(guard: Guard, pins: Pins, others: Beside, context: LintContext): Finding[] {
  const { condition, patterns, ignoresCase } = guard;
  const findings: Finding[] = [];
  const found = (code: FindingCode, detail: string): void => {
    findings.push(finding(code, condition.pointer, detail));
  };
  let byName = false;
  const nameForms = new Map<string, string>();
  const idForms = new Set<string>();
  for (const [index, pattern] of patterns.entries()) {
    const value = condition.values[index] ?? "";
    if (pattern === null) {
      found("sub-any", `${value} contains a policy variable.`);
      continue;
    }
    // No name contains a plain star, so nobody gets in. The wildcard has a finding of its own.
    if (isLiteral(pattern) && /[*?]/.test(value.replaceAll(/\$\{[*?$]\}/g, ""))) continue;
    const language = matching(pattern, ignoresCase);
    const runs = runsOf(pattern, language, others);
    const reached = reach(pattern);
    const open = openCode(reached, pattern, pins);
    if (isNobody(runs)) {
      const [code, why] = nobodyCode(language);
      if (open !== null && NOBODY.includes(open))
        found(open, `${value} ${DETAILS[open] ?? codes[open].meaning}`);
      else found(code, `The subject is ${value}. ${why}`);
      continue;
    }
    if (differsInCase(reached, context.repository) && !ignoresCase) {
      found("letter-case", `The subject is ${value}.`);
      continue;
    }
    const repository = reached.to === "repository" ? (reached.name ?? "") : "";
    if (runs.isByNameAlone) nameForms.set(repository, value);
    else if (runs.byDefault.size > 0) idForms.add(repository.replaceAll(/@\d+/g, ""));
    if (reached.to === "repository" ? !reached.byId : pins.repositoryName) byName = true;
    if (open !== null) found(open, `${value} ${DETAILS[open] ?? codes[open].meaning}`);
    if (reached.prefix === null) continue;
    for (const [code, more] of runCodes(runs, context.hasPush, context.isTemplateRead === true)) {
      const push = code === "any-ref" && context.hasPush === true ? " The role can push." : "";
      found(code, `The subject is ${value}.${push}${more}`);
    }
    if (isEncoded(pattern)) found("colon-ambiguous", `The subject is ${value}.`);
  }
  if (context.isUnregistered === true)
    for (const [repository, value] of nameForms)
      if (!idForms.has(repository)) found("breaks-on-rename", `The subject is ${value}.`);
  // If the whole owner gets in, do not also report a single repository's name.
  const implied = pins.ownerId && findings.some(({ code }) => code === "owner-wide");
  if (byName && !pins.repositoryId && !implied)
    findings.push(nameFinding(pins, condition.pointer, condition.values.join(", ")));
  return findings;
}

/** The codes of values that may let nobody in. All others say that somebody gets in. */
const NOBODY: readonly FindingCode[] = ["sub-empty-repository", "sub-user-controlled", "sub-not-repository"];

const DETAILS: Partial<Record<FindingCode, string>> = {
  "sub-any": "matches the subjects of any repository.",
  "sub-empty-repository": "names no complete repository.",
  "sub-user-controlled": "matches subjects that any repository can send.",
  "sub-not-repository": "does not begin with a repository.",
  "immutable-wildcard": "also matches other ids.",
  "owner-wildcard": "matches the subjects of every owner with a name that begins like this.",
  "repository-wildcard": "matches the subjects of every repository with a name that begins like this.",
  "owner-wide-by-name": "matches the subjects of every repository of the owner.",
  "owner-wide": "matches the subjects of more than one repository.",
  "enterprise-wide": "matches the subjects of more than one owner.",
  "name-open": "names no single repository.",
};

/** Returns the code for a value that reaches more than one repository, given the claims that other conditions fix. */
function openCode(reached: Reach, pattern: Pattern, pins: Pins): FindingCode | null {
  if (reached.to === "repository") return null;
  // Other conditions do not make these values safe. AWS refuses a subject of only `*`, and a workflow's author can
  // choose a value that looks like any branch.
  const code = reached.to === "owner" ? "owner-wide-by-name" : reached.code;
  if (code === "sub-user-controlled" || code === "sub-empty-repository" || !pattern.some(isNotAny))
    return code;
  if (pins.repositoryId || pins.repositoryName) return "name-open";
  if (pins.ownerId || (reached.to === "owner" && reached.byId)) return "owner-wide";
  return pins.enterpriseId ? "enterprise-wide" : code;
}

/** Tells whether a pattern contains an encoded colon in the name of an environment. */
function isEncoded(pattern: Pattern): boolean {
  // Replace each wildcard by a character that no subject contains.
  const literal = pattern.map((token) => (typeof token === "string" ? token : OPEN)).join("");
  return /:environment:[^:]*%3A/.test(literal);
}

function differsInCase(reached: Reach, repository: LintContext["repository"]): boolean {
  if (repository === undefined || reached.to !== "repository" || reached.name === undefined) return false;
  const plain = reached.name.replaceAll(/@\d+/g, "");
  const canonical = `${repository.owner}/${repository.name}`;
  return plain !== canonical && plain.toLowerCase() === canonical.toLowerCase();
}

function nameFinding(pins: Pins, pointer: string, what: string): Finding {
  return pins.ownerId
    ? finding("name-within-owner", pointer, `${what} checks the name; repository_owner_id checks the owner.`)
    : finding("name-only", pointer, `${what} checks the name, and no condition checks repository_id.`);
}
