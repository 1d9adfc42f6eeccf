import { activeOwner, isNewer, proofOf } from '../../../lambda/ownership/active-owner';
import { OwnerRecord, Records } from '../../../lambda/ownership/records';
import { LATE_REQUEST_MS } from '../../../src/times';
import { STACK_ID } from '../invocation';

const NOW = Date.now();

function record(fields: Partial<OwnerRecord>): OwnerRecord {
  return { ownerId: 'first', requestId: 'a', sentAt: NOW, seq: 0, deployedAt: NOW, stackId: STACK_ID, logicalId: 'GitHub', ...fields };
}

const NOTHING: Records = { owners: [], removals: [], connectionUsers: [], connectionDeletions: [], unreadable: [], clearedAt: 0 };

const recordsWith = (...owners: OwnerRecord[]): Records => ({ ...NOTHING, owners });

describe('of two requests for one resource, the newer one', () => {
  test.each([
    ['was sent in a later second', { sentAt: NOW + 1_000, seq: 0, requestId: 'a' }],
    ['in the same second, has the higher sequence number', { seq: 2, requestId: 'a' }],
    ['with the same sequence number, has the higher id', { requestId: 'c' }],
  ])('%s', (_, fields) => {
    const [newer, older] = [record(fields), record({ requestId: 'b', seq: 'seq' in fields ? 1 : 0 })];
    expect([isNewer(newer, older), isNewer(older, newer)]).toEqual([true, false]);
  });

  test('is neither, if both are the same', () => {
    expect(isNewer(record({ seq: 1 }), record({ seq: 2 }))).toBe(false);
  });
});

describe('the active owner', () => {
  const abandoned = { sentAt: NOW - LATE_REQUEST_MS - 1_000, unfinished: {} };

  test('was deployed last', () => {
    const owners = [record({ ownerId: 'first', deployedAt: NOW + 1 }), record({ ownerId: 'second' })];
    expect(activeOwner(recordsWith(...owners))?.ownerId).toBe('first');
    expect(activeOwner(recordsWith(...owners), 'first')?.ownerId).toBe('second');
  });

  test.each([[['first', 'second']], [['second', 'first']]])('is the same in every stack, if two were deployed at the same time (%j)', (ids) => {
    expect(activeOwner(recordsWith(...ids.map((ownerId) => record({ ownerId }))))?.ownerId).toBe('second');
  });

  test('is not one whose only request never ended, as long as there is another', () => {
    const [dead, alive] = [record({ ownerId: 'dead', deployedAt: NOW + 1, ...abandoned }), record({ ownerId: 'alive' })];
    expect(activeOwner(recordsWith(dead, alive))?.ownerId).toBe('alive');
    expect(activeOwner(recordsWith(dead))?.ownerId).toBe('dead');
  });

  test('counts by its last request that ended', () => {
    const owners = [record({ requestId: 'b', sentAt: abandoned.sentAt - 5_000, seq: 1 }), record({ requestId: 'c', ...abandoned, seq: 2 })];
    expect(activeOwner(recordsWith(...owners))).toMatchObject({ requestId: 'b' });
  });
});

test('a record without an import proves nothing, and each proof counts once', () => {
  const fingerprint = { serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN' } as unknown as NonNullable<OwnerRecord['fingerprint']>;
  expect(proofOf([record({})])).toEqual([]);
  const proof = { fingerprint, before: undefined };
  expect(proofOf([record({ fingerprint }), record({ fingerprint })], [proof])).toEqual([proof]);
});
