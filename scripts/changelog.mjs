// The CHANGELOG says of each release whether upgrading to it changes anything in a user's stack: by the
// hash of the function's code, as it stands in the template, and by the hash of the template without it.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './packed-library.mjs';

const CHANGELOG = join(ROOT, 'CHANGELOG.md');

/** As much of a hash as a reader needs to tell it from another. */
const DIGITS = 12;

/** What the template and its snapshot, in which no hash of an asset stands, are called in the CHANGELOG. */
function names(template, snapshot) {
  const [{ Properties: { Code } }] = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  return {
    function: Code.S3Key.slice(0, DIGITS),
    template: createHash('sha256').update(snapshot).digest('hex').slice(0, DIGITS),
  };
}

/** The heading of what the next release brings. */
export const UNRELEASED = '## Unreleased';

/** What an upgrade does to a stack, before `writeToChangelog` puts the hashes in. */
const NEW_SECTION = `${UNRELEASED}

### In a stack

Where both are as they were before, an upgrade deploys nothing:

- function \`\`
- template \`\` of [the example](examples/typescript), without that hash

`;

/** The newest section. */
export function newestSection(changelog) {
  const [section] = changelog.match(/^## .*?(?=^## |(?![\s\S]))/ms);
  return section;
}

const line = (what) => new RegExp(`^- ${what} \`([0-9a-f]*)\``, 'm');

/** Fails when the newest section names others. */
export function requireInChangelog(...made) {
  const section = newestSection(readFileSync(CHANGELOG, 'utf8'));
  const changed = Object.entries(names(...made)).filter(([what, hash]) => section.match(line(what))?.[1] !== hash);
  if (changed.length > 0) {
    const wanted = changed.map(([what, hash]) => `- ${what} \`${hash}\``).join('\n');
    throw new Error(`an upgrade changes users' stacks, and CHANGELOG.md does not name what it brings:\n${wanted}\nLet \`npm run test:examples -- --update-snapshot\` name it, and say there what changed`);
  }
}

/** Has the section "Unreleased" name these; it is begun when the newest section is that of a release. */
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
