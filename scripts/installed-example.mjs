import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT, run, unpackLibrary } from './packed-library.mjs';

/** Where the example is in its repository. */
export const EXAMPLE = join('examples', 'typescript');

/**
 * Copies the example into the folder and installs what its lock file says. Where the example looks
 * for the library, two folders up, the packed library is.
 */
export function installExample(folder) {
  unpackLibrary(folder);
  const example = join(folder, EXAMPLE);
  cpSync(join(ROOT, EXAMPLE), example, { recursive: true, filter: (path) => !['node_modules', 'cdk.out'].includes(basename(path)) });
  // In place of a registry that has the library: npm would pack the example into it.
  cpSync(join(ROOT, '.npmignore'), join(folder, '.npmignore'));
  run(example, 'npm', 'ci', '--loglevel=error');
  return example;
}
