/** A role of the account as the roll call sees it. Documents are JSON text, already URL-decoded. */
export type AccountRole = {
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  readonly roleId: string;
  readonly trustPolicy: string;
  readonly inlinePolicies: { readonly [name: string]: string };
  /** By ARN: the default version's document, where the account's own policy is known; AWS's own are not. */
  readonly attachedPolicies: { readonly [arn: string]: string | undefined };
  readonly boundaryArn: string | undefined;
  readonly tags: { readonly [key: string]: string };
  /** ISO 8601. */
  readonly createdAt: string;
  readonly lastUsedAt: string | undefined;
};
