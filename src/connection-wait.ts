import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { CONNECTION_WAIT_RESOURCE_TYPE, ConnectionWaitProperties } from './properties';
import { providedResource } from './provided-resource';
import { SourceCredentialsProvider } from './source-credentials-provider';

/** Properties of `ConnectionWait`. */
export interface ConnectionWaitProps {
  readonly connectionArn: string;
  /** The actions that looking at the connection takes. */
  readonly actions: string[];
  readonly timeout: Duration;
}

/** Is deployed once a connection is available. */
export class ConnectionWait extends Construct {
  constructor(scope: Construct, id: string, { connectionArn, actions, timeout }: ConnectionWaitProps) {
    super(scope, id);

    const seconds = timeout.toSeconds();
    const provider = SourceCredentialsProvider.getOrCreate(this);
    providedResource(this, {
      provider,
      resourceType: CONNECTION_WAIT_RESOURCE_TYPE,
      policy: new iam.Policy(this, 'Policy', { statements: [new iam.PolicyStatement({ actions, resources: [connectionArn] })] }),
      properties: { ConnectionArn: connectionArn, TimeoutSeconds: String(seconds) } satisfies ConnectionWaitProperties,
      serviceTimeout: provider._allowWait(timeout),
    });
  }
}
