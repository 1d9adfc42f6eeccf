import { checkConnection } from './connection-check';
import type { CredentialProperties, ServerTypeName } from '../../src/contract';
import type { CredentialToImport } from '../aws/codebuild';
import type { Deadline } from '../deadline';
import { log } from '../log';
import { readSecret, type Secret } from './secret';
import { SecretText } from '../secret-text';
import type { Login } from './token-check';

/** A credential that has been read and checked. */
export interface Credential extends CredentialToImport {
  /** The version of the secret that was read. */
  readonly version?: string;
  /** When the token expires, according to its secret. */
  readonly expiresAt?: Date;
  /** The data for a token check. */
  readonly login?: Login;
}

/** Why a credential is read. */
export interface Reader {
  /** The stack that the credential is for. */
  readonly stackId: string;
  /** The version of the secret in the event. */
  readonly expectedVersion?: string;
  /** Whether a rollback may want it, which must not fail because of the state of a connection. */
  readonly isRollback?: boolean;
}

/**
 * Reads a credential to import, and checks everything that CodeBuild does not check. Changes nothing.
 */
export async function readCredential(
  serverType: ServerTypeName, spec: CredentialProperties, { stackId, expectedVersion, isRollback }: Reader, deadline: Deadline,
): Promise<Credential> {
  const authType = spec.AuthType;
  if (authType === 'CODECONNECTIONS') {
    const warnings = await checkConnection(spec.ConnectionArn, serverType, !isRollback, deadline);
    return { authType, token: new SecretText(spec.ConnectionArn), resource: spec.ConnectionArn, warnings };
  }

  const secret = await readSecret(spec.SecretId, deadline, expectedVersion);
  const { warnings, version } = secret;
  const expiresAt = 'ExpiryField' in spec && spec.ExpiryField !== undefined ? secret.expiryField(spec.ExpiryField) : undefined;
  log('info', 'read the secret', { secretId: spec.SecretId, version, serverType, authType });
  switch (authType) {
    case 'PERSONAL_ACCESS_TOKEN': {
      const use = { serverType, authType };
      const token = spec.JsonField === undefined ? secret.token(use) : secret.tokenField(spec.JsonField, use);
      return { authType, token, version, expiresAt, warnings, login: { secret: secret.name, token, expiresAt } };
    }
    case 'BASIC_AUTH': {
      const username = secret.usernameField(spec.UsernameField);
      if (!username.includes('@')) {
        const message = 'the user name is not an e-mail address: an Atlassian API token needs the address of its account';
        warnings.push({ message, fields: { secretId: spec.SecretId } });
      }
      const token = secret.tokenField(spec.PasswordField, { serverType, authType, username });
      const login = { secret: secret.name, token, username: new SecretText(username), expiresAt };
      return { authType, token, username: login.username, version, expiresAt, warnings, login };
    }
    case 'SECRETS_MANAGER': {
      const login = checkDocument(secret, serverType, stackId.split(':')[4]);
      return { authType, token: new SecretText(secret.arn), resource: secret.arn, warnings, login };
    }
  }
}

/**
 * Checks the document in a secret that CodeBuild reads itself. Returns the data for a token check.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/asm-create-secret.html
 */
function checkDocument(secret: Secret, serverType: ServerTypeName, account: string): Login {
  const [,,, region, owner] = secret.arn.split(':');
  if (region !== process.env.AWS_REGION || owner !== account) {
    throw secret.failure(`is in account ${owner}, region ${region}, but CodeBuild only reads secrets of its own account and region`, 'Use personalAccessToken(...) instead, or a secret of this account and region');
  }
  if (secret.field('ServerType') !== serverType) {
    throw secret.failure(`is not for ${serverType}`, `Its field 'ServerType' must be ${serverType}`);
  }
  const authType = secret.field('AuthType');
  const allowed = serverType === 'BITBUCKET' ? ['PERSONAL_ACCESS_TOKEN', 'BASIC_AUTH'] : ['PERSONAL_ACCESS_TOKEN'];
  if (!allowed.includes(authType)) {
    throw secret.failure('has an AuthType that CodeBuild does not support', `Its field 'AuthType' must be ${allowed.join(' or ')}`);
  }
  const username = authType === 'BASIC_AUTH' ? secret.usernameField('Username') : undefined;
  const token = secret.tokenField('Token', { serverType, authType: username === undefined ? 'PERSONAL_ACCESS_TOKEN' : 'BASIC_AUTH', username });
  secret.warnAboutUncleanValue();
  return { secret: secret.name, token, username: username === undefined ? undefined : new SecretText(username) };
}
