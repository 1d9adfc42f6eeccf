import { getConnection, handshakeUrl } from './codeconnections';
import type { Deadline } from './deadline';
import { Failure } from './failure';
import { log } from './log';
import { PROVIDER_TYPE_OF_SERVER, ServerTypeName } from '../src/properties';

/**
 * Makes sure that CodeBuild can use the connection: CodeBuild takes any ARN, also of a connection
 * that does not exist.
 */
export async function checkConnection(connectionArn: string, serverType: ServerTypeName, deadline: Deadline): Promise<void> {
  const { ProviderType, ConnectionStatus } = await getConnection(connectionArn, deadline);
  const needed = PROVIDER_TYPE_OF_SERVER[serverType];
  if (ProviderType !== needed) {
    throw new Failure(`connection ${connectionArn} is to ${ProviderType}, but a ${serverType} credential needs one to ${needed}. ${Object.values<string>(PROVIDER_TYPE_OF_SERVER).includes(ProviderType!) ? "Use the factory of the connection's provider, or another connection" : 'CodeBuild cannot use this provider: use another connection'}`);
  }
  if (ConnectionStatus === 'ERROR') {
    throw new Failure(`connection ${connectionArn} is in status ERROR. Mend it at ${handshakeUrl(connectionArn)}, then deploy again`);
  }
  if (ConnectionStatus === 'PENDING') {
    log('warn', 'the connection is pending: builds fail until its handshake is done', { connectionArn, handshakeUrl: handshakeUrl(connectionArn) });
  }
}
