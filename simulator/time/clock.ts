import { setTimeout } from 'node:timers/promises';

/** The time of an account: of its services, of CloudFormation and of its functions. */
export interface Clock {
  /** Whether processes have to be told what time it is. */
  readonly isShared: boolean;

  now(): number;

  /** Resolves when the time is over, or when nobody waits for it any more. */
  sleep(milliseconds: number, ended?: AbortSignal): Promise<void>;

  /** Lets time pass that the real thing would take as well, where that costs nothing. */
  lapse(milliseconds: number): Promise<void>;

  /** Counts a request that gets no reply for that long as one that waits, until its client hangs up. */
  holdRequest(milliseconds: number, closed: AbortSignal): Promise<void>;

  /** Registers a process that begins to work on an event; `tell` sends it messages about the time. */
  begin(tell: (time: SharedTime) => void): Worker;
}

/** What a process has to know to live in this time. `undefined` where it is that of the machine. */
export type SharedTime = undefined | {
  /** How many milliseconds this time is ahead of the machine's. */
  readonly ahead: number;
  /** Which message this is; a process says which one it has heard last. */
  readonly turn: number;
};

/** What a process says once there is nothing left to do but wait. */
export interface Waiting {
  /** The last message about the time that the process has heard. */
  readonly turn: number;
  /** When its next timer ends; absent if it has none. */
  readonly until?: number;
  /** How many of its requests have no complete response yet. */
  readonly requests: number;
}

/** A process that works on an event. */
export interface Worker {
  /** The time at which it begins. */
  readonly time: SharedTime;
  waits(waiting: Waiting): void;
  /** It does something, or is being killed. */
  works(): void;
  end(): void;
}

/** The time of this machine. */
export class RealClock implements Clock {
  readonly isShared = false;

  now(): number {
    return Date.now();
  }

  async sleep(milliseconds: number, ended?: AbortSignal): Promise<void> {
    await setTimeout(Math.min(milliseconds, LONGEST_TIMER_MS), undefined, { signal: ended }).catch(() => undefined);
  }

  async lapse(): Promise<void> {
    // Nobody waits for that.
  }

  async holdRequest(milliseconds: number): Promise<void> {
    // Unreferenced: a test that is over does not wait for it.
    await setTimeout(Math.min(milliseconds, LONGEST_TIMER_MS), undefined, { ref: false });
  }

  begin(): Worker {
    return { time: undefined, waits: () => undefined, works: () => undefined, end: () => undefined };
  }
}

/** Node.js takes no longer ones. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
