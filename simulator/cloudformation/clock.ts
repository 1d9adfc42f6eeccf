import { setTimeout } from 'node:timers/promises';

/** Time as the function sees it: it starts with ours and runs `scale` times as fast. */
export class Clock {
  readonly epoch = Date.now();

  constructor(readonly scale: number) {}

  now(): number {
    return this.epoch + (Date.now() - this.epoch) * this.scale;
  }

  /** Until the time is over, or nobody waits for it any more. */
  async sleep(milliseconds: number, ended?: AbortSignal): Promise<void> {
    await setTimeout(milliseconds / this.scale, undefined, { signal: ended }).catch(() => undefined);
  }
}
