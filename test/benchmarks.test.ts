import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/* The curves in BENCHMARKS.md show the figures of its tables. */

const ROOT = join(__dirname, '..');
const BENCHMARKS = readFileSync(join(ROOT, 'BENCHMARKS.md'), 'utf8');

/** The rows of the table with this title. */
function rows(title: string): string[][] {
  const [, table] = BENCHMARKS.split(`### ${title}\n`);
  return table.split('\n###')[0].split('\n').filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
}

/** The numbers of the bars and lines of a picture, in order. */
function series(picture: string): number[][] {
  const text = readFileSync(join(ROOT, 'docs', 'pictures', picture), 'utf8');
  return [...text.matchAll(/^ +(?:bar|line) \[(.*)\]$/gm)].map(([, numbers]) => numbers.split(', ').map(Number));
}

test('the curve of stacks that are deployed at the same time', () => {
  const [head, , ...figures] = rows('All stacks at the same time, with quotas');
  const seconds = (calls: string) => figures.filter((row) => row[0] === 'deploy' && row[1] === calls).map((row) => Number(row[head.indexOf('total, s')]));
  expect(series('at-once.mmd')).toEqual([seconds('ordinary'), seconds('slow')]);
});

test('the curve of requests for one deployment', () => {
  const deployment = rows('One stack acts, many stacks own the credential').find(([what]) => what === 'deploy')!;
  const requests = deployment.slice(1, -1).map((cell) => cell.split(', ')[1].split(' + ').map(Number));
  expect(series('one-at-a-time.mmd')).toEqual([requests.map(([own, pages]) => own + pages), requests.map(([own]) => own)]);
});
