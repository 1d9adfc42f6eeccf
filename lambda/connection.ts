import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { patiently } from './aws/call';
import { accountOf, Lease, Memory, Resource } from './claim';
import {
  changeTags, ConnectionSpec, createConnection, deleteConnection, getConnection, handshakeUrl, listConnections, parseConnectionArn, Tags, tagsOf,
  UnclearCreation,
} from './codeconnections';
import type { Deadline } from './deadline';
import { DecodedConnectionProperties, decodeConnectionProperties } from './decode-connection-properties';
import { Failure } from './failure';
import { DeleteRequest, LifecycleRequest, Outcome, ResourceHandler, UpdateRequest } from './lifecycle';
import { log } from './log';
import { CREATOR_TAG, ConnectionData, PROVIDER_TYPE_OF_SERVER, SERVER_TYPES } from '../src/properties';

/**
 * `Custom::CodeConnectionsConnection`. Its physical id is the connection's ARN.
 *
 * Tags say who uses a connection, since CreateConnection takes no token by which a repeated request
 * could be told: the stack that has created it, and every resource that has it now.
 */
export const connection: ResourceHandler = {
  async create(request, deadline) {
    return take(request, decodeConnectionProperties(request.properties), deadline);
  },

  async update(request, deadline) {
    const properties = decodeConnectionProperties(request.properties);
    const tags = await currentTags(request, properties, deadline);
    if (!tags) {
      const taken = await take(request, properties, deadline);
      await patiently(deadline, async () => leaveAttempt(request, properties.spec, deadline));
      return taken;
    }

    if (tags[CREATOR_TAG] === request.stackId) await retag(request, tags, properties.tags, deadline);
    return outcome(request.physicalResourceId, deadline);
  },

  async delete(request, deadline) {
    await patiently(deadline, async () => leave(request, deadline));
  },
};

/** The tags of the connection that the resource has already, if it is the one that is wanted. */
async function currentTags(request: UpdateRequest, { spec }: DecodedConnectionProperties, deadline: Deadline): Promise<Tags | undefined> {
  const { physicalResourceId, oldProperties } = request;
  const former = decoded(oldProperties)?.spec;
  return isDeepStrictEqual(former, spec) && parseConnectionArn(physicalResourceId) ? tagsOf(physicalResourceId, deadline) : undefined;
}

/** Finds the connection that fits, or creates it. */
async function take(request: LifecycleRequest, properties: DecodedConnectionProperties, deadline: Deadline): Promise<Outcome> {
  const arn = await patiently(deadline, async () => {
    // What may not be read yet shows before others have to wait.
    await withTags(await listConnections(properties.spec, accountOf(request), deadline), deadline);
    return alone(request, properties.spec, { request: request.requestId }, async (lease) => findOrCreate(request, properties, lease), deadline);
  });
  return outcome(arn, deadline);
}

/** One request after the other: of two at once both would create a connection. */
async function alone<T>(
  request: LifecycleRequest, { providerType }: ConnectionSpec, memory: Memory, work: (lease: Lease) => Promise<T>, deadline: Deadline,
): Promise<T> {
  const serverType = SERVER_TYPES.find((candidate) => PROVIDER_TYPE_OF_SERVER[candidate] === providerType)!;
  const { requestId: id, stackId, logicalId } = request;
  const lease = await Lease.take(serverType, { id, stackId, logicalId }, deadline);
  let result: T;
  try {
    result = await work(lease);
  } catch (error) {
    await lease.release();
    throw error;
  }
  await lease.release(memory);
  return result;
}

async function findOrCreate(request: LifecycleRequest, properties: DecodedConnectionProperties, lease: Lease): Promise<string> {
  const { spec, adoptExisting, tags } = properties;
  const user = userTag(request);
  const candidates = await withTags(await listConnections(spec, accountOf(request), lease.deadline), lease.deadline);
  const own = ownOf(candidates, request);
  if (own) return own.arn;
  if (lease.claim.done.includes(request.requestId) || lease.isOvertaken(request)) {
    throw new Failure('CloudFormation has called this request off, or it was carried out before');
  }

  const adopted = adoptExisting ? best(candidates, spec) : undefined;
  if (adopted) {
    await changeTags(adopted.arn, user, [], lease.deadline);
    log('info', 'adopted', { connectionArn: adopted.arn, status: adopted.status });
    return adopted.arn;
  }
  const arn = await createOne(request, spec, { ...tags, [CREATOR_TAG]: request.stackId, ...user }, lease.deadline);
  log('info', 'created', { connectionArn: arn, handshakeUrl: handshakeUrl(arn) });
  return arn;
}

/** Tries again only when no connection has come of the last try. */
async function createOne(request: LifecycleRequest, spec: ConnectionSpec, tags: Tags, deadline: Deadline): Promise<string> {
  for (let tries = 1; ; tries++) {
    try {
      return await createConnection(spec, tags, deadline);
    } catch (error) {
      if (!(error instanceof UnclearCreation) || tries === CREATE_TRIES) throw error;
      await deadline.pause(250 * tries);
      const made = ownOf(await withTags(await listConnections(spec, accountOf(request), deadline), deadline), request);
      if (made) return made.arn;
    }
  }
}

const CREATE_TRIES = 5;

