// Compiles the constructs and runs their tests with the newest aws-cdk-lib, which the example uses. This repository
// itself installs the oldest one. Deprecated APIs are errors.
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installExample } from './installed-example.mjs';
import { inTemporaryFolder, ROOT, run } from './packed-library.mjs';

const FILES = [
  'package.json', 'README.md', 'LICENSE', 'tsconfig.json', 'tsconfig.dev.json', 'src', 'assets', 'scripts/testing/environment.cjs', 'test/src', 'test/pairs.ts',
];

inTemporaryFolder((folder) => {
  const example = installExample(folder);
  const { version } = JSON.parse(readFileSync(join(example, 'node_modules', 'aws-cdk-lib', 'package.json'), 'utf8'));
  console.log(`aws-cdk-lib ${version}`);
  // Inside the example, so that the library finds only the packages that are installed there.
  const library = join(example, 'library');
  for (const file of FILES) cpSync(join(ROOT, file), join(library, file), { recursive: true });

  run(library, join(ROOT, 'node_modules', '.bin', 'jsii'), '--silence-warnings=reserved-word');
  run(library, join(example, 'node_modules', '.bin', 'tsc'), '--project', 'tsconfig.dev.json');
  process.env.JSII_DEPRECATED = 'fail';
  run(library, join(example, 'node_modules', '.bin', 'jest'), '--ci');
});
