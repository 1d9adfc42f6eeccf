import { ACCOUNT, enterLambda, REGION } from './invocation';
import { Lease, readClaim } from '../../lambda/claim';
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
  const lease = await Lease.take('GITHUB', resource(logicalId), [], deadline);
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

test.each(['release', 'abandon'] as const)('a lease is given back also when the time to act is up: %s', async (giveBack) => {
  const deadline = new Deadline(30_000);
  const lease = await Lease.take('GITHUB', resource('A'), [], deadline);
  deadline.end();
  await lease[giveBack]();

  const started = Date.now();
  await add('B');
  expect(Date.now() - started).toBeLessThan(10_000);
});

test('what the holder gives back counts, whoever has lost a race meanwhile', async () => {
  await add('A');
  const deadline = new Deadline(30_000);
  const lease = await Lease.take('GITHUB', resource('B'), [{ authType: 'CODECONNECTIONS' }], deadline);
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
