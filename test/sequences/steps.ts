import fc from 'fast-check';
import { ConnectionEdit, connectionEdits, ConnectionStep, connectionSteps } from './connection-steps';
import { CALL_FAULTS, CallFault, CONNECTION_OPERATIONS, Fault, OPERATIONS } from './network';
import { AUTH_TYPES, AuthType, Declared, LOGICAL_IDS, LogicalId, NUMBERS, SERVER_TYPES, ServerType } from './templates';
import type { Order } from '../lifecycle/work';

export const STACKS = ['Alpha', 'Beta', 'Gamma'] as const;
export type StackName = typeof STACKS[number];

/** How an app's code changes before a deploy. The n-th credential is counted round, so that every number fits every app. */
export type Edit =
  | ConnectionEdit
  | { readonly kind: 'put' } & Declared
  | { readonly kind: 'remove'; readonly nth: number }
  | { readonly kind: 'rename'; readonly nth: number; readonly logicalId: LogicalId }
  | { readonly kind: 'serverType'; readonly nth: number; readonly serverType: ServerType }
  | { readonly kind: 'source'; readonly nth: number; readonly authType: AuthType; readonly number: number };

export interface Deploy {
  readonly kind: 'deploy';
  readonly stack: StackName;
  readonly edits: readonly Edit[];
  /** Another resource fails: when all else is done, or so many milliseconds after the beginning. */
  readonly failure?: 'last' | number;
}

export interface Destroy {
  readonly kind: 'destroy';
  readonly stack: StackName;
}

export type Operation = Deploy | Destroy;

export type Step = { readonly faults?: readonly Fault[]; readonly twiceAfterMs?: number } & (
  | Operation
  | ConnectionStep
  /** Two stacks at once, or one after the other. */
  | { readonly kind: 'together'; readonly operations: readonly [Operation, Operation]; readonly apartMs: number }
  /** A credential moves to another stack: the two are deployed at once (0), or first the new one (1), or first the old one (-1). */
  | { readonly kind: 'move'; readonly from: StackName; readonly to: StackName; readonly nth: number; readonly order: -1 | 0 | 1; readonly apartMs: number }
  | { readonly kind: 'rotate' | 'spoil' | 'mend' | 'hide' | 'show'; readonly number: number; readonly during?: Operation; readonly besides?: Operation; readonly afterMs: number }
  | { readonly kind: 'importByHand'; readonly serverType: ServerType; readonly authType: 'PERSONAL_ACCESS_TOKEN' | 'OAUTH' }
  | { readonly kind: 'deleteByHand' | 'deleteClaim'; readonly serverType: ServerType }
  /** An event that was delivered before is delivered once more. */
  | { readonly kind: 'redeliver'; readonly back: number }
  | { readonly kind: 'wait'; readonly milliseconds: number });

export interface Sequence {
  readonly order: Order;
  readonly propagationMs: number;
  readonly seed: number;
  readonly steps: readonly Step[];
}

/** How often which kind of thing happens; 0 leaves it out. */
export interface Mixture {
  readonly stacks: number;
  readonly serverTypes: number;
  readonly maxSteps: number;
  readonly faults: number;
  readonly duplicates: number;
  readonly hands: number;
  readonly together: number;
  readonly failures: number;
  /** Failures that come while other resources are still being made. */
  readonly calledOff: number;
  readonly secrets: number;
  /** Connections that stacks create or adopt. */
  readonly connections: number;
  /** How many more of the faults are deaths than of each other kind. */
  readonly deaths: number;
  /** How many more of the faults are replies of the claim and of CodeBuild that are late or lost. */
  readonly lostReplies: number;
}

export const EVERYTHING: Mixture = {
  stacks: 3,
  serverTypes: 3,
  maxSteps: 9,
  faults: 4,
  duplicates: 2,
  hands: 2,
  together: 3,
  failures: 3,
  calledOff: 3,
  secrets: 2,
  connections: 2,
  deaths: 0,
  lostReplies: 0,
};

/** The same where nothing goes wrong but a deploy. */
export const QUIET: Mixture = { ...EVERYTHING, faults: 0, duplicates: 0, hands: 0, calledOff: 0, connections: 0 };

export function sequences(mixture: Mixture): fc.Arbitrary<Sequence> {
  return fc.record({
    // One after the other, nothing is ever called off.
    order: fc.constantFrom<Order>(...mixture.calledOff > 0 ? ['parallel', 'sequential'] as const : ['sequential'] as const),
    propagationMs: fc.constantFrom(0, 0, 0, 4_000, 15_000),
    seed: fc.nat(1_000_000),
    steps: fc.array(step(mixture), { minLength: 2, maxLength: mixture.maxSteps, size: 'max' }),
  });
}

