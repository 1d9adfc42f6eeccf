import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleHandler } from '../../bench/bundle/composition';

const ROOT = join(__dirname, '..', '..');

interface Component { readonly group?: string; readonly name: string; readonly version: string; readonly purl: string }

/** Returns the packages with code in the bundle, without the library's own folders. */
function bundled(): string[] {
  return [...bundleHandler().packages.keys()].filter((name) => !['lambda', 'src'].includes(name)).sort();
}

test('the SBOM names every package that is bundled into the handler, in the installed version', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sbom-'));
  try {
    const file = join(folder, 'sbom.cdx.json');
    execFileSync('node', [join(ROOT, 'scripts', 'sbom.mjs'), file], { cwd: ROOT });
    const { components } = JSON.parse(readFileSync(file, 'utf8')) as { components: Component[] };
    const named = components.map(({ group, name, version, purl }) => ({ name: group ? `${group}/${name}` : name, version, purl }));
    expect(named.map(({ name }) => name).sort()).toEqual(bundled());
    for (const { name, version, purl } of named) {
      expect(JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')).version).toBe(version);
      expect(purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${version}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the notices contain the license of every package that is bundled into the handler', () => {
  const notices = readFileSync(join(ROOT, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
  for (const name of bundled()) {
    expect(notices).toContain(`\n${name} (`);
    expect(notices).toContain(readFileSync(join(ROOT, 'node_modules', name, 'LICENSE'), 'utf8').trim());
  }
});
