import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { AuthType } from '../auth-type';
import { Credential } from './credential';
import type { CredentialProperties } from '../contract';
import { FIELD_NAME, grantReadAndGetId, requireOwnField, requireSecret } from './secret-reference';
import type { ServerType } from '../server-type';
import { inFactory, optional, requireOptions } from '../validation';

/**
 * The fields of the secret that contain the token and its expiry date.
 */
export interface PersonalAccessTokenOptions {
  /**
   * The field with the token, if the secret is a JSON document.
   *
   * @default - the whole secret is the token
   */
  readonly jsonField?: string;

  /**
   * The field with the date on which the token expires, in ISO 8601, such as `2027-01-31` (the start of the day in
   * UTC) or `2027-01-31T12:00:00Z`. Whoever stores a new token must also store its date.
   *
   * Each deployment, rotation and daily check writes the metric `DaysToExpiry`, and in the last 30 days a warning to the
   * function's log. Nothing fails because of the date, and the source provider is not asked.
   *
   * @default - the expiry date of the token is not known
   */
  readonly expiryField?: string;
}

const OPTIONS = { jsonField: optional(FIELD_NAME), expiryField: optional(FIELD_NAME) };

/** PERSONAL_ACCESS_TOKEN: the handler reads a token from a secret and imports it. */
export class PersonalAccessToken extends Credential {
  public readonly _authType = AuthType.PERSONAL_ACCESS_TOKEN;
  public readonly _hasExpiryField: boolean;
  private readonly jsonField?: string;
  private readonly expiryField?: string;

  constructor(
    public readonly _serverType: ServerType,
    public readonly _importedSecret: secretsmanager.ISecret,
    options: PersonalAccessTokenOptions = {},
  ) {
    super();
    const where = inFactory(_serverType, 'personalAccessToken', _importedSecret);
    requireSecret(where, _importedSecret);
    requireOptions(where, 'options', options, OPTIONS);
    const { expiryField, jsonField } = options;
    requireOwnField(where, expiryField, { jsonField });
    if (expiryField !== undefined && jsonField === undefined) {
      throw new Error(`${where}: expiryField needs a JSON document with the token in a field of its own; got jsonField undefined. Name that field with jsonField`);
    }
    this.jsonField = jsonField;
    this.expiryField = expiryField;
    this._hasExpiryField = expiryField !== undefined;
  }

  public _bind(scope: Construct, permissions: iam.PolicyDocument, refreshOnSecretChange: boolean): CredentialProperties {
    return {
      AuthType: this._authType,
      SecretId: grantReadAndGetId(scope, this._importedSecret, permissions),
      JsonField: this.jsonField,
      ExpiryField: this.expiryField,
      RefreshOnSecretChange: refreshOnSecretChange ? 'true' : 'false',
    };
  }
}
