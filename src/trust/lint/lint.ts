/**
 * Finds known mistakes (docs/misconfigurations.md) in the text of a trust policy. It reads the policy as IAM does.
 *
 * If the lint is in doubt, it reports a finding. So a policy without a finding of severity `error` lets in no token of
 * another repository (test/trust/lint-soundness.test.ts). A Deny statement never removes a finding.
 */
import { parseTrustPolicy, type TrustPolicy, type TrustStatement } from "../../policy/parse.ts";
import { namesAction } from "../../policy/principal.ts";
import { type Demands, isPossible } from "../grammar.ts";
import { audienceFindings } from "./audience.ts";
import { type Finding, type FindingCode, finding } from "./codes.ts";
import { conditionFindings } from "./conditions.ts";
import { demandsOf } from "./demands.ts";
import { hintFindings } from "./hints.ts";
import { actionFindings, principalFindings } from "./principals.ts";
import { DEAD_HOST, gitHubHosts } from "./provider.ts";
import { splitFindings } from "./statements.ts";
import { subjectFindings } from "./subjects.ts";

export type LintContext = {
  /** URLs of more GitHub issuers, for example of Enterprise Servers. Other issuers are recognised by their form. */
  readonly issuers: readonly string[];
  readonly accountId: string;
  readonly partition: string;
  /** The provider that the role should trust; every other provider is a finding. */
  readonly providerArn?: string;
  /** True if the role can push, false if it cannot, undefined if nobody knows. */
  readonly hasPush?: boolean;
  /** The repository that the role is for, as GitHub spells it. */
  readonly repository?: { readonly owner: string; readonly name: string };
  /** True if the subjects follow a template that GitHub has told, so that no run has a subject of another template. */
  readonly isTemplateRead?: boolean;
  /** Looks for subjects that a rename would break. Rolecall notices a rename of a registered repository by itself. */
  readonly isUnregistered?: boolean;
  /** Adds hints about mistakes that a policy cannot show but its reader should know. */
  readonly hints?: boolean;
};

/**
 * Returns the findings in a trust policy's JSON text. Text that is no policy gives one finding, `policy-unreadable`.
 * A policy that lets in no GitHub token is only checked for repeated keys.
 */
export function lintTrustPolicy(text: string, context: LintContext): Finding[] {
  const parsed = parseTrustPolicy(text);
  if ("error" in parsed) return [finding("policy-unreadable", "", parsed.error)];
  const { policy } = parsed;
  const findings = parsed.duplicateKeys.map(({ pointer }) =>
    finding("duplicate-key", pointer, "For identical keys, the later one counts."),
  );
  const admitting = policy.statements.filter((one) => admitsGitHub(one, context.issuers));
  if (admitting.length === 0) return findings;

  for (const { pointer } of parsed.unknownElements)
    findings.push(finding("element-unknown", pointer, "The pointer leads to the element."));
  if (policy.version !== "2012-10-17")
    findings.push(finding("version-old", "/Version", `It is ${policy.version}.`));
  for (const statement of policy.statements) findings.push(...statementFindings(statement, policy, context));
  findings.push(...splitFindings(admitting, (one) => gitHubHosts(one, context.issuers)));
  return unique(findings);
}

/**
 * Tells whether some Allow statement lets tokens of a GitHub issuer assume the role. The statement may name the
 * provider's ARN, use a wildcard or use NotPrincipal. Returns true for a policy that cannot be read.
 */
export function trustsGitHub(text: string, issuers: readonly string[] = []): boolean {
  const parsed = parseTrustPolicy(text);
  return "error" in parsed || parsed.policy.statements.some((one) => admitsGitHub(one, issuers));
}

function admitsGitHub(statement: TrustStatement, issuers: readonly string[]): boolean {
  return (
    statement.effect === "Allow" &&
    namesAction(statement, "sts:AssumeRoleWithWebIdentity") &&
    gitHubHosts(statement, issuers).length > 0
  );
}

function statementFindings(
  statement: TrustStatement,
  { version }: TrustPolicy,
  context: LintContext,
): Finding[] {
  const named = gitHubHosts(statement, context.issuers);
  const hosts = named.filter((host) => host !== DEAD_HOST);
  // Nobody has a token of the dead issuer, so the conditions on it do not matter.
  const isDead = named.length > 0 && hosts.length === 0;
  const findings = hosts.flatMap((host) => conditionFindings(statement, host, version));
  if (statement.effect === "Deny") return findings;
  if (named.includes(DEAD_HOST))
    findings.push(finding("issuer-dead", statement.pointer, `The policy names ${DEAD_HOST}.`));
  if (isDead) return [...findings, ...principalFindings(statement, context)];
  findings.push(...principalFindings(statement, context));
  if (hosts.length > 0) findings.push(...actionFindings(statement));
  if (!admitsGitHub(statement, context.issuers)) return findings;
  for (const host of hosts) {
    const demands = demandsOf(statement, host, version);
    findings.push(...contradictions(statement, demands, findings));
    findings.push(...audienceFindings(statement, host, version, context.partition));
    findings.push(...subjectFindings(statement, host, version, demands, context));
    if (context.hints === true) findings.push(...hintFindings(statement, host, version));
  }
  return findings;
}

/** Finds conditions that each let runs in, but none together. A value that is never sent has a finding of its own. */
function contradictions(
  { pointer }: TrustStatement,
  demands: Demands | undefined,
  found: readonly Finding[],
): Finding[] {
  const isExplained = found.some(({ code }) => NEVER.includes(code));
  if (demands === undefined || isPossible(demands) || isExplained) return [];
  return [finding("conditions-contradict", pointer, `The claims are ${[...demands.keys()].join(", ")}.`)];
}

/** The findings of a single condition that lets nobody in. */
const NEVER: readonly FindingCode[] = ["value-never", "literal-wildcard", "id-not-exact", "operator-type"];

function unique(findings: readonly Finding[]): Finding[] {
  const seen = new Map(findings.map((one) => [`${one.code} ${one.pointer} ${one.detail}`, one]));
  return [...seen.values()];
}
