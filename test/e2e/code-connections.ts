import { CodeStarConnectionsClient, CodeStarConnectionsClientConfig } from '@aws-sdk/client-codestar-connections';

/**
 * A client of CodeConnections under its present name, of which no package is to be had everywhere;
 * the one of its former name speaks the same language.
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
