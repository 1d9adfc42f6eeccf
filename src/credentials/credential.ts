import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { AuthType } from '../auth-type';
import type { CredentialProperties } from '../contract';
import type { ServerType } from '../server-type';

/**
 * What CodeBuild is given: a token, a user name and password, a connection, or a secret.
 *
 * Made by the factories of `GitHubCredential`, `GitHubEnterpriseCredential`, `BitbucketCredential`,
 * `GitLabCredential` and `GitLabSelfManagedCredential`, which offer only what CodeBuild accepts.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ImportSourceCredentials.html
 *
 * @example
 * const credential = GitHubCredential.personalAccessToken(secret, { jsonField: 'token' });
 * new SourceCredentials(this, 'GitHub', { credential });
 */
export abstract class Credential {
  /** @internal */
  public abstract readonly _serverType: ServerType;

  /** @internal */
  public abstract readonly _authType: AuthType;

  /**
   * The secret whose value the handler imports, so that a new value is to be imported again.
   *
   * @internal
   */
  public readonly _importedSecret?: secretsmanager.ISecret;

  /**
   * Whether the secret says when the token ends.
   *
   * @internal
   */
  public readonly _tellsExpiry: boolean = false;

  /**
   * Allows what the handler needs to check and import this credential, and says what it is.
   *
   * @internal
   */
  public abstract _bind(scope: Construct, permissions: iam.PolicyDocument, refreshOnSecretChange: boolean): CredentialProperties;

  /**
   * Allows what CodeBuild asks of the role of a project that uses this credential: by default nothing, since it
   * holds the token itself.
   *
   * @internal
   */
  public _grantUse(grantee: iam.IGrantable, _scope: Construct): iam.Grant {
    return iam.Grant.drop(grantee, 'CodeBuild holds the token');
  }
}
