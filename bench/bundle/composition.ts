import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** What a bundle is made of. */
export interface Composition {
  readonly code: Buffer;
  /** Bytes by package, the largest first; our own folders by their names. What is left is esbuild's own. */
  readonly packages: ReadonlyMap<string, number>;
}

const ROOT = join(__dirname, '..', '..');
const TASK = 'bundle:lambda/handler';

/** Bundles the handler into a folder of its own, with the command that makes the bundle that is shipped. */
export function bundleHandler(): Composition {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  try {
    const [outfile, metafile] = ['index.js', 'meta.json'].map((file) => join(folder, file));
    const [command, ...args] = bundleCommand().filter((arg) => !arg.startsWith('--outfile='));
    execFileSync(join(ROOT, 'node_modules', '.bin', command), [...args, `--outfile=${outfile}`, `--metafile=${metafile}`, '--log-level=error'], { cwd: ROOT });
    return { code: readFileSync(outfile), packages: packagesOf(JSON.parse(readFileSync(metafile, 'utf8'))) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function bundleCommand(): string[] {
  const { tasks } = JSON.parse(readFileSync(join(ROOT, '.projen', 'tasks.json'), 'utf8'));
  return tasks[TASK].steps[0].execArgs;
}

function packagesOf({ outputs }: Metafile): Map<string, number> {
  const { inputs } = Object.values(outputs).find(({ entryPoint }) => entryPoint !== undefined)!;
  const bytes = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    if (bytesInOutput === 0) continue;
    const name = /.*\bnode_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? path.split('/')[0];
    bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
  }
  return new Map([...bytes].sort(([, one], [, other]) => other - one));
}
