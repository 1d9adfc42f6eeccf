import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../packed-library.mjs';

const { devDependencies, name } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

export const LIBRARY = name;

/** The oldest aws-cdk-lib, and a fixed version of constructs, so that all package managers install the same one. */
export const PEERS = { 'aws-cdk-lib': devDependencies['aws-cdk-lib'], 'constructs': '10.4.3' };

export function writeFiles(folder, files) {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), typeof content === 'string' ? content : `${JSON.stringify(content, undefined, 2)}\n`);
  }
}

export function manifest(dependencies) {
  return { name: 'app', version: '1.0.0', private: true, dependencies };
}
