import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SourceProviders } from '../../simulator';

/* The output of the demo, and its recording in the README. */

const ROOT = join(__dirname, '..', '..');
const TSX = join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs');
const PICTURES = join(ROOT, 'docs', 'pictures');

let status: number | null;
let lines: string[];

beforeAll(() => {
  const { FORCE_COLOR, ...env } = process.env;
  const demo = spawnSync(process.execPath, [TSX, '--tsconfig', 'tsconfig.dev.json', 'demo/demo.ts'], { cwd: ROOT, encoding: 'utf8', env });
  status = demo.status;
  lines = demo.stdout.trimEnd().split('\n');
}, 300_000);

/** Returns the lines of the recording, without the command. */
function recordedLines(): string[] {
  const [, ...events] = readFileSync(join(PICTURES, 'demo.cast'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  return events.map(([,, text]: [number, string, string]) => text).join('').replace(/\u001b\[\d+m/g, '').trimEnd().split('\r\n').slice(1);
}

/** Removes what differs between runs: durations, counts, and the line breaks that depend on them. */
function withoutVariableParts(text: readonly string[]): string[] {
  const joined = text.join('\n').replace(/^OK:(.+\n)+/m, (paragraph) => paragraph.replace(/\n/g, ' '));
  return joined.replace(/\d+(\.\d+)?/g, '0').split('\n').map((line) => line.replace(/ +/g, ' ').trim());
}

test('the demo succeeds, and every row of its table is right', () => {
  const [headings, ...rows] = lines.slice(lines.findIndex((line) => line.startsWith('step ')));
  const table = rows.slice(0, rows.findIndex((line) => !/^ *\d/.test(line)));
  expect(status).toBe(0);
  expect(headings.split(/\s+/)).toEqual(['step', 'GITHUB', 'GITHUB_ENTERPRISE', 'BITBUCKET', 'GITLAB']);
  expect(table.map((row) => row.trim().split(' ')[0])).toEqual(Array.from({ length: 11 }, (_, index) => String(index + 1)));
  expect(lines.filter((line) => line.includes('WRONG'))).toEqual([]);
  expect(lines).toContainEqual(expect.stringMatching(/^OK: no token or password is in /));
});

test('the output fits in 80 columns and 66 lines, and has no colors unless it goes to a terminal', () => {
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines.length).toBeLessThanOrEqual(66);
  expect(lines.join('\n')).not.toContain('\u001b');
});

test('the recording shows the current output; otherwise run `npx projen recording` and commit it', () => {
  // The demo skips a step on an older Node.js.
  const expected = SourceProviders.isSupported ? withoutVariableParts(recordedLines()) : expect.arrayContaining([expect.stringContaining('It needs Node.js')]);
  expect(withoutVariableParts(lines)).toEqual(expected);
});

test('the picture shows every line of the recording, and no local paths', () => {
  const picture = readFileSync(join(PICTURES, 'demo.svg'), 'utf8');
  const shown = [...picture.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text.replace(/&gt;/g, '>').replace(/&lt;/g, '<').replace(/&amp;/g, '&').trim());
  expect(recordedLines().filter((line) => line.trim() !== '' && !shown.includes(line.trim()))).toEqual([]);
  expect(picture).not.toMatch(/\/(home|root|tmp|Users|work)\//);
  expect(picture.length).toBeLessThan(150_000);
});
