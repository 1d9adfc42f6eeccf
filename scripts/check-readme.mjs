// Fails if the README shows Python, Java, Go or C# code that is not in the example of that language, a picture that is
// not in the repository, or a message that is not in the code. `test:languages` compiles and runs the examples;
// jsii-rosetta compiles the README's TypeScript.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

const EXAMPLES = {
  python: { folder: 'python', extension: '.py' },
  java: { folder: 'java', extension: '.java' },
  go: { folder: 'go', extension: '.go' },
  csharp: { folder: 'dotnet', extension: '.cs' },
};

/** Removes the indentation of each line. */
const lines = (text) => `\n${text.split('\n').map((line) => line.trim()).join('\n')}\n`;

function sourcesOf({ folder, extension }) {
  const example = join('examples', folder);
  const files = readdirSync(example, { recursive: true }).filter((file) => extname(file) === extension);
  return files.map((file) => lines(readFileSync(join(example, file), 'utf8')));
}

const readme = readFileSync('README.md', 'utf8');
for (const [language, example] of Object.entries(EXAMPLES)) {
  const blocks = [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)\\n\`\`\`$`, 'gms'))].map(([, code]) => code);
  const sources = sourcesOf(example);
  const unknown = blocks.filter((code) => !sources.some((source) => source.includes(lines(code))));
  for (const code of unknown) console.error(`in the README, but not in examples/${example.folder}:\n${code}`);
  if (blocks.length === 0) console.error(`the README shows no ${language}`);
  if (unknown.length > 0 || blocks.length === 0) process.exitCode = 1;
}

// Package registries need absolute URLs, which the link check ignores.
const PICTURE = /https:\/\/raw\.githubusercontent\.com\/[\w-]+\/[\w-]+\/main\/([\w./-]+)/g;
for (const [address, path] of readme.matchAll(PICTURE)) {
  if (existsSync(path)) continue;
  console.error(`the README shows ${address}, but there is no ${path}`);
  process.exitCode = 1;
}

// The code must contain each part of a message between its placeholders (…).
const code = ['src', 'lambda']
  .flatMap((folder) => readdirSync(folder, { recursive: true }).filter((file) => extname(file) === '.ts').map((file) => readFileSync(join(folder, file), 'utf8')))
  .join('\n').replaceAll(/\\(['`])/g, '$1');
const [, catalogue] = /^\| Message \| Fix \|\n\|---\|---\|\n((?:\|.*\n)+)/m.exec(readme);
const messages = catalogue.trim().split('\n').flatMap((row) => [...row.split(' | ')[0].matchAll(/`([^`]+)`/g)].map(([, message]) => message));
for (const message of messages) {
  const missing = message.split('…').map((part) => part.replace(/^[\s'(:;,)]+|[\s'(:;,)]+$/g, '')).filter((part) => !code.includes(part));
  if (missing.length === 0) continue;
  console.error(`the README explains the message '${message}', but the code has no '${missing.join("' and no '")}'`);
  process.exitCode = 1;
}
