import { randomUUID } from 'node:crypto';
import { FunctionError } from './function-error';
import type { Clock } from '../time/clock';

/** The pauses before Lambda retries an asynchronous event. */
const RETRY_DELAYS = [60_000, 120_000];

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** The delivery of an event to a function, and its result so far. */
export interface Delivery {
  readonly event: any;
  readonly awsRequestId: string;
  /** How many times the function was started with the event. */
  readonly attempts: number;
  /** Whether this is not the event's first delivery. */
  readonly isRepetition?: true;
  /** Undefined until the function has succeeded or Lambda has dropped the event. */
  readonly outcome?: 'succeeded' | 'failed';
  /** Why the last attempt failed. */
  readonly error?: string;
}

/** Selects the events that Lambda delivers twice, and the time of the second delivery. */
export type Repeats = (event: any) => 'concurrently' | 'afterwards' | undefined;

/** The settings of an AWS::Lambda::EventInvokeConfig. */
export interface AsynchronousInvocation {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
}

export interface QueuedEvent {
  readonly delivery: Delivery;
  /** The result of the last attempt. */
  readonly result: Promise<unknown>;
}

interface Hold {
  readonly released: Promise<void>;
  matches(event: unknown): boolean;
}

/**
 * The queue of a function's asynchronous events.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export class EventQueue {
  asynchronous: AsynchronousInvocation = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 6 * 3600 };
  readonly deliveries: Delivery[] = [];
  private readonly inProgress = new Set<Promise<unknown>>();
  private readonly holds = new Set<Hold>();
  private readonly closing = new AbortController();

  constructor(
    private readonly clock: Clock,
    private readonly repeats: Repeats,
    private readonly run: (delivery: Delivery) => Promise<unknown>,
  ) {}

  get isBusy(): boolean {
    return this.inProgress.size > 0;
  }

  add(event: unknown): QueuedEvent {
    const queued = this.enqueue({ event: structuredClone(event), awsRequestId: randomUUID(), attempts: 0 });
    const again = () => void this.repeat(queued.delivery);
    const repeats = this.repeats(event);
    if (repeats === 'concurrently') again();
    if (repeats === 'afterwards') void this.track(queued.result.then(again, again));
    return queued;
  }

  /** Delivers an event again: "It's possible for it to receive the same event from Lambda multiple times". That Lambda's request id stays the same is a guess. */
  repeat({ awsRequestId, event }: Delivery): QueuedEvent {
    return this.enqueue({ event, awsRequestId, attempts: 0, isRepetition: true });
  }

  /** Keeps matching events in the queue, like a throttled function. Returns a function that releases them. */
  hold(matches: (event: any) => boolean): () => void {
    let release: () => void;
    const hold: Hold = { matches, released: new Promise((resolve) => { release = resolve; }) };
    this.holds.add(hold);
    return () => {
      this.holds.delete(hold);
      release();
    };
  }

  /** Resolves once nothing is queued or running. */
  async idle(): Promise<void> {
    while (this.isBusy) await Promise.allSettled(this.inProgress);
  }

  /** Starts and retries nothing more. */
  close(): void {
    this.closing.abort();
  }

  private enqueue(delivery: Delivery): QueuedEvent {
    this.deliveries.push(delivery);
    return { delivery, result: this.track(this.attempts(delivery)) };
  }

  private track<Result>(result: Promise<Result>): Promise<Result> {
    this.inProgress.add(result);
    const settled = () => void this.inProgress.delete(result);
    void result.then(settled, settled);
    return result;
  }

  private async attempts(delivery: Mutable<Delivery>): Promise<unknown> {
    const queuedAt = this.clock.now();
    // Lambda drops older events: EventAgeExceeded.
    const isTooOld = (delay = 0) => this.clock.now() + delay - queuedAt > this.asynchronous.maximumEventAgeSeconds * 1000;
    const fail = (error: Error) => {
      Object.assign(delivery, { outcome: 'failed', error: error.message });
      return error;
    };
    for (const { matches, released } of this.holds) {
      if (matches(delivery.event)) await released;
    }
    if (isTooOld()) throw fail(new FunctionError('EventAgeExceeded'));

    for (;;) {
      if (this.closing.signal.aborted) throw fail(new FunctionError('Function not found'));
      try {
        delivery.attempts += 1;
        const result = await this.run(delivery);
        delivery.outcome = 'succeeded';
        return result;
      } catch (error) {
        delivery.error = (error as Error).message;
        const retries = delivery.attempts - 1;
        const isOver = !(error instanceof FunctionError)
          || retries >= this.asynchronous.maximumRetryAttempts || isTooOld(RETRY_DELAYS[retries]);
        if (isOver) throw fail(error as Error);
        await this.clock.sleep(RETRY_DELAYS[retries], this.closing.signal);
      }
    }
  }
}
