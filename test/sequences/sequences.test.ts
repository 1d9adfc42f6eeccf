import { Mixture, QUIET } from './mixtures';
import { hold } from './property';

// What takes ten seconds on an idle machine takes a minute on a busy one.
jest.setTimeout(300_000);

/*
 * Random stories of apps and what happens to them, by the built handler and CloudFormation's rules; after every step
 * CodeBuild must hold what the model says. `npm run soak` plays more of them.
 */

const SINGLE: Mixture = { ...QUIET, stacks: 1, together: 0 };

test.each([
  ['a single stack that changes, fails and goes', { ...SINGLE, secrets: 0 }, 80],
  ['a single stack whose secrets change meanwhile', { ...SINGLE, secrets: 6 }, 80],
  ['several stacks that want the same', { ...QUIET, serverTypes: 1 }, 120],
  ['several stacks at once', { ...QUIET, together: 12 }, 120],
  ['several stacks while people do things by hand', { ...QUIET, hands: 6, dailyChecks: 3 }, 100],
] as const)('%s', async (title, mixture, count) => hold(mixture, { count, seed: title.length }));
