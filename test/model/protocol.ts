import {
  answer, deleteCredential, deleteOwner, deleteRemoval, findCredential, importCredential, list, pause, Process, putCleared, putOwner,
  putRemoval, readSecret, Request, requestRestore, Steps,
} from './calls';
import { Failure, LostReply } from './failure';
import {
  activeOwner, Fingerprint, fingerprintOf, isNewer, isProven, isRemoved, isSameCredential, LATE_REQUEST, liveRecords, newestOf, openProof,
  OwnerRecord, Proof, proofOf, Records,
} from './records';

/*
 * The protocol of lambda/ownership, for one server type and without connections. Functions have the same names as the
 * handler's. Each `yield*` is one call to AWS; other processes make theirs in between.
 */

/** Time in seconds in which a list may not show a write yet. */
const LIST_DELAY = 3;

/** Limits that are not reached, however many stacks there are. */
const MAX_ROUNDS = 8;
const MAX_DELETE_ROUNDS = 4;

interface Imported {
  readonly owner: Pick<OwnerRecord, 'ownerId' | 'deployedAt' | 'wanted'>;
  readonly version: number;
}

interface ReconcileOptions {
  readonly records?: Records;
  readonly except?: string;
  /** Whether to send an event to the active owner's stack, if it is another one. */
  readonly isChanged?: boolean;
  readonly imported?: Imported;
  readonly proof?: readonly Proof[];
  readonly isTolerant?: boolean;
  readonly isDailyCheck?: boolean;
}

/** Handles a request of CloudFormation and answers it. */
export function* handle(request: Request, process: Process): Steps<void> {
  if (request.physicalId?.startsWith('untouched/')) return yield* answer(request, { isSuccess: true, physicalId: request.physicalId });
  const attempt = new Attempt(request, process);
  try {
    if (request.type === 'Delete') yield* removeOwner(request, process);
    else yield* attempt.activateOwner();
    yield* answer(request, { isSuccess: true, physicalId: request.physicalId ?? `owner/${request.requestId}` });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const prefix = attempt.isTouched ? 'failed' : 'untouched';
    yield* answer(request, { isSuccess: false, physicalId: request.physicalId ?? `${prefix}/${request.requestId}` });
  }
}

/** Handles an event of another stack, or the rotation of a secret. */
export function* restore(process: Process): Steps<void> {
  yield* reconcile({}, process);
}

/** Runs the daily check. */
export function* runDailyCheck(process: Process): Steps<void> {
  yield* reconcile({ isDailyCheck: true }, process);
  yield* collectRecords(process);
}

/** Makes CodeBuild hold what the active owner wants. Returns that owner's id. */
export function* reconcile(options: ReconcileOptions, process: Process): Steps<string | undefined> {
  const proof = [...options.proof ?? []];
  let { imported, records } = options;
  let isChanged = options.isChanged === true || imported !== undefined;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const current = records ?? (yield* list());
    records = undefined;
    const owner = activeOwner(current, process.now(), options.except);
    if (!owner) {
      if (!(yield* clear(current, proof))) return undefined;
      proof.length = 0;
      imported = undefined;
      isChanged = true;
      continue;
    }
    if (owner.stack !== process.stack) {
      if (isChanged) yield* requestRestore(owner.stack);
      return owner.ownerId;
    }
    const done = yield* importOwner(owner, imported, options);
    if (!done) return owner.ownerId;
    proof.push({ fingerprint: fingerprintOf(owner.wanted) });
    imported = done;
    isChanged = true;
  }
  throw new Error('other requests keep changing the credential');
}

/** Deletes a credential without an owner if this library provably imported it. Returns whether it did. */
function* clear(records: Records, proof: readonly Proof[]): Steps<boolean> {
  const held = yield* findCredential();
  if (held === undefined) {
    if (openProof(records).length > 0) yield* putCleared();
    return false;
  }
  if (!isProven(records, held, proof)) return false;
  yield* deleteCredential();
  return true;
}

