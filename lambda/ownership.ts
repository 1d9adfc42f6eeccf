import type { CredentialProperties, ServerTypeName } from '../src/properties';
import { isAccessDenied, patiently } from './aws/call';
import { awaitClaim, describe, Force, Identity, Lease, Owner, readClaim } from './claim';
import { deleteCredential, find, Held, importCredential, isShownAs, RefusedImport, Shown, sourceCredentialsArn } from './codebuild';
import { Credential, readCredential } from './credential';
import type { Deadline } from './deadline';
import { Failure } from './failure';
import { log } from './log';

/*
 * Who may put what into CodeBuild, and when it goes. Whoever changes something takes the lease,
 * acts on CodeBuild, and writes the claim last: a death on the way leaves the attempt in the claim,
 * and the next comer settles it.
 */

/** A request to make a resource's credential the one in force. */
export interface Takeover {
  readonly serverType: ServerTypeName;
  readonly requestId: string;
  readonly owner: Identity & { readonly spec: CredentialProperties };
  /** Whether a credential may be overwritten that is not of this stack. */
  readonly shouldOverwrite: boolean;
}

/** Imports the owner's credential and puts the owner in force. Gives back the credential's ARN. */
export async function takeOver(request: Takeover, deadline: Deadline): Promise<string> {
  const { serverType, owner } = request;
  const shown = await readCredential(serverType, owner.spec, accountOf(owner), deadline);
  return patiently(deadline, async (isLast) => takeOverUnderLease(request, shown, isLast, deadline));
}

async function takeOverUnderLease(request: Takeover, shown: Shown, isLast: boolean, deadline: Deadline): Promise<string> {
  const { serverType, requestId, owner } = request;
  const before = await find(serverType, deadline);
  // What CodeBuild showed before in the same way proves nothing when it is found later.
  const lease = await Lease.take(serverType, owner, isShownAs(before, shown) ? [] : [shown], deadline);
  const { owners, force, done, pending: dead } = lease.claim;
  const keepOwners = async (isSettled: boolean, outcome?: string) =>
    lease.commit(owners, isSettled ? force : await settleOrKeep(serverType, lease, owners, owner.stackId), outcome);

  const isDone = done.includes(requestId);
  if (isDone || done.includes(`!${requestId}`)) {
    await settleOrAbandon(lease, async () => keepOwners(dead === undefined));
    if (isDone) return before?.arn ?? sourceCredentialsArn(serverType, owner.stackId);
    throw new Failure('this request was answered before, as failed');
  }

  let isUntouched = true;
  try {
    const shouldOverwrite = request.shouldOverwrite || isOwn(lease, before, owner);
    if (before && !shouldOverwrite) throw new Failure(exists(serverType, before, owners.at(-1)));
    // Read again: what was read before the lease may be older than what another request imported.
    const credential = await readCredential(serverType, owner.spec, accountOf(owner), lease.deadline);
    isUntouched = false;
    const arn = await importCredential(serverType, credential, shouldOverwrite, lease.deadline);
    const others = owners.filter((other) => !isSameResource(other, owner));
    await lease.commit([...others, { ...owner, version: credential.version }], forceOf(owner.id, credential), requestId);
    return arn;
  } catch (error) {
    isUntouched ||= error instanceof RefusedImport;
    if (isUntouched && isAccessDenied(error) && !isLast) await lease.release();
    else await settleOrAbandon(lease, async () => keepOwners(isUntouched && dead === undefined, `!${requestId}`));
    throw error;
  }
}

/** Whether what CodeBuild held before is of this stack, or an import of a request that died. */
function isOwn({ claim }: Lease, before: Held | undefined, { stackId }: Identity): boolean {
  return claim.owners.at(-1)?.stackId === stackId || (claim.pending?.tried ?? []).some((attempt) => isShownAs(before, attempt));
}

/** A resource that goes. */
export interface Departure {
  readonly serverType: ServerTypeName;
  readonly requestId: string;
  readonly stackId: string;
  readonly logicalId: string;
  readonly isOurs: (identity: Identity) => boolean;
  readonly retain: boolean;
}

/** Hands CodeBuild back to the owner before; the last one deletes the credential. */
export async function leave(departure: Departure, deadline: Deadline): Promise<void> {
  const { serverType, isOurs } = departure;
  const { owners, pending } = await readClaim(serverType, deadline);
  if (!owners.some(isOurs) && !(pending && isOurs(pending))) {
    log('info', 'nothing to do: not an owner', { serverType });
    return;
  }
  await patiently(deadline, async (isLast) => leaveUnderLease(departure, isLast, deadline));
}

