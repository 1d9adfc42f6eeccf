import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT, run, unpackLibrary } from './packed-library.mjs';

/** The folder of the example in the repository. */
export const EXAMPLE = join('examples', 'typescript');

/**
 * Copies the example into the folder and installs the packages of its lock file. The packed library is placed where the
 * example refers to it: two folders up.
 */
export function installExample(folder) {
  unpackLibrary(folder);
  const example = join(folder, EXAMPLE);
  cpSync(join(ROOT, EXAMPLE), example, { recursive: true, filter: (path) => !['node_modules', 'cdk.out'].includes(basename(path)) });
  // Not installed by npm, which would pack the example into the library.
  cpSync(join(ROOT, '.npmignore'), join(folder, '.npmignore'));
  run(example, 'npm', 'ci', '--loglevel=error');
  return example;
}
