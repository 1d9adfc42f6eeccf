import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ROOT } from '../packed-library.mjs';

const assembly = JSON.parse(gunzipSync(readFileSync(join(ROOT, '.jsii.gz'))).toString());

export const { name, version, targets } = assembly;

/** The names of all exports of the library. */
export const TYPES = Object.values(assembly.types).map((type) => type.name);

/** Throws unless the package contains all of `expected`, and only what is expected or accepted by `isExpected`. */
export function requireContents(artifact, contents, expected, isExpected = () => false) {
  const missing = expected.filter((path) => !contents.includes(path));
  const superfluous = contents.filter((path) => !expected.includes(path) && !isExpected(path));
  if (missing.length > 0) throw new Error(`missing from ${artifact}: ${missing.join(', ')}`);
  if (superfluous.length > 0) throw new Error(`not needed in ${artifact}: ${superfluous.join(', ')}`);
  console.log(`${artifact}: ${contents.length} files, as expected`);
}
