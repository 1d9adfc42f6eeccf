import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { CpuQuota } from './cpu-quota';
import { REGION, STACK_ID } from '../handler/account';

/** One run of a program, from start to end. */
export interface ColdRun {
  readonly milliseconds: number;
  /** CPU time of all threads. It matters with a small CPU quota, and a busy machine affects it least. */
  readonly processorMilliseconds: number;
  readonly peakMebibytes: number;
}

/** How to run a program of `programs/`. */
export interface Program {
  /** Options of Node.js, the program and its arguments. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const PROGRAMS = join(__dirname, 'programs');

export function program(name: string): string {
  return join(PROGRAMS, `${name}.cjs`);
}

/** Runs a program in a separate process, without the environment of this one. */
export async function runCold({ args, env }: Program, quota?: CpuQuota): Promise<ColdRun> {
  const options = { cwd: tmpdir(), env: { ...ENVIRONMENT, ...env }, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] as ('ignore' | 'pipe')[] };
  const [command, ...rest] = [...quota?.enter ?? [], process.execPath, ...args];
  const started = process.hrtime.bigint();
  const child = spawn(command, rest, options);
  const [[code, signal], problems, report] = await Promise.all([once(child, 'exit'), output(child, 2), output(child, 3)]);
  const ended = process.hrtime.bigint();
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${signal ?? code}: ${problems}`);
  const { processorMicroseconds, peakKibibytes } = JSON.parse(report);
  return { milliseconds: Number(ended - started) / 1e6, processorMilliseconds: processorMicroseconds / 1e3, peakMebibytes: peakKibibytes / 1024 };
}

async function output(child: ChildProcess, descriptor: number): Promise<string> {
  return text(child.stdio[descriptor] as NodeJS.ReadableStream);
}

/** The environment of a function, with invalid credentials. */
const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_REGION: REGION,
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  AWS_SESSION_TOKEN: 'session-token',
  // As in Lambda, there is no user configuration.
  HOME: tmpdir(),
  PATH: process.env.PATH!,
  SERVER_TYPES: 'GITHUB',
  STACK_ID,
  TIMEOUT_SECONDS: '120',
};
