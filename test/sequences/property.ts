import fc from 'fast-check';
import { sequences } from './generator';
import { Mixture } from './mixtures';
import { nextRelease } from './next-release';
import { run } from './run';

/** Plays `count` random sequences of a seed. Throws the shortest story that breaks a guarantee. */
export async function playRandomSequences(mixture: Mixture, { count, seed }: { count: number; seed: number }): Promise<void> {
  const nextBundle = nextRelease();
  const details = await fc.check(fc.asyncProperty(sequences(mixture), async (sequence) => {
    const { story, violations } = await run(sequence, { nextBundle });
    if (violations.length > 0) throw new Error(story.join('\n'));
  }), { numRuns: count, seed });
  if (!details.failed) return;
  throw new Error(`${(details.errorInstance as Error).message}\n\nSequence: ${JSON.stringify(details.counterexample![0])}`);
}
