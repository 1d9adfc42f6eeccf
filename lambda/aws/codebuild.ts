import {
  CodeBuildClient, DeleteSourceCredentialsCommand, ImportSourceCredentialsCommand, ListSourceCredentialsCommand, SourceCredentialsInfo,
} from '@aws-sdk/client-codebuild';
import { callAws, errorName, errorText } from './call';
import { beforeEachTry, clientConfig, clients } from './client';
import type { Deadline } from '../deadline';
import { Failure } from '../failure';
import { Fingerprint, hasFingerprint } from './fingerprint';
import type { AuthTypeName, ServerTypeName } from '../../src/contract';
import { DeferredWarning, log } from '../log';
import type { SecretText } from '../secret-text';

/** In the function's own region. */
const codeBuild = clients(() => new CodeBuildClient(clientConfig(process.env.AWS_REGION!)));

/** What CodeBuild is to be given, and what its list will show of it. */
export interface CredentialToImport extends Fingerprint {
  readonly authType: AuthTypeName;
  readonly token: SecretText;
  readonly username?: SecretText;
  /** What is worth a warning once it is imported. */
  readonly warnings: readonly DeferredWarning[];
}

/** A credential that CodeBuild holds. */
export interface Held extends Fingerprint {
  readonly arn: string;
}

/** The credential of a server type that CodeBuild holds, if any. */
export async function findCredential(serverType: ServerTypeName, deadline: Deadline): Promise<Held | undefined> {
  const info = (await list(deadline)).find((candidate) => candidate.serverType === serverType);
  return info && heldOf(info);
}

/** All that CodeBuild holds, whatever it is for. */
export async function listCredentials(deadline: Deadline): Promise<Held[]> {
  return (await list(deadline)).map(heldOf);
}

/**
 * Imports a credential and gives back its ARN.
 *
 * @param shouldOverwrite whether to replace what CodeBuild holds. Throws where it holds something and this is false
 * @param beforeTry is done before each try, and forbids it by throwing
 */
export async function importCredential(
  serverType: ServerTypeName, credential: CredentialToImport, shouldOverwrite: boolean, deadline: Deadline, beforeTry?: () => Promise<void>,
): Promise<string> {
  const { authType, token, username, resource, warnings } = credential;
  const command = new ImportSourceCredentialsCommand({ serverType, authType, token: token.reveal(), username: username?.reveal(), shouldOverwrite });
  if (beforeTry) command.middlewareStack.use(beforeEachTry(beforeTry));
  try {
    const { arn } = await callAws(deadline, (options) => codeBuild().send(command, options));
    log('info', 'imported the credential', { serverType, authType });
    warnings.forEach(({ message, fields }) => log('warn', message, fields));
    return arn!;
  } catch (error) {
    if (error instanceof Failure) throw error;
    const alreadyExists = errorName(error) === 'ResourceAlreadyExistsException';
    if (alreadyExists && hasFingerprint(await findCredential(serverType, deadline), credential)) {
      // Nothing was there a moment ago: this is the import of a try whose reply was lost, or of another attempt at this request.
      return importCredential(serverType, credential, true, deadline, beforeTry);
    }
    // The ARN of a connection or secret, which the list shows too, is none.
    const secrets = resource === undefined ? [token, username].filter((secret) => secret !== undefined) : [];
    // No cause: its text may repeat the token.
    throw new Failure(`CodeBuild in ${process.env.AWS_REGION} did not import the ${serverType} credential (${authType}): ${errorText(error, secrets)}`);
  }
}

export async function deleteCredential(arn: string, deadline: Deadline): Promise<void> {
  try {
    await callAws(deadline, (options) => codeBuild().send(new DeleteSourceCredentialsCommand({ arn }), options));
    log('info', 'deleted the credential', { arn });
  } catch (error) {
    if (errorName(error) === 'ResourceNotFoundException') return;
    throw new Failure(`CodeBuild did not delete ${arn}: ${errorText(error)}`, { cause: error });
  }
}

/**
 * The ARN of the credential of a stack's account and region, as AWS documents it. That GitLab's
 * follow the same rule is a guess.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/access-tokens-bitbucket.html
 */
export function sourceCredentialsArn(serverType: ServerTypeName, stackId: string): string {
  const [, partition, , region, account] = stackId.split(':');
  return `arn:${partition}:codebuild:${region}:${account}:token/${serverType.toLowerCase()}`;
}

async function list(deadline: Deadline): Promise<SourceCredentialsInfo[]> {
  try {
    const { sourceCredentialsInfos } = await callAws(deadline, (options) => codeBuild().send(new ListSourceCredentialsCommand({}), options));
    return sourceCredentialsInfos ?? [];
  } catch (error) {
    throw new Failure(`CodeBuild in ${process.env.AWS_REGION} did not list its source credentials: ${errorText(error)}`, { cause: error });
  }
}

function heldOf({ arn, authType, resource }: SourceCredentialsInfo): Held {
  return { arn: arn!, authType: authType!, resource };
}
