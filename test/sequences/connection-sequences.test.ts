import { EVERYTHING, Mixture } from './mixtures';
import { playRandomSequences } from './property';

// Ten seconds on an idle machine become a minute on a busy one.
jest.setTimeout(300_000);

/*
 * Like sequences.test.ts, mostly with connections. Each existing resource has one connection. A connection that another
 * resource uses, or that is retained, is not deleted. No connection is left behind.
 */

const CONNECTIONS: Mixture = { ...EVERYTHING, connections: 12, secrets: 0, faults: 0, duplicates: 0, hands: 0, cancelled: 0 };

test.each([
  ['stacks create, adopt, use, rename and remove connections', { ...CONNECTIONS, together: 6, hands: 3 }, 61],
  ['calls fail and functions die', { ...CONNECTIONS, faults: 8 }, 38],
  ['requests are cancelled, or arrive twice or late', { ...CONNECTIONS, cancelled: 8, duplicates: 6 }, 47],
] as const)('connections stay consistent when %s', async (_title, mixture, seed) => playRandomSequences(mixture, { count: 70, seed }));
