// Writes THIRD-PARTY-NOTICES.txt, which is shipped with the handler: the licenses of the bundled packages.
// With `--check` it writes nothing, and fails if the file is out of date or a license is not allowed.
// The file has no versions, so that it only changes with a license or a package. The SBOM has the versions.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledPackages, licenseText, noticeText } from './bundled-packages.mjs';
import { ROOT } from './packed-library.mjs';

const FILE = join(ROOT, 'THIRD-PARTY-NOTICES.txt');

/** Licenses that allow the distribution of code in a bundle with its notice. */
const ALLOWED = ['Apache-2.0', 'MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause'];

function notices(packages) {
  const texts = Map.groupBy(packages, (bundled) => [licenseText(bundled), noticeText(bundled)].filter(Boolean).join('\n\n'));
  const sections = [...texts].map(([text, under]) => [
    '-'.repeat(80),
    ...under.map(({ name, license }) => `${name} (${license})`),
    '',
    text,
  ].join('\n'));
  return `The AWS Lambda function of cdk-codebuild-source-credentials contains code of these packages.\n\n${sections.join('\n\n')}\n`;
}

const packages = await bundledPackages();
const refused = packages.filter(({ license }) => !ALLOWED.includes(license));
if (refused.length > 0) throw new Error(`packages with a license that is not allowed are bundled into the handler: ${refused.map(({ name, license }) => `${name} (${license})`).join(', ')}`);

if (!process.argv.includes('--check')) {
  writeFileSync(FILE, notices(packages));
} else if (readFileSync(FILE, 'utf8') !== notices(packages)) {
  throw new Error('THIRD-PARTY-NOTICES.txt is out of date: run `npx projen notices` and commit it');
}
console.log(`notices: ${packages.length} packages are bundled into the handler, all under an allowed license`);
