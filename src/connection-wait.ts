import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { anyConnectionPolicy, connectionActions } from './connection-permissions';
import { CONNECTION_WAIT_RESOURCE_TYPE, ConnectionWaitProperties } from './contract';
import { createCustomResource } from './custom-resource';
import { addInfo, handshakePlace } from './handshake';
import { LONGEST_STATEMENT, STATEMENTS_PER_POLICY } from './limits';
import { requireSamePartition } from './partition';
import { SourceCredentialsProvider } from './source-credentials-provider';

/** Properties of `ConnectionWait`. */
export interface ConnectionWaitProps {
  readonly connectionArn: string;
  /** The region of the connection. */
  readonly region: string;
  /** Whether the connection is imported, not created by this stack. */
  readonly isImported: boolean;
  readonly timeout: Duration;
}

/** Finishes deploying once a connection is available. */
export class ConnectionWait extends Construct {
  constructor(scope: Construct, id: string, { connectionArn, region, isImported, timeout }: ConnectionWaitProps) {
    super(scope, id);

    requireSamePartition(this, `connection '${scope.node.path}'`, connectionArn);
    const seconds = timeout.toSeconds();
    const provider = SourceCredentialsProvider.getOrCreate(this);
    createCustomResource(this, {
      provider,
      resourceType: CONNECTION_WAIT_RESOURCE_TYPE,
      // The policy of the stack's connections allows the function to read them.
      policies: [isImported ? importedPolicy(provider, connectionArn) : anyConnectionPolicy(provider)],
      properties: { ConnectionArn: connectionArn, TimeoutSeconds: String(seconds) } satisfies ConnectionWaitProperties,
      serviceTimeout: provider._extendTimeoutForWait(timeout),
    });
    addInfo(this, 'wait', `the deployment waits up to ${seconds} seconds until a person has completed the handshake ${handshakePlace(region)}. Complete it while the deployment runs`);
  }
}

/** Shares each policy between many imported connections: a policy for each would exceed IAM's limit for a role. */
function importedPolicy(provider: SourceCredentialsProvider, connectionArn: string): Construct {
  const statement = new iam.PolicyStatement({ actions: connectionActions(connectionArn, 'GetConnection'), resources: [connectionArn] });
  for (let index = 1; ; index++) {
    const id = `ConnectionWaitPolicy${index === 1 ? '' : index}`;
    const policy = provider._getOrAddPolicy(id, () => [], STATEMENTS_PER_POLICY * LONGEST_STATEMENT);
    if (policy.document.statementCount === STATEMENTS_PER_POLICY) continue;
    policy.addStatements(statement);
    return policy;
  }
}
