import {
  DeleteSourceCredentialsCommand, ImportSourceCredentialsCommand, ListSourceCredentialsCommand, SourceCredentialsInfo,
} from '@aws-sdk/client-codebuild';
import type { SourceCredentialsData, SourceCredentialsProperties } from '../src/properties';
import { callAws, errorName, errorText } from './aws/call';
import { codeBuild } from './aws/clients';
import { Credential, readCredential } from './credential';
import type { Deadline } from './deadline';
import { decodeProperties } from './decode-properties';
import { Failure } from './failure';
import type { LifecycleRequest, Outcome, ResourceHandler } from './lifecycle';
import { log } from './log';

/**
 * `Custom::CodeBuildSourceCredentials`.
 *
 * A physical id names the server type, so that CloudFormation replaces the resource when that
 * changes, and the request that made it: `GITHUB/<request id>`. One that replaced another names
 * the former server type as well: `BITBUCKET/<request id>/after/GITHUB`.
 */
export const sourceCredentials: ResourceHandler = {
  async create(request, deadline) {
    const properties = decodeProperties(request.properties);
    return importCredential(request, properties, `${properties.ServerType}/${request.requestId}`, properties.ShouldOverwrite === 'true', deadline);
  },

  async update(request, deadline) {
    const properties = decodeProperties(request.properties);
    const [serverType, , , formerServerType] = request.physicalResourceId.split('/');
    if (serverType === properties.ServerType) {
      return importCredential(request, properties, request.physicalResourceId, true, deadline);
    }
    // On its way back in a rollback the resource meets its own former credential, which
    // CloudFormation has not cleaned up yet.
    const overwrite = properties.ShouldOverwrite === 'true' || formerServerType === properties.ServerType;
    return importCredential(request, properties, `${properties.ServerType}/${request.requestId}/after/${serverType}`, overwrite, deadline);
  },

  async delete(request, deadline) {
    const properties = decodeForDelete(request);
    if (!properties) return;
    if (properties.RemovalPolicy === 'retain') {
      log('info', 'retained', { serverType: properties.ServerType });
      return;
    }
    const held = await find(properties.ServerType, deadline);
    if (!held || !isOurs(held, properties)) {
      log('info', held ? 'left alone: somebody else has imported over it' : 'already gone', { serverType: properties.ServerType, authType: held?.authType });
      return;
    }
    await deleteCredential(held.arn!, deadline);
  },
};

async function importCredential(
  request: LifecycleRequest,
  properties: SourceCredentialsProperties,
  physicalResourceId: string,
  shouldOverwrite: boolean,
  deadline: Deadline,
): Promise<Outcome> {
  const [credential, held] = await Promise.all([
    readCredential(properties, request.stackId.split(':')[4], deadline),
    shouldOverwrite ? undefined : find(properties.ServerType, deadline),
  ]);
  if (held) throw new Failure(exists(held));

  const SourceCredentialsArn = await callImport(properties, credential, shouldOverwrite, deadline);
  log('info', 'imported', { serverType: properties.ServerType, authType: properties.AuthType });
  return { physicalResourceId, data: { SourceCredentialsArn } satisfies SourceCredentialsData };
}

async function callImport(
  { ServerType, AuthType }: SourceCredentialsProperties,
  { token, username }: Credential,
  shouldOverwrite: boolean,
  deadline: Deadline,
): Promise<string> {
  try {
    const { arn } = await callAws(deadline, (options) => codeBuild().send(new ImportSourceCredentialsCommand({
      serverType: ServerType,
      authType: AuthType,
      token: token.reveal(),
      username: username?.reveal(),
      shouldOverwrite,
    }), options));
    return arn!;
  } catch (error) {
    const secrets = AuthType === 'PERSONAL_ACCESS_TOKEN' || AuthType === 'BASIC_AUTH' ? [token, ...username ? [username] : []] : [];
    throw new Failure(`CodeBuild in ${process.env.AWS_REGION} did not import the ${ServerType} credential (${AuthType}): ${errorText(error, secrets)}`);
  }
}

async function find(serverType: string, deadline: Deadline): Promise<SourceCredentialsInfo | undefined> {
  try {
    const { sourceCredentialsInfos } = await callAws(deadline, (options) => codeBuild().send(new ListSourceCredentialsCommand({}), options));
    return sourceCredentialsInfos?.find((info) => info.serverType === serverType);
  } catch (error) {
    throw new Failure(`CodeBuild in ${process.env.AWS_REGION} did not list its source credentials: ${errorText(error)}`);
  }
}

async function deleteCredential(arn: string, deadline: Deadline): Promise<void> {
  try {
    await callAws(deadline, (options) => codeBuild().send(new DeleteSourceCredentialsCommand({ arn }), options));
    log('info', 'deleted', { arn });
  } catch (error) {
    if (errorName(error) === 'ResourceNotFoundException') return;
    throw new Failure(`CodeBuild did not delete ${arn}: ${errorText(error)}`);
  }
}

/** Properties that cannot be read prove nothing, and what is not proved ours is left alone. */
function decodeForDelete(request: LifecycleRequest & { physicalResourceId: string }): SourceCredentialsProperties | undefined {
  try {
    const properties = decodeProperties(request.properties);
    // An id of another form was made up by CloudFormation, for a Create that never answered.
    if (request.physicalResourceId.startsWith(`${properties.ServerType}/`)) return properties;
    log('warn', 'left alone: the physical id is not one of ours', { physicalResourceId: request.physicalResourceId });
  } catch (error) {
    log('warn', 'left alone: the properties cannot be read', { reason: error instanceof Failure ? error.message : undefined });
  }
  return undefined;
}

/** Whether what CodeBuild shows is what this resource imported. Of a token it shows only the auth type. */
function isOurs(held: SourceCredentialsInfo, properties: SourceCredentialsProperties): boolean {
  if (held.authType !== properties.AuthType) return false;
  switch (properties.AuthType) {
    case 'CODECONNECTIONS': return held.resource === properties.ConnectionArn;
    case 'SECRETS_MANAGER': return isArnOf(held.resource ?? '', properties.SecretId);
    default: return true;
  }
}

/** Whether a complete ARN belongs to a secret known by complete ARN, partial ARN or name. */
function isArnOf(arn: string, secretId: string): boolean {
  const partialArn = arn.replace(/-[^-]{6}$/, '');
  return [arn, partialArn, partialArn.split(':').slice(6).join(':')].includes(secretId);
}

function exists({ serverType, authType, resource, arn }: SourceCredentialsInfo): string {
  return `CodeBuild in ${process.env.AWS_REGION} has a ${serverType} credential already (${authType}${resource ? `, ${resource}` : ''}; ${arn}), and shouldOverwrite is false. Remove it with 'aws codebuild delete-source-credentials --arn ${arn}', or allow it to be overwritten`;
}
