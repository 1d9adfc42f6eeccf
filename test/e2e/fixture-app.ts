import * as path from 'node:path';
import { Cdk } from './cdk';
import { WORK } from './folders';
import type { Result } from './processes';

/** An app of `fixtures/`. One stack after the other: ministack may lose the request to a function while another one starts. */
export class FixtureApp {
  constructor(private readonly cdk: Cdk, private readonly name: string, private readonly context: Readonly<Record<string, string>>) {}

  async deploy(context: Readonly<Record<string, string>> = {}, stack = '--all'): Promise<Result> {
    return this.run('deploy', context, stack, '--require-approval', 'never');
  }

  async destroy(): Promise<Result> {
    return this.run('destroy', {}, '--all', '--force');
  }

  private async run(command: 'deploy' | 'destroy', context: Readonly<Record<string, string>>, ...args: string[]): Promise<Result> {
    return this.cdk.onApp(
      path.join(__dirname, 'fixtures', `${this.name}.ts`), command, ...args,
      '--output', path.join(WORK, this.name),
      ...Object.entries({ ...this.context, ...context }).flatMap(([key, value]) => ['--context', `${key}=${value}`]),
    );
  }
}
