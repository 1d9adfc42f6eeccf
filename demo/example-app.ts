import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';

const ROOT = path.join(__dirname, '..');
const TSX = path.join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs');
const NEW_STACK = "new InfrastructureStack(app, 'Infrastructure')";

/** A change to the example's stack, as a user would type it. */
export interface Edit {
  readonly from: string;
  readonly to: string;
}

/** A copy of `examples/typescript` that the demo edits and synthesizes as a user would. */
export class ExampleApp {
  readonly folder = path.join(ROOT, 'cdk.out', 'demo');
  private readonly stackFile = path.join(this.folder, 'infrastructure-stack.ts');
  private synthesized = 0;

  constructor(private readonly context: Record<string, unknown>) {}

  async copy(): Promise<void> {
    await fs.rm(this.folder, { recursive: true, force: true });
    await fs.cp(path.join(ROOT, 'examples', 'typescript'), this.folder, { recursive: true });
    await this.useSimulatedProviders();
  }

  /** Returns the lines that declare the credentials, without blank lines, comments and the secrets. */
  async declarations(): Promise<string[]> {
    const lines = (await this.source()).split('\n');
    const [first, last] = [lines.findIndex((line) => line.includes('const token')), lines.findIndex((line) => line.includes('const project'))];
    const code = lines.slice(first, last).map((line) => line.replace(/^ {4}/, ''));
    return code.filter((line) => line.trim() !== '' && !line.trim().startsWith('//') && !line.includes('Secret.fromSecretNameV2('));
  }

  /** Reads the stack's file. */
  async source(): Promise<string> {
    return fs.readFile(this.stackFile, 'utf8');
  }

  async edit({ from, to }: Edit): Promise<void> {
    const source = await this.source();
    if (!source.includes(from)) throw new Error(`the example's stack does not contain the text to edit: ${from}`);
    await this.write(source.replace(from, to));
  }

  async write(source: string): Promise<void> {
    await fs.writeFile(this.stackFile, source);
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

  private async useSimulatedProviders(): Promise<void> {
    const file = path.join(this.folder, 'app.ts');
    const source = await fs.readFile(file, 'utf8');
    if (!source.includes(NEW_STACK)) throw new Error(`the example's app does not contain: ${NEW_STACK}`);
    const helper = path.relative(this.folder, path.join(__dirname, 'simulated-providers'));
    await fs.writeFile(file, `import { useSimulatedProviders } from '${helper}';\n${source.replace(NEW_STACK, `useSimulatedProviders(${NEW_STACK})`)}`);
  }
}
