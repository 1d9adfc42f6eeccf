import { checkConnection } from './connection';
import type { Deadline } from './deadline';
import { log } from './log';
import { readSecret, Secret } from './secret';
import { SecretText } from './secret-text';
import type { SourceCredentialsProperties } from '../src/properties';

/** What CodeBuild is to be given. */
export interface Credential {
  readonly token: SecretText;
  readonly username?: SecretText;
}

/**
 * Checks everything that CodeBuild does not check, and reads what is to be imported. Nothing has
 * been touched when it throws.
 *
 * @param account the stack's account
 */
export async function readCredential(properties: SourceCredentialsProperties, account: string, deadline: Deadline): Promise<Credential> {
  switch (properties.AuthType) {
    case 'CODECONNECTIONS':
      await checkConnection(properties.ConnectionArn, properties.ServerType, deadline);
      return { token: new SecretText(properties.ConnectionArn) };
    case 'PERSONAL_ACCESS_TOKEN': {
      const secret = await read(properties, deadline);
      return { token: properties.JsonField === undefined ? secret.token() : secret.tokenField(properties.JsonField) };
    }
    case 'BASIC_AUTH': {
      const secret = await read(properties, deadline);
      const username = secret.field(properties.UsernameField);
      if (!username.includes('@')) {
        log('warn', 'the user name is no e-mail address: Atlassian API tokens need the address of the account', { secretId: properties.SecretId });
      }
      return { token: secret.tokenField(properties.PasswordField), username: new SecretText(username) };
    }
    case 'SECRETS_MANAGER': {
      const secret = await read(properties, deadline);
      checkDocument(secret, properties.ServerType, account);
      return { token: new SecretText(secret.arn) };
    }
  }
}

async function read({ SecretId, ServerType, AuthType }: SourceCredentialsProperties & { SecretId: string }, deadline: Deadline): Promise<Secret> {
  const secret = await readSecret(SecretId, deadline);
  log('info', 'secret read', { secretId: SecretId, version: secret.version, serverType: ServerType, authType: AuthType });
  return secret;
}

/**
 * The document that CodeBuild expects in a secret that it reads itself.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/asm-create-secret.html
 */
function checkDocument(secret: Secret, serverType: string, account: string): void {
  const [,,, region, owner] = secret.arn.split(':');
  if (region !== process.env.AWS_REGION || owner !== account) {
    throw secret.failure(`is in account ${owner}, region ${region}, but CodeBuild reads a secret of its own account and region only`, 'Use personalAccessToken(...) instead, or a secret of this account and region');
  }
  if (secret.field('ServerType') !== serverType) {
    throw secret.failure(`is not for ${serverType}`, `Its field 'ServerType' must be ${serverType}`);
  }
  const authType = secret.field('AuthType');
  const allowed = serverType === 'BITBUCKET' ? ['PERSONAL_ACCESS_TOKEN', 'BASIC_AUTH'] : ['PERSONAL_ACCESS_TOKEN'];
  if (!allowed.includes(authType)) {
    throw secret.failure('has an AuthType that CodeBuild does not know', `Its field 'AuthType' must be ${allowed.join(' or ')}`);
  }
  secret.tokenField('Token');
  if (authType === 'BASIC_AUTH') secret.field('Username');
}
