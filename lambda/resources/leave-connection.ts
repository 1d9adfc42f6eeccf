import { isDeepStrictEqual } from 'node:util';
import { createdByResource, findCandidates } from './connection-candidates';
import type { DecodedConnectionProperties } from './decode-connection-properties';
import { CREATOR_TAG, SERVER_TYPE_OF_PROVIDER, ServerTypeName } from '../../src/contract';
import { DELETION_PAUSE_MS, LATE_REQUEST_MS, LIST_DELAY_MS } from '../../src/times';
import { denialOf } from '../aws/call';
import { listCredentials } from '../aws/codebuild';
import { deleteConnection, parseConnectionArn, tagsOf } from '../aws/codeconnections';
import type { DeleteRequest, LifecycleRequest, UpdateRequest } from '../cloudformation/lifecycle';
import type { Deadline } from '../deadline';
import { log } from '../log';
import { recordsOf, usersOf } from '../ownership/connection-use';
import {
  ConnectionUser, deleteConnectionDeletion, deleteConnectionRecords, describeResource, listRecords, putConnectionDeletion, putRemoval,
} from '../ownership/records';

/** The resource goes; its connection stays unless this stack has created it and nobody else uses it. */
export async function leaveConnection(request: DeleteRequest, { retain, spec }: DecodedConnectionProperties, deadline: Deadline): Promise<void> {
  const serverType = SERVER_TYPE_OF_PROVIDER[spec.providerType];
  const { requestId, stackId, logicalId, sentAt, physicalResourceId } = request;
  // The id of a Create that failed or did not answer: it may have made a connection, and may still run.
  const isKnown = parseConnectionArn(physicalResourceId) !== undefined;
  const list = async () => recordsOf(await listRecords(serverType, deadline), request, isKnown ? physicalResourceId : undefined);
  let left = await list();
  const denial = isKnown ? undefined : await denialOf(putRemoval(serverType, { key: requestId, stackId, logicalId, sentAt, proof: [] }, deadline));
  if (!isKnown || left.length === 0) {
    // A Create that still runs, or whose record is not listed yet.
    await deadline.pause(DELETION_PAUSE_MS);
    left = await list();
  }
  if (denial && left.length > 0) throw denial;
  if (denial) {
    log('warn', 'kept what this resource may have created: records cannot be written', { connectionName: spec.connectionName, reason: denial.message });
    return;
  }
  // Of a connection that the resource has replaced, only the requests that joined it are gone.
  for (const user of left.filter((one) => isKnown && Date.now() - one.sentAt < LATE_REQUEST_MS)) {
    const { requestId: ownerId, seq } = user;
    await putRemoval(serverType, { key: ownerId, ownerId, stackId, logicalId, sentAt: user.sentAt, seq, proof: [] }, deadline);
  }
  await deleteConnectionRecords(serverType, left, deadline);
  if (retain) {
    log('info', 'kept the connection: its removal policy is RETAIN', { connectionName: spec.connectionName });
    return;
  }
  const created = await createdByResource(request, spec, deadline);
  await deleteEachUnused(request, { serverType, arns: [...isKnown ? [physicalResourceId] : [], ...created], left }, deadline);
}

/**
 * An update that was cancelled or died is unknown to CloudFormation: it takes the resource back under its
 * former id, and nobody else will leave the connection that the update has joined or created.
 */
export async function leaveAttempt(
  request: UpdateRequest, attempted: DecodedConnectionProperties, wanted: DecodedConnectionProperties, arn: string, deadline: Deadline,
): Promise<void> {
  if (isDeepStrictEqual(attempted.spec, wanted.spec)) return;
  const serverType = SERVER_TYPE_OF_PROVIDER[attempted.spec.providerType];
  const known = await findCandidates(attempted.spec, request, deadline);
  // CloudFormation has heard of it, and sends its Delete.
  if (known.some((candidate) => candidate.arn === request.physicalResourceId)) return;

  await deadline.pause(LIST_DELAY_MS);
  const mine = recordsOf(await listRecords(serverType, deadline), request);
  // The same of a connection that was deleted by hand.
  const { connectionName } = attempted.spec;
  if (mine.some((user) => user.connectionArn === request.physicalResourceId && user.connectionName === connectionName)) return;
  const left = mine.filter(({ connectionArn }) => connectionArn !== arn && connectionArn !== request.physicalResourceId);
  await deleteConnectionRecords(serverType, left, deadline);
  if (attempted.retain) return;
  const created = await createdByResource(request, attempted.spec, deadline);
  await deleteEachUnused(request, { serverType, arns: created.filter((other) => other !== arn), left }, deadline);
}

interface Left {
  readonly serverType: ServerTypeName;
  /** The records that this request has deleted: they may still be listed. */
  readonly left: readonly ConnectionUser[];
}

interface Unneeded extends Left {
  readonly arn: string;
}

/** Deletes what nobody uses any more of some connections, and of those that were left: another resource of this stack may have created them. */
export async function deleteEachUnused(
  request: LifecycleRequest, { arns, left, serverType }: Left & { readonly arns: readonly string[] }, deadline: Deadline,
): Promise<void> {
  const all = new Set([...arns, ...left.map(({ connectionArn }) => connectionArn)]);
  for (const arn of all) await deleteUnused(request, { serverType, arn, left }, deadline);
}

/** Deletes a connection that this stack has created, unless somebody uses it. */
async function deleteUnused(request: LifecycleRequest, unneeded: Unneeded, deadline: Deadline): Promise<void> {
  const { requestId, stackId, logicalId } = request;
  const { arn: connectionArn, serverType } = unneeded;
  const tags = await tagsOf(connectionArn, deadline);
  if (tags?.[CREATOR_TAG] !== stackId) {
    if (tags) log('info', 'kept the connection: this stack did not create it', { connectionArn });
    return;
  }
  // Nobody has to keep away from a connection that stays.
  if (await isUsed(unneeded, deadline)) return;
  await putConnectionDeletion(serverType, { requestId, stackId, logicalId, connectionArn }, deadline);
  await deadline.pause(DELETION_PAUSE_MS);
  if (await isUsed(unneeded, deadline)) {
    await deleteConnectionDeletion(serverType, { requestId, connectionArn }, deadline);
    return;
  }
  // The record of the deletion stays: somebody who has seen the connection may be slow.
  await deleteConnection(connectionArn, deadline);
  log('info', 'deleted the connection', { connectionArn });
}

async function isUsed({ arn: connectionArn, left, serverType }: Unneeded, deadline: Deadline): Promise<boolean> {
  const [records, held] = await Promise.all([listRecords(serverType, deadline), listCredentials(deadline)]);
  const connectionUsers = records.connectionUsers.filter(({ name }) => !left.some((user) => user.name === name));
  const [user] = usersOf({ ...records, connectionUsers }, connectionArn);
  if (user) {
    log('info', 'kept the connection: it is used', { connectionArn, user: describeResource(user) });
  } else if (records.unreadable.length > 0) {
    log('warn', 'kept the connection: records that cannot be read may be of its users', { connectionArn, records: records.unreadable.join(', ') });
  } else if (held.some(({ resource }) => resource === connectionArn)) {
    log('info', 'kept the connection: CodeBuild holds a credential that uses it', { connectionArn });
  } else {
    return false;
  }
  return true;
}
