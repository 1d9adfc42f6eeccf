import fc from 'fast-check';
import { GUARANTEES } from './guarantees';
import { stories, Story } from './stories';
import { play, Protocol } from './world';

export interface Options {
  readonly count: number;
  readonly seed: number;
  readonly isHard: boolean;
}

export interface Exploration {
  readonly stories: number;
  /** Number of stories with a documented residual, by name. */
  readonly residuals: Readonly<Record<string, number>>;
  readonly mostCalls: number;
  /** The first story that breaks a guarantee, shrunk as far as possible. */
  readonly broken?: { readonly story: Story; readonly trace: readonly string[] };
}

/** Plays random stories until one breaks a guarantee. */
export function explore(protocol: Protocol, { count, isHard, seed }: Options): Exploration {
  const residuals: Record<string, number> = {};
  let mostCalls = 0;
  let isShrinking = false;
  const details = fc.check(fc.property(stories(isHard), (story) => {
    const outcome = play(story, protocol);
    isShrinking ||= outcome.violations.length > 0;
    if (!isShrinking) for (const residual of outcome.residuals) residuals[residual] = (residuals[residual] ?? 0) + 1;
    mostCalls = Math.max(mostCalls, outcome.mostCalls);
    return outcome.violations.length === 0;
  }), { numRuns: count, seed });
  const story = details.counterexample?.[0];
  return { stories: details.numRuns, residuals, mostCalls, broken: story && { story, trace: traceOf(story, protocol) } };
}

/** Returns what happens in a story, one line per call, and the guarantees that it breaks. */
function traceOf(story: Story, protocol: Protocol): readonly string[] {
  const { trace, violations } = play(story, protocol, true);
  const names = Object.keys(GUARANTEES).filter((name) => violations.some((violation) => violation.startsWith(name)));
  return [...trace, ...names.map((name) => `${name}: ${GUARANTEES[name as keyof typeof GUARANTEES]}`)];
}
