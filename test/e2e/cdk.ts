import * as path from 'node:path';
import { ROOT } from './folders';
import { Environment, Processes, Result } from './processes';

const TSX = path.join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs');
const TSCONFIG = path.join(ROOT, 'tsconfig.dev.json');
const CLI = path.join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');

/** Runs the cdk CLI as users do, in a separate environment. */
export class Cdk {
  private readonly env: Environment;

  constructor(private readonly processes: Processes, environment: Environment) {
    this.env = {
      ...environment,
      CI: 'true',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CDK_DISABLE_VERSION_CHECK: '1',
    };
  }

  async bootstrap(account: string, region: string): Promise<Result> {
    return this.run(ROOT, 'bootstrap', `aws://${account}/${region}`);
  }

  /** Runs a CLI command on an app file. */
  async onApp(app: string, command: 'deploy' | 'destroy' | 'diff' | 'synth', ...args: string[]): Promise<Result> {
    // Paths are relative because a shell splits the command at spaces, which the repository's path may contain.
    const cwd = path.dirname(app);
    const run = `node ${path.relative(cwd, TSX)} --tsconfig ${path.relative(cwd, TSCONFIG)} ${path.basename(app)}`;
    return this.run(cwd, command, '--app', run, ...args);
  }

  private async run(cwd: string, ...args: string[]): Promise<Result> {
    return this.processes.run({ file: process.execPath, args: [CLI, ...args, '--no-notices', '--no-color'], cwd, env: this.env, log: 'cdk.log' });
  }
}
