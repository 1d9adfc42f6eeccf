import { sum } from './effort';
import { ManyStacks, Step } from './many-stacks';
import { progress } from '../progress';
import type { Table } from '../table';

/** The same operation of all stacks, in separate processes. */
export interface RealStep extends Pick<Step, 'events' | 'furtherPages'> {
  readonly stacks: number;
  readonly what: 'deploy' | 'rotation' | 'destroy';
  readonly outcomes: readonly string[];
  readonly invocations: number;
  readonly requests: number;
}

/** Runs the built bundle over HTTP in separate processes, with reads that take 0.2 to 2 seconds. */
export async function inRealProcesses(count: number): Promise<RealStep[]> {
  progress(`${count} stacks in separate processes`);
  const stacks = await ManyStacks.open(count);
  stacks.slowDownReads();
  const { names } = stacks;
  const describe = (what: RealStep['what'], { events, furtherPages, outcomes, requests, starts }: Step): RealStep =>
    ({ stacks: count, what, outcomes: [...outcomes], invocations: sum(starts), requests: sum(requests), events, furtherPages });
  try {
    return [
      describe('deploy', await stacks.atOnce(names, async (name) => stacks.deploy(name))),
      describe('rotation', await stacks.atOnce(names, (name) => stacks.rotate(name))),
      describe('destroy', await stacks.atOnce(names, async (name) => stacks.destroy(name))),
    ];
  } finally {
    await stacks.close();
  }
}

export function realProcessesTable(steps: readonly RealStep[]): Table {
  return {
    title: 'All stacks at the same time, in separate processes, with slow reads',
    head: ['', 'stacks', 'all ended with', 'per stack: invocations', 'requests', 'further pages', 'events sent'],
    rows: steps.map(({ stacks, what, outcomes, invocations, requests, furtherPages, events }) => [
      what, `${stacks}`, outcomes.join('; '), ...[invocations, requests, furtherPages, events].map((number) => (number / stacks).toFixed(1)),
    ]),
  };
}
