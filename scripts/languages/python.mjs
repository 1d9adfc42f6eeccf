// Python: a wheel and a source distribution, installed with pip into a new virtual environment.
import { delimiter, join } from 'node:path';
import { ROOT } from '../packed-library.mjs';
import { command, lines } from './command.mjs';
import { name, requireContents, targets, TYPES, version } from './library.mjs';

const { module } = targets.python;
const PACKAGES = join(ROOT, 'dist', 'python');
const WHEEL = `${module}-${version}-py3-none-any.whl`;
const SOURCES = `${module}-${version}.tar.gz`;

const MODULE = ['__init__.py', 'py.typed', '_jsii/__init__.py', `_jsii/${name}@${version}.jsii.tgz`].map((path) => `${module}/${path}`);
const DIST_INFO = ['LICENSE', 'METADATA', 'RECORD', 'WHEEL', 'top_level.txt'].map((path) => `${module}-${version}.dist-info/${path}`);

export const python = {
  name: 'Python',
  id: 'python',
  tool: ['python3', '--version'],
  packages: () => ({ wheel: [join(PACKAGES, WHEEL)], sources: [join(PACKAGES, SOURCES)] }),

  async checkContents() {
    const list = 'import sys, zipfile; print(*zipfile.ZipFile(sys.argv[1]).namelist(), sep="\\n")';
    requireContents(WHEEL, await lines(PACKAGES, process.env, 'python3', '-c', list, WHEEL), [...MODULE, ...DIST_INFO]);

    const root = `${module}-${version}/`;
    const sources = (await lines(PACKAGES, process.env, 'tar', '--list', '--file', SOURCES)).filter((path) => !path.endsWith('/'));
    const expected = [...MODULE.map((path) => `src/${path}`), 'LICENSE', 'README.md', 'PKG-INFO', 'pyproject.toml', 'setup.py'];
    requireContents(SOURCES, sources, expected.map((path) => root + path), (path) => /MANIFEST\.in|setup\.cfg|\.egg-info\//.test(path));
  },

  async install(app, env) {
    const venv = join(app, '.venv');
    await command(app, env, 'python3', '-m', 'venv', venv);
    const withVenv = { ...env, PATH: join(venv, 'bin') + delimiter + env.PATH };
    await command(app, withVenv, 'pip', 'install', '--quiet', '--find-links', PACKAGES, '--requirement', 'requirements.txt');
    await command(app, withVenv, 'python3', '-c', `from ${module} import ${TYPES.join(', ')}`);
    return withVenv;
  },
};
