import { CodeStarConnectionsClient, CodeStarConnectionsClientConfig } from '@aws-sdk/client-codestar-connections';

/**
 * Returns a client for CodeConnections. Some package registries have no client under the service's current name.
 * The client under its former name, CodeStar Connections, has the same API.
 */
export function codeConnectionsClient(region: string): CodeStarConnectionsClient {
  const { AWS_ENDPOINT_URL_CODECONNECTIONS: own, AWS_ENDPOINT_URL: common } = process.env;
  const config = {
    region,
    endpoint: own ?? common ?? `https://codeconnections.${region}.amazonaws.com`,
    signingName: 'codeconnections',
    protocolSettings: { serviceTarget: 'CodeConnections_20231201' },
  } satisfies CodeStarConnectionsClientConfig & Record<string, unknown>;
  return new CodeStarConnectionsClient(config);
}
