import { Clock, LONGEST_TIMER_MS, SharedTime, Waiting, Worker } from './clock';

interface Sleeper {
  readonly until: number;
  wake(): void;
}

/**
 * A clock that runs like the machine's, and jumps to the next timer when every process that handles an event only waits:
 * for a timer, or for the reply to a held request. So minutes of waiting take milliseconds, and the handler does not
 * mistake a busy machine for a service that does not reply.
 */
export class JumpingClock implements Clock {
  readonly isShared = true;
  private ahead = 0;
  private held = 0;
  private isChecking = false;
  private readonly sleepers = new Set<Sleeper>();
  private readonly workers = new Set<JumpingWorker>();

  now(): number {
    return Date.now() + this.ahead;
  }

  async sleep(milliseconds: number, ended?: AbortSignal): Promise<void> {
    if (ended?.aborted) return;
    await new Promise<void>((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const wake = () => {
        clearTimeout(timer);
        ended?.removeEventListener('abort', wake);
        this.sleepers.delete(sleeper);
        resolve();
      };
      const sleeper = { until: this.now() + milliseconds, wake };
      // If a process never waits, this timer ends the sleep in real time. Unreferenced, so that a finished test does not wait for it.
      if (Number.isFinite(milliseconds)) timer = setTimeout(wake, Math.min(milliseconds, LONGEST_TIMER_MS)).unref();
      ended?.addEventListener('abort', wake);
      this.sleepers.add(sleeper);
      this.check();
    });
  }

  async lapse(milliseconds: number): Promise<void> {
    await this.sleep(milliseconds);
  }

  async holdRequest(milliseconds: number, closed: AbortSignal): Promise<void> {
    this.held += 1;
    let isHeld = true;
    const end = () => {
      if (isHeld) this.held -= 1;
      isHeld = false;
      this.check();
    };
    closed.addEventListener('abort', end);
    this.check();
    await this.sleep(milliseconds, milliseconds === Infinity ? closed : undefined);
    closed.removeEventListener('abort', end);
    end();
  }

  begin(tell: (time: SharedTime) => void): Worker {
    const worker = new JumpingWorker(this.ahead, tell, () => this.check(), () => this.workers.delete(worker));
    this.workers.add(worker);
    return worker;
  }

  /** Jumps if all processes only wait. Checks two rounds of the event loop later, after this process has handled pending callbacks. */
  private check(): void {
    if (this.isChecking) return;
    this.isChecking = true;
    setImmediate(() => setImmediate(() => {
      this.isChecking = false;
      this.jump();
    }));
  }

  private jump(): void {
    const waiting = [...this.workers].map((worker) => worker.waiting);
    if (!waiting.every((one) => one !== undefined)) return;
    if (waiting.reduce((sum, { requests }) => sum + requests, 0) !== this.held) return;
    const next = Math.min(...waiting.map(({ until = Infinity }) => until), ...[...this.sleepers].map(({ until }) => until));
    if (next === Infinity) return;

    this.ahead += Math.max(0, next - this.now());
    for (const worker of this.workers) worker.jump(this.ahead);
    const now = this.now();
    [...this.sleepers].filter(({ until }) => until <= now).sort((one, other) => one.until - other.until).forEach(({ wake }) => wake());
    this.check();
  }
}

class JumpingWorker implements Worker {
  waiting?: Waiting;
  private turn = 1;

  constructor(
    private ahead: number,
    private readonly tell: (time: SharedTime) => void,
    private readonly onChange: () => void,
    private readonly remove: () => void,
  ) {}

  get time(): SharedTime {
    return { ahead: this.ahead, turn: this.turn };
  }

  waits(waiting: Waiting): void {
    // A report from before the last jump is outdated.
    this.waiting = waiting.turn === this.turn ? waiting : undefined;
    this.onChange();
  }

  works(): void {
    this.waiting = undefined;
  }

  jump(ahead: number): void {
    this.ahead = ahead;
    this.turn += 1;
    this.waiting = undefined;
    this.tell(this.time);
  }

  end(): void {
    this.remove();
    this.onChange();
  }
}
