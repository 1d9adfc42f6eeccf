/* The records of one server type, and what follows from them. */

/** What a template wants CodeBuild to hold. */
export interface Wanted {
  /** CodeBuild shows nothing of a token, and of a reference what it refers to. */
  readonly kind: 'token' | 'reference';
  readonly secret: string;
  /** The secret cannot be read, or CodeBuild refuses the token. */
  readonly defect?: 'unreadable' | 'refused';
}

export function isSameWish(one: Wanted, other: Wanted): boolean {
  return one.kind === other.kind && one.secret === other.secret;
}

/** What CodeBuild shows of a credential. */
export type Fingerprint = string;

export function fingerprintOf({ kind, secret }: Wanted): Fingerprint {
  return kind === 'token' ? 'a token' : `a reference to ${secret}`;
}

/** A credential that a request has imported, or may have imported. */
export interface Proof {
  readonly fingerprint: Fingerprint;
  /** What CodeBuild showed before an import that nobody saw end. */
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

/** `removed/KEY`: a resource is gone. */
export interface Removal {
  readonly key: string;
  /** Absent where CloudFormation made up the id: then every request until `sentAt` is meant. */
  readonly ownerId?: string;
  readonly stack: string;
  readonly resource: string;
  readonly sentAt: number;
  readonly proof: readonly Proof[];
  /** By Parameter Store's clock. */
  readonly writtenAt: number;
}

export interface Records {
  readonly owners: readonly OwnerRecord[];
  readonly removals: readonly Removal[];
  /** When CodeBuild was last seen empty while nobody owned it. */
  readonly clearedAt: number;
}

type Order = Pick<OwnerRecord, 'requestId' | 'sentAt' | 'seq'>;
type Resource = Pick<OwnerRecord, 'stack' | 'resource' | 'sentAt'> & { readonly ownerId?: string };

/** In seconds: nothing arrives later than that. */
export const LATE_REQUEST = 3_600;

/** Whether a request for a resource was sent after another one. */
export function isNewer(one: Order, other: Order): boolean {
  if (one.requestId === other.requestId) return false;
  return one.sentAt - other.sentAt > 0 || (one.sentAt === other.sentAt
    && (one.seq > other.seq || (one.seq === other.seq && one.requestId > other.requestId)));
}

export function newestOf(records: readonly OwnerRecord[]): OwnerRecord | undefined {
  return records.find((record) => records.every((other) => !isNewer(other, record)));
}

/** Whether a resource is gone for everybody. */
export function isRemoved({ removals }: Pick<Records, 'removals'>, { ownerId, resource, sentAt, stack }: Resource): boolean {
  return removals.some((removal) => removal.ownerId === undefined
    ? removal.stack === stack && removal.resource === resource && removal.sentAt >= sentAt
    : removal.ownerId === ownerId);
}

/** Whether a request has died long ago. */
function isAbandoned({ sentAt, unfinished }: OwnerRecord, now: number): boolean {
  return unfinished !== undefined && now - sentAt > LATE_REQUEST;
}

/** The newest record of each owner that is not gone. */
export function liveRecords(records: Records, now: number): OwnerRecord[] {
  const ids = [...new Set(records.owners.map(({ ownerId }) => ownerId))];
  const newest = ids.map((id) => {
    const all = records.owners.filter(({ ownerId }) => ownerId === id);
    return newestOf(all.filter((record) => !isAbandoned(record, now))) ?? newestOf(all)!;
  });
  return newest.filter((record) => !isRemoved(records, record));
}

/** The owner that was deployed last; those of abandoned requests come after all others. */
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

/** What the removals prove that were written since CodeBuild was last seen empty. */
export function openProof({ clearedAt, removals }: Records): Proof[] {
  return removals.filter(({ writtenAt }) => writtenAt >= clearedAt).flatMap(({ proof }) => proof);
}

/** Whether this library imported what CodeBuild shows. */
export function isProven(records: Records, shown: Fingerprint, known: readonly Proof[]): boolean {
  return [...known, ...proofOf(records.owners), ...openProof(records)]
    .some(({ before, fingerprint }) => fingerprint === shown && before !== shown);
}
