// Installs the dependencies when the lock file is newer than what is installed, so that `npm test`
// and `npm run demo` work on a fresh clone.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

const [lock, installed] = ['package-lock.json', 'node_modules/.package-lock.json'];

if (!existsSync(installed) || statSync(lock).mtimeMs > statSync(installed).mtimeMs) {
  console.log('Installing dependencies (npm ci) ...');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
