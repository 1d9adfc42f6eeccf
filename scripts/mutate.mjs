// Makes many small changes to the handler's code with Stryker, and lists those that no test notices. Runs in a copy of
// the project, since nothing else needs Stryker's packages. All of `lambda/` takes hours, so name the modules of
// interest: `npm run mutate -- codebuild secret`.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { inTemporaryFolder, ROOT, run } from './packed-library.mjs';

const TOOLS = ['@stryker-mutator/core@9.6.1', '@stryker-mutator/jest-runner@9.6.1'];
const NOT_COPIED = ['.git', 'cdk.out', 'lib', 'dist', 'examples', 'coverage'];

/** These tests run the built bundle, which contains no mutant. */
const SKIPPED_TESTS = ['/node_modules/', 'cloudformation/answer.test', 'aws/call.test'];

const modules = process.argv.slice(2);

inTemporaryFolder((folder) => {
  cpSync(ROOT, folder, { recursive: true, verbatimSymlinks: true, filter: (source) => !NOT_COPIED.includes(basename(source)) || source.includes('node_modules') });
  run(folder, 'npm', 'install', '--no-save', ...TOOLS);

  const { coverageThreshold, coverageReporters, collectCoverageFrom, ...jest } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).jest;
  writeFileSync(join(folder, 'jest.mutants.json'), JSON.stringify({
    ...jest, testMatch: ['<rootDir>/test/lambda/**/*.test.ts'], testPathIgnorePatterns: SKIPPED_TESTS,
  }));
  writeFileSync(join(folder, 'stryker.config.json'), JSON.stringify({
    mutate: modules.length > 0 ? modules.map((name) => `lambda/${name}.ts`) : ['lambda/**/*.ts'],
    testRunner: 'jest',
    jest: { projectType: 'custom', configFile: 'jest.mutants.json', enableFindRelatedTests: false },
    plugins: ['@stryker-mutator/jest-runner'],
    coverageAnalysis: 'perTest',
    ignorePatterns: ['lib'],
    reporters: ['clear-text', 'json', 'progress-append-only'],
    timeoutMS: 15_000,
    // The tests spend most of their time waiting.
    concurrency: 2 * availableParallelism(),
    disableTypeChecks: true,
  }));
  run(folder, 'npx', 'stryker', 'run');
  // Random sequences may notice what no test of the module notices.
  run(folder, 'npx', 'tsx', '--tsconfig', 'tsconfig.dev.json', 'test/sequences/soak.ts', '--survivors', 'reports/mutation/mutation.json');
});
