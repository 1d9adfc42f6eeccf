import type { ServerType } from '@aws-sdk/client-codebuild';
import type { Environment } from './processes';

/** The account and region where the cases deploy, in AWS or on an emulator. */
export interface Place {
  readonly account: string;
  readonly region: string;

  /** The complete environment of the CLI and the AWS SDK. */
  readonly environment: Environment;

  /** Whether the example's CodeBuild project creates a webhook. */
  readonly createsWebhooks: boolean;

  /** Whether the tests run `cdk bootstrap`. */
  readonly bootstraps: boolean;

  /** Whether closing the place removes all of its resources. */
  readonly isDisposable: boolean;

  /** Returns the token that CodeBuild holds. Missing if only AWS's API is available, which never returns tokens. */
  readonly tokenOf?: (serverType: ServerType) => string | undefined;

  /**
   * Returns the calls since the last time that import or delete credentials, including refused ones, for example
   * `Import GITHUB`. Missing if only AWS's API is available.
   */
  readonly takeCalls?: () => string[];

  /** Sets the status of a connection, as completing its handshake does. Missing if only a person can do that. */
  readonly setConnectionStatus?: (connectionArn: string, status: 'PENDING' | 'AVAILABLE') => void;

  /** Creates a connection, as a person does in the console, and returns its ARN. */
  createConnection(name: string, providerType: 'GitHub' | 'GitLab'): Promise<string>;

  /** Stops the emulator, or deletes the connections that were created here. */
  close(): Promise<void>;
}
