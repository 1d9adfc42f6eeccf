import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The composition of a bundle. */
export interface Composition {
  readonly code: Buffer;
  /** Bytes by package, largest first. The library's own folders have their names; the rest comes from the bundler. */
  readonly packages: ReadonlyMap<string, number>;
}

const ROOT = join(__dirname, '..', '..');

/** Bundles the handler into a new folder, with the script that builds the shipped bundle. */
export function bundleHandler(): Composition {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  try {
    const [outfile, composition] = ['index.js', 'composition.json'].map((file) => join(folder, file));
    execFileSync(process.execPath, [join(ROOT, 'scripts', 'bundle-handler.mjs'), '--outfile', outfile, '--composition', composition]);
    return { code: readFileSync(outfile), packages: new Map(Object.entries(JSON.parse(readFileSync(composition, 'utf8')))) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
