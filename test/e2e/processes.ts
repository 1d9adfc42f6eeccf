import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout } from 'node:timers/promises';

export type Environment = Record<string, string | undefined>;

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** All of it: nothing is inherited. */
  readonly env: Environment;
  readonly cwd?: string;
  /** The file in the folder of logs to which the output is added. */
  readonly log: string;
}

export interface Result {
  readonly status: number | null;
  readonly output: string;
}

/** How long a process may take to end without being killed. */
const GRACE_MS = 5_000;

/** The processes that were started. Each leads a group of its own, so that what it has started is stopped with it. */
export class Processes {
  private readonly leaders = new Set<ChildProcess>();

  /** `logs` is the folder for what they print. */
  constructor(readonly logs: string) {}

  /** Starts a process that runs until it is stopped. */
  start(command: Command): ChildProcess {
    return this.spawn(command, () => undefined);
  }

  /** Runs a process to its end. */
  async run(command: Command): Promise<Result> {
    const chunks: Buffer[] = [];
    const child = this.spawn(command, (chunk) => chunks.push(chunk));
    const [status] = await once(child, 'close') as [number | null];
    this.leaders.delete(child);
    return { status, output: Buffer.concat(chunks).toString() };
  }

  /** Ends all of them. */
  async stop(): Promise<void> {
    await Promise.all([...this.leaders].map(stop));
    this.leaders.clear();
  }

  private spawn({ file, args, env, cwd, log }: Command, onOutput: (chunk: Buffer) => void): ChildProcess {
    const logFile = path.join(this.logs, log);
    fs.mkdirSync(this.logs, { recursive: true });
    fs.appendFileSync(logFile, `> ${[path.basename(file), ...args].join(' ')}\n`);
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        fs.appendFileSync(logFile, chunk);
        onOutput(chunk);
      });
    }
    this.leaders.add(child);
    return child;
  }
}

async function stop(leader: ChildProcess): Promise<void> {
  const ended = leader.exitCode === null && leader.signalCode === null ? once(leader, 'exit') : undefined;
  signal(leader, 'SIGTERM');
  await Promise.race([ended, setTimeout(GRACE_MS, undefined, { ref: false })]);
  signal(leader, 'SIGKILL');
  await ended;
}

/** Sends the signal to the whole group, of which the leader may be gone. */
function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
