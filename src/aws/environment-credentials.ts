/**
 * Stands in for `@aws-sdk/credential-provider-node` in the bundles. Lambda puts a function's credentials into its
 * environment. Profiles, SSO, processes and the metadata of EC2 are half of the SDK's start, and Lambda has none of them.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";
