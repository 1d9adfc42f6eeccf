import { hold } from './property';
import { EVERYTHING } from './mixtures';

// What takes ten seconds on an idle machine takes a minute on a busy one.
jest.setTimeout(300_000);

/* As in sequences.test.ts, with everything going wrong that can. */

const CREDENTIALS = { ...EVERYTHING, connections: 0 };

test('calls that fail and processes that die', async () => hold({ ...CREDENTIALS, faults: 8, duplicates: 0, hands: 0, cancelled: 0, together: 0 }, { count: 120, seed: 11 }));
test('the same with several stacks at once', async () => hold({ ...CREDENTIALS, faults: 8, duplicates: 0, hands: 0, cancelled: 0, together: 12 }, { count: 100, seed: 12 }));
test('requests that are called off', async () => hold({ ...CREDENTIALS, faults: 0, duplicates: 0, hands: 0, cancelled: 8 }, { count: 120, seed: 13 }));
test('events that come twice or late', async () => hold({ ...CREDENTIALS, faults: 0, duplicates: 10, hands: 0, cancelled: 0 }, { count: 100, seed: 14 }));
test('all of it together', async () => hold(EVERYTHING, { count: 120, seed: 15 }));
