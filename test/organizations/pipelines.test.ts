import { App, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as pipelines from 'aws-cdk-lib/pipelines';
import { codeOf, CredentialsStack } from './credentials';

const TARGETS = [
  { account: '222222222222', region: 'eu-west-1' },
  { account: '222222222222', region: 'us-east-1' },
  { account: '333333333333', region: 'eu-west-1' },
];

test('CDK Pipelines publishes one handler to every account and region, and deploys there', () => {
  const app = new App();
  const delivery = new Stack(app, 'Delivery', { env: { account: '111111111111', region: 'eu-west-1' } });
  const pipeline = new pipelines.CodePipeline(delivery, 'Pipeline', {
    crossAccountKeys: true,
    synth: new pipelines.ShellStep('Synth', {
      input: pipelines.CodePipelineSource.s3(s3.Bucket.fromBucketName(delivery, 'Source', 'source'), 'app.zip'),
      commands: ['npx cdk synth'],
    }),
  });
  const stages = TARGETS.map((env) => {
    const stage = new Stage(app, `In-${env.account}-${env.region}`, { env });
    new CredentialsStack(stage, 'Credentials');
    pipeline.addStage(stage);
    return stage;
  });
  app.synth();

  const codes = TARGETS.map(({ account, region }, index) => {
    const stack = stages[index].node.findChild('Credentials') as Stack;
    const code = codeOf(Template.fromStack(stack));
    expect(code.S3Bucket).toBe(`cdk-hnb659fds-assets-${account}-${region}`);
    return code.S3Key;
  });
  expect(new Set(codes).size).toBe(1);

  const [hash] = String(codes[0]).split('.');
  // One action publishes the handler to all targets.
  const actions = Object.values(Template.fromStack(delivery).findResources('AWS::CodePipeline::Pipeline'))
    .flatMap(({ Properties }) => Properties.Stages).flatMap(({ Actions }) => Actions);
  const projects = JSON.stringify(Template.fromStack(delivery).findResources('AWS::CodeBuild::Project'));
  for (const { account, region } of TARGETS) expect(projects).toContain(`${hash}:${account}-${region}`);
  expect(actions.filter(({ Name }) => /Prepare$/.test(Name)).length).toBe(TARGETS.length);
});
