import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import type { CodeStarConnectionsClient } from '@aws-sdk/client-codestar-connections';
import { AwsJson1_0Protocol } from '@aws-sdk/core/protocols';
import { clientConfig, clients, renameEndpoint } from './client';

/** The former and the present name of the service, as they stand in a connection's ARN. */
export type ConnectionsServiceName = 'codestar-connections' | 'codeconnections';

/** What tells the two names, and CodeBuild, from one another. */
const SERVICES = {
  'codestar-connections': { serviceId: 'CodeStar connections', serviceTarget: 'CodeStar_connections_20191201' },
  'codeconnections': { serviceId: 'CodeConnections', serviceTarget: 'CodeConnections_20231201' },
};

/**
 * CodeConnections in a region. The service answers under its former name for connections that were made
 * under it; both names have one API.
 *
 * @see https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html
 */
export const codeConnections = clients((region: string, name: ConnectionsServiceName) => create(region, name));

/** The same, for what must not be sent twice. */
export const codeConnectionsOnce = clients((region: string, name: ConnectionsServiceName) => create(region, name, { maxAttempts: 1 }));

/** A client of its own would add 8 kB to the bundle: CodeBuild has the same rules for endpoints. */
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
