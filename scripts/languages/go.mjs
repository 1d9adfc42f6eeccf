// Go: a module, which the app finds in a folder instead of at its URL.
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from '../packed-library.mjs';
import { command } from './command.mjs';
import { name, requireContents, targets, TYPES, version } from './library.mjs';

const { moduleName, packageName } = targets.go;
const MODULE = join(ROOT, 'dist', 'go', packageName);

const EXPECTED = [
  ...['go.mod', 'LICENSE', 'README.md', 'version', 'main.go', 'jsii/jsii.go', `jsii/${name}-${version}.tgz`],
  ...TYPES.map((type) => `${type}.go`),
];

const filesOf = (folder) => readdirSync(folder, { recursive: true }).map((path) => join(folder, path)).filter((path) => statSync(path).isFile());

export const go = {
  name: 'Go',
  id: 'go',
  tool: ['go', 'version'],
  packages: () => ({ module: filesOf(MODULE) }),

  async checkContents() {
    const isOfType = (path) => path === 'internal/types.go' || /^\w+__(no_)?checks\.go$/.test(path);
    requireContents(`Go module ${packageName}`, filesOf(MODULE).map((path) => relative(MODULE, path)), EXPECTED, isOfType);
  },

  async install(app, env) {
    await command(app, env, 'go', 'mod', 'edit', `-replace=${moduleName}/${packageName}=${MODULE}`);
    await command(app, env, 'go', 'vet', './...');
    await command(app, env, 'go', 'build', '-o', join(app, 'cdk.out', 'app'), '.');
    return env;
  },
};
