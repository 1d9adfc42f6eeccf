import { Mixture, QUIET } from './mixtures';
import { playRandomSequences } from './property';

// Ten seconds on an idle machine become a minute on a busy one.
jest.setTimeout(300_000);

/*
 * Plays random stories of apps with the built handler and CloudFormation's rules. After each step CodeBuild must hold
 * what the model says. `npm run soak` plays more of them.
 */

const SINGLE: Mixture = { ...QUIET, stacks: 1, together: 0 };

test.each([
  ['a single stack is changed, rolled back and destroyed', { ...SINGLE, secrets: 0 }, 80, 43],
  ['secrets change while a single stack deploys', { ...SINGLE, secrets: 6 }, 80, 45],
  ['several stacks want the same credential', { ...QUIET, serverTypes: 1 }, 120, 33],
  ['several stacks deploy at once', { ...QUIET, together: 12 }, 120, 22],
  ['people change things by hand while several stacks deploy', { ...QUIET, hands: 6, dailyChecks: 3 }, 100, 45],
] as const)('the guarantees hold when %s', async (_title, mixture, count, seed) => playRandomSequences(mixture, { count, seed }));
