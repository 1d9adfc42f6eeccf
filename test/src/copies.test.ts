import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as one from '../../src';

/*
 * Package managers may install several copies of the library and of aws-cdk-lib in one app. Each copy has its own
 * classes and module variables. scripts/test-installations.mjs tests this with real installations.
 */
let two: typeof one;
let otherProject: typeof codebuild.CfnProject;
jest.isolateModules(() => {
  two = jest.requireActual('../../src');
  // This module is loaded on demand, and would then not be isolated.
  otherProject = jest.requireActual<typeof codebuild>('aws-cdk-lib/aws-codebuild').CfnProject;
});

function create(use: (stack: Stack) => void): Stack {
  const stack = new Stack(new App(), 'Stack', { env: { account: '111111111111', region: 'eu-west-1' } });
  use(stack);
  return stack;
}

function addGitHub({ SourceCredentials, GitHubCredential }: typeof one, stack: Stack, id = 'GitHub') {
  const secret = secretsmanager.Secret.fromSecretNameV2(stack, `${id}Token`, 'ci/github');
  return new SourceCredentials(stack, id, { credential: GitHubCredential.personalAccessToken(secret) });
}

function addConnection({ Connection, ProviderType }: typeof one, stack: Stack) {
  return new Connection(stack, 'Connection', { providerType: ProviderType.GITLAB });
}

test('the test has two copies of the library', () => {
  expect(one.SourceCredentials).not.toBe(two.SourceCredentials);
  expect(codebuild.CfnProject).not.toBe(otherProject);
});

test('both copies share the provider of a stack', () => {
  const stack = create((scope) => {
    addGitHub(one, scope);
    new two.SourceCredentials(scope, 'GitLab', { credential: one.GitLabCredential.connection(addConnection(two, scope)) });
  });

  Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 1);
  expect(one.SourceCredentialsProvider.getOrCreate(stack)).toBe(two.SourceCredentialsProvider.getOrCreate(stack));
});

test('two credentials of one server type are detected across copies', () => {
  const stack = create((scope) => {
    addGitHub(one, scope, 'One');
    addGitHub(two, scope, 'Two');
  });

  expect(() => Template.fromStack(stack)).toThrow("'Stack/One' and 'Stack/Two' both import a GITHUB credential");
});

test('the provider type of the other copy\'s connection is checked', () => {
  create((stack) => {
    expect(() => one.GitHubCredential.connection(addConnection(two, stack))).toThrow("connection 'Stack/Connection' is to GitLab, but a GITHUB credential needs one to GitHub");
  });
});

test('a project of the other copy of aws-cdk-lib is not treated as imported', () => {
  const stack = create((scope) => {
    const project = new codebuild.Project(scope, 'Project', { source: codebuild.Source.gitHub({ owner: 'me', repo: 'mine' }) });
    two.ProjectSourceAuth.secretsManager(secretsmanager.Secret.fromSecretNameV2(scope, 'Secret', 'ci/github')).applyTo(project);
  });

  Template.fromStack(stack).hasResourceProperties('AWS::CodeBuild::Project', { Source: { Auth: { Type: 'SECRETS_MANAGER' } } });
});

test('a provider of an incompatible release is refused', () => {
  create((stack) => {
    const provider = one.SourceCredentialsProvider.getOrCreate(stack);
    const other = new Stack(new App(), 'Other');
    Object.defineProperty(other, Symbol.for('cdk-codebuild-source-credentials/provider/0'), { value: provider });

    expect(() => addGitHub(one, other)).toThrow("stack 'Other' has a SourceCredentialsProvider of another release of cdk-codebuild-source-credentials, at 'Stack/CodeBuildSourceCredentialsProvider'. Install one release for the whole app: list them with npm ls cdk-codebuild-source-credentials");
  });
});