function* importOwner(owner: OwnerRecord, last: Imported | undefined, { isDailyCheck, isTolerant }: ReconcileOptions): Steps<Imported | undefined> {
  try {
    const { wanted } = owner;
    // CodeBuild shows too little of a token to compare it.
    const isInPlace = isDailyCheck && !last && wanted.kind === 'reference' && (yield* findCredential()) === fingerprintOf(wanted);
    if (isInPlace) return undefined;
    const version = yield* readSecret(wanted);
    if (last && isSameImport(last, { owner, version })) return undefined;
    yield* importCredential(wanted, version);
    return { owner, version };
  } catch (error) {
    if (!isTolerant || !(error instanceof Failure)) throw error;
    return undefined;
  }
}

function isSameImport(one: Imported, other: Imported): boolean {
  return one.owner.ownerId === other.owner.ownerId && one.owner.deployedAt === other.owner.deployedAt
    && one.version === other.version && isSameCredential(one.owner.wanted, other.owner.wanted);
}

/** What the records say about a resource, from the view of one of its requests. */
interface View {
  readonly all: readonly OwnerRecord[];
  /** The record that another attempt at this request wrote. */
  readonly mine?: OwnerRecord;
  /** The record of the last successful request before this one. */
  readonly former?: OwnerRecord;
  /** The record of another request that may or may not have imported something. */
  readonly unfinished?: OwnerRecord;
  readonly isRemoved: boolean;
  readonly isSuperseded: boolean;
}

class Superseded extends Failure {}

/** One attempt at a Create or an Update. */
class Attempt {
  isTouched = false;
  private readonly ownerId: string;
  private order: Pick<OwnerRecord, 'requestId' | 'sentAt' | 'seq'>;
  private record?: OwnerRecord;
  private imported: Proof[] = [];
  private isFinished = false;

  constructor(private readonly request: Request, private readonly process: Process) {
    const { physicalId, requestId, sentAt } = request;
    this.ownerId = physicalId?.split('/')[1] ?? requestId;
    this.order = { requestId, sentAt, seq: 0 };
  }

  *activateOwner(): Steps<void> {
    const records = yield* list();
    this.order = { ...this.order, seq: this.seq(records) };
    const view = this.view(records);
    if (view.mine) this.isTouched = true;
    if (view.isRemoved) return yield* this.undo(records, view);
    if (view.isSuperseded || (view.mine && !view.mine.unfinished)) return yield* this.settle({ records });
    const { type, wanted } = this.request;
    const isKept = type === 'Update' && view.former && !view.unfinished && !view.mine && isSameCredential(view.former.wanted, wanted);
    if (isKept) return yield* this.keep(view.former!);
    try {
      yield* this.activate(records, view);
    } catch (error) {
      if (error instanceof Superseded || !(error instanceof Failure)) throw error;
      yield* this.fail(error);
    }
  }

  /** Orders two requests of one second: the request that sees the other one's record is the later one. */
  private seq({ owners }: Records): number {
    const sameSecond = owners.filter(({ ownerId, sentAt }) => ownerId === this.ownerId && sentAt === this.order.sentAt);
    const mine = sameSecond.find(({ requestId }) => requestId === this.order.requestId);
    return mine ? mine.seq : Number(sameSecond.length > 0 && sameSecond.every(({ seq }) => seq === 0));
  }

  /** Handles an Update that leaves the credential as it is, or the rollback of an Update that changed nothing. */
  private *keep(former: OwnerRecord): Steps<void> {
    yield* putOwner({ ...former, ...this.order, seq: 1 });
    yield* this.settle({});
    yield* deleteOwner(former);
  }

  private *activate(records: Records, view: View): Steps<void> {
    const { resource, sentAt, stack, wanted } = this.request;
    const held = yield* findCredential();
    const mayOverwrite = this.request.type === 'Update' || this.request.shouldOverwrite;
    if (!mayOverwrite && held !== undefined) yield* this.requireOwn(held, records, view);
    const version = yield* readSecret(wanted);
    const isRollback = view.former !== undefined && isSameCredential(view.former.wanted, wanted);
    const deployedAt = isRollback ? view.former!.deployedAt : sentAt;
    const record: OwnerRecord = { ownerId: this.ownerId, stack, resource, ...this.order, deployedAt, wanted };
    this.isTouched = true;
    this.record = { ...record, unfinished: { before: this.shownBefore(held, view) } };
    yield* putOwner(this.record);
    yield* this.importUndisturbed(version);
    this.imported = [{ fingerprint: fingerprintOf(wanted) }];
    yield* putOwner(record);
    this.isFinished = true;

    const after = yield* list();
    const now = this.view(after);
    if (now.isRemoved) return yield* this.undo(after, now);
    yield* this.reconcile({ records: after, imported: { owner: record, version } });
    for (const older of now.all.filter((other) => isNewer(this.order, other))) yield* deleteOwner(older);
  }

