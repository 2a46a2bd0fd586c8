/**
 * The known mistakes that a trust policy's text shows (docs/misconfigurations.md), under IAM's semantics.
 *
 * It errs on the side of finding: a policy without a finding of severity error lets no token of a foreign
 * repository in (test/trust/lint-soundness.test.ts). Deny statements are not counted in a policy's favour.
 */
import { parsePolicy, type TrustDocument, type TrustStatement } from "../document.ts";
import { namesAction } from "../evaluate/principal.ts";
import { audienceFindings } from "./audience.ts";
import { type Finding, finding } from "./codes.ts";
import { conditionFindings } from "./conditions.ts";
import { hintFindings } from "./hints.ts";
import { actionFindings, principalFindings } from "./principals.ts";
import { gitHubHosts } from "./provider.ts";
import { splitFindings } from "./statements.ts";
import { subjectFindings } from "./subjects.ts";

export type LintContext = {
  /** URLs of GitHub's issuers beside those that are known by their form: GitHub Enterprise Servers, say. */
  readonly issuers: readonly string[];
  readonly accountId: string;
  readonly partition: string;
  /** The provider that the role should trust; any other is a finding. */
  readonly providerArn?: string;
  /** Whether the role can push; undefined: not known. */
  readonly hasPush?: boolean;
  /** GitHub's spelling of the repository that the role is for. */
  readonly repository?: { readonly owner: string; readonly name: string };
  /** Add what a policy cannot show but its reader should know. */
  readonly hints?: boolean;
};

export function lintTrustPolicy(text: string, context: LintContext): Finding[] {
  const parsed = parsePolicy(text);
  if ("error" in parsed) return [finding("policy-unreadable", "", parsed.error)];
  const { document } = parsed;
  const findings = parsed.duplicateKeys.map(({ pointer }) =>
    finding("duplicate-key", pointer, "It stands twice; the later one counts."),
  );
  const admitting = document.statements.filter((one) => admitsGitHub(one, context.issuers));
  if (admitting.length === 0) return findings;

  for (const { pointer } of parsed.unknownElements)
    findings.push(finding("element-unknown", pointer, "A trust policy has no such element."));
  if (document.version !== "2012-10-17")
    findings.push(finding("version-old", "/Version", `It is ${document.version}.`));
  for (const statement of document.statements)
    findings.push(...statementFindings(statement, document, context));
  findings.push(...splitFindings(admitting, (one) => gitHubHosts(one, context.issuers)));
  return unique(findings);
}

/**
 * Whether some statement could let a token of a GitHub issuer in: by the provider's ARN, in a list, by a wildcard
 * or by NotPrincipal. What cannot be read counts as trust.
 */
export function trustsGitHub(text: string, issuers: readonly string[] = []): boolean {
  const parsed = parsePolicy(text);
  return "error" in parsed || parsed.document.statements.some((one) => admitsGitHub(one, issuers));
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
  { version }: TrustDocument,
  context: LintContext,
): Finding[] {
  const hosts = gitHubHosts(statement, context.issuers);
  const findings = hosts.flatMap((host) => conditionFindings(statement, host, version));
  if (statement.effect === "Deny") return findings;
  findings.push(...principalFindings(statement, context));
  if (hosts.length > 0) findings.push(...actionFindings(statement));
  if (!admitsGitHub(statement, context.issuers)) return findings;
  for (const host of hosts) {
    findings.push(...audienceFindings(statement, host, version, context.partition));
    findings.push(...subjectFindings(statement, host, version, context));
    if (context.hints === true) findings.push(...hintFindings(statement, host, version));
  }
  return findings;
}

function unique(findings: readonly Finding[]): Finding[] {
  const seen = new Map(findings.map((one) => [`${one.code} ${one.pointer} ${one.detail}`, one]));
  return [...seen.values()];
}
