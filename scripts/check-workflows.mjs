// Fails if GitHub would not accept a workflow (actionlint), or if it is unsafe (zizmor). Installs pinned versions of both
// into a cache of this repository. Needs Go and Python 3.10 or newer. Does not contact GitHub.
// zizmor has no findings. To accept a finding, add it with its reason to .github/zizmor.yml.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from './packed-library.mjs';

const ACTIONLINT = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12';
const REQUIREMENTS = join(ROOT, 'scripts', 'workflows', 'requirements.txt');
const CACHE = join(ROOT, 'node_modules', '.cache', 'workflows');

const python = (name) => join(CACHE, 'venv', 'bin', name);

// Not every machine has shellcheck and pyflakes.
run(ROOT, 'go', 'run', ACTIONLINT, '-shellcheck=', '-pyflakes=');
console.log('actionlint: no findings');

if (!existsSync(python('python'))) run(ROOT, 'python3', '-m', 'venv', join(CACHE, 'venv'));
run(ROOT, python('pip'), 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '--requirement', REQUIREMENTS);
run(ROOT, python('zizmor'), '--offline', '--no-progress', '.');
console.log(`${execFileSync(python('zizmor'), ['--version'], { encoding: 'utf8' }).trim()}: no findings`);