/** The resource goes; its connection stays unless this stack has created it and nobody else has it. */
async function leave(request: DeleteRequest, deadline: Deadline): Promise<void> {
  const properties = decoded(request.properties);
  if (!properties) {
    log('info', 'nothing to do: with these properties no connection was ever made');
    return;
  }
  const { spec, retain } = properties;
  // A Create that has failed or not answered has made what nobody knows the ARN of.
  const isKnown = parseConnectionArn(request.physicalResourceId) !== undefined;
  // Gone: no request of before may make another one, at work still or delivered again.
  await alone(request, spec, { request: request.requestId, gone: request }, async (lease) => {
    // Delivered once more: by now the resource may be there again, with the same connection.
    if (lease.claim.done.includes(request.requestId)) return;
    const arns = isKnown ? [request.physicalResourceId] : (await listConnections(spec, accountOf(request), lease.deadline)).map(arnOf);
    for (const arn of arns) await leaveOne(arn, request, retain, lease.deadline);
  }, deadline);
}

/**
 * An update that was called off, or died, is unknown to CloudFormation: it takes the resource back under
 * its former id, and nobody else will leave the connection that the update has taken or is about to.
 */
async function leaveAttempt(request: UpdateRequest, wanted: ConnectionSpec, deadline: Deadline): Promise<void> {
  const attempted = decoded(request.oldProperties);
  if (!attempted || isDeepStrictEqual(attempted.spec, wanted)) return;
  const { physicalResourceId } = request;
  const isKnown = (await listConnections(attempted.spec, accountOf(request), deadline)).some((one) => arnOf(one) === physicalResourceId);
  // CloudFormation has heard of it, and sends its Delete.
  if (isKnown) return;
  // Where somebody has deleted the connection of old, nothing tells the way back from the way there.
  if (await tagsOf(physicalResourceId, deadline) === undefined) return;

  await alone(request, attempted.spec, { gone: request }, async (lease) => {
    const found = await listConnections(attempted.spec, accountOf(request), lease.deadline);
    for (const one of found) await leaveOne(arnOf(one), request, attempted.retain, lease.deadline);
  }, deadline);
}

async function leaveOne(arn: string, request: LifecycleRequest, retain: boolean, deadline: Deadline): Promise<void> {
  const [key] = Object.keys(userTag(request));
  const tags = await tagsOf(arn, deadline);
  if (!tags || !(key in tags)) return;

  const isUsed = Object.keys(tags).some((other) => other.startsWith(USER_TAG) && other !== key);
  if (!retain && !isUsed && tags[CREATOR_TAG] === request.stackId) {
    await deleteConnection(arn, deadline);
    log('info', 'deleted', { connectionArn: arn });
  } else {
    await changeTags(arn, {}, [key], deadline);
    log('info', 'left there', { connectionArn: arn });
  }
}

/** One that is available before one that is pending. One in ERROR is beyond repair for a new user. */
function best(candidates: readonly Candidate[], { providerType, connectionName }: ConnectionSpec): Candidate | undefined {
  const available = candidates.filter(({ status }) => status === 'AVAILABLE');
  if (available.length > 1) {
    throw new Failure(`${available.length} available ${providerType} connections are named '${connectionName}': ${available.map(({ arn }) => arn).join(', ')}. Take one with Connection.fromConnectionArn, or rename or delete the others`);
  }
  return available[0] ?? candidates.find(({ status }) => status === 'PENDING');
}

/** The one that the resource has marked as its own. */
function ownOf(candidates: readonly Candidate[], resource: Resource): Candidate | undefined {
  const [key] = Object.keys(userTag(resource));
  return candidates.find(({ tags }) => key in tags);
}

interface Candidate {
  readonly arn: string;
  readonly status: string;
  readonly tags: Tags;
}

async function withTags(found: Awaited<ReturnType<typeof listConnections>>, deadline: Deadline): Promise<Candidate[]> {
  const candidates = await Promise.all(found.map(async (one) => {
    const tags = await tagsOf(arnOf(one), deadline);
    return tags && { arn: arnOf(one), status: one.ConnectionStatus!, tags };
  }));
  return candidates.filter((candidate) => candidate !== undefined);
}

/** The user's tags as they are wanted now; whatever others have put there stays. */
async function retag({ physicalResourceId, oldProperties }: UpdateRequest, present: Tags, wanted: Tags, deadline: Deadline): Promise<void> {
  const former = decoded(oldProperties)?.tags ?? {};
  const added = Object.entries(wanted).filter(([key, value]) => present[key] !== value);
  const removed = Object.keys(former).filter((key) => !(key in wanted) && key in present);
  await changeTags(physicalResourceId, Object.fromEntries(added), removed, deadline);
}

async function outcome(arn: string, deadline: Deadline): Promise<Outcome> {
  const { ConnectionStatus } = await getConnection(arn, deadline);
  const data: ConnectionData = { ConnectionArn: arn, ConnectionStatus: ConnectionStatus!, HandshakeUrl: handshakeUrl(arn) };
  return { physicalResourceId: arn, data };
}

/** Of a request whose properties may be ones that were refused. */
function decoded(properties: LifecycleRequest['properties']): DecodedConnectionProperties | undefined {
  try {
    return decodeConnectionProperties(properties);
  } catch {
    return undefined;
  }
}

const USER_TAG = 'codebuild-source-credentials:used-by:';

/** A key has no room for a stack's id, nor has a value for that and a logical id. */
function userTag({ stackId, logicalId }: Resource): Tags {
  const id = createHash('sha256').update(`${stackId} ${logicalId}`).digest('hex').slice(0, 16);
  return { [USER_TAG + id]: `${logicalId} of stack ${stackId.split('/')[1]}`.slice(0, 256) };
}

function arnOf({ ConnectionArn }: Awaited<ReturnType<typeof listConnections>>[number]): string {
  return ConnectionArn!;
}
