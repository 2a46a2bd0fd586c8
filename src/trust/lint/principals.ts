/** Row 27: who else may assume the role, and what else a statement about GitHub allows. */
import type { TrustStatement } from "../document.ts";
import { type Finding, finding } from "./codes.ts";
import type { LintContext } from "./lint.ts";
import { isGitHubIssuer, isWildcard, parseProviderArn } from "./provider.ts";

const ACTION = "sts:assumerolewithwebidentity";

export function principalFindings(statement: TrustStatement, context: LintContext): Finding[] {
  const { not, list } = statement.principal;
  if (not) {
    const names = list.map(({ value }) => value).join(", ");
    return [finding("not-principal", `${statement.pointer}/NotPrincipal`, `Everybody but ${names} gets in.`)];
  }
  return list.flatMap((principal) => {
    const { type, value } = principal;
    const found = (code: Parameters<typeof finding>[0], detail: string): Finding =>
      finding(code, `${statement.pointer}/Principal${type === "*" ? "" : `/${type}`}`, detail);

    if (isWildcard(principal)) return [found("principal-wildcard", `${type} ${value} is everybody.`)];
    if (type !== "Federated") {
      const findings = [found("other-principal", `${type} ${value} may assume the role too.`)];
      const account = /^(\d{12})$|^arn:[^:]*:(?:iam|sts)::(\d{12}):/.exec(value);
      const id = account?.[1] ?? account?.[2];
      if (type === "AWS" && id !== undefined && id !== context.accountId)
        findings.push(found("other-account", `${value} lies in account ${id}, not ${context.accountId}.`));
      return findings;
    }

    const provider = parseProviderArn(value);
    if (provider === null && isGitHubIssuer(value, context.issuers))
      return [found("provider-form", `${value} is a host, not an ARN.`)];
    if (provider === null || !isGitHubIssuer(provider.host, context.issuers))
      return [found("other-provider", `${value} is not GitHub's.`)];
    const findings: Finding[] = [];
    if (provider.account !== context.accountId || provider.partition !== context.partition)
      findings.push(found("other-account", `${value} is not of ${context.partition}, ${context.accountId}.`));
    else if (context.providerArn !== undefined && value !== context.providerArn)
      findings.push(found("other-provider", `${value} is not ${context.providerArn}.`));
    return findings;
  });
}

/** For statements about GitHub alone: what others may do is not GitHub's business. */
export function actionFindings(statement: TrustStatement): Finding[] {
  const { not, list } = statement.action;
  if (not)
    return [
      finding(
        "not-action",
        `${statement.pointer}/NotAction`,
        `Every action but ${list.join(", ")} is allowed.`,
      ),
    ];
  return list.flatMap((action) => {
    if (action.toLowerCase() === ACTION) return [];
    const code = /[*?]/.test(action) ? "action-wildcard" : "other-action";
    return [finding(code, `${statement.pointer}/Action`, `${action} is allowed.`)];
  });
}
