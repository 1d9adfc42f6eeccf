import { isDeepStrictEqual } from 'node:util';
import { activeOwner, isProven, openProof } from './active-owner';
import { describeResource, listRecords, OwnerRecord, Proof, putCleared, Records } from './records';
import type { CredentialProperties, ServerTypeName } from '../../src/contract';
import { deleteCredential, findCredential, importCredential } from '../aws/codebuild';
import { requestRestore } from '../aws/event-bus';
import { Fingerprint, fingerprintOf, hasFingerprint } from '../aws/fingerprint';
import { readCredential } from '../credentials/credential';
import { checkToken, isTokenChecked } from '../credentials/token-check';
import { tokenMetrics } from '../credentials/token-metrics';
import type { Deadline } from '../deadline';
import { Failure } from '../failure';
import { log } from '../log';
import { publishMetrics } from '../metrics';

/** An owner's credential as this process has imported it. */
export interface Imported {
  readonly owner: Pick<OwnerRecord, 'ownerId' | 'deployedAt'> & { readonly credential: CredentialProperties };
  /** The version of the secret. */
  readonly version?: string;
  readonly fingerprint: Fingerprint;
}

export interface ReconcileOptions {
  readonly serverType: ServerTypeName;
  /** The stack of this function: its credentials are the ones that it can import. */
  readonly stackId: string;
  /** The records, where they were just read. */
  readonly records?: Records;
  /** The id of an owner that does not count. */
  readonly except?: string;
  /** Whether CodeBuild or the records have been changed: then an active owner of another stack is told. */
  readonly isChanged?: boolean;
  /** What was just imported. */
  readonly imported?: Imported;
  /** What this process has imported, or has read of its own resource before: a later list may be stale. */
  readonly proof?: readonly Proof[];
  /** Whether a credential without an owner stays. */
  readonly retain?: boolean;
  /** Whether a credential of this stack that cannot be imported is only a warning. */
  readonly tolerant?: boolean;
  /** Whether a credential that CodeBuild shows as it should is not imported again. */
  readonly onlyDrift?: boolean;
  /** Whether a new value of the active owner's secret is to take the place of its former one. */
  readonly isRotation?: boolean;
  /** The version of the secret of which an event has told. */
  readonly expectedVersion?: string;
  /** Whether another stack has asked for this: then the import is counted. */
  readonly isRestore?: boolean;
}

/** More rounds than any number of deployments at the same moment takes; what they leave is found by the next daily check. */
const MAX_ROUNDS = 8;

/**
 * Makes CodeBuild hold what the active owner wants: imports it where the owner is of this stack, tells the
 * owner's stack where it is of another one, and deletes the credential when there is no owner and it is
 * provably the library's. Looks again after each change, since others may act at the same moment.
 *
 * @returns the id of the active owner
 */
export async function reconcile(options: ReconcileOptions, deadline: Deadline): Promise<string | undefined> {
  const { serverType, stackId, except } = options;
  const proof = [...options.proof ?? []];
  let { records, imported } = options;
  let isChanged = options.isChanged === true || imported !== undefined;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const current = records ?? await listRecords(serverType, deadline);
    records = undefined;
    const owner = activeOwner(current, except);
    if (!owner) {
      if (!await clear(options, current, proof, deadline)) return undefined;
      // What was imported before is gone.
      proof.length = 0;
      imported = undefined;
      isChanged = true;
      continue;
    }
    if (owner.stackId !== stackId) {
      if (isChanged) await requestRestore({ stackId: owner.stackId, serverType }, deadline);
      return owner.ownerId;
    }
    const done = await importOwner(owner, imported, options, deadline);
    if (!done) return owner.ownerId;
    proof.push(done);
    imported = done;
    isChanged = true;
  }
  log('warn', 'stopped although others still change the credential: the next daily check continues', { serverType });
  return undefined;
}

