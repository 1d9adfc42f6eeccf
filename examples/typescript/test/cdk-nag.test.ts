import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { context } from '../cdk.json';
import { InfrastructureStack } from '../infrastructure-stack';

/** What the rules find, and why it may stay. */
const ACKNOWLEDGED = [
  ...['GitHub', 'Bitbucket', 'GitLab'].map((path) => ({
    path,
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'codebuild:ImportSourceCredentials does not support resource-level permissions; its condition keys limit it to one server type and auth type',
  })),
  ...Object.entries({ GitHub: 'GITHUB', Bitbucket: 'BITBUCKET', GitLab: 'GITLAB', CodeBuildSourceCredentialsProvider: 'GITLAB' }).map(([path, serverType]) => ({
    path,
    id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/codebuild-source-credentials/${serverType}/*]`,
    reason: 'The records of one server type: one parameter for each owner, with a name that is not known before',
  })),
  ...['codeconnections', 'codestar-connections'].map((service) => ({
    path: 'CodeBuildSourceCredentialsProvider',
    id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:${service}:<AWS::Region>:<AWS::AccountId>:connection/*]`,
    reason: 'The ARN of the connection is not known before it is created or adopted',
  })),
  {
    path: 'CodeBuildSourceCredentialsProvider',
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'codebuild:ListSourceCredentials, codebuild:DeleteSourceCredentials, codeconnections:ListConnections and codeconnections:CreateConnection do not support resource-level permissions; the condition keys of the last two limit them',
  },
  ...Object.entries({ Project: 'ProjectC78D97AD', GitLabProject: 'GitLabProject6DCF45D6' }).flatMap(([path, logicalId]) => [
    {
      path,
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/aws/codebuild/<${logicalId}>:*]`,
      reason: 'The streams of the log group of this project',
    },
    {
      path,
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:codebuild:<AWS::Region>:<AWS::AccountId>:report-group/<${logicalId}>-*]`,
      reason: 'The report groups of this project',
    },
    {
      path,
      id: 'AwsSolutions-CB4',
      reason: 'The project has no artifacts to encrypt',
    },
  ]),
];

function synthesize(acknowledged: typeof ACKNOWLEDGED) {
  const app = new App({ context });
  const stack = new InfrastructureStack(app, 'Infrastructure');
  for (const { path, id, reason } of acknowledged) Validations.of(stack.node.findChild(path)).acknowledge({ id, reason });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app.synth();
}

test('nothing else is found', () => {
  expect(() => synthesize(ACKNOWLEDGED)).not.toThrow();
});

test.each(ACKNOWLEDGED)('$path: $id is still found', (acknowledged) => {
  expect(() => synthesize(ACKNOWLEDGED.filter((other) => other !== acknowledged))).toThrow(acknowledged.id);
});
