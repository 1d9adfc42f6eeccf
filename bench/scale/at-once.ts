import { Cost, requestsOf, VirtualStacks } from './virtual-stacks';
import { progress } from '../progress';
import type { Table } from '../table';

/** The maximum network latency of a call in each direction. */
const LATENCIES_MS = { ordinary: 50, slow: 1_000 };

/** All stacks of an account act at the same moment. */
export interface AtOnce {
  readonly stacks: number;
  readonly calls: keyof typeof LATENCIES_MS;
  readonly what: 'deploy' | 'rotation' | 'destroy';
  readonly succeeded: number;
  readonly cost: Cost;
}

/** Deploys all stacks at the same moment, then rotates all secrets, then destroys all stacks. */
export async function allAtOnce(count: number, calls: AtOnce['calls']): Promise<AtOnce[]> {
  progress(`${count} stacks at once, ${calls} calls`);
  const stacks = new VirtualStacks(count, LATENCIES_MS[calls]);
  const { names } = stacks;
  const deploys = await stacks.atOnce(names, async (name) => stacks.deploy(name));
  const deployed = stacks.count('CREATE_COMPLETE');
  const rotations = await stacks.atOnce(names, (name) => stacks.rotate(name));
  const destroys = await stacks.atOnce(names, async (name) => stacks.destroy(name));
  const destroyed = stacks.count(undefined);
  stacks.close();
  return [
    { stacks: count, calls, what: 'deploy', succeeded: deployed, cost: deploys },
    { stacks: count, calls, what: 'rotation', succeeded: count - rotations.failures, cost: rotations },
    { stacks: count, calls, what: 'destroy', succeeded: destroyed, cost: destroys },
  ];
}

export function atOnceTable(results: readonly AtOnce[]): Table {
  return {
    title: 'All stacks at the same time, with quotas',
    head: ['', 'calls', 'stacks', 'succeeded', 'longest request, s', 'total, s', 'throttled', 'per stack: invocations', 'requests', 'further pages'],
    rows: results.map(({ stacks, calls, what, succeeded, cost }) => [
      what, calls, `${stacks}`, `${succeeded}`, cost.longestSeconds === undefined ? '' : cost.longestSeconds.toFixed(0), cost.totalSeconds.toFixed(0),
      `${cost.throttled}`, ...[cost.invocations, requestsOf(cost), cost.furtherPages].map((number) => (number / stacks).toFixed(1)),
    ]),
    notes: [
      'In a second the account has 40 reads of Parameter Store, 3 puts, 5 deletions, and 10 of each of CodeBuild\'s operations. An ordinary call takes up to 0.1 s, a slow one up to 2 s.',
    ],
  };
}
