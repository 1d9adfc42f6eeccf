import { activeOwner, proofOf } from './active-owner';
import { reconcile, ReconcileOptions } from './reconcile';
import { deleteOwner, deleteRemoval, hasRecords, isSameResource, listRecords, OwnerRecord, putRemoval, Records } from './records';
import { recordsPath, ServerTypeName } from '../../src/contract';
import { LATE_REQUEST_MS, LIST_DELAY_MS } from '../../src/times';
import { denialOf } from '../aws/call';
import { sourceCredentialsArn } from '../aws/codebuild';
import type { LifecycleRequest } from '../cloudformation/lifecycle';
import type { Deadline } from '../deadline';
import { Failure } from '../failure';
import { log } from '../log';

/** A resource that goes. */
export interface Departure {
  readonly request: LifecycleRequest;
  readonly serverType: ServerTypeName;
  /** Undefined where CloudFormation made up the physical id: its Create has not answered, and may still run. */
  readonly ownerId?: string;
  /** Whether CodeBuild keeps the credential when nobody owns it any more. */
  readonly retain: boolean;
}

/** Each round meets a Create of the same resource that still runs; it runs for one function's time at most. */
const MAX_ROUNDS = 4;

/** Ends an owner: the one deployed before it becomes the active owner, or the credential is deleted. */
export async function removeOwner(departure: Departure, deadline: Deadline): Promise<void> {
  const { request, serverType, ownerId, retain } = departure;
  const { requestId, stackId, logicalId, sentAt } = request;
  const records = await list(departure, deadline);
  const key = ownerId ?? requestId;
  const earlier = records.removals.find((removal) => removal.key === key);
  // Written before anything else is done: from now on the resource is gone for every request of every stack.
  const putRemovalOf = async (owners: readonly OwnerRecord[]) =>
    putRemoval(serverType, { key, ownerId, stackId, logicalId, sentAt, proof: proofOf(owners, earlier?.proof) }, deadline);
  let mine = recordsOf(departure, records);
  if (mine.length === 0 && !earlier) {
    const denial = await denialOf(putRemovalOf([]));
    await deadline.pause(LIST_DELAY_MS);
    mine = recordsOf(departure, await listRecords(serverType, deadline));
    if (denial && mine.length > 0) throw denial;
    if (denial) {
      // Nor may a Create that still runs: without its record it imports nothing.
      log('warn', 'nothing to remove: this resource has no record, and records cannot be written', { reason: denial.message });
      return;
    }
  }
  if (mine.length > 0) await putRemovalOf(mine);
  const proof = proofOf(mine);
  const mayComeLate = ownerId === undefined || mine.length === 0 || mine.some((record) => Date.now() - record.sentAt < LATE_REQUEST_MS);

  const settle = async (options: Pick<ReconcileOptions, 'except' | 'records'>) =>
    reconcile({ serverType, stackId, retain, isChanged: true, tolerant: true, proof, ...options }, deadline);
  let active: string | undefined;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    active = await settle({ except: mine[0]?.ownerId ?? ownerId });
    for (const record of mine) await deleteOwner(serverType, record, deadline);
    // An owner of another stack heals itself.
    if (active !== undefined && ownerId !== undefined && !await hasRecords(serverType, ownerId, deadline)) break;
    const now = await listRecords(serverType, deadline);
    mine = recordsOf(departure, now);
    if (mine.length > 0) continue;
    // Others may have come or gone meanwhile.
    if (active === undefined || activeOwner(now)?.ownerId !== active) await settle({ records: now });
    break;
  }
  // Until the active owner has imported its credential, CodeBuild may hold this one: the removal is its proof.
  if (!mayComeLate && active === undefined) await deleteRemoval(serverType, { key }, deadline);
}

function recordsOf({ request, ownerId }: Departure, { owners }: Records): OwnerRecord[] {
  return owners.filter((record) => ownerId === undefined
    ? isSameResource(record, request) && record.sentAt <= request.sentAt
    : record.ownerId === ownerId);
}

async function list({ request, serverType }: Departure, deadline: Deadline): Promise<Records> {
  try {
    return await listRecords(serverType, deadline);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(`${error.message}. Allow it and delete the stack again. To give up the credential, delete the stack with this resource retained, then run 'aws codebuild delete-source-credentials --arn ${sourceCredentialsArn(serverType, request.stackId)}' and delete the stack's parameters below ${recordsPath(serverType)}`, { cause: error });
  }
}
