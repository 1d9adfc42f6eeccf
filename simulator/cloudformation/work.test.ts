import { Order, perform } from './work';

const never = () => new Promise<void>(() => undefined);

/** Performs a, then b, and c independently of them. `steps` adds an action to an item. */
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
const untilCancelled = async (cancelled: AbortSignal) => {
  await new Promise((_, reject) => cancelled.addEventListener('abort', () => reject(new Error('cancelled'))));
};

test('sequential: performs one item after the other', async () => {
  expect(await run('sequential', { a: soon })).toEqual({
    done: ['a', 'b', 'c'], failure: undefined, log: ['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends'],
  });
});

test('parallel: performs items at the same time, as far as dependencies allow', async () => {
  const { done, log } = await run('parallel', { a: soon });
  expect(done).toEqual(['c', 'a', 'b']);
  expect(log).toEqual(['a starts', 'c starts', 'c ends', 'a ends', 'b starts', 'b ends']);
});

test.each<Order>(['parallel', 'sequential'])('%s: does not start an item whose dependency failed', async (order) => {
  const { done, failure, log } = await run(order, { a: fail }, false);
  expect(done).toEqual(['c']);
  expect(failure).toEqual(new Error('on purpose'));
  expect(log).not.toContain('b starts');
});

test('sequential: stops at a failure', async () => {
  expect((await run('sequential', { a: fail })).log).toEqual(['a starts']);
});

test('parallel: a failure cancels the running items and is the reported error', async () => {
  const { failure, log } = await run('parallel', { a: untilCancelled, c: async () => { await soon(); await fail(); } });
  expect(failure).toEqual(new Error('on purpose'));
  expect(log).toEqual(['a starts', 'c starts']);
});

test('parallel: waits for an item that ignores its cancellation', async () => {
  const { done, failure, log } = await run('parallel', { a: soon, c: fail });
  expect([done, failure]).toEqual([['a'], new Error('on purpose')]);
  expect(log).toEqual(['a starts', 'c starts', 'a ends']);
  expect(await Promise.race([run('parallel', { a: never, c: fail }), soon()])).toBeUndefined();
});
