import { CREATOR_TAG, REQUEST_TAG, RESOURCE_TAG } from '../../src/contract';
import { ConnectionSpec, listConnections, Tags, tagsOf } from '../aws/codeconnections';
import type { LifecycleRequest } from '../cloudformation/lifecycle';
import type { Deadline } from '../deadline';
import { Failure } from '../failure';

/** A connection with the requested name, provider type and host. */
export interface Candidate {
  readonly arn: string;
  readonly status: string;
}

export async function findCandidates(spec: ConnectionSpec, { stackId }: LifecycleRequest, deadline: Deadline): Promise<Candidate[]> {
  const found = await listConnections(spec, stackId.split(':')[4], deadline);
  return found.map(({ ConnectionArn, ConnectionStatus }) => ({ arn: ConnectionArn!, status: ConnectionStatus! }));
}

/** The tags of a new connection: CreateConnection has no client token to recognize a repeated request. */
export function creationTags({ logicalId, requestId, stackId }: LifecycleRequest): Tags {
  return { [CREATOR_TAG]: stackId, [RESOURCE_TAG]: logicalId, [REQUEST_TAG]: requestId };
}

/** Returns the connections that attempts at this request created. */
export async function createdByRequest({ requestId }: LifecycleRequest, candidates: readonly Candidate[], deadline: Deadline): Promise<Candidate[]> {
  return tagged({ [REQUEST_TAG]: requestId }, candidates, deadline);
}

/** Returns the connections that requests for this resource created, even if CloudFormation got no answer. */
export async function createdByResource(request: LifecycleRequest, spec: ConnectionSpec, deadline: Deadline): Promise<string[]> {
  const { logicalId, stackId } = request;
  const candidates = await findCandidates(spec, request, deadline);
  const created = await tagged({ [CREATOR_TAG]: stackId, [RESOURCE_TAG]: logicalId }, candidates, deadline);
  return created.map(({ arn }) => arn);
}

/** Prefers an available connection to a pending one. Never picks one in ERROR. */
export function pickAdoptable(candidates: readonly Candidate[], { providerType, connectionName }: ConnectionSpec): Candidate | undefined {
  const available = candidates.filter(({ status }) => status === 'AVAILABLE');
  if (available.length > 1) {
    throw new Failure(`${available.length} available ${providerType} connections are named '${connectionName}': ${available.map(({ arn }) => arn).join(', ')}. Use one with Connection.fromConnectionArn, or rename or delete the others`);
  }
  return available[0] ?? candidates.find(({ status }) => status === 'PENDING');
}

async function tagged(wanted: Tags, candidates: readonly Candidate[], deadline: Deadline): Promise<Candidate[]> {
  const tags = await Promise.all(candidates.map(async ({ arn }) => tagsOf(arn, deadline)));
  return candidates.filter((_, index) => Object.entries(wanted).every(([key, value]) => tags[index]?.[key] === value));
}
