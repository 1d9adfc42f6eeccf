// Fails when the package holds anything but what a user needs: the compiled constructs, the handler,
// jsii's assembly and the documents.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

const modules = readdirSync('src').map((file) => file.replace(/\.ts$/, ''));
const expected = [
  ...['.jsii', 'API.md', 'CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'],
  'assets/lambda/handler/index.js',
  ...modules.flatMap((module) => [`lib/${module}.d.ts`, `lib/${module}.js`]),
].sort();

const [{ files, size, unpackedSize }] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'], { encoding: 'utf8' }));
const packed = files.map(({ path }) => path).sort();

const tooMuch = packed.filter((path) => !expected.includes(path));
const missing = expected.filter((path) => !packed.includes(path));
for (const path of tooMuch) console.error(`in the package, but no user needs it: ${path}`);
for (const path of missing) console.error(`missing from the package: ${path}`);
console.log(`package: ${packed.length} files, ${size} bytes packed, ${unpackedSize} bytes unpacked`);
process.exitCode = tooMuch.length + missing.length === 0 ? 0 : 1;
