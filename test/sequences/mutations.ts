import type { Mixture } from './mixtures';
import type { SourceEdit } from '../source-edits';

/** A change that removes one part of the protocol. */
export interface Mutation {
  readonly part: string;
  readonly edits: ReadonlyArray<SourceEdit & { readonly file: string }>;
  /** The kind of sequences in which the part matters. */
  readonly aim?: Partial<Mixture>;
}

const FAULTY: Partial<Mixture> = { faults: 8, drift: 2 };
const DEADLY: Partial<Mixture> = { ...FAULTY, deaths: 8, serverTypes: 1, secrets: 0, hands: 4 };
const CROWDED: Partial<Mixture> = { ...FAULTY, together: 14, serverTypes: 1, secrets: 4 };
const CANCELLED: Partial<Mixture> = { ...FAULTY, faults: 3, cancelled: 9, duplicates: 4, stacks: 2, serverTypes: 1 };
const CONNECTIONS: Partial<Mixture> = { connections: 20, secrets: 0 };

export const MUTATIONS: Mutation[] = [
  { part: 'nothing', edits: [] },
  { part: 'nothing, faults', aim: FAULTY, edits: [] },
  { part: 'nothing, deaths', aim: DEADLY, edits: [] },
  { part: 'nothing, crowds', aim: CROWDED, edits: [] },
  { part: 'nothing, cancelled deployments', aim: CANCELLED, edits: [] },
  { part: 'nothing, connections', aim: { ...CONNECTIONS, ...FAULTY, together: 9, cancelled: 5 }, edits: [] },
  {
    part: 'the stack of the active owner is told',
    aim: { together: 6 },
    edits: [{ file: 'aws/event-bus.ts', symbol: 'requestRestore', body: '' }],
  },
  {
    part: 'a daily check repairs',
    aim: { hands: 8, dailyChecks: 4 },
    edits: [{ file: 'events/schedule.ts', symbol: 'runDailyCheck', drop: 'reconcile(' }],
  },
  {
    part: 'a daily check collects old records',
    edits: [{ file: 'events/schedule.ts', symbol: 'runDailyCheck', drop: 'collectRecords(' }],
  },
  {
    part: 'a rotation is heard of',
    aim: { secrets: 10 },
    edits: [{ file: 'events/rotation.ts', symbol: 'refresh', drop: 'reconcile(' }],
  },
  {
    part: 'what has gone is recorded',
    aim: CANCELLED,
    edits: [{ file: 'ownership/active-owner.ts', symbol: 'isRemoved', body: 'return false;' }],
  },
  {
    part: 'a Delete waits for a stale list',
    aim: { ...FAULTY, failures: 8, drift: 8 },
    edits: [{ file: 'ownership/remove-owner.ts', symbol: 'removeOwner', drop: 'pause(' }],
  },
  {
    part: 'the last look of a Delete',
    aim: CROWDED,
    edits: [{ file: 'ownership/remove-owner.ts', symbol: 'removeOwner', drop: 'settle({ records: now })' }],
  },
  {
    part: 'a Delete goes on while a Create of its resource runs',
    aim: CANCELLED,
    edits: [{ file: 'ownership/remove-owner.ts', symbol: 'removeOwner', drop: 'continue' }],
  },
  {
    part: 'a Create that has imported looks for its removal',
    aim: CANCELLED,
    edits: [{ file: 'ownership/activate-owner.ts', symbol: 'activate', drop: 'this.undo(' }],
  },
  {
    part: 'a Create that fails records that it has gone',
    aim: DEADLY,
    edits: [{ file: 'ownership/activate-owner.ts', symbol: 'removeRecord', drop: 'putRemoval(' }],
  },
  {
    part: 'a rollback keeps the place of its owner',
    aim: { failures: 9, together: 6 },
    edits: [{ file: 'ownership/activate-owner.ts', symbol: 'activate', named: 'deployedAt', value: 'request.sentAt' }],
  },
  {
    part: 'a record of a request that died comes last',
    aim: { ...CANCELLED, duplicates: 12 },
    edits: [{ file: 'ownership/active-owner.ts', symbol: 'isAbandoned', body: 'return false;' }],
  },
  {
    part: 'a look after each import',
    aim: CROWDED,
    edits: [{ file: 'ownership/reconcile.ts', symbol: 'reconcile', after: 'proof.push(', insert: 'return owner.ownerId;' }],
  },
  {
    part: 'the value is read again after an import',
    aim: { ...CROWDED, secrets: 14 },
    edits: [{ file: 'ownership/reconcile.ts', symbol: 'isSameImport', body: 'return true;' }],
  },
  {
    part: 'an import is recorded before it is done',
    aim: DEADLY,
    edits: [{ file: 'ownership/activate-owner.ts', symbol: 'activate', drop: 'putOwner(' }],
  },
  {
    part: 'a request looks once more before its import',
    aim: CANCELLED,
    edits: [{ file: 'ownership/activate-owner.ts', symbol: 'requireUndisturbed', body: '' }],
  },
  {
    part: 'what CodeBuild showed before',
    aim: DEADLY,
    edits: [{ file: 'ownership/activate-owner.ts', symbol: 'shownBefore', body: 'return undefined;' }],
  },
  {
    part: 'a removal holds the proof of its owner',
    aim: DEADLY,
    edits: [{ file: 'ownership/active-owner.ts', symbol: 'openProof', body: 'return [];' }],
  },
  {
    part: 'old proof is void once nothing is there',
    aim: { hands: 14, failures: 6, stacks: 2, serverTypes: 1, secrets: 0 },
    edits: [{ file: 'ownership/records.ts', symbol: 'putCleared', body: '' }],
  },
  {
    part: 'a process remembers its own imports',
    aim: DEADLY,
    edits: [{ file: 'ownership/active-owner.ts', symbol: 'isProven', prepend: 'known = [];' }],
  },
  {
    part: 'only what is proved is deleted',
    aim: { hands: 10 },
    edits: [{ file: 'ownership/active-owner.ts', symbol: 'isProven', body: 'return true;' }],
  },
  {
    part: 'a rollback writes a record',
    aim: CANCELLED,
    edits: [{ file: 'ownership/activate-owner.ts', symbol: 'keep', body: 'return this.settle({});' }],
  },
  {
    part: 'the newer request wins',
    aim: CANCELLED,
    edits: [{ file: 'ownership/activate-owner.ts', symbol: 'view', named: 'isSuperseded', value: 'false' }],
  },
  {
    part: 'IAM is waited for',
    edits: [{ file: 'deadline.ts', symbol: 'mayRetryIam', body: 'return milliseconds < 0;' }],
  },
  {
    part: 'connections: their users are recorded',
    aim: CONNECTIONS,
    edits: [{ file: 'ownership/records.ts', symbol: 'putConnectionUser', body: '' }],
  },
  {
    part: 'connections: one that is used stays',
    aim: CONNECTIONS,
    edits: [{ file: 'ownership/connection-use.ts', symbol: 'usersOf', body: 'return [];' }],
  },
  {
    part: 'connections: a deletion is announced',
    aim: { ...CONNECTIONS, together: 14, stacks: 2 },
    edits: [{ file: 'ownership/connection-use.ts', symbol: 'isBeingDeleted', body: 'return false;' }],
  },
  {
    part: 'connections: of two created at once one stays',
    aim: { ...CONNECTIONS, together: 9 },
    edits: [{ file: 'resources/join-connection.ts', symbol: 'choose', named: 'rivals', value: 'created' }],
  },
  {
    part: 'connections: a request finds what it has created',
    aim: { ...CONNECTIONS, ...FAULTY, deaths: 8 },
    edits: [{ file: 'resources/connection-candidates.ts', symbol: 'createdByRequest', body: 'return [];' }],
  },
  {
    part: 'connections: a cancelled Update is left',
    aim: { ...CONNECTIONS, cancelled: 9 },
    edits: [{ file: 'resources/leave-connection.ts', symbol: 'leaveAttempt', body: '' }],
  },
  {
    part: 'connections: the newer request wins',
    aim: { ...CONNECTIONS, cancelled: 9 },
    edits: [{ file: 'resources/join-connection.ts', symbol: 'isSuperseded', named: 'isLater', value: '() => false' }],
  },
  {
    part: 'connections: also where the provider changes',
    aim: { ...CONNECTIONS, cancelled: 9 },
    edits: [{ file: 'resources/connection.ts', symbol: 'update', named: 'formerType', value: 'undefined' }],
  },
  {
    part: 'connections: one that stays is not announced',
    aim: { ...CONNECTIONS, together: 9 },
    edits: [{ file: 'resources/leave-connection.ts', symbol: 'deleteUnused', drop: 'isUsed(unneeded' }],
  },
  {
    part: 'connections: the announcement outlives the deletion',
    aim: { ...CONNECTIONS, ...FAULTY, together: 14, stacks: 2 },
    edits: [{
      file: 'resources/leave-connection.ts', symbol: 'deleteUnused', after: 'deleteConnection(connectionArn', insert: 'await deleteConnectionDeletion(serverType, { requestId, connectionArn }, deadline);',
    }],
  },
  {
    part: 'connections: what a resource has created goes with it',
    aim: { ...CONNECTIONS, cancelled: 9 },
    edits: [{ file: 'resources/leave-connection.ts', symbol: 'leaveConnection', named: 'created', value: '[] as string[]' }],
  },
  {
    part: 'connections: a Delete waits for a stale list',
    aim: { ...CONNECTIONS, ...FAULTY, cancelled: 9 },
    edits: [{ file: 'resources/leave-connection.ts', symbol: 'leaveConnection', drop: 'pause(' }],
  },
  {
    part: 'connections: a rollback knows the name that it had',
    aim: { ...CONNECTIONS, cancelled: 9, hands: 6 },
    edits: [{ file: 'resources/join-connection.ts', symbol: 'order', named: 'isBack', value: 'kept !== undefined' }],
  },
  {
    part: 'connections: another name after a deletion by hand',
    aim: { ...CONNECTIONS, cancelled: 9, hands: 6 },
    edits: [{ file: 'resources/leave-connection.ts', symbol: 'leaveAttempt', drop: 'mine.some(' }],
  },
  {
    part: 'connections: a rollback takes a broken one back',
    aim: { ...CONNECTIONS, failures: 9, hands: 6 },
    edits: [{ file: 'credentials/connection-check.ts', symbol: 'checkConnection', prepend: 'mayRefuse = true;' }],
  },
  {
    part: 'the later request of one second',
    aim: CANCELLED,
    edits: [
      { file: 'ownership/activate-owner.ts', symbol: 'constructor', named: 'seq', value: '0' },
      { file: 'ownership/activate-owner.ts', symbol: 'keep', named: 'seq', value: '0' },
    ],
  },
];
