import { allAtOnce, AtOnce, atOnceTable } from './at-once';
import { oneAtATime, oneAtATimeTable, Single } from './one-at-a-time';
import { inRealProcesses, realProcessesTable, RealStep } from './real-processes';
import type { Cost } from './virtual-stacks';
import type { Section } from '../section';

/** How stacks that own the credential of the same server type affect one another. */
export const scale: Section = {
  name: 'scale',

  async measure({ isQuick }) {
    const singles: Single[] = [];
    for (const count of isQuick ? [1, 10] : [1, 10, 50, 100, 500]) singles.push(...await oneAtATime(count));
    const atOnce: AtOnce[] = [];
    for (const calls of ['ordinary', 'slow'] as const) {
      for (const count of isQuick ? [10] : [1, 10, 50, 100]) atOnce.push(...await allAtOnce(count, calls));
    }
    const real: RealStep[] = [];
    for (const count of isQuick ? [2] : [2, 10, 20, 50]) real.push(...await inRealProcesses(count));
    return {
      data: { singles: singles.map(plain), atOnce: atOnce.map(plain), real },
      tables: [oneAtATimeTable(singles), atOnceTable(atOnce), realProcessesTable(real)],
    };
  },
};

/** Converts a result to JSON, which has no maps. */
function plain<T extends { readonly cost: Cost }>({ cost, ...more }: T) {
  return { ...more, ...cost, requests: Object.fromEntries(cost.requests) };
}
