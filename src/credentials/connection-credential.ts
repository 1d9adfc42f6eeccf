import { Token } from 'aws-cdk-lib';
import type { IConnectionRef } from 'aws-cdk-lib/aws-codeconnections';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { AuthType } from '../auth-type';
import { connectionActions, grantUseOfConnection } from '../connection-permissions';
import { Credential } from './credential';
import { CredentialProperties, PROVIDER_TYPE_OF_SERVER } from '../contract';
import { requireSamePartition } from '../partition';
import type { ServerType } from '../server-type';
import { CONNECTION, inFactory, requireKind } from '../validation';

/** CODECONNECTIONS: the handler imports the ARN of a connection. */
export class ConnectionCredential extends Credential {
  public readonly _authType = AuthType.CODECONNECTIONS;

  constructor(public readonly _serverType: ServerType, private readonly connection: IConnectionRef) {
    super();
    const where = inFactory(_serverType, 'connection', connection);
    requireKind(where, 'connection', connection, CONNECTION);
    const providerType = PROVIDER_TYPE_OF_SERVER[_serverType];
    const actual = providerTypeOf(connection);
    if (actual !== undefined && actual !== providerType) {
      throw new Error(`${where}: connection '${connection.node.path}' is to ${actual}, but a ${_serverType} credential needs one to ${providerType}. Use the factory of the connection's source provider, or another connection`);
    }
  }

  public _bind(scope: Construct, permissions: iam.PolicyDocument): CredentialProperties {
    const { connectionArn } = this.connection.connectionRef;
    requireSamePartition(scope, `connection '${this.connection.node.path}'`, connectionArn);
    permissions.addStatements(new iam.PolicyStatement({
      // GetConnection: the handler checks provider type and status. PassConnection: the import
      // passes the connection to CodeBuild; that AWS requires it is a guess.
      actions: connectionActions(connectionArn, 'GetConnection', 'PassConnection'),
      resources: [connectionArn],
    }));
    return { AuthType: this._authType, ConnectionArn: connectionArn };
  }

  public _grantUse(grantee: iam.IGrantable): iam.Grant {
    return grantUseOfConnection(this.connection, grantee);
  }
}

/**
 * The provider type of a connection, if known at synthesis: an imported connection has none, and that of a native one
 * may be a token. `instanceof` would not do: the class may come from another copy of the library.
 */
export function providerTypeOf(connection: IConnectionRef): string | undefined {
  const { providerType } = connection as { providerType?: string };
  return Token.isUnresolved(providerType) ? undefined : providerType;
}
