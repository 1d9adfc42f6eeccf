import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout } from 'node:timers/promises';

export type Environment = Record<string, string | undefined>;

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** The complete environment: nothing is inherited. */
  readonly env: Environment;
  readonly cwd?: string;
  /** Name of the log file to which the output is appended. */
  readonly log: string;
}

export interface Result {
  readonly status: number | null;
  readonly output: string;
}

/** Time between SIGTERM and SIGKILL. */
const GRACE_MS = 5_000;

/** Starts and stops processes. Each one leads a process group, so that its child processes are stopped with it. */
export class Processes {
  private readonly leaders = new Set<ChildProcess>();

  /** @param logs - The folder for the log files. */
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

  /** Stops all processes. */
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

/** Sends a signal to the whole process group, even if its leader has ended. */
function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
