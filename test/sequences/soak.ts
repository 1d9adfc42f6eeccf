import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { bundleWith } from './changed-handler';
import { sequences } from './generator';
import { keepProgress, keepStory, keptProgress, keptStories, Progress, STORIES_FILE } from './kept-stories';
import { measureMutations } from './measure-mutations';
import { EVERYTHING } from './mixtures';
import { nextRelease } from './next-release';
import { Outcome, run, RunOptions } from './run';
import { playSurvivors } from './survivors';
import { Totals } from './totals';
import { measureModel, measureModelMutations } from '../model/soak';

/*
 * npm run soak -- --sequences 50000 [--seed N]   plays new random sequences. Options set the weight of each kind, such as
 *                                                --faults 8. --minutes 25 limits the time, --violations 10 the violations
 * npm run soak -- --continue                     continues the last run
 * npm run soak -- --again                        replays the failing stories that were kept
 * npm run soak -- --mutations [--sequences 500] [--only event]   removes each part of the protocol in turn
 * npm run soak -- --model [--sequences 100000] [--mutations [--only event]]   does the same with the model in test/model
 * npm run soak -- --survivors reports/mutation/mutation.json [--sequences 100]   plays with the mutants that survived Stryker
 * npm run soak -- --story < sequence.json        plays one printed sequence, and prints every call and every log line
 */

const BATCH = 100;

async function main(): Promise<void> {
  const count = option('sequences');
  const seed = option('seed') ?? Date.now() % 1_000_000_000;
  const only = textOption('only') ?? '';
  if (has('model') && has('mutations')) return measureModelMutations(count ?? 2_000, seed, only);
  if (has('model')) return measureModel(count ?? 20_000, seed);
  if (has('mutations')) return measureMutations(count ?? 500, seed, only);
  if (has('story')) return playInput();
  if (has('again')) return replayKept();
  const report = textOption('survivors');
  if (report !== undefined) return playSurvivors(report, count ?? 100, seed);
  if (has('continue')) return soak(keptProgress());
  const weights = Object.keys(EVERYTHING).map((name) => [name, option(name)] as const).filter(([, weight]) => weight !== undefined);
  await soak({ mixture: { ...EVERYTHING, ...Object.fromEntries(weights) }, count: count ?? 1_000, seed, nextBatch: 0 });
}

async function soak({ count, mixture, nextBatch, seed }: Progress): Promise<void> {
  const options = bundles();
  const left = count - nextBatch * BATCH;
  const totals = new Totals(left);
  const until = Date.now() + (option('minutes') ?? Infinity) * 60_000;
  const mostViolations = option('violations') ?? 3;
  console.log(`seed ${seed}, plus 1 for each further batch of ${BATCH} sequences${nextBatch > 0 ? `; continuing with batch ${nextBatch}` : ''}`);
  for (let batch = nextBatch; batch * BATCH < count && Date.now() < until && totals.violations < mostViolations; batch++) {
    let isShrinking = false;
    let wrong: Outcome | undefined;
    const details = await fc.check(fc.asyncProperty(sequences(mixture), async (sequence) => {
      const outcome = await run(sequence, options);
      const isWrong = outcome.violations.length > 0;
      isShrinking ||= isWrong;
      if (isWrong) {
        if (!wrong) console.log(`\nseed ${seed + batch} fails, shortening the sequence: ${outcome.violations[0]}`);
        wrong = outcome;
        // Shortening takes minutes. Keep each story in case the run is stopped meanwhile.
        keepStory({ seed: seed + batch, violation: outcome.violations[0], sequence, story: outcome.story });
      }
      if (!isShrinking) totals.add(outcome);
      return !isWrong;
    }), { numRuns: Math.min(BATCH, count - batch * BATCH), seed: seed + batch });
    // The last failing story is the shortest.
    if (wrong) {
      totals.violations += 1;
      const [sequence] = details.counterexample!;
      console.log(`kept in ${STORIES_FILE}:\n${wrong.story.join('\n')}\n${JSON.stringify(sequence)}\n`);
    }
    keepProgress({ seed, mixture, count, nextBatch: batch + 1 });
    if (batch % 10 === 9) console.log(totals.progress);
  }
  console.log(`seed ${seed}: ${totals.summary}`);
  process.exitCode = totals.violations > 0 ? 1 : 0;
}

/** Replays the kept stories and prints which still fail. */
async function replayKept(): Promise<void> {
  const options = bundles();
  for (const { seed, sequence, violation } of keptStories()) {
    const { story, violations } = await run(sequence, options);
    console.log(violations.length > 0 ? `still fails (seed ${seed}):\n${story.join('\n')}\n` : `passes now (seed ${seed}): ${violation}`);
    if (violations.length > 0) process.exitCode = 1;
  }
}

async function playInput(): Promise<void> {
  const { story } = await run(JSON.parse(await text(process.stdin)), { ...bundles(), verbose: true });
  console.log(story.join('\n'));
}

/** Bundles the handler's current source, so that later edits and builds do not affect the run. */
function bundles(): RunOptions {
  return { bundle: bundleWith([]), nextBundle: nextRelease() };
}

function has(name: string): boolean {
  return process.argv.includes(`--${name}`);
}

function option(name: string): number | undefined {
  const value = textOption(name);
  return value === undefined ? undefined : Number(value);
}

function textOption(name: string): string | undefined {
  const index = process.argv.indexOf(`--${name}`);
  return index < 0 ? undefined : process.argv[index + 1];
}

void main();
