import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { bundleHandler, Composition } from '../../bench/bundle/composition';

/**
 * The allowed contents of the handler's bundle, in bytes: every cold start loads them.
 * Raise a limit only for something that is worth the time in each cold start (`npm run bench`).
 */
const BUDGET: Readonly<Record<string, number>> = {
  'lambda': 68_000,
  'src': 3_000,
  '@smithy/core': 92_500,
  '@smithy/node-http-handler': 8_000,
  '@smithy/signature-v4': 10_000,
  '@smithy/types': 1_000,
  '@aws-sdk/client-codebuild': 6_500,
  '@aws-sdk/client-codestar-connections': 3_600,
  '@aws-sdk/client-eventbridge': 1_200,
  '@aws-sdk/client-secrets-manager': 6_500,
  '@aws-sdk/client-ssm': 7_000,
  '@aws-sdk/core': 22_000,
  '@aws-sdk/credential-provider-env': 1_000,
  '@aws/lambda-invoke-store': 2_500,
};
const MOST_BYTES = 226_500;
const MOST_BYTES_ZIPPED = 73_700;

describe('the size of the handler', () => {
  let composition: Composition;

  beforeAll(() => { composition = bundleHandler(); });

  test('is the size of the shipped bundle', () => {
    const shipped = readFileSync(join(__dirname, '..', '..', 'assets', 'lambda', 'handler', 'index.js'));
    expect(composition.code.equals(shipped)).toBe(true);
  });

  test('is within the budget, package by package', () => {
    expect(excesses(composition)).toEqual([]);
  });
});

/** Returns the packages that exceed their limit. */
function excesses({ code, packages }: Composition): string[] {
  const zipped = deflateRawSync(code, { level: 9 }).length;
  return [
    ...[...packages].filter(([name, bytes]) => bytes > (BUDGET[name] ?? 0))
      .map(([name, bytes]) => name in BUDGET ? `${name} has ${bytes} bytes, more than ${BUDGET[name]}` : `${name} is new, with ${bytes} bytes`),
    ...code.length > MOST_BYTES ? [`the bundle has ${code.length} bytes, more than ${MOST_BYTES}`] : [],
    ...zipped > MOST_BYTES_ZIPPED ? [`the bundle has ${zipped} bytes zipped, more than ${MOST_BYTES_ZIPPED}`] : [],
  ];
}
