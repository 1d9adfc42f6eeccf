import { isDeepStrictEqual } from 'node:util';
import { activeOwner, isExplained, isNewer, isRemoved, newestOf, proofOf } from './active-owner';
import { isBeingDeleted } from './connection-use';
import { Imported, reconcile, ReconcileOptions } from './reconcile';
import { deleteOwner, describeResource, isSameResource, listRecords, OwnerRecord, Proof, putOwner, putRemoval, Records } from './records';
import type { CredentialProperties, ServerTypeName } from '../../src/contract';
import { isRefusal } from '../aws/call';
import { findCredential, Held, importCredential } from '../aws/codebuild';
import { Fingerprint, fingerprintOf, hasFingerprint } from '../aws/fingerprint';
import type { LifecycleRequest } from '../cloudformation/lifecycle';
import { readCredential } from '../credentials/credential';
import { checkToken, isTokenChecked } from '../credentials/token-check';
import { tokenMetrics } from '../credentials/token-metrics';
import type { Deadline } from '../deadline';
import { Failure, reasonOf } from '../failure';
import { log } from '../log';
import { publishMetrics } from '../metrics';

/** A request to make a resource the active owner, with this credential. */
export interface Activation {
  readonly request: LifecycleRequest;
  readonly isCreate: boolean;
  readonly serverType: ServerTypeName;
  readonly ownerId: string;
  readonly credential: CredentialProperties;
  /** What the resource wanted before this Update, if CloudFormation's former properties can be read. */
  readonly previous?: CredentialProperties;
  /** Whether a credential that this stack does not own may be overwritten. */
  readonly shouldOverwrite: boolean;
}

/** Imports a credential and records its owner. Throws where the credential is not in force afterwards. */
export async function activateOwner(activation: Activation, deadline: Deadline): Promise<void> {
  const records = await listRecords(activation.serverType, deadline);
  const attempt = new Attempt(activation, records, deadline);
  await attempt.carryOut(records);
}

/** What the records say about a resource, as one of its requests sees it. */
interface View {
  readonly all: readonly OwnerRecord[];
  /** Written by another attempt at this request. */
  readonly mine?: OwnerRecord;
  /** The record of the last request before that succeeded. */
  readonly former?: OwnerRecord;
  /** Of an earlier request of which nobody knows whether it imported something. */
  readonly unfinished?: OwnerRecord;
  readonly isRemoved: boolean;
  readonly isSuperseded: boolean;
}

/** CloudFormation does not listen any more, and everything is in order. */
class Superseded extends Failure {}

class Attempt {
  private readonly order: Pick<OwnerRecord, 'requestId' | 'sentAt' | 'seq'>;
  /** What this attempt has written, or is about to. */
  private record?: OwnerRecord;
  /** What this attempt has certainly imported. */
  private imported: Proof[] = [];
  private isFinished = false;

  constructor(private readonly activation: Activation, records: Records, private readonly deadline: Deadline) {
    const { request: { requestId, sentAt }, ownerId } = activation;
    // A date tells seconds only: of two requests in one second, the one that sees the other is the later one.
    const sameSecond = records.owners.filter((record) => record.ownerId === ownerId && record.sentAt === sentAt);
    const mine = sameSecond.find((record) => record.requestId === requestId);
    const seq = mine ? mine.seq : Number(sameSecond.length > 0 && sameSecond.every((record) => record.seq === 0));
    this.order = { requestId, sentAt, seq };
  }

  async carryOut(records: Records): Promise<void> {
    const { isCreate, ownerId, request } = this.activation;
    const view = this.view(records);
    if (view.mine) request.markTouched();
    if (view.isRemoved) return this.undo(records, view);
    if (view.isSuperseded || (view.mine && !view.mine.unfinished)) {
      log('info', 'nothing to do: this request was carried out, or superseded by a newer one', { ownerId });
      return this.settle({ records });
    }
    this.requireKnownFormat(records, view);
    if (!isCreate && view.former && !view.unfinished && !view.mine && isDeepStrictEqual(view.former.credential, this.activation.credential)) {
      return this.keep(view.former);
    }
    try {
      await this.activate(records, view);
    } catch (error) {
      if (error instanceof Superseded) throw error;
      await this.fail(error);
    }
  }

  /** The credential is recorded already: an update of something else, or the rollback of an update that changed nothing. */
  private async keep(former: OwnerRecord): Promise<void> {
    // Newer than an update that was cancelled and still runs. The secret is not needed, which may be gone.
    await putOwner(this.activation.serverType, { ...former, ...this.order, seq: 1 }, this.deadline);
    await this.settle({});
    await deleteOwner(this.activation.serverType, former, this.deadline);
  }

