import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { WORK } from './folders';
import { Environment, Processes } from './processes';

/** Time limit for the start. */
const START_MS = 60_000;

const LOG = 'ministack.log';

export interface MinistackOptions {
  readonly processes: Processes;
  /** The path of the program. */
  readonly program: string;
  readonly port: number;
  readonly rootKey: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Variables for the environment of every function. */
  readonly functionEnvironment: Environment;
}

/**
 * Starts the AWS emulator ministack, which has CloudFormation, Lambda, IAM and most other services that a stack
 * needs. From this machine's environment, its functions get only PATH, to find Node.js.
 *
 * @see https://github.com/ministackorg/ministack
 */
export async function startMinistack({ processes, program, port, rootKey, functionEnvironment }: MinistackOptions): Promise<void> {
  const home = path.join(WORK, 'home');
  fs.mkdirSync(home, { recursive: true });
  const endpoint = `http://127.0.0.1:${port}`;
  const child = processes.start({
    file: program,
    args: [],
    log: LOG,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      TMPDIR: home,
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      // Run functions as processes on this machine, not in containers.
      LAMBDA_EXECUTOR: 'local',
      PYTHONPATH: path.join(__dirname, 'emulator-patch'),
      // Enforce policies: a function has only the permissions of its role.
      AUTH: 'true',
      // Avoid opening ports that the tests don't use.
      IOT_MTLS_ENABLED: '0',
      AWS_ACCESS_KEY_ID: rootKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
      ...functionEnvironment,
    },
  });

  const started = Date.now();
  while (!await isUp(endpoint)) {
    if (child.exitCode !== null || Date.now() - started > START_MS) {
      throw new Error(`ministack ${child.exitCode === null ? `did not start within ${START_MS / 1000} seconds` : `ended with ${child.exitCode}`}. Its output is in ${path.join(processes.logs, LOG)}`);
    }
    await setTimeout(200);
  }
}

async function isUp(endpoint: string): Promise<boolean> {
  return fetch(`${endpoint}/_ministack/health`).then(({ ok }) => ok, () => false);
}
