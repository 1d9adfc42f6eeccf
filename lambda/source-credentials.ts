import { isDeepStrictEqual } from 'node:util';
import type { Identity } from './claim';
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
      return ownOrLeave(request.physicalResourceId, request, { ...properties, shouldOverwrite: true }, deadline);
    }
    // On its way back to a former server type, in a rollback, the resource takes up its former id.
    const former = await findOwner(properties.serverType, request, deadline);
    return ownOrLeave(former?.id ?? newId(request, properties), request, properties, deadline);
  },

  async delete(request, deadline) {
    const { physicalResourceId, requestId, stackId, logicalId } = request;
    const properties = decoded(request.properties);
    const serverType = serverTypeOf(physicalResourceId) ?? properties?.serverType;
    if (serverType === undefined) {
      log('info', 'nothing to do: with these properties nothing was ever imported');
      return;
    }
    const isOurs = (identity: Identity) => isSame(identity, request);
    await leave({ serverType, requestId, stackId, logicalId, isOurs, retain: properties?.retain ?? false }, deadline);
  },
};

async function own(id: string, request: LifecycleRequest, properties: DecodedProperties, deadline: Deadline): Promise<Outcome> {
  const { serverType, spec, shouldOverwrite } = properties;
  const { requestId, stackId, logicalId } = request;
  return outcome(id, await takeOver({ serverType, requestId, owner: { id, stackId, logicalId, spec }, shouldOverwrite }, deadline));
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
    const owner = await findOwner(serverType, request, deadline);
    const isUnchanged = owner?.id === id && isDeepStrictEqual(owner.spec, spec);
    if (!isUnchanged || isDeepStrictEqual(decoded(request.oldProperties)?.spec, spec)) throw error;
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

/** Of an id of ours. Others are made up by CloudFormation for a Create that never answered. */
function serverTypeOf(physicalResourceId: string): ServerTypeName | undefined {
  const [serverType] = physicalResourceId.split('/');
  return Object.hasOwn(AUTH_TYPES_OF_SERVER, serverType) ? serverType as ServerTypeName : undefined;
}

/** Whether somebody who is named in a claim is the resource that goes. */
function isSame(identity: Identity, { physicalResourceId, stackId, logicalId }: DeleteRequest): boolean {
  if (serverTypeOf(physicalResourceId)) return identity.id === physicalResourceId;
  return physicalResourceId.startsWith(FAILED_CREATE)
    ? identity.id.endsWith(`/${physicalResourceId.slice(FAILED_CREATE.length)}`)
    : identity.stackId === stackId && identity.logicalId === logicalId;
}
