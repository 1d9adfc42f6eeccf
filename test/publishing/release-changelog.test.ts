import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCRIPTS = join(__dirname, '..', '..', 'scripts');
const UNRELEASED = '# Changelog\n\n## Unreleased\n\n### Added\n\n- A thing.\n\n## 0.1.0 (2026-01-02)\n\n- The first one.\n';
const RELEASED = UNRELEASED.replace('## Unreleased', '## 0.2.0 (2026-03-04)');

let repository: string;

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), 'changelog-'));
  mkdirSync(join(repository, 'scripts'));
  for (const script of ['changelog.mjs', 'packed-library.mjs', 'release-changelog.mjs']) cpSync(join(SCRIPTS, script), join(repository, 'scripts', script));
  mkdirSync(join(repository, 'dist'));
  writeFileSync(join(repository, 'dist', 'version.txt'), '0.2.0');
});
afterEach(() => rmSync(repository, { recursive: true }));

test('turns "Unreleased" into the section of the release, dated by the commit, and creates its notes', () => {
  commit(UNRELEASED);
  expect(release().status).toBe(0);
  expect(read('CHANGELOG.md')).toBe(RELEASED);
  expect(read('dist/changelog.md')).toBe('### Added\n\n- A thing.\n');
});

test('restores "Unreleased"', () => {
  commit(UNRELEASED);
  release();
  expect(release('--undo').status).toBe(0);
  expect(read('CHANGELOG.md')).toBe(UNRELEASED);
});

test('changes nothing for a version that is already released, even when it is undone', () => {
  commit(RELEASED);
  expect(release().status).toBe(0);
  release('--undo');
  expect(read('CHANGELOG.md')).toBe(RELEASED);
  expect(read('dist/changelog.md')).toBe('### Added\n\n- A thing.\n');
});

test('fails when the changelog does not describe the version', () => {
  commit(UNRELEASED.replace(/## Unreleased[^]*(?=## 0\.1\.0)/, ''));
  const { status, stderr } = release();
  expect(status).toBe(1);
  expect(stderr).toContain('CHANGELOG.md says nothing about version 0.2.0: its newest section is "## 0.1.0 (2026-01-02)"');
});

function commit(changelog: string): void {
  writeFileSync(join(repository, 'CHANGELOG.md'), changelog);
  const git = (...args: string[]) => execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args], {
    cwd: repository,
    env: { ...process.env, GIT_COMMITTER_DATE: '2026-03-04T12:00:00Z' },
  });
  git('init', '--quiet');
  git('add', 'CHANGELOG.md');
  git('commit', '--quiet', '--message', 'changelog');
}

function release(...args: string[]) {
  return spawnSync('node', ['scripts/release-changelog.mjs', ...args], { cwd: repository, encoding: 'utf8' });
}

function read(file: string): string {
  return readFileSync(join(repository, file), 'utf8');
}
