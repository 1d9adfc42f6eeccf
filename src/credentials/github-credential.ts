import type { IConnectionRef } from 'aws-cdk-lib/aws-codeconnections';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { ConnectionCredential } from './connection-credential';
import { Credential } from './credential';
import { PersonalAccessToken, PersonalAccessTokenOptions } from './personal-access-token';
import { SecretsManagerCredential } from './secrets-manager-credential';
import { ServerType } from '../server-type';
import { inFactory, requireNoMoreArguments } from '../validation';

/**
 * Credentials for GitHub (github.com).
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/access-tokens-github.html
 *
 * @example
 * // {"token": "…", "expires": "2027-01-31"}
 * new SourceCredentials(this, 'GitHub', {
 *   credential: GitHubCredential.personalAccessToken(secret, { jsonField: 'token', expiryField: 'expires' }),
 * });
 */
export class GitHubCredential {
  /**
   * Import a classic or fine-grained personal access token, read from a secret at deploy time.
   *
   * Throws for a secret without a name, and for an `expiryField` that equals another field.
   *
   * @param secret the secret that contains the token, in any account and region
   * @param options the fields of the secret
   */
  public static personalAccessToken(secret: secretsmanager.ISecret, options?: PersonalAccessTokenOptions): Credential {
    requireNoMoreArguments(inFactory(ServerType.GITHUB, 'personalAccessToken', secret), arguments, 2);
    return new PersonalAccessToken(ServerType.GITHUB, secret, options);
  }

  /**
   * Let CodeBuild use a connection of AWS CodeConnections. CodeBuild accepts a pending connection, but builds fail
   * until its handshake is complete. The roles of your projects need `sourceCredentials.grantUse(project)`.
   *
   * Throws for a connection to another source provider.
   *
   * @param connection a connection to GitHub (github.com), in any account and region
   */
  public static connection(connection: IConnectionRef): Credential {
    requireNoMoreArguments(inFactory(ServerType.GITHUB, 'connection', connection), arguments, 1);
    return new ConnectionCredential(ServerType.GITHUB, connection);
  }

  /**
   * Let CodeBuild read the secret itself for each build. The roles of your projects need
   * `sourceCredentials.grantUse(project)`.
   *
   * Throws for a secret without a name. `SourceCredentials` throws for a secret of another account or region.
   *
   * @param secret a JSON document with the keys `ServerType` (GITHUB), `AuthType`
   * (PERSONAL_ACCESS_TOKEN) and `Token`, in the account and region of the stack
   * @see https://docs.aws.amazon.com/codebuild/latest/userguide/asm-create-secret.html
   */
  public static secretsManager(secret: secretsmanager.ISecret): Credential {
    requireNoMoreArguments(inFactory(ServerType.GITHUB, 'secretsManager', secret), arguments, 1);
    return new SecretsManagerCredential(ServerType.GITHUB, secret);
  }

  private constructor() {}
}

/**
 * Credentials for GitHub Enterprise Server.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/access-tokens-github.html
 *
 * @example
 * // CodeBuild reads this secret itself, with the role of each project.
 * const enterprise = new SourceCredentials(this, 'Enterprise', {
 *   credential: GitHubEnterpriseCredential.secretsManager(secret),
 * });
 * enterprise.grantUse(project);
 */
export class GitHubEnterpriseCredential {
  /**
   * Import a personal access token, read from a secret at deploy time.
   *
   * Throws for a secret without a name, and for an `expiryField` that equals another field.
   *
   * @param secret the secret that contains the token, in any account and region
   * @param options the fields of the secret
   */
  public static personalAccessToken(secret: secretsmanager.ISecret, options?: PersonalAccessTokenOptions): Credential {
    requireNoMoreArguments(inFactory(ServerType.GITHUB_ENTERPRISE, 'personalAccessToken', secret), arguments, 2);
    return new PersonalAccessToken(ServerType.GITHUB_ENTERPRISE, secret, options);
  }

  /**
   * Let CodeBuild use a connection of AWS CodeConnections. CodeBuild accepts a pending connection, but builds fail
   * until its handshake is complete. The roles of your projects need `sourceCredentials.grantUse(project)`.
   *
   * Throws for a connection to another source provider.
   *
   * @param connection a connection to GitHub Enterprise Server, in any account and region
   */
  public static connection(connection: IConnectionRef): Credential {
    requireNoMoreArguments(inFactory(ServerType.GITHUB_ENTERPRISE, 'connection', connection), arguments, 1);
    return new ConnectionCredential(ServerType.GITHUB_ENTERPRISE, connection);
  }

  /**
   * Let CodeBuild read the secret itself for each build. The roles of your projects need
   * `sourceCredentials.grantUse(project)`.
   *
   * Throws for a secret without a name. `SourceCredentials` throws for a secret of another account or region.
   *
   * @param secret a JSON document with the keys `ServerType` (GITHUB_ENTERPRISE), `AuthType`
   * (PERSONAL_ACCESS_TOKEN) and `Token`, in the account and region of the stack
   * @see https://docs.aws.amazon.com/codebuild/latest/userguide/asm-create-secret.html
   */
  public static secretsManager(secret: secretsmanager.ISecret): Credential {
    requireNoMoreArguments(inFactory(ServerType.GITHUB_ENTERPRISE, 'secretsManager', secret), arguments, 1);
    return new SecretsManagerCredential(ServerType.GITHUB_ENTERPRISE, secret);
  }

  private constructor() {}
}
