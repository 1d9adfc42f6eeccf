import { isDeepStrictEqual } from 'node:util';
import { ConnectionData, CREATOR_TAG, REQUEST_TAG, SERVER_TYPE_OF_PROVIDER, ServerTypeName } from '../../src/contract';
import { listCredentials } from '../aws/codebuild';
import {
  changeTags, ConnectionSpec, createConnection, deleteConnection, getConnection, handshakeUrl, listConnections, parseConnectionArn, Tags, tagsOf,
  UnclearCreation,
} from '../aws/codeconnections';
import { DeleteRequest, LifecycleRequest, Outcome, ResourceHandler, UpdateRequest } from '../cloudformation/lifecycle';
import type { Deadline } from '../deadline';
import { DecodedConnectionProperties, decodeConnectionProperties } from './decode-connection-properties';
import { Failure } from '../failure';
import { log } from '../log';
import { isRemoved, LATE_REQUEST_MS } from '../ownership/active-owner';
import { isBeingDeleted, usersOf } from '../ownership/connection-use';
import {
  ConnectionUser, deleteConnectionDeletion, deleteConnectionRecord, describeResource, isSameResource, LIST_DELAY_MS, listRecords,
  putConnectionDeletion, putConnectionUser, putRemoval, Records, RemovalRecord,
} from '../ownership/records';

/**
 * `Custom::CodeConnectionsConnection`. Its physical id is the connection's ARN.
 *
 * Every resource that uses a connection has a record in Parameter Store. Tags say which stack and
 * request created the connection, since CreateConnection takes no token that identifies a repeated request.
 */
export const connection: ResourceHandler = {
  async create(request, deadline) {
    return outcome(await join(request, decodeConnectionProperties(request.properties), deadline), deadline);
  },

  async update(request, deadline) {
    const properties = decodeConnectionProperties(request.properties);
    const tags = await currentTags(request, properties, deadline);
    const arn = tags ? await stay(request, properties, deadline) : await join(request, properties, deadline);
    if (tags?.[CREATOR_TAG] === request.stackId) await retag(request, tags, properties.tags, deadline);
    await leaveAttempt(request, properties, arn, deadline);
    return outcome(arn, deadline);
  },

  async delete(request, deadline) {
    const properties = decoded(request.properties);
    if (!properties) {
      log('info', 'nothing to delete: with these properties no connection was ever created');
      return;
    }
    await leave(request, properties, deadline);
  },
};

/** Longer than a Create takes from its connection to its record: whoever deletes a connection must not miss its user. */
const DELETION_PAUSE_MS = LIST_DELAY_MS + 2_000;

const CREATION_TRIES = 5;

/** The tags of the connection that the resource already has, if it is the one that is wanted. */
async function currentTags(request: UpdateRequest, { spec }: DecodedConnectionProperties, deadline: Deadline): Promise<Tags | undefined> {
  const { physicalResourceId, oldProperties } = request;
  const former = decoded(oldProperties)?.spec;
  return isDeepStrictEqual(former, spec) && parseConnectionArn(physicalResourceId) ? tagsOf(physicalResourceId, deadline) : undefined;
}

/** The resource has the right connection. Its record may have been deleted by hand. */
async function stay(request: UpdateRequest, { spec }: DecodedConnectionProperties, deadline: Deadline): Promise<string> {
  const { physicalResourceId: connectionArn } = request;
  const serverType = SERVER_TYPE_OF_PROVIDER[spec.providerType];
  const records = await listRecords(serverType, deadline);
  if (ownRecords(records, request, connectionArn).length > 0) return connectionArn;
  requireNotSuperseded(records, request);
  await record(serverType, request, connectionArn, deadline);
  return connectionArn;
}

async function record(serverType: ServerTypeName, request: LifecycleRequest, connectionArn: string, deadline: Deadline): Promise<void> {
  const { requestId, stackId, logicalId, sentAt } = request;
  await putConnectionUser(serverType, { requestId, stackId, logicalId, connectionArn, sentAt }, deadline);
}

