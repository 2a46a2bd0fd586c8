/**
 * Finds row 27 of docs/misconfigurations.md: other principals may assume the role, or a statement allows other actions.
 */
import type { TrustStatement } from "../../policy/parse.ts";
import { type Finding, finding } from "./codes.ts";
import type { LintContext } from "./lint.ts";
import { isGitHubIssuer, isWildcard, parseProviderArn } from "./provider.ts";

const ACTION = "sts:assumerolewithwebidentity";

export function principalFindings(statement: TrustStatement, context: LintContext): Finding[] {
  const { not, values } = statement.principal;
  if (not) {
    const names = values.map(({ value }) => value).join(", ");
    return [finding("not-principal", `${statement.pointer}/NotPrincipal`, `The exceptions are ${names}.`)];
  }
  return values.flatMap((principal) => {
    const { type, value } = principal;
    const found = (code: Parameters<typeof finding>[0], detail: string): Finding =>
      finding(code, `${statement.pointer}/Principal${type === "*" ? "" : `/${type}`}`, detail);

    if (isWildcard(principal)) return [found("principal-wildcard", `The policy names ${type} ${value}.`)];
    if (type !== "Federated") {
      const findings = [found("other-principal", `${type} ${value} may also assume the role.`)];
      const account = /^(\d{12})$|^arn:[^:]*:(?:iam|sts)::(\d{12}):/.exec(value);
      const id = account?.[1] ?? account?.[2];
      if (type === "AWS" && id !== undefined && id !== context.accountId)
        findings.push(found("other-account", `${value} is in account ${id}, not ${context.accountId}.`));
      return findings;
    }

    const provider = parseProviderArn(value);
    if (provider === null && isGitHubIssuer(value, context.issuers))
      return [found("provider-form", `${value} is a host and not an ARN.`)];
    if (provider === null || !isGitHubIssuer(provider.host, context.issuers))
      return [found("other-provider", `${value} is no provider for GitHub.`)];
    const findings: Finding[] = [];
    if (provider.account !== context.accountId || provider.partition !== context.partition)
      findings.push(
        found(
          "other-account",
          `${value} is not in account ${context.accountId} of partition ${context.partition}.`,
        ),
      );
    else if (context.providerArn !== undefined && value !== context.providerArn)
      findings.push(found("other-provider", `It is ${value} instead of ${context.providerArn}.`));
    return findings;
  });
}

/** Finds actions other than sts:AssumeRoleWithWebIdentity. Call it only for statements that name a GitHub issuer. */
export function actionFindings(statement: TrustStatement): Finding[] {
  const { not, values } = statement.action;
  if (not)
    return [
      finding("not-action", `${statement.pointer}/NotAction`, `The exceptions are ${values.join(", ")}.`),
    ];
  return values.flatMap((action) => {
    if (action.toLowerCase() === ACTION) return [];
    const code = /[*?]/.test(action) ? "action-wildcard" : "other-action";
    return [finding(code, `${statement.pointer}/Action`, `It allows ${action}.`)];
  });
}
