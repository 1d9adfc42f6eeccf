import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT, run, unpackLibrary } from './packed-library.mjs';

/** The folder of the example in the repository. */
export const EXAMPLE = join('examples', 'typescript');

/**
 * Copies the example into the folder and installs the packages of its lock file. Puts the packed library where the
 * example references it: two folders up.
 */
export function installExample(folder) {
  unpackLibrary(folder);
  const example = join(folder, EXAMPLE);
  cpSync(join(ROOT, EXAMPLE), example, { recursive: true, filter: (path) => !['node_modules', 'cdk.out'].includes(basename(path)) });
  // Without this file, npm would pack the example into the library.
  cpSync(join(ROOT, '.npmignore'), join(folder, '.npmignore'));
  run(example, 'npm', 'ci', '--loglevel=error');
  return example;
}
