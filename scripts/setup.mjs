// Installs the dependencies if the lock file is newer than the installed packages, so that `npm test` and `npm run demo`
// work on a fresh clone. Runs on any Node.js, even on one that is too old for the rest.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';

const OLDEST = 22;
const LOCK = 'package-lock.json';
const INSTALLED = 'node_modules/.package-lock.json';

/** The `node` that npm scripts run, since its folder comes first in their PATH. */
const PROGRAM = 'node_modules/.bin/node';

const isOld = Number(process.versions.node.split('.')[0]) < OLDEST;

/** The package with Lambda's Node.js for this platform, if there is one. */
const { optionalDependencies } = JSON.parse(readFileSync('scripts/lambda-node/package.json', 'utf8'));
const lambdaNode = Object.keys(optionalDependencies).find((name) => name.endsWith(`-${process.platform}-${process.arch}`));

function refuse() {
  console.error(`Node.js ${OLDEST}.0.0 or newer is required; this is ${process.versions.node}. Install a newer one from https://nodejs.org and try again`);
  process.exit(1);
}

function install() {
  if (isOld && !lambdaNode) refuse();
  if (isOld) console.log(`Node.js ${OLDEST}.0.0 or newer is required; this is ${process.versions.node}. The Node.js that is installed with the dependencies runs the scripts`);
  console.log('Installing dependencies (npm ci) ...');
  // On Windows npm is a batch file, which needs a shell.
  const { status, error } = spawnSync('npm ci --no-audit --no-fund --loglevel=error', { stdio: 'inherit', shell: true });
  if (status !== 0) {
    if (error) console.error(error.message);
    process.exit(status || 1);
  }
}

/** Links Lambda's Node.js: npm 10 does not link programs of a workspace's dependencies. Linux without glibc cannot run it. */
function linkLambdaNode() {
  const isUsable = lambdaNode && spawnSync(`node_modules/${lambdaNode}/bin/node`, ['--version']).status === 0;
  if (isUsable && !existsSync(PROGRAM)) symlinkSync(`../${lambdaNode}/bin/node`, PROGRAM);
  if (!isUsable) rmSync(PROGRAM, { force: true });
  if (!isUsable && isOld) refuse();
}

if (!existsSync(INSTALLED) || statSync(LOCK).mtimeMs > statSync(INSTALLED).mtimeMs) install();
linkLambdaNode();
