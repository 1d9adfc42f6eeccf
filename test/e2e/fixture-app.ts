import * as path from 'node:path';
import { Cdk } from './cdk';
import { WORK } from './folders';
import type { Result } from './processes';

/** An app from `fixtures/`. Deploys or destroys all of its stacks at once. */
export class FixtureApp {
  constructor(private readonly cdk: Cdk, private readonly name: string, private readonly context: Readonly<Record<string, string>>) {}

  async deploy(context: Readonly<Record<string, string>> = {}): Promise<Result> {
    return this.run('deploy', context, '--require-approval', 'never');
  }

  async destroy(): Promise<Result> {
    return this.run('destroy', {}, '--force');
  }

  private async run(command: 'deploy' | 'destroy', context: Readonly<Record<string, string>>, ...args: string[]): Promise<Result> {
    return this.cdk.onApp(
      path.join(__dirname, 'fixtures', `${this.name}.ts`), command, '--all', '--concurrency', '5', ...args,
      '--output', path.join(WORK, this.name),
      ...Object.entries({ ...this.context, ...context }).flatMap(([key, value]) => ['--context', `${key}=${value}`]),
    );
  }
}
