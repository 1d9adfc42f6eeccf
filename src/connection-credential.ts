import { Arn, ArnFormat, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { AuthType } from './auth-type';
import { IConnection } from './connection';
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

/**
 * The service prefixes under which the connection is authorised: the prefix of an action must
 * match the ARN's, and an ARN that is not known yet may have either.
 *
 * @see https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html
 */
function connectionServices(connection: IConnection): string[] {
  const { connectionArn } = connection;
  return Token.isUnresolved(connectionArn)
    ? ['codeconnections', 'codestar-connections']
    : [Arn.split(connectionArn, ArnFormat.SLASH_RESOURCE_NAME).service];
}
