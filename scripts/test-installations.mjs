// Installs the packed library in the ways that users do, and runs an app with each. Fails if a template, which contains
// the hash of the handler's asset, differs from that of npm with CommonJS, or if two copies of the library do not work
// together. CI only runs the marked installations, since each can fail for reasons of its own. `-- --all` runs all of
// them, and names select some: `-- bun deno`.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLED, COMMON_JS, ES_MODULE, TYPESCRIPT } from './installations/app.mjs';
import { APP as COPIES_APP, SHARED } from './installations/copies.mjs';
import { LIBRARY, manifest, PEERS, writeFiles } from './installations/manifest.mjs';
import { inTemporaryFolder, pack, ROOT, unpackLibrary } from './packed-library.mjs';

const PNPM = { package: 'pnpm', version: '12.21.0', program: 'pnpm' };
const YARN = { package: '@yarnpkg/cli-dist', version: '4.18.1', program: 'yarn' };
const BUN = { package: 'bun', version: '1.4.5', program: 'bun', setup: 'install.js' };
const DENO = { package: 'deno', version: '2.9.6', program: 'deno', setup: 'install.cjs' };

/** The installation that the others are compared with. */
const REFERENCE = 'npm';

/** The aws-cdk-lib of a workspace package, which differs from the app's. */
const OTHER_CDK = '2.225.0';

const DEPENDENCIES = { ...PEERS, [LIBRARY]: 'file:./library.tgz' };

/** The ways to install the library and run an app. The app is in the root folder, unless `app` names another. */
const INSTALLATIONS = [
  {
    name: REFERENCE,
    inCi: true,
    why: 'the reference for the others',
    files: { 'package.json': manifest({ ...DEPENDENCIES, 'esbuild': '0.28.2', 'tsx': '4.23.15', '@types/node': '22.20.5' }) },
    install: (root) => npmInstall(root),
    runs: () => ({
      'CommonJS': ['node', 'app.cjs'],
      'ES module': ['node', 'app.mjs'],
      'types stripped by Node.js': ['node', '--experimental-strip-types', 'app.mts'],
      'tsx': ['node_modules/.bin/tsx', 'app.mts'],
      'esbuild, packages external': ['node', 'bundled.cjs', 'external'],
      'esbuild, handler copied': ['node', 'bundled.cjs', 'copied'],
    }),
  },
  {
    name: 'npm-nested',
    inCi: true,
    why: 'two releases of the library: npm nests one in the package that needs it',
    files: {
      'package.json': manifest({ ...DEPENDENCIES, shared: 'file:./shared' }),
      'shared/package.json': { ...manifest({ [LIBRARY]: 'file:../older.tgz' }), name: 'shared', peerDependencies: { 'aws-cdk-lib': '*' } },
      'shared/index.js': SHARED,
    },
    install: (root) => npmInstall(root, '--install-links'),
    runs: () => ({ 'two copies of the library': ['node', 'copies.cjs', 'library'] }),
  },
  {
    name: 'pnpm-workspace',
    inCi: true,
    why: 'two versions of aws-cdk-lib: pnpm installs the library once for each; nothing is hoisted',
    files: {
      'package.json': manifest({}),
      'pnpm-workspace.yaml': 'packages: [app, shared]\nhoist: false\n',
      'app/package.json': manifest({ ...PEERS, [LIBRARY]: 'file:../library.tgz', shared: 'workspace:*' }),
      'shared/package.json': { ...manifest({ ...PEERS, 'aws-cdk-lib': OTHER_CDK, [LIBRARY]: 'file:../library.tgz' }), name: 'shared' },
      'shared/index.js': SHARED,
    },
    app: 'app',
    install: (root, folder) => execute(root, tool(folder, PNPM), 'install', '--no-frozen-lockfile'),
    runs: () => ({ 'CommonJS': ['node', 'app.cjs'], 'two copies of both': ['node', 'copies.cjs', 'aws-cdk-lib'] }),
  },
  {
    name: 'yarn-pnp',
    inCi: true,
    why: 'no node_modules: the asset is read from a zip file',
    files: { 'package.json': manifest(DEPENDENCIES), 'yarn.lock': '', '.yarnrc.yml': 'nodeLinker: pnp\nenableGlobalCache: false\n' },
    install: (root, folder) => execute(root, tool(folder, YARN), 'install', '--no-immutable'),
    runs: () => ({ CommonJS: ['node', '--require', './.pnp.cjs', 'app.cjs'] }),
  },
  {
    name: 'yarn-node-modules',
    why: 'yarn with a node_modules folder, as with npm',
    files: { 'package.json': manifest(DEPENDENCIES), 'yarn.lock': '', '.yarnrc.yml': 'nodeLinker: node-modules\n' },
    install: (root, folder) => execute(root, tool(folder, YARN), 'install', '--no-immutable'),
    runs: () => ({ CommonJS: ['node', 'app.cjs'] }),
  },
  {
    name: 'bun',
    why: 'another runtime, which runs TypeScript',
    files: { 'package.json': manifest(DEPENDENCIES) },
    install: (root, folder) => execute(root, tool(folder, BUN), 'install'),
    runs: (folder) => ({ CommonJS: [tool(folder, BUN), 'app.cjs'], TypeScript: [tool(folder, BUN), 'app.mts'] }),
  },
  {
    name: 'deno',
    why: 'another runtime, with the packages that npm installed',
    files: { 'package.json': manifest(DEPENDENCIES) },
    install: (root, folder) => {
      npmInstall(root);
      tool(folder, DENO);
    },
    runs: (folder) => ({ 'ES module': [tool(folder, DENO), 'run', '--allow-all', '--node-modules-dir=manual', '--no-check', 'app.mjs'] }),
  },
];

