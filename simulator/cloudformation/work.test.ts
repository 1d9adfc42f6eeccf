import { Order, perform } from './work';

const never = () => new Promise<void>(() => undefined);

/** Does a, then b; c beside them. `steps` may replace what is done. */
async function run(order: Order, steps: Record<string, (cancelled: AbortSignal) => Promise<void>>, stopsAtFailure = true) {
  const log: string[] = [];
  const result = await perform({
    order,
    ids: ['a', 'b', 'c'],
    waitsFor: new Map([['b', ['a']]]),
    stopsAtFailure,
    step: async (id, cancelled) => {
      log.push(`${id} starts`);
      await steps[id]?.(cancelled);
      log.push(`${id} ends`);
    },
  });
  return { ...result, log };
}

const fail = async () => { throw new Error('on purpose'); };
const soon = async () => { await new Promise((resolve) => setTimeout(resolve, 10)); };
const untilCalledOff = async (cancelled: AbortSignal) => {
  await new Promise((_, reject) => cancelled.addEventListener('abort', () => reject(new Error('cancelled'))));
};

test('one after the other', async () => {
  expect(await run('sequential', { a: soon })).toEqual({
    done: ['a', 'b', 'c'], failure: undefined, log: ['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends'],
  });
});

test('side by side, as far as dependencies allow', async () => {
  const { done, log } = await run('parallel', { a: soon });
  expect(done).toEqual(['c', 'a', 'b']);
  expect(log).toEqual(['a starts', 'c starts', 'c ends', 'a ends', 'b starts', 'b ends']);
});

test.each<Order>(['parallel', 'sequential'])('%s, what waits for a failure is not started', async (order) => {
  const { done, failure, log } = await run(order, { a: fail }, false);
  expect(done).toEqual(['c']);
  expect(failure).toEqual(new Error('on purpose'));
  expect(log).not.toContain('b starts');
});

test('one after the other, a failure stops it', async () => {
  expect((await run('sequential', { a: fail })).log).toEqual(['a starts']);
});

test('side by side, a failure cancels the work in progress and is the error that is reported', async () => {
  const { failure, log } = await run('parallel', { a: untilCalledOff, c: async () => { await soon(); await fail(); } });
  expect(failure).toEqual(new Error('on purpose'));
  expect(log).toEqual(['a starts', 'c starts']);
});

test('side by side, work that ignores its cancellation is waited for', async () => {
  const { done, failure, log } = await run('parallel', { a: soon, c: fail });
  expect([done, failure]).toEqual([['a'], new Error('on purpose')]);
  expect(log).toEqual(['a starts', 'c starts', 'a ends']);
  expect(await Promise.race([run('parallel', { a: never, c: fail }), soon()])).toBeUndefined();
});
