import { join } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = join(__dirname, '..', '..');

/** The shipped handler. */
export const BUILT = join(ROOT, 'assets', 'lambda', 'handler', 'index.js');

/** aws-cdk-lib's handler of AwsCustomResource. The SDK comes from npm instead of Lambda. */
export const AWS_CUSTOM_RESOURCE = join(
  ROOT, 'node_modules', 'aws-cdk-lib', 'custom-resource-handlers', 'dist', 'custom-resources', 'aws-custom-resource-handler', 'index.js',
);

/** Bundles the same handler with esbuild's default options, and returns the bundle's path. */
export function bundleWithDefaults(folder: string): string {
  const outfile = join(folder, 'defaults', 'index.js');
  buildSync({
    absWorkingDir: ROOT, entryPoints: ['lambda/handler.ts'], bundle: true, platform: 'node', outfile, tsconfig: 'tsconfig.dev.json', logLevel: 'error',
  });
  return outfile;
}
