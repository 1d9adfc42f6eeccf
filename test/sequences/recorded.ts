import { SERVER_TYPES, ServerType } from './templates';
import type { Region } from '../../simulator';

/* Reads the fields of the records in Parameter Store that every release must keep. */

interface Envelope {
  readonly stackId: string;
  readonly logicalId: string;
  readonly sentAt: number;
}

export interface RecordedOwner extends Envelope {
  readonly serverType: ServerType;
  readonly ownerId: string;
  readonly fingerprint?: Fingerprint;
  readonly isRemoved: boolean;
}

/** What CodeBuild shows of a credential. */
interface Fingerprint {
  readonly authType: string;
  readonly resource?: string;
}

export interface RecordedUser extends Envelope {
  readonly requestId: string;
  readonly connectionArn: string;
}

export function recordsPath(serverType: ServerType): string {
  return `/codebuild-source-credentials/${serverType}/`;
}

/** Returns the records of all owners, including removed ones. An owner may have several. */
export function recordedOwners({ parameters }: Region, serverType: ServerType): RecordedOwner[] {
  const path = recordsPath(serverType);
  const removals = removalsBelow(parameters, path);
  return namesBelow(parameters, `${path}owners/`).map((name) => {
    const ownerId = name.slice(`${path}owners/`.length).split('/')[0];
    const record = read<Envelope>(parameters, name);
    return { ...record, serverType, ownerId, isRemoved: removals.some((removal) => ends(removal, { ...record, ownerId })) };
  });
}

/** Returns the ids of the owners that are not removed. */
export function liveOwnerIds(region: Region, serverType: ServerType): string[] {
  return [...new Set(recordedOwners(region, serverType).filter(({ isRemoved }) => !isRemoved).map(({ ownerId }) => ownerId))].sort();
}

/** Returns the records of resources that use connections, of every provider, without removed ones. */
export function recordedUsers({ parameters }: Region): RecordedUser[] {
  return parameters.names().filter((name) => /\/connections\/[^/]+\/users\//.test(name)).flatMap((name) => {
    const user = read<RecordedUser>(parameters, name);
    const removals = removalsBelow(parameters, name.slice(0, name.indexOf('connections/')));
    const requestId = name.split('/').at(-1)!;
    return removals.some((removal) => ends(removal, { ...user, ownerId: requestId })) ? [] : { ...user, requestId };
  });
}

/** Returns whether a record says that a connection is about to be deleted. */
export function isMarkedForDeletion({ parameters }: Region, connectionArn: string): boolean {
  return parameters.names().some((name) => name.includes(`/connections/${connectionArn.split('/').at(-1)}/deleting/`));
}

/** Drops an owner as a person does: deletes its records. */
export function deleteOwnerByHand({ parameters }: Region, serverType: ServerType, ownerId: string): void {
  namesBelow(parameters, `${recordsPath(serverType)}owners/${ownerId}/`).forEach((name) => parameters.deleteByHand(name));
}

/** Returns the names of unneeded records: those of resources that were removed more than an hour ago. */
export function leftovers(region: Region, now: number): string[] {
  const isOld = ({ sentAt }: Envelope) => now - sentAt > 3_600_000;
  return SERVER_TYPES.flatMap((serverType) => {
    const path = recordsPath(serverType);
    const owners = recordedOwners(region, serverType);
    const removed = owners.filter((record) => record.isRemoved && isOld(record));
    const isHeld = ({ fingerprint }: Pick<RecordedOwner, 'fingerprint'>) => hasFingerprint(region, serverType, fingerprint);
    const isOfOwner = owners.some((record) => !record.isRemoved && isHeld(record));
    // A record stays if it is the only proof that CodeBuild's credential is the library's.
    const isNeeded = ({ proof = [] }: Removal) => !isOfOwner && proof.some(isHeld);
    const removals = namesBelow(region.parameters, `${path}removed/`).filter((name) => {
      const removal = read<Removal>(region.parameters, name);
      return isOld(removal) && !isNeeded(removal);
    });
    return [...removed.map(({ ownerId }) => `${path}owners/${ownerId}`), ...removals];
  });
}

/** A record of a removed resource. Without `ownerId` it ends every request for the resource up to `sentAt`. */
interface Removal extends Envelope {
  readonly ownerId?: string;
  readonly proof?: ReadonlyArray<{ readonly fingerprint: Fingerprint }>;
}

function hasFingerprint({ sourceCredentials }: Region, serverType: ServerType, fingerprint: Fingerprint | undefined): boolean {
  const held = sourceCredentials.held(serverType);
  return held !== undefined && held.authType === fingerprint?.authType && held.resource === fingerprint.resource;
}

function removalsBelow(parameters: Region['parameters'], path: string): Removal[] {
  return namesBelow(parameters, `${path}removed/`).map((name) => read(parameters, name));
}

function ends(removal: Removal, record: Envelope & { readonly ownerId?: string }): boolean {
  if (removal.ownerId !== undefined) return removal.ownerId === record.ownerId;
  return removal.stackId === record.stackId && removal.logicalId === record.logicalId && removal.sentAt >= record.sentAt;
}

function namesBelow(parameters: Region['parameters'], prefix: string): string[] {
  return parameters.names().filter((name) => name.startsWith(prefix));
}

function read<T = any>(parameters: Region['parameters'], name: string): T {
  return JSON.parse(parameters.get(name)!.value);
}
