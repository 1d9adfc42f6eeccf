import type { IConnectionRef } from 'aws-cdk-lib/aws-codeconnections';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { BasicAuth, BasicAuthOptions } from './basic-auth';
import { ConnectionCredential } from './connection-credential';
import { Credential } from './credential';
import { PersonalAccessToken, PersonalAccessTokenOptions } from './personal-access-token';
import { SecretsManagerCredential } from './secrets-manager-credential';
import { ServerType } from '../server-type';
import { inFactory, requireNoMoreArguments } from '../validation';

/**
 * Credentials for Bitbucket Cloud.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/access-tokens-bitbucket.html
 *
 * @example
 * // {"username": "the e-mail address of the Atlassian account", "password": "an API token"}
 * new SourceCredentials(this, 'Bitbucket', {
 *   credential: BitbucketCredential.basicAuth(secret),
 * });
 */
export class BitbucketCredential {
  /**
   * Import an access token of a repository, project or workspace, read from a secret at deploy time.
   *
   * Throws for a secret without a name, and for an `expiryField` that equals another field.
   *
   * @param secret the secret that contains the token, in any account and region
   * @param options the fields of the secret
   */
  public static personalAccessToken(secret: secretsmanager.ISecret, options?: PersonalAccessTokenOptions): Credential {
    requireNoMoreArguments(inFactory(ServerType.BITBUCKET, 'personalAccessToken', secret), arguments, 2);
    return new PersonalAccessToken(ServerType.BITBUCKET, secret, options);
  }

  /**
   * Import a user name with an API token or app password, read from a secret at deploy time.
   *
   * Atlassian has replaced app passwords with API tokens. The user name of an API token is the e-mail address of the
   * Atlassian account.
   *
   * Throws for a secret without a name, and for an `expiryField` that equals another field.
   *
   * @param secret a JSON document with the user name and the password, in any account and region
   * @param options the fields of the secret
   */
  public static basicAuth(secret: secretsmanager.ISecret, options?: BasicAuthOptions): Credential {
    requireNoMoreArguments(inFactory(ServerType.BITBUCKET, 'basicAuth', secret), arguments, 2);
    return new BasicAuth(ServerType.BITBUCKET, secret, options);
  }

  /**
   * Let CodeBuild use a connection of AWS CodeConnections. CodeBuild accepts a pending connection, but builds fail
   * until its handshake is complete. The roles of your projects need `sourceCredentials.grantUse(project)`.
   *
   * Throws for a connection to another source provider.
   *
   * @param connection a connection to Bitbucket Cloud, in any account and region
   */
  public static connection(connection: IConnectionRef): Credential {
    requireNoMoreArguments(inFactory(ServerType.BITBUCKET, 'connection', connection), arguments, 1);
    return new ConnectionCredential(ServerType.BITBUCKET, connection);
  }

  /**
   * Let CodeBuild read the secret itself for each build. The roles of your projects need
   * `sourceCredentials.grantUse(project)`.
   *
   * Throws for a secret without a name. `SourceCredentials` throws for a secret of another account or region.
   *
   * @param secret a JSON document with the keys `ServerType` (BITBUCKET), `AuthType`
   * (PERSONAL_ACCESS_TOKEN or BASIC_AUTH), `Token` and, for BASIC_AUTH, `Username`; in the account and region of the stack
   * @see https://docs.aws.amazon.com/codebuild/latest/userguide/asm-create-secret.html
   */
  public static secretsManager(secret: secretsmanager.ISecret): Credential {
    requireNoMoreArguments(inFactory(ServerType.BITBUCKET, 'secretsManager', secret), arguments, 1);
    return new SecretsManagerCredential(ServerType.BITBUCKET, secret);
  }

  private constructor() {}
}
