import type { SourceCredentialsInfo } from '@aws-sdk/client-codebuild';
import type { AuthTypeName, ServerTypeName } from '../src/properties';
import { callAws, errorName, errorText } from './aws/call';
import { codeBuild } from './aws/clients';
import { DeleteSourceCredentialsCommand, ImportSourceCredentialsCommand, ListSourceCredentialsCommand } from './aws/commands';
import type { Credential } from './credential';
import type { Deadline } from './deadline';
import { Failure } from './failure';
import { log } from './log';

/** What CodeBuild's list shows of a credential. */
export interface Shown {
  readonly authType: AuthTypeName;
  /** The ARN of the connection or secret. Of a token nothing is shown. */
  readonly resource?: string;
}

/** A credential that CodeBuild holds. */
export interface Held {
  readonly arn: string;
  readonly authType: string;
  readonly resource?: string;
}

/** An import that CodeBuild has certainly not carried out. */
export class RefusedImport extends Failure {}

/** The credential of a server type that CodeBuild holds, if any. */
export async function find(serverType: ServerTypeName, deadline: Deadline): Promise<Held | undefined> {
  try {
    const { sourceCredentialsInfos } = await callAws(deadline, (options) => codeBuild().send(new ListSourceCredentialsCommand({}), options));
    const info = sourceCredentialsInfos?.find((candidate) => candidate.serverType === serverType);
    return info && heldOf(info);
  } catch (error) {
    throw new Failure(`CodeBuild in ${process.env.AWS_REGION} did not list its source credentials: ${errorText(error)}`, { cause: error });
  }
}

/** Imports a credential and gives back its ARN. */
export async function importCredential(
  serverType: ServerTypeName,
  { authType, token, username, resource, remarks }: Credential,
  shouldOverwrite: boolean,
  deadline: Deadline,
): Promise<string> {
  try {
    const { arn } = await callAws(deadline, (options) => codeBuild().send(new ImportSourceCredentialsCommand({
      serverType,
      authType,
      token: token.reveal(),
      username: username?.reveal(),
      shouldOverwrite,
    }), options));
    log('info', 'imported', { serverType, authType });
    remarks.forEach(({ message, fields }) => log('warn', message, fields));
    return arn!;
  } catch (error) {
    // The ARN of a connection or secret, which the list shows too, is none.
    const secrets = resource === undefined ? [token, username].filter((secret) => secret !== undefined) : [];
    const message = `CodeBuild in ${process.env.AWS_REGION} did not import the ${serverType} credential (${authType}): ${errorText(error, secrets)}`;
    throw isRefusal(error) ? new RefusedImport(message, { cause: error }) : new Failure(message);
  }
}

export async function deleteCredential(arn: string, deadline: Deadline): Promise<void> {
  try {
    await callAws(deadline, (options) => codeBuild().send(new DeleteSourceCredentialsCommand({ arn }), options));
    log('info', 'deleted', { arn });
  } catch (error) {
    if (errorName(error) === 'ResourceNotFoundException') return;
    throw new Failure(`CodeBuild did not delete ${arn}: ${errorText(error)}`, { cause: error });
  }
}

/** No more of a credential than CodeBuild shows. */
export function shownOf({ authType, resource }: Shown): Shown {
  return { authType, resource };
}

/** Whether CodeBuild shows the credential in the same way. */
export function isShownAs(held: Held | undefined, shown: Shown): boolean {
  return held !== undefined && held.authType === shown.authType && held.resource === shown.resource;
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

function heldOf({ arn, authType, resource }: SourceCredentialsInfo): Held {
  return { arn: arn!, authType: authType!, resource };
}

/** The one and only reply said no: after a try that was lost, the next one's reply proves nothing. */
function isRefusal(error: unknown): boolean {
  const { httpStatusCode, attempts } = (error as { $metadata?: { httpStatusCode?: number; attempts?: number } }).$metadata ?? {};
  return attempts === 1 && httpStatusCode !== undefined && httpStatusCode < 500;
}
