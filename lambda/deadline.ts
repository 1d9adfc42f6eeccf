import { setTimeout as sleep } from 'node:timers/promises';
import { IAM_RETRY_MS } from '../src/times';

/**
 * A time limit for some work. When the time is up, all running calls are aborted, so that nothing is changed
 * afterwards.
 */
export class Deadline {
  readonly signal: AbortSignal;
  readonly startedAt = Date.now();
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(readonly milliseconds: number, private readonly iamRetryMs = IAM_RETRY_MS, outer?: Deadline) {
    this.signal = outer ? AbortSignal.any([outer.signal, this.controller.signal]) : this.controller.signal;
    this.timer = setTimeout(() => this.controller.abort(), milliseconds);
    // The timer alone must not keep the process alive.
    this.timer.unref();
  }

  /** Returns a shorter deadline within this one. It does not wait for IAM. */
  within(milliseconds: number): Deadline {
    return new Deadline(Math.min(milliseconds, this.remaining), 0, this);
  }

  get elapsed(): number {
    return Date.now() - this.startedAt;
  }

  get remaining(): number {
    return Math.max(0, this.milliseconds - this.elapsed);
  }

  /** Whether a call that was denied may be retried after a pause of this length. */
  mayRetryIam(milliseconds: number): boolean {
    return this.elapsed + milliseconds <= this.iamRetryMs;
  }

  /** Waits. Throws if the time is up first. */
  async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.signal });
  }

  /** Stops the timer, and aborts what is still running. */
  end(): void {
    clearTimeout(this.timer);
    this.controller.abort();
  }
}
