import { isNewer, isRemoved, liveRecords } from './active-owner';
import { isBeingDeleted, isUserRemoved } from './connection-use';
import { deleteConnectionRecords, deleteOwner, deleteRemoval, listRecords, OwnerRecord } from './records';
import type { ServerTypeName } from '../../src/contract';
import { LATE_REQUEST_MS } from '../../src/times';
import { findCredential } from '../aws/codebuild';
import { hasFingerprint } from '../aws/fingerprint';
import type { Deadline } from '../deadline';
import { log } from '../log';

/** Deletes the records of resources that are gone, once nothing late may come for them. */
export async function collectRecords(serverType: ServerTypeName, deadline: Deadline): Promise<void> {
  const records = await listRecords(serverType, deadline);
  const { owners, removals, connectionUsers, connectionDeletions, unreadable } = records;
  const isOld = ({ sentAt }: { readonly sentAt: number }) => Date.now() - sentAt > LATE_REQUEST_MS;
  // The removals last: without them the owners' records would count again.
  const live = liveRecords(records);
  const isReplaced = (one: OwnerRecord) => live.some((other) => other.ownerId === one.ownerId && isNewer(other, one));
  const unneeded = owners.filter((one) => isOld(one) && (isRemoved(records, one) || isReplaced(one)));
  for (const owner of unneeded) await deleteOwner(serverType, owner, deadline);
  await deleteConnectionRecords(serverType, connectionUsers.filter((user) => isOld(user) && isUserRemoved(records, user)), deadline);
  await deleteConnectionRecords(serverType, connectionDeletions.filter((one) => !isBeingDeleted(one)), deadline);
  const old = removals.filter(isOld);
  const held = old.length > 0 ? await findCredential(serverType, deadline) : undefined;
  const isOfLiveOwner = live.some(({ fingerprint }) => hasFingerprint(fingerprint, held));
  for (const removal of old) {
    const isNeeded = owners.some((one) => !isOld(one) && isRemoved({ ...records, removals: [removal] }, one));
    // The active owner's credential could not be imported yet: the removal is the proof that this one may be deleted.
    const isProof = !isOfLiveOwner && removal.proof.some(({ fingerprint }) => hasFingerprint(fingerprint, held));
    if (!isNeeded && !isProof) await deleteRemoval(serverType, removal, deadline);
  }
  if (unreadable.length > 0) {
    log('warn', 'records of owners cannot be read: delete them with aws ssm delete-parameter if their stacks are gone', { serverType, records: unreadable.join(', ') });
  }
}
