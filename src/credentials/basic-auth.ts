import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { AuthType } from '../auth-type';
import { Credential } from './credential';
import { CredentialProperties, DEFAULT_PASSWORD_FIELD, DEFAULT_USERNAME_FIELD } from '../contract';
import { FIELD_NAME, grantReadAndGetId, requireOwnField, requireSecret } from './secret-reference';
import type { ServerType } from '../server-type';
import { inFactory, optional, requireOptions } from '../validation';

/**
 * The fields of the secret that contain the user name and the password. The secret is a JSON document.
 */
export interface BasicAuthOptions {
  /**
   * The field with the user name. For an Atlassian API token this is the account's e-mail address.
   *
   * @default 'username'
   */
  readonly usernameField?: string;

  /**
   * The field with the API token or app password.
   *
   * @default 'password'
   */
  readonly passwordField?: string;

  /**
   * The field with the date on which the API token expires, in ISO 8601, such as `2027-01-31` (the start of the day in
   * UTC) or `2027-01-31T12:00:00Z`. Whoever stores a new API token must also store its date.
   *
   * Each deployment, rotation and daily check writes the metric `DaysToExpiry`, and in the last 30 days a warning to the
   * function's log. Nothing fails because of the date, and the source provider is not asked.
   *
   * @default - the expiry date of the API token is not known
   */
  readonly expiryField?: string;
}

const OPTIONS = { usernameField: optional(FIELD_NAME), passwordField: optional(FIELD_NAME), expiryField: optional(FIELD_NAME) };

/** BASIC_AUTH: the handler reads a user name and a password from a secret and imports them. */
export class BasicAuth extends Credential {
  public readonly _authType = AuthType.BASIC_AUTH;
  public readonly _hasExpiryField: boolean;
  private readonly usernameField: string;
  private readonly passwordField: string;
  private readonly expiryField?: string;

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
    this.expiryField = options.expiryField;
    this._hasExpiryField = this.expiryField !== undefined;
    requireOwnField(where, this.expiryField, { usernameField: this.usernameField, passwordField: this.passwordField });
  }

  public _bind(scope: Construct, permissions: iam.PolicyDocument, refreshOnSecretChange: boolean): CredentialProperties {
    return {
      AuthType: this._authType,
      SecretId: grantReadAndGetId(scope, this._importedSecret, permissions),
      UsernameField: this.usernameField,
      PasswordField: this.passwordField,
      ExpiryField: this.expiryField,
      RefreshOnSecretChange: refreshOnSecretChange ? 'true' : 'false',
    };
  }
}