  private async activate(records: Records, view: View): Promise<void> {
    const { isCreate, serverType, ownerId, credential: wanted, previous, shouldOverwrite, request } = this.activation;
    const { stackId, logicalId } = request;
    const held = await findCredential(serverType, this.deadline);
    if (isCreate && !shouldOverwrite && held) await this.requireOwn(held, records, view);
    const isRollback = view.former !== undefined && isDeepStrictEqual(view.former.credential, wanted);
    // An update back to what the last one replaced may be the rollback of that one, which must not fail.
    const mayBeRollback = isRollback || (!isCreate && (!view.former || isDeepStrictEqual(view.former.replaced, wanted)));
    const credential = await readCredential(serverType, wanted, { stackId, isRollback: mayBeRollback }, this.deadline);
    const fingerprint = fingerprintOf(credential);
    await checkToken(serverType, wanted, credential.login, !mayBeRollback, this.deadline);
    const record: OwnerRecord = {
      ownerId,
      stackId,
      logicalId,
      ...this.order,
      // A rollback does not make its owner the last one that was deployed.
      deployedAt: isRollback ? view.former!.deployedAt : request.sentAt,
      credential: wanted,
      // A person may have deleted the former record.
      replaced: isRollback ? view.former!.replaced : view.former?.credential ?? previous,
      fingerprint,
      overwrote: held && !isExplained(records, held) ? fingerprintOf(held) : view.mine?.overwrote,
    };
    const unfinished = { ...record, unfinished: { before: this.shownBefore(held, view) } };
    this.record = unfinished;
    await request.change(async () => putOwner(serverType, unfinished, this.deadline), isRefusal);
    const mayOverwrite = !isCreate || shouldOverwrite || held !== undefined;
    await importCredential(serverType, credential, mayOverwrite, this.deadline, async () => this.requireUndisturbed());
    this.imported = [{ fingerprint }];
    if (!isTokenChecked(serverType)) publishMetrics(serverType, tokenMetrics(credential));
    if (record.overwrote) {
      log('warn', 'overwrote a credential that no stack owns: CodeBuild never reveals a token, so it cannot be restored', { serverType, authType: record.overwrote.authType });
    }
    await putOwner(serverType, record, this.deadline);
    this.isFinished = true;

    const after = await listRecords(serverType, this.deadline);
    const now = this.view(after);
    if (now.isRemoved) return this.undo(after, now);
    const imported: Imported = { owner: { ownerId, deployedAt: record.deployedAt, credential: wanted }, version: credential.version, fingerprint };
    await this.reconcile({ records: after, imported });
    for (const older of now.all.filter((other) => isNewer(this.order, other))) await deleteOwner(serverType, older, this.deadline);
  }

  /**
   * A Delete, a newer request, and whoever deletes a connection write first and look then, as this attempt
   * does: one of the two sees the other.
   */
  private async requireUndisturbed(): Promise<void> {
    const { serverType, credential, request } = this.activation;
    const records = await listRecords(serverType, this.deadline);
    const view = this.view(records);
    if (view.isRemoved) return this.undo(records, view);
    if (view.isSuperseded) {
      await deleteOwner(serverType, this.record!, this.deadline);
      // An earlier try of the import may have been carried out after the newer request's.
      await this.reconcile({ isChanged: true });
      throw new Superseded('superseded: CloudFormation has cancelled this request');
    }
    const deletion = records.connectionDeletions.find((one) => isBeingDeleted(one) && 'ConnectionArn' in credential
      && one.connectionArn === credential.ConnectionArn && !isSameResource(one, request));
    if (!deletion) return;
    throw new Failure(`connection ${deletion.connectionArn} is being deleted by ${describeResource(deletion)}. Use another connection, or set its removal policy to RETAIN, and deploy again`);
  }

  /** Leaves everything as it was before, as far as possible, and throws; unless the credential is in force all the same. */
  private async fail(error: unknown): Promise<void> {
    // The record of an earlier attempt at this request tells the Delete or Update that follows what may have been imported.
    if (!this.record) throw error;
    let isInForce = false;
    await this.tryCleanUp(async () => { isInForce = await this.undoUnlessInForce(error); });
    if (isInForce) return;
    const { overwrote } = this.record;
    throw overwrote && error instanceof Failure
      ? new Failure(`${error.message}. The credential that was there before (${overwrote.authType}) may be overwritten, and CodeBuild never reveals a token: import it again if it is needed`)
      : error;
  }

  private async undoUnlessInForce(error: unknown): Promise<boolean> {
    const { isCreate, ownerId, serverType } = this.activation;
    const records = await listRecords(serverType, this.deadline);
    const view = this.view(records);
    if (view.isRemoved || view.isSuperseded) {
      await this.reconcile({ records, isChanged: true, except: view.isRemoved ? ownerId : undefined });
    } else if (this.isFinished || (view.mine && !view.mine.unfinished)) {
      log('warn', 'the credential was imported, but a later step failed: the next event or daily check continues', { serverType, reason: reasonOf(error) });
      await this.settle({ records });
      return true;
    } else if (isCreate) {
      await this.removeRecord(records, view);
    } else {
      await deleteOwner(serverType, this.record!, this.deadline);
      await this.reconcile({ isChanged: true });
    }
    return false;
  }

