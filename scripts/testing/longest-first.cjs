// A sequencer of jest: what deploys takes longest and begins first, so that no worker is left alone with it at the end.
// Jest's own goes by the times of former runs, which a fresh clone has none of, and then by the size of the files.
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
