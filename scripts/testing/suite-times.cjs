// A reporter for jest: prints the times of the slowest suites, and the total times of the others by folder.
const { dirname, relative } = require('node:path');

const SHOWN = 20;

module.exports = class SuiteTimes {
  constructor({ rootDir }) {
    this.rootDir = rootDir;
  }

  onRunComplete(_, { testResults }) {
    const suites = testResults
      .map(({ perfStats, testFilePath, testResults: tests }) => ({ path: relative(this.rootDir, testFilePath), tests: tests.length, seconds: perfStats.runtime / 1000 }))
      .sort((one, other) => other.seconds - one.seconds);
    const others = Map.groupBy(suites.slice(SHOWN), ({ path }) => dirname(path));
    const row = (seconds, tests, name) => console.log(`${seconds.toFixed(1).padStart(7)} s ${String(tests).padStart(5)} tests  ${name}`);
    const sum = (list, key) => list.reduce((total, one) => total + one[key], 0);

    console.log('\nTime by suite');
    suites.slice(0, SHOWN).forEach(({ path, seconds, tests }) => row(seconds, tests, path));
    for (const [folder, list] of others) row(sum(list, 'seconds'), sum(list, 'tests'), `${folder}: ${list.length} others`);
    row(sum(suites, 'seconds'), sum(suites, 'tests'), `${suites.length} suites, several at once`);
  }
};
