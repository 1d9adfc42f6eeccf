/*
 * Stands in for `@aws-sdk/credential-provider-node` in the bundle: Lambda hands credentials over in
 * the environment, so the chain's other providers (SSO, INI files, IMDS, …) would be dead weight.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
