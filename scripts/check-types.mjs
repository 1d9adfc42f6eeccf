// Compiles the example against the packed library and the oldest aws-cdk-lib, and checks the libraries' types too.
// `test:examples` does so with the newest.
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inTemporaryFolder, ROOT, run, unpackLibrary } from './packed-library.mjs';

const SOURCES = ['app.ts', 'infrastructure-stack.ts'];
const OPTIONS = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--module', 'node16', '--target', 'es2022', '--lib', 'es2022', '--types', 'node'];

inTemporaryFolder((folder) => {
  const installed = join(folder, 'node_modules');
  unpackLibrary(join(installed, 'cdk-codebuild-source-credentials'));
  for (const name of ['aws-cdk-lib', 'constructs', '@types/node']) {
    mkdirSync(dirname(join(installed, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(installed, name));
  }
  for (const source of SOURCES) cpSync(join(ROOT, 'examples', 'typescript', source), join(folder, source));
  run(folder, join(ROOT, 'node_modules', '.bin', 'tsc'), ...OPTIONS, ...SOURCES);
});
