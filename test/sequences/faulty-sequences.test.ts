import { EVERYTHING, Mixture } from './mixtures';
import { playRandomSequences } from './property';

// Ten seconds on an idle machine become a minute on a busy one.
jest.setTimeout(300_000);

/* Like sequences.test.ts, with faults of all kinds. */

const DEPLOYMENTS: Mixture = { ...EVERYTHING, connections: 0, faults: 0, duplicates: 0, hands: 0, cancelled: 0 };

test.each([
  ['calls fail and functions die', { ...DEPLOYMENTS, faults: 8, together: 0 }, 120, 38],
  ['calls fail and functions die while several stacks deploy at once', { ...DEPLOYMENTS, faults: 8, together: 12 }, 100, 36],
  ['functions die after their calls', { ...DEPLOYMENTS, faults: 8, deaths: 8, serverTypes: 1 }, 100, 36],
  ['lists are stale, events get lost and functions freeze', { ...DEPLOYMENTS, faults: 8, drift: 8, serverTypes: 1 }, 100, 56],
  ['requests are cancelled', { ...DEPLOYMENTS, cancelled: 8 }, 120, 27],
  ['events arrive twice or late', { ...DEPLOYMENTS, duplicates: 10 }, 100, 30],
  ['all faults happen together', EVERYTHING, 120, 18],
] as const)('the guarantees hold when %s', async (_title, mixture, count, seed) => playRandomSequences(mixture, { count, seed }));
