/**
 * CloudFormation performs all items whose dependencies are met at the same time (`parallel`). One item after the other
 * (`sequential`) is one possible result of that, and deterministic.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
 */
export type Order = 'parallel' | 'sequential';

export interface Work {
  readonly order: Order;
  /** All items, each after its dependencies. */
  readonly ids: string[];
  readonly waitsFor: Map<string, string[]>;
  /** Whether a failure cancels all remaining work, or only what depends on the failed item. */
  readonly stopsAtFailure: boolean;
  /** Performs one item. Must reject if it fails, and soon after `cancelled` aborts. */
  step(id: string, cancelled: AbortSignal): Promise<void>;
}

export interface Result {
  readonly done: string[];
  /** The first failure. */
  readonly failure?: unknown;
}

/** Performs all items. Resolves when none is running. */
export async function perform({ ids, order, step, stopsAtFailure, waitsFor }: Work): Promise<Result> {
  const cancelled = new AbortController();
  const done: string[] = [];
  const items = new Map<string, Promise<boolean>>();
  const failures: unknown[] = [];

  const performOne = async (id: string, before: Array<Promise<boolean> | undefined>): Promise<boolean> => {
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
    const item = performOne(id, (waitsFor.get(id) ?? []).map((other) => items.get(other)));
    items.set(id, item);
    if (order === 'sequential') await item;
  }
  await Promise.all(items.values());
  return { done, failure: failures[0] };
}
