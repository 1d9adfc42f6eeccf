import { EVERYTHING, Mixture } from './mixtures';
import { hold } from './property';

// What takes ten seconds on an idle machine takes a minute on a busy one.
jest.setTimeout(300_000);

/* As in sequences.test.ts, with everything going wrong that can. */

const DEPLOYMENTS: Mixture = { ...EVERYTHING, connections: 0, faults: 0, duplicates: 0, hands: 0, cancelled: 0 };

test.each([
  ['calls that fail and processes that die', { ...DEPLOYMENTS, faults: 8, together: 0 }, 120],
  ['the same with several stacks at once', { ...DEPLOYMENTS, faults: 8, together: 12 }, 100],
  ['processes that die after their calls', { ...DEPLOYMENTS, faults: 8, deaths: 8, serverTypes: 1 }, 100],
  ['stale lists, lost events, and processes that stand still', { ...DEPLOYMENTS, faults: 8, drift: 8, serverTypes: 1 }, 100],
  ['requests that are cancelled', { ...DEPLOYMENTS, cancelled: 8 }, 120],
  ['events that come twice or late', { ...DEPLOYMENTS, duplicates: 10 }, 100],
  ['all of it together', EVERYTHING, 120],
] as const)('%s', async (title, mixture, count) => hold(mixture, { count, seed: title.length }));
