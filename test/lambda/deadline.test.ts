import { setTimeout as sleep } from 'node:timers/promises';
import { GITHUB_TOKEN, storeSecret, useAccount } from './account';
import { ACCOUNT, invoke, REGION } from './invocation';
import { changes } from './refusal';
import { Deadline } from '../../lambda/deadline';
import { Aws } from '../../simulator';

let aws: Aws;

useAccount((started) => { aws = started; });
beforeEach(() => storeSecret(aws.region(ACCOUNT, REGION), 'ci/github', GITHUB_TOKEN));

test('aborts when the time is up, and not earlier', async () => {
  const deadline = new Deadline(100);
  expect(deadline.signal.aborted).toBe(false);

  await expect(deadline.pause(60_000)).rejects.toMatchObject({ name: 'AbortError' });
  expect(deadline.signal.aborted).toBe(true);
  expect(deadline.elapsed).toBeGreaterThan(90);
});

test('aborts when the work ends', async () => {
  const deadline = new Deadline(60_000);
  await deadline.pause(1);
  deadline.end();

  expect(deadline.signal.aborted).toBe(true);
  await expect(deadline.pause(1)).rejects.toMatchObject({ name: 'AbortError' });
});

test.each([[59_000, true], [61_000, false]])('waits for IAM for a minute: %s ms are allowed: %s', (milliseconds, isWorthIt) => {
  const deadline = new Deadline(120_000);
  expect(deadline.mayRetryIam(milliseconds)).toBe(isWorthIt);
  deadline.end();
});

describe('a shorter deadline within another one', () => {
  test('ends with the outer one, and does not wait for IAM', () => {
    const outer = new Deadline(60_000);
    const inner = outer.within(30_000);
    expect(inner.mayRetryIam(1_000)).toBe(false);
    expect(inner.signal.aborted).toBe(false);

    outer.end();
    expect(inner.signal.aborted).toBe(true);
  });

  test('can end earlier, and does not end the outer one', async () => {
    const outer = new Deadline(60_000);
    await expect(outer.within(50).pause(30_000)).rejects.toMatchObject({ name: 'AbortError' });
    expect(outer.signal.aborted).toBe(false);
    outer.end();
  });
});

test.each([
  ['Create', undefined, 'GetSecretValue'],
  ['Update', 'GITHUB/1', 'ListSourceCredentials'],
])('a %s changes nothing in CodeBuild after the deadline', async (RequestType, PhysicalResourceId, operation) => {
  aws.requests.length = 0;
  aws.faults.add({ operation, kind: 'delay', delayMs: 3_000 });

  const ResourceProperties = { ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', SecretId: 'ci/github' };
  const { answer } = await invoke(aws, { RequestType, PhysicalResourceId, ResourceProperties }, 4_000);
  const calls = aws.requests.length;
  // Wait until the delayed reply and any later call would have happened.
  await sleep(1_500);

  expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('not finished after') });
  expect(aws.requests).toHaveLength(calls);
  expect(changes(aws)).toEqual([]);
});
