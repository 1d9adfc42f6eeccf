import * as fs from 'node:fs';
import * as path from 'node:path';
import { Cdk } from './cdk';
import { ROOT, WORK } from './folders';
import type { Result } from './processes';

/** A copy of `examples/typescript` that the cases edit and deploy. */
export class ExampleApp {
  private readonly folder = path.join(WORK, 'example');

  constructor(private readonly cdk: Cdk, private readonly context: Readonly<Record<string, string>>) {
    fs.rmSync(this.folder, { recursive: true, force: true });
    fs.cpSync(path.join(ROOT, 'examples', 'typescript'), this.folder, {
      recursive: true,
      filter: (file) => !['node_modules', 'cdk.out', 'test'].includes(path.basename(file)),
    });
  }

  /** Replaces a text. Throws unless the file contains it exactly once. */
  edit(file: string, from: string, to: string): void {
    const target = path.join(this.folder, file);
    const parts = fs.readFileSync(target, 'utf8').split(from);
    if (parts.length !== 2) throw new Error(`the example's ${file} must contain this text once, but contains it ${parts.length - 1} times: ${from}`);
    fs.writeFileSync(target, parts.join(to));
  }

  /** Removes the text from the start of `from` to the end of `to`. */
  cut(file: string, from: string, to: string): void {
    const text = fs.readFileSync(path.join(this.folder, file), 'utf8');
    const start = text.indexOf(from);
    this.edit(file, text.slice(start, text.indexOf(to, start) + to.length), '');
  }

  /** Adds a file from `fixtures/`. */
  add(file: string): void {
    fs.copyFileSync(path.join(__dirname, 'fixtures', file), path.join(this.folder, file));
  }

  async deploy(...stacks: string[]): Promise<Result> {
    return this.run('deploy', ...stacks, '--require-approval', 'never');
  }

  async diff(...stacks: string[]): Promise<Result> {
    // With --fail, the exit status is 1 if there is a difference.
    return this.run('diff', ...stacks, '--fail');
  }

  async destroy(): Promise<Result> {
    return this.run('destroy', '--all', '--force');
  }

  private async run(command: 'deploy' | 'destroy' | 'diff', ...args: string[]): Promise<Result> {
    const context = Object.entries(this.context).flatMap(([key, value]) => ['--context', `${key}=${value}`]);
    return this.cdk.onApp(path.join(this.folder, 'app.ts'), command, ...args, ...context);
  }
}
