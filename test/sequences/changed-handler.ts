import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A change of one of the handler's files. */
export interface Change {
  /** Path below `lambda`. */
  readonly file: string;
  readonly change: (source: string) => string;
}

const ROOT = join(__dirname, '..', '..');

/** Bundles a copy of the current handler with these changes, and returns the bundle's path. */
export function bundleWith(changes: readonly Change[]): string {
  const copy = mkdtempSync(join(tmpdir(), 'changed-handler-'));
  for (const folder of ['lambda', 'src']) cpSync(join(ROOT, folder), join(copy, folder), { recursive: true });
  for (const file of ['tsconfig.json', 'tsconfig.dev.json', 'package.json']) cpSync(join(ROOT, file), join(copy, file));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const { change, file } of changes) {
    const path = join(copy, 'lambda', file);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  }
  const bundle = join(copy, 'index.js');
  execFileSync(process.execPath, [join(ROOT, 'scripts', 'bundle-handler.mjs'), '--root', copy, '--outfile', bundle]);
  return bundle;
}

/** Returns the current source of one of the handler's files. */
export function sourceOf(file: string): string {
  return readFileSync(join(ROOT, 'lambda', file), 'utf8');
}