/** Nobody owns the credential. Gives back whether it was deleted. */
async function clear(
  { serverType, retain }: ReconcileOptions, records: Records, proof: readonly Proof[], deadline: Deadline,
): Promise<boolean> {
  const held = await findCredential(serverType, deadline);
  if (!held) {
    if (openProof(records).length > 0) await putCleared(serverType, deadline);
    return false;
  }
  const fields = { serverType, authType: held.authType };
  if (records.unreadable.length > 0) {
    log('warn', 'kept the credential: records that cannot be read may be of its owner. Delete them with aws ssm delete-parameter if their stacks are gone', { ...fields, records: records.unreadable.join(', ') });
    return false;
  }
  if (!isProven(records, fingerprintOf(held), proof)) {
    log('info', 'kept the credential: nothing shows that this library imported it', fields);
    return false;
  }
  if (retain) {
    // It is nobody's from now on.
    await putCleared(serverType, deadline);
    log('info', 'kept the credential: its removal policy is RETAIN', fields);
    return false;
  }
  await deleteCredential(held.arn, deadline);
  for (const { overwrote } of records.owners.filter(({ overwrote: one }) => one !== undefined)) {
    log('warn', 'the credential that this one had overwritten is not restored: CodeBuild never reveals a token. Import it again if it is needed', { serverType, authType: overwrote!.authType });
  }
  return true;
}

/** Imports the credential of an owner of this stack, unless that is what was done last. Gives back nothing when there is nothing more to do. */
async function importOwner(
  owner: OwnerRecord, last: Imported | undefined, options: ReconcileOptions, deadline: Deadline,
): Promise<Imported | undefined> {
  const { serverType, stackId, tolerant, onlyDrift, isRotation, expectedVersion, isRestore } = options;
  try {
    const wanted = owner.credential;
    if (!wanted) throw new Failure(`the record of ${describeResource(owner)} in Parameter Store was written by a newer release of cdk-codebuild-source-credentials, or changed by hand. Deploy the stack with that release`);
    const isInPlace = onlyDrift === true && !last && await isShown(owner, serverType, deadline);
    const isFollowed = 'RefreshOnSecretChange' in wanted && wanted.RefreshOnSecretChange === 'true';
    if (isInPlace && !isFollowed && !isTokenChecked(serverType)) return undefined;

    const credential = await readCredential(serverType, wanted, { stackId, expectedVersion }, deadline);
    const imported = { owner: { ...owner, credential: wanted }, version: credential.version, fingerprint: fingerprintOf(credential) };
    if (last && isSameImport(last, imported)) return undefined;
    // What CodeBuild holds of this owner is better than a token that its provider refuses; what it holds of others is not.
    await checkToken(serverType, wanted, credential.login, isRotation === true || isInPlace, deadline);
    // Of a token only its kind is shown, so that one that follows its secret is imported again.
    if (isInPlace && !isFollowed) return undefined;
    await importCredential(serverType, credential, true, deadline);
    if (!isTokenChecked(serverType)) publishMetrics(serverType, tokenMetrics(credential));
    if (isRestore && !last) publishMetrics(serverType, { Restores: 1 });
    return imported;
  } catch (error) {
    if (!tolerant || !(error instanceof Failure)) throw error;
    log('warn', `kept what CodeBuild holds: the credential of ${describeResource(owner)}, the active owner, cannot be imported`, { serverType, reason: error.message });
    return undefined;
  }
}

/** Whether CodeBuild shows what the owner wants. */
async function isShown(owner: OwnerRecord, serverType: ServerTypeName, deadline: Deadline): Promise<boolean> {
  const held = await findCredential(serverType, deadline);
  const isDrift = !hasFingerprint(held, owner.fingerprint);
  publishMetrics(serverType, { Drift: Number(isDrift) });
  if (isDrift) {
    log('warn', 'CodeBuild does not hold the credential of the active owner: it was changed outside of this library, or an event was lost', {
      serverType, owner: describeResource(owner), found: held ? held.authType : 'nothing',
    });
    return false;
  }
  return true;
}

function isSameImport(one: Imported, other: Imported): boolean {
  return one.owner.ownerId === other.owner.ownerId && one.owner.deployedAt === other.owner.deployedAt
    && one.version === other.version && isDeepStrictEqual(one.owner.credential, other.owner.credential);
}
