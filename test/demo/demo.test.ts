import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/* What a newcomer sees first. */

const ROOT = join(__dirname, '..', '..');
const TSX = join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs');

let status: number | null;
let lines: string[];

beforeAll(() => {
  const { FORCE_COLOR, ...env } = process.env;
  const demo = spawnSync(process.execPath, [TSX, '--tsconfig', 'tsconfig.dev.json', 'demo/demo.ts'], { cwd: ROOT, encoding: 'utf8', env });
  status = demo.status;
  lines = demo.stdout.trimEnd().split('\n');
}, 300_000);

test('succeeds, and each row of its table is right', () => {
  const [headings, ...rows] = lines.slice(lines.findIndex((line) => line.startsWith('step ')));
  const table = rows.slice(0, rows.findIndex((line) => !/^ *\d/.test(line)));
  expect(status).toBe(0);
  expect(headings.split(/\s+/)).toEqual(['step', 'GITHUB', 'GITHUB_ENTERPRISE', 'BITBUCKET', 'GITLAB']);
  expect(table.map((row) => row.trim().split(' ')[0])).toEqual(Array.from({ length: 11 }, (_, index) => String(index + 1)));
  expect(lines.filter((line) => line.includes('WRONG'))).toEqual([]);
  expect(lines).toContainEqual(expect.stringMatching(/^OK: no token or password is in /));
});

test('fits on 80 columns, on two screens, and has no colors in a file', () => {
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines.length).toBeLessThanOrEqual(66);
  expect(lines.join('\n')).not.toContain('\u001b');
});
