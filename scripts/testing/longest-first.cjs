// A test sequencer for jest: starts the suites that take longest first, so that no worker runs one alone at the end. Jest's
// own sequencer sorts by the times of earlier runs, which a fresh clone does not have, and then by file size.
const { default: Sequencer } = require('@jest/test-sequencer');

const LONGEST = [
  'test/sequences/faulty-sequences', 'test/sequences/sequences', 'test/scale/', 'test/deployments/denied-actions', 'test/deployments/pairs',
  'test/lambda/ownership/remove-owner', 'test/lambda/resources/source-credentials', 'test/deployments/', 'test/sequences/', 'test/demo/', 'test/lambda/',
];

const rank = ({ path }) => {
  const index = LONGEST.findIndex((part) => path.includes(part));
  return index === -1 ? LONGEST.length : index;
};

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
};
