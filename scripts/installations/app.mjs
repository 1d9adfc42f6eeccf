/** The app, which is used with each way to load the library. It synthesizes one template into cdk.out. */
const BODY = `
const app = new App({ analyticsReporting: false, outdir: 'cdk.out' });
const stack = new Stack(app, 'Stack', { env: { account: '111111111111', region: 'eu-west-1' } });
const connection = new Connection(stack, 'Connection', { providerType: ProviderType.GITLAB, connectionName: 'gitlab' });
new SourceCredentials(stack, 'GitLab', { credential: GitLabCredential.connection(connection) });
new SourceCredentials(stack, 'GitHub', {
  credential: GitHubCredential.personalAccessToken(Secret.fromSecretNameV2(stack, 'Token', 'ci/github'), { jsonField: 'token' }),
});
const project = new Project(stack, 'Project', { source: Source.gitHub({ owner: 'me', repo: 'mine' }) });
ProjectSourceAuth.secretsManager(Secret.fromSecretNameV2(stack, 'Other', 'ci/other')).applyTo(project);
app.synth();
`;

const NAMES = {
  'aws-cdk-lib': ['App', 'Stack'],
  'aws-cdk-lib/aws-codebuild': ['Project', 'Source'],
  'aws-cdk-lib/aws-secretsmanager': ['Secret'],
  'cdk-codebuild-source-credentials': ['Connection', 'GitHubCredential', 'GitLabCredential', 'ProjectSourceAuth', 'ProviderType', 'SourceCredentials'],
};

const load = (line) => Object.entries(NAMES).map(([module, names]) => line(`{ ${names.join(', ')} }`, module)).join('\n');

export const COMMON_JS = load((names, module) => `const ${names} = require('${module}');`) + BODY;
export const ES_MODULE = load((names, module) => `import ${names} from '${module}';`) + BODY;
/** The app with a type annotation, which the runtime must strip. */
export const TYPESCRIPT = ES_MODULE.replace('const app =', 'const app: App =');

/** A script that bundles the app in one of the README's two ways, and runs it. */
export const BUNDLED = `
const { cpSync, rmSync } = require('node:fs');
const { buildSync } = require('esbuild');

const isExternal = process.argv[2] === 'external';
rmSync('assets', { recursive: true, force: true });
buildSync({ entryPoints: ['app.mts'], bundle: true, platform: 'node', outfile: 'dist/app.cjs', ...isExternal && { packages: 'external' } });
if (!isExternal) cpSync('node_modules/cdk-codebuild-source-credentials/assets', 'assets', { recursive: true });
require('./dist/app.cjs');
`;
