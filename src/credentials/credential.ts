import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { AuthType } from '../auth-type';
import type { CredentialProperties } from '../contract';
import type { ServerType } from '../server-type';

/**
 * A credential to import into CodeBuild: a token, a user name and password, a connection, or a secret.
 *
 * Created by static methods of `GitHubCredential`, `GitHubEnterpriseCredential`, `BitbucketCredential`,
 * `GitLabCredential` and `GitLabSelfManagedCredential`, which offer only the combinations that CodeBuild accepts.
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
   * The secret whose value the handler imports. A new version must be imported again.
   *
   * @internal
   */
  public readonly _importedSecret?: secretsmanager.ISecret;

  /**
   * Whether the secret has a field with the token's expiry date.
   *
   * @internal
   */
  public readonly _hasExpiryField: boolean = false;

  /**
   * Adds the permissions that the handler needs to check and import this credential. Returns its properties.
   *
   * @internal
   */
  public abstract _bind(scope: Construct, permissions: iam.PolicyDocument, refreshOnSecretChange: boolean): CredentialProperties;

  /**
   * Grants the role of a project the permissions that CodeBuild requires to use this credential: by default none,
   * because CodeBuild stores the token itself.
   *
   * @internal
   */
  public _grantUse(grantee: iam.IGrantable, _scope: Construct): iam.Grant {
    return iam.Grant.drop(grantee, 'CodeBuild stores the token');
  }
}
