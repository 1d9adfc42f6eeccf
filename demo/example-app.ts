import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';

const ROOT = path.join(__dirname, '..');
const TSX = path.join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs');

/** A change to the example's stack, as a user would type it. */
export interface Edit {
  readonly from: string;
  readonly to: string;
}

/** A copy of `examples/typescript`, which the demo edits and synthesizes like its user would. */
export class ExampleApp {
  readonly folder = path.join(ROOT, 'cdk.out', 'demo');
  private synthesized = 0;

  constructor(private readonly context: Record<string, string>) {}

  async copy(): Promise<void> {
    await fs.rm(this.folder, { recursive: true, force: true });
    await fs.cp(path.join(ROOT, 'examples', 'typescript'), this.folder, { recursive: true });
  }

  /** The lines that declare the credentials, without blank lines and comments. */
  async declarations(): Promise<string[]> {
    const lines = (await fs.readFile(path.join(this.folder, 'infrastructure-stack.ts'), 'utf8')).split('\n');
    const [first, last] = [lines.findIndex((line) => line.includes('const token')), lines.findIndex((line) => line.includes('const project'))];
    const code = lines.slice(first, last).map((line) => line.replace(/^ {4}/, ''));
    return code.filter((line) => line.trim() !== '' && !line.trim().startsWith('//'));
  }

  /** Makes the change and gives back the line before and after it. */
  async edit({ from, to }: Edit): Promise<{ before: string; after: string }> {
    const file = path.join(this.folder, 'infrastructure-stack.ts');
    const source = await fs.readFile(file, 'utf8');
    const before = source.split('\n').find((line) => line.includes(from));
    if (before === undefined) throw new Error(`the example has no line to edit with: ${from}`);
    const after = before.replace(from, to);
    await fs.writeFile(file, source.replace(before, after));
    return { before: before.trim(), after: after.trim() };
  }

  /** Runs the app, as `cdk synth` does. */
  async synthesize(): Promise<CloudAssembly> {
    this.synthesized += 1;
    const outdir = path.join(this.folder, `cdk.out-${this.synthesized}`);
    await promisify(execFile)(process.execPath, [TSX, '--tsconfig', path.join(ROOT, 'tsconfig.dev.json'), path.join(this.folder, 'app.ts')], {
      env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(this.context) },
    });
    return new CloudAssembly(outdir);
  }
}
