import { ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Clock, Waiting, Worker } from '../time/clock';

/** Marks the end of an event's output. */
const END = '\u0000';

const BOOTSTRAP = join(__dirname, 'runtime', 'bootstrap.cjs');

/** A message of the process: a report that it only waits, or the result of an event. */
interface Message {
  readonly waiting?: Waiting;
  readonly error?: string;
  readonly result?: unknown;
}

/** The function threw, timed out or was terminated. Lambda then retries an asynchronous event. */
export class FunctionError extends Error {}

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
  private readonly child: ChildProcess;
  private readonly ready: Promise<void>;
  private worker?: Worker;
  private readonly output = new EventEmitter();
  private events = 0;
  private ends = 0;
  private closed = 0;

  /** `environment` is the complete environment of the process: it inherits nothing. */
  constructor(readonly environment: Record<string, string>, private readonly clock: Clock, log: (line: string) => void) {
    this.child = fork(BOOTSTRAP, clock.isShared ? ['shared time'] : [], {
      cwd: environment.LAMBDA_TASK_ROOT,
      env: environment,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    // Sending to a process that ends at the same moment fails. The `exit` listener reports the end of the process.
    this.child.on('error', () => undefined);
    this.child.on('message', ({ waiting }: Message) => waiting && this.worker?.waits(waiting));
    // A warm environment must not keep the test process alive.
    this.child.unref();
    this.child.channel?.unref();
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      const read = (line: string) => {
        if (!line.endsWith(END)) return log(line);
        if (line !== END) log(line.slice(0, -END.length));
        this.ends += 1;
        this.output.emit('more');
      };
      const close = () => {
        this.closed += 1;
        this.output.emit('more');
      };
      createInterface({ input: stream }).on('line', read).on('close', close);
      (stream as unknown as { unref(): void }).unref();
    }
    this.ready = this.message().then(() => undefined);
    this.ready.catch(() => undefined);
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null && !this.child.killed;
  }

  /** Runs the function. Loading it does not count against its timeout. */
  async run(event: unknown, context: Record<string, string>, timeoutSeconds: number): Promise<unknown> {
    this.busy = true;
    this.event = event;
    let timedOut = false;
    const finished = new AbortController();
    const worker = this.worker = this.clock.begin((time) => this.child.send({ time }));
    // Keeps the event loop alive while an event is running: the process is unreferenced above.
    const keepAlive = setInterval(() => undefined, 60_000);
    try {
      await this.ready;
      this.events += 1;
      void this.clock.sleep(timeoutSeconds * 1000, finished.signal).then(() => {
        if (finished.signal.aborted) return;
        timedOut = true;
        this.kill();
      });
      this.child.send({ ...context, event, deadline: this.clock.now() + timeoutSeconds * 1000, time: worker.time });
      const { error, result } = await this.message();
      if (error) throw new FunctionError(error);
      return result;
    } catch (error) {
      throw timedOut ? new FunctionError(`Task timed out after ${timeoutSeconds.toFixed(2)} seconds`) : error;
    } finally {
      finished.abort();
      await this.drained();
      worker.end();
      clearInterval(keepAlive);
      this.busy = false;
      this.event = undefined;
      if (this.retired) this.kill();
    }
  }

  /** Ends the process as soon as it is idle. */
  retire(): void {
    this.retired = true;
    if (!this.busy) this.kill();
  }

  kill(): void {
    this.worker?.works();
    this.child.kill('SIGKILL');
  }

  private async message(): Promise<Message> {
    return new Promise((resolve, reject) => {
      const exited = (code: number | null, signal: string | null) => reject(new FunctionError(`Runtime exited: ${signal ?? code}`));
      if (!this.alive) exited(this.child.exitCode, this.child.signalCode);
      const receive = (message: Message) => {
        if (message.waiting) return;
        this.child.off('exit', exited);
        this.child.off('message', receive);
        resolve(message);
      };
      this.child.once('exit', exited);
      this.child.on('message', receive);
    });
  }

  /** Resolves once all output of both streams has been read, even of a process that has ended. */
  private async drained(): Promise<void> {
    while (this.closed < 2 && !(this.alive && this.ends >= 2 * this.events)) await once(this.output, 'more');
  }
}
