import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { awsCustomResource, native, ours } from '../resources/ways';

/*
 * Builds and synthesizes an app of many stacks, each in its own account, and prints how long that
 * took: `synthesize.ts WAY STACKS CREDENTIALS`.
 */
const [name, stacks, credentials] = process.argv.slice(2);
const way = { awsCustomResource, native, ours }[name]!;

function synthesize(count: number): number {
  const outdir = mkdtempSync(join(tmpdir(), 'synthesis-'));
  const started = performance.now();
  const app = new App({ outdir, analyticsReporting: false });
  for (let index = 0; index < count; index++) {
    way(new Stack(app, `Stack${index}`, { env: { account: String(100_000_000_000 + index), region: 'us-east-1' } }), Number(credentials));
  }
  app.synth();
  const milliseconds = performance.now() - started;
  rmSync(outdir, { recursive: true });
  return milliseconds;
}

// A first synthesis loads aws-cdk-lib's modules, so that the measured time does not include loading.
synthesize(1);
writeSync(3, String(synthesize(Number(stacks))));
