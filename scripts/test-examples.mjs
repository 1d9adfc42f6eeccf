// Uses the example as a user would: compiles it with a check of the libraries' types, runs its tests (a snapshot,
// cdk-nag), synthesizes it, and tests it again in another folder. Fails if the CHANGELOG does not name the hashes of the
// template.
// With `--update-snapshot` it only writes the snapshot and the hashes in the CHANGELOG.
import { cpSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { requireInChangelog, writeToChangelog } from './changelog.mjs';
import { EXAMPLE, installExample } from './installed-example.mjs';
import { inTemporaryFolder, ROOT, run } from './packed-library.mjs';

const SNAPSHOTS = join('test', '__snapshots__');

/** Returns the template and its snapshot. */
function synthesize(example) {
  run(example, 'npm', 'run', 'synth', '--', '--quiet', '--no-notices');
  const template = JSON.parse(readFileSync(join(example, 'cdk.out', 'Infrastructure.template.json'), 'utf8'));
  return [template, readFileSync(join(example, SNAPSHOTS, 'infrastructure-stack.test.ts.snap'), 'utf8')];
}

await inTemporaryFolder((folder) => {
  const here = join(folder, 'here');
  const example = installExample(here);
  if (process.argv.includes('--update-snapshot')) {
    run(example, 'npm', 'test', '--', '--update-snapshot', 'infrastructure-stack');
    cpSync(join(example, SNAPSHOTS), join(ROOT, EXAMPLE, SNAPSHOTS), { recursive: true });
    writeToChangelog(...synthesize(example));
    return;
  }
  run(example, 'npm', 'run', 'build');
  run(example, 'npm', 'test');
  requireInChangelog(...synthesize(example));

  const elsewhere = join(folder, 'quite', 'another', 'place');
  mkdirSync(dirname(elsewhere), { recursive: true });
  renameSync(here, elsewhere);
  run(join(elsewhere, EXAMPLE), 'npm', 'test');
});
