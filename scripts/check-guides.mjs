// Fails if a TypeScript example in docs/ does not compile or cannot be translated to another language. jsii-rosetta only
// reads the README and the docstrings, so the script passes it a package whose README contains the guides.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

const GUIDES = readdirSync('docs').filter((file) => file.endsWith('.md')).map((file) => readFileSync(join('docs', file), 'utf8'));
const examples = GUIDES.join('\n').match(/^```ts\b/gm).length;

const folder = mkdtempSync(join(tmpdir(), 'guides-'));
try {
  for (const part of ['package.json', 'rosetta', 'lib']) cpSync(part, join(folder, part), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const assembly = JSON.parse(gunzipSync(readFileSync('.jsii.gz')));
  const withGuides = { ...assembly, readme: { markdown: GUIDES.join('\n') } };
  // Without the examples of docstrings, which are compiled with the README.
  writeFileSync(join(folder, '.jsii'), JSON.stringify(withGuides, (key, value) => key === 'example' ? undefined : value));
  execFileSync('jsii-rosetta', ['extract', '--strict', folder], { stdio: 'inherit' });
  console.log(`guides: ${examples} examples of TypeScript compile`);
} finally {
  rmSync(folder, { recursive: true });
}
