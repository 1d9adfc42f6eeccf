import { setTimeout as sleep } from 'node:timers/promises';
import { IAM_RETRY_MS } from '../src/times';

/**
 * How long some work may take. When the time is up, every call under way is aborted, so that nothing
 * is changed afterwards.
 */
export class Deadline {
  readonly signal: AbortSignal;
  readonly startedAt = Date.now();
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(readonly milliseconds: number, private readonly patienceMs = IAM_RETRY_MS, outer?: Deadline) {
    this.signal = outer ? AbortSignal.any([outer.signal, this.controller.signal]) : this.controller.signal;
    this.timer = setTimeout(() => this.controller.abort(), milliseconds);
    // What is waited for keeps the process alive, not the limit on it.
    this.timer.unref();
  }

  /** A shorter time within this one, which does not wait for IAM. */
  within(milliseconds: number): Deadline {
    return new Deadline(Math.min(milliseconds, this.remaining), 0, this);
  }

  get elapsed(): number {
    return Date.now() - this.startedAt;
  }

  get remaining(): number {
    return Math.max(0, this.milliseconds - this.elapsed);
  }

  /** Whether it is still worth waiting that long for IAM. */
  mayRetryIam(milliseconds: number): boolean {
    return this.elapsed + milliseconds <= this.patienceMs;
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
