import { FunctionError } from './function-error';
import { RuntimeProcess } from './runtime-process';
import type { Clock, Worker } from '../time/clock';

/**
 * A process that has loaded the function and handles one event at a time.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export class ExecutionEnvironment {
  busy = false;
  retired = false;
  /** The running event. */
  event: any;
  private readonly process: RuntimeProcess;
  private readonly ready: Promise<unknown>;
  private worker?: Worker;
  private isOver = false;

  /** `environment` is the complete environment of the process: it inherits nothing. */
  constructor(readonly environment: Record<string, string>, private readonly clock: Clock, log: (line: string) => void) {
    this.process = RuntimeProcess.load(environment, clock.isShared);
    this.process.onLine = log;
    this.process.onWaiting = (waiting) => this.worker?.waits(waiting);
    this.ready = this.process.message();
    this.ready.catch(() => undefined);
  }

  get alive(): boolean {
    return !this.isOver && this.process.isAlive;
  }

  /** Runs the function. Loading it does not count against its timeout. */
  async run(event: unknown, context: Record<string, string>, timeoutSeconds: number): Promise<unknown> {
    this.busy = true;
    this.event = event;
    let timedOut = false;
    const finished = new AbortController();
    const worker = this.worker = this.clock.begin((time) => this.process.send({ time }));
    // Keeps the event loop alive while an event is running: the process is unreferenced above.
    const keepAlive = setInterval(() => undefined, 60_000);
    try {
      await this.ready;
      void this.clock.sleep(timeoutSeconds * 1000, finished.signal).then(() => {
        if (finished.signal.aborted) return;
        timedOut = true;
        this.kill();
      });
      const deadline = this.clock.now() + timeoutSeconds * 1000;
      const { error, result } = await this.process.handle({ ...context, event, deadline, time: worker.time });
      if (error) throw new FunctionError(error);
      return result;
    } catch (error) {
      throw timedOut ? new FunctionError(`Task timed out after ${timeoutSeconds.toFixed(2)} seconds`) : error;
    } finally {
      finished.abort();
      await this.process.drained();
      worker.end();
      clearInterval(keepAlive);
      this.busy = false;
      this.event = undefined;
      if (this.retired) this.release();
    }
  }

  /** Releases the process as soon as it is idle. */
  retire(): void {
    this.retired = true;
    if (!this.busy) this.release();
  }

  kill(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.worker?.works();
    this.process.kill();
  }

  private release(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.process.release();
  }
}
