import { hold } from './property';
import { QUIET } from './mixtures';

// What takes ten seconds on an idle machine takes a minute on a busy one.
jest.setTimeout(300_000);

/*
 * Random stories of apps and what happens to them, by the built handler and CloudFormation's rules; after every step
 * CodeBuild must hold what the model says. `npm run soak` plays more of them.
 */

describe('a single stack', () => {
  test('that changes, fails and goes', async () => hold({ ...QUIET, stacks: 1, together: 0, secrets: 0 }, { count: 80, seed: 1 }));
  test('whose secrets change meanwhile', async () => hold({ ...QUIET, stacks: 1, together: 0, secrets: 6 }, { count: 80, seed: 2 }));
});

describe('several stacks', () => {
  test('that want the same', async () => hold({ ...QUIET, serverTypes: 1 }, { count: 120, seed: 3 }));
  test('at once', async () => hold({ ...QUIET, together: 12 }, { count: 120, seed: 4 }));
  test('while people do things by hand', async () => hold({ ...QUIET, hands: 6 }, { count: 100, seed: 5 }));
});
