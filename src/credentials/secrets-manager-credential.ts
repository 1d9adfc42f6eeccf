import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { AuthType } from '../auth-type';
import { Credential } from './credential';
import type { CredentialProperties } from '../contract';
import { grantReadOfSecret, grantReadAndGetId, requireSameEnvironment, requireSecret } from './secret-reference';
import type { ServerType } from '../server-type';
import { inFactory } from '../validation';

/** SECRETS_MANAGER: the handler imports the ARN of a secret, which CodeBuild reads itself. */
export class SecretsManagerCredential extends Credential {
  public readonly _authType = AuthType.SECRETS_MANAGER;

  constructor(public readonly _serverType: ServerType, private readonly secret: secretsmanager.ISecret) {
    super();
    requireSecret(inFactory(_serverType, 'secretsManager', secret), secret);
  }

  public _bind(scope: Construct, permissions: iam.PolicyDocument): CredentialProperties {
    const secretId = grantReadAndGetId(scope, this.secret, permissions);
    requireSameEnvironment(scope, this.secret, 'Use personalAccessToken(secret) instead, which also works with a secret of another account or region');
    return { AuthType: this._authType, SecretId: secretId };
  }

  public _grantUse(grantee: iam.IGrantable, scope: Construct): iam.Grant {
    return grantReadOfSecret(scope, this.secret, grantee);
  }
}
