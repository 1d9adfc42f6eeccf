import { performance } from 'node:perf_hooks';
import { crc32 } from '../../../lambda/credentials/crc32';
import { trimInvisible } from '../../../lambda/credentials/invisible';
import { checkTokenFormat, checkUsernameFormat, TokenUse } from '../../../lambda/credentials/token-format';

const GITHUB: TokenUse = { serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN' };
const ENTERPRISE: TokenUse = { serverType: 'GITHUB_ENTERPRISE', authType: 'PERSONAL_ACCESS_TOKEN' };
const BITBUCKET: TokenUse = { serverType: 'BITBUCKET', authType: 'PERSONAL_ACCESS_TOKEN' };
const BASIC_AUTH: TokenUse = { serverType: 'BITBUCKET', authType: 'BASIC_AUTH', username: 'ci@example.com' };

/** Computes a checksum in another way than the handler, which uses division. */
function classicToken(random: string): string {
  let checksum = '';
  for (let value = BigInt(crc32(random)), i = 0; i < 6; i++, value /= 62n) {
    checksum = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'[Number(value % 62n)] + checksum;
  }
  return `ghp_${random}${checksum}`;
}

const CLASSIC = classicToken('zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ');
const FINE_GRAINED = `github_pat_${'a1B2c3D4e5'.repeat(3).slice(0, 22)}_${'Z9y8X7w6V5'.repeat(6).slice(0, 59)}`;
const API_TOKEN = `ATATT3xFfGF0${'aB3-_'.repeat(30)}=1A2B3C4D`;
const ACCESS_TOKEN = `ATCTT3xFfGN0${'aB3-_'.repeat(30)}=1A2B3C4D`;

/** Returns the verdict on a token: accepted, doubted, or refused. */
const verdict = (token: string, use: TokenUse) => {
  const finding = checkTokenFormat(token, use);
  return finding === undefined ? 'taken' : finding.isCertain ? 'refused' : 'doubted';
};

test('the checksum matches a published dummy token', () => {
  // https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/ has no example; this token is widely quoted.
  expect(CLASSIC).toBe('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');
});

test.each([
  ['a classic token', CLASSIC, GITHUB],
  ['a token whose checksum begins with zeros', classicToken(`${'0'.repeat(26)}7zaY`), GITHUB],
  ['a fine-grained token', FINE_GRAINED, GITHUB],
  ['a token from before 2021', '0123456789abcdef0123456789abcdef01234567', GITHUB],
  ['a classic token', CLASSIC, ENTERPRISE],
  ['an access token', ACCESS_TOKEN, BITBUCKET],
  ['an API token', API_TOKEN, BASIC_AUTH],
])('%s is accepted', (_, token, use) => {
  expect(checkTokenFormat(token, use)).toBeUndefined();
});

test('a classic token that is truncated or has one wrong character is refused', () => {
  const wrong = [
    ...Array.from({ length: 36 }, (_, i) => CLASSIC.slice(0, i + 4)),
    ...Array.from({ length: 36 }, (_, i) => CLASSIC.slice(0, i + 4) + (CLASSIC[i + 4] === 'x' ? 'y' : 'x') + CLASSIC.slice(i + 5)),
  ];
  expect(wrong.filter((token) => verdict(token, GITHUB) !== 'refused')).toEqual([]);
});

test('a longer token is doubted, because it may have a future format of GitHub', () => {
  expect([`${CLASSIC}0`, `${CLASSIC}${CLASSIC}`, `ghp_12345_${CLASSIC}`].map((token) => verdict(token, GITHUB))).toEqual(Array(3).fill('doubted'));
});

test('the token of an OAuth app has the same checksum', () => {
  const token = CLASSIC.replace('ghp_', 'gho_');
  expect([verdict(token, GITHUB), verdict(token.slice(0, -1), GITHUB), verdict(token.slice(0, -1), ENTERPRISE)]).toEqual(['doubted', 'refused', 'doubted']);
});

test('a wrong checksum is doubted for GitHub Enterprise Server, whose rule is not documented', () => {
  expect(verdict(CLASSIC.slice(0, -1), ENTERPRISE)).toBe('doubted');
});

test.each([
  ['double quotes', `"${CLASSIC}"`], ['single quotes', `'${CLASSIC}'`], ['backticks', `\`${CLASSIC}\``], ['curly quotes', `“${CLASSIC}”`],
  ['a list', `["${CLASSIC}"]`], ['an object', `{"token":"${CLASSIC}"}`], ['a broken object', `{token: ${CLASSIC}`],
  ['a line break inside', `${CLASSIC.slice(0, 20)}\n${CLASSIC.slice(20)}`], ['a blank inside', `${CLASSIC.slice(0, 20)} ${CLASSIC.slice(20)}`],
  ['a no-break space inside', `${CLASSIC.slice(0, 20)}\u00A0${CLASSIC.slice(20)}`], ['a zero-width space inside', `${CLASSIC.slice(0, 20)}\u200B${CLASSIC.slice(20)}`],
  ['two tokens', `${CLASSIC}\n${CLASSIC}`], ['a scheme', `Bearer ${CLASSIC}`], ['a variable', `export GITHUB_TOKEN=${CLASSIC}`], ['an assignment', `GITHUB_TOKEN=${CLASSIC}`],
  ['an address', `https://me:${CLASSIC}@github.com`], ['a user name', `me:${CLASSIC}`], ['a generated password', 'k}x3[NQ!^a+7&W|2$eR~(u*Zp%Tg@9/B'],
  ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----'], ['letters of another alphabet', 'ghp_токен'],
  ['CHANGE_ME', 'CHANGE_ME'], ['changeme', 'changeme'], ['REPLACE-ME', 'REPLACE-ME'], ['TODO', 'TODO'], ['null', 'null'], ['undefined', 'undefined'],
  ['<your token>', '<your token>'], ['your-token-here', 'your-token-here'], ['xxxxxxxx', 'xxxxxxxx'], ['asterisks', '********'], ['dots', '...'],
  ['ghp_xxxx', `ghp_${'x'.repeat(36)}`], ['github_pat_xxxx', 'github_pat_XXXXXXXX'], ['${TOKEN}', '${TOKEN}'], ['$TOKEN', '$TOKEN'], ['{{token}}', '{{token}}'], ['%TOKEN%', '%TOKEN%'],
  ['a dynamic reference', '{{resolve:secretsmanager:ci/token}}'],
  ['an installation token', `ghs_${'aB3'.repeat(12)}`], ['its new form', 'ghs_12345_eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl'],
  ['a user token of an app', `ghu_${'aB3'.repeat(12)}`], ['a refresh token', `ghr_${'aB34'.repeat(19)}`],
  ['a token of GitLab', 'glpat-0123456789abcdefghij'], ['an API token of Atlassian', API_TOKEN], ['an app password', 'ATBB0123456789abcdefABCD'],
  ['an access key', 'AKIAIOSFODNN7EXAMPLE'], ['an ARN', 'arn:aws:secretsmanager:us-east-1:111111111111:secret:ci/token-AbCdEf'],
])('%s cannot be a token of GitHub', (_, token) => {
  expect([verdict(token, GITHUB), verdict(token, ENTERPRISE)]).toEqual(['refused', 'refused']);
});

test.each([
  ['GitHub', CLASSIC], ['GitHub, fine-grained', FINE_GRAINED], ['GitLab', 'glpat-0123456789abcdefghij'], ['app password', 'ATBB0123456789abcdefABCD'],
])('%s cannot be a token or password of Bitbucket', (_, token) => {
  expect([verdict(token, BITBUCKET), verdict(token, BASIC_AUTH)]).toEqual(['refused', 'refused']);
});

test('a token of Atlassian needs the right auth type', () => {
  expect(checkTokenFormat(API_TOKEN, BITBUCKET)).toMatchObject({ fix: 'Use basicAuth, with the address as the user name', isCertain: true });
  expect(checkTokenFormat(ACCESS_TOKEN, BASIC_AUTH)).toMatchObject({ fix: 'Use personalAccessToken', isCertain: true });
  expect(verdict(ACCESS_TOKEN, { ...BASIC_AUTH, username: 'x-token-auth' })).toBe('doubted');
});

test.each([
  ['a token of an OAuth app', CLASSIC.replace('ghp_', 'gho_'), GITHUB],
  ['a fine-grained token of another length', FINE_GRAINED.slice(0, -1), GITHUB],
  ['a format that GitHub may introduce', 'v1.0123456789abcdef', GITHUB],
  ['a prefix that GitHub may introduce', 'ghx_0123456789', GITHUB],
  ['a base64 of a token', Buffer.from(CLASSIC).toString('base64').replace(/=/g, ''), GITHUB],
  ['a number', '12345', GITHUB],
  ['a token of before 2023', '0123456789abcdefABCDEFGH', BITBUCKET],
  ['a password that a person chose', 'correct!horse', BASIC_AUTH],
])('%s is doubted, not refused', (_, token, use) => {
  expect(verdict(token, use)).toBe('doubted');
});

test('no finding repeats the token', () => {
  const canary = 'cAnArY7f3e';
  for (const token of [`"${canary}"`, `{${canary}}`, `a ${canary}`, `ghs_${canary}`, `ghp_${canary}`, `arn:aws:x:${canary}`, `${canary}!`, canary, `<${canary}>`]) {
    for (const use of [GITHUB, ENTERPRISE, BITBUCKET, BASIC_AUTH]) expect(JSON.stringify(checkTokenFormat(token, use) ?? {})).not.toContain(canary);
  }
});

test.each(['me', 'ci@example.com', 'todo'])('%s is a user name', (username) => {
  expect(checkUsernameFormat(username)).toBeUndefined();
});

test.each(['a b', 'a:b', 'a\nb'])('%j is not a user name', (username) => {
  expect(checkUsernameFormat(username)).toMatchObject({ isCertain: true });
});

test.each(['\n', '\r\n', ' ', '\t', '\u00A0', '\u200B', '\uFEFF', 'a', '"', '<', '$', '{', '-', 'ghp_', 'arn:aws:', '=', '%', '__'])('checking 64 KiB of %j takes linear time at most', (unit) => {
  const text = unit.repeat(65_536 / unit.length);
  const started = performance.now();
  for (const value of [text, `a${text}`, `${text}a`, `a${text}a`, `ghp_${text}!`]) {
    const trimmed = trimInvisible(value);
    for (const use of [GITHUB, BITBUCKET, BASIC_AUTH]) checkTokenFormat(trimmed, use);
    checkUsernameFormat(trimmed);
  }
  // With quadratic time, each case would take about ten seconds.
  expect(performance.now() - started).toBeLessThan(2_000);
});
