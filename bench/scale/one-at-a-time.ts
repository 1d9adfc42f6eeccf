import { Cost, requestsOf, VirtualStacks } from './virtual-stacks';
import { progress } from '../progress';
import type { Table } from '../table';

/** The maximum network latency of a call in each direction. */
const LATENCY_MS = 50;

/** One operation in an account with this many owners. */
export interface Single {
  readonly stacks: number;
  readonly what: string;
  readonly cost: Cost;
}

/** Measures operations of one stack while the other stacks are idle. */
export async function oneAtATime(count: number): Promise<Single[]> {
  progress(`one of ${count} stacks at a time`);
  const stacks = new VirtualStacks(count, LATENCY_MS);
  const { names } = stacks;
  // Create the other stacks first, without measuring.
  stacks.liftQuotas();
  for (const name of names) await stacks.atOnce([name], async () => stacks.deploy(name));
  const singles: Single[] = [];
  const measure = async (what: string, name: string, act: (name: string) => Promise<void> | void) =>
    singles.push({ stacks: count, what, cost: await stacks.atOnce([name], act) });

  const [first, last] = [names[0], names.at(-1)!];
  await measure('rotation', last, (name) => stacks.rotate(name));
  await measure('destroy', last, async (name) => stacks.destroy(name));
  await measure('deploy', last, async (name) => stacks.deploy(name));
  if (count > 1) await measure('rotation, another stack is active', first, (name) => stacks.rotate(name));
  if (count > 1) await measure('destroy, another stack is active', first, async (name) => stacks.destroy(name));
  stacks.close();
  return singles;
}

export function oneAtATimeTable(singles: readonly Single[]): Table {
  const counts = [...new Set(singles.map(({ stacks }) => stacks))];
  const whats = ['deploy', 'rotation', 'rotation, another stack is active', 'destroy', 'destroy, another stack is active'];
  const find = (what: string, count: number) => singles.find((single) => single.what === what && single.stacks === count)?.cost;
  return {
    title: 'One stack acts, many stacks own the credential',
    head: ['invocations, requests + further pages', ...counts.map((count) => count === 1 ? '1 stack' : `${count} stacks`), `requests with ${counts.at(-1)}`],
    rows: whats.map((what) => [what, ...counts.map((count) => formatCost(find(what, count))), operations(find(what, counts.at(-1)!)!)]),
    notes: ['Each stack has its own secret. The acting stack is the active owner unless the row says otherwise. Parameter Store lists ten parameters per page.'],
  };
}

function formatCost(cost?: Cost): string {
  return cost ? `${cost.invocations}, ${requestsOf(cost)} + ${cost.furtherPages}` : '';
}

function operations({ requests }: Cost): string {
  return [...requests].map(([name, count]) => `${count} ${name}`).join(', ');
}
