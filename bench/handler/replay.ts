import { ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Exchange } from './exchange';
import type { Loaded } from './replay-server';

/** The server with the recorded replies, in a separate process. */
export class Replay {
  static async start(): Promise<Replay> {
    const child = fork(join(__dirname, 'replay-server.ts'), { execArgv: process.execArgv });
    await once(child, 'message');
    const replay = new Replay(child);
    ({ endpoint: replay.endpoint } = await replay.load([]));
    return replay;
  }

  endpoint = '';

  private constructor(private readonly child: ChildProcess) {}

  /** Runs a contender that must make exactly these requests. */
  async during<T>(exchanges: readonly Exchange[], make: () => Promise<T>): Promise<T> {
    await this.load(exchanges);
    const result = await make();
    const { unexpected, missing } = await this.load([]);
    if (unexpected + missing > 0) throw new Error(`the contender made other calls than expected: ${missing} missing, ${unexpected} unexpected`);
    return result;
  }

  stop(): void {
    this.child.disconnect();
  }

  private async load(exchanges: readonly Exchange[]): Promise<Loaded> {
    this.child.send(exchanges);
    const [loaded] = await once(this.child, 'message') as [Loaded];
    return loaded;
  }
}
