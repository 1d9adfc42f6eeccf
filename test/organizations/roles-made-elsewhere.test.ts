import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { addCredentials, functionsOf, SECRET_ARN } from './credentials';
import { SourceCredentialsProvider } from 'cdk-codebuild-source-credentials';

test('with customized roles, the function uses the given role and the report lists the required permissions', () => {
  const app = new App();
  const stack = new Stack(app, 'Credentials', { env: { account: '222222222222', region: 'eu-west-1' } });
  iam.Role.customizeRoles(stack, {
    usePrecreatedRoles: { 'Credentials/SourceCredentialsProvider/Role': 'codebuild-source-credentials' },
  });
  new SourceCredentialsProvider(stack, 'SourceCredentialsProvider');
  addCredentials(stack);
  const assembly = app.synth();

  expect(Annotations.fromStack(stack).findError('*', Match.anyValue())).toEqual([]);
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::IAM::Role', 0);
  template.resourceCountIs('AWS::IAM::Policy', 0);
  expect(JSON.stringify(functionsOf(template)[0].Properties.Role)).toContain(':role/codebuild-source-credentials');

  const report = readFileSync(join(assembly.directory, 'iam-policy-report.txt'), 'utf8');
  for (const needed of ['codebuild:ImportSourceCredentials', 'secretsmanager:GetSecretValue', SECRET_ARN, 'logs:PutLogEvents', 'kms:Decrypt']) {
    expect(report).toContain(needed);
  }
});
