import fc from 'fast-check';
import { connectionEdits, connectionSteps } from './connection-steps';
import type { Mixture } from './mixtures';
import { Edit, Operation, Sequence, STACKS, Step } from './steps';
import { AUTH_TYPES, AuthType, LOGICAL_IDS, NUMBERS, SERVER_TYPES, ServerType } from './templates';
import { CALL_FAULTS, CONNECTION_OPERATIONS, Fault, LOST, OPERATIONS, Order, STALE } from '../../simulator';

/** Returns random sequences of a mixture. fast-check shrinks a failing one to the shortest that still fails. */
export function sequences(mixture: Mixture): fc.Arbitrary<Sequence> {
  return fc.record({
    // CloudFormation cancels a resource only while it deploys several at once.
    order: fc.constantFrom<Order>(...mixture.cancelled > 0 ? ['parallel', 'sequential'] as const : ['sequential'] as const),
    propagationMs: fc.constantFrom(0, 0, 0, 4_000, 15_000),
    latencyMs: fc.constantFrom(35, 35, 35, 400),
    hasSkewedClocks: fc.boolean(),
    isMixed: fc.constantFrom(false, false, true),
    seed: fc.nat(1_000_000),
    steps: fc.array(step(mixture), { minLength: 2, maxLength: mixture.maxSteps, size: 'max' }),
  });
}

function step(mixture: Mixture): fc.Arbitrary<Step> {
  const { connections, dailyChecks, duplicates, faults, hands, together } = mixture;
  const kinds: Array<fc.WeightedArbitrary<Step>> = [
    { weight: 10, arbitrary: operation(mixture) },
    ...togetherSteps(mixture, together),
    ...secretSteps(mixture),
    ...handSteps(mixture, hands),
    ...connectionSteps(Math.min(hands, connections)),
    { weight: dailyChecks, arbitrary: dailyCheckStep(mixture) },
    { weight: duplicates, arbitrary: fc.record({ kind: fc.constant('redeliver' as const), back: fc.nat(5) }) },
    { weight: duplicates / 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), milliseconds: waits }) },
  ].map(({ arbitrary, weight }) => ({ arbitrary, weight: Math.round(weight * 2) })).filter(({ weight }) => weight > 0);
  const armed = fc.array(fault(mixture), { minLength: 1, maxLength: 2 });
  return fc.tuple(
    fc.oneof(...kinds),
    fc.oneof({ withCrossShrink: true }, { weight: 10 - faults, arbitrary: fc.constant(undefined) }, { weight: faults, arbitrary: armed }),
    fc.oneof(
      { withCrossShrink: true },
      { weight: 20 - duplicates, arbitrary: fc.constant(undefined) },
      { weight: duplicates, arbitrary: fc.constantFrom(1, 60, 200, 900, 20_000, 300_000) },
    ),
  ).map(([one, armedFaults, twiceAfterMs]) => ({
    ...one, ...armedFaults && { faults: armedFaults }, ...twiceAfterMs !== undefined && { twiceAfterMs },
  }));
}

/** Seconds; minutes; just before an event expires; just after the hour for which records of removals are kept. */
const waits = fc.constantFrom(1_000, 30_000, 90_000, 440_000, 3_700_000);

function togetherSteps(mixture: Mixture, weight: number): Array<fc.WeightedArbitrary<Step>> {
  const op = operation(mixture);
  const stack = fc.constantFrom(...STACKS.slice(0, mixture.stacks));
  return [
    {
      weight,
      arbitrary: fc.record({
        kind: fc.constant('together' as const),
        operations: fc.tuple(op, op),
        // Five seconds: how long a deletion of a connection waits for new users.
        apartMs: fc.constantFrom(0, 30, 100, 400, 2_000, 5_000, 5_200, 70_000),
      }),
    },
    {
      weight,
      arbitrary: fc.record({
        kind: fc.constant('move' as const),
        from: stack,
        to: stack,
        nth: fc.nat(2),
        order: fc.constantFrom(-1 as const, 0 as const, 1 as const),
        apartMs: fc.constantFrom(0, 50, 150, 500),
      }),
    },
  ];
}

function secretSteps(mixture: Mixture): Array<fc.WeightedArbitrary<Step>> {
  const op = fc.option(operation(mixture), { nil: undefined });
  return [{
    weight: mixture.secrets,
    arbitrary: fc.record({
      kind: fc.constantFrom(...SECRET_CHANGES),
      number: fc.constantFrom(...NUMBERS),
      during: op,
      besides: op,
      afterMs: moments,
    }),
  }];
}

const SECRET_CHANGES = ['rotate', 'rotate', 'rotate', 'spoil', 'repair', 'hide', 'show'] as const;

