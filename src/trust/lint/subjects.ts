/**
 * Finds rows 1, 3–7, 10, 13, 14, 21–23 and 25 of docs/misconfigurations.md, which are about the repositories that the
 * subject lets in, and the runs of each.
 */
import type { TrustStatement } from "../../policy/parse.ts";
import { ANY, type Pattern } from "../../policy/string-like.ts";
import { codes, type Finding, type FindingCode, finding } from "./codes.ts";
import { exactValues, type Guard, guards, isExact } from "./guard.ts";
import type { LintContext } from "./lint.ts";
import { formCode, runCodes } from "./runs.ts";
import { OPEN, type Reach, reach } from "./subject.ts";

/** Tells for each of these claims whether a condition fixes its value. */
type Pins = { readonly repositoryId: boolean; readonly ownerId: boolean; readonly repositoryName: boolean };

export function subjectFindings(
  statement: TrustStatement,
  host: string,
  version: string,
  context: LintContext,
): Finding[] {
  const on = (claim: string): readonly Guard[] => guards(statement, host, claim, version);
  const holdsAll = (claim: string, form: RegExp): boolean =>
    on(claim).some((guard) => isExact(guard) && exactValues(guard).every((value) => form.test(value)));
  const pins: Pins = {
    repositoryId: holdsAll("repository_id", /^\d+$/),
    ownerId: holdsAll("repository_owner_id", /^\d+$/),
    repositoryName: holdsAll("repository", /^[^/]+\/[^/]+$/),
  };

  // IAM combines conditions with AND. So report only the findings of the narrowest condition on `sub`.
  const [narrowest] = on("sub")
    .map((guard) => guardFindings(guard, pins, context))
    .sort((one, other) => weight(one) - weight(other));
  if (narrowest !== undefined) return narrowest;

  const onWorkflow = on("job_workflow_ref").some(({ patterns }) =>
    patterns.every((one) => one?.some(isNotAny)),
  );
  if (onWorkflow && (pins.repositoryId || pins.repositoryName)) {
    const findings = [
      finding("any-ref", statement.pointer, `No condition compares ${host}:sub with a value.`),
    ];
    if (!pins.repositoryId) findings.push(nameFinding(pins, statement.pointer, "The claim repository"));
    return findings;
  }
  return [finding("sub-missing", statement.pointer, `No condition compares ${host}:sub with a value.`)];
}

function weight(findings: readonly Finding[]): number {
  return findings.reduce((sum, { severity }) => sum + (severity === "error" ? 1000 : 1), 0);
}

function isNotAny(token: unknown): boolean {
  return token !== ANY;
}

function guardFindings({ condition, patterns }: Guard, pins: Pins, context: LintContext): Finding[] {
  const findings: Finding[] = [];
  const found = (code: FindingCode, detail: string): void => {
    findings.push(finding(code, condition.pointer, detail));
  };
  let byName = pins.repositoryName;
  for (const [index, pattern] of patterns.entries()) {
    const value = condition.values[index] ?? "";
    if (pattern === null) {
      found("sub-any", `${value} contains a policy variable.`);
      continue;
    }
    const reached = reach(pattern);
    if (reached.to === "repository" && !reached.byId) byName = true;
    const open = openCode(reached, pattern, pins);
    if (open !== null) found(open, `${value} ${DETAILS[open] ?? codes[open].meaning}`);
    for (const code of contextCodes(reached, pattern, context)) {
      const push = code === "any-ref" && context.hasPush === true ? " The role can push." : "";
      found(code, `The subject is ${value}.${push}`);
    }
  }
  // If the whole owner gets in, do not also report a single repository's name.
  const implied = pins.ownerId && findings.some(({ code }) => code === "owner-wide");
  if (byName && !pins.repositoryId && !implied)
    findings.push(nameFinding(pins, condition.pointer, condition.values.join(", ")));
  return findings;
}

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
  return code;
}

function contextCodes(reached: Reach, pattern: Pattern, context: LintContext): FindingCode[] {
  if (reached.prefix === null) return [];
  const form = reached.to === "repository" ? formCode(pattern, reached.prefix) : null;
  const found = runCodes(pattern, reached.prefix, context.hasPush).filter(
    (code) => form === null || code !== "mixed-context",
  );
  if (form !== null) found.push(form);
  // Replace each wildcard by a character that no subject contains.
  const literal = pattern.map((token) => (typeof token === "string" ? token : OPEN)).join("");
  if (/:environment:[^:]*%3A/.test(literal)) found.push("colon-ambiguous");
  if (reached.to === "repository" && reached.name !== undefined) {
    if (!/^[\w.*?-]+(@\d+)?\/[\w.*?-]+(@\d+)?$/.test(reached.name) || !idsAgree(reached.name))
      found.push("sub-form");
    if (differsInCase(reached.name, context.repository)) found.push("letter-case");
  }
  return [...new Set(found)];
}

/** Tells whether both names have an id or neither has. */
function idsAgree(name: string): boolean {
  const [owner = "", repo = ""] = name.split("/");
  return owner.includes("@") === repo.includes("@");
}

function differsInCase(name: string, repository: LintContext["repository"]): boolean {
  if (repository === undefined) return false;
  const plain = name.replaceAll(/@\d+/g, "");
  const canonical = `${repository.owner}/${repository.name}`;
  return plain !== canonical && plain.toLowerCase() === canonical.toLowerCase();
}

function nameFinding(pins: Pins, pointer: string, what: string): Finding {
  return pins.ownerId
    ? finding("name-within-owner", pointer, `${what} checks the name; repository_owner_id checks the owner.`)
    : finding("name-only", pointer, `${what} checks the name, and no condition checks repository_id.`);
}
