import type { Fingerprint, OwnerRecord, Records, Removal, Wanted } from './records';

/** One call to AWS. What a process does between two calls is atomic. */
export type Call =
  | { readonly name: 'list' }
  | { readonly name: 'put'; readonly parameter: string; readonly value: object }
  | { readonly name: 'remove'; readonly parameter: string }
  | { readonly name: 'find' }
  | { readonly name: 'read'; readonly wanted: Wanted }
  | { readonly name: 'import'; readonly wanted: Wanted; readonly version: number }
  | { readonly name: 'delete' }
  | { readonly name: 'requestRestore'; readonly stack: string }
  | { readonly name: 'pause'; readonly seconds: number }
  | { readonly name: 'answer'; readonly request: Request; readonly answer: Answer };

/** The steps of a process. Each yields a call, and receives its result or its error. */
export type Steps<T> = Generator<Call, T, any>;

/** A custom resource request of CloudFormation. */
export interface Request {
  readonly type: 'Create' | 'Update' | 'Delete';
  readonly requestId: string;
  /** In whole seconds. */
  readonly sentAt: number;
  readonly stack: string;
  readonly resource: string;
  readonly physicalId?: string;
  readonly wanted: Wanted;
  readonly shouldOverwrite: boolean;
}

export interface Answer {
  readonly isSuccess: boolean;
  readonly physicalId: string;
}

/** A run of a stack's function. */
export interface Process {
  readonly stack: string;
  /** Returns the time of the process's own clock. */
  now(): number;
}

export function* list(): Steps<Records> {
  return yield { name: 'list' };
}

export function* putOwner(record: OwnerRecord): Steps<void> {
  yield { name: 'put', parameter: ownerName(record), value: record };
}

export function* deleteOwner(record: Pick<OwnerRecord, 'ownerId' | 'requestId'>): Steps<void> {
  yield { name: 'remove', parameter: ownerName(record) };
}

export function* putRemoval(removal: Omit<Removal, 'writtenAt'>): Steps<void> {
  yield { name: 'put', parameter: `removed/${removal.key}`, value: removal };
}

export function* deleteRemoval({ key }: Pick<Removal, 'key'>): Steps<void> {
  yield { name: 'remove', parameter: `removed/${key}` };
}

export function* putCleared(): Steps<void> {
  yield { name: 'put', parameter: 'cleared', value: {} };
}

export function* findCredential(): Steps<Fingerprint | undefined> {
  return yield { name: 'find' };
}

/** Returns the version of the secret. */
export function* readSecret(wanted: Wanted): Steps<number> {
  return yield { name: 'read', wanted };
}

export function* importCredential(wanted: Wanted, version: number): Steps<void> {
  yield { name: 'import', wanted, version };
}

export function* deleteCredential(): Steps<void> {
  yield { name: 'delete' };
}

/** Sends an event to the stack of another owner. */
export function* requestRestore(stack: string): Steps<void> {
  yield { name: 'requestRestore', stack };
}

export function* pause(seconds: number): Steps<void> {
  yield { name: 'pause', seconds };
}

export function* answer(request: Request, reply: Answer): Steps<void> {
  yield { name: 'answer', request, answer: reply };
}

function ownerName({ ownerId, requestId }: Pick<OwnerRecord, 'ownerId' | 'requestId'>): string {
  return `owners/${ownerId}/${requestId}`;
}