/** Compilers for the library's declarations. Errors in declarations of other packages are ignored. */
const COMPILERS = [
  { name: 'typescript-4.9', version: '4.9.5', inCi: true, why: 'rejects newer syntax in our declarations' },
  { name: 'typescript-5.9', version: '5.9.3', why: 'the last of its major version' },
  { name: 'typescript-7', version: '7.0.2', inCi: true, why: 'another compiler, without what TypeScript 6 deprecates' },
];
const COMPILER_OPTIONS = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--module', 'node16', '--target', 'es2022', '--types', 'node'];

const REGISTRY = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
const ENVIRONMENT = {
  ...process.env,
  NPM_CONFIG_REGISTRY: REGISTRY,
  YARN_NPM_REGISTRY_SERVER: REGISTRY,
  YARN_ENABLE_TELEMETRY: '0',
  BUN_CONFIG_REGISTRY: REGISTRY,
  CI: 'true',
};

function execute(cwd, command, ...args) {
  try {
    return execFileSync(command, args, { cwd, env: ENVIRONMENT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26 });
  } catch (error) {
    throw new Error(`'${[command, ...args].join(' ')}' failed:\n${error.stdout ?? ''}${error.stderr ?? error.message}`);
  }
}

function npmInstall(folder, ...args) {
  execute(folder, 'npm', 'install', '--loglevel=error', '--no-audit', '--no-fund', ...args);
}

/** Installs a package manager or runtime into its own folder. Returns the path of its program. */
function tool(folder, { package: name, version, program, setup }) {
  const tools = join(folder, 'tools');
  const installed = join(tools, 'node_modules', name);
  if (!existsSync(installed)) {
    mkdirSync(tools, { recursive: true });
    execute(tools, 'npm', 'install', '--prefix', tools, '--loglevel=error', '--ignore-scripts', `${name}@${version}`);
    if (setup) execute(installed, 'node', setup);
  }
  return join(tools, 'node_modules', '.bin', program);
}

/** Runs the app and returns the template, which contains the hash of the handler's asset. */
function synthesize(folder, [command, ...args]) {
  rmSync(join(folder, 'cdk.out'), { recursive: true, force: true });
  execute(folder, command, ...args);
  return readFileSync(join(folder, 'cdk.out', 'Stack.template.json'), 'utf8');
}

/** Packs the library twice, the second time with another version. */
function packReleases(folder) {
  renameSync(pack(ROOT, folder), join(folder, 'library.tgz'));
  const older = join(folder, 'older');
  unpackLibrary(older);
  const file = join(older, 'package.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), version: '0.0.1' }));
  renameSync(pack(older, folder), join(folder, 'older.tgz'));
}

const isNamed = (() => {
  const args = process.argv.slice(2);
  if (args.includes('--all')) return () => true;
  return ({ name, inCi }) => args.length === 0 ? inCi : args.includes(name) || name === REFERENCE;
})();

await inTemporaryFolder((folder) => {
  packReleases(folder);
  const rows = [];
  const failures = [];
  let reference;

  const attempt = (name, what, why, use) => {
    const started = Date.now();
    let result = 'equal';
    try {
      result = use() ?? result;
    } catch (error) {
      failures.push(`${name}, ${what}: ${error.message}`);
      result = 'FAILED';
    }
    rows.push([name, what, result, `${((Date.now() - started) / 1000).toFixed(0)} s`, why]);
  };

  for (const { name, why, files, install, runs, app = '.' } of INSTALLATIONS.filter(isNamed)) {
    const root = join(folder, name);
    writeFiles(root, files);
    for (const release of ['library.tgz', 'older.tgz']) cpSync(join(folder, release), join(root, release));
    const appFolder = join(root, app);
    writeFiles(appFolder, { 'app.cjs': COMMON_JS, 'app.mjs': ES_MODULE, 'app.mts': TYPESCRIPT, 'bundled.cjs': BUNDLED, 'copies.cjs': COPIES_APP });
    attempt(name, 'installation', why, () => {
      install(root, folder);
      return 'done';
    });
    for (const [what, command] of Object.entries(runs(folder))) {
      attempt(name, what, '', () => {
        if (what.startsWith('two copies')) {
          execute(appFolder, ...command);
          return 'work together';
        }
        const template = synthesize(appFolder, command);
        reference ??= template;
        if (template !== reference) throw new Error('the template differs from that of npm with CommonJS');
        return undefined;
      });
    }
  }

  for (const { name, version, why } of COMPILERS.filter(isNamed)) {
    attempt(name, 'declarations', why, () => {
      const app = join(folder, REFERENCE);
      const compiler = join(folder, name);
      mkdirSync(compiler, { recursive: true });
      execute(compiler, 'npm', 'install', '--prefix', compiler, '--loglevel=error', `typescript@${version}`);
      const { status, stdout, stderr } = spawnSync(join(compiler, 'node_modules', '.bin', 'tsc'), [...COMPILER_OPTIONS, 'app.mts'], { cwd: app, encoding: 'utf8' });
      const ours = stdout.split('\n').filter((line) => line.includes(LIBRARY) || line.startsWith('app.mts') || line.startsWith('error'));
      if (ours.length > 0 || stderr !== '' || status === null) throw new Error([...ours, stderr].join('\n'));
      return status === 0 ? 'compiles' : 'compiles; others do not';
    });
  }

  console.log(['', ...rows.map((row) => row.map((cell, column) => cell.padEnd([18, 28, 24, 6, 0][column])).join(''))].join('\n'));
  if (failures.length > 0) throw new Error(`\n${failures.join('\n\n')}`);
});
