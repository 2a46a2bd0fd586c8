/**
 * Identity-provider controls. All users of GitHub share GitHub's issuer. IAM therefore refuses a trust policy that
 * lets the issuer in without a condition on the workflow that asks.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
 *
 * The check is as shallow as IAM's: `repo:*` passes. The issuer of an enterprise
 * (`token.actions.githubusercontent.com/<slug>`) is not shared, and not checked.
 */
import { malformed, type Statement } from "./documents.ts";

const issuer = "token.actions.githubusercontent.com";
const claims = [`${issuer}:sub`, `${issuer}:job_workflow_ref`];
const operators = ["StringEquals", "StringLike", "StringEqualsIgnoreCase"];

export function checkIdentityProviderControls(statements: readonly Statement[]): void {
  for (const statement of statements) {
    if (statement.effect === "Allow" && trustsIssuer(statement) && !evaluatesClaim(statement))
      throw malformed(
        `The trust policy must evaluate ${claims.join(" or ")} with ${operators.join(", ")}, and not for every value.`,
      );
  }
}

function trustsIssuer({ principal }: Statement): boolean {
  return (principal?.["Federated"] ?? []).some((arn) => arn.endsWith(`:oidc-provider/${issuer}`));
}

function evaluatesClaim({ conditions }: Statement): boolean {
  return conditions.some(
    ({ operator, key, values }) =>
      operators.includes(operator) &&
      claims.includes(key.toLowerCase()) &&
      values.length > 0 &&
      !values.includes("*"),
  );
}
