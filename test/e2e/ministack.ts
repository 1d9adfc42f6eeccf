import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { WORK } from './folders';
import { Environment, Processes } from './processes';

/** How long it may take to start. */
const START_MS = 60_000;

const LOG = 'ministack.log';

export interface MinistackOptions {
  readonly processes: Processes;
  /** The path of the program. */
  readonly program: string;
  readonly port: number;
  readonly rootKey: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Comes into the environment of every function. */
  readonly functionEnvironment: Environment;
}

/**
 * The AWS emulator ministack: CloudFormation, Lambda, IAM and all else that a stack needs. Nothing of
 * this machine reaches its functions but PATH, on which their Node.js is.
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
      // Functions run as processes of this machine, not in containers.
      LAMBDA_EXECUTOR: 'local',
      PYTHONPATH: path.join(__dirname, 'emulator-patch'),
      // Policies are enforced, and a function has its role's permissions only.
      AUTH: 'true',
      // Ports that nobody asked for.
      IOT_MTLS_ENABLED: '0',
      AWS_ACCESS_KEY_ID: rootKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
      ...functionEnvironment,
    },
  });

  const started = Date.now();
  while (!await isUp(endpoint)) {
    if (child.exitCode !== null || Date.now() - started > START_MS) {
      throw new Error(`ministack ${child.exitCode === null ? `did not start within ${START_MS / 1000} seconds` : `ended with ${child.exitCode}`}; what it says: ${path.join(processes.logs, LOG)}`);
    }
    await setTimeout(200);
  }
}

async function isUp(endpoint: string): Promise<boolean> {
  return fetch(`${endpoint}/_ministack/health`).then(({ ok }) => ok, () => false);
}
