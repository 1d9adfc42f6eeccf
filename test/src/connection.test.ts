import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Connection, GitLabCredential, SourceCredentials } from 'cdk-codebuild-source-credentials';

function statements(stack: Stack, connectionArn: string) {
  new SourceCredentials(stack, 'Credentials', {
    credential: GitLabCredential.connection(Connection.fromConnectionArn(stack, 'Connection', connectionArn)),
  });
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return policy.Properties.PolicyDocument.Statement.slice(1);
}

test.each(['codeconnections', 'codestar-connections'])('an ARN of %s, in any account and region, is granted under its own prefix', (service) => {
  const connectionArn = `arn:aws:${service}:eu-central-1:999999999999:connection/0b8fbb68-6a6d-4d2a-9a6a-3f0f4ba54c41`;

  expect(statements(new Stack(), connectionArn)).toEqual([
    { Effect: 'Allow', Action: [`${service}:GetConnection`, `${service}:PassConnection`], Resource: connectionArn },
  ]);
});

test('an ARN that is not known yet is granted under both prefixes', () => {
  const stack = new Stack(new App(), 'Stack');
  const parameter = new CfnParameter(stack, 'ConnectionArn');

  expect(statements(stack, parameter.valueAsString)).toEqual([{
    Effect: 'Allow',
    Action: ['codeconnections:GetConnection', 'codeconnections:PassConnection', 'codestar-connections:GetConnection', 'codestar-connections:PassConnection'],
    Resource: { Ref: 'ConnectionArn' },
  }]);
});

test.each([
  'my-connection',
  'arn:aws:codebuild:eu-west-1:111111111111:project/x',
  'arn:aws:codeconnections:eu-west-1:111111111111:host/x',
  'arn:aws:codeconnections:eu-west-1:1:connection/x',
])('%s is refused', (connectionArn) => {
  expect(() => Connection.fromConnectionArn(new Stack(), 'Connection', connectionArn))
    .toThrow(`connectionArn must look like 'arn:aws:codeconnections:REGION:ACCOUNT:connection/ID'; got '${connectionArn}'. Copy it from the console`);
});

test('account and region of the connection are those of its ARN', () => {
  const connection = Connection.fromConnectionArn(new Stack(), 'Connection', 'arn:aws:codeconnections:eu-west-1:999999999999:connection/x');

  expect(connection.env).toEqual({ account: '999999999999', region: 'eu-west-1' });
});
