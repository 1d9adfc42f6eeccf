import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { connectionActions, IConnection } from './connection';
import { anyConnectionPolicy } from './connection-permissions';
import { CONNECTION_WAIT_RESOURCE_TYPE, ConnectionWaitProperties } from './properties';
import { providedResource } from './provided-resource';
import { ISourceCredentialsProvider, SourceCredentialsProvider } from './source-credentials-provider';

/** Properties of `ConnectionWait`. */
export interface ConnectionWaitProps {
  readonly connection: IConnection;
  readonly timeout: Duration;
}

/** Is deployed once a connection is available. */
export class ConnectionWait extends Construct {
  constructor(scope: Construct, id: string, { connection, timeout }: ConnectionWaitProps) {
    super(scope, id);

    const seconds = timeout.toSeconds();
    const provider = SourceCredentialsProvider.getOrCreate(this);
    providedResource(this, {
      provider,
      resourceType: CONNECTION_WAIT_RESOURCE_TYPE,
      // A connection of the stack can be read anyway.
      policies: ['providerType' in connection ? anyConnectionPolicy(provider) : importedPolicy(provider, connection)],
      properties: { ConnectionArn: connection.connectionArn, TimeoutSeconds: String(seconds) } satisfies ConnectionWaitProperties,
      serviceTimeout: provider._allowWait(timeout),
    });
  }
}

/** One for all connections that are waited for by their ARN: a policy for each would soon pass what IAM allows a role. */
function importedPolicy(provider: ISourceCredentialsProvider, connection: IConnection): iam.Policy {
  const id = 'ConnectionWaitPolicy';
  const policy = provider.node.tryFindChild(id) as iam.Policy | undefined ?? new iam.Policy(provider, id);
  policy.addStatements(new iam.PolicyStatement({ actions: connectionActions(connection, 'GetConnection'), resources: [connection.connectionArn] }));
  return policy;
}
