import { IResource, Resource, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/**
 * A connection of AWS CodeConnections (formerly CodeStar Connections) to a source provider.
 */
export interface IConnection extends IResource {
  /**
   * The ARN of the connection.
   *
   * @attribute
   */
  readonly connectionArn: string;
}

/**
 * A connection of AWS CodeConnections (formerly CodeStar Connections) to a source provider.
 *
 * @see https://docs.aws.amazon.com/dtconsole/latest/userguide/connections.html
 */
export abstract class Connection extends Resource implements IConnection {
  /**
   * Use a connection that exists already, made by you or shared with this account.
   *
   * @param scope the construct's parent
   * @param id the construct's name
   * @param connectionArn the connection's ARN, with the prefix `codeconnections` or
   * `codestar-connections`, in any account and region
   *
   * Throws when the ARN is not one of a connection.
   */
  public static fromConnectionArn(scope: Construct, id: string, connectionArn: string): IConnection {
    if (!Token.isUnresolved(connectionArn) && !CONNECTION_ARN.test(connectionArn)) {
      throw new Error(`connectionArn must look like 'arn:aws:codeconnections:REGION:ACCOUNT:connection/ID'; got '${connectionArn}'. Copy it from the console: Developer Tools, Settings, Connections`);
    }

    class Import extends Connection {
      public readonly connectionArn = connectionArn;
    }
    return new Import(scope, id, { environmentFromArn: connectionArn });
  }

  public abstract readonly connectionArn: string;
}

const CONNECTION_ARN = /^arn:[\w-]+:(codeconnections|codestar-connections):[\w-]+:\d{12}:connection\/[\w-]+$/;
