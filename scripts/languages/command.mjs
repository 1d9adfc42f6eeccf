import { spawn } from 'node:child_process';

/** Runs a command. Returns its output, or throws an error with its output. */
export function command(cwd, env, name, ...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const printed = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) child[stream].setEncoding('utf8').on('data', (text) => { printed[stream] += text; });
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) return resolve(printed.stdout);
      return reject(new Error(`'${[name, ...args].join(' ')}' ended with ${status}\n${printed.stdout}${printed.stderr}`));
    });
  });
}

/** Runs a command. Returns the lines that it prints. */
export async function lines(...args) {
  return (await command(...args)).split('\n').map((line) => line.trim()).filter((line) => line !== '');
}
