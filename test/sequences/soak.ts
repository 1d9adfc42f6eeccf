import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { bundleWith } from './changed-handler';
import { sequences } from './generator';
import { EVERYTHING, Mixture } from './mixtures';
import { measureMutations } from './mutations';
import { nextRelease } from './next-release';
import { run } from './run';
import { playSurvivors } from './survivors';

/*
 * npm run soak -- --sequences 50000 [--seed N]   plays fresh sequences; each kind of thing has its weight, such as --faults 8;
 *                                                --minutes 25 ends it sooner, --violations 10 later
 * npm run soak -- --mutations [--sequences 500] [--only event]   takes out each part of the protocol in turn
 * npm run soak -- --survivors reports/mutation/mutation.json [--sequences 100]   plays with what Stryker's mutants have survived
 * npm run soak -- --story < sequence.json   tells a sequence that was printed, with every call and every line of the log
 */

const BATCH = 100;

async function main(): Promise<void> {
  const count = option('sequences') ?? 1_000;
  const seed = option('seed') ?? Date.now() % 1_000_000_000;
  if (process.argv.includes('--mutations')) return measureMutations(option('sequences') ?? 500, seed, textOption('only') ?? '');
  if (process.argv.includes('--story')) return tell();
  const report = textOption('survivors');
  if (report !== undefined) return playSurvivors(report, option('sequences') ?? 100, seed);
  const weights = Object.keys(EVERYTHING).map((name) => [name, option(name)] as const).filter(([, weight]) => weight !== undefined);
  await soak({ ...EVERYTHING, ...Object.fromEntries(weights) }, count, seed);
}

async function soak(mixture: Mixture, count: number, seed: number): Promise<void> {
  // The handler of this moment, whatever is built meanwhile.
  const bundle = bundleWith([]);
  const nextBundle = nextRelease();
  const totals = new Totals(count);
  const until = Date.now() + (option('minutes') ?? Infinity) * 60_000;
  const mostViolations = option('violations') ?? 3;
  console.log(`seed ${seed}; each batch of ${BATCH} sequences has the next one`);
  for (let batch = 0; totals.sequences < count && Date.now() < until && totals.violations < mostViolations; batch++) {
    let isShrinking = false;
    const details = await fc.check(fc.asyncProperty(sequences(mixture), async (sequence) => {
      const outcome = await run(sequence, { bundle, nextBundle });
      isShrinking ||= outcome.violations.length > 0;
      if (!isShrinking) totals.add(outcome);
      if (outcome.violations.length > 0) throw new Error(outcome.story.join('\n'));
    }), { numRuns: Math.min(BATCH, count - totals.sequences), seed: seed + batch });
    if (details.failed) {
      totals.violations += 1;
      const story = (details.errorInstance as Error).message;
      const sequence = JSON.stringify(details.counterexample![0]);
      console.log(`\nseed ${seed + batch}, sequence ${details.numRuns}, made as short as possible:\n${story}\n${sequence}\n`);
    }
    if (batch % 10 === 9) console.log(totals.progress);
  }
  console.log(`seed ${seed}: ${totals.summary}`);
  process.exitCode = totals.violations > 0 ? 1 : 0;
}

class Totals {
  sequences = 0;
  violations = 0;
  private steps = 0;
  private requests = 0;
  private mostCalls = 0;
  private readonly faults: Record<string, number> = {};
  private readonly residuals: Record<string, number> = {};
  private readonly startedAt = Date.now();

  constructor(private readonly wanted: number) {}

  add({ faults, mostCalls, requests, residuals, steps }: Awaited<ReturnType<typeof run>>): void {
    this.sequences += 1;
    this.steps += steps;
    this.requests += requests;
    this.mostCalls = Math.max(this.mostCalls, mostCalls);
    addTo(this.faults, faults);
    addTo(this.residuals, residuals);
  }

  get progress(): string {
    const left = Math.round(this.seconds / this.sequences * (this.wanted - this.sequences) / 60);
    return `${this.sequences} of ${this.wanted} sequences, ${this.violations} violations, ${this.seconds} s; about ${left} minutes to go`;
  }

  get summary(): string {
    return `${this.sequences} sequences, ${this.steps} steps, ${this.requests} requests, at most ${this.mostCalls} calls by one of them, `
      + `faults ${figures(this.faults)}, documented residuals ${figures(this.residuals)}, ${this.violations} violations, ${this.seconds} s`;
  }

  private get seconds(): number {
    return Math.round((Date.now() - this.startedAt) / 1000);
  }
}

async function tell(): Promise<void> {
  const { story } = await run(JSON.parse(await text(process.stdin)), { bundle: bundleWith([]), nextBundle: nextRelease(), verbose: true });
  console.log(story.join('\n'));
}

function option(name: string): number | undefined {
  const value = textOption(name);
  return value === undefined ? undefined : Number(value);
}

function textOption(name: string): string | undefined {
  const index = process.argv.indexOf(`--${name}`);
  return index < 0 ? undefined : process.argv[index + 1];
}

function addTo(sum: Record<string, number>, more: Record<string, number>): void {
  for (const [kind, number] of Object.entries(more)) sum[kind] = (sum[kind] ?? 0) + number;
}

function figures(counts: Record<string, number>): string {
  return Object.entries(counts).sort(([, one], [, other]) => other - one).map(([kind, number]) => `${kind} ${number}`).join(', ') || 'none';
}

void main();
