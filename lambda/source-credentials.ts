import { isDeepStrictEqual } from 'node:util';
import { Identity, isSameResource } from './claim';
import { sourceCredentialsArn } from './codebuild';
import type { Deadline } from './deadline';
import { DecodedProperties, decodeProperties } from './decode-properties';
import { DeleteRequest, FAILED_CREATE, LifecycleRequest, Outcome, ResourceHandler, UpdateRequest } from './lifecycle';
import { log } from './log';
import { findOwner, leave, takeOver } from './ownership';
import { AUTH_TYPES_OF_SERVER, ServerTypeName, SourceCredentialsData } from '../src/properties';

/**
 * `Custom::CodeBuildSourceCredentials`.
 *
 * A physical id names the server type, so that CloudFormation replaces the resource when that
 * changes, and the request that made it: `GITHUB/<request id>`.
 */
export const sourceCredentials: ResourceHandler = {
  async create(request, deadline) {
    const properties = decodeProperties(request.properties);
    return own(newId(request, properties), request, properties, deadline);
  },

  async update(request, deadline) {
    const properties = decodeProperties(request.properties);
    if (serverTypeOf(request.physicalResourceId) === properties.serverType) {
      // Its own credential may always be overwritten.
      const owned = await ownOrLeave(request.physicalResourceId, request, { ...properties, shouldOverwrite: true }, deadline);
      await leaveAttempt(request, properties, deadline);
      return owned;
    }
    // On its way back to a former server type, in a rollback, the resource finds what it had there.
    const former = await findOwner(properties.serverType, request, deadline);
    return former && isDeepStrictEqual(former.spec, properties.spec)
      ? outcome(former.id, sourceCredentialsArn(properties.serverType, request.stackId))
      : own(newId(request, properties), request, properties, deadline);
  },

  async delete(request, deadline) {
    const { physicalResourceId } = request;
    const properties = decoded(request.properties);
    const serverType = serverTypeOf(physicalResourceId) ?? properties?.serverType;
    if (serverType === undefined) {
      log('info', 'nothing to do: with these properties nothing was ever imported');
      return;
    }
    const hasSucceeded = serverTypeOf(physicalResourceId) !== undefined;
    await leave({
      serverType,
      request,
      isOurs: (identity) => isSame(identity, request),
      // A Create that has failed leaves nothing, even if a second delivery of it has imported something.
      retain: hasSucceeded && (properties?.retain ?? false),
      // Its Create has failed or not answered, and may be at work still, or again.
      mayStillCome: !hasSucceeded,
    }, deadline);
  },
};

/**
 * An update to another server type that was called off is unknown to CloudFormation: it takes the
 * resource back under its former id, and nobody else will delete what the update has imported or is
 * about to.
 */
async function leaveAttempt(request: UpdateRequest, { serverType }: DecodedProperties, deadline: Deadline): Promise<void> {
  const attempted = decoded(request.oldProperties)?.serverType;
  if (attempted === undefined || attempted === serverType) return;

  const isOurs = (identity: Identity) => isSameResource(identity, request);
  await leave({ serverType: attempted, request, isOurs, retain: false, mayStillCome: true }, deadline);
}

async function own(id: string, request: LifecycleRequest, properties: DecodedProperties, deadline: Deadline): Promise<Outcome> {
  const { serverType, spec, shouldOverwrite } = properties;
  const { requestId, stackId, logicalId } = request;
  const owner = { id, stackId, logicalId, spec, at: request.sentAt };
  return outcome(id, await takeOver({ serverType, requestId, owner, shouldOverwrite }, deadline));
}

/**
 * A rollback must not fail for a secret that cannot be read any more where the update that is rolled
 * back has changed nothing.
 */
async function ownOrLeave(id: string, request: UpdateRequest, properties: DecodedProperties, deadline: Deadline): Promise<Outcome> {
  try {
    return await own(id, request, properties, deadline);
  } catch (error) {
    const { serverType, spec } = properties;
    const isRollback = !isDeepStrictEqual(decoded(request.oldProperties), decoded(request.properties));
    const owner = isRollback ? await findOwner(serverType, request, deadline) : undefined;
    if (owner?.id !== id || !isDeepStrictEqual(owner.spec, spec)) throw error;
    log('warn', 'left as it was: the update that is rolled back had changed nothing', { serverType });
    return outcome(id, sourceCredentialsArn(serverType, request.stackId));
  }
}

/** Of a request whose properties may be ones that were refused. */
function decoded(properties: LifecycleRequest['properties']): DecodedProperties | undefined {
  try {
    return decodeProperties(properties);
  } catch {
    return undefined;
  }
}

function outcome(physicalResourceId: string, SourceCredentialsArn: string): Outcome {
  return { physicalResourceId, data: { SourceCredentialsArn } satisfies SourceCredentialsData };
}

function newId({ requestId }: LifecycleRequest, { serverType }: DecodedProperties): string {
  return `${serverType}/${requestId}`;
}

/** Of the id of a Create that succeeded. */
function serverTypeOf(physicalResourceId: string): ServerTypeName | undefined {
  const [serverType] = physicalResourceId.split('/');
  return Object.hasOwn(AUTH_TYPES_OF_SERVER, serverType) ? serverType as ServerTypeName : undefined;
}

/** Whether somebody who is named in a claim is the resource that goes. */
function isSame(identity: Identity, request: DeleteRequest): boolean {
  const { physicalResourceId } = request;
  if (serverTypeOf(physicalResourceId)) return identity.id === physicalResourceId;
  // CloudFormation makes up an id for a Create that has not answered.
  return physicalResourceId.startsWith(FAILED_CREATE)
    ? identity.id.endsWith(`/${physicalResourceId.slice(FAILED_CREATE.length)}`)
    : isSameResource(identity, request);
}
