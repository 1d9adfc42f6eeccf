import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { PAIRS } from '../pairs';
import { AuthType, Connection, SourceCredentials } from 'cdk-codebuild-source-credentials';

/*
 * The exact policy statements: none may be missing or unnecessary. test/deployments/permissions.test.ts
 * tests why each one is needed.
 */

const ENV = { account: '111111111111', region: 'us-east-1' };
const SECRET = 'arn:aws:secretsmanager:us-east-1:111111111111:secret:ci/token-AbCdEf';
const KEY = 'arn:aws:kms:us-east-1:111111111111:key/1234';
const CONNECTION = 'arn:aws:codeconnections:us-east-1:111111111111:connection/aaaa';

const READ_SECRET = [
  { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: SECRET },
  {
    Effect: 'Allow',
    Action: 'kms:Decrypt',
    Resource: KEY,
    Condition: {
      StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' },
      StringLike: { 'kms:EncryptionContext:SecretARN': [SECRET] },
    },
  },
];

const parameters = (name: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:ssm:us-east-1:111111111111${name}`]] });

const USE_CONNECTION = [{ Effect: 'Allow', Action: ['codeconnections:GetConnection', 'codeconnections:PassConnection'], Resource: CONNECTION }];

test.each(PAIRS)('$serverType with $authType', ({ serverType, authType, credential }) => {
  const stack = new Stack(new App(), 'Stack', { env: ENV });
  const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', KEY);
  new SourceCredentials(stack, 'Credentials', {
    credential: credential({
      secret: secretsmanager.Secret.fromSecretAttributes(stack, 'Secret', { secretCompleteArn: SECRET, encryptionKey }),
      connection: Connection.fromConnectionArn(stack, 'Connection', CONNECTION),
    }),
  });
  const template = Template.fromStack(stack);

  const policies = Object.values(template.findResources('AWS::IAM::Policy'));
  expect(policies.map(({ Properties }) => Properties.PolicyDocument.Statement)).toEqual([[
    {
      Effect: 'Allow',
      Action: 'codebuild:ImportSourceCredentials',
      Resource: '*',
      Condition: { StringEquals: { 'codebuild:serverType': serverType, 'codebuild:authType': authType } },
    },
    {
      Effect: 'Allow',
      Action: ['ssm:GetParametersByPath', 'ssm:PutParameter', 'ssm:DeleteParameter'],
      Resource: [`:parameter/codebuild-source-credentials/${serverType}`, `:parameter/codebuild-source-credentials/${serverType}/*`].map(parameters),
    },
    ...authType === AuthType.CODECONNECTIONS ? USE_CONNECTION : READ_SECRET,
  ]]);

  const [role] = Object.values(template.findResources('AWS::IAM::Role'));
  const actions = role.Properties.Policies.flatMap(({ PolicyDocument }: any) => PolicyDocument.Statement.flatMap(({ Action }: any) => Action));
  expect(actions).toEqual([
    'logs:CreateLogStream', 'logs:PutLogEvents',
    'codebuild:ListSourceCredentials', 'codebuild:DeleteSourceCredentials',
    'events:PutEvents',
  ]);
  expect(role.Properties.ManagedPolicyArns).toBeUndefined();
});