/** Finds the connection that fits, or creates it, and records that the resource uses it. Gives back its ARN. */
async function join(request: LifecycleRequest, properties: DecodedConnectionProperties, deadline: Deadline): Promise<string> {
  const { spec } = properties;
  const serverType = SERVER_TYPE_OF_PROVIDER[spec.providerType];
  const records = await listRecords(serverType, deadline);
  const own = records.connectionUsers.find((user) => user.requestId === request.requestId);
  if (own) {
    request.markTouched();
    return own.connectionArn;
  }
  const candidates = await candidatesFor(spec, request, records, deadline);
  const [made] = await madeBy(request, candidates, deadline);
  if (made) request.markTouched();
  requireNotSuperseded(records, request);

  const kept = candidates.find(({ arn }) => ownRecords(records, request, arn).length > 0);
  const arn = made?.arn ?? kept?.arn ?? adopt(candidates, properties) ?? await create(request, properties, deadline);

  request.markTouched();
  await record(serverType, request, arn, deadline);
  await requireStays(request, properties, arn, deadline);
  return arn;
}

function adopt(candidates: readonly Candidate[], { adoptExisting, spec }: DecodedConnectionProperties): string | undefined {
  const adopted = adoptExisting ? pickAdoptable(candidates, spec) : undefined;
  if (adopted) log('info', 'adopted an existing connection', { connectionArn: adopted.arn, status: adopted.status });
  return adopted?.arn;
}

/** Whoever deletes a connection says so first and looks for users then: one of the two sees the other. */
async function requireStays(
  request: LifecycleRequest, { spec, retain }: DecodedConnectionProperties, arn: string, deadline: Deadline,
): Promise<void> {
  const serverType = SERVER_TYPE_OF_PROVIDER[spec.providerType];
  const records = await listRecords(serverType, deadline);
  const deletion = records.connectionDeletions.find((one) => one.connectionArn === arn && isBeingDeleted(one) && !isSameResource(one, request));
  if (!deletion && !isGone(records, request)) return;

  await forget(serverType, ownRecords(records, request, arn), deadline);
  if (deletion) throw new Failure(`connection ${arn} is being deleted by ${describeResource(deletion)}. Deploy again when it is gone`);
  if (!retain) await deleteUnused(serverType, request, arn, deadline);
  requireNotSuperseded(records, request);
}

function isGone(records: Records, request: LifecycleRequest): boolean {
  return isRemoved(records, { ...request, ownerId: request.requestId });
}

function requireNotSuperseded(records: Records, request: LifecycleRequest): void {
  const isLater = (other: ConnectionUser | RemovalRecord) => isSameResource(other, request) && other.sentAt > request.sentAt;
  if (isGone(records, request) || records.removals.some(isLater) || records.connectionUsers.some(isLater)) {
    throw new Failure('superseded: CloudFormation has cancelled this request');
  }
}

async function create(request: LifecycleRequest, properties: DecodedConnectionProperties, deadline: Deadline): Promise<string> {
  const { spec } = properties;
  request.markTouched();
  const serverType = SERVER_TYPE_OF_PROVIDER[spec.providerType];
  let arn: string;
  try {
    arn = await createOnce(request, properties, deadline);
  } catch (error) {
    // Another stack may have created one of this name at the same moment.
    const others = await candidatesFor(spec, request, await listRecords(serverType, deadline), deadline);
    const adopted = adopt(others, properties);
    if (adopted) return adopted;
    if (others.length === 0 || !(error instanceof Failure)) throw error;
    throw new Failure(`${error.message}. There is a connection of this name: ${others.map((other) => other.arn).join(', ')}. Use it with Connection.fromConnectionArn, or choose another connectionName`);
  }
  log('info', 'created a connection', { connectionArn: arn, handshakeUrl: handshakeUrl(arn) });

  // Two stacks that create the same connection at the same moment see each other's then.
  await deadline.pause(LIST_DELAY_MS);
  const records = await listRecords(serverType, deadline);
  const candidates = (await candidatesFor(spec, request, records, deadline)).filter((one) => one.status !== 'ERROR');
  // Another stack's, or that of another attempt at this request.
  const rivals = properties.adoptExisting ? candidates : await madeBy(request, candidates, deadline);
  const isUsed = (candidate: Candidate) => usersOf(records, candidate.arn).length > 0;
  const [first] = rivals.sort((one, other) => Number(isUsed(other)) - Number(isUsed(one)) || (one.arn < other.arn ? -1 : 1));
  if (!first || first.arn === arn) return arn;
  // Nobody knows of ours yet.
  await deleteConnection(arn, deadline);
  log('info', 'deleted the created connection: another one was created at the same moment, and is used', { connectionArn: first.arn });
  return first.arn;
}

