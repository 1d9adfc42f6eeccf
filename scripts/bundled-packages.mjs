// Lists the packages that are bundled into the handler.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundleHandler } from './bundle-handler.mjs';
import { ROOT } from './packed-library.mjs';

/** Returns the name, version, license and folder of each package with code in the bundle, sorted by name. */
export async function bundledPackages() {
  const { bytesOfFiles } = await bundleHandler();
  const folders = new Set([...bytesOfFiles.keys()].map((path) => packageFolder(join(ROOT, path))).filter((folder) => folder !== undefined));
  const packages = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return { name, version, license, folder };
  });
  return packages.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Returns the text of the package's license. Throws if it has none. */
export function licenseText({ name, folder }) {
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} is bundled into the handler, but has no license file. Check whether it may be bundled`);
  return readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim();
}

/** Returns the text of the package's NOTICE file, if it has one. */
export function noticeText({ folder }) {
  const file = readdirSync(folder).find((entry) => /^notice/i.test(entry));
  return file && readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim();
}

/** Returns the folder of the installed package that contains a file. Ignores a package.json without a version inside it. */
function packageFolder(path) {
  if (!path.includes('/node_modules/')) return undefined;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version) return folder;
  }
}
