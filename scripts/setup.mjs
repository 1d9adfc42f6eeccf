// Installs the dependencies when the lock file is newer than what is installed, so that `npm test`
// and `npm run demo` work on a fresh clone. Runs on any Node.js, also on one that is too old.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';

const OLDEST = 22;
const LOCK = 'package-lock.json';
const INSTALLED = 'node_modules/.package-lock.json';
const LAMBDA_NODE = 'node_modules/.bin/node';

const isOld = Number(process.versions.node.split('.')[0]) < OLDEST;
const platform = `${process.platform}-${process.arch}`;

/** Whether Lambda's Node.js is installed with the dependencies on this platform. */
function hasLambdaNode() {
  const { optionalDependencies } = JSON.parse(readFileSync('scripts/lambda-node/package.json', 'utf8'));
  return Object.keys(optionalDependencies).some((name) => name.endsWith(`-${platform}`));
}

function refuse() {
  console.error(`Node.js ${OLDEST}.0.0 or newer is required; this is ${process.versions.node}. Install a newer one from https://nodejs.org and try again`);
  process.exit(1);
}

function install() {
  if (isOld && !hasLambdaNode()) refuse();
  if (isOld) console.log(`Node.js ${process.versions.node} is older than ${OLDEST}.0.0, which is required: the Node.js that is installed with the dependencies runs the scripts`);
  console.log('Installing dependencies (npm ci) ...');
  // On Windows npm is a batch file, which only a shell starts.
  const { status, error } = spawnSync('npm ci --no-audit --no-fund --loglevel=error', { stdio: 'inherit', shell: true });
  if (status !== 0) {
    if (error) console.error(error.message);
    process.exit(status || 1);
  }
}

/** A Linux with another C library than glibc installs the package but cannot run it. */
function removeUnusableNode() {
  if (!existsSync(LAMBDA_NODE) || spawnSync(LAMBDA_NODE, ['--version']).status === 0) return;
  if (isOld) refuse();
  console.log(`${LAMBDA_NODE} does not run on this machine: Node.js ${process.versions.node} runs the scripts`);
  rmSync(LAMBDA_NODE);
}

if (!existsSync(INSTALLED) || statSync(LOCK).mtimeMs > statSync(INSTALLED).mtimeMs) {
  install();
  removeUnusableNode();
} else if (isOld) {
  refuse();
}
