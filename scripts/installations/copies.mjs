/** A third-party package with its own copies of the library and of the packages that the library needs. It exports all of them. */
export const SHARED = `
module.exports = {
  library: require('cdk-codebuild-source-credentials'),
  cdk: require('aws-cdk-lib'),
  codebuild: require('aws-cdk-lib/aws-codebuild'),
  secretsmanager: require('aws-cdk-lib/aws-secretsmanager'),
};
`;

/** An app with its own copy. It fails if the two copies do not work together. Its argument names the duplicated package. */
export const APP = `
const assert = require('node:assert/strict');
const cdk = require('aws-cdk-lib');
const { Template } = require('aws-cdk-lib/assertions');
const { Secret } = require('aws-cdk-lib/aws-secretsmanager');
const own = require('cdk-codebuild-source-credentials');
const shared = require('shared');

assert.notEqual(own.SourceCredentials, shared.library.SourceCredentials, 'there is one copy of the library');
assert.equal(cdk.Stack !== shared.cdk.Stack, process.argv[2] === 'aws-cdk-lib', 'copies of aws-cdk-lib');

function inStack(use) {
  const app = new cdk.App({ analyticsReporting: false });
  const stack = new cdk.Stack(app, 'Stack', { env: { account: '111111111111', region: 'eu-west-1' } });
  use(stack, app);
  return stack;
}
const secret = (stack, id, module = { Secret }) => module.Secret.fromSecretNameV2(stack, id, 'ci/' + id);

// One provider serves both, whichever copy was first.
for (const [first, second] of [[own, shared.library], [shared.library, own]]) {
  const template = Template.fromStack(inStack((stack) => {
    new first.SourceCredentials(stack, 'GitHub', { credential: first.GitHubCredential.personalAccessToken(secret(stack, 'One')) });
    new second.SourceCredentials(stack, 'Bitbucket', { credential: first.BitbucketCredential.basicAuth(secret(stack, 'Two', shared.secretsmanager)) });
  }));
  template.resourceCountIs('AWS::Lambda::Function', 1);
  template.resourceCountIs('AWS::Events::Rule', 1);
  template.resourceCountIs('Custom::CodeBuildSourceCredentials', 2);
}

// Two credentials of one server type are found.
inStack((stack, app) => {
  new own.SourceCredentials(stack, 'One', { credential: own.GitHubCredential.personalAccessToken(secret(stack, 'A')) });
  new shared.library.SourceCredentials(stack, 'Two', { credential: shared.library.GitHubCredential.personalAccessToken(secret(stack, 'B')) });
  assert.throws(() => app.synth(), /'Stack\\/(One|Two)' and 'Stack\\/(One|Two)' both import a GITHUB credential/);
});

// A connection to another source provider is refused.
inStack((stack) => {
  const connection = new shared.library.Connection(stack, 'Connection', { providerType: shared.library.ProviderType.GITLAB });
  assert.throws(() => own.GitHubCredential.connection(connection), /is to GitLab, but a GITHUB credential needs one to GitHub/);
  own.GitLabCredential.connection(connection);
});

// A project of the other copy is not treated as imported.
const template = Template.fromStack(inStack((stack) => {
  const { Project, Source } = shared.codebuild;
  const project = new Project(stack, 'Project', { source: Source.gitHub({ owner: 'me', repo: 'mine' }) });
  own.ProjectSourceAuth.secretsManager(secret(stack, 'Secret')).applyTo(project);
}));
template.hasResourceProperties('AWS::CodeBuild::Project', { Source: { Auth: { Type: 'SECRETS_MANAGER' } } });
`;
