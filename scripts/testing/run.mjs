// Runs `npm test` after bundling: all tests, and in parallel type-check and lint, whose output is printed when they end.
// With arguments, such as the path of a test, it only runs jest with them.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { buffer } from 'node:stream/consumers';

/** More workers than cores: many suites wait for processes or for pauses of the handler. */
const WORKERS = 2 * availableParallelism();

// The reporters come last: otherwise jest would take a test's path for another reporter.
const jest = (...args) => ['jest', '--ci', ...args, '--reporters=default', '--reporters=./scripts/testing/suite-times.cjs'];

const ALL_TESTS = jest('--coverage', `--maxWorkers=${WORKERS}`, '--testSequencer=./scripts/testing/longest-first.cjs');

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

if (process.argv.length > 2) {
  await run(jest(...process.argv.slice(2)), true);
} else {
  await Promise.all([
    run(ALL_TESTS, true),
    run(['projen', 'typecheck'], false).then(() => run(['projen', 'eslint'], false)),
  ]);
}
console.log(`\n${results.join('\n')}`);
