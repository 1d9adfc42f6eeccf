import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { AuthType } from './auth-type';
import { connectionServices, IConnection } from './connection';
import { Credential } from './credential';
import type { CredentialProperties } from './properties';
import type { ServerType } from './server-type';

/** CODECONNECTIONS: CodeBuild is given the ARN of a connection. */
export class ConnectionCredential extends Credential {
  public readonly _authType = AuthType.CODECONNECTIONS;

  constructor(public readonly _serverType: ServerType, private readonly connection: IConnection) {
    super();
  }

  public _bind(_scope: Construct, policy: iam.Policy): CredentialProperties {
    const { connectionArn } = this.connection;
    policy.addStatements(new iam.PolicyStatement({
      // GetConnection: the handler checks provider type and status. PassConnection: importing
      // hands the connection to CodeBuild; that AWS asks for it is a guess.
      actions: connectionServices(this.connection).flatMap((service) => [`${service}:GetConnection`, `${service}:PassConnection`]),
      resources: [connectionArn],
    }));
    return { AuthType: this._authType, ConnectionArn: connectionArn };
  }
}
