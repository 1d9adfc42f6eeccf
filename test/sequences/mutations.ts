import fc from 'fast-check';
import { bundleWith } from './changed-handler';
import { run } from './run';
import { sequences } from './generator';
import { Mixture, QUIET } from './mixtures';

/** One part of the protocol, taken out. */
export interface Mutation {
  readonly part: string;
  readonly changes: ReadonlyArray<{ readonly file: string; readonly from: string; readonly to: string }>;
  /** The kind of sequences that the part is there for. */
  readonly aim?: Partial<Mixture>;
}

export const MUTATIONS: Mutation[] = [{ part: 'nothing', changes: [] }];

/** So many violations tell how much a part is worth; the rest of its sequences would tell the same. */
const ENOUGH = 12;

/** Prints how often sequences go wrong without each part; every part must be worth something. */
export async function measureMutations(count: number, seed: number, only: string): Promise<void> {
  console.log(`seed ${seed}, at most ${count} sequences each\n${'part taken out'.padEnd(50)}violations per 1,000`);
  for (const mutation of MUTATIONS.filter(({ part }) => part.includes(only))) {
    const bundle = bundleWith(mutation.changes.map(({ file, from, to }) => ({ file, change: (source) => source.replace(from, () => to) })));
    let wrong = 0;
    let played = 0;
    let first: string | undefined;
    // A sample has no shrinking: each sequence counts once.
    for (const sequence of fc.sample(sequences({ ...QUIET, ...mutation.aim }), { numRuns: count, seed })) {
      const { violations } = await run(sequence, { bundle });
      played += 1;
      if (violations.length > 0) wrong += 1;
      first ??= violations[0];
      if (wrong === ENOUGH) break;
    }
    const rate = `${Math.round(wrong * 1000 / played)} (${wrong} of ${played})`;
    console.log(`${mutation.part.padEnd(50)}${rate.padStart(16)}   ${first?.split('\n')[0].slice(0, 110) ?? ''}`);
    if ((wrong === 0) !== (mutation.changes.length === 0)) process.exitCode = 1;
  }
}
