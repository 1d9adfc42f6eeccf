import fc from 'fast-check';
import type { Wanted } from './records';

export const STACKS = ['A', 'B', 'C'] as const;
export type StackName = typeof STACKS[number];

/** What the people of a stack do, `afterSeconds` after their previous operation. */
export type Operation = { readonly afterSeconds: number } & (
  | {
    readonly kind: 'deploy';
    readonly wanted: Wanted;
    readonly shouldOverwrite: boolean;
    /** Whether the credential gets a new logical id. */
    readonly isRenamed: boolean;
    /** Whether another resource fails after this one succeeded. */
    readonly isRolledBack: boolean;
  }
  | { readonly kind: 'rotate'; readonly secret: string }
  | { readonly kind: 'importByHand'; readonly isToken: boolean }
  | { readonly kind: 'destroy' });

export interface Story {
  /** Determines the order of all calls, and the faults. */
  readonly seed: number;
  readonly stacks: Readonly<Partial<Record<StackName, readonly Operation[]>>>;
  /** What a person imported before the story. */
  readonly before?: 'token' | 'oauth';
  /** Probability that a call fails. */
  readonly faults: number;
  /** Maximum number of faults. */
  readonly maxFaults: number;
  /** Whether CloudFormation cancels some requests. */
  readonly hasCancellations: boolean;
  /** Whether the clocks of the functions are minutes apart. */
  readonly hasSkewedClocks: boolean;
}

/** Returns random stories. Hard ones have at least two stacks, short pauses and more faults. */
export function stories(isHard: boolean): fc.Arbitrary<Story> {
  const operations = (stack: StackName) => fc.array(operation(stack, isHard), { minLength: 1, maxLength: 5, size: 'max' });
  return fc.record({
    seed: fc.nat(),
    stacks: fc.record({ A: operations('A'), B: operations('B'), C: operations('C') }, { requiredKeys: isHard ? ['A', 'B'] : ['A'] }),
    before: fc.constantFrom(undefined, undefined, undefined, undefined, undefined, undefined, 'token' as const, 'oauth' as const),
    faults: fc.constantFrom(...isHard ? [0, 0.05, 0.15, 0.3] : [0, 0, 0.01, 0.03, 0.08]),
    maxFaults: fc.integer({ min: 1, max: isHard ? 7 : 4 }),
    hasCancellations: sometimes(2, 5),
    hasSkewedClocks: fc.boolean(),
  });
}

function operation(stack: StackName, isHard: boolean): fc.Arbitrary<Operation> {
  const secret = fc.constantFrom(`${stack}1`, `${stack}2`);
  const afterSeconds = isHard ? fc.constantFrom(0, 0, 0, 1, 4, 300) : fc.constantFrom(0, 0, 3, 10, 300, 900, 4_000, 9_000);
  const wanted = fc.record({
    kind: fc.constantFrom('token' as const, 'token' as const, 'reference' as const),
    secret,
    defect: fc.constantFrom(...Array.from({ length: 12 }, () => undefined), 'unreadable' as const, 'refused' as const),
  });
  const deploy = fc.record({
    kind: fc.constant('deploy' as const), wanted, shouldOverwrite: sometimes(6, 7), isRenamed: fc.boolean(), isRolledBack: sometimes(1, 4), afterSeconds,
  });
  return fc.oneof<Array<fc.WeightedArbitrary<Operation>>>(
    { weight: 12, arbitrary: deploy },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('rotate' as const), secret, afterSeconds }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('importByHand' as const), isToken: fc.boolean(), afterSeconds }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('destroy' as const), afterSeconds }) },
  );
}

function sometimes(times: number, of: number): fc.Arbitrary<boolean> {
  return fc.oneof({ weight: of - times, arbitrary: fc.constant(false) }, { weight: times, arbitrary: fc.constant(true) });
}
