import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { AuthType } from '../auth-type';
import { Credential } from './credential';
import type { CredentialProperties } from '../contract';
import { FIELD_NAME, referToSecret, requireSecret } from './secret-reference';
import type { ServerType } from '../server-type';
import { inFactory, optional, requireOptions } from '../validation';

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

const OPTIONS = { jsonField: optional(FIELD_NAME) };

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
    const where = inFactory(_serverType, 'personalAccessToken', _importedSecret);
    requireSecret(where, _importedSecret);
    requireOptions(where, 'options', options, OPTIONS);
    this.jsonField = options.jsonField;
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
