import { ACCOUNT, enterLambda, REGION } from './invocation';
import { Lease, Memory, readClaim } from '../../lambda/claim';
import { Deadline } from '../../lambda/deadline';
import { Aws } from '../aws';

let aws: Aws;

beforeAll(async () => {
  aws = await Aws.start();
  enterLambda(aws);
});

afterAll(async () => aws.stop());

beforeEach(() => {
  if (parameters().get(CLAIM)) parameters().deleteByHand(CLAIM);
});

const CLAIM = '/codebuild-source-credentials/GITHUB';
const parameters = () => aws.region(ACCOUNT, REGION).parameters;

const resource = (logicalId: string) => ({ id: `GITHUB/${logicalId}`, stackId: `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/One/1`, logicalId });
const owner = (logicalId: string) => ({ ...resource(logicalId), spec: { AuthType: 'CODECONNECTIONS', ConnectionArn: 'arn' } as const, at: 1 });

/** Takes the lease, adds an owner, and gives it back. */
async function add(logicalId: string): Promise<void> {
  const deadline = new Deadline(30_000);
  const lease = await Lease.take('GITHUB', resource(logicalId), deadline);
  await lease.commit({ owners: [...lease.claim.owners, owner(logicalId)] });
  deadline.end();
}

async function owners(): Promise<string[]> {
  return (await readClaim('GITHUB', new Deadline(10_000))).owners.map(({ logicalId }) => logicalId).sort();
}

test('of those who want the lease at once one has it, and the others wait: nobody is lost', async () => {
  await Promise.all(['A', 'B', 'C'].map(add));
  expect(await owners()).toEqual(['A', 'B', 'C']);
});

test('a version that lost a race is read past, also where it is the first', async () => {
  const lost = (base: number) => parameters().putByHand(CLAIM, JSON.stringify({ owners: [], done: [], pending: { ...resource('X'), tried: [], at: Date.now(), base } }));
  lost(7);
  expect(await owners()).toEqual([]);

  await add('A');
  lost(0);
  lost(0);
  expect(await owners()).toEqual(['A']);
});

test('a claim that somebody is writing at the same moment is written a moment later', async () => {
  aws.faults.add({ operation: 'PutParameter', kind: 'concurrentUpdate', times: 2 });
  await add('A');
  expect(await owners()).toEqual(['A']);
});

test.each([['to take the lease', 0], ['to give it back', 1]])('what was written %s, though the reply was lost, is not written again', async (_, skip) => {
  aws.requests.length = 0;
  aws.faults.add({ operation: 'PutParameter', kind: 'resetAfterApply', skip });
  await add('A');

  expect(aws.requests.filter(({ operation }) => operation === 'PutParameter')).toHaveLength(2);
  expect(await owners()).toEqual(['A']);
});

test.each([['to take the lease', 0], ['to give it back', 1]])('what was not written %s is written by another try', async (_, skip) => {
  aws.faults.add({ operation: 'PutParameter', kind: 'reset', skip });
  await add('A');
  expect(await owners()).toEqual(['A']);
});

test.each(['release', 'abandon'] as const)('a lease is given back also when the time to act is up: %s', async (giveBack) => {
  const deadline = new Deadline(30_000);
  const lease = await Lease.take('GITHUB', resource('A'), deadline);
  deadline.end();
  await lease[giveBack]();

  const started = Date.now();
  await add('B');
  expect(Date.now() - started).toBeLessThan(10_000);
});

test('what the holder gives back counts, whoever has lost a race meanwhile', async () => {
  await add('A');
  const deadline = new Deadline(30_000);
  const lease = await Lease.take('GITHUB', resource('B'), deadline, async () => [{ authType: 'CODECONNECTIONS' }]);
  parameters().putByHand(CLAIM, JSON.stringify({ owners: [], done: [], pending: { ...resource('X'), tried: [], at: Date.now(), base: 1 } }));
  await lease.abandon();

  const { owners: kept, pending } = await readClaim('GITHUB', deadline);
  deadline.end();
  expect([kept.map(({ logicalId }) => logicalId), pending]).toMatchObject([['A'], { logicalId: 'B', at: 0 }]);
});

test('a claim that could not be written names its owners where there are several: it may be too large', async () => {
  await add('A');
  await add('B');
  aws.faults.add({ operation: 'PutParameter', kind: 'serverError', times: 5 });
  await expect(add('C')).rejects.toThrow(
    `the claim ${CLAIM} in ${REGION} could not be written, with 2 owners (A of stack One; B of stack One): InternalServerError`);
  aws.faults.clear();
});

