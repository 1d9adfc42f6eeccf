import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { bundleWith } from './changed-handler';
import { sequences } from './generator';
import { QUIET } from './mixtures';
import { Mutation, MUTATIONS } from './mutations';
import { run } from './run';
import { editSource } from '../source-edits';

/** Number of violations after which a part's remaining sequences are skipped. */
const ENOUGH = 12;

const STORIES = ['hazards', 'regressions', 'connection-regressions'];

/** Bundles the handler without the part, and returns the bundle's path. */
function bundleWithout({ edits }: Mutation): string {
  return bundleWith(edits.map(({ file, ...edit }) => ({ file, change: (source) => editSource(source, edit) })));
}

/** Prints how many sequences and fixed stories fail without each part. Sets the exit code if a missing part goes unnoticed. */
export async function measureMutations(count: number, seed: number, only: string): Promise<void> {
  console.log(`seed ${seed}, at most ${count} sequences each`);
  console.log(`${'removed part'.padEnd(55)}${'violations per 1,000'.padEnd(25)}fixed stories`);
  for (const mutation of MUTATIONS.filter(({ part }) => part.includes(only))) {
    const bundle = bundleWithout(mutation);
    const { played, wrong, first } = await violations(mutation, bundle, { count, seed });
    const failed = failedStories(bundle);
    const rate = `${Math.round(wrong * 1000 / played)} (${wrong} of ${played})`;
    console.log(`${mutation.part.padEnd(55)}${rate.padEnd(25)}${String(failed).padEnd(6)}${first?.split('\n')[0].slice(0, 110) ?? ''}`);
    const isNoticed = wrong + failed > 0;
    if (isNoticed === (mutation.edits.length === 0)) process.exitCode = 1;
  }
}

async function violations({ aim }: Mutation, bundle: string, { count, seed }: { count: number; seed: number }) {
  let wrong = 0;
  let played = 0;
  let first: string | undefined;
  // `fc.sample` does not shrink, so each sequence counts once.
  for (const sequence of fc.sample(sequences({ ...QUIET, ...aim }), { numRuns: count, seed })) {
    const outcome = await run(sequence, { bundle });
    played += 1;
    if (outcome.violations.length > 0) wrong += 1;
    first ??= outcome.violations[0];
    if (wrong === ENOUGH) break;
  }
  return { wrong, played, first };
}

/** Returns how many fixed stories fail with this bundle. */
function failedStories(bundle: string): number {
  const report = join(mkdtempSync(join(tmpdir(), 'fixed-stories-')), 'report.json');
  const files = STORIES.map((name) => `test/sequences/${name}.test.ts`);
  const options = { cwd: join(__dirname, '..', '..'), env: { ...process.env, HANDLER_BUNDLE: bundle }, stdio: 'ignore' as const };
  spawnSync('npx', ['jest', '--runInBand', '--json', `--outputFile=${report}`, ...files], options);
  return JSON.parse(readFileSync(report, 'utf8')).numFailedTests;
}
