import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The root of this repository. */
export const ROOT = join(import.meta.dirname, '..');

/** Runs a command and shows its output. Throws if it fails. */
export function run(cwd, command, ...args) {
  console.log(`\n> ${[command, ...args].join(' ')}`);
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw error ?? new Error(`'${command}' ended with ${status}`);
}

/** Packs the build output of the repository at `root`. Returns the path of the package. */
export function pack(root, folder) {
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' }));
  return join(folder, filename);
}

/** Packs the library and unpacks it into a new folder. */
export function unpackLibrary(folder) {
  mkdirSync(folder, { recursive: true });
  const file = pack(ROOT, folder);
  execFileSync('tar', ['--extract', '--strip-components=1', '--file', file], { cwd: folder });
  rmSync(file);
}

/** Runs `use` in a temporary folder outside the repository, where Node.js does not find the repository's modules. */
export async function inTemporaryFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'cdk-codebuild-source-credentials-'));
  try {
    await use(folder);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