function step(mixture: Mixture): fc.Arbitrary<Step> {
  const { connections, duplicates, faults, hands, secrets, stacks, together } = mixture;
  const stack = fc.constantFrom(...STACKS.slice(0, stacks));
  const serverType = serverTypeOf(mixture);
  const op = operation(mixture);
  const kinds: Array<fc.WeightedArbitrary<Step>> = [
    { weight: 10, arbitrary: op },
    { weight: together, arbitrary: fc.record({ kind: fc.constant('together' as const), operations: fc.tuple(op, op), apartMs: fc.constantFrom(0, 30, 100, 400, 2_000, 70_000) }) },
    { weight: together, arbitrary: fc.record({ kind: fc.constant('move' as const), from: stack, to: stack, nth: fc.nat(2), order: fc.constantFrom(-1 as const, 0 as const, 1 as const), apartMs: fc.constantFrom(0, 50, 150, 500) }) },
    {
      weight: secrets,
      arbitrary: fc.record({
        kind: fc.constantFrom('rotate' as const, 'rotate' as const, 'spoil' as const, 'mend' as const, 'hide' as const, 'show' as const),
        number: fc.constantFrom(...NUMBERS),
        during: fc.option(op, { nil: undefined }),
        besides: fc.option(op, { nil: undefined }),
        afterMs: fc.constantFrom(0, 40, 80, 150, 200, 300, 1_000),
      }),
    },
    { weight: hands, arbitrary: fc.record({ kind: fc.constant('importByHand' as const), serverType, authType: fc.constantFrom('PERSONAL_ACCESS_TOKEN' as const, 'OAUTH' as const) }) },
    { weight: hands / 2, arbitrary: fc.record({ kind: fc.constantFrom('deleteByHand' as const, 'deleteByHand' as const, 'deleteClaim' as const), serverType }) },
    ...connectionSteps(Math.min(hands, connections)),
    { weight: duplicates, arbitrary: fc.record({ kind: fc.constant('redeliver' as const), back: fc.nat(5) }) },
    { weight: duplicates / 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), milliseconds: fc.constantFrom(1_000, 30_000, 90_000, 500_000) }) },
  ].map(({ arbitrary, weight }) => ({ arbitrary, weight: Math.round(weight * 2) })).filter(({ weight }) => weight > 0);
  const armed = fc.array(fault(mixture), { minLength: 1, maxLength: 2 });
  return fc.tuple(
    fc.oneof(...kinds),
    fc.oneof({ withCrossShrink: true }, { weight: 10 - faults, arbitrary: fc.constant(undefined) }, { weight: faults, arbitrary: armed }),
    fc.oneof(
      { withCrossShrink: true },
      { weight: 20 - duplicates, arbitrary: fc.constant(undefined) },
      { weight: duplicates, arbitrary: fc.constantFrom(1, 60, 200, 900, 20_000) },
    ),
  ).map(([one, armedFaults, twiceAfterMs]) => ({
    ...one, ...armedFaults && { faults: armedFaults }, ...twiceAfterMs !== undefined && { twiceAfterMs },
  }));
}

function serverTypeOf({ serverTypes }: Mixture): fc.Arbitrary<ServerType> {
  // Most of what is hard happens where several want the same.
  return fc.constantFrom<ServerType>('GITHUB', 'GITHUB', ...SERVER_TYPES.slice(0, serverTypes));
}

function operation(mixture: Mixture): fc.Arbitrary<Operation> {
  const { calledOff, connections, failures, stacks } = mixture;
  const stack = fc.constantFrom(...STACKS.slice(0, stacks));
  const nth = fc.nat(2);
  const logicalId = fc.constantFrom(...LOGICAL_IDS);
  const serverType = serverTypeOf(mixture);
  const authType = fc.constantFrom<AuthType>('PERSONAL_ACCESS_TOKEN', 'PERSONAL_ACCESS_TOKEN', ...AUTH_TYPES);
  const number = fc.constantFrom(...NUMBERS);
  const rarely = fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
  const edit = fc.oneof<Array<fc.WeightedArbitrary<Edit>>>(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('put' as const), logicalId, serverType, authType, number, shouldOverwrite: rarely.map((no) => !no), retain: rarely }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), nth }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('rename' as const), nth, logicalId }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('serverType' as const), nth, serverType }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('source' as const), nth, authType, number }) },
    ...connectionEdits(connections),
  );
  const failure = fc.oneof(
    { withCrossShrink: true },
    { weight: 14 - failures - calledOff, arbitrary: fc.constant(undefined) },
    { weight: failures, arbitrary: fc.constant('last' as const) },
    { weight: calledOff, arbitrary: fc.constantFrom(20, 100, 250, 1_000, 5_000) },
  );
  return fc.oneof<Array<fc.WeightedArbitrary<Operation>>>(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('deploy' as const), stack, edits: fc.array(edit, { minLength: 1, maxLength: 2 }), failure }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('destroy' as const), stack }) },
  );
}

function fault({ connections, deaths, lostReplies }: Mixture): fc.Arbitrary<Fault> {
  const many = <T>(count: number, ...values: T[]) => values.flatMap((value) => Array<T>(count).fill(value));
  const kinds = [...CALL_FAULTS, ...many<CallFault>(deaths, 'deathAfter'), ...many<CallFault>(lostReplies, 'late', 'resetAfterApply')];
  const writes = many<typeof OPERATIONS[number]>(lostReplies, 'PutParameter', 'ImportSourceCredentials');
  const operations = [...OPERATIONS, ...connections > 0 ? CONNECTION_OPERATIONS : [], ...writes];
  return fc.record({
    kind: fc.constantFrom(...kinds),
    operation: fc.option(fc.constantFrom(...operations), { nil: undefined, freq: 6 }),
    skip: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(6) }),
    // Three: whatever Lambda tries.
    times: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 2, arbitrary: fc.constantFrom(2, 3, 6) }),
    milliseconds: fc.constantFrom(100, 3_000, 9_000, 40_000, 130_000),
  }).map((one) => one.kind.startsWith('death') && one.times > 3 ? { ...one, times: 3 } : one);
}
