import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { addCredentials, functionsOf } from './credentials';
import { BitbucketCredential, SourceCredentials } from 'cdk-codebuild-source-credentials';

test('a nested stack has its own function, in addition to that of its parent', () => {
  const parent = new Stack(new App(), 'Parent');
  const nested = new NestedStack(parent, 'Nested');
  addCredentials(nested);
  const token = secretsmanager.Secret.fromSecretNameV2(parent, 'Bitbucket', 'ci/bitbucket');
  new SourceCredentials(parent, 'BitbucketCredential', { credential: BitbucketCredential.personalAccessToken(token) });

  for (const stack of [parent, nested]) {
    const template = Template.fromStack(stack);
    expect(functionsOf(template)).toHaveLength(1);
    template.resourceCountIs('Custom::CodeBuildSourceCredentials', 1);
  }
});
