/**
 * Tells whether a statement includes a provider and an action.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
 */
import type { Principal, TrustStatement } from "./parse.ts";
import { stringLike } from "./string-like.ts";
import { toPattern } from "./variables.ts";

/**
 * Tells whether a statement includes a provider. Names compare exactly: "you cannot use a wildcard to match part of a
 * principal name or ARN".
 */
export function namesProvider(statement: TrustStatement, providerArn: string): boolean {
  const { not, values } = statement.principal;
  return (
    values.some((one) => isEveryone(one) || (one.type === "Federated" && one.value === providerArn)) !== not
  );
}

/** Tells whether a principal is everyone: `"*"` and `{"AWS": "*"}` mean the same and include federated principals. */
export function isEveryone({ type, value }: Principal): boolean {
  return value === "*" && (type === "*" || type === "AWS" || type === "Federated");
}

/** Tells whether a statement includes an action. Letter case does not matter, and wildcards match. */
export function namesAction(statement: TrustStatement, action: string): boolean {
  const { not, values } = statement.action;
  return values.some((pattern) => actionLike(pattern, action)) !== not;
}

function actionLike(text: string, action: string): boolean {
  const pattern = toPattern(text.toLowerCase(), { wildcards: true, variables: null });
  return pattern !== null && stringLike(pattern, action.toLowerCase());
}
