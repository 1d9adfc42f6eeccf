import { Clock, LONGEST_TIMER_MS, SharedTime, Waiting, Worker } from './clock';

interface Sleeper {
  readonly until: number;
  wake(): void;
}

/**
 * Time that passes like the machine's, and jumps to the next timer whenever everybody waits: each process that works
 * on an event, for its timers or for the reply to a request that is held back, and whoever sleeps here. Minutes of
 * waiting take milliseconds then, and a busy machine is not mistaken for a service that does not reply.
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
      // Should somebody never wait, time passes all the same. A test that is over does not wait for it.
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

  /** Jumps, if everybody waits also when what has just happened has had its consequences in this process. */
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
    private readonly changed: () => void,
    private readonly remove: () => void,
  ) {}

  get time(): SharedTime {
    return { ahead: this.ahead, turn: this.turn };
  }

  waits(waiting: Waiting): void {
    // What it said before it has heard of the last jump no longer holds.
    this.waiting = waiting.turn === this.turn ? waiting : undefined;
    this.changed();
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
    this.changed();
  }
}
