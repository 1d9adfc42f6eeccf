// A test sequencer for jest: starts the tests that deploy first, since they take longest, so that no worker runs one alone
// at the end. Jest's own sequencer sorts by the times of earlier runs, which a fresh clone does not have, and then by file
// size.
const { default: Sequencer } = require('@jest/test-sequencer');

const LONGEST = ['test/scale/', 'test/deployments/pairs', 'test/deployments/connections', 'test/deployments/', 'simulator/cloudformation/'];

const rank = ({ path }) => {
  const index = LONGEST.findIndex((part) => path.includes(part));
  return index === -1 ? LONGEST.length : index;
};

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
};
