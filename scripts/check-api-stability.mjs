// Fails if the compiled API breaks the API of the last release on npm, unless
// docs/accepted-api-changes.txt accepts the change with a reason. docs/stability.md has the policy.
// With `--against FOLDER` it compares with an unpacked package instead of the release.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { acceptedChanges } from './accepted-api-changes.mjs';
import { inTemporaryFolder, ROOT, run } from './packed-library.mjs';

const ACCEPTED = join(ROOT, 'docs', 'accepted-api-changes.txt');
const { name } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** Versions of the placeholder on npm, which trusted publishing needs before the first release. */
const PLACEHOLDER = /^0\.0\./;

/** Returns the version on npm, or undefined before the first release. Throws on any other answer. */
function lastRelease() {
  const { stdout } = spawnSync('npm', ['view', name, 'version', '--json'], { encoding: 'utf8' });
  const answer = JSON.parse(stdout || '{}');
  if (typeof answer === 'string') return PLACEHOLDER.test(answer) ? undefined : answer;
  if (answer.error?.code === 'E404') return undefined;
  throw new Error(`npm did not return the last release of ${name}: ${answer.error?.summary ?? 'no answer'}`);
}

await inTemporaryFolder((folder) => {
  const accepted = acceptedChanges(readFileSync(ACCEPTED, 'utf8'));
  const [, against] = process.argv.slice(process.argv.indexOf('--against')).filter(() => process.argv.includes('--against'));
  const version = against ? undefined : lastRelease();
  if (!against && !version) {
    console.log(`jsii-diff: ${name} has no release yet, so the next one is the first: nothing to compare with`);
    return;
  }
  const ignored = join(folder, 'accepted');
  writeFileSync(ignored, accepted.join('\n'));
  // Include experimental APIs: all of 0.x is experimental.
  run(ROOT, 'jsii-diff', against ?? `npm://${name}@${version}`, ROOT, '--keys', '--error-on', 'all', '--ignore-file', ignored);
  console.log(`jsii-diff: compatible with ${against ?? version}, ${accepted.length} accepted changes`);
});
