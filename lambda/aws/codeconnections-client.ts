import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import type { CodeStarConnectionsClient } from '@aws-sdk/client-codestar-connections';
import { AwsJson1_0Protocol } from '@aws-sdk/core/protocols';
import { clientConfig, clients, renameEndpoint } from './client';

/** The former and the present name of the service, as in a connection's ARN. */
export type ConnectionsServiceName = 'codestar-connections' | 'codeconnections';

/** The client configuration that differs between the two names. */
const SERVICES = {
  'codestar-connections': { serviceId: 'CodeStar connections', serviceTarget: 'CodeStar_connections_20191201' },
  'codeconnections': { serviceId: 'CodeConnections', serviceTarget: 'CodeConnections_20231201' },
};

/**
 * The client of CodeConnections in a region. Connections that were created under the former name of the service are
 * called under that name. The API is the same.
 *
 * @see https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html
 */
export const codeConnections = clients((region: string, name: ConnectionsServiceName) => create(region, name));

/** The same without retries, for requests that must not be sent twice. */
export const codeConnectionsOnce = clients((region: string, name: ConnectionsServiceName) => create(region, name, { maxAttempts: 1 }));

/** Reuses the client of CodeBuild, whose endpoints follow the same rules: another client would add 8 kB to the bundle. */
function create(region: string, name: ConnectionsServiceName, options: { readonly maxAttempts?: number } = {}): CodeStarConnectionsClient {
  const { serviceId, serviceTarget } = SERVICES[name];
  const service = {
    serviceId,
    signingName: name,
    protocol: AwsJson1_0Protocol,
    protocolSettings: { defaultNamespace: 'com.amazonaws.codestarconnections', errorTypeRegistries: [], serviceTarget },
  };
  const client = new CodeBuildClient({ ...clientConfig(region), ...options, ...service });
  return renameEndpoint(client, 'codebuild', name) as unknown as CodeStarConnectionsClient;
}