async function leaveUnderLease(
  { serverType, requestId, stackId, logicalId, isOurs, retain }: Departure, isLast: boolean, deadline: Deadline,
): Promise<void> {
  const lease = await Lease.take(serverType, { id: requestId, stackId, logicalId }, [], deadline);
  const { owners, force, pending: dead } = lease.claim;
  const rest = owners.filter((owner) => !isOurs(owner));
  const top = owners.at(-1);
  const isRetained = retain && rest.length === 0 && owners.some(isOurs);
  await settleOrAbandon(lease, async () => {
    if (isRetained) await lease.commit([], undefined);
    else if (dead || (top && isOurs(top))) await lease.commit(rest, await settleOrKeep(serverType, lease, rest, stackId, isLast));
    else await lease.commit(rest, force);
  });
}

/**
 * Brings the credential back of an owner of this stack whose successor has gone and could not do so.
 *
 * Whatever is written to a claim brings about another event, so an attempt that fails must not bring
 * about others: nothing is written before the credential can be read, and an attempt that failed
 * later is repeated by Lambda only, with the event that it began with.
 */
export async function heal(serverType: ServerTypeName, stackId: string, eventId: string, deadline: Deadline): Promise<void> {
  const { owners, force, pending } = await awaitClaim(serverType, deadline);
  const top = owners.at(-1);
  if (top?.stackId !== stackId || force?.id === top.id) return;
  const healer = { id: `heal/${eventId}`, stackId, logicalId: top.logicalId };
  if (pending?.id.startsWith('heal/') && pending.stackId === stackId && pending.id !== healer.id) return;

  await readCredential(serverType, top.spec, accountOf(top), deadline);
  const lease = await Lease.take(serverType, healer, [], deadline);
  const { claim } = lease;
  await settleOrAbandon(lease, async () => claim.owners.at(-1)?.stackId === stackId
    ? lease.commit(claim.owners, await settle(serverType, lease, claim.owners))
    : lease.release());
}

/** The owner that stands for a resource of a stack, if there is one and nobody died while changing it. */
export async function findOwner(serverType: ServerTypeName, resource: Resource, deadline: Deadline): Promise<Owner | undefined> {
  const { owners, pending } = await readClaim(serverType, deadline);
  return pending ? undefined : owners.find((owner) => isSameResource(owner, resource));
}

/** Makes CodeBuild hold what these owners say, whatever attempts have left there. */
async function settle(serverType: ServerTypeName, lease: Lease, owners: readonly Owner[]): Promise<Force | undefined> {
  const top = owners.at(-1);
  if (top) {
    const credential = await readCredential(serverType, top.spec, accountOf(top), lease.deadline);
    await importCredential(serverType, credential, true, lease.deadline);
    return forceOf(top.id, credential);
  }
  const held = await find(serverType, lease.deadline);
  if (held && isProved(held, lease)) await deleteCredential(held.arn, lease.deadline);
  else if (held) log('info', 'left alone: somebody else has imported it', { serverType, authType: held.authType });
  return undefined;
}

/**
 * Settles; where the owner's credential cannot be imported, what the library has put into CodeBuild
 * stays. The secrets of another stack are not ours to read: that stack's own function brings its
 * credential back when it is told that the claim has changed.
 */
async function settleOrKeep(
  serverType: ServerTypeName, lease: Lease, owners: readonly Owner[], stackId: string, isLast = true,
): Promise<Force | undefined> {
  try {
    return await settle(serverType, lease, owners);
  } catch (error) {
    const top = owners.at(-1);
    const isWorthWaiting = isAccessDenied(error) && top?.stackId === stackId && !isLast;
    const held = await find(serverType, lease.deadline);
    if (!top || isWorthWaiting || !held || !isProved(held, lease)) throw error;
    log('warn', 'left what was in force: the credential of the owner before could not be imported', { serverType, owner: describe(top) });
    return { id: NOBODY, authType: held.authType as Shown['authType'], resource: held.resource };
  }
}

/** Whether what CodeBuild holds was put there by the library. */
function isProved(held: Held, { proofs }: Lease): boolean {
  return proofs.some((proof) => isShownAs(held, proof));
}

/** Does the last step under a lease; where that fails the next comer has to settle. */
async function settleOrAbandon(lease: Lease, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    await lease.abandon();
    throw error;
  }
}

type Resource = Pick<Identity, 'stackId' | 'logicalId'>;

function isSameResource(one: Resource, other: Resource): boolean {
  return one.stackId === other.stackId && one.logicalId === other.logicalId;
}

/** Whose credential is in force when it is that of an owner who has gone. */
const NOBODY = '';

function forceOf(id: string, { authType, resource }: Credential): Force {
  return { id, authType, resource };
}

function accountOf({ stackId }: Resource): string {
  return stackId.split(':')[4];
}

function exists(serverType: ServerTypeName, { arn, authType, resource }: Held, top: Owner | undefined): string {
  const owner = top ? `${describe(top)} owns it` : 'nobody that this library knows owns it';
  return `CodeBuild in ${process.env.AWS_REGION} has a ${serverType} credential already (${authType}${resource ? `, ${resource}` : ''}; ${owner}), and shouldOverwrite is false. Remove it with 'aws codebuild delete-source-credentials --arn ${arn}', or allow it to be overwritten`;
}
