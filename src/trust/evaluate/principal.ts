/**
 * Whom and what a statement is about.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
 */
import type { Principal, TrustStatement } from "../document.ts";
import { stringLike } from "./string-like.ts";
import { toPattern } from "./variables.ts";

/** Names compare exactly: "you cannot use a wildcard to match part of a principal name or ARN". */
export function namesProvider(statement: TrustStatement, providerArn: string): boolean {
  const { not, list } = statement.principal;
  return (
    list.some((one) => isEveryone(one) || (one.type === "Federated" && one.value === providerArn)) !== not
  );
}

/** `"*"` and `{"AWS": "*"}` are the same; both include the federated. */
export function isEveryone({ type, value }: Principal): boolean {
  return value === "*" && (type === "*" || type === "AWS" || type === "Federated");
}

/** Actions compare without regard to case, with wildcards. */
export function namesAction(statement: TrustStatement, action: string): boolean {
  const { not, list } = statement.action;
  return list.some((pattern) => actionLike(pattern, action)) !== not;
}

function actionLike(text: string, action: string): boolean {
  const pattern = toPattern(text.toLowerCase(), { wildcards: true, variables: null });
  return pattern !== null && stringLike(pattern, action.toLowerCase());
}
