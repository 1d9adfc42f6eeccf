import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { AuthType } from './auth-type';
import { Credential } from './credential';
import type { CredentialProperties } from './properties';
import { referToSecret, requireFieldName } from './secret-reference';
import type { ServerType } from './server-type';

/**
 * Where the token stands in its secret.
 */
export interface PersonalAccessTokenOptions {
  /**
   * The field that holds the token, when the secret is a JSON document.
   *
   * @default - the whole secret is the token
   */
  readonly jsonField?: string;
}

/** PERSONAL_ACCESS_TOKEN: the handler reads a token and imports it. */
export class PersonalAccessToken extends Credential {
  public readonly _authType = AuthType.PERSONAL_ACCESS_TOKEN;
  private readonly jsonField?: string;

  constructor(
    public readonly _serverType: ServerType,
    public readonly _importedSecret: secretsmanager.ISecret,
    options: PersonalAccessTokenOptions = {},
  ) {
    super();
    this.jsonField = requireFieldName('jsonField', options.jsonField);
  }

  public _bind(scope: Construct, policy: iam.Policy, refreshOnSecretChange: boolean): CredentialProperties {
    return {
      AuthType: this._authType,
      SecretId: referToSecret(scope, this._importedSecret, policy),
      JsonField: this.jsonField,
      RefreshOnSecretChange: refreshOnSecretChange ? 'true' : 'false',
    };
  }
}
