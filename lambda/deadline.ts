import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How long the work on one event may take. When the time is up every call that is under way is
 * aborted, so that nothing is changed after the answer.
 */
export class Deadline {
  readonly signal: AbortSignal;
  private readonly endsAt: number;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(milliseconds: number, private readonly startedAt = Date.now()) {
    this.endsAt = startedAt + milliseconds;
    this.signal = this.controller.signal;
    this.timer = setTimeout(() => this.controller.abort(), milliseconds);
  }

  get remaining(): number {
    return this.endsAt - Date.now();
  }

  get elapsed(): number {
    return Date.now() - this.startedAt;
  }

  /** Waits, or throws when the time is up. */
  async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.signal });
  }

  /** Ends the work, finished or not. */
  end(): void {
    clearTimeout(this.timer);
    this.controller.abort();
  }
}
