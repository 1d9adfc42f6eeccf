import { GetConnectionCommand } from '@aws-sdk/client-codestar-connections';
import type { SourceCredentialsProperties } from '../src/properties';
import { callAws, errorName, errorText, isAccessDenied } from './aws/call';
import { codeConnections } from './aws/clients';
import type { Deadline } from './deadline';
import { Failure } from './failure';
import { log } from './log';

type ServerType = SourceCredentialsProperties['ServerType'];

/** The provider type of a connection that fits each server type. CodeBuild itself does not check it. */
const PROVIDER_TYPE: Readonly<Record<ServerType, string>> = {
  GITHUB: 'GitHub',
  GITHUB_ENTERPRISE: 'GitHubEnterpriseServer',
  BITBUCKET: 'Bitbucket',
  GITLAB: 'GitLab',
  GITLAB_SELF_MANAGED: 'GitLabSelfManaged',
};

const CONNECTION_ARN = /^arn:(?<partition>[\w-]+):(?<service>codeconnections|codestar-connections):(?<region>[\w-]+):\d{12}:connection\/[\w-]+$/;

/**
 * Makes sure that CodeBuild can use the connection: CodeBuild takes any ARN, also of a connection
 * that does not exist.
 */
export async function checkConnection(connectionArn: string, serverType: ServerType, deadline: Deadline): Promise<void> {
  const arn = CONNECTION_ARN.exec(connectionArn)?.groups;
  if (!arn) throw new Failure('property ConnectionArn is not the ARN of a connection. Copy it from the console: Developer Tools, Settings, Connections');

  const { ProviderType, ConnectionStatus } = await getConnection(connectionArn, arn.region, arn.service, deadline);
  if (ProviderType !== PROVIDER_TYPE[serverType]) {
    throw new Failure(`connection ${connectionArn} is to ${ProviderType}, but a ${serverType} credential needs one to ${PROVIDER_TYPE[serverType]}. Use the factory of the connection's provider, or another connection`);
  }
  if (ConnectionStatus === 'ERROR') {
    throw new Failure(`connection ${connectionArn} is in status ERROR. Mend it at ${consoleUrl(arn.partition, arn.region)}, then deploy again`);
  }
  if (ConnectionStatus === 'PENDING') {
    log('warn', 'the connection is pending: builds fail until its handshake is done', { connectionArn, handshakeUrl: consoleUrl(arn.partition, arn.region) });
  }
}

async function getConnection(connectionArn: string, region: string, service: string, deadline: Deadline) {
  try {
    const command = new GetConnectionCommand({ ConnectionArn: connectionArn });
    const { Connection } = await callAws(deadline, (options) => codeConnections(region, service).send(command, options));
    return Connection!;
  } catch (error) {
    if (isAccessDenied(error)) {
      throw new Failure(`connection ${connectionArn} may not be read: ${errorText(error)}. If it belongs to another account, share it with this one`);
    }
    if (errorName(error) === 'ResourceNotFoundException') {
      throw new Failure(`connection ${connectionArn} does not exist. Create it, or correct its ARN`);
    }
    throw new Failure(`connection ${connectionArn} cannot be read: ${errorText(error)}`);
  }
}

/** The console's page of connections; the hosts of other partitions follow AWS's pattern. */
function consoleUrl(partition: string, region: string): string {
  const host: Record<string, string> = { 'aws-us-gov': 'console.amazonaws-us-gov.com', 'aws-cn': 'console.amazonaws.cn' };
  return `https://${region}.${host[partition] ?? 'console.aws.amazon.com'}/codesuite/settings/connections?region=${region}`;
}
