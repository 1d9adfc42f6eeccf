import { isDeepStrictEqual } from 'node:util';
import type { ConnectionEdit } from './connection-steps';
import { Outcome, run } from './run';
import type { Edit, Sequence } from './steps';
import type { Declared } from './templates';
import type { Fault } from '../../simulator';

/* Helpers of the fixed stories. */

/** Returns an edit that adds a credential: by default a GitHub token from the first secret. */
export function put(changes: Partial<Declared> = {}): Edit {
  return {
    kind: 'put',
    logicalId: 'One',
    serverType: 'GITHUB',
    authType: 'PERSONAL_ACCESS_TOKEN',
    number: 1,
    shouldOverwrite: true,
    retain: false,
    ...changes,
  };
}

/** Returns an edit that adds a connection: by default one to GitHub named `ci`. */
export function connect(changes: Partial<Extract<ConnectionEdit, { kind: 'connect' }>> = {}): ConnectionEdit {
  return { kind: 'connect', logicalId: 'Four', provider: 'GitHub', name: 'ci', adopts: true, retain: false, ...changes };
}

/** Returns a fault: by default one connection reset. */
export function fault(changes: Partial<Fault>): Fault {
  return { kind: 'reset', skip: 0, times: 1, milliseconds: 0, ...changes };
}

export interface StoryOptions extends Partial<Sequence> {
  /** Expected residuals, with their counts. @default - none */
  readonly residuals?: Outcome['residuals'];
}

/** Plays a story. Throws if a guarantee is broken or the residuals differ from the expected ones. */
export async function play(steps: Sequence['steps'], { residuals = {}, ...options }: StoryOptions = {}): Promise<Outcome> {
  const outcome = await run({ order: 'parallel', propagationMs: 0, seed: 0, steps, ...options });
  if (outcome.violations.length > 0 || !isDeepStrictEqual(outcome.residuals, residuals)) {
    throw new Error(`${outcome.story.join('\n')}\n   residuals: ${JSON.stringify(outcome.residuals)}`);
  }
  return outcome;
}
