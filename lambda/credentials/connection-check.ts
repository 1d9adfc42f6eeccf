import type { Connection } from '@aws-sdk/client-codestar-connections';
import { PROVIDER_TYPE_OF_SERVER, ServerTypeName } from '../../src/contract';
import { getConnection, handshakeUrl, requireNoError } from '../aws/codeconnections';
import type { Deadline } from '../deadline';
import { Failure } from '../failure';
import type { DeferredWarning } from '../log';

/**
 * Checks that CodeBuild can use the connection: CodeBuild accepts any ARN, even of a connection that does not exist.
 * Returns warnings.
 *
 * @param mayRefuse whether a connection that CodeBuild cannot use is an error, not only a warning
 */
export async function checkConnection(
  connectionArn: string, serverType: ServerTypeName, mayRefuse: boolean, deadline: Deadline,
): Promise<DeferredWarning[]> {
  try {
    return await warningsAbout(connectionArn, serverType, deadline);
  } catch (error) {
    if (mayRefuse || !(error instanceof Failure)) throw error;
    return [{ message: `restored a connection that CodeBuild cannot use: ${error.message}`, fields: { connectionArn } }];
  }
}

async function warningsAbout(connectionArn: string, serverType: ServerTypeName, deadline: Deadline): Promise<DeferredWarning[]> {
  const connection = await getConnection(connectionArn, deadline);
  requireProvider(connection, serverType);
  requireNoError(connection);
  const fields = { connectionArn, handshakeUrl: handshakeUrl(connectionArn) };
  return connection.ConnectionStatus === 'PENDING' ? [{ message: 'the connection is pending: builds fail until its handshake is complete', fields }] : [];
}

function requireProvider({ ConnectionArn, ProviderType }: Connection, serverType: ServerTypeName): void {
  const needed = PROVIDER_TYPE_OF_SERVER[serverType];
  if (ProviderType === needed) return;
  const isUsable = Object.values<string>(PROVIDER_TYPE_OF_SERVER).includes(ProviderType!);
  const fix = isUsable ? "Use the factory of the connection's source provider, or another connection" : 'CodeBuild cannot use this provider: use another connection';
  throw new Failure(`connection ${ConnectionArn} is to ${ProviderType}, but a ${serverType} credential needs one to ${needed}. ${fix}`);
}
