import * as fs from 'node:fs';
import * as path from 'node:path';
import * as times from '../src/times';

/* How the times depend on one another. A row that fails says what else to change. */

const SECOND = 1_000;
const LONGEST_LAMBDA_AGE_SECONDS = 21_600;
const LONGEST_SERVICE_TIMEOUT_SECONDS = 3_600;

const sum = (numbers: readonly number[]) => numbers.reduce((one, other) => one + other, 0);

describe.each([times.SHORTEST_REQUEST_SECONDS, times.DEFAULT_REQUEST_SECONDS, times.LONGEST_INVOCATION_SECONDS])('with requests of %s seconds', (seconds) => {
  const age = times.maximumEventAgeSeconds(seconds);

  test("Lambda's attempts at an event fit into its age, the last one not counted", () => {
    expect(sum(times.RETRY_PAUSES_SECONDS) + times.RETRY_PAUSES_SECONDS.length * seconds).toBeLessThan(age);
    expect(age).toBeLessThanOrEqual(LONGEST_LAMBDA_AGE_SECONDS);
  });

  test.each([seconds, times.SHORTEST_REQUEST_SECONDS, times.LONGEST_INVOCATION_SECONDS])(
    'CloudFormation waits until the last attempt at a request, or at a wait of %s seconds, has ended', (invocationSeconds) => {
      const timeout = times.serviceTimeoutSeconds(seconds, invocationSeconds);
      expect(timeout).toBeGreaterThan(age + Math.max(seconds, invocationSeconds));
      expect(timeout).toBeLessThanOrEqual(LONGEST_SERVICE_TIMEOUT_SECONDS);
    });

  test('a request that came late is known for one as long as one can come', () => {
    expect(times.LATE_REQUEST_MS).toBeGreaterThan((age + times.LONGEST_INVOCATION_SECONDS) * SECOND);
  });
});

test('the answer has the time for three tries, after the last words of the work', () => {
  expect(times.ANSWER_PAUSES_MS).toHaveLength(2);
  const tries = 3 * times.ANSWER_TRY_MS + sum(times.ANSWER_PAUSES_MS);
  expect(times.ABORT_GRACE_MS + tries + times.ANSWER_MARGIN_MS).toBeLessThanOrEqual(times.ANSWER_RESERVE_MS);
});

test('the pauses between the tries of an answer grow as the answer doubles them', () => {
  expect(times.ANSWER_PAUSES_MS[1]).toBe(2 * times.ANSWER_PAUSES_MS[0]);
});

test('IAM may take its whole minute in a request, and the answer comes all the same', () => {
  expect(times.IAM_RETRY_MS + times.IAM_PAUSE_MS.longest + times.ANSWER_RESERVE_MS).toBeLessThan(times.DEFAULT_REQUEST_SECONDS * SECOND);
});

test('the longest wait fits into an invocation, with a last look whose every try but the last gets no reply, and the answer', () => {
  const look = times.CALL_ATTEMPTS * times.REPLY_MS;
  expect(look + times.ANSWER_RESERVE_MS).toBeLessThanOrEqual(times.WAIT_OVERHEAD_SECONDS * SECOND);
  expect(times.LONGEST_WAIT_SECONDS + times.WAIT_OVERHEAD_SECONDS).toBeLessThanOrEqual(times.LONGEST_INVOCATION_SECONDS);
});

test("another stack's affairs leave a request the time for its own", () => {
  expect(times.RESTORE_REQUEST_MS).toBeLessThan(times.SHORTEST_REQUEST_SECONDS * SECOND / 2);
});

test('a connection that is marked for deletion is left alone as long as whoever marked it may run', () => {
  expect(times.LONGEST_DELETION_MS).toBeGreaterThan(times.LONGEST_INVOCATION_SECONDS * SECOND);
});

test('whoever deletes a connection waits longer than a record takes to be listed', () => {
  expect(times.DELETION_PAUSE_MS).toBeGreaterThan(times.LIST_DELAY_MS);
});

test('a reply is waited for longer than a connection, and both within the shortest request', () => {
  expect(times.CONNECT_MS).toBeLessThan(times.REPLY_MS);
  expect(times.REPLY_MS).toBeLessThan(times.SHORTEST_REQUEST_SECONDS * SECOND / 2);
});

test('no other file of the library has a time limit of its own', () => {
  const root = path.join(__dirname, '..');
  const files = ['src', 'lambda'].flatMap((folder) =>
    fs.readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file)));
  const found = files.filter((file) => file.endsWith('.ts') && file !== path.join('src', 'times.ts')).flatMap((file) =>
    [...fs.readFileSync(path.join(root, file), 'utf8').matchAll(/^(?:export )?const (\w+_(?:MS|SECONDS|MINUTES)\b) = .*/gm)].map(([, name]) => `${file}: ${name}`));
  // Of dates, not of waiting.
  expect(found.map((name) => name.replaceAll(path.sep, '/'))).toEqual(['lambda/credentials/expiry.ts: DAY_MS', 'lambda/credentials/github-verdict.ts: SOONEST_EXPIRY_MS']);
});
