import { CREATOR_TAG, REQUEST_TAG, RESOURCE_TAG } from '../../src/contract';
import { ConnectionSpec, listConnections, Tags, tagsOf } from '../aws/codeconnections';
import type { LifecycleRequest } from '../cloudformation/lifecycle';
import type { Deadline } from '../deadline';
import { Failure } from '../failure';

/** A connection that has the wanted name, provider and host. */
export interface Candidate {
  readonly arn: string;
  readonly status: string;
}

export async function findCandidates(spec: ConnectionSpec, { stackId }: LifecycleRequest, deadline: Deadline): Promise<Candidate[]> {
  const found = await listConnections(spec, stackId.split(':')[4], deadline);
  return found.map(({ ConnectionArn, ConnectionStatus }) => ({ arn: ConnectionArn!, status: ConnectionStatus! }));
}

/** The tags that a request gives to what it creates: CreateConnection takes no token that identifies a repeated request. */
export function creationTags({ logicalId, requestId, stackId }: LifecycleRequest): Tags {
  return { [CREATOR_TAG]: stackId, [RESOURCE_TAG]: logicalId, [REQUEST_TAG]: requestId };
}

/** What attempts at this request have created. */
export async function createdByRequest({ requestId }: LifecycleRequest, candidates: readonly Candidate[], deadline: Deadline): Promise<Candidate[]> {
  return tagged({ [REQUEST_TAG]: requestId }, candidates, deadline);
}

/** What requests for this resource have created, whether or not CloudFormation has heard of it. */
export async function createdByResource(request: LifecycleRequest, spec: ConnectionSpec, deadline: Deadline): Promise<string[]> {
  const { logicalId, stackId } = request;
  const candidates = await findCandidates(spec, request, deadline);
  const created = await tagged({ [CREATOR_TAG]: stackId, [RESOURCE_TAG]: logicalId }, candidates, deadline);
  return created.map(({ arn }) => arn);
}

/** One that is available before one that is pending. One in ERROR is beyond repair for a new user. */
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
