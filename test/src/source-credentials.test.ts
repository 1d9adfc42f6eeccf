import { App, CfnOutput, CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { BitbucketCredential, GitHubCredential, GitHubEnterpriseCredential, SourceCredentials, SourceCredentialsProps, SourceCredentialsProvider } from 'cdk-codebuild-source-credentials';

const TYPE = 'Custom::CodeBuildSourceCredentials';

function token(stack: Stack) {
  return secretsmanager.Secret.fromSecretNameV2(stack, 'Token', 'ci/github');
}

function gitHub(stack: Stack, props: Partial<SourceCredentialsProps> = {}) {
  return new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(token(stack)), ...props });
}

function resourcesByType(stack: Stack) {
  const types = Object.values<{ Type: string }>(Template.fromStack(stack).toJSON().Resources).map(({ Type }) => Type);
  return types.sort();
}

test('the first credential creates eight resources, each further one two', () => {
  const stack = new Stack();
  gitHub(stack);
  const first = [
    'AWS::Events::Rule', 'AWS::IAM::Policy', 'AWS::IAM::Role', 'AWS::Lambda::EventInvokeConfig', 'AWS::Lambda::Function', 'AWS::Lambda::Permission',
    'AWS::Logs::LogGroup', TYPE,
  ];
  expect(resourcesByType(stack)).toEqual(first);

  const second = new Stack();
  new SourceCredentials(second, 'Bitbucket', { credential: BitbucketCredential.basicAuth(token(second)) });
  new SourceCredentials(second, 'Enterprise', { credential: GitHubEnterpriseCredential.secretsManager(secretsmanager.Secret.fromSecretNameV2(second, 'Other', 'ci/ghe')) });
  expect(resourcesByType(second)).toEqual([...first, 'AWS::IAM::Policy', TYPE].sort());
});

test('the resource depends on its own policy, which is attached to the role, and on the rule', () => {
  const stack = new Stack();
  gitHub(stack);
  const template = Template.fromStack(stack);

  const [policyId] = Object.keys(template.findResources('AWS::IAM::Policy'));
  const [roleId] = Object.keys(template.findResources('AWS::IAM::Role'));
  const [ruleId] = Object.keys(template.findResources('AWS::Events::Rule'));
  template.hasResource(TYPE, { DependsOn: Match.arrayWith([ruleId, policyId]) });
  template.hasResourceProperties('AWS::IAM::Policy', { Roles: [{ Ref: roleId }] });
  expect(policyId).toContain('GITHUB');
});

test('shouldOverwrite and removalPolicy are sent to the handler', () => {
  const stack = new Stack();
  gitHub(stack, { shouldOverwrite: false, removalPolicy: RemovalPolicy.RETAIN });

  Template.fromStack(stack).hasResource(TYPE, {
    Properties: { ShouldOverwrite: 'false', RemovalPolicy: 'retain' },
    // The handler applies RETAIN. CloudFormation would not tell it that a Create was rolled back.
    DeletionPolicy: 'Delete',
  });
});

test('other removal policies are refused', () => {
  expect(() => gitHub(new Stack(), { removalPolicy: RemovalPolicy.SNAPSHOT })).toThrow("removalPolicy must be RemovalPolicy.DESTROY or RemovalPolicy.RETAIN; got the string 'snapshot'");
});

test('the ARN is an attribute of the resource', () => {
  const stack = new Stack();
  const sourceCredentials = gitHub(stack);
  new CfnOutput(stack, 'Arn', { value: sourceCredentials.sourceCredentialsArn });

  const [id] = Object.keys(Template.fromStack(stack).findResources(TYPE));
  Template.fromStack(stack).hasOutput('Arn', { Value: { 'Fn::GetAtt': [id, 'SourceCredentialsArn'] } });
});

test('a project depends on the credential', () => {
  const stack = new Stack();
  const project = new codebuild.Project(stack, 'Project', {
    source: codebuild.Source.gitHub({ owner: 'owner', repo: 'repo', webhook: true }),
  });
  project.node.addDependency(gitHub(stack));

  const [id] = Object.keys(Template.fromStack(stack).findResources(TYPE));
  const [{ DependsOn }] = Object.values(Template.fromStack(stack).findResources('AWS::CodeBuild::Project'));
  expect(DependsOn).toContain(id);
});

