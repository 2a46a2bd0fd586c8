import { checkDocument } from "./documents.ts";
import { checkIdentityProviderControls } from "./identity-provider-controls.ts";
import { limitExceeded, sizeOf } from "./rules.ts";
import { type Iam, roleArn } from "./state.ts";

/** Checks a trust policy for CreateRole and UpdateAssumeRolePolicy. */
export function checkTrust(iam: Iam, text: string): void {
  const statements = checkDocument(text, "trust", surroundings(iam));
  if (iam.identityProviderControls()) checkIdentityProviderControls(statements);
  const { assumeRolePolicySize } = iam.quotas;
  if (sizeOf(text) > assumeRolePolicySize)
    throw limitExceeded(`Cannot exceed quota for ACLSizePerRole: ${assumeRolePolicySize}`);
}

/** The account and its principals, for the check of a policy. The user `local` exists; other users are only callers. */
export function surroundings(iam: Iam) {
  const user = `arn:${iam.account.partition}:iam::${iam.account.id}:user/local`;
  return {
    account: iam.account,
    principalExists: (arn: string) =>
      arn === user || iam.roles.values().some((role) => roleArn(iam, role) === arn),
  };
}
