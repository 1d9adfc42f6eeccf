import type { IConnectionRef } from 'aws-cdk-lib/aws-codeconnections';
import { ConnectionCredential } from './connection-credential';
import { Credential } from './credential';
import { ServerType } from '../server-type';
import { inFactory, requireNoMoreArguments } from '../validation';

/**
 * Credentials for GitLab (gitlab.com).
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/access-tokens-gitlab-overview.html
 *
 * @example
 * const gitLab = new Connection(this, 'Connection', { providerType: ProviderType.GITLAB, connectionName: 'gitlab' });
 * const credentials = new SourceCredentials(this, 'GitLab', {
 *   credential: GitLabCredential.connection(gitLab),
 * });
 * credentials.grantUse(project);
 */
export class GitLabCredential {
  /**
   * Let CodeBuild use a connection of AWS CodeConnections. CodeBuild accepts a pending connection, but builds fail
   * until its handshake is complete. The roles of your projects need `sourceCredentials.grantUse(project)`.
   *
   * Throws for a connection to another source provider.
   *
   * @param connection a connection to GitLab (gitlab.com), in any account and region
   */
  public static connection(connection: IConnectionRef): Credential {
    requireNoMoreArguments(inFactory(ServerType.GITLAB, 'connection', connection), arguments, 1);
    return new ConnectionCredential(ServerType.GITLAB, connection);
  }

  private constructor() {}
}

/**
 * Credentials for a self-managed GitLab.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/access-tokens-gitlab-overview.html
 *
 * @example
 * const ownGitLab = new Connection(this, 'Connection', {
 *   providerType: ProviderType.GITLAB_SELF_MANAGED,
 *   connectionName: 'own-gitlab',
 *   hostArn: 'arn:aws:codeconnections:eu-west-1:111111111111:host/own-gitlab-3f0f4ba5',
 * });
 * const credentials = new SourceCredentials(this, 'GitLab', {
 *   credential: GitLabSelfManagedCredential.connection(ownGitLab),
 * });
 * credentials.grantUse(project);
 */
export class GitLabSelfManagedCredential {
  /**
   * Let CodeBuild use a connection of AWS CodeConnections. CodeBuild accepts a pending connection, but builds fail
   * until its handshake is complete. The roles of your projects need `sourceCredentials.grantUse(project)`.
   *
   * Throws for a connection to another source provider.
   *
   * @param connection a connection to a self-managed GitLab, in any account and region
   */
  public static connection(connection: IConnectionRef): Credential {
    requireNoMoreArguments(inFactory(ServerType.GITLAB_SELF_MANAGED, 'connection', connection), arguments, 1);
    return new ConnectionCredential(ServerType.GITLAB_SELF_MANAGED, connection);
  }

  private constructor() {}
}
