import { EVERYTHING, Mixture } from './mixtures';
import { hold } from './property';

// What takes ten seconds on an idle machine takes a minute on a busy one.
jest.setTimeout(300_000);

/*
 * As in sequences.test.ts, most of it about connections: whoever is alive has its own, nobody has two, none is deleted
 * that somebody else uses or that is to stay, and none is left behind.
 */

const CONNECTIONS: Mixture = { ...EVERYTHING, connections: 12, secrets: 0, faults: 0, duplicates: 0, hands: 0, cancelled: 0 };

test.each([
  ['stacks that create, adopt, use, rename and remove connections', { ...CONNECTIONS, together: 6, hands: 3 }],
  ['calls that fail and processes that die', { ...CONNECTIONS, faults: 8 }],
  ['requests that are cancelled, come twice or late', { ...CONNECTIONS, cancelled: 8, duplicates: 6 }],
] as const)('%s', async (title, mixture) => hold(mixture, { count: 70, seed: title.length }));
