/** Time as the function sees it: it starts with ours and runs `scale` times as fast. */
export class Clock {
  readonly epoch = Date.now();

  constructor(readonly scale: number) {}

  now(): number {
    return this.epoch + (Date.now() - this.epoch) * this.scale;
  }

  async sleep(milliseconds: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, milliseconds / this.scale));
  }
}
