import type { ServerType } from '@aws-sdk/client-codebuild';
import type { Environment } from './processes';

/** Where the cases deploy: an account and region, of AWS or of an emulator. */
export interface Place {
  readonly account: string;
  readonly region: string;

  /** What the CLI and AWS's SDK find in their environment; they see nothing else. */
  readonly environment: Environment;

  /** Whether the source provider that the example names is asked for a webhook. */
  readonly makesWebhooks: boolean;

  /** Whether it is the tests that run `cdk bootstrap`. */
  readonly bootstraps: boolean;

  /** Whether all that was made there goes with it. */
  readonly isThrownAway: boolean;

  /** The token that CodeBuild holds. Missing where AWS's API is all there is: it shows it to nobody. */
  readonly tokenOf?: (serverType: ServerType) => string | undefined;

  /**
   * The calls since the last time that have changed what CodeBuild holds, such as `Import GITHUB`, and the
   * refused ones too. Missing where AWS's API is all there is.
   */
  readonly takeCalls?: () => string[];

  /** What completing a connection's handshake leads to, or one that was never completed. Missing where it takes a person. */
  readonly setConnectionStatus?: (connectionArn: string, status: 'PENDING' | 'AVAILABLE') => void;

  /** Gives back the ARN of a connection, as a person makes it. */
  createConnection(name: string, providerType: 'GitHub' | 'GitLab'): Promise<string>;

  /** Stops it, or takes away what was made here. */
  close(): Promise<void>;
}
