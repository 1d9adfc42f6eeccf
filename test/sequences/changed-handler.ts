import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a file of the handler is changed. */
export interface Change {
  /** Its path in `lambda`. */
  readonly file: string;
  readonly change: (source: string) => string;
}

/** The bundle of a copy of the handler with these changes. */
export function bundleWith(changes: readonly Change[]): string {
  const root = join(__dirname, '..', '..');
  const copy = mkdtempSync(join(tmpdir(), 'changed-handler-'));
  for (const folder of ['lambda', 'src']) cpSync(join(root, folder), join(copy, folder), { recursive: true });
  for (const file of ['tsconfig.json', 'tsconfig.dev.json', 'package.json']) cpSync(join(root, file), join(copy, file));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const { file, change } of changes) {
    const path = join(copy, 'lambda', file);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  }
  const bundle = join(copy, 'index.js');
  execFileSync(join(root, 'node_modules', '.bin', 'esbuild'), [
    '--bundle', 'lambda/handler.ts', '--target=node22', '--platform=node', `--outfile=${bundle}`, '--tsconfig=tsconfig.dev.json', '--minify',
    '--main-fields=module,main', '--supported:dynamic-import=false', '--external:@smithy/core/event-streams', '--log-level=error',
  ], { cwd: copy });
  return bundle;
}
