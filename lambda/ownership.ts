import type { ServerTypeName } from '../src/properties';
import { isAccessDenied, patiently } from './aws/call';
import { accountOf, awaitClaim, describe, Force, Identity, isSameResource, Lease, Owner, Ownership, readClaim, Resource } from './claim';
import { deleteCredential, find, Held, importCredential, isShownAs, RefusedImport, shownOf, sourceCredentialsArn } from './codebuild';
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
  readonly owner: Omit<Owner, 'version'>;
  /** Whether a credential may be overwritten that is not of this stack. */
  readonly shouldOverwrite: boolean;
}

/** Imports the owner's credential and puts the owner in force. Gives back the credential's ARN. */
export async function takeOver(request: Takeover, deadline: Deadline): Promise<string> {
  return patiently(deadline, async (isLast) => takeOverUnderLease(request, isLast, deadline));
}

async function takeOverUnderLease(request: Takeover, isLast: boolean, deadline: Deadline): Promise<string> {
  const { serverType, requestId, owner } = request;
  let before: Held | undefined;
  const lease = await Lease.take(serverType, owner, deadline, async () => {
    const [wanted, held] = await Promise.all([readCredential(serverType, owner.spec, accountOf(owner), deadline), find(serverType, deadline)]);
    before = held;
    // What CodeBuild showed before in the same way proves nothing when it is found later.
    return isShownAs(held, wanted) ? [] : [shownOf(wanted)];
  });
  const { owners, done, pending: dead } = lease.claim;
  const keepOwners = async (isSettled: boolean, outcome?: string) =>
    lease.commit(isSettled ? lease.claim : await settleOrKeep(serverType, lease, owners, owner.stackId), { request: outcome });

  const isDone = done.includes(requestId);
  if (isDone || done.includes(`!${requestId}`)) {
    await settleOrAbandon(lease, async () => keepOwners(dead === undefined));
    if (isDone) return before?.arn ?? sourceCredentialsArn(serverType, owner.stackId);
    throw new Failure('this request was answered before, as failed');
  }

  let isUntouched = true;
  try {
    if (lease.isOvertaken({ ...owner, sentAt: owner.at })) throw new Failure('a later request for this resource was carried out already: CloudFormation has called this one off');
    const shouldOverwrite = request.shouldOverwrite || isOwn(lease, before, owner);
    if (before && !shouldOverwrite) throw new Failure(exists(serverType, before, owners.at(-1)));
    // Read again: what was read before the lease may be older than what another request imported.
    const credential = await readCredential(serverType, owner.spec, accountOf(owner), lease.deadline);
    isUntouched = false;
    const arn = await importCredential(serverType, credential, shouldOverwrite, lease.deadline);
    lease.proved(shownOf(credential));
    const others = owners.filter((other) => !isSameResource(other, owner));
    await lease.commit(inForce(others, owner, credential), { request: requestId });
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
  readonly request: Resource & { readonly requestId: string; readonly sentAt: number };
  readonly isOurs: (identity: Identity) => boolean;
  readonly retain: boolean;
  /** Whether a request for it may be carried out after this one. */
  readonly mayStillCome: boolean;
}

/** Hands CodeBuild back to the owner before; the last one deletes the credential. */
export async function leave(departure: Departure, deadline: Deadline): Promise<void> {
  const { serverType, isOurs, mayStillCome } = departure;
  const { owners, pending } = await readClaim(serverType, deadline);
  if (!mayStillCome && !owners.some(isOurs) && !(pending && isOurs(pending))) {
    log('info', 'nothing to do: not an owner', { serverType });
    return;
  }
  await patiently(deadline, async (isLast) => leaveUnderLease(departure, isLast, deadline));
}

async function leaveUnderLease(
  { serverType, request, isOurs, retain, mayStillCome }: Departure, isLast: boolean, deadline: Deadline,
): Promise<void> {
  const { requestId, stackId, logicalId } = request;
  const lease = await Lease.take(serverType, { id: requestId, stackId, logicalId }, deadline);
  const { owners, force, pending: dead } = lease.claim;
  const rest = owners.filter((owner) => !isOurs(owner));
  const top = owners.at(-1);
  const isRetained = retain && rest.length === 0 && owners.some(isOurs);
  await settleOrAbandon(lease, async () => {
    const isToSettle = !isRetained && (dead || (top && isOurs(top)));
    const kept = isRetained ? { owners: [] } : { owners: rest, force };
    const ownership = isToSettle ? await settleOrKeep(serverType, lease, rest, stackId, isLast) : kept;
    await lease.commit(ownership, { gone: mayStillCome ? request : undefined });
  });
}

/** An event after which the credential of this stack's owner may have to be imported again. */
export interface Occasion {
  readonly serverType: ServerTypeName;
  readonly stackId: string;
  /** The same for every attempt at the event. */
  readonly eventId: string;
  /** Whether the event concerns the owner in force. */
  readonly concerns: (owner: Owner, force: Force | undefined) => boolean;
  /** Whether the event may come of what another such attempt has written. */
  readonly mayBeEcho: boolean;
}

/**
 * Imports again what the owner in force describes, if it is of this stack: its successor has gone
 * and could not do so, or its secret has a new version.
 *
 * Whatever is written to a claim brings about another event, so an attempt that fails must not bring
 * about others: nothing is written before the credential can be read, and an attempt that failed
 * later is repeated by Lambda only, with the event that it began with.
 */
export async function restore({ serverType, stackId, eventId, concerns, mayBeEcho }: Occasion, deadline: Deadline): Promise<void> {
  const { owners, force, pending } = await awaitClaim(serverType, deadline);
  const top = owners.at(-1);
  if (top?.stackId !== stackId || !concerns(top, force)) return;
  const restorer = { id: RESTORER + eventId, stackId, logicalId: top.logicalId };
  if (mayBeEcho && pending?.id.startsWith(RESTORER) && pending.stackId === stackId && pending.id !== restorer.id) return;

  const { version } = await readCredential(serverType, top.spec, accountOf(top), deadline);
  const isUpToDate = force?.id === top.id && version === top.version && isShownAs(await find(serverType, deadline), force);
  if (isUpToDate) return;

  const lease = await Lease.take(serverType, restorer, deadline);
  await settleOrAbandon(lease, async () => lease.claim.owners.at(-1)?.stackId === stackId
    ? lease.commit(await settle(serverType, lease, lease.claim.owners))
    : lease.release());
}

/** Begins the id of whoever imports again, which no resource has. */
const RESTORER = 'restore/';

/** The owner that stands for a resource of a stack, if there is one and no request died while changing it. */
export async function findOwner(serverType: ServerTypeName, resource: Resource, deadline: Deadline): Promise<Owner | undefined> {
  const { owners, pending } = await awaitClaim(serverType, deadline);
  return pending && isSameResource(pending, resource) ? undefined : owners.find((owner) => isSameResource(owner, resource));
}

/** Makes CodeBuild hold what these owners say, whatever attempts have left there. */
async function settle(serverType: ServerTypeName, lease: Lease, owners: readonly Owner[]): Promise<Ownership> {
  const top = owners.at(-1);
  if (top) {
    const credential = await readCredential(serverType, top.spec, accountOf(top), lease.deadline);
    await importCredential(serverType, credential, true, lease.deadline);
    return inForce(owners.slice(0, -1), top, credential);
  }
  const held = await find(serverType, lease.deadline);
  if (held && lease.proofs.some((proof) => isShownAs(held, proof))) await deleteCredential(held.arn, lease.deadline);
  else if (held) log('info', 'left alone: somebody else has imported it', { serverType, authType: held.authType });
  return { owners };
}

/**
 * Settles; where the owner's credential cannot be imported, what is in CodeBuild stays. The secrets of
 * another stack are not ours to read: that stack's own function brings its credential back when it is
 * told that the claim has changed.
 */
async function settleOrKeep(
  serverType: ServerTypeName, lease: Lease, owners: readonly Owner[], stackId: string, isLast = true,
): Promise<Ownership> {
  try {
    return await settle(serverType, lease, owners);
  } catch (error) {
    const top = owners.at(-1);
    const isWorthWaiting = isAccessDenied(error) && top?.stackId === stackId && !isLast;
    if (!top || isWorthWaiting) throw error;

    log('warn', 'left what was in force: the credential of the owner before could not be imported', { serverType, owner: describe(top) });
    const held = await find(serverType, lease.deadline);
    const proof = lease.proofs.find((candidate) => isShownAs(held, candidate));
    return { owners, force: proof && { id: NOBODY, ...shownOf(proof) } };
  }
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

/** Whose credential is in force when it is that of an owner who has gone. */
const NOBODY = '';

/** The owners with one more at their end, whose credential is in CodeBuild. */
function inForce(others: readonly Owner[], owner: Takeover['owner'], credential: Credential): Ownership {
  return { owners: [...others, { ...owner, version: credential.version }], force: { id: owner.id, ...shownOf(credential) } };
}

function exists(serverType: ServerTypeName, { arn, authType, resource }: Held, top: Owner | undefined): string {
  const owner = top ? `${describe(top)} owns it` : 'nobody that this library knows owns it';
  return `CodeBuild in ${process.env.AWS_REGION} has a ${serverType} credential already (${authType}${resource ? `, ${resource}` : ''}; ${owner}), and shouldOverwrite is false. Remove it with 'aws codebuild delete-source-credentials --arn ${arn}', or allow it to be overwritten`;
}
