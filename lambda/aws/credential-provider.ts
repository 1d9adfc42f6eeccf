import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Replaces `@aws-sdk/credential-provider-node` in the bundle, which also looks for credentials in files, processes and
 * on the network. Lambda provides them in the environment.
 */
export const defaultProvider = fromEnv;
