import * as fs from 'node:fs';
import * as path from 'node:path';

const PAGE = fs.readFileSync(path.join(__dirname, 'FIDELITY.md'), 'utf8');

const NAMED = [...PAGE.matchAll(/`((?:simulator|test)\/[^`]+\.test\.ts)`: (.+?) \|$/gm)].map(([, file, title]) => [file, title] as const);

test('every behavior on the page names its test', () => {
  const rows = PAGE.slice(0, PAGE.indexOf('## The two engines')).split('\n').filter((line) => /^\| (?!Behavior)/.test(line));
  expect(rows.length).toBeGreaterThan(40);
  expect(NAMED).toHaveLength(rows.filter((line) => !line.includes('| none: ')).length);
});

test.each(NAMED)('%s has: %s', (file, title) => {
  const source = fs.readFileSync(path.join(__dirname, '..', file), 'utf8');
  // An ellipsis on the page stands for a value from a table of cases. The title may also be a row of such a table.
  const pattern = title.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+');
  expect(source).toMatch(new RegExp(`(test|describe)[^\\n]*\\(['"\`]${pattern}|^\\s*\\]\\)\\('${pattern}|^\\s*\\['${pattern}`, 'm'));
});
