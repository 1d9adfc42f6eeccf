// Generates the Go module. A module is source code that is compiled with the app that requires it, as in
// `test:languages`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from './packed-library.mjs';

run(ROOT, 'jsii-pacmak', '--rosetta-unknown-snippets', 'fail', '--target', 'go', '--code-only');

// awscdk's own go.mod has its dependencies. In this module they would have the versions that are installed in this
// repository, which would raise the versions in a user's app.
const { packageName } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).jsii.targets.go;
const file = join(ROOT, 'dist', 'go', packageName, 'go.mod');
writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/.*\/\/ indirect\n/g, ''));
