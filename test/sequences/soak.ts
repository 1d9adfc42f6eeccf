import { copyFileSync, mkdtempSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { text } from 'stream/consumers';
import fc from 'fast-check';
import { measureMutations } from './mutations';
import { BUNDLE } from './process-sandbox';
import { run } from './run';
import { EVERYTHING, Mixture, sequences } from './steps';
import { playSurvivors } from './survivors';

/*
 * npm run soak -- --sequences 50000 [--seed N]   plays fresh sequences; each kind of thing has its weight, such as --faults 8;
 *                                                --minutes 25 ends it sooner
 * npm run soak -- --mutations [--sequences 500] [--only lease]   takes out each part of the protocol in turn
 * npm run soak -- --survivors reports/mutation/mutation.json [--sequences 100]   plays with what Stryker's mutants have survived
 * npm run soak -- --story < sequence.json   tells a sequence that was printed, with every call and every line of the log
 */

const BATCH = 100;

async function main(): Promise<void> {
  const count = option('sequences') ?? 1_000;
  const seed = option('seed') ?? Date.now() % 1_000_000_000;
  if (process.argv.includes('--mutations')) return measureMutations(option('sequences') ?? 500, seed);
  if (process.argv.includes('--story')) return tell();
  const report = process.argv[process.argv.indexOf('--survivors') + 1];
  if (process.argv.includes('--survivors')) return playSurvivors(report, option('sequences') ?? 100, seed);
  const weights = Object.keys(EVERYTHING).map((name) => [name, option(name)] as const).filter(([, weight]) => weight !== undefined);
  await soak({ ...EVERYTHING, ...Object.fromEntries(weights) }, count, seed);
}

async function soak(mixture: Mixture, count: number, seed: number): Promise<void> {
  // The handler of this moment, whatever is built meanwhile.
  const bundle = join(mkdtempSync(join(tmpdir(), 'soak-')), 'index.js');
  copyFileSync(BUNDLE, bundle);
  console.log(`seed ${seed}; a batch of ${BATCH} has the next one`);
  const startedAt = Date.now();
  const total = { sequences: 0, steps: 0, requests: 0, violations: 0 };
  const faults: Record<string, number> = {};
  const residuals: Record<string, number> = {};
  const until = startedAt + (option('minutes') ?? Infinity) * 60_000;
  for (let batch = 0; total.sequences < count && Date.now() < until; batch++) {
    const details = await fc.check(fc.asyncProperty(sequences(mixture), async (sequence) => {
      const outcome = await run(sequence, { bundle });
      if (outcome.violations.length > 0) throw new Error(outcome.story.join('\n'));
      total.sequences += 1;
      total.steps += outcome.steps;
      total.requests += outcome.requests;
      add(faults, outcome.faults);
      add(residuals, outcome.residuals);
    }), { numRuns: Math.min(BATCH, count - total.sequences), seed: seed + batch });
    if (details.failed) {
      total.violations += 1;
      console.log(`\nseed ${seed + batch}, sequence ${details.numRuns}, made as short as possible:\n${(details.errorInstance as Error).message}\n${JSON.stringify(details.counterexample![0])}\n`);
    }
    if (batch % 10 === 9) console.log(`${total.sequences} sequences, ${total.violations} violations, ${seconds(startedAt)} s`);
    // There will be more of the same.
    if (total.violations === 3) break;
  }
  console.log(`seed ${seed}: ${total.sequences} sequences, ${total.steps} steps, ${total.requests} requests, faults ${figures(faults)}, `
    + `documented residuals ${figures(residuals)}, ${total.violations} violations, ${seconds(startedAt)} s`);
  process.exitCode = total.violations > 0 ? 1 : 0;
}

async function tell(): Promise<void> {
  const { story } = await run(JSON.parse(await text(process.stdin)), { verbose: true });
  console.log(story.join('\n'));
}

function option(name: string): number | undefined {
  const index = process.argv.indexOf(`--${name}`);
  return index < 0 ? undefined : Number(process.argv[index + 1]);
}

function add(sum: Record<string, number>, more: Record<string, number>): void {
  for (const [kind, number] of Object.entries(more)) sum[kind] = (sum[kind] ?? 0) + number;
}

function figures(counts: Record<string, number>): string {
  return Object.entries(counts).sort(([, one], [, other]) => other - one).map(([kind, number]) => `${kind} ${number}`).join(', ') || 'none';
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1000);
}

void main();