/** Tries again only when no connection has come of the last try. */
async function createOnce(request: LifecycleRequest, { spec, tags }: DecodedConnectionProperties, deadline: Deadline): Promise<string> {
  const allTags = { ...tags, [CREATOR_TAG]: request.stackId, [REQUEST_TAG]: request.requestId };
  for (let tries = 1; ; tries++) {
    try {
      return await createConnection(spec, allTags, deadline);
    } catch (error) {
      if (!(error instanceof UnclearCreation) || tries === CREATION_TRIES) throw error;
      await deadline.pause(250 * tries);
      const records = await listRecords(SERVER_TYPE_OF_PROVIDER[spec.providerType], deadline);
      const [made] = await madeBy(request, await candidatesFor(spec, request, records, deadline), deadline);
      if (made) return made.arn;
    }
  }
}

/** The resource goes; its connection stays unless this stack has created it and nobody else uses it. */
async function leave(request: DeleteRequest, { spec, retain }: DecodedConnectionProperties, deadline: Deadline): Promise<void> {
  const serverType = SERVER_TYPE_OF_PROVIDER[spec.providerType];
  const { requestId, stackId, logicalId, sentAt } = request;
  // The id of a Create that failed or did not answer: it may have made a connection, and may still run.
  const isKnown = parseConnectionArn(request.physicalResourceId) !== undefined;
  const list = async () => ownRecords(await listRecords(serverType, deadline), request, isKnown ? request.physicalResourceId : undefined);
  let own = await list();
  const isLongAgo = isKnown && own.length > 0 && own.every((user) => Date.now() - user.sentAt > LATE_REQUEST_MS);
  // Of a connection that the resource has replaced, only the requests that joined it are gone.
  const ended = isKnown ? own.map((user) => user.requestId) : [undefined];
  for (const ownerId of isLongAgo ? [] : ended) {
    await putRemoval(serverType, { key: ownerId ?? requestId, ownerId, stackId, logicalId, sentAt, proof: [] }, deadline);
  }
  if (!isKnown || own.length === 0) {
    // A Create that still runs, or whose record is not listed yet.
    await deadline.pause(DELETION_PAUSE_MS);
    own = await list();
  }
  await forget(serverType, own, deadline);
  if (retain) {
    log('info', 'kept the connection: its removal policy is RETAIN', { connectionName: spec.connectionName });
    return;
  }
  const arns = isKnown ? [request.physicalResourceId] : await createdByAttempt(request, spec, deadline);
  for (const arn of arns) await deleteUnused(serverType, request, arn, deadline);
}

/** What a Create without an answer may have created: nobody has told its ARN. It may be about to delete it, and lose its permissions. */
async function createdByAttempt(request: LifecycleRequest, spec: ConnectionSpec, deadline: Deadline): Promise<string[]> {
  const { connectionDeletions, ...records } = await listRecords(SERVER_TYPE_OF_PROVIDER[spec.providerType], deadline);
  const ofOthers = connectionDeletions.filter((deletion) => !isSameResource(deletion, request));
  return (await candidatesFor(spec, request, { ...records, connectionDeletions: ofOthers }, deadline)).map(({ arn }) => arn);
}

/**
 * An update that was cancelled or died is unknown to CloudFormation: it takes the resource back under its
 * former id, and nobody else will leave the connection that the update has joined or created.
 */
async function leaveAttempt(request: UpdateRequest, wanted: DecodedConnectionProperties, arn: string, deadline: Deadline): Promise<void> {
  const attempted = decoded(request.oldProperties);
  if (!attempted || isDeepStrictEqual(attempted.spec, wanted.spec)) return;
  const serverType = SERVER_TYPE_OF_PROVIDER[attempted.spec.providerType];
  const before = await listRecords(serverType, deadline);
  const known = await candidatesFor(attempted.spec, request, before, deadline);
  // CloudFormation has heard of it, and sends its Delete.
  if (known.some((candidate) => candidate.arn === request.physicalResourceId)) return;

  await deadline.pause(LIST_DELAY_MS);
  const created = attempted.retain ? [] : await createdByAttempt(request, attempted.spec, deadline);
  const records = await listRecords(serverType, deadline);
  const joined = ownRecords(records, request).filter(({ connectionArn }) => connectionArn !== arn && connectionArn !== request.physicalResourceId);
  await forget(serverType, joined, deadline);
  for (const one of created.filter((other) => other !== arn)) await deleteUnused(serverType, request, one, deadline);
}

