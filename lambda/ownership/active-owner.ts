import { isDeepStrictEqual } from 'node:util';
import { isSameResource, OwnerRecord, Proof, Records, ResourceName } from './records';
import { LATE_REQUEST_MS } from '../../src/times';
import { Fingerprint, hasFingerprint } from '../aws/fingerprint';

/** What orders the requests for one resource. */
type Order = Pick<OwnerRecord, 'requestId' | 'sentAt' | 'seq'>;

/** Whether one request for a resource was sent after another one. */
export function isNewer(one: Order, other: Order): boolean {
  if (one.requestId === other.requestId) return false;
  if (one.sentAt !== other.sentAt) return one.sentAt > other.sentAt;
  if (one.seq !== other.seq) return one.seq > other.seq;
  return one.requestId > other.requestId;
}

/** The newest of some records. */
export function newestOf(records: readonly OwnerRecord[]): OwnerRecord | undefined {
  return records.reduce<OwnerRecord | undefined>((newest, record) => newest && !isNewer(record, newest) ? newest : record, undefined);
}

/** Whether the resource of a record, or of a request, is gone. */
export function isRemoved({ removals }: Records, resource: ResourceName & { readonly ownerId?: string; readonly sentAt: number }): boolean {
  return removals.some((removal) => removal.ownerId === undefined
    ? isSameResource(removal, resource) && removal.sentAt >= resource.sentAt
    : removal.ownerId === resource.ownerId);
}

/** Whether a record is of a request that died long ago: it counts for less than a record of a request that ended. */
function isAbandoned({ unfinished, sentAt }: OwnerRecord): boolean {
  return unfinished !== undefined && Date.now() - sentAt > LATE_REQUEST_MS;
}

/** The newest record of each owner that is not gone. */
export function liveRecords(records: Records): OwnerRecord[] {
  const ids = new Set(records.owners.map(({ ownerId }) => ownerId));
  const newest = [...ids].map((id) => {
    const all = records.owners.filter(({ ownerId }) => ownerId === id);
    return newestOf(all.filter((record) => !isAbandoned(record))) ?? newestOf(all)!;
  });
  return newest.filter((record) => !isRemoved(records, record));
}

/** The owner that was deployed last. */
export function activeOwner(records: Records, except?: string): OwnerRecord | undefined {
  return liveRecords(records).filter(({ ownerId }) => ownerId !== except).sort(byRank)[0];
}

function byRank(one: OwnerRecord, other: OwnerRecord): number {
  return Number(isAbandoned(one)) - Number(isAbandoned(other))
    || other.deployedAt - one.deployedAt
    || (one.ownerId < other.ownerId ? 1 : -1);
}

/** What some records prove, beside what was proved before. */
export function proofOf(records: readonly OwnerRecord[], before: readonly Proof[] = []): Proof[] {
  const proof = records.flatMap(({ fingerprint, unfinished }) => fingerprint ? { fingerprint, before: unfinished?.before } : []);
  return [...before, ...proof].filter((one, index, all) => all.findIndex((other) => isDeepStrictEqual(one, other)) === index);
}

/**
 * Whether this library imported what CodeBuild shows. An import that nobody saw end proves nothing where
 * CodeBuild showed the same before it, and a removal proves nothing once CodeBuild was seen empty after it.
 *
 * @param known what this process knows itself, whatever a stale list shows
 */
export function isProven(records: Records, shown: Fingerprint, known: readonly Proof[]): boolean {
  const proves = ({ before, fingerprint }: Proof) => hasFingerprint(fingerprint, shown) && !hasFingerprint(before, shown);
  return [...known, ...proofOf(records.owners), ...openProof(records)].some(proves);
}

/** What the removals prove that were written since CodeBuild was last seen empty. */
export function openProof({ removals, clearedAt }: Records): Proof[] {
  return removals.filter(({ writtenAt }) => writtenAt >= clearedAt).flatMap(({ proof }) => proof);
}

/** Whether a record, of an owner or of a removal, explains what CodeBuild shows. */
export function isExplained(records: Records, shown: Fingerprint): boolean {
  return [...proofOf(records.owners), ...openProof(records)].some(({ fingerprint }) => hasFingerprint(fingerprint, shown));
}
