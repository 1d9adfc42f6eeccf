import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const SCRIPTS = join(__dirname, '..', '..', 'scripts');

/** Calls a function of a script, which is an ES module, and returns its result. */
export function callScript(script: string, name: string, ...args: readonly unknown[]): unknown {
  const code = `import { ${name} } from ${JSON.stringify(pathToFileURL(join(SCRIPTS, script)).href)};
    try { console.log(JSON.stringify({ value: ${name}(...${JSON.stringify(args)}) })); } catch ({ message }) { console.log(JSON.stringify({ message })); }`;
  const { value, message } = JSON.parse(execFileSync('node', ['--input-type=module', '--eval', code], { encoding: 'utf8' }));
  if (message !== undefined) throw new Error(message);
  return value;
}
