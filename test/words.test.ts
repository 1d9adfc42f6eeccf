import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/* Words that were dropped because they are unusual, or because another word has the same meaning. */

const ROOT = join(__dirname, '..');

/** A dropped word, and what to write instead. */
const DROPPED: ReadonlyArray<readonly [RegExp, string]> = [
  [/\bmend(s|ed|ing)?\b/i, 'repair, or fix'],
  [/\b(called|calls|calling|call it) off\b/i, 'cancel'],
  [/\bovertak(e|es|en|ing)\b/i, 'supersede'],
  [/\bhand(s|ed|ing)?[ -]back(s)?\b/i, 'restore'],
  [/\b(impatient|patiently)\b/i, 'retry, or wait for IAM'],
  [/\bstand-in(s)?\b/i, 'simulator'],
  [/\bpassed over\b/i, 'ignore'],
  [/\banew\b/i, 'again'],
  [/\bartefacts?\b/i, 'artifact'],
  [/\bdaily look(s)?\b/i, 'daily check'],
  [/\btokens? (that )?(soon )?(ends?|ended|has ended)\b/i, 'expire'],
];

/** Texts of others, and texts about words. */
const EXEMPT = ['CODE_OF_CONDUCT.md', 'THIRD-PARTY-NOTICES.txt', 'test/words.test.ts', 'test/e2e/requirements.txt'];

test('no text has a word that was dropped', () => {
  const files = execFileSync('git', ['ls-files', '*.ts', '*.mjs', '*.md', '*.java', '*.py', '*.go'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
  const found = files.filter((file) => !EXEMPT.includes(file)).flatMap((file) => {
    const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
    return lines.flatMap((line, index) => DROPPED.filter(([word]) => word.test(line)).map(([word, better]) => `${file}:${index + 1}: ${word.exec(line)![0]} (${better})`));
  });
  expect(found).toEqual([]);
});
