// Records the demo: its output as docs/pictures/demo.cast in asciinema's format, and an animation for light and dark mode
// as demo.svg. Installs a pinned version of termtosvg into a cache of this repository. Needs Python 3.10 or newer.
// test/demo fails if the demo's output differs from the recording.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from './packed-library.mjs';

const RECORDING = join(ROOT, 'docs', 'pictures', 'demo');
const TOOLS = join(ROOT, 'scripts', 'recording');
const CACHE = join(ROOT, 'node_modules', '.cache', 'recording');
const [COLUMNS, ROWS] = [80, 30];
const COMMAND = 'npm run demo';
/** The pause at the end, before the animation restarts. */
const LAST_SECONDS = 12;

const python = (name) => join(CACHE, 'venv', 'bin', name);

/** Returns a recording that shows the parts of the output one after the other, each long enough to read it. */
function cast(output) {
  const parts = output.split(/\n(?=\n| \d |\d\d )/);
  let seconds = 1;
  const events = [[0, 'o', `$ ${COMMAND}\r\n`]];
  for (const part of parts) {
    events.push([Number(seconds.toFixed(1)), 'o', `${part}\n`.replaceAll('\n', '\r\n')]);
    seconds += 0.8 + 0.35 * part.split('\n').length;
  }
  return [{ version: 2, width: COLUMNS, height: ROWS }, ...events].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** Makes viewers without animation show the last frame. */
function withStillPicture(svg) {
  const [end] = svg.match(/transform:translateY\(-\d+px\)/g).slice(-1);
  return svg.replace('#frame {', `#screen_view { ${end} }\n            #frame {`);
}

const output = execFileSync(process.execPath, [join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs'), '--tsconfig', 'tsconfig.dev.json', 'demo/demo.ts'], {
  cwd: ROOT, encoding: 'utf8', env: { ...process.env, FORCE_COLOR: '1', NO_COLOR: '' },
});
writeFileSync(`${RECORDING}.cast`, cast(output.trimEnd()));

if (!existsSync(python('python'))) run(ROOT, 'python3', '-m', 'venv', join(CACHE, 'venv'));
run(ROOT, python('pip'), 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '--requirement', join(TOOLS, 'requirements.txt'));
run(ROOT, python('termtosvg'), 'render', `${RECORDING}.cast`, `${RECORDING}.svg`, '--template', join(TOOLS, 'template.svg'), '--loop-delay', String(LAST_SECONDS * 1000));
writeFileSync(`${RECORDING}.svg`, `${withStillPicture(readFileSync(`${RECORDING}.svg`, 'utf8')).trimEnd()}\n`);
