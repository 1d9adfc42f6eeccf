// Fails when API.md is not what the docstrings say. Changes no file: `npx projen docgen` does.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
