/** The owner of timers, such as a process. When a process dies, its timers are cancelled. */
export type Owner = object;

export interface Timer {
  at: number;
  readonly order: number;
  readonly owner: Owner;
  readonly ring: () => void;
  cancelled: boolean;
  unref(): Timer;
  ref(): Timer;
}

/** The time at which every virtual clock starts. */
const EPOCH = Date.UTC(2026, 0, 1);

/**
 * A clock that stops while code runs, and then jumps to the next timer. Everything happens in one process and nothing
 * waits for a real socket. So all code has finished when Node.js starts the next round of its event loop.
 */
export class VirtualClock {
  private time = EPOCH;
  private timers: Timer[] = [];
  private set = 0;
  private readonly frozenUntil = new WeakMap<Owner, number>();

  now(): number {
    return this.time;
  }

  setTimeout(owner: Owner, ring: () => void, milliseconds = 0): Timer {
    this.set += 1;
    const timer: Timer = {
      at: this.time + Math.max(1, Math.min(Number(milliseconds) || 0, 2 ** 31)),
      order: this.set,
      owner,
      ring,
      cancelled: false,
      unref: () => timer,
      ref: () => timer,
    };
    this.push(timer);
    return timer;
  }

  clear(timer: Timer | undefined): void {
    if (timer && typeof timer === 'object') timer.cancelled = true;
  }

  clearAll(owner: Owner): void {
    for (const timer of this.timers) timer.cancelled ||= timer.owner === owner;
  }

  /** Delays all of the owner's timers until that much time has passed. */
  freeze(owner: Owner, milliseconds: number): void {
    this.frozenUntil.set(owner, this.time + milliseconds);
  }

  async sleep(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => this.setTimeout(this, resolve, milliseconds));
  }

  /** Advances the time until the work is done. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const end = () => { isOver = true; };
    work.then(end, end);
    for (;;) {
      await nextRound();
      if (isOver) return work;
      const timer = this.pop();
      if (!timer) throw new Error('deadlock: the work is not done, and no timer is left');
      this.time = Math.max(this.time, timer.at);
      timer.ring();
    }
  }

  private pop(): Timer | undefined {
    for (;;) {
      const first = this.timers[0];
      const last = this.timers.pop();
      if (!first || !last) return undefined;
      if (this.timers.length > 0) this.sink(last);
      if (first.cancelled) continue;
      const until = this.frozenUntil.get(first.owner) ?? 0;
      if (until <= first.at) return first;
      first.at = until;
      this.push(first);
    }
  }

  /** Adds a timer to the binary heap. */
  private push(timer: Timer): void {
    let index = this.timers.push(timer) - 1;
    while (index > 0) {
      const parent = Math.floor((index - 1) / 2);
      if (!isBefore(timer, this.timers[parent])) break;
      this.timers[index] = this.timers[parent];
      index = parent;
    }
    this.timers[index] = timer;
  }

  private sink(timer: Timer): void {
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.timers.length) break;
      if (child + 1 < this.timers.length && isBefore(this.timers[child + 1], this.timers[child])) child += 1;
      if (!isBefore(this.timers[child], timer)) break;
      this.timers[index] = this.timers[child];
      index = child;
    }
    this.timers[index] = timer;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

async function nextRound(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
