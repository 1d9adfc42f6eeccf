import fc from 'fast-check';
import { explore } from './explore';
import { MUTATIONS, protocolWithout } from './mutations';
import * as protocol from './protocol';
import { stories } from './stories';
import { play, Protocol } from './world';
import { addTo, figures } from '../sequences/totals';

const BATCH = 1_000;

/** Plays random stories with the model, half of them hard. Prints the first one that breaks a guarantee. */
export function measureModel(count: number, seed: number): void {
  const residuals: Record<string, number> = {};
  for (let played = 0; played < count; played += BATCH) {
    const isHard = played / BATCH % 2 === 1;
    const { broken, mostCalls, residuals: more } = explore(protocol, { count: Math.min(BATCH, count - played), seed: seed + played, isHard });
    addTo(residuals, more);
    if (broken) {
      console.log(`seed ${seed + played}, hard: ${isHard}, shortest story:\n${broken.trace.join('\n')}\n${JSON.stringify(broken.story)}`);
      process.exitCode = 1;
      return;
    }
    console.log(`${Math.min(played + BATCH, count)} of ${count} stories, 0 violations, at most ${mostCalls} calls by a process`);
  }
  console.log(`seed ${seed}: ${count} stories, documented residuals ${figures(residuals)}, 0 violations`);
}

/** Prints the violations and the residuals without each part. */
export function measureModelMutations(count: number, seed: number, only: string): void {
  console.log(`seed ${seed}, ${count} stories each, half of them hard`);
  for (const mutation of MUTATIONS.filter(({ part }) => part.includes(only))) {
    const { residuals, violations } = measure(protocolWithout(mutation), count, seed);
    console.log(`${mutation.part.padEnd(60)}${figures(violations)}; residuals: ${figures(residuals)}`);
  }
}

function measure(changed: Protocol, count: number, seed: number) {
  const violations: Record<string, number> = {};
  const residuals: Record<string, number> = {};
  for (const isHard of [false, true]) {
    for (const story of fc.sample(stories(isHard), { numRuns: count / 2, seed })) {
      const outcome = play(story, changed);
      const guarantees = new Set(outcome.violations.map((violation) => violation.slice(0, 2)));
      guarantees.forEach((guarantee) => addTo(violations, { [guarantee]: 1 }));
      outcome.residuals.forEach((residual) => addTo(residuals, { [residual]: 1 }));
    }
  }
  return { violations, residuals };
}
