// Fails when a workflow is not what GitHub accepts (actionlint), or is unsafe (zizmor). Installs both, pinned,
// into a cache of this repository. Needs Go and Python 3.10 or newer; asks GitHub nothing.
// zizmor has no finding to be excused for. One that has to stay is excused, with its reason, in
// .github/zizmor.yml, which zizmor reads.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from './packed-library.mjs';

const ACTIONLINT = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12';
const REQUIREMENTS = join(ROOT, 'scripts', 'workflows', 'requirements.txt');
const CACHE = join(ROOT, 'node_modules', '.cache', 'workflows');

const python = (name) => join(CACHE, 'venv', 'bin', name);

// Without shellcheck and pyflakes, which one machine has and another does not.
run(ROOT, 'go', 'run', ACTIONLINT, '-shellcheck=', '-pyflakes=');
console.log('actionlint: no findings');

if (!existsSync(python('python'))) run(ROOT, 'python3', '-m', 'venv', join(CACHE, 'venv'));
run(ROOT, python('pip'), 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '--requirement', REQUIREMENTS);
run(ROOT, python('zizmor'), '--offline', '--no-progress', '.');
console.log(`${execFileSync(python('zizmor'), ['--version'], { encoding: 'utf8' }).trim()}: no findings`);
