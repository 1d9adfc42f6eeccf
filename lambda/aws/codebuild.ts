import {
  CodeBuildClient, DeleteSourceCredentialsCommand, ImportSourceCredentialsCommand, ListSourceCredentialsCommand, SourceCredentialsInfo,
} from '@aws-sdk/client-codebuild';
import { callAws, errorName, errorText } from './call';
import { beforeEachAttempt, clientConfig, clients } from './client';
import type { Deadline } from '../deadline';
import { Failure } from '../failure';
import { Fingerprint, hasFingerprint } from './fingerprint';
import type { AuthTypeName, ServerTypeName } from '../../src/contract';
import { DeferredWarning, log } from '../log';
import type { SecretText } from '../secret-text';

/** In the function's own region. */
const codeBuild = clients(() => new CodeBuildClient(clientConfig(process.env.AWS_REGION!)));

/** A credential to import, with the fingerprint that CodeBuild will list for it. */
export interface CredentialToImport extends Fingerprint {
  readonly authType: AuthTypeName;
  readonly token: SecretText;
  readonly username?: SecretText;
  /** Warnings to log after the import. */
  readonly warnings: readonly DeferredWarning[];
}

/** A credential that CodeBuild lists. */
export interface Held extends Fingerprint {
  readonly arn: string;
}

/** Returns CodeBuild's credential of a server type, if any. */
export async function findCredential(serverType: ServerTypeName, deadline: Deadline): Promise<Held | undefined> {
  const info = (await list(deadline)).find((candidate) => candidate.serverType === serverType);
  return info && heldOf(info);
}

/** Returns CodeBuild's credentials of all server types. */
export async function listCredentials(deadline: Deadline): Promise<Held[]> {
  return (await list(deadline)).map(heldOf);
}

/**
 * Imports a credential. Returns its ARN.
 *
 * @param shouldOverwrite whether to replace an existing credential. If false, an existing credential is an error
 * @param beforeAttempt runs before each attempt, and can throw to prevent it
 */
export async function importCredential(
  serverType: ServerTypeName, credential: CredentialToImport, shouldOverwrite: boolean, deadline: Deadline, beforeAttempt?: () => Promise<void>,
): Promise<string> {
  const { authType, token, username, resource, warnings } = credential;
  const command = new ImportSourceCredentialsCommand({ serverType, authType, token: token.reveal(), username: username?.reveal(), shouldOverwrite });
  if (beforeAttempt) command.middlewareStack.use(beforeEachAttempt(beforeAttempt));
  try {
    const { arn } = await callAws(deadline, (options) => codeBuild().send(command, options));
    log('info', 'imported the credential', { serverType, authType });
    warnings.forEach(({ message, fields }) => log('warn', message, fields));
    return arn!;
  } catch (error) {
    if (error instanceof Failure) throw error;
    const alreadyExists = errorName(error) === 'ResourceAlreadyExistsException';
    if (alreadyExists && hasFingerprint(await findCredential(serverType, deadline), credential)) {
      // There was none a moment ago: an attempt whose reply was lost, or another invocation for this request, imported it.
      return importCredential(serverType, credential, true, deadline, beforeAttempt);
    }
    // The ARN of a connection or secret is not a secret: CodeBuild lists it too.
    const secrets = resource === undefined ? [token, username].filter((secret) => secret !== undefined) : [];
    // No cause: its message may contain the token.
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
 * Composes the ARN of a credential in a stack's account and region, as AWS documents it. That GitLab's ARNs have the same
 * form is a guess.
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
