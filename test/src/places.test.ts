import { App, CfnResource, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as servicecatalog from 'aws-cdk-lib/aws-servicecatalog';
import { GitHubCredential, SourceCredentials } from 'cdk-codebuild-source-credentials';

/* Which stacks are known to be deployed to the same environment. Each environment has one credential per server type. */

const ENV = { account: '111111111111', region: 'us-east-1' };
const TYPE = 'AWS::CodeBuild::SourceCredential';
const NATIVE = { ServerType: 'GITHUB', AuthType: 'CODECONNECTIONS', Token: 'arn' };

const gitHub = (stack: Stack) => new SourceCredentials(stack, 'GitHub', {
  credential: GitHubCredential.personalAccessToken(secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'ci/github')),
});

test('a template that is deployed by other means has no known environment', () => {
  const app = new App();
  const stage = new Stage(app, 'Stage', { env: ENV });
  const stack = new Stack(stage, 'Stack');
  gitHub(stack);
  const assets = new s3.Bucket(stack, 'Assets', { bucketName: 'assets' });
  for (const name of ['One', 'Two']) gitHub(new servicecatalog.ProductStack(stack, name, { assetBucket: assets }) as unknown as Stack);
  expect(() => app.synth()).not.toThrow();
});

test.each<[string, (stack: Stack) => void]>([
  ['of its own class', (stack) => new codebuild.CfnSourceCredential(stack, 'Native', { serverType: 'GITHUB', authType: 'CODECONNECTIONS', token: 'arn' })],
  ['raw', (stack) => new CfnResource(stack, 'Native', { type: TYPE, properties: NATIVE })],
  ['overridden', (stack) => new CfnResource(stack, 'Native', { type: TYPE, properties: { ...NATIVE, ServerType: 'BITBUCKET' } }).addPropertyOverride('ServerType', 'GITHUB')],
])('a native source credential, %s, is detected in every stack of the environment', (_, native) => {
  for (const env of [ENV, { ...ENV, region: 'eu-west-1' }, { ...ENV, account: '222222222222' }, undefined]) {
    const app = new App();
    gitHub(new Stack(app, 'Stack', { env: ENV }));
    native(new Stack(app, 'Other', { env }));
    if (env === ENV) expect(() => app.synth()).toThrow("'Other/Native' is a native AWS::CodeBuild::SourceCredential for GITHUB too");
    else expect(() => app.synth()).not.toThrow();
  }
});

test('the app is searched for native source credentials as often with many stacks as with one', () => {
  const searches = (stacks: number) => {
    const app = new App();
    const findAll = jest.spyOn(app.node, 'findAll');
    for (let index = 0; index < stacks; index++) gitHub(new Stack(app, `Stack${index}`, { env: { ...ENV, account: String(100_000_000_000 + index) } }));
    app.synth();
    return findAll.mock.calls.length;
  };
  expect(searches(10)).toBe(searches(1));
});

test('a native source credential that was added after an earlier synthesis is detected', () => {
  const app = new App();
  gitHub(new Stack(app, 'Stack', { env: ENV }));
  app.synth();

  new CfnResource(new Stack(app, 'Other', { env: ENV }), 'Native', { type: TYPE, properties: NATIVE });
  expect(() => app.synth({ force: true })).toThrow("'Other/Native' is a native AWS::CodeBuild::SourceCredential for GITHUB too");
});

test('a native source credential that was added after the synthesis of a stage is detected', () => {
  const app = new App();
  const stage = new Stage(app, 'Stage', { env: ENV });
  gitHub(new Stack(stage, 'InStage', { env: { ...ENV, region: 'eu-west-1' } }));
  // As CDK Pipelines does when a stage is added.
  stage.synth();
  gitHub(new Stack(app, 'Stack', { env: ENV }));
  new CfnResource(new Stack(app, 'Other', { env: ENV }), 'Native', { type: TYPE, properties: NATIVE });
  expect(() => app.synth()).toThrow("'Other/Native' is a native AWS::CodeBuild::SourceCredential for GITHUB too");
});

test('a native source credential that is of another server type, or retained, is not a conflict', () => {
  const app = new App();
  const stack = new Stack(app, 'Stack', { env: ENV });
  gitHub(stack);
  new CfnResource(stack, 'Bitbucket', { type: TYPE, properties: { ...NATIVE, ServerType: 'BITBUCKET' } });
  new CfnResource(stack, 'Retained', { type: TYPE, properties: NATIVE }).applyRemovalPolicy(RemovalPolicy.RETAIN);
  new CfnResource(stack, 'RetainedOnDelete', { type: TYPE, properties: NATIVE }).applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  new CfnResource(stack, 'Overridden', { type: TYPE, properties: NATIVE }).addOverride('DeletionPolicy', 'Retain');
  expect(() => app.synth()).not.toThrow();
});
