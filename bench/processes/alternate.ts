import { progress } from '../progress';

/**
 * Measures all contenders in each round, so that changes in the machine's speed affect all of them. Each round begins with
 * another contender. The first round fills the disk cache and does not count.
 */
export async function alternate<T>(
  what: string, repetitions: number, measurements: ReadonlyMap<string, () => Promise<T>>,
): Promise<Map<string, T[]>> {
  const names = [...measurements.keys()];
  const results = new Map<string, T[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= repetitions; round++) {
    progress(what, `${round} of ${repetitions}`);
    for (const index of names.keys()) {
      const name = names[(index + round) % names.length];
      const result = await measurements.get(name)!();
      if (round > 0) results.get(name)!.push(result);
    }
  }
  return results;
}
