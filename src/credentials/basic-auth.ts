import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { AuthType } from '../auth-type';
import { Credential } from './credential';
import { CredentialProperties, DEFAULT_PASSWORD_FIELD, DEFAULT_USERNAME_FIELD } from '../contract';
import { FIELD_NAME, referToSecret, requireOwnField, requireSecret } from './secret-reference';
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

  /**
   * The field that holds the date at which the API token ends, in ISO 8601, such as `2027-01-31` (its beginning in UTC) or
   * `2027-01-31T12:00:00Z`. Whoever stores a new API token stores its date beside it.
   *
   * From 30 days before, each deployment, rotation and daily look writes a warning to the function's log; the metric
   * `DaysToExpiry` has a point each day. Nothing fails because of the date, and no source provider is asked.
   *
   * @default - nothing is known about when the API token ends
   */
  readonly expiryField?: string;
}

const OPTIONS = { usernameField: optional(FIELD_NAME), passwordField: optional(FIELD_NAME), expiryField: optional(FIELD_NAME) };

/** BASIC_AUTH: the handler reads a user name and a password and imports both. */
export class BasicAuth extends Credential {
  public readonly _authType = AuthType.BASIC_AUTH;
  public readonly _tellsExpiry: boolean;
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
    this._tellsExpiry = this.expiryField !== undefined;
    requireOwnField(where, this.expiryField, { usernameField: this.usernameField, passwordField: this.passwordField });
  }

  public _bind(scope: Construct, permissions: iam.PolicyDocument, refreshOnSecretChange: boolean): CredentialProperties {
    return {
      AuthType: this._authType,
      SecretId: referToSecret(scope, this._importedSecret, permissions),
      UsernameField: this.usernameField,
      PasswordField: this.passwordField,
      ExpiryField: this.expiryField,
      RefreshOnSecretChange: refreshOnSecretChange ? 'true' : 'false',
    };
  }
}
