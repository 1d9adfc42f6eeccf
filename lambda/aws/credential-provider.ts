import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Takes the place of `@aws-sdk/credential-provider-node` in the bundle, which would look for credentials in files,
 * processes and on the network as well. Lambda gives them in the environment.
 */
export const defaultProvider = fromEnv;
