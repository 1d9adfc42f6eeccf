// Fails if API.md differs from the docstrings, or if docstrings are incomplete: a class without an example, a
// member or parameter without a sentence, an option without its default. Changes no file: `npx projen docgen` does.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Returns what is missing in the docstrings of a type. */
function gapsOf({ name, kind, datatype, docs, properties = [], methods = [], members = [], initializer }) {
  const gaps = [];
  const requireSentence = (where, summary) => {
    // jsii also ends the summary at a semicolon, and API.md then shows half a sentence.
    if (!/[.!?]$/.test(summary ?? '')) gaps.push(`${where} has no sentence; its summary is '${summary ?? ''}'`);
  };
  requireSentence(name, docs?.summary);
  if (kind === 'class' && !docs?.example) gaps.push(`${name} has no @example`);
  for (const member of [...properties, ...methods, ...members]) {
    requireSentence(`${name}.${member.name}`, member.docs?.summary);
    if (datatype && member.optional && !member.docs?.default) gaps.push(`${name}.${member.name} has no @default`);
  }
  for (const callable of [...methods, ...initializer ? [{ ...initializer, name: 'constructor' }] : []]) {
    for (const parameter of callable.parameters ?? []) {
      if (!parameter.docs?.summary) gaps.push(`${name}.${callable.name}: @param ${parameter.name} is missing`);
    }
  }
  return gaps;
}

const { types } = JSON.parse(gunzipSync(readFileSync('.jsii.gz')));
const gaps = Object.values(types).flatMap(gapsOf);
for (const gap of gaps) console.error(gap);
if (gaps.length > 0) process.exitCode = 1;

const folder = mkdtempSync(join(tmpdir(), 'api-'));
try {
  const generated = join(folder, 'API.md');
  execFileSync('jsii-docgen', ['-o', generated], { stdio: 'inherit' });
  if (readFileSync(generated, 'utf8') !== readFileSync('API.md', 'utf8')) {
    console.error('API.md is out of date: run `npx projen compile && npx projen docgen` and commit it');
    process.exitCode = 1;
  } else {
    console.log('API.md is up to date');
  }
} finally {
  rmSync(folder, { recursive: true });
}
