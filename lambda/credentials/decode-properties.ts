import {
  AUTH_TYPES_OF_SERVER, CredentialProperties, DEFAULT_PASSWORD_FIELD, DEFAULT_USERNAME_FIELD, looksLikeAccessToken, SERVER_TYPES, ServerTypeName,
} from '../../src/contract';
import { connectionArnOf } from '../aws/codeconnections';
import { Failure } from '../failure';
import { flag, oneOf, Raw, text } from '../property-values';

/** The decoded properties of `Custom::CodeBuildSourceCredentials`. */
export interface DecodedProperties {
  readonly serverType: ServerTypeName;
  /** The properties that say what to import. */
  readonly credential: CredentialProperties;
  readonly shouldOverwrite: boolean;
  /** Whether to keep the credential when its resource is deleted. */
  readonly retain: boolean;
}

/**
 * Decodes the properties as CloudFormation sends them. Properties that a later release added have a default here, for
 * requests of stacks that an older release deployed.
 */
export function decodeProperties(raw: Raw): DecodedProperties {
  const serverType = decodeServerType(raw);
  return {
    serverType,
    credential: decodeCredential(raw, serverType),
    shouldOverwrite: flag(raw, 'ShouldOverwrite', true),
    retain: decodeRetain(raw),
  };
}

/** Whether to keep the credential when its resource is deleted. */
export function decodeRetain(raw: Raw): boolean {
  return oneOf(raw, 'RemovalPolicy', ['destroy', 'retain'], '', 'destroy') === 'retain';
}

export function decodeServerType(raw: Raw): ServerTypeName {
  return oneOf(raw, 'ServerType', SERVER_TYPES);
}

/** A complete or partial ARN. */
const SECRET_ARN = /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:.+$/;

/** Decodes the part of the properties, or of an owner's record, that says what to import. */
export function decodeCredential(raw: Raw, serverType: ServerTypeName): CredentialProperties {
  const AuthType = oneOf(raw, 'AuthType', AUTH_TYPES_OF_SERVER[serverType], ` for ${serverType}`);
  switch (AuthType) {
    case 'PERSONAL_ACCESS_TOKEN':
      return {
        AuthType,
        SecretId: secretId(raw),
        ...raw.JsonField !== undefined && { JsonField: text(raw, 'JsonField') },
        ...raw.ExpiryField !== undefined && { ExpiryField: text(raw, 'ExpiryField') },
        RefreshOnSecretChange: oneOf(raw, 'RefreshOnSecretChange', ['true', 'false'], '', 'true'),
      };
    case 'BASIC_AUTH':
      return {
        AuthType,
        SecretId: secretId(raw),
        UsernameField: text(raw, 'UsernameField', DEFAULT_USERNAME_FIELD),
        PasswordField: text(raw, 'PasswordField', DEFAULT_PASSWORD_FIELD),
        ...raw.ExpiryField !== undefined && { ExpiryField: text(raw, 'ExpiryField') },
        RefreshOnSecretChange: oneOf(raw, 'RefreshOnSecretChange', ['true', 'false'], '', 'true'),
      };
    case 'CODECONNECTIONS':
      return { AuthType, ConnectionArn: connectionArnOf(raw) };
    case 'SECRETS_MANAGER':
      return { AuthType, SecretId: secretId(raw) };
  }
}

function secretId(raw: Raw): string {
  const id = text(raw, 'SecretId');
  // The error does not contain the id: it is a token.
  if (looksLikeAccessToken(id)) throw new Failure('property SecretId is an access token. Revoke it, since it is in the template, and pass the name or ARN of a secret with a new one');
  if (id.startsWith('arn:') && !SECRET_ARN.test(id)) throw new Failure('property SecretId is not the ARN of a secret. Copy it from the console, or pass the name');
  return id;
}
