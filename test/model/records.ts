/* The records of one server type, and what they imply. */

/** What a template wants CodeBuild to hold. */
export interface Wanted {
  /** CodeBuild shows what a reference refers to, but nothing of a token. */
  readonly kind: 'token' | 'reference';
  readonly secret: string;
  /** Whether the secret cannot be read, or CodeBuild refuses the token. */
  readonly defect?: 'unreadable' | 'refused';
}

export function isSameCredential(one: Wanted, other: Wanted): boolean {
  return one.kind === other.kind && one.secret === other.secret;
}

/** What CodeBuild shows of a credential. */
export type Fingerprint = string;

export function fingerprintOf({ kind, secret }: Wanted): Fingerprint {
  return kind === 'token' ? 'a token' : `a reference to ${secret}`;
}

/** A credential that a request imported, or may have imported. */
export interface Proof {
  readonly fingerprint: Fingerprint;
  /** What CodeBuild showed before an import whose result is unknown. */
  readonly before?: Fingerprint;
}

/** `owners/OWNER/REQUEST`: what one request wants. */
export interface OwnerRecord {
  readonly ownerId: string;
  readonly requestId: string;
  readonly stack: string;
  readonly resource: string;
  readonly sentAt: number;
  readonly seq: number;
  readonly deployedAt: number;
  readonly wanted: Wanted;
  readonly unfinished?: { readonly before?: Fingerprint };
}

/** `removed/KEY`: a resource was removed. */
export interface Removal {
  readonly key: string;
  /** Absent if CloudFormation made up the id. Then the record applies to every request until `sentAt`. */
  readonly ownerId?: string;
  readonly stack: string;
  readonly resource: string;
  readonly sentAt: number;
  readonly proof: readonly Proof[];
  /** Time of Parameter Store's clock. */
  readonly writtenAt: number;
}

export interface Records {
  readonly owners: readonly OwnerRecord[];
  readonly removals: readonly Removal[];
  /** When CodeBuild was last found empty without an owner. */
  readonly clearedAt: number;
}

type Order = Pick<OwnerRecord, 'requestId' | 'sentAt' | 'seq'>;
type Resource = Pick<OwnerRecord, 'stack' | 'resource' | 'sentAt'> & { readonly ownerId?: string };

/** Age in seconds after which no request arrives. */
export const LATE_REQUEST = 3_600;

/** Returns whether a request for a resource was sent after another one. */
export function isNewer(one: Order, other: Order): boolean {
  if (one.requestId === other.requestId) return false;
  return one.sentAt - other.sentAt > 0 || (one.sentAt === other.sentAt
    && (one.seq > other.seq || (one.seq === other.seq && one.requestId > other.requestId)));
}

export function newestOf(records: readonly OwnerRecord[]): OwnerRecord | undefined {
  return records.find((record) => records.every((other) => !isNewer(other, record)));
}

/** Returns whether a record says that a resource was removed. */
export function isRemoved({ removals }: Pick<Records, 'removals'>, { ownerId, resource, sentAt, stack }: Resource): boolean {
  return removals.some((removal) => removal.ownerId === undefined
    ? removal.stack === stack && removal.resource === resource && removal.sentAt >= sentAt
    : removal.ownerId === ownerId);
}

/** Returns whether a request died long ago. */
function isAbandoned({ sentAt, unfinished }: OwnerRecord, now: number): boolean {
  return unfinished !== undefined && now - sentAt > LATE_REQUEST;
}

/** Returns the newest record of each owner that was not removed. */
export function liveRecords(records: Records, now: number): OwnerRecord[] {
  const ids = [...new Set(records.owners.map(({ ownerId }) => ownerId))];
  const newest = ids.map((id) => {
    const all = records.owners.filter(({ ownerId }) => ownerId === id);
    return newestOf(all.filter((record) => !isAbandoned(record, now))) ?? newestOf(all)!;
  });
  return newest.filter((record) => !isRemoved(records, record));
}

/** Returns the owner that was deployed last. Owners with an abandoned request come after all others. */
export function activeOwner(records: Records, now: number, except?: string): OwnerRecord | undefined {
  const rank = (record: OwnerRecord) => [isAbandoned(record, now) ? 0 : 1, record.deployedAt, record.ownerId] as const;
  return liveRecords(records, now).filter(({ ownerId }) => ownerId !== except).sort((one, other) => compare(rank(other), rank(one)))[0];
}

function compare(one: readonly [number, number, string], other: readonly [number, number, string]): number {
  return one[0] - other[0] || one[1] - other[1] || (one[2] < other[2] ? -1 : 1);
}

export function proofOf(records: readonly OwnerRecord[]): Proof[] {
  return records.map(({ unfinished, wanted }) => ({ fingerprint: fingerprintOf(wanted), before: unfinished?.before }));
}

/** Returns the proof in removals that were written since CodeBuild was last found empty. */
export function openProof({ clearedAt, removals }: Records): Proof[] {
  return removals.filter(({ writtenAt }) => writtenAt >= clearedAt).flatMap(({ proof }) => proof);
}

/** Returns whether this library provably imported the credential that CodeBuild shows. */
export function isProven(records: Records, shown: Fingerprint, known: readonly Proof[]): boolean {
  return [...known, ...proofOf(records.owners), ...openProof(records)]
    .some(({ before, fingerprint }) => fingerprint === shown && before !== shown);
}
