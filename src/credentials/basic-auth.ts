import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { AuthType } from '../auth-type';
import { Credential } from './credential';
import { CredentialProperties, DEFAULT_PASSWORD_FIELD, DEFAULT_USERNAME_FIELD } from '../contract';
import { FIELD_NAME, referToSecret, requireSecret } from './secret-reference';
import type { ServerType } from '../server-type';
import { inFactory, optional, requireOptions } from '../validation';

/**
 * Where user name and password stand in their secret, which is a JSON document.
 */
export interface BasicAuthOptions {
  /**
   * The field that holds the user name. For an Atlassian API token this is the account's e-mail
   * address.
   *
   * @default 'username'
   */
  readonly usernameField?: string;

  /**
   * The field that holds the API token or app password.
   *
   * @default 'password'
   */
  readonly passwordField?: string;
}

const OPTIONS = { usernameField: optional(FIELD_NAME), passwordField: optional(FIELD_NAME) };

/** BASIC_AUTH: the handler reads a user name and a password and imports both. */
export class BasicAuth extends Credential {
  public readonly _authType = AuthType.BASIC_AUTH;
  private readonly usernameField: string;
  private readonly passwordField: string;

  constructor(
    public readonly _serverType: ServerType,
    public readonly _importedSecret: secretsmanager.ISecret,
    options: BasicAuthOptions = {},
  ) {
    super();
    const where = inFactory(_serverType, 'basicAuth', _importedSecret);
    requireSecret(where, _importedSecret);
    requireOptions(where, 'options', options, OPTIONS);
    this.usernameField = options.usernameField ?? DEFAULT_USERNAME_FIELD;
    this.passwordField = options.passwordField ?? DEFAULT_PASSWORD_FIELD;
  }

  public _bind(scope: Construct, policy: iam.Policy, refreshOnSecretChange: boolean): CredentialProperties {
    return {
      AuthType: this._authType,
      SecretId: referToSecret(scope, this._importedSecret, policy),
      UsernameField: this.usernameField,
      PasswordField: this.passwordField,
      RefreshOnSecretChange: refreshOnSecretChange ? 'true' : 'false',
    };
  }
}
