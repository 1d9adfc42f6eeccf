// The CHANGELOG says for each release whether an upgrade changes anything in a user's stack: it names the
// hash of the function's code, as in the template, and the hash of the template without it.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './packed-library.mjs';

const CHANGELOG = join(ROOT, 'CHANGELOG.md');

/** The length of the hash prefixes in the CHANGELOG. */
const DIGITS = 12;

/** Returns the hashes that the CHANGELOG names: of the function, and of the template's snapshot, which has no asset hash. */
function names(template, snapshot) {
  const [{ Properties: { Code } }] = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  return {
    function: Code.S3Key.slice(0, DIGITS),
    template: createHash('sha256').update(snapshot).digest('hex').slice(0, DIGITS),
  };
}

/** The heading of the next release. */
export const UNRELEASED = '## Unreleased';

/** The sentences about an upgrade, before `writeToChangelog` inserts the hashes. */
const NEW_SECTION = `${UNRELEASED}

### In a stack

If both hashes are unchanged, an upgrade deploys nothing:

- function \`\`
- template \`\` of [the example](examples/typescript), without that hash

`;

/** Returns the newest section. */
export function newestSection(changelog) {
  const [section] = changelog.match(/^## .*?(?=^## |(?![\s\S]))/ms);
  return section;
}

const line = (what) => new RegExp(`^- ${what} \`([0-9a-f]*)\``, 'm');

/** Throws if the newest section names other hashes. */
export function requireInChangelog(...made) {
  const section = newestSection(readFileSync(CHANGELOG, 'utf8'));
  const changed = Object.entries(names(...made)).filter(([what, hash]) => section.match(line(what))?.[1] !== hash);
  if (changed.length > 0) {
    const wanted = changed.map(([what, hash]) => `- ${what} \`${hash}\``).join('\n');
    throw new Error(`an upgrade changes users' stacks, and CHANGELOG.md does not name the new hashes:\n${wanted}\nRun \`npm run test:examples -- --update-snapshot\` to write them, and describe the change there`);
  }
}

/** Writes the hashes into the section "Unreleased", which is created if the newest section is a release. */
export function writeToChangelog(...made) {
  const changelog = withUnreleased(readFileSync(CHANGELOG, 'utf8'));
  const section = newestSection(changelog);
  let written = section;
  for (const [what, hash] of Object.entries(names(...made))) written = written.replace(line(what), `- ${what} \`${hash}\``);
  writeFileSync(CHANGELOG, changelog.replace(section, () => written));
}

function withUnreleased(changelog) {
  const section = newestSection(changelog);
  return section.startsWith(`${UNRELEASED}\n`) ? changelog : changelog.replace(section, () => NEW_SECTION + section);
}
