// Fails if the package contains anything that users do not need. They need the compiled constructs, the types that
// index.ts refers to, the handler with the licenses of its packages, jsii's assembly and the documents.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

const MOST_BYTES = 210_000;

const modules = readdirSync('src', { recursive: true }).filter((file) => file.endsWith('.ts')).map((file) => file.replaceAll('\\', '/').replace(/\.ts$/, ''));
const expected = [
  ...['.jsii', '.jsii.gz', 'API.md', 'CHANGELOG.md', 'LICENSE', 'README.md', 'THIRD-PARTY-NOTICES.txt', 'package.json'],
  'assets/lambda/handler/index.js',
  ...modules.map((module) => `lib/${module}.js`),
  ...[...typesFrom('index')].map((module) => `lib/${module}.d.ts`),
];

/** Returns the module and every module that its declarations import, directly or indirectly. */
function typesFrom(module, found = new Set()) {
  if (found.has(module)) return found;
  found.add(module);
  for (const [, imported] of readFileSync(`lib/${module}.d.ts`, 'utf8').matchAll(/from '(\.[\w./-]+)'/g)) {
    typesFrom(posix.join(posix.dirname(module), imported), found);
  }
  return found;
}

function* findings({ files, size }, { dependencies = {}, optionalDependencies = {}, bundleDependencies = [], peerDependencies }) {
  const packed = files.map(({ path }) => path);
  for (const path of packed) {
    if (!expected.includes(path)) yield `not needed in the package: ${path}`;
  }
  for (const path of expected) {
    if (!packed.includes(path)) yield `missing from the package: ${path}`;
  }
  if (size > MOST_BYTES) yield `the package has ${size} bytes, more than ${MOST_BYTES}`;

  for (const name of [...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...bundleDependencies]) {
    yield `the package must have no dependencies, but depends on ${name}`;
  }
  const peers = Object.keys(peerDependencies).sort().join(' and ');
  if (peers !== 'aws-cdk-lib and constructs') yield `the peers are ${peers}, not aws-cdk-lib and constructs`;
}

const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'];
const [pack] = JSON.parse(execFileSync('npm', args, { encoding: 'utf8' }));
for (const finding of findings(pack, JSON.parse(readFileSync('package.json', 'utf8')))) {
  console.error(finding);
  process.exitCode = 1;
}
console.log(`package: ${pack.files.length} files, ${pack.size} bytes packed, ${pack.unpackedSize} bytes unpacked`);
