/** A role of the account as a roll call observes it. The documents are JSON text, already URL-decoded. */
export type AccountRole = {
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  readonly roleId: string;
  readonly trustPolicy: string;
  readonly inlinePolicies: { readonly [name: string]: string };
  /** The default version's document by ARN; undefined for policies of AWS, which the listing does not include. */
  readonly attachedPolicies: { readonly [arn: string]: string | undefined };
  readonly boundaryArn: string | undefined;
  readonly tags: { readonly [key: string]: string };
  /** The time when the role was created (ISO 8601). */
  readonly createdAt: string;
  readonly lastUsedAt: string | undefined;
};