test('fromSourceCredentialsArn imports a credential', () => {
  const arn = 'arn:aws:codebuild:eu-west-1:111111111111:token/gitlab_self_managed';
  const imported = SourceCredentials.fromSourceCredentialsArn(new Stack(), 'Imported', arn);

  expect(imported.sourceCredentialsArn).toBe(arn);
  expect(imported.env).toEqual({ account: '111111111111', region: 'eu-west-1' });
  expect(() => SourceCredentials.fromSourceCredentialsArn(new Stack(), 'Imported', 'token/github'))
    .toThrow("sourceCredentialsArn must be an ARN like 'arn:aws:codebuild:REGION:ACCOUNT:token/SERVER_TYPE'; got the string 'token/github'");
});

test('a provider of another stack is refused', () => {
  const app = new App();
  const provider = new SourceCredentialsProvider(new Stack(app, 'One'), 'Provider');

  expect(() => gitHub(new Stack(app, 'Two'), { provider })).toThrow("SourceCredentials 'Two/GitHub': the provider at 'One/Provider' is in another stack");
});

describe('one credential of each server type', () => {
  const env = { account: '111111111111', region: 'eu-west-1' };

  test('refuses two in one stack', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    gitHub(stack);
    new SourceCredentials(stack, 'Again', { credential: GitHubCredential.personalAccessToken(token(new Stack())) });

    expect(() => app.synth()).toThrow("'Stack/GitHub' and 'Stack/Again' both import a GITHUB credential in stack 'Stack', where CodeBuild stores only one. Remove one of them");
  });

  test('refuses two stacks of the app for one account and region', () => {
    const app = new App();
    gitHub(new Stack(app, 'One', { env }));
    gitHub(new Stack(app, 'Two', { env }));

    expect(() => app.synth()).toThrow("'One/GitHub' and 'Two/GitHub' both import a GITHUB credential in account 111111111111, region eu-west-1");
  });

  test('accepts other environments, unknown environments and other server types', () => {
    const app = new App();
    gitHub(new Stack(app, 'One', { env }));
    gitHub(new Stack(app, 'Two', { env: { ...env, region: 'us-east-1' } }));
    gitHub(new Stack(app, 'Three'));
    const four = new Stack(app, 'Four');
    gitHub(four);
    new SourceCredentials(four, 'Bitbucket', { credential: BitbucketCredential.personalAccessToken(token(new Stack())) });

    expect(() => app.synth()).not.toThrow();
  });

  test('does not count a credential that was removed from the construct tree', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    gitHub(stack);
    app.synth();
    stack.node.tryRemoveChild('GitHub');
    new SourceCredentials(stack, 'Again', { credential: GitHubCredential.personalAccessToken(token(new Stack())) });

    expect(() => app.synth({ force: true })).not.toThrow();
  });

  test('refuses a native source credential of the same server type', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    gitHub(stack);
    const native = new codebuild.GitHubSourceCredentials(stack, 'Native', { accessToken: token(new Stack()).secretValue });

    expect(() => app.synth()).toThrow("'Stack/Native/Resource' is a native AWS::CodeBuild::SourceCredential for GITHUB too. Both manage the same credential, and CloudFormation would delete it together with the native resource. Migrate in two deployments: first deploy with RemovalPolicy.RETAIN on 'Stack/Native/Resource', then remove it and add 'Stack/GitHub'");

    (native.node.defaultChild as CfnResource).applyRemovalPolicy(RemovalPolicy.RETAIN);
    expect(() => app.synth({ force: true })).not.toThrow();
  });

  test('accepts a native source credential of another server type', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    gitHub(stack);
    new codebuild.CfnSourceCredential(stack, 'Native', { serverType: 'BITBUCKET', authType: 'CODECONNECTIONS', token: 'arn' });

    expect(() => app.synth()).not.toThrow();
  });
});
