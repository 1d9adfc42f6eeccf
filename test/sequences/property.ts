import fc from 'fast-check';
import { sequences } from './generator';
import { Mixture } from './mixtures';
import { nextRelease } from './next-release';
import { run } from './run';

/** Plays so many random sequences of a kind, always the same ones; the shortest story that goes wrong becomes the error. */
export async function hold(mixture: Mixture, { count, seed }: { count: number; seed: number }): Promise<void> {
  const nextBundle = nextRelease();
  const details = await fc.check(fc.asyncProperty(sequences(mixture), async (sequence) => {
    const { story, violations } = await run(sequence, { nextBundle });
    if (violations.length > 0) throw new Error(story.join('\n'));
  }), { numRuns: count, seed });
  if (!details.failed) return;
  throw new Error(`${(details.errorInstance as Error).message}\n\nAgain with: ${JSON.stringify(details.counterexample![0])}`);
}