  private async tryCleanUp(cleanUp: () => Promise<void>): Promise<void> {
    try {
      await cleanUp();
    } catch (error) {
      log('warn', 'could not undo the failed import at once: the request that follows continues', { serverType: this.activation.serverType, reason: reasonOf(error) });
    }
  }

  /** The resource is gone: CloudFormation has cancelled this request, which must leave nothing. */
  private async undo(records: Records, view: View): Promise<never> {
    if (view.mine || this.record) await this.removeRecord(records, view);
    else await this.reconcile({ records, isChanged: true, except: this.activation.ownerId });
    throw new Superseded('superseded: CloudFormation has deleted this resource in the meantime');
  }

  /** Says that the resource is gone before acting on it, then makes CodeBuild hold what the others want. */
  private async removeRecord(records: Records, view: View): Promise<void> {
    const { ownerId, request: { requestId, stackId, logicalId, sentAt }, serverType } = this.activation;
    const { proof = [] } = records.removals.find(({ key }) => key === ownerId) ?? {};
    const written = this.record ? [...view.all, this.record] : view.all;
    await putRemoval(serverType, { key: ownerId, ownerId, stackId, logicalId, sentAt, proof: proofOf(written, proof) }, this.deadline);
    await this.reconcile({ isChanged: true, except: ownerId, proof: proofOf(written, this.imported) });
    await deleteOwner(serverType, { ownerId, requestId }, this.deadline);
  }

  private view({ owners, ...records }: Records): View {
    const { ownerId, request: { stackId, logicalId, sentAt, requestId } } = this.activation;
    const all = owners.filter((record) => record.ownerId === ownerId);
    const others = all.filter((record) => record.requestId !== requestId);
    const newest = newestOf(all);
    return {
      all,
      mine: all.find((record) => record.requestId === requestId),
      former: newestOf(others.filter((record) => !record.unfinished && !isNewer(record, this.order))),
      unfinished: others.find((record) => record.unfinished),
      isRemoved: isRemoved({ owners, ...records }, { ownerId, stackId, logicalId, sentAt }),
      isSuperseded: newest !== undefined && isNewer(newest, this.order),
    };
  }

  private async reconcile(options: Partial<ReconcileOptions>): Promise<void> {
    const { request: { stackId }, serverType } = this.activation;
    await reconcile({ serverType, stackId, proof: this.imported, ...options }, this.deadline);
  }

  /** For a request that has succeeded: the next event or daily check corrects what fails now. */
  private async settle(options: Partial<ReconcileOptions>): Promise<void> {
    try {
      await this.reconcile({ isChanged: true, ...options });
    } catch (error) {
      log('warn', 'could not make sure that CodeBuild holds the credential of the active owner: the next event or daily check continues', { serverType: this.activation.serverType, reason: reasonOf(error) });
    }
  }

  /** What CodeBuild showed before this import. An import of this resource that was not seen to end is no credential of others. */
  private shownBefore(held: Held | undefined, { mine, unfinished }: View): Fingerprint | undefined {
    if (mine?.unfinished) return mine.unfinished.before;
    const isOwnAttempt = unfinished && hasFingerprint(unfinished.fingerprint, held) && !hasFingerprint(unfinished.unfinished!.before, held);
    return held && !isOwnAttempt ? fingerprintOf(held) : undefined;
  }

  /** A Create may always overwrite what its own stack owns, and what an attempt at the same request has imported. */
  private async requireOwn(held: Held, records: Records, { mine }: View): Promise<void> {
    const { ownerId, request: { stackId }, serverType } = this.activation;
    const isOwnStack = records.owners.some((record) => record.stackId === stackId && record.ownerId !== ownerId
      && !isRemoved(records, record) && hasFingerprint(record.fingerprint, held));
    const isOwnAttempt = mine?.unfinished && hasFingerprint(mine.fingerprint, held) && !hasFingerprint(mine.unfinished.before, held);
    if (isOwnStack || isOwnAttempt) return;
    if (mine) await deleteOwner(serverType, mine, this.deadline);
    const owner = activeOwner(records, ownerId);
    const ofWhom = owner ? `${describeResource(owner)} owns it` : 'no stack owns it';
    const what = `${held.authType}${held.resource ? `, ${held.resource}` : ''}`;
    throw new Failure(`CodeBuild in ${process.env.AWS_REGION} already has a ${serverType} credential (${what}; ${ofWhom}), and shouldOverwrite is false. Remove it with 'aws codebuild delete-source-credentials --arn ${held.arn}', or allow it to be overwritten`);
  }

  private requireKnownFormat(records: Records, { all }: View): void {
    const active = activeOwner(records);
    const isOwnStack = active?.stackId === this.activation.request.stackId;
    const unknown = [...all, ...active && isOwnStack ? [active] : []].find(({ credential }) => !credential);
    if (!unknown) return;
    throw new Failure(`the record of ${describeResource(unknown)} in Parameter Store was written by a newer release of cdk-codebuild-source-credentials, or changed by hand. Deploy with that release`);
  }
}
