// Does with the example what its user does: compiles it without skipping the libraries' types, runs
// its tests (a snapshot, cdk-nag) and synthesizes it; then tests it again in another folder.
// With `--update-snapshot` only writes the snapshot.
import { cpSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EXAMPLE, installExample } from './installed-example.mjs';
import { inTemporaryFolder, ROOT, run } from './packed-library.mjs';

const SNAPSHOTS = join('test', '__snapshots__');

inTemporaryFolder((folder) => {
  const here = join(folder, 'here');
  const example = installExample(here);
  if (process.argv.includes('--update-snapshot')) {
    run(example, 'npm', 'test', '--', '--update-snapshot');
    cpSync(join(example, SNAPSHOTS), join(ROOT, EXAMPLE, SNAPSHOTS), { recursive: true });
    return;
  }
  run(example, 'npm', 'run', 'build');
  run(example, 'npm', 'test');
  run(example, 'npm', 'run', 'synth', '--', '--quiet', '--no-notices');

  const elsewhere = join(folder, 'quite', 'another', 'place');
  mkdirSync(dirname(elsewhere), { recursive: true });
  renameSync(here, elsewhere);
  run(join(elsewhere, EXAMPLE), 'npm', 'test');
});
