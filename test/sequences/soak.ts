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
 * npm run soak -- --sequences 50000 [--seed N]   plays fresh sequences; each kind of thing has its weight, such as --faults 8;
 *                                                --minutes 25 ends it sooner, --violations 10 later
 * npm run soak -- --continue                     goes on with the last run, where it has ended
 * npm run soak -- --again                        plays the stories once more that went wrong and were kept
 * npm run soak -- --mutations [--sequences 500] [--only event]   takes out each part of the protocol in turn
 * npm run soak -- --model [--sequences 100000] [--mutations [--only event]]   the same with the protocol's model, test/model
 * npm run soak -- --survivors reports/mutation/mutation.json [--sequences 100]   plays with what Stryker's mutants have survived
 * npm run soak -- --story < sequence.json        tells a sequence that was printed, with every call and every line of the log
 */

const BATCH = 100;

async function main(): Promise<void> {
  const count = option('sequences');
  const seed = option('seed') ?? Date.now() % 1_000_000_000;
  const only = textOption('only') ?? '';
  if (has('model') && has('mutations')) return measureModelMutations(count ?? 2_000, seed, only);
  if (has('model')) return measureModel(count ?? 20_000, seed);
  if (has('mutations')) return measureMutations(count ?? 500, seed, only);
  if (has('story')) return tell();
  if (has('again')) return playAgain();
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
  console.log(`seed ${seed}; each batch of ${BATCH} sequences has the next one${nextBatch > 0 ? `; goes on with batch ${nextBatch}` : ''}`);
  for (let batch = nextBatch; batch * BATCH < count && Date.now() < until && totals.violations < mostViolations; batch++) {
    let isShrinking = false;
    let wrong: Outcome | undefined;
    const details = await fc.check(fc.asyncProperty(sequences(mixture), async (sequence) => {
      const outcome = await run(sequence, options);
      const isWrong = outcome.violations.length > 0;
      isShrinking ||= isWrong;
      if (isWrong) {
        if (!wrong) console.log(`\nseed ${seed + batch} goes wrong, and is made as short as possible: ${outcome.violations[0]}`);
        wrong = outcome;
        // To make it short takes minutes, in which the run may be ended.
        keepStory({ seed: seed + batch, violation: outcome.violations[0], sequence, story: outcome.story });
      }
      if (!isShrinking) totals.add(outcome);
      return !isWrong;
    }), { numRuns: Math.min(BATCH, count - batch * BATCH), seed: seed + batch });
    // The last one that goes wrong is the shortest.
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

/** Says which of the kept stories still go wrong. */
async function playAgain(): Promise<void> {
  const options = bundles();
  for (const { seed, sequence, violation } of keptStories()) {
    const { story, violations } = await run(sequence, options);
    console.log(violations.length > 0 ? `STILL WRONG (seed ${seed}):\n${story.join('\n')}\n` : `holds now (seed ${seed}): ${violation}`);
    if (violations.length > 0) process.exitCode = 1;
  }
}

async function tell(): Promise<void> {
  const { story } = await run(JSON.parse(await text(process.stdin)), { ...bundles(), verbose: true });
  console.log(story.join('\n'));
}

/** The handler of this moment, whatever is built meanwhile. */
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