/** Deletes a connection that this stack has created, unless somebody uses it. */
async function deleteUnused(serverType: ServerTypeName, request: LifecycleRequest, arn: string, deadline: Deadline): Promise<void> {
  const { stackId, logicalId } = request;
  const tags = await tagsOf(arn, deadline);
  if (tags?.[CREATOR_TAG] !== stackId) {
    if (tags) log('info', 'kept the connection: this stack did not create it', { connectionArn: arn });
    return;
  }
  await putConnectionDeletion(serverType, { stackId, logicalId, connectionArn: arn }, deadline);
  await deadline.pause(DELETION_PAUSE_MS);
  const [records, held] = await Promise.all([listRecords(serverType, deadline), listCredentials(deadline)]);
  // A resource of this name that was created after this request was sent is another user.
  const user = usersOf(records, arn).find((one) => !isSameResource(one, request) || one.sentAt > request.sentAt);
  if (user) {
    log('info', 'kept the connection: it is used', { connectionArn: arn, user: describeResource(user) });
  } else if (records.unreadable.length > 0) {
    log('warn', 'kept the connection: records that cannot be read may be of its users', { connectionArn: arn, records: records.unreadable.join(', ') });
  } else if (held.some(({ resource }) => resource === arn)) {
    log('info', 'kept the connection: CodeBuild holds a credential that uses it', { connectionArn: arn });
  } else {
    await deleteConnection(arn, deadline);
    log('info', 'deleted the connection', { connectionArn: arn });
  }
  await deleteConnectionDeletion(serverType, arn, deadline);
}

/** The records of a resource, of one connection or of all. */
function ownRecords({ connectionUsers }: Records, request: LifecycleRequest, arn?: string): ConnectionUser[] {
  return connectionUsers.filter((user) => isSameResource(user, request) && user.sentAt <= request.sentAt
    && (arn === undefined || user.connectionArn === arn));
}

async function forget(serverType: ServerTypeName, users: readonly ConnectionUser[], deadline: Deadline): Promise<void> {
  for (const user of users) await deleteConnectionRecord(serverType, user, deadline);
}

interface Candidate {
  readonly arn: string;
  readonly status: string;
}

/** The connections that fit, without those that somebody is about to delete. */
async function candidatesFor(
  spec: ConnectionSpec, { stackId }: LifecycleRequest, { connectionDeletions }: Records, deadline: Deadline,
): Promise<Candidate[]> {
  const found = await listConnections(spec, stackId.split(':')[4], deadline);
  return found
    .map(({ ConnectionArn, ConnectionStatus }) => ({ arn: ConnectionArn!, status: ConnectionStatus! }))
    .filter(({ arn }) => !connectionDeletions.some((deletion) => deletion.connectionArn === arn && isBeingDeleted(deletion)));
}

/** What attempts at this request have created. */
async function madeBy({ requestId }: LifecycleRequest, candidates: readonly Candidate[], deadline: Deadline): Promise<Candidate[]> {
  const tags = await Promise.all(candidates.map(async ({ arn }) => tagsOf(arn, deadline)));
  return candidates.filter((_, index) => tags[index]?.[REQUEST_TAG] === requestId);
}

/** One that is available before one that is pending. One in ERROR is beyond repair for a new user. */
function pickAdoptable(candidates: readonly Candidate[], { providerType, connectionName }: ConnectionSpec): Candidate | undefined {
  const available = candidates.filter(({ status }) => status === 'AVAILABLE');
  if (available.length > 1) {
    throw new Failure(`${available.length} available ${providerType} connections are named '${connectionName}': ${available.map(({ arn }) => arn).join(', ')}. Use one with Connection.fromConnectionArn, or rename or delete the others`);
  }
  return available[0] ?? candidates.find(({ status }) => status === 'PENDING');
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

/** The properties of a request that failed may be ones that were refused. */
function decoded(properties: LifecycleRequest['properties']): DecodedConnectionProperties | undefined {
  try {
    return decodeConnectionProperties(properties);
  } catch {
    return undefined;
  }
}
