import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { functionsOf } from './credentials';
import { GitHubCredential, SourceCredentials } from 'cdk-codebuild-source-credentials';

const FLAGS: Readonly<Record<string, unknown>> = JSON.parse(readFileSync(require.resolve('aws-cdk-lib/recommended-feature-flags.json'), 'utf8'));

function synthesize(context: Readonly<Record<string, unknown>>): Stack {
  const stack = new Stack(new App({ context: { ...context } }), 'Credentials', { env: { account: '222222222222', region: 'eu-west-1' } });
  const token = secretsmanager.Secret.fromSecretNameV2(stack, 'Token', 'ci/github');
  new SourceCredentials(stack, 'GitHub', { credential: GitHubCredential.personalAccessToken(token) });
  return stack;
}

// `cdk synth --strict` fails on a warning.
test.each([['every recommended feature flag', FLAGS], ['no feature flag', {}]])('an app with %s synthesizes without a warning', (_, context) => {
  const stack = synthesize(context);
  expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
  expect(Annotations.fromStack(stack).findError('*', Match.anyValue())).toEqual([]);
  expect(functionsOf(Template.fromStack(stack))).toHaveLength(1);
});

test('aws-cdk-lib has feature flags to test', () => {
  expect(Object.keys(FLAGS).length).toBeGreaterThan(50);
});
