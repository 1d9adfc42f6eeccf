import { ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FunctionError } from './function-error';
import type { Waiting } from '../time/clock';

/** Marks the end of an event's output. */
const END = '\u0000';

const BOOTSTRAP = join(__dirname, 'runtime', 'bootstrap.cjs');

/** Environment variables that Node.js only reads when it starts. */
const READ_AT_START = /^(NODE_.*|HTTPS?_PROXY)$/;

/** How long an idle process waits for another function. */
const MAX_IDLE_MS = 5_000;

const idle = new Set<RuntimeProcess>();

/** A message of the process: a report that it only waits, that it has loaded or unloaded a function, or the result of an event. */
export interface Message {
  readonly waiting?: Waiting;
  readonly isLoaded?: boolean;
  readonly isUnloaded?: boolean;
  readonly error?: string;
  readonly result?: unknown;
}

/**
 * A process with Lambda's Node.js runtime. Lambda starts one for each function. Here that takes longer than handling the
 * event, so an idle process can be given to another function: it unloads the first one and then loads the other.
 */
export class RuntimeProcess {
  /** Returns an idle process or a new one. It loads the function with these environment variables and no others. */
  static load(environment: Record<string, string>, hasSharedTime: boolean): RuntimeProcess {
    const atStart = Object.fromEntries(Object.entries(environment).filter(([name]) => READ_AT_START.test(name)));
    const key = JSON.stringify([atStart, hasSharedTime]);
    const process = [...idle].find((one) => one.key === key && one.isAlive) ?? new RuntimeProcess(key, atStart, hasSharedTime);
    idle.delete(process);
    clearTimeout(process.idleTimer);
    process.send({ environment });
    return process;
  }

  /** Called with each line of stdout and stderr. */
  onLine?: (line: string) => void;
  /** Called when the process only waits. */
  onWaiting?: (waiting: Waiting) => void;
  private readonly child: ChildProcess;
  private idleTimer?: NodeJS.Timeout;
  private readonly output = new EventEmitter();
  private events = 0;
  private ends = 0;
  private closed = 0;

  /** `key` says what the process was started with. */
  private constructor(private readonly key: string, environment: Record<string, string>, hasSharedTime: boolean) {
    this.child = fork(BOOTSTRAP, hasSharedTime ? ['shared time'] : [], { env: environment, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    // Sending to a process that ends at the same moment fails. The `exit` listener reports the end of the process.
    this.child.on('error', () => undefined);
    this.child.on('message', ({ isUnloaded, waiting }: Message) => {
      if (waiting) this.onWaiting?.(waiting);
      if (isUnloaded) this.becomeIdle();
    });
    // An idle process must not keep the test process alive.
    this.child.unref();
    this.child.channel?.unref();
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => this.read(line)).on('close', () => {
        this.closed += 1;
        this.output.emit('more');
      });
      (stream as unknown as { unref(): void }).unref();
    }
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null && !this.child.killed;
  }

  send(message: object): void {
    this.child.send(message);
  }

  /** Sends an event. Returns the result. */
  async handle(invocation: object): Promise<Message> {
    this.events += 1;
    this.send(invocation);
    return this.message();
  }

  /** Resolves with the next message, except for reports of waiting. */
  async message(): Promise<Message> {
    return new Promise((resolve, reject) => {
      const exited = (code: number | null, signal: string | null) => reject(new FunctionError(`Runtime exited: ${signal ?? code}`));
      if (!this.isAlive) exited(this.child.exitCode, this.child.signalCode);
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
  async drained(): Promise<void> {
    while (this.closed < 2 && !(this.isAlive && this.ends >= 2 * this.events)) await once(this.output, 'more');
  }

  /** Call this when the function no longer needs the process. */
  release(): void {
    if (this.isAlive) this.send({ mustUnload: true });
  }

  kill(): void {
    idle.delete(this);
    this.child.kill('SIGKILL');
  }

  private read(line: string): void {
    if (!line.endsWith(END)) return this.onLine?.(line);
    if (line !== END) this.onLine?.(line.slice(0, -END.length));
    this.ends += 1;
    this.output.emit('more');
  }

  private becomeIdle(): void {
    idle.add(this);
    this.idleTimer = setTimeout(() => this.kill(), MAX_IDLE_MS).unref();
  }
}
