import * as fs from 'node:fs';
import * as path from 'node:path';
import * as times from '../src/times';

/* How the time limits depend on one another. A failing test shows which other limit to change. */

const SECOND = 1_000;
const LONGEST_LAMBDA_AGE_SECONDS = 21_600;
const LONGEST_SERVICE_TIMEOUT_SECONDS = 3_600;

const sum = (numbers: readonly number[]) => numbers.reduce((one, other) => one + other, 0);

describe.each([times.SHORTEST_REQUEST_SECONDS, times.DEFAULT_REQUEST_SECONDS, times.LONGEST_INVOCATION_SECONDS])('with requests of %s seconds', (seconds) => {
  const age = times.maximumEventAgeSeconds(seconds);

  test("all of Lambda's attempts at an event start before the event's maximum age", () => {
    expect(sum(times.RETRY_PAUSES_SECONDS) + times.RETRY_PAUSES_SECONDS.length * seconds).toBeLessThan(age);
    expect(age).toBeLessThanOrEqual(LONGEST_LAMBDA_AGE_SECONDS);
  });

  test.each([seconds, times.SHORTEST_REQUEST_SECONDS, times.LONGEST_INVOCATION_SECONDS])(
    'CloudFormation times out after the last attempt at a request, or at a wait of %s seconds, has ended', (invocationSeconds) => {
      const timeout = times.serviceTimeoutSeconds(seconds, invocationSeconds);
      expect(timeout).toBeGreaterThan(age + Math.max(seconds, invocationSeconds));
      expect(timeout).toBeLessThanOrEqual(LONGEST_SERVICE_TIMEOUT_SECONDS);
    });

  test('LATE_REQUEST_MS is longer than a request can wait in Lambda and then run', () => {
    expect(times.LATE_REQUEST_MS).toBeGreaterThan((age + times.LONGEST_INVOCATION_SECONDS) * SECOND);
  });
});

test('the reserved time is enough for three tries of the answer, after the aborted work has ended', () => {
  expect(times.ANSWER_PAUSES_MS).toHaveLength(2);
  const tries = 3 * times.ANSWER_TRY_MS + sum(times.ANSWER_PAUSES_MS);
  expect(times.ABORT_GRACE_MS + tries + times.ANSWER_MARGIN_MS).toBeLessThanOrEqual(times.ANSWER_RESERVE_MS);
});

test('the second pause between tries of an answer is twice the first, as the code doubles it', () => {
  expect(times.ANSWER_PAUSES_MS[1]).toBe(2 * times.ANSWER_PAUSES_MS[0]);
});

test('a request still has time to answer after waiting a whole minute for IAM', () => {
  expect(times.IAM_RETRY_MS + times.IAM_PAUSE_MS.longest + times.ANSWER_RESERVE_MS).toBeLessThan(times.DEFAULT_REQUEST_SECONDS * SECOND);
});

test('an invocation has time for the longest wait, a last check in which only the final try gets a reply, and the answer', () => {
  const look = times.CALL_ATTEMPTS * times.REPLY_MS;
  expect(look + times.ANSWER_RESERVE_MS).toBeLessThanOrEqual(times.WAIT_OVERHEAD_SECONDS * SECOND);
  expect(times.LONGEST_WAIT_SECONDS + times.WAIT_OVERHEAD_SECONDS).toBeLessThanOrEqual(times.LONGEST_INVOCATION_SECONDS);
});

test('asking another stack to restore its credential leaves a request enough time for its own work', () => {
  expect(times.RESTORE_REQUEST_MS).toBeLessThan(times.SHORTEST_REQUEST_SECONDS * SECOND / 2);
});

test('a connection stays marked for deletion as long as the deleting request can run', () => {
  expect(times.LONGEST_DELETION_MS).toBeGreaterThan(times.LONGEST_INVOCATION_SECONDS * SECOND);
});

test('a request waits longer before it deletes a connection than a record takes to be listed', () => {
  expect(times.DELETION_PAUSE_MS).toBeGreaterThan(times.LIST_DELAY_MS);
});

test('the timeout for a reply is longer than for a network connection, and fits twice into the shortest request', () => {
  expect(times.CONNECT_MS).toBeLessThan(times.REPLY_MS);
  expect(times.REPLY_MS).toBeLessThan(times.SHORTEST_REQUEST_SECONDS * SECOND / 2);
});

test('no other file of the library defines a time limit', () => {
  const root = path.join(__dirname, '..');
  const files = ['src', 'lambda'].flatMap((folder) =>
    fs.readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file)));
  const found = files.filter((file) => file.endsWith('.ts') && file !== path.join('src', 'times.ts')).flatMap((file) =>
    [...fs.readFileSync(path.join(root, file), 'utf8').matchAll(/^(?:export )?const (\w+_(?:MS|SECONDS|MINUTES)\b) = .*/gm)].map(([, name]) => `${file}: ${name}`));
  // These two are for dates, not for waiting.
  expect(found.map((name) => name.replaceAll(path.sep, '/'))).toEqual(['lambda/credentials/expiry.ts: DAY_MS', 'lambda/credentials/github-verdict.ts: SOONEST_EXPIRY_MS']);
});
