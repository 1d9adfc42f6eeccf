import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { anyConnectionPolicy, connectionActions } from './connection-permissions';
import { CONNECTION_WAIT_RESOURCE_TYPE, ConnectionWaitProperties } from './contract';
import { addInfo, handshakePlace } from './handshake';
import { LENGTH_OF_A_STATEMENT, STATEMENTS_OF_A_POLICY } from './limits';
import { providedResource } from './provided-resource';
import { SourceCredentialsProvider } from './source-credentials-provider';

/** Properties of `ConnectionWait`. */
export interface ConnectionWaitProps {
  readonly connectionArn: string;
  /** The region of the connection. */
  readonly region: string;
  /** Whether the connection is managed elsewhere. */
  readonly isImported: boolean;
  readonly timeout: Duration;
}

/** Is deployed once a connection is available. */
export class ConnectionWait extends Construct {
  constructor(scope: Construct, id: string, { connectionArn, region, isImported, timeout }: ConnectionWaitProps) {
    super(scope, id);

    const seconds = timeout.toSeconds();
    const provider = SourceCredentialsProvider.getOrCreate(this);
    providedResource(this, {
      provider,
      resourceType: CONNECTION_WAIT_RESOURCE_TYPE,
      // A connection of the stack can be read anyway.
      policies: [isImported ? importedPolicy(provider, connectionArn) : anyConnectionPolicy(provider)],
      properties: { ConnectionArn: connectionArn, TimeoutSeconds: String(seconds) } satisfies ConnectionWaitProperties,
      serviceTimeout: provider._allowWait(timeout),
    });
    addInfo(this, 'wait', `the deployment waits up to ${seconds} seconds until a person has completed the handshake ${handshakePlace(region)}. Complete it while the deployment runs`);
  }
}

/** One for many connections that are waited for by their ARN: one for each would soon pass what IAM allows a role. */
function importedPolicy(provider: SourceCredentialsProvider, connectionArn: string): Construct {
  const statement = new iam.PolicyStatement({ actions: connectionActions(connectionArn, 'GetConnection'), resources: [connectionArn] });
  for (let index = 1; ; index++) {
    const id = `ConnectionWaitPolicy${index === 1 ? '' : index}`;
    const policy = provider._getOrAddPolicy(id, () => [], STATEMENTS_OF_A_POLICY * LENGTH_OF_A_STATEMENT);
    if (policy.document.statementCount === STATEMENTS_OF_A_POLICY) continue;
    policy.addStatements(statement);
    return policy;
  }
}
