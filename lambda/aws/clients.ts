import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { CodeStarConnectionsClient } from '@aws-sdk/client-codestar-connections';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** Retries of throttling, 5xx and broken connections; a request that gets no reply is one of these. */
const SHARED = {
  maxAttempts: 5,
  requestHandler: new NodeHttpHandler({ connectionTimeout: 3_000, requestTimeout: 8_000, throwOnRequestTimeout: true }),
};

/** CodeBuild, in the function's own region. */
export const codeBuild = once(() => new CodeBuildClient(SHARED));

/** Parameter Store, in the function's own region. */
export const ssm = once(() => new SSMClient(SHARED));

/** Secrets Manager, in the region of the secret. */
export const secretsManager = once((region: string | undefined) => new SecretsManagerClient({ ...SHARED, region }));

/**
 * CodeConnections, in the region of the connection. The service answers under its former name for
 * connections that were made under it; both have one API.
 *
 * @see https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html
 */
export const codeConnections = once((region: string, service: string, maxAttempts: number = SHARED.maxAttempts) => new CodeStarConnectionsClient({
  ...SHARED,
  maxAttempts,
  region,
  ...(service === 'codeconnections' && {
    // There is no client of the new name to be had everywhere; this is all that differs.
    endpoint: process.env.AWS_ENDPOINT_URL_CODECONNECTIONS ?? process.env.AWS_ENDPOINT_URL ?? `https://codeconnections.${region}.amazonaws.com`,
    signingName: 'codeconnections',
    protocolSettings: { serviceTarget: 'CodeConnections_20231201' },
  }),
}));

/** One client for each set of arguments, so that its connections are used again. */
function once<A extends unknown[], C>(create: (...args: A) => C): (...args: A) => C {
  const clients = new Map<string, C>();
  return (...args) => {
    const key = JSON.stringify(args);
    const client = clients.get(key) ?? create(...args);
    clients.set(key, client);
    return client;
  };
}
