import { setTimeout } from 'node:timers/promises';
import { Worker } from './clock';
import { JumpingClock } from './jumping-clock';

/* These tests make up the reports of processes. The tests in ../cloudformation use real processes. */

const HOUR_MS = 3_600_000;

let clock: JumpingClock;
let startedAt: number;

beforeEach(() => {
  clock = new JumpingClock();
  startedAt = clock.now();
});

/** A process that receives every message about the time. */
function process_() {
  let turn = 0;
  let ahead = 0;
  const worker: Worker = clock.begin((time) => ({ turn, ahead } = time!));
  ({ turn, ahead } = worker.time!);
  return {
    worker,
    waits: (waiting: { until?: number; requests?: number } = {}) => worker.waits({ turn, requests: 0, ...waiting }),
    get turn() { return turn; },
    get ahead() { return ahead; },
  };
}

/** Waits long enough for a jump. */
const letJump = async () => setTimeout(30);
const hasJumped = () => clock.now() - startedAt > HOUR_MS / 2;

test('jumps to the end of each sleep, in order', async () => {
  const woken: number[] = [];
  await Promise.all([2, 3, 1].map(async (hours) => clock.sleep(hours * HOUR_MS).then(() => woken.push(hours))));
  expect(woken).toEqual([1, 2, 3]);
  expect(clock.now() - startedAt).toBeGreaterThanOrEqual(3 * HOUR_MS);
});

test('does not jump to the end of an aborted sleep', async () => {
  const ended = new AbortController();
  const sleep = clock.sleep(HOUR_MS, ended.signal);
  ended.abort();
  await sleep;
  await clock.sleep(HOUR_MS, ended.signal);
  await letJump();
  expect(hasJumped()).toBe(false);
});

test('runs like the machine\'s clock while a process works', async () => {
  const { worker } = process_();
  void clock.sleep(HOUR_MS);
  await letJump();
  expect(hasJumped()).toBe(false);
  worker.end();
  await letJump();
  expect(hasJumped()).toBe(true);
});

test('jumps to the timer of a waiting process, tells it, and jumps again only after its next report', async () => {
  const one = process_();
  one.waits({ until: startedAt + HOUR_MS });
  await letJump();
  expect([one.turn, one.ahead > HOUR_MS - 1_000]).toEqual([2, true]);

  one.worker.waits({ turn: 1, requests: 0, until: startedAt + 5 * HOUR_MS });
  await letJump();
  expect(clock.now() - startedAt).toBeLessThan(2 * HOUR_MS);
  one.waits({ until: startedAt + 5 * HOUR_MS });
  await letJump();
  expect(clock.now() - startedAt).toBeGreaterThanOrEqual(5 * HOUR_MS);
});

test('does not jump while one of two processes works or is being killed', async () => {
  const [one, other] = [process_(), process_()];
  one.waits({ until: startedAt + HOUR_MS });
  await letJump();
  expect(hasJumped()).toBe(false);
  other.waits();
  other.worker.works();
  await letJump();
  expect(hasJumped()).toBe(false);
  other.waits();
  await letJump();
  expect(hasJumped()).toBe(true);
});

test('jumps while a request is held, but not while it is in progress', async () => {
  const closed = new AbortController();
  const one = process_();
  one.waits({ requests: 1, until: startedAt + HOUR_MS });
  await letJump();
  expect(hasJumped()).toBe(false);
  void clock.holdRequest(Infinity, closed.signal);
  await letJump();
  expect(hasJumped()).toBe(true);

  // The client has hung up.
  closed.abort();
  const before = clock.now();
  one.waits({ requests: 1, until: before + HOUR_MS });
  await letJump();
  expect(clock.now() - before).toBeLessThan(HOUR_MS);
});

test('jumps to the end of a delay, after which the request is in progress again', async () => {
  const one = process_();
  one.waits({ requests: 1 });
  await clock.holdRequest(HOUR_MS, new AbortController().signal);
  expect(hasJumped()).toBe(true);
  const before = clock.now();
  one.waits({ requests: 1, until: before + HOUR_MS });
  await letJump();
  expect(clock.now() - before).toBeLessThan(HOUR_MS);
});
