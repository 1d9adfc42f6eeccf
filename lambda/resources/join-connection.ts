import { Candidate, createdByRequest, creationTags, findCandidates, pickAdoptable } from './connection-candidates';
import type { DecodedConnectionProperties } from './decode-connection-properties';
import { deleteEachUnused } from './leave-connection';
import { SERVER_TYPE_OF_PROVIDER, ServerTypeName } from '../../src/contract';
import { CREATION_PAUSE_MS, LIST_DELAY_MS } from '../../src/times';
import { isRefusal } from '../aws/call';
import { createConnection, handshakeUrl, UnclearCreation } from '../aws/codeconnections';
import type { LifecycleRequest } from '../cloudformation/lifecycle';
import type { Deadline } from '../deadline';
import { Failure } from '../failure';
import { log } from '../log';
import { isRemoved } from '../ownership/active-owner';
import { deletionOf, recordsOf, usersOf } from '../ownership/connection-use';
import {
  ConnectionUser, deleteConnectionRecords, describeResource, isSameResource, listRecords, putConnectionUser, Records, RemovalRecord,
} from '../ownership/records';

/** What an Update says of the resource. */
export interface Before {
  /** The connection that the resource has and is to keep. */
  readonly current?: string;
  /** Of the former provider, if that is another one. */
  readonly formerType?: ServerTypeName;
}

/** Finds the connection that fits, or creates it, and records that the resource uses it. Gives back its ARN. */
export async function joinConnection(
  request: LifecycleRequest, properties: DecodedConnectionProperties, before: Before, deadline: Deadline,
): Promise<string> {
  return new Joining(request, properties, before, deadline).carryOut();
}

/** What there is when a request looks. */
interface View {
  readonly records: Records;
  /** The connections that fit. */
  readonly candidates: readonly Candidate[];
  /** Those of them that attempts at this request have created. */
  readonly created: readonly Candidate[];
  /** Written by another attempt at this request. */
  readonly mine?: ConnectionUser;
  /** The records of earlier requests for the resource. */
  readonly earlier: readonly ConnectionUser[];
  /** The connection that the resource has, if it fits. */
  readonly kept?: string;
}

const CREATION_TRIES = 5;

/** Each round meets somebody who is about to delete the connection that it has chosen. */
const MAX_ROUNDS = 8;

class Joining {
  private readonly serverType: ServerTypeName;
  private current?: string;
  /** What this attempt has created. */
  private created?: string;
  private readonly failures: Failure[] = [];

  constructor(
    private readonly request: LifecycleRequest, private readonly properties: DecodedConnectionProperties,
    private readonly before: Before, private readonly deadline: Deadline,
  ) {
    this.serverType = SERVER_TYPE_OF_PROVIDER[properties.spec.providerType];
    this.current = before.current;
  }

  /** Looks, and takes one step: creates a connection, or joins one. Then looks again. */
  async carryOut(): Promise<string> {
    for (let round = 1; ; round++) {
      const view = await this.look();
      if (view.mine || view.created.length > 0) this.request.markTouched();
      if (await this.isSuperseded(view.records, view)) return this.undo(view.records, view);

      const arn = view.mine?.connectionArn ?? view.kept ?? this.choose(view) ?? this.unlisted(view);
      if (arn === undefined) await this.create(view);
      else if (await this.join(arn, view, round)) return arn;
    }
  }

  private async look(): Promise<View> {
    const { deadline, properties: { spec }, request } = this;
    const candidates = this.current ? [] : await findCandidates(spec, request, deadline);
    const created = await createdByRequest(request, candidates, deadline);
    // The last call before a connection is created: the request may have been cancelled meanwhile.
    const records = await listRecords(this.serverType, deadline);
    const own = recordsOf(records, request);
    const earlier = own.filter((user) => user.requestId !== request.requestId);
    return {
      records,
      candidates,
      created,
      mine: own.find((user) => user.requestId === request.requestId),
      earlier,
      kept: this.current ?? candidates.find(({ arn }) => earlier.some((user) => user.connectionArn === arn))?.arn,
    };
  }

  /** The connection to use, of those that are there and that nobody is about to delete. */
  private choose({ candidates, created, records }: View): string | undefined {
    const { adoptExisting, spec } = this.properties;
    const isStaying = ({ arn }: Candidate) => !deletionOf(records, arn);
    if (created.some(isStaying)) {
      // Another stack, or another attempt at this request, may have created one at the same moment: both decide alike.
      const rivals = adoptExisting ? candidates.filter(({ status }) => status !== 'ERROR') : created;
      return firstOf(rivals.filter(isStaying), records);
    }
    const adopted = adoptExisting ? pickAdoptable(candidates.filter(isStaying), spec) : undefined;
    if (adopted) log('info', 'adopted an existing connection', { connectionArn: adopted.arn, status: adopted.status });
    return adopted?.arn;
  }

  /** What was just created may not be listed yet. */
  private unlisted({ candidates, records }: View): string | undefined {
    const { created } = this;
    return created && !candidates.some(({ arn }) => arn === created) && !deletionOf(records, created) ? created : undefined;
  }

