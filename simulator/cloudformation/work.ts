/**
 * CloudFormation goes on with everything whose dependencies are met (`parallel`); one after the other (`sequential`)
 * is an order that this may lead to as well, with nothing left to chance.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
 */
export type Order = 'parallel' | 'sequential';

export interface Work {
  readonly order: Order;
  /** Everything to do, each item after those that it waits for. */
  readonly ids: string[];
  readonly waitsFor: Map<string, string[]>;
  /** Whether a failure cancels all remaining work, or only what depends on the failed item. */
  readonly stopsAtFailure: boolean;
  /** Does one item; rejects if that fails, and soon after the remaining work is cancelled. */
  step(id: string, cancelled: AbortSignal): Promise<void>;
}

export interface Result {
  readonly done: string[];
  /** The first one. */
  readonly failure?: unknown;
}

/** Does all the work, and comes back when nothing is under way any more. */
export async function perform({ ids, order, step, stopsAtFailure, waitsFor }: Work): Promise<Result> {
  const cancelled = new AbortController();
  const done: string[] = [];
  const items = new Map<string, Promise<boolean>>();
  const failures: unknown[] = [];

  const one = async (id: string, before: Array<Promise<boolean> | undefined>): Promise<boolean> => {
    const isReady = (await Promise.all(before)).every((succeeded) => succeeded !== false);
    if (!isReady || cancelled.signal.aborted) return false;
    try {
      await step(id, cancelled.signal);
      done.push(id);
      return true;
    } catch (error) {
      failures.push(error);
      if (stopsAtFailure) cancelled.abort();
      return false;
    }
  };
  for (const id of ids) {
    const item = one(id, (waitsFor.get(id) ?? []).map((other) => items.get(other)));
    items.set(id, item);
    if (order === 'sequential') await item;
  }
  await Promise.all(items.values());
  return { done, failure: failures[0] };
}
