// `npm test` after bundling: the tests with their coverage, and beside them what needs no more than one core. What runs
// beside the tests shows its output in one piece when it ends. Arguments go to the tests, such as the path of one.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { buffer } from 'node:stream/consumers';

/** More than there are cores: many suites wait, for processes or for the pauses of the handler. */
const WORKERS = Math.ceil(1.5 * availableParallelism());

const TESTS = [
  'jest', '--ci', '--coverage', `--maxWorkers=${WORKERS}`, '--testPathIgnorePatterns=test/sequences',
  '--reporters=default', '--reporters=./scripts/testing/suite-times.cjs', '--testSequencer=./scripts/testing/longest-first.cjs',
];

const BESIDE = [
  ['projen', 'typecheck'],
  ['projen', 'eslint'],
  // They run the bundle, of which nothing is counted; to count all the same would double their time.
  ['jest', '--ci', 'test/sequences', '--reporters=default', '--reporters=./scripts/testing/suite-times.cjs'],
];

const results = [];

async function run([command, ...args], isShown) {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', isShown ? 'inherit' : 'pipe', isShown ? 'inherit' : 'pipe'] });
  const ended = new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [status, ...output] = await Promise.all([ended, ...isShown ? [] : [buffer(child.stdout), buffer(child.stderr)]]);
  const verdict = `${status === 0 ? 'passed' : 'FAILED'} ${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${command} ${args.filter((arg) => !arg.startsWith('--')).join(' ')}`;
  if (!isShown) process.stdout.write(Buffer.concat([Buffer.from(`\n=== ${verdict}\n`), ...output]));
  results.push(verdict);
  if (status !== 0) process.exitCode = 1;
}

await Promise.all([
  run([...TESTS, ...process.argv.slice(2)], true),
  (async () => {
    for (const command of BESIDE) await run(command, false);
  })(),
]);
console.log(`\n${results.join('\n')}`);