  /** Imports, and retries once after a lost reply, as AWS's clients do. */
  private *importUndisturbed(version: number): Steps<void> {
    for (let triesLeft = 1; ; triesLeft--) {
      yield* this.requireUndisturbed();
      try {
        return yield* importCredential(this.request.wanted, version);
      } catch (error) {
        if (triesLeft === 0 || !(error instanceof LostReply)) throw error;
      }
    }
  }

  /** Throws if a Delete or a newer request exists. These also write first and then look, so one request sees the other. */
  private *requireUndisturbed(): Steps<void> {
    const records = yield* list();
    const view = this.view(records);
    if (view.isRemoved) return yield* this.undo(records, view);
    if (!view.isSuperseded) return;
    yield* deleteOwner(this.record!);
    // An earlier try of this request may have imported after the newer request.
    yield* this.reconcile({ isChanged: true });
    throw new Superseded('superseded');
  }

  /** Undoes the request and throws its error, unless the credential is active nevertheless. */
  private *fail(error: Failure): Steps<void> {
    if (!this.record) throw error;
    let isActive = false;
    try {
      isActive = yield* this.undoUnlessActive();
    } catch (another) {
      if (!(another instanceof Failure)) throw another;
    }
    if (!isActive) throw error;
  }

  private *undoUnlessActive(): Steps<boolean> {
    const records = yield* list();
    const view = this.view(records);
    if (view.isRemoved || view.isSuperseded) {
      yield* this.reconcile({ records, isChanged: true, except: view.isRemoved ? this.ownerId : undefined });
    } else if (this.isFinished || (view.mine && !view.mine.unfinished)) {
      yield* this.settle({ records });
      return true;
    } else if (this.request.type === 'Create') {
      yield* this.removeRecord(records, view);
    } else {
      yield* deleteOwner(this.record!);
      yield* this.reconcile({ isChanged: true });
    }
    return false;
  }

  /** Undoes a request that CloudFormation cancelled: its resource was removed, so it must leave nothing. */
  private *undo(records: Records, view: View): Steps<never> {
    if (view.mine || this.record) yield* this.removeRecord(records, view);
    else yield* this.reconcile({ records, isChanged: true, except: this.ownerId });
    throw new Superseded('superseded');
  }

  private *removeRecord(records: Records, { all }: View): Steps<void> {
    const { resource, sentAt, stack } = this.request;
    const { ownerId } = this;
    const before = records.removals.find(({ key }) => key === ownerId)?.proof ?? [];
    const written = proofOf(this.record ? [...all, this.record] : all);
    yield* putRemoval({ key: ownerId, ownerId, stack, resource, sentAt, proof: [...before, ...written] });
    yield* this.reconcile({ isChanged: true, except: ownerId, proof: [...this.imported, ...written] });
    yield* deleteOwner({ ownerId, requestId: this.order.requestId });
  }

  private view(records: Records): View {
    const { requestId, resource, sentAt, stack } = this.request;
    const { ownerId } = this;
    const all = records.owners.filter((record) => record.ownerId === ownerId);
    const others = all.filter((record) => record.requestId !== requestId);
    const newest = newestOf(all);
    return {
      all,
      mine: all.find((record) => record.requestId === requestId),
      former: newestOf(others.filter((record) => !record.unfinished && !isNewer(record, this.order))),
      unfinished: others.find((record) => record.unfinished),
      isRemoved: isRemoved(records, { ownerId, stack, resource, sentAt }),
      isSuperseded: newest !== undefined && isNewer(newest, this.order),
    };
  }

  private *reconcile(options: ReconcileOptions): Steps<void> {
    yield* reconcile({ proof: this.imported, ...options }, this.process);
  }

