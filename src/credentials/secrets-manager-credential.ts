import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { AuthType } from '../auth-type';
import { Credential } from './credential';
import type { CredentialProperties } from '../contract';
import { grantReadOfSecret, referToSecret, requireHere, requireSecret } from './secret-reference';
import type { ServerType } from '../server-type';
import { inFactory } from '../validation';

/** SECRETS_MANAGER: CodeBuild is given the ARN of a secret and reads it itself. */
export class SecretsManagerCredential extends Credential {
  public readonly _authType = AuthType.SECRETS_MANAGER;

  constructor(public readonly _serverType: ServerType, private readonly secret: secretsmanager.ISecret) {
    super();
    requireSecret(inFactory(_serverType, 'secretsManager', secret), secret);
  }

  public _bind(scope: Construct, permissions: iam.PolicyDocument): CredentialProperties {
    const secretId = referToSecret(scope, this.secret, permissions);
    requireHere(scope, this.secret, 'Use personalAccessToken(secret) instead, for which the secret may be elsewhere');
    return { AuthType: this._authType, SecretId: secretId };
  }

  public _grantUse(grantee: iam.IGrantable, scope: Construct): iam.Grant {
    return grantReadOfSecret(scope, this.secret, grantee);
  }
}
