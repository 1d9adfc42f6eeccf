import { hold } from './property';
import { EVERYTHING } from './mixtures';

// What takes ten seconds on an idle machine takes a minute on a busy one.
jest.setTimeout(300_000);

/*
 * As in sequences.test.ts, most of it about connections: whoever is alive has its own, nobody has two, none is deleted
 * that somebody else has or that is to stay, and none is left behind.
 */

const CONNECTIONS = { ...EVERYTHING, connections: 12, secrets: 0, faults: 0, duplicates: 0, hands: 0, cancelled: 0 };

test('stacks that create, adopt, rename and remove connections', async () => hold({ ...CONNECTIONS, together: 6, hands: 3 }, { count: 70, seed: 21 }));
test('calls that fail and processes that die', async () => hold({ ...CONNECTIONS, faults: 8 }, { count: 70, seed: 22 }));
test('requests that are called off, come twice or late', async () => hold({ ...CONNECTIONS, cancelled: 8, duplicates: 6 }, { count: 70, seed: 23 }));