  /** Reconciles after a successful request. Ignores failures: the next event or daily check repairs them. */
  private *settle(options: ReconcileOptions): Steps<void> {
    try {
      yield* this.reconcile({ isChanged: true, ...options });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }

  /** Returns what CodeBuild showed before this import, unless another attempt at this resource imported that. */
  private shownBefore(held: Fingerprint | undefined, { mine, unfinished }: View): Fingerprint | undefined {
    if (mine?.unfinished) return mine.unfinished.before;
    const isOwnAttempt = unfinished && fingerprintOf(unfinished.wanted) === held && unfinished.unfinished!.before !== held;
    return isOwnAttempt ? undefined : held;
  }

  private *requireOwn(held: Fingerprint, records: Records, { mine }: View): Steps<void> {
    const isOwnStack = records.owners.some((record) => record.stack === this.request.stack && record.ownerId !== this.ownerId
      && !isRemoved(records, record) && fingerprintOf(record.wanted) === held);
    const isOwnAttempt = mine?.unfinished && fingerprintOf(mine.wanted) === held && mine.unfinished.before !== held;
    if (isOwnStack || isOwnAttempt) return;
    if (mine) yield* deleteOwner(mine);
    throw new Failure('must not overwrite');
  }
}

function* removeOwner(request: Request, process: Process): Steps<void> {
  const { physicalId, requestId, resource, sentAt, stack } = request;
  const [prefix, created] = physicalId!.split('/');
  const ownerId = prefix === 'made up' ? undefined : created;
  const key = ownerId ?? requestId;
  const recordsOf = ({ owners }: Records) => owners.filter((record) => ownerId === undefined
    ? record.stack === stack && record.resource === resource && record.sentAt <= sentAt
    : record.ownerId === ownerId);

  const records = yield* list();
  const earlier = records.removals.find((removal) => removal.key === key);
  const mark = function* (owners: readonly OwnerRecord[]): Steps<void> {
    yield* putRemoval({ key, ownerId, stack, resource, sentAt, proof: [...earlier?.proof ?? [], ...proofOf(owners)] });
  };
  let mine = recordsOf(records);
  if (mine.length === 0 && !earlier) {
    yield* mark([]);
    yield* pause(LIST_DELAY);
    mine = recordsOf(yield* list());
  }
  if (mine.length > 0) yield* mark(mine);
  const proof = proofOf(mine);
  const mayComeLate = ownerId === undefined || mine.length === 0 || mine.some((record) => process.now() - record.sentAt < LATE_REQUEST);

  let active: string | undefined;
  for (let round = 0; round < MAX_DELETE_ROUNDS; round++) {
    const options = { isChanged: true, isTolerant: true, proof };
    active = yield* reconcile({ ...options, except: mine[0]?.ownerId ?? ownerId }, process);
    for (const record of mine) yield* deleteOwner(record);
    const now = yield* list();
    mine = recordsOf(now);
    if (mine.length > 0) continue;
    // An owner of another stack reconciles itself.
    const isSettled = active !== undefined && (ownerId !== undefined || activeOwner(now, process.now())?.ownerId === active);
    if (!isSettled) yield* reconcile({ ...options, records: now }, process);
    break;
  }
  if (!mayComeLate && active === undefined) yield* deleteRemoval({ key });
}

/** Deletes the records of removed resources, once no late request can arrive for them. */
function* collectRecords(process: Process): Steps<void> {
  const records = yield* list();
  const now = process.now();
  const isOld = ({ sentAt }: { readonly sentAt: number }) => now - sentAt > LATE_REQUEST;
  const live = liveRecords(records, now);
  const isReplaced = (one: OwnerRecord) => live.some((other) => other.ownerId === one.ownerId && isNewer(other, one));
  for (const owner of records.owners.filter((one) => isOld(one) && (isRemoved(records, one) || isReplaced(one)))) yield* deleteOwner(owner);
  const old = records.removals.filter(isOld);
  const held = old.length > 0 ? yield* findCredential() : undefined;
  const isOfLiveOwner = live.some(({ wanted }) => fingerprintOf(wanted) === held);
  for (const removal of old) {
    const isNeeded = records.owners.some((one) => !isOld(one) && isRemoved({ removals: [removal] }, one));
    const isProof = !isOfLiveOwner && removal.proof.some(({ fingerprint }) => fingerprint === held);
    if (!isNeeded && !isProof) yield* deleteRemoval(removal);
  }
}
