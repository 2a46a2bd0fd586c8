/**
 * Finds the runs that one `sub` value lets in, beside the other conditions of its statement. A kind of run gets in if
 * GitHub can send a subject of that kind which the value matches.
 */
import { both, example, examples, type Language, type State } from "../../policy/language.ts";
import { ANY, isLiteral, type Pattern } from "../../policy/string-like.ts";
import {
  type Demands,
  defaultSubjects,
  type Kind,
  OPEN,
  PLAIN_COLONS,
  templateSubjects,
} from "../grammar.ts";
import type { FindingCode } from "./codes.ts";

/** The conditions of a statement besides one on `sub`. */
export type Beside = {
  readonly demands: Demands;
  /** The default subjects of the runs that satisfy the demands. */
  readonly defaults: State;
  /** The subjects that the other conditions on `sub` match; undefined if there are no such conditions. */
  readonly others: Language | undefined;
};

export const beside = (demands: Demands, others: Language | undefined): Beside => ({
  demands,
  defaults: defaultSubjects(demands),
  others,
});

/** The kinds of runs that get in, each with one of its subjects. */
export type Admitted = ReadonlyMap<Kind, string>;

export type Runs = {
  /** The runs of repositories with the default template. */
  readonly byDefault: Admitted;
  /** The runs of repositories with any template. Empty if these cannot be of more kinds than the runs by default. */
  readonly byTemplate: Admitted;
  /** True if a wildcard lets in several kinds of runs by default, and no condition names their refs. */
  readonly isMixed: boolean;
  /** True if a default subject with names matches, but none with ids. */
  readonly isByNameAlone: boolean;
};

const NARROW: readonly Kind[] = ["branch", "tag", "environment"];
const WIDE: readonly Kind[] = ["pull request", "any branch", "any tag", "any environment"];

/** @param language the subjects that the value's pattern matches */
export function runsOf(pattern: Pattern, language: Language, { demands, defaults, others }: Beside): Runs {
  const subjects = others === undefined ? language : both(language, others);
  const found = [...examples(subjects, defaults)];
  const has = (form: string): boolean => found.some(([label]) => label.startsWith(`${form} `));
  const byDefault = new Map(found.map(([label, subject]) => [label.replace(/^\w+ /, "") as Kind, subject]));
  const missing = byDefault.size === 0 ? [...NARROW, ...WIDE] : WIDE.filter((kind) => !byDefault.has(kind));
  const isSure = byDefault.size > 0 && (missing.length === 0 || isLiteral(pattern) || isBound(pattern));
  return {
    byDefault,
    byTemplate: isSure ? new Map() : (examples(subjects, templateSubjects(demands, missing)) as Admitted),
    isMixed: byDefault.size > 1 && !byDefault.has("pull request") && !demands.has("ref"),
    isByNameAlone: has("name") && !has("id"),
  };
}

/**
 * Tells whether a pattern names the branch, tag or environment of its runs whatever the template: its only wildcard is
 * at the end, in that name, or the name is at the end and has no wildcard.
 */
function isBound(pattern: Pattern): boolean {
  const [first, second] = pattern;
  const last = pattern.at(-1);
  const isName = (text: unknown): boolean =>
    typeof text === "string" && /:(?:ref:refs\/(?:heads|tags)\/|environment:[^:])[^:]*$/.test(text);
  return (isName(first) && second === ANY && pattern.length === 2) || isName(last);
}

/** Tells whether a value lets nobody in, whatever the template. */
export const isNobody = ({ byDefault, byTemplate }: Runs): boolean =>
  byDefault.size === 0 && byTemplate.size === 0;

/** Returns the codes for a value that lets runs in too widely, or only runs of customised templates, with their details. */
export function runCodes(
  { byDefault, byTemplate, isMixed }: Runs,
  hasPush: boolean | undefined,
  isTemplateRead: boolean,
): (readonly [FindingCode, detail: string])[] {
  const wide = widthCodes(byDefault, hasPush);
  if (byDefault.size === 0) {
    const found = widthCodes(byTemplate, hasPush).map(
      (code) => [code, ` ${underTemplate(byTemplate)}`] as const,
    );
    return isTemplateRead ? found : [["sub-form", ` ${underTemplate(byTemplate)}`], ...found];
  }
  const found = wide.map((code) => [code, ""] as const);
  const more = [...byTemplate.keys()].filter(
    // The environments of every branch add nothing to every branch. Pull requests do no harm where they cannot push.
    (kind) =>
      !(kind === "any environment" && byDefault.has("any branch")) &&
      !(kind === "pull request" && hasPush === false),
  );
  if (more.length > 0 && !isTemplateRead)
    return [...found, ["mixed-context", ` ${underTemplate(byTemplate)}`]];
  return wide.length === 0 && isMixed
    ? [["mixed-context", ` It matches ${[...byDefault.values()].join(" and ")}.`]]
    : found;
}

function widthCodes(admitted: Admitted, hasPush: boolean | undefined): FindingCode[] {
  const pullRequest = admitted.has("pull request");
  const names = (["branch", "tag", "environment"] as const).filter((kind) => admitted.has(`any ${kind}`));
  if (pullRequest && names.length === 3) return ["any-ref"];
  const codes: FindingCode[] = names.map((kind) => `any-${kind}` as const);
  if (pullRequest && hasPush === true) codes.unshift("pull-request-push");
  if (pullRequest && hasPush === undefined) codes.unshift("pull-request");
  return codes;
}

const PLURALS: Readonly<Record<Kind, string>> = {
  branch: "branches",
  tag: "tags",
  environment: "environments",
  "pull request": "pull requests",
  "any branch": "every branch",
  "any tag": "every tag",
  "any environment": "every environment",
};

/** Describes the runs that get in under a customised template, with the templates and a subject of each. */
function underTemplate(admitted: Admitted): string {
  const kinds = [...admitted].filter(([kind]) => !admitted.has(`any ${kind}` as Kind));
  const described = [...new Set(kinds.map(([, subject]) => subject))].map((subject) => {
    const own = kinds.filter(([, one]) => one === subject).map(([kind]) => PLURALS[kind]);
    const template = JSON.stringify(templateOf(subject));
    return `${own.join(", ")} by the template ${template}, for example ${subject.replaceAll(OPEN, "x")}`;
  });
  return `It lets in ${described.join("; ")}.`;
}

/** Says who gets in with a subject that no run has by default. */
export const notByDefault = ({ byTemplate }: Runs): string =>
  byTemplate.size === 0
    ? "no run has such a subject, so nobody gets in"
    : `no run has such a subject by default. ${underTemplate(byTemplate)}`;

/** Returns the template that makes a subject, in the words of `include_claim_keys`. */
function templateOf(subject: string): string[] {
  const parts = subject.split(":");
  const keys: string[] = [];
  for (let at = 0; at < parts.length; at += 2) {
    const key = parts[at] ?? "";
    keys.push(key === "pull_request" ? "context" : key);
    if (key === "pull_request") at -= 1;
  }
  return keys;
}

/** Returns the code for a value that lets nobody in, and the reason. */
export function nobodyCode(language: Language): readonly [FindingCode, detail: string] {
  if (examples(language, ALL_DEFAULTS).size > 0)
    return ["sub-form", "The statement's other conditions shut out every run with such a subject."];
  return [
    example(language, PLAIN_COLONS) === undefined ? "sub-form" : "colon-not-encoded",
    "No run has such a subject under any template of known claims, so nobody gets in.",
  ];
}

const ALL_DEFAULTS = defaultSubjects(new Map());
