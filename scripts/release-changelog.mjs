// Turns the section "Unreleased" of CHANGELOG.md into that of the version in dist/version.txt, and writes it to the
// release notes (dist/changelog.md). `npx projen bump` runs this for the packages. After publishing, a workflow runs it
// for the repository, on the same commit.
// With `--undo` it restores "Unreleased", as `npx projen unbump` restores the version of package.json.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { newestSection, UNRELEASED } from './changelog.mjs';

const CHANGELOG = 'CHANGELOG.md';
const NOTES = 'dist/changelog.md';

const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim();

const changelog = readFileSync(CHANGELOG, 'utf8');
const section = newestSection(changelog);
const heading = section.slice(0, section.indexOf('\n'));
const version = readFileSync('dist/version.txt', 'utf8').trim();
// The commit's date, so that every build of this commit produces the same package.
const released = `## ${version} (${git('log', '-1', '--format=%cs')})`;

if (process.argv.includes('--undo')) {
  const committed = newestSection(git('show', `HEAD:${CHANGELOG}`));
  if (heading === released && committed.startsWith(`${UNRELEASED}\n`)) writeFileSync(CHANGELOG, changelog.replace(released, UNRELEASED));
} else if (heading === UNRELEASED) {
  writeFileSync(CHANGELOG, changelog.replace(UNRELEASED, released));
  writeFileSync(NOTES, notes());
  console.log(`${CHANGELOG}: "${UNRELEASED}" is now "${released}"`);
} else if (heading.startsWith(`## ${version} `)) {
  writeFileSync(NOTES, notes());
  console.log(`${CHANGELOG}: version ${version} is released already`);
} else {
  throw new Error(`${CHANGELOG} says nothing about version ${version}: its newest section is "${heading}". Describe the changes under "${UNRELEASED}"`);
}

/** Returns the section without its heading, which is the title of the release. */
function notes() {
  return section.slice(heading.length).trim() + '\n';
}
