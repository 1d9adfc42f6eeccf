// Writes the software bill of materials of the npm package in CycloneDX's format to the given file. The package has no
// dependencies. Its components are the packages that are bundled into the handler: scanners cannot find them in the
// minified file.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundledPackages } from './bundled-packages.mjs';
import { ROOT } from './packed-library.mjs';

const read = (file) => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
const HANDLER = join('assets', 'lambda', 'handler', 'index.js');

const purl = (name, version) => `pkg:npm/${name.replace('@', '%40')}@${version}`;

/** Returns the hash from the lock file in hexadecimal digits. */
function lockedHash(folder) {
  const { integrity } = read('package-lock.json').packages[folder.slice(ROOT.length + 1)];
  const [, algorithm, base64] = integrity.match(/^sha(\d+)-(.*)$/);
  return { alg: `SHA-${algorithm}`, content: Buffer.from(base64, 'base64').toString('hex') };
}

function component({ name, version, license, folder }) {
  const [unscoped, group] = name.split('/').reverse();
  return {
    'type': 'library',
    'bom-ref': purl(name, version),
    ...(group ? { group } : {}),
    'name': unscoped,
    version,
    'scope': 'required',
    'hashes': [lockedHash(folder)],
    'licenses': [{ license: { id: license } }],
    'purl': purl(name, version),
  };
}

async function sbom() {
  const { name, version, license, description } = read('package.json');
  const components = (await bundledPackages()).map(component);
  const library = purl(name, version);
  const content = createHash('sha256').update(readFileSync(join(ROOT, HANDLER))).digest('hex');
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        'type': 'library',
        'bom-ref': library,
        name,
        version,
        description,
        'licenses': [{ license: { id: license } }],
        'purl': library,
        'components': [{ 'type': 'file', 'bom-ref': HANDLER, 'name': HANDLER, 'hashes': [{ alg: 'SHA-256', content }] }],
      },
    },
    components,
    dependencies: [
      { ref: library, dependsOn: [HANDLER] },
      { ref: HANDLER, dependsOn: components.map((part) => part['bom-ref']) },
      ...components.map((part) => ({ ref: part['bom-ref'] })),
    ],
  };
}

const [, , file] = process.argv;
const made = await sbom();
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, JSON.stringify(made, undefined, 2) + '\n');
console.log(`SBOM: ${made.components.length} bundled packages in ${file}`);