/** What the claim holds now, as its next reader will find it. */
const written = () => JSON.parse(parameters().get(CLAIM)!.value);

/** Takes the lease, gives it back with this remembered, and does so as often as wanted. */
async function remember(...memories: Memory[]): Promise<void> {
  for (const memory of memories) {
    const deadline = new Deadline(30_000);
    await (await Lease.take('GITHUB', resource('A'), deadline)).release(memory);
    deadline.end();
  }
}

async function isOvertaken(logicalId: string, sentAt: number): Promise<boolean> {
  const deadline = new Deadline(30_000);
  const lease = await Lease.take('GITHUB', resource(logicalId), deadline);
  await lease.release();
  deadline.end();
  return lease.isOvertaken({ ...resource(logicalId), sentAt });
}

test('a new claim holds nothing but who is at work', async () => {
  const deadline = new Deadline(30_000);
  const lease = await Lease.take('GITHUB', resource('A'), deadline, async () => [{ authType: 'CODECONNECTIONS' }]);
  expect(written()).toEqual({
    owners: [], done: [], pending: { ...resource('A'), tried: [{ authType: 'CODECONNECTIONS' }], at: expect.any(Number), base: 0 },
  });
  await lease.release();
  deadline.end();
  expect(written()).toEqual({ owners: [], done: [], gone: [] });
});

test('what attempts that died may have left is handed on, each after those before it', async () => {
  const deadline = new Deadline(30_000);
  const tries = ['first', 'second', 'third'].map((arn) => ({ authType: 'CODECONNECTIONS', resource: arn }) as const);
  for (const shown of tries) await (await Lease.take('GITHUB', resource('A'), deadline, async () => [shown])).abandon();
  const lease = await Lease.take('GITHUB', resource('B'), deadline);

  expect(written().pending.tried).toEqual(tries);
  expect(lease.proofs).toEqual(tries);
  await lease.release();
  deadline.end();
});

test('a request is overtaken by a later one that its resource is an owner by, and by no other', async () => {
  await add('A');
  await add('B');
  expect(await isOvertaken('A', 0)).toBe(true);
  expect(await isOvertaken('A', 1)).toBe(false);
  expect(await isOvertaken('A', 2)).toBe(false);
  expect(await isOvertaken('C', 0)).toBe(false);
});

test('a request is overtaken by the Delete of its resource, which is remembered to the end of its second', async () => {
  const now = Math.floor(Date.now() / 1_000) * 1_000;
  await remember({ gone: { ...resource('A'), sentAt: now + 200 } });

  expect(written().gone).toEqual([{ stackId: resource('A').stackId, logicalId: 'A', at: now + 1_000 }]);
  expect(await isOvertaken('A', now)).toBe(true);
  expect(await isOvertaken('A', now + 1_000)).toBe(true);
  expect(await isOvertaken('A', now + 1_001)).toBe(false);
  expect(await isOvertaken('B', now)).toBe(false);
});

test('of one resource the last Delete is remembered, of others theirs, and each for an hour', async () => {
  const [now, hour] = [Math.floor(Date.now() / 1_000) * 1_000, 60 * 60_000];
  const gone = (logicalId: string, sentAt: number) => ({ gone: { ...resource(logicalId), sentAt } });
  await remember(gone('old', now - hour - 2_000), gone('young', now - hour + 60_000), gone('again', now - 9_000), gone('again', now));

  expect(written().gone.map(({ logicalId, at }: { logicalId: string; at: number }) => [logicalId, at])).toEqual([
    ['young', now - hour + 61_000], ['again', now + 1_000],
  ]);
});

test('the last twelve requests are remembered', async () => {
  const ids = Array.from({ length: 14 }, (_, index) => `request-${index}`);
  await remember(...ids.map((request) => ({ request })));
  expect(written().done).toEqual(ids.slice(2));
});

test('the parameter says what it is', async () => {
  await add('A');
  expect(aws.requests.filter(({ operation }) => operation === 'PutParameter').at(-1)!.body).toMatchObject({
    Name: CLAIM, Type: 'String', Tier: 'Intelligent-Tiering', Description: "Who owns CodeBuild's source credential for GITHUB",
  });
});
