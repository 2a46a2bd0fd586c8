/** Returns tags in the form that the APIs of IAM and ECR, and CloudFormation, accept. */
export const tagList = (tags: { readonly [key: string]: string }): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