  private async create({ candidates }: View): Promise<void> {
    const { deadline, failures, properties: { spec, tags }, request } = this;
    const failure = failures.at(-1);
    if (failure && (!(failure instanceof UnclearCreation) || failures.length === CREATION_TRIES)) throw explained(failure, candidates);
    try {
      this.created = await request.change(async () => createConnection(spec, { ...tags, ...creationTags(request) }, deadline), isRefusal);
    } catch (error) {
      // The next look tells whether it was created all the same, or somebody else has created one of this name.
      if (!(error instanceof Failure)) throw error;
      failures.push(error);
      if (error instanceof UnclearCreation) await deadline.pause(CREATION_PAUSE_MS * failures.length);
      return;
    }
    log('info', 'created a connection', { connectionArn: this.created, handshakeUrl: handshakeUrl(this.created) });
    // Two stacks that create the same connection at the same moment see each other's then.
    await deadline.pause(LIST_DELAY_MS);
  }

  /** Gives back whether the resource uses the connection now: somebody may be about to delete it. */
  private async join(arn: string, view: View, round: number): Promise<boolean> {
    const { deadline, properties: { spec: { connectionName } }, request, serverType } = this;
    const { created, earlier, mine } = view;
    const { requestId, stackId, logicalId } = request;
    const wanted = { requestId, stackId, logicalId, connectionArn: arn, connectionName, ...this.order(view) };
    if (!mine) await request.change(async () => putConnectionUser(serverType, wanted, deadline), isRefusal);
    // A Delete, a newer request, and whoever deletes a connection write first and look then: one of the two sees the other.
    const records = await listRecords(serverType, deadline);
    if (await this.isSuperseded(records, view)) return this.undo(records, view);
    const former = earlier.filter(({ connectionArn }) => connectionArn === arn);
    const deletion = mine || former.length > 0 ? undefined : deletionOf(records, arn);
    if (deletion) {
      await deleteConnectionRecords(serverType, recordsOf(records, request, arn), deadline);
      if (round === MAX_ROUNDS) throw new Failure(`connection ${arn} is being deleted by ${describeResource(deletion)}. Deploy again when it is gone`);
      this.current = undefined;
      return false;
    }
    await deleteConnectionRecords(serverType, former, deadline);
    const surplus = created.filter((one) => one.arn !== arn).map((one) => one.arn);
    await deleteEachUnused(request, { serverType, arns: surplus, left: [] }, deadline);
    return true;
  }

  /** CloudFormation does not listen any more: what this request has done goes, unless it is to be retained. */
  private async undo(records: Records, { created }: View): Promise<never> {
    const { deadline, properties: { retain }, request, serverType } = this;
    const left = records.connectionUsers.filter(({ requestId }) => requestId === request.requestId);
    await deleteConnectionRecords(serverType, left, deadline);
    if (!retain) await deleteEachUnused(request, { serverType, arns: created.map(({ arn }) => arn), left }, deadline);
    throw new Failure('superseded: CloudFormation has cancelled this request');
  }

  /** A request that wants what the resource has had before is an update's rollback, if there is another one of the same second. */
  private order({ earlier, kept, mine }: View): Pick<ConnectionUser, 'sentAt' | 'seq'> {
    const { connectionName } = this.properties.spec;
    // Whoever has deleted a connection by hand has left its user's record.
    const isBack = kept !== undefined || earlier.some((user) => user.connectionName === connectionName);
    return mine ?? { sentAt: this.request.sentAt, seq: Number(isBack) };
  }

  /** Whether the resource is gone, or a newer request for it has come: an update's rollback, which may be to another provider. */
  private async isSuperseded(records: Records, view: View): Promise<boolean> {
    const { before: { formerType }, deadline, request } = this;
    const { sentAt, seq } = this.order(view);
    const isLater = (other: ConnectionUser | RemovalRecord) => isSameResource(other, request)
      && (other.sentAt > sentAt || (other.sentAt === sentAt && (other.seq ?? 0) > seq));
    const hasLater = ({ connectionUsers, removals }: Records) => connectionUsers.some(isLater) || removals.some(isLater);
    if (isRemoved(records, { ...request, ownerId: request.requestId }) || hasLater(records)) return true;
    return formerType !== undefined && hasLater(await listRecords(formerType, deadline));
  }
}

/** One that is used before others. */
function firstOf(candidates: readonly Candidate[], records: Records): string | undefined {
  const isFree = ({ arn }: Candidate) => usersOf(records, arn).length === 0;
  const [first] = [...candidates].sort((one, other) => Number(isFree(one)) - Number(isFree(other)) || (one.arn < other.arn ? -1 : 1));
  return first?.arn;
}

function explained(failure: Failure, candidates: readonly Candidate[]): Failure {
  if (candidates.length === 0) return failure;
  return new Failure(`${failure.message}. There is a connection of this name: ${candidates.map(({ arn }) => arn).join(', ')}. Use it with Connection.fromConnectionArn, or choose another connectionName`);
}