function dailyCheckStep(mixture: Mixture): fc.Arbitrary<Step> {
  return fc.record({
    kind: fc.constant('dailyCheck' as const),
    during: fc.option(operation(mixture), { nil: undefined }),
    afterMs: moments,
  });
}

const moments = fc.constantFrom(0, 40, 80, 150, 200, 300, 1_000);

function handSteps(mixture: Mixture, weight: number): Array<fc.WeightedArbitrary<Step>> {
  const serverType = serverTypeOf(mixture);
  return [
    {
      weight,
      arbitrary: fc.record({
        kind: fc.constant('importByHand' as const),
        serverType,
        authType: fc.constantFrom('PERSONAL_ACCESS_TOKEN' as const, 'OAUTH' as const),
      }),
    },
    { weight: weight / 2, arbitrary: fc.record({ kind: fc.constant('deleteByHand' as const), serverType }) },
    { weight: weight / 2, arbitrary: fc.record({ kind: fc.constant('deleteRecord' as const), serverType, nth: fc.nat(3) }) },
  ];
}

function serverTypeOf({ serverTypes }: Mixture): fc.Arbitrary<ServerType> {
  // The hard cases are those in which several stacks want the same credential.
  return fc.constantFrom<ServerType>('GITHUB', 'GITHUB', ...SERVER_TYPES.slice(0, serverTypes));
}

function operation(mixture: Mixture): fc.Arbitrary<Operation> {
  const { cancelled, failures, stacks } = mixture;
  const stack = fc.constantFrom(...STACKS.slice(0, stacks));
  const failure = fc.oneof(
    { withCrossShrink: true },
    { weight: 14 - failures - cancelled, arbitrary: fc.constant(undefined) },
    { weight: failures, arbitrary: fc.constant('last' as const) },
    { weight: cancelled, arbitrary: fc.constantFrom(20, 100, 250, 1_000, 5_000) },
  );
  const edits = fc.array(edit(mixture), { minLength: 1, maxLength: 2 });
  return fc.oneof<Array<fc.WeightedArbitrary<Operation>>>(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('deploy' as const), stack, edits, failure }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('destroy' as const), stack }) },
  );
}

function edit(mixture: Mixture): fc.Arbitrary<Edit> {
  const nth = fc.nat(2);
  const logicalId = fc.constantFrom(...LOGICAL_IDS);
  const serverType = serverTypeOf(mixture);
  const authType = fc.constantFrom<AuthType>('PERSONAL_ACCESS_TOKEN', 'PERSONAL_ACCESS_TOKEN', ...AUTH_TYPES);
  const number = fc.constantFrom(...NUMBERS);
  const rarely = fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
  const shouldOverwrite = rarely.map((no) => !no);
  return fc.oneof<Array<fc.WeightedArbitrary<Edit>>>(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('put' as const), logicalId, serverType, authType, number, shouldOverwrite, retain: rarely }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), nth }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('rename' as const), nth, logicalId }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('serverType' as const), nth, serverType }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('source' as const), nth, authType, number }) },
    ...connectionEdits(mixture.connections),
  );
}

function fault({ connections, deaths, drift, lostReplies }: Mixture): fc.Arbitrary<Fault> {
  const skip = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(10) });
  // Three: every try of Lambda.
  const times = fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 2, arbitrary: fc.constantFrom(2, 3, 6) });
  const one = (kind: fc.Arbitrary<Fault['kind']>, operations: ReadonlyArray<Fault['operation']>, milliseconds: fc.Arbitrary<number>) =>
    fc.record({ kind, operation: fc.constantFrom(...operations), skip, times, milliseconds })
      .map((armed) => armed.kind.startsWith('death') && armed.times > 3 ? { ...armed, times: 3 } : armed);
  // Undefined means any call. Twice, for more weight.
  const operations = [...OPERATIONS, ...connections > 0 ? CONNECTION_OPERATIONS : [], undefined, undefined];
  const durations = fc.constantFrom(100, 3_000, 9_000, 40_000, 130_000);
  return fc.oneof(
    { weight: CALL_FAULTS.length, arbitrary: one(fc.constantFrom(...CALL_FAULTS), operations, durations) },
    { weight: 2 * deaths, arbitrary: one(fc.constant('deathAfter'), operations, durations) },
    {
      weight: 2 * lostReplies,
      arbitrary: one(fc.constantFrom('late', 'resetAfterApply'), ['PutParameter', 'ImportSourceCredentials'], durations),
    },
    { weight: 2 * drift, arbitrary: one(fc.constant(STALE), ['GetParametersByPath'], fc.constantFrom(50, 300, 1_000, 2_000)) },
    { weight: 2 * drift, arbitrary: one(fc.constant(LOST), ['Event'], fc.constant(0)) },
    { weight: 2 * drift, arbitrary: one(fc.constant('frozen'), operations, fc.constantFrom(1_000, 10_000, 40_000)) },
  );
}
