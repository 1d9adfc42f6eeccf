import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Resource } from './resource';

/** Returns the folder with the function's code, found by its key in the asset manifests. */
export function codeFolder({ assets, logicalId, properties, stack }: Resource): string {
  const key = properties.Code?.S3Key;
  for (const manifest of assetManifests(assets)) {
    for (const { source, destinations } of Object.values<any>(manifest.files ?? {})) {
      if (!Object.values<any>(destinations).some(({ objectKey }) => objectKey === key)) continue;
      const path = join(assets, source.path);
      return statSync(path).isDirectory() ? path : unzipped(path);
    }
  }
  throw new Error(`${stack.stackName}/${logicalId}: no file asset has the key ${key}`);
}

function assetManifests(assets: string): any[] {
  const { artifacts } = JSON.parse(readFileSync(join(assets, 'manifest.json'), 'utf8'));
  return Object.values<any>(artifacts)
    .filter(({ type }) => type === 'cdk:asset-manifest')
    .map(({ properties }) => JSON.parse(readFileSync(join(assets, properties.file), 'utf8')));
}

function unzipped(archive: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'function-'));
  execFileSync('unzip', ['-q', archive, '-d', folder]);
  return folder;
}
