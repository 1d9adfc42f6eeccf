// Which packages are bundled into the handler: from the command that bundles it, run once more with esbuild's
// list of what went in.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from './packed-library.mjs';

const TASK = 'bundle:lambda/handler';

/** Name, version, license and folder of each package of which code is in the bundle, sorted by name. */
export function bundledPackages() {
  const folders = new Set(bundledFiles().map(packageFolder).filter((folder) => folder !== undefined));
  const packages = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return { name, version, license, folder };
  });
  return packages.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The text of the package's license. */
export function licenseText({ name, folder }) {
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} is bundled into the handler, but has no license file: see whether it may be`);
  return readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim();
}

/** What the package asks to be passed on beside its license, if it does. */
export function noticeText({ folder }) {
  const file = readdirSync(folder).find((entry) => /^notice/i.test(entry));
  return file && readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim();
}

function bundledFiles() {
  const { tasks } = JSON.parse(readFileSync(join(ROOT, '.projen', 'tasks.json'), 'utf8'));
  const [command, ...args] = tasks[TASK].steps[0].execArgs.filter((arg) => !arg.startsWith('--outfile='));
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  try {
    const metafile = join(folder, 'meta.json');
    execFileSync(join(ROOT, 'node_modules', '.bin', command), [...args, `--outfile=${join(folder, 'index.js')}`, `--metafile=${metafile}`, '--log-level=error'], { cwd: ROOT });
    const [{ inputs }] = Object.values(JSON.parse(readFileSync(metafile, 'utf8')).outputs);
    return Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => join(ROOT, path));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The nearest folder with the package.json of a package that is installed; a folder inside one may have a file of that name too. */
function packageFolder(path) {
  if (!path.includes('/node_modules/')) return undefined;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version) return folder;
  }
}
