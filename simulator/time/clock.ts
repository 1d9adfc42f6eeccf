import { setTimeout } from 'node:timers/promises';

/** The clock of an account: its services, CloudFormation and its functions use it. */
export interface Clock {
  /** Whether the processes must receive the time from this clock. */
  readonly isShared: boolean;

  now(): number;

  /** Resolves after that time, or when `ended` aborts. */
  sleep(milliseconds: number, ended?: AbortSignal): Promise<void>;

  /** Lets time pass that AWS would also take. A real clock skips it. */
  lapse(milliseconds: number): Promise<void>;

  /** Resolves after that time. Meanwhile the request counts as waiting, unless its client hangs up. */
  holdRequest(milliseconds: number, closed: AbortSignal): Promise<void>;

  /** Registers a process that starts to handle an event. `tell` sends the time to the process. */
  begin(tell: (time: SharedTime) => void): Worker;
}

/** The message that tells a process the time. `undefined`: the machine's time. */
export type SharedTime = undefined | {
  /** How many milliseconds the clock is ahead of the machine's. */
  readonly ahead: number;
  /** The number of the message. A process reports the last one that it received. */
  readonly turn: number;
};

/** The report of a process that only waits. */
export interface Waiting {
  /** The number of the last message that the process received. */
  readonly turn: number;
  /** When its next timer rings. Absent if it has none. */
  readonly until?: number;
  /** How many of its requests have no complete response yet. */
  readonly requests: number;
}

/** A process that handles an event. */
export interface Worker {
  /** The time for the process at its start. */
  readonly time: SharedTime;
  waits(waiting: Waiting): void;
  /** Call this when the process is active, or is being killed. */
  works(): void;
  end(): void;
}

/** The machine's clock. */
export class RealClock implements Clock {
  readonly isShared = false;

  now(): number {
    return Date.now();
  }

  async sleep(milliseconds: number, ended?: AbortSignal): Promise<void> {
    await setTimeout(Math.min(milliseconds, LONGEST_TIMER_MS), undefined, { signal: ended }).catch(() => undefined);
  }

  async lapse(): Promise<void> {
    // Skipped: it would only make tests slower.
  }

  async holdRequest(milliseconds: number): Promise<void> {
    // Unreferenced, so that a finished test does not wait for it.
    await setTimeout(Math.min(milliseconds, LONGEST_TIMER_MS), undefined, { ref: false });
  }

  begin(): Worker {
    return { time: undefined, waits: () => undefined, works: () => undefined, end: () => undefined };
  }
}

/** The longest timer of Node.js. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
